"""Double precision that is not double throughout: a constant or a step that is held in single precision."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

KERAS, TF = "https://github.com/keras-team/keras/tree/master/keras/src", "https://www.tensorflow.org/api_docs/python/tf"
X64 = 'jax.config.update("jax_enable_x64", True)'
NO_DOUBLE = "it has this operator in single precision only"


def _constants(name: str, exact: str, rounded: str) -> tuple[Variant, ...]:
    return (Variant(value="float64", title="double throughout", formula=exact, words=f"{name} is held in double precision."),
            Variant(value="float32", title="a constant in single precision", formula=rounded,
                    words=f"{name} is rounded to float32 and widened again: seven digits are right."))


def _keras_jax(*lines: str) -> str:
    """Keras on JAX, with double precision switched on."""
    return "\n".join(("import jax", keras(X64, *lines)))


def _keras(*lines: str) -> dict[str, str]:
    return {"keras": keras(*lines), "keras-jax": _keras_jax(*lines)}


GELU = AtlasRow(
    layer="gelu", option="constants", title="GELU in double precision", group="precision", leads=("P6",),
    question="Is an exact GELU computed in double precision throughout, when the input is?",
    variants=(*_constants("The root of one half", r"\mathrm{erf}\left(\sqrt{0.5} \, x\right)",
                          r"\mathrm{erf}\left(\mathrm{float32}(\sqrt{0.5}) \, x\right)"),
              Variant(value="erf", title="erf in single precision",
                      formula=r"\mathrm{float32}\left(\mathrm{erf}(\sqrt{0.5} \, x)\right)",
                      words="The value of erf is rounded to float32 and widened again.")),
    probe=Probe(compute="gelu_in_double", arguments={"x": [-1.0, 0.5, 2.0]}, dtype="float64"),
    example="At -1 the value is {0[0]:.12f}, {1[0]:.12f} or {2[0]:.12f}.",
    consequence="A check at 1e-12 fails by a few billionths and blames the other implementation, which is right.",
    snippets={
        "torch": torch("answer = F.gelu(torch.tensor([-1.0, 0.5, 2.0], dtype=torch.float64))"),
        **_keras("y = keras.activations.gelu(np.array([-1.0, 0.5, 2.0]))"),
        "tensorflow": tensorflow("answer = tf.nn.gelu(tf.constant([-1.0, 0.5, 2.0], tf.float64))"),
        "jax": jax(X64, "answer = jax.nn.gelu(jnp.array([-1.0, 0.5, 2.0]), approximate=False)"),
        "onnx": onnx("y = Gelu(x)", x="double[3]", output="double[3] y", feeds="x = np.array([-1.0, 0.5, 2.0])")["onnx"],
    },
    absent={"onnxruntime": NO_DOUBLE},
    sources=(f"{TF}/nn/gelu", "https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html"))

LEAKY_RELU = AtlasRow(
    layer="leaky_relu", option="constants", title="slope of leaky_relu in double precision", group="precision", leads=("P6",),
    question="Is a slope of 0.2 held in double precision, when the input is?",
    variants=_constants("The slope", r"y = 0.2 \, x", r"y = \mathrm{float32}(0.2) \, x"),
    probe=Probe(compute="leaky_relu_in_double", arguments={"x": [-1.0, 0.5, -2.0], "slope": 0.2}, dtype="float64"),
    example="At -1 the value is {0[0]:.12f} or {1[0]:.12f}.",
    consequence="A check at 1e-12 fails by 3e-9. A file format keeps such numbers in single precision, so no runtime can know "
                "the digits that were meant.",
    snippets={
        "torch": torch("answer = F.leaky_relu(torch.tensor([-1.0, 0.5, -2.0], dtype=torch.float64), 0.2)"),
        **_keras("y = keras.activations.leaky_relu(np.array([-1.0, 0.5, -2.0]), 0.2)"),
        "tensorflow": tensorflow("answer = tf.nn.leaky_relu(tf.constant([-1.0, 0.5, -2.0], tf.float64), 0.2)"),
        "jax": jax(X64, "answer = jax.nn.leaky_relu(jnp.array([-1.0, 0.5, -2.0]), 0.2)"),
        "onnx": onnx("y = LeakyRelu <alpha = 0.2> (x)", x="double[3]", output="double[3] y",
                     feeds="x = np.array([-1.0, 0.5, -2.0])")["onnx"],
    },
    absent={"onnxruntime": NO_DOUBLE},
    sources=(f"{TF}/nn/leaky_relu", "https://onnx.ai/onnx/operators/onnx__LeakyRelu.html"))

PENALTY = AtlasRow(
    layer="l2_penalty", option="constants", title="strength of an L2 regulariser in double precision", group="precision",
    leads=("P6",), question="Is the strength 0.01 of an L2 regulariser held in double precision, when the weights are?",
    variants=_constants("The strength", r"0.01 \sum w^2", r"\mathrm{float32}(0.01) \sum w^2"),
    probe=Probe(compute="squared_penalty_in_double", arguments={"w": [1.0, 2.0], "factor": 0.01}, dtype="float64"),
    example="For {w} the penalty is {0:.12f} or {1:.12f}.",
    consequence="Two backends of one library differ in the eighth digit of the loss.",
    snippets=_keras("y = keras.regularizers.L2(0.01)(np.array([1.0, 2.0]))"),
    absent={"torch": "PyTorch has no regularisers, see the optimizers' weight_decay",
            "tensorflow": "tf.nn.l2_loss has no strength",
            "jax": "Optax has no regularisers", **everywhere("ONNX describes forward passes only", "onnx", "onnxruntime")},
    sources=(f"{KERAS}/regularizers/regularizers.py",))

ADAM = AtlasRow(
    layer="adam", option="constants", title="Adam in double precision", group="precision", leads=("P6",),
    question="Are the powers of Adam's beta held in double precision, when the weights are?",
    variants=_constants("The base of the powers", r"1 - \beta^t", r"1 - \mathrm{float32}(\beta)^t"),
    probe=Probe(compute="adam_in_double", arguments={"p": 1.0, "gradients": [1.0, 0.25], "rate": 0.5}, dtype="float64"),
    example="Two steps with the gradients {gradients} lead from {p} to {0:.9f} or {1:.9f}.",
    consequence="1 - 0.999 is small, so the error of a float32 0.999 weighs a thousand times more in it: trainings in double "
                "precision differ in the fifth digit of their first steps.",
    snippets=_keras('v = keras.Variable(np.array([1.0]), dtype="float64")', "optimizer = keras.optimizers.Adam(0.5, epsilon=0.0)",
                    "for g in (1.0, 0.25):", "    optimizer.apply([keras.ops.convert_to_tensor(np.array([g]))], [v])",
                    "y = v.value") | {
        "torch": torch("p = torch.ones(1, dtype=torch.float64, requires_grad=True)",
                       "optimizer = torch.optim.Adam([p], lr=0.5, eps=0)", "for g in (1.0, 0.25):",
                       "    p.grad = torch.full((1,), g, dtype=torch.float64)", "    optimizer.step()", "answer = p"),
        "jax": jax(X64, "p, adam = jnp.ones(1), optax.adam(0.5, eps=0.0)", "state = adam.init(p)", "for g in (1.0, 0.25):",
                   "    step, state = adam.update(jnp.full(1, g), state)", "    p = p + step", "answer = p"),
    },
    absent={"tensorflow": "tf.keras is Keras",
            **everywhere("the main operators of ONNX have no optimizer", "onnx", "onnxruntime")},
    sources=(f"{KERAS}/optimizers/adam.py",))

MEAN = AtlasRow(
    layer="mean", option="computed_in", title="mean of numbers in double precision", group="precision", leads=("P6",),
    question="Is the mean of a float64 tensor computed in double precision?",
    variants=(
        Variant(value="float64", title="in double precision", formula=r"\frac{1}{n} \sum x_i", words="As the input is."),
        Variant(value="float32", title="in single precision", formula=r"\frac{1}{n} \sum \mathrm{float32}(x_i)",
                words="The numbers are rounded to float32 before; the result says float64 and has seven right digits.")),
    probe=Probe(compute="mean_in_double", arguments={"x": [0.01, 0.02, 0.04]}, dtype="float64"),
    example="The mean of {x} is {0:.12f} or {1:.12f}.",
    consequence="Losses and normalisation layers are made of means: the same Keras code is double precision on one backend and "
                "single on another, and says float64 on both.",
    snippets={
        "torch": torch("answer = torch.mean(torch.tensor([0.01, 0.02, 0.04], dtype=torch.float64))"),
        **_keras("y = keras.ops.mean(np.array([0.01, 0.02, 0.04]))"),
        "tensorflow": tensorflow("answer = tf.reduce_mean(tf.constant([0.01, 0.02, 0.04], tf.float64))"),
        "jax": jax(X64, "answer = jnp.mean(jnp.array([0.01, 0.02, 0.04]))"),
        **onnx("y = ReduceMean <keepdims = 0> (x)", x="double[3]", output="double y", feeds="x = np.array([0.01, 0.02, 0.04])"),
    },
    sources=(f"{KERAS}/backend/common/dtypes.py",))

SUM = AtlasRow(
    layer="add", option="constants", title="double precision plus a Python number", group="precision", leads=("P6",),
    question="What is added to a float64 tensor by adding the Python number 0.1?",
    variants=_constants("The number", r"x + 0.1", r"x + \mathrm{float32}(0.1)"),
    probe=Probe(compute="sum_with_number", arguments={"x": [1.0, 2.0], "number": 0.1}, dtype="float64"),
    example="{x} plus {number} is {0:.12f} or {1:.12f}.",
    consequence="Every epsilon and every factor that is written as a number is off in the ninth digit.",
    snippets={
        "torch": torch("answer = torch.tensor([1.0, 2.0], dtype=torch.float64) + 0.1"),
        **_keras("y = keras.ops.add(np.array([1.0, 2.0]), 0.1)"),
        "tensorflow": tensorflow("answer = tf.constant([1.0, 2.0], tf.float64) + 0.1"),
        "jax": jax(X64, "answer = jnp.array([1.0, 2.0]) + 0.1"),
    },
    absent=everywhere("ONNX has no numbers beside tensors", "onnx", "onnxruntime"),
    sources=(f"{KERAS}/backend/common/dtypes.py", f"{TF}/math/add"))

ROWS = (GELU, LEAKY_RELU, PENALTY, ADAM, MEAN, SUM)
