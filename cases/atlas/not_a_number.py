"""What becomes of nan on its way through a network, and of numbers that are too small for float32's ordinary form."""

from dataclasses import replace

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

TORCH_DOCS, TF = "https://docs.pytorch.org/docs/stable/generated", "https://www.tensorflow.org/api_docs/python/tf"

RELU = AtlasRow(
    layer="relu", option="form", title="relu of nan", group="precision", leads=("P9",),
    question="What is the relu of nan?",
    variants=(
        Variant(value="nan", title="nan", formula=r"\max(\mathrm{nan}, 0) = \mathrm{nan}", words="It shows in the loss."),
        Variant(value="bound", title="0", formula=r"\max(\mathrm{nan}, 0) = 0",
                words="From a comparison x > 0, which is false, or from C's fmax. Kernels written by hand often do so.")),
    probe=Probe(compute="bounded_nan", arguments={"low": 0}), example="The bound is {low}: {0} or {1}.",
    consequence="A relu that turns nan into zero hides that a layer in front of it is lost: the loss looks healthy.",
    snippets={
        "torch": torch('answer = torch.relu(torch.tensor(float("nan")))'),
        "keras": keras('y = keras.ops.relu(np.array(np.nan, "float32"))'),
        "tensorflow": tensorflow('answer = tf.nn.relu(tf.constant(float("nan")))'),
        "jax": jax("answer = jax.nn.relu(jnp.array(jnp.nan))"),
        **onnx("y = Relu(x)", x="float[1]", output="float[1] y", feeds='x = np.array([np.nan], "float32")'),
    },
    sources=(f"{TORCH_DOCS}/torch.nn.ReLU.html", "https://onnx.ai/onnx/operators/onnx__Relu.html"))

CLIP = replace(
    RELU, layer="clip", title="nan clipped to a range", question="What becomes of nan that is clipped to the range from 0 to 1?",
    consequence="Clipping is no protection against nan: gradients that are nan stay nan.",
    snippets={
        "torch": torch('answer = torch.clamp(torch.tensor(float("nan")), 0, 1)'),
        "keras": keras('y = keras.ops.clip(np.array(np.nan, "float32"), 0, 1)'),
        "tensorflow": tensorflow('answer = tf.clip_by_value(tf.constant(float("nan")), 0, 1)'),
        "jax": jax("answer = jnp.clip(jnp.array(jnp.nan), 0, 1)"),
        **onnx("y = Clip(x, a, b)", x="float[1]", a="float", b="float", output="float[1] y",
               feeds='x, a, b = np.array([np.nan], "float32"), np.array(0, "float32"), np.array(1, "float32")'),
    },
    sources=(f"{TORCH_DOCS}/torch.clamp.html", "https://onnx.ai/onnx/operators/onnx__Clip.html"))

LARGEST = AtlasRow(
    layer="max", option="form", title="maximum along an axis that holds nan", group="precision", leads=("P9",),
    question="What is the largest number of a row that holds nan?",
    variants=(
        Variant(value="nan", title="nan", formula=r"\max(\dots, \mathrm{nan}, \dots) = \mathrm{nan}",
                words="It passes, wherever it is."),
        Variant(value="ignored", title="the largest of the rest", formula=r"\max \{x_i : x_i \ne \mathrm{nan}\}",
                words="As fmax of C."),
        Variant(value="if_first", title="nan where it comes first", formula=r"m \leftarrow x_i \; \text{where} \; x_i > m",
                words="No comparison with nan is true: one in front stays, a later one is never taken.")),
    probe=Probe(compute="largest_with_nan", arguments={"x": [[1, float("nan"), 2], [float("nan"), 1, 2]]}),
    example="Of the rows {x} the largest are {0}, {1} or {2}.",
    consequence="Global max pooling lets nan pass in one runtime and hides it in another, depending on where in the image it is.",
    snippets={
        "torch": torch('nan = float("nan")', "answer = torch.tensor([[1, nan, 2], [nan, 1, 2]]).amax(1)"),
        "keras": keras('y = keras.ops.max(np.array([[1, np.nan, 2], [np.nan, 1, 2]], "float32"), axis=1)'),
        "tensorflow": tensorflow('nan = float("nan")', "answer = tf.reduce_max(tf.constant([[1, nan, 2], [nan, 1, 2]]), 1)"),
        "jax": jax("answer = jnp.max(jnp.array([[1, jnp.nan, 2], [jnp.nan, 1, 2]]), 1)"),
        **onnx("y = ReduceMax <keepdims = 0> (x, a)", x="float[2,3]", a="int64[1]", output="float[2] y",
               feeds='x, a = np.array([[1, np.nan, 2], [np.nan, 1, 2]], "float32"), np.array([1])'),
    },
    sources=(f"{TORCH_DOCS}/torch.amax.html", f"{TF}/math/reduce_max", "https://onnx.ai/onnx/operators/onnx__ReduceMax.html"))

PLACE = AtlasRow(
    layer="argmax", option="form", title="argmax along an axis that holds nan", group="precision", leads=("P9",),
    question="Where is the largest number of a row that holds nan?",
    variants=(
        Variant(value="nan", title="at the nan", formula=r"\min \{i : x_i = \mathrm{nan}\}",
                words="nan counts as larger than all."),
        Variant(value="ignored", title="at the largest of the rest", formula=r"\mathrm{arg\,max} \{x_i : x_i \ne \mathrm{nan}\}",
                words="A nan is never taken."),
        Variant(value="if_first", title="at a nan that comes first", formula=r"i \leftarrow j \; \text{where} \; x_j > x_i",
                words="No comparison with nan is true: one in front stays, a later one is never taken.")),
    probe=Probe(compute="place_of_largest_with_nan", arguments=LARGEST.probe.arguments),
    example="Of the rows {x} the places are {0}, {1} or {2}.",
    consequence="A classifier whose outputs have become nan reports ordinary classes: accuracy on broken outputs.",
    snippets={
        "torch": torch('nan = float("nan")', "answer = torch.tensor([[1, nan, 2], [nan, 1, 2]]).argmax(1)"),
        "keras": keras('y = keras.ops.argmax(np.array([[1, np.nan, 2], [np.nan, 1, 2]], "float32"), axis=1)'),
        "tensorflow": tensorflow('nan = float("nan")', "answer = tf.argmax(tf.constant([[1, nan, 2], [nan, 1, 2]]), 1)"),
        "jax": jax("answer = jnp.argmax(jnp.array([[1, jnp.nan, 2], [jnp.nan, 1, 2]]), 1)"),
        **onnx("y = ArgMax <axis = 1, keepdims = 0> (x)", x="float[2,3]", output="int64[2] y",
               feeds='x = np.array([[1, np.nan, 2], [np.nan, 1, 2]], "float32")'),
    },
    sources=(f"{TORCH_DOCS}/torch.argmax.html", f"{TF}/math/argmax", "https://onnx.ai/onnx/operators/onnx__ArgMax.html"))

SUBNORMAL = AtlasRow(
    layer="float32", option="subnormal", title="subnormal numbers", group="precision", leads=("P8",),
    question="Does a number below 2^-126, the smallest ordinary float32, survive a multiplication by one?",
    variants=(
        Variant(value="kept", title="kept", formula=r"2^{-133} \cdot 1 = 2^{-133}",
                words="As the standard of floating-point numbers says.",
                switch={"torch": "the default; torch.set_flush_denormal(True) flushes"}),
        Variant(value="flushed", title="flushed to zero", formula=r"2^{-133} \cdot 1 = 0",
                words="Arithmetic with subnormal numbers is slow on many processors, so they are treated as zero.")),
    probe=Probe(compute="tiny_number", arguments={"power": -133}),
    example="2^{power}, multiplied by one and by 2^133, is {0} or {1}.",
    consequence="Products of many probabilities end at zero a little earlier, and the logarithm behind them is -∞.",
    snippets={
        "torch": torch("y = torch.tensor([2.0**-133]) * 1", "answer = y.double() * 2.0**133"),
        "keras": "\n".join(("import keras, numpy as np", 'y = keras.ops.multiply(np.array([2.0**-133], "float32"), 1)',
                            'answer = keras.ops.convert_to_numpy(y).astype("float64") * 2.0**133', "print(answer)")),
        "tensorflow": tensorflow("y = tf.constant([2.0**-133]) * 1", 'answer = y.numpy().astype("float64") * 2.0**133'),
        "jax": "\n".join(("import jax.numpy as jnp, numpy as np", "y = jnp.array([2.0**-133]) * 1",
                          'answer = np.asarray(y, "float64") * 2.0**133', "print(answer)")),
        **{column: code.replace("answer = ", "y = ").replace("print", 'answer = y.astype("float64") * 2.0**133\nprint')
           for column, code in onnx("y = Mul(x, w)", x="float[1]", w="float[1]", output="float[1] y",
                                    feeds='x, w = np.array([2.0**-133], "float32"), np.ones(1, "float32")').items()},
    },
    sources=(f"{TORCH_DOCS}/torch.set_flush_denormal.html",))

ROWS = (RELU, CLIP, LARGEST, PLACE, SUBNORMAL)
