"""Snippets as lines: what each column imports first and prints last is written here once.

`keras` converts a result called y; the other functions expect that a line assigns `answer`.
"""

from nnparity.cases.convention import WIDTH
from nnparity.cases.snippets.blocks import onnx_node


def torch(*lines: str) -> str:
    """Lines for PyTorch; F is torch.nn.functional where a line uses it."""
    functional = ("import torch.nn.functional as F",) if any("F." in line for line in lines) else ()
    return "\n".join(("import torch", *functional, *lines, "print(answer)"))


def keras(*lines: str) -> str:
    """Lines for Keras on any backend, with np; the last line assigns y."""
    return "\n".join(("import keras, numpy as np", *lines, "answer = keras.ops.convert_to_numpy(y)", "print(answer)"))


def tensorflow(*lines: str) -> str:
    """Lines for TensorFlow, as tf."""
    return "\n".join(("import tensorflow as tf", *lines, "print(answer)"))


def jax(*lines: str) -> str:
    """Lines for JAX, with jnp; nnx and optax where a line uses them."""
    packages = tuple(line for name, line in (("nnx.", "from flax import nnx"), ("optax.", "import optax"))
                     if any(name in written for written in lines))
    base = "import jax, jax.numpy as jnp" if any("jax." in written for written in lines) else "import jax.numpy as jnp"
    return "\n".join((base, *packages, *lines, "print(answer)"))


def onnx(node: str, *, feeds: str, output: str, opset: int = 21, **inputs: str) -> dict[str, str]:
    """One node by both ONNX columns; inputs by name and type, x="float[1,1,6]", output "float[1,1,3] y".

    Lines that are too long are broken.
    """
    written = onnx_node(node, inputs=", ".join(f"{type_} {name}" for name, type_ in inputs.items()), output=output, feeds=feeds,
                        opset=opset)
    return {column: "\n".join(map(_broken, code.splitlines())) for column, code in written.items()}


def _broken(line):
    """A line as it is, or in two, before the graph's name or a call's arguments, where it is too long."""
    return line if len(line) <= WIDTH else line.replace("> g (", "> '\n    'g (").replace(".run(None", ".run(\n    None")


KERAS_ONLY = "tf.nn has no such layer; tf.keras is Keras"
NO_GRADIENT = "ONNX describes forward passes only"
