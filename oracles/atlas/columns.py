"""The columns of the atlas: which framework answers, what it needs, and in which environment its snippets run.

A column `of` another runs that one's snippets, unless the row has its own. Importing this imports no framework.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec


@dataclass(frozen=True, kw_only=True)
class Column:
    name: str
    title: str
    packages: tuple[str, ...]  # to import; the first are named in the version
    extra: str  # `pip install -e ".[extra]"` installs them
    environment: Mapping[str, str] = field(default_factory=dict)
    start: str = ""  # Python that is run before the first snippet
    reset: str = ""  # Python that undoes what a snippet may have set for the whole process
    of: str = ""

    @property
    def missing(self) -> list[str]:
        """The packages that are not installed. Imports nothing."""
        return [package for package in self.packages if find_spec(package) is None]

    @property
    def version(self) -> str:
        """"keras 3.15.1, tensorflow 2.21.0" """
        return ", ".join(f"{package} {_version(package)}" for package in self.packages)


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):  # tensorflow-cpu is imported as tensorflow
        try:
            return metadata.version(name).partition("+")[0]
        except metadata.PackageNotFoundError:
            continue
    return "?"


TF = {"TF_CPP_MIN_LOG_LEVEL": "3"}
TORCH_RESET = 'import torch; torch.set_default_dtype(torch.float32); torch.set_float32_matmul_precision("highest")'
JAX_RESET = 'import jax; jax.config.update("jax_enable_x64", False)'
# without a garbage collection, which takes longer than most snippets
KERAS_RESET = """import keras  # of any age
(keras.config if hasattr(keras, "config") else keras.backend).set_floatx("float32")
if clear := getattr(keras.utils, "clear_session", None):
    clear(**{"free_memory": False} if "free_memory" in clear.__code__.co_varnames else {})"""

# Older releases are asked today's snippets. Keras 2 has no keras.ops to make and read arrays by, its activations take tensors
# only, and its optimizers' apply has another name; what all of these compute is left to itself.
OF_OLD = {"keras": """import types, numpy, keras, tensorflow as tf
def of_tensor(f):
    return lambda x, *more, **named: f(tf.convert_to_tensor(x), *more, **named)
if not hasattr(keras, "ops"):
    keras.Variable = tf.Variable
    keras.ops = types.SimpleNamespace(array=tf.convert_to_tensor, ones=tf.ones, zeros=tf.zeros)
    keras.ops.convert_to_numpy = numpy.asarray
    keras.optimizers.Optimizer.apply = lambda self, gradients, given: self.apply_gradients(zip(gradients, given))
    for name in ("elu", "gelu", "hard_sigmoid", "relu", "relu6", "selu", "softmax", "softplus"):
        setattr(keras.activations, name, of_tensor(getattr(keras.activations, name, None)))"""}

COLUMNS = {column.name: column for column in (
    Column(name="torch", title="PyTorch", packages=("torch",), extra="oracles", reset=TORCH_RESET),
    Column(name="keras", title="Keras on TensorFlow", packages=("keras", "tensorflow"), extra="oracles",
           environment={"KERAS_BACKEND": "tensorflow", **TF}, reset=KERAS_RESET),
    Column(name="tensorflow", title="TensorFlow itself", packages=("tensorflow",), extra="oracles",
           environment={"KERAS_BACKEND": "tensorflow", **TF}),
    Column(name="jax", title="JAX, Flax, Optax", packages=("jax", "flax", "optax"), extra="jax",
           environment={"JAX_PLATFORMS": "cpu"}, reset=JAX_RESET),
    Column(name="onnx", title="ONNX reference evaluator", packages=("onnx",), extra="onnx"),
    Column(name="onnxruntime", title="ONNX Runtime", packages=("onnxruntime", "onnx"), extra="onnx"),
    Column(name="keras-torch", title="Keras on PyTorch", packages=("keras", "torch"), extra="oracles", of="keras",
           environment={"KERAS_BACKEND": "torch"}, reset=f"{KERAS_RESET}\n{TORCH_RESET}"),
    Column(name="keras-jax", title="Keras on JAX", packages=("keras", "jax"), extra="oracles,jax", of="keras",
           environment={"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}, reset=f"{KERAS_RESET}\n{JAX_RESET}"),
)}


def snippet_of(row, column: str) -> str | None:
    """The row's snippet for a column: its own, or that of the column it is `of`; None where there is none.

    A snippet that imports TensorFlow is Keras on TensorFlow's alone.
    """
    own = row.snippets.get(column)
    if own is not None or column in row.absent:
        return own
    borrowed = row.snippets.get(COLUMNS[column].of)
    return None if borrowed is None or "tensorflow" in borrowed else borrowed


def absence_of(row, column: str) -> str:
    """Why the row has nothing to run for a column; "" where it says nothing."""
    return row.absent.get(column) or row.absent.get(COLUMNS[column].of, "")
