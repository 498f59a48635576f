"""In which precision a sum is held, and to which side a half is rounded."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

TORCH_DOCS, TF = "https://docs.pytorch.org/docs/stable/generated", "https://www.tensorflow.org/api_docs/python/tf"
SINGLE_OR_DOUBLE = (
    Variant(value="float32", title="in single precision", formula=r"s \leftarrow \mathrm{float32}(s + x_i)",
            words="Each step is rounded: beyond 2^24 a one that is added is lost."),
    Variant(value="float64", title="in double precision", formula=r"s \leftarrow \mathrm{float64}(s + x_i)",
            words="The sum is held in double precision, and each result is rounded once."))

RUNNING_SUM = AtlasRow(
    layer="cumsum", option="accumulator", title="precision of a running sum", group="tensors", leads=("P4",),
    question="In which precision is the running sum of float32 numbers held?",
    variants=SINGLE_OR_DOUBLE,
    probe=Probe(compute="last_running_sum", arguments={"x": [2.0**24] + [1.0] * 6 + [-(2.0**24)]}),
    example="2^24, six ones and -2^24 add up to {0} or {1}.",
    consequence="Positions, times and returns that are running sums over a long sequence drift apart between frameworks.",
    snippets={
        "torch": torch("answer = torch.cumsum(torch.tensor([2.0**24] + [1.0] * 6 + [-(2.0**24)]), 0)[-1]"),
        "keras": keras('x = np.array([2**24] + [1] * 6 + [-(2**24)], "float32")', "y = keras.ops.cumsum(x)[-1]"),
        "tensorflow": tensorflow("answer = tf.cumsum(tf.constant([2.0**24] + [1.0] * 6 + [-(2.0**24)]))[-1]"),
        "jax": jax("answer = jnp.cumsum(jnp.array([2.0**24] + [1.0] * 6 + [-(2.0**24)]))[-1]"),
        **{column: code.replace("[0]\n", "[0][-1]\n") for column, code in onnx(
            "y = CumSum(x, a)", x="float[8]", a="int64", output="float[8] y",
            feeds='x, a = np.array([2**24] + [1] * 6 + [-(2**24)], "float32"), np.array(0)').items()},
    },
    sources=(f"{TORCH_DOCS}/torch.cumsum.html", f"{TF}/math/cumsum"))

BFLOAT_SUM = AtlasRow(
    layer="sum_bfloat16", option="accumulator", title="precision of a sum of bfloat16 numbers", group="precision", leads=("P4",),
    question="In which precision is the sum of 4096 bfloat16 numbers held while it is formed?",
    variants=(
        Variant(value="float32", title="in single precision", formula=r"s = 4096",
                words="The result is rounded once, at the end."),
        Variant(value="bfloat16", title="in bfloat16", formula=r"s = 2^8 = 256",
                words="Beyond 256 a one that is added is lost. What a loop written by hand does; no framework does it today.")),
    probe=Probe(compute="sum_of_ones", arguments={"n": 4096}), example="{n} ones add up to {0} or {1}.",
    consequence="A loss or a mean that is accumulated by hand in bfloat16 stops growing, while the library's own sum is right.",
    snippets={
        "torch": torch("answer = torch.ones(4096, dtype=torch.bfloat16).sum().float()"),
        "keras": keras('x = keras.ops.ones(4096, dtype="bfloat16")', 'y = keras.ops.cast(keras.ops.sum(x), "float32")'),
        "tensorflow": tensorflow("answer = tf.cast(tf.reduce_sum(tf.ones(4096, tf.bfloat16)), tf.float32)"),
        "jax": jax('answer = jnp.ones(4096, "bfloat16").sum().astype("float32")'),
    },
    absent=everywhere("NumPy, which feeds it, has no bfloat16", "onnx", "onnxruntime"),
    sources=("https://docs.pytorch.org/docs/stable/notes/numerical_accuracy.html",))

HALF_MEAN = AtlasRow(
    layer="mean_float16", option="accumulator", title="mean of large half-precision numbers", group="precision", leads=("P4",),
    question="What is the mean of two float16 numbers whose sum is beyond float16's largest number, 65504?",
    variants=(
        Variant(value="float32", title="their mean", formula=r"\frac{1}{n} \sum x_i",
                words="The sum is held in single precision, which it fits."),
        Variant(value="float16", title="infinite", formula=r"\frac{\infty}{n} = \infty",
                words="The sum is held in half precision and overflows before it is divided.")),
    probe=Probe(compute="mean_in_half", arguments={"x": [60000.0, 60000.0]}), example="The mean of {x} is {0:.5g} or {1}.",
    consequence="A mean over a batch or over pixels in mixed precision is infinite in one framework, and the loss nan.",
    snippets={
        "torch": torch("answer = torch.mean(torch.tensor([60000.0, 60000.0], dtype=torch.float16))"),
        "keras": keras('y = keras.ops.mean(np.array([60000.0, 60000.0], "float16"))'),
        "tensorflow": tensorflow("answer = tf.reduce_mean(tf.constant([60000.0, 60000.0], tf.float16))"),
        "jax": jax('answer = jnp.mean(jnp.array([60000.0, 60000.0], "float16"))'),
        **onnx("y = ReduceMean <keepdims = 0> (x)", x="float16[2]", output="float16 y",
               feeds='x = np.array([60000, 60000], "float16")'),
    },
    sources=(f"{TORCH_DOCS}/torch.mean.html", f"{TF}/math/reduce_mean"))

HALVES = AtlasRow(
    layer="round", option="half", title="rounding of halves", group="tensors", leads=("A25",),
    question="To which whole number is a number rounded that lies half way between two?",
    variants=(
        Variant(value="even", title="to the even one", formula=r"2.5 \to 2, \quad 3.5 \to 4", words="The rule of IEEE 754."),
        Variant(value="away", title="away from zero", formula=r"2.5 \to 3, \quad -2.5 \to -3",
                words="round() of C; quantisers in C use it."),
        Variant(value="up", title="upwards", formula=r"\lfloor x + 0.5 \rfloor",
                words="The formula of many quantisation papers. No framework's own rounding.")),
    probe=Probe(compute="rounded_half", arguments={"x": [-2.5, -0.5, 0.5, 1.5, 2.5]}), example="{x} becomes {0}, {1} or {2}.",
    consequence="A quantised model that was simulated with one rule and runs with another differs by one step in many places.",
    snippets={
        "torch": torch("answer = torch.round(torch.tensor([-2.5, -0.5, 0.5, 1.5, 2.5]))"),
        "keras": keras('y = keras.ops.round(np.array([-2.5, -0.5, 0.5, 1.5, 2.5], "float32"))'),
        "tensorflow": tensorflow("answer = tf.round(tf.constant([-2.5, -0.5, 0.5, 1.5, 2.5]))"),
        "jax": jax("answer = jnp.round(jnp.array([-2.5, -0.5, 0.5, 1.5, 2.5]))"),
        **onnx("y = Round(x)", x="float[5]", output="float[5] y", feeds='x = np.array([-2.5, -0.5, 0.5, 1.5, 2.5], "float32")'),
    },
    sources=(f"{TORCH_DOCS}/torch.round.html", "https://onnx.ai/onnx/operators/onnx__Round.html"))

ROWS = (RUNNING_SUM, BFLOAT_SUM, HALF_MEAN, HALVES)
