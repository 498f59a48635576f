"""Which dtype a result has: two dtypes that meet, and what becomes of Python's and NumPy's own numbers."""

from nnparity.cases.convention import REFUSES, AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

TORCH_DOCS = "https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc"
JAX_DOCS = "https://docs.jax.dev/en/latest/type_promotion.html"
TF_DOCS = "https://www.tensorflow.org/guide/tf_numpy_type_promotion"
KERAS_DOCS = "https://keras.io/api/mixed_precision/policy/"
SOURCES = (TORCH_DOCS, JAX_DOCS, TF_DOCS)
STRICT = everywhere("ONNX has no numbers beside tensors, whose types are declared", "onnx", "onnxruntime")


def _dtype(value: str, words: str, **switch: str) -> Variant:
    digits = {"float32": "24 binary digits", "float64": "53 binary digits"}.get(value, value)
    return Variant(value=value, title=value, formula=rf"\text{{{digits}}}", words=words,
                   switch=switch, config={"value": value})


def _refused(words: str) -> Variant:
    return Variant(value=REFUSES, title="an error", formula=r"\text{error}", words=words)


def _name(line: str) -> tuple[str, str]:
    """The dtype's bare name, whichever framework's it is."""
    return line, 'answer = str(y.dtype).split(".")[-1]'


def _keras(*lines: str) -> str:
    return "\n".join(("import keras, numpy as np", *lines, "answer = keras.backend.standardize_dtype(y.dtype)", "print(answer)"))


CONSTANT = Probe(compute="constant")

INPUT = AtlasRow(
    layer="dense", option="input_dtype", title="dense layer given double precision", group="precision", leads=("P1",),
    question="In which precision does a dense layer with its default weights compute, when its input is float64?",
    variants=(_dtype("float32", "The input is rounded without a word.", torch="layer(x.float())"),
              _dtype("float64", "The weights are widened.", keras="Dense(n, dtype='float64')",
                     jax="jax.config.update('jax_enable_x64', True)"),
              _refused("Weights and input must have one dtype; x.float() or layer.double() says which.")),
    probe=CONSTANT, example="NumPy's arrays are float64; the layer answers in {0}, in {1} or with an error.",
    consequence="A comparison of two implementations in double precision silently becomes one in single precision, and agrees "
                "to seven digits, not to sixteen.",
    snippets={
        "torch": torch("import numpy as np", *_name("y = torch.nn.Linear(2, 1)(torch.from_numpy(np.ones((1, 2))))")),
        "keras": _keras("y = keras.layers.Dense(1)(np.ones((1, 2)))"),
        "tensorflow": tensorflow("import numpy as np", *_name("y = tf.matmul(np.ones((1, 2)), tf.ones((2, 1)))")),
        "jax": jax("import numpy as np", *_name("y = nnx.Linear(2, 1, rngs=nnx.Rngs(0))(np.ones((1, 2)))")),
        **onnx("y = MatMul(x, w)", x="double[1,2]", w="float[2,1]", output="float[1,1] y",
               feeds='x, w = np.ones((1, 2)), np.ones((2, 1), "float32")'),
    },
    sources=("https://docs.jax.dev/en/latest/default_dtypes.html", KERAS_DOCS, TORCH_DOCS))

FROM_NUMPY = AtlasRow(
    layer="from_numpy", option="dtype", title="dtype of a tensor made of a NumPy array", group="precision", leads=("P1",),
    question="Which dtype has a tensor that was made of a NumPy array of ordinary, double precision numbers?",
    variants=(_dtype("float64", "The array's own."), _dtype("float32", "The framework's default, unless double precision was "
                                                             "switched on.")),
    probe=CONSTANT, example="np.array([0.1]) becomes a tensor of {0} or of {1}.",
    consequence="The same script checks one framework in double precision and another in single.",
    snippets={
        "torch": torch("import numpy as np", *_name("y = torch.tensor(np.array([0.1]))")),
        "keras": _keras("y = keras.ops.convert_to_tensor(np.array([0.1]))"),
        "tensorflow": "\n".join(("import tensorflow as tf, numpy as np", "y = tf.convert_to_tensor(np.array([0.1]))",
                                 "answer = y.dtype.name", "print(answer)")),
        "jax": jax("import numpy as np", *_name("y = jnp.array(np.array([0.1]))")),
    },
    absent=STRICT, sources=("https://docs.jax.dev/en/latest/default_dtypes.html", TORCH_DOCS))

INTEGER = AtlasRow(
    layer="from_python_int", option="dtype", title="dtype of a tensor made of Python integers", group="precision", leads=("P5",),
    question="Which dtype has a tensor that was made of a list of Python integers?",
    variants=tuple(Variant(value=f"int{n}", title=f"int{n}", config={"value": f"int{n}"}, words=words,
                           formula=rf"-2^{{{n - 1}}} \le x < 2^{{{n - 1}}}")
                   for n, words in ((64, "As NumPy does."), (32, "Half the memory; sums of a large count overflow silently."))),
    probe=CONSTANT, example="[1, 2] becomes a tensor of {0} or of {1}.",
    consequence="Counts and indices beyond two thousand million wrap around in one framework. Labels of the wrong width are "
                "refused by some losses.",
    snippets={
        "torch": torch(*_name("y = torch.tensor([1, 2])")),
        "keras": "\n".join(("import keras", "y = keras.ops.convert_to_tensor([1, 2])",
                            "answer = keras.backend.standardize_dtype(y.dtype)", "print(answer)")),
        "tensorflow": tensorflow("answer = tf.constant([1, 2]).dtype.name"),
        "jax": jax(*_name("y = jnp.array([1, 2])")),
    },
    absent=STRICT, sources=SOURCES)

MIXED = AtlasRow(
    layer="int_times_float", option="dtype", title="integers times floating-point numbers", group="precision", leads=("P5",),
    question="Which dtype has the product of an int32 and a float32 tensor?",
    variants=(_dtype("float32", "The integers become floating-point numbers of the other's width; beyond 2^24 they are rounded."),
              _dtype("float64", "Wide enough for every int32: NumPy's rule. No framework follows it."),
              _refused("Both must have one dtype; a cast says which.")),
    probe=CONSTANT, example="int32 times float32 is {0}, {1} or an error.",
    consequence="Masks and counts kept as integers work in one framework and stop another; large counts lose their last digits.",
    snippets={
        "torch": torch(*_name("y = torch.tensor([2], dtype=torch.int32) * torch.tensor([1.5])")),
        "keras": _keras('y = keras.ops.multiply(np.array([2], "int32"), np.array([1.5], "float32"))'),
        "tensorflow": tensorflow(*_name("y = tf.constant([2]) * tf.constant([1.5])")),
        "jax": jax(*_name("y = jnp.array([2]) * jnp.array([1.5])")),
        **onnx("y = Mul(x, w)", x="int32[1]", w="float[1]", output="float[1] y",
               feeds='x, w = np.array([2], "int32"), np.array([1.5], "float32")'),
    },
    sources=(*SOURCES, "https://numpy.org/doc/stable/reference/arrays.promotion.html"))

NUMPY_SCALAR = AtlasRow(
    layer="numpy_scalar", option="dtype", title="tensor times a NumPy scalar", group="precision", leads=("P5",),
    question="Which dtype has the product of a float32 tensor and a scalar of NumPy, which is float64?",
    variants=(_dtype("float32", "The scalar counts as a plain number and takes the tensor's dtype."),
              _dtype("float64", "The scalar's dtype counts. NumPy does so with its own arrays since version 2, and JAX where "
                          "double precision is switched on, as here.")),
    probe=CONSTANT, example="ones * np.float64(2) is {0} or {1}.",
    consequence="A learning rate or a scale that was computed with NumPy widens everything behind it, or does not.",
    snippets={
        "torch": torch("import numpy as np", *_name("y = torch.ones(2) * np.float64(2)")),
        "keras": _keras("y = keras.ops.multiply(keras.ops.ones(2), np.float64(2))"),
        "tensorflow": "\n".join(("import tensorflow as tf, numpy as np", "y = tf.ones(2) * np.float64(2)",
                                 "answer = y.dtype.name", "print(answer)")),
        "jax": jax('jax.config.update("jax_enable_x64", True)', "import numpy as np",
                   *_name('y = jnp.ones(2, "float32") * np.float64(2)')),
    },
    absent=STRICT, sources=("https://numpy.org/neps/nep-0050-scalar-promotion.html", *SOURCES))

DIVISION = AtlasRow(
    layer="int_division", option="dtype", title="integer divided by integer", group="precision", leads=("P5",),
    question="Which dtype has the quotient of two int32 tensors?",
    variants=(_dtype("float32", "True division, in the default precision."),
              _dtype("float64", "True division, wide enough for every int32, as Python and NumPy do."),
              Variant(value="int32", title="int32", formula=r"\lfloor a / b \rfloor", config={"value": "int32"},
                      words="What is behind the point is dropped, as in C.")),
    probe=CONSTANT, example="7 / 2 is 3.5 as {0}, 3.5 as {1}, or 3 as {2}.",
    consequence="An average of counts is off by up to one, or brings double precision into a model whose next layer refuses it.",
    snippets={
        "torch": torch(*_name("y = torch.tensor(7, dtype=torch.int32) / torch.tensor(2, dtype=torch.int32)")),
        "keras": _keras('y = keras.ops.divide(np.array(7, "int32"), np.array(2, "int32"))'),
        "tensorflow": tensorflow("answer = (tf.constant(7) / tf.constant(2)).dtype.name"),
        "jax": jax(*_name("y = jnp.array(7) / jnp.array(2)")),
        **{column: code.replace("answer = ", "y = ").replace("print", "answer = str(y.dtype)\nprint") for column, code in onnx(
            "y = Div(x, w)", x="int32", w="int32", output="int32 y",
            feeds='x, w = np.array(7, "int32"), np.array(2, "int32")').items()},
    },
    sources=(*SOURCES, "https://onnx.ai/onnx/operators/onnx__Div.html"))

MEAN = AtlasRow(
    layer="mean", option="division", title="mean of integers", group="precision", leads=("P5",),
    question="What is the mean of an integer tensor?",
    variants=(
        Variant(value="true", title="a floating-point number", formula=r"\frac{1}{n} \sum x_i", words="As in mathematics."),
        Variant(value="floor", title="a whole number", formula=r"\left\lfloor \frac{1}{n} \sum x_i \right\rfloor",
                words="The result has the dtype of the input, and what is behind the point is dropped."),
        _refused("The dtype of the result must be said, or the input cast.")),
    probe=Probe(compute="mean_of_integers", arguments={"x": [1, 2]}), example="The mean of {x} is {0}, {1} or an error.",
    consequence="An accuracy computed as the mean of integer hits is 0 until every answer is right.",
    snippets={
        "torch": torch("answer = torch.tensor([1, 2]).mean()"),
        "keras": keras('y = keras.ops.mean(np.array([1, 2], "int32"))'),
        "tensorflow": tensorflow("answer = tf.reduce_mean(tf.constant([1, 2]))"),
        "jax": jax("answer = jnp.mean(jnp.array([1, 2]))"),
        **onnx("y = ReduceMean <keepdims = 0> (x)", x="int32[2]", output="int32 y", feeds='x = np.array([1, 2], "int32")'),
    },
    sources=("https://www.tensorflow.org/api_docs/python/tf/math/reduce_mean",
             "https://docs.pytorch.org/docs/stable/generated/torch.mean.html"))

ROWS = (INPUT, FROM_NUMPY, INTEGER, MIXED, NUMPY_SCALAR, DIVISION, MEAN)
