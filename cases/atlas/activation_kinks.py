"""Derivatives at zero of functions with a corner there, and at a tie of two numbers."""

from nnparity.cases.atlas.activation import NO_GRADIENT
from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import gradients

TORCH_DOCS, KERAS_DOCS = "https://docs.pytorch.org/docs/stable/generated", "https://keras.io/api/layers/activations/"

ABS = AtlasRow(
    layer="abs", option="at_zero", title="derivative of |x| at 0", group="activation", leads=("A5", "L29"),
    question="What is the derivative of the absolute value at exactly zero?",
    variants=(
        Variant(value=0.0, title="0", formula=r"\frac{d|x|}{dx}(0) = 0", words="The sign of zero, the middle of the two slopes."),
        Variant(value=1.0, title="1", formula=r"\frac{d|x|}{dx}(0) = 1", words="Zero counts as positive."),
        Variant(value=-1.0, title="-1", formula=r"\frac{d|x|}{dx}(0) = -1", words="Zero counts as negative.")),
    probe=Probe(compute="abs_derivative", arguments={"x": [-2.0, 0.0, 3.0]}),
    example="At {x} the derivatives are {0}, {1} or {2}.",
    consequence="The gradient of an L1 penalty or of a mean absolute error is this one. Weights that are exactly zero stay there "
                "with 0, and are pushed away from zero with 1, by the penalty that was meant to keep them there.",
    snippets=gradients("[-2.0, 0.0, 3.0]", torch="torch.abs(x)", keras="keras.ops.abs(x)", tensorflow="tf.abs(x)",
                       jax="jnp.abs(x)"),
    absent=NO_GRADIENT,
    sources=("https://github.com/jax-ml/jax/issues/37820", "https://github.com/jax-ml/jax/issues/10515",
             "https://github.com/pytorch/pytorch/issues/7172"))

LEAKY_RELU = AtlasRow(
    layer="leaky_relu", option="at_zero", title="derivative of leaky_relu at 0", group="activation", leads=("A6",),
    question="What is the derivative of a leaky relu with slope 0.2 at exactly zero?",
    variants=(
        Variant(value=0.2, title="the slope", formula=r"f'(0) = s", words="Zero counts as negative."),
        Variant(value=1.0, title="1", formula=r"f'(0) = 1", words="Zero counts as positive."),
        Variant(value=0.0, title="0", formula=r"f'(0) = 0",
                words="From relu(x) - s relu(-x), where both parts are flat at zero: a slope that occurs nowhere else.")),
    probe=Probe(compute="leaky_relu_derivative", arguments={"x": [-1.0, 0.0, 2.0], "slope": 0.2}),
    example="At {x} the derivatives are {0}, {1} or {2}.",
    consequence="Zero biases behind sparse inputs give pre-activations of exactly zero: their units learn five times faster in "
                "one framework than in another until they have left zero.",
    snippets=gradients("[-1.0, 0.0, 2.0]", torch="torch.nn.functional.leaky_relu(x, 0.2)",
                       keras="keras.ops.leaky_relu(x, 0.2)", tensorflow="tf.nn.leaky_relu(x, 0.2)",
                       jax="jax.nn.leaky_relu(x, 0.2)"),
    absent=NO_GRADIENT, sources=(f"{TORCH_DOCS}/torch.nn.LeakyReLU.html", KERAS_DOCS))

PRELU = AtlasRow(
    layer="prelu", option="at_zero", title="derivative of PReLU at 0", group="activation", leads=("A6",),
    question="What is the derivative of a PReLU whose learned slope is 0.2 at exactly zero?",
    variants=LEAKY_RELU.variants, probe=LEAKY_RELU.probe, example=LEAKY_RELU.example,
    consequence="The same function as a leaky relu, and yet another derivative at zero: with 0 a unit at exactly zero gets no "
                "gradient at all and stays there, as it would behind a relu.",
    snippets=gradients("[-1.0, 0.0, 2.0]", torch="torch.nn.functional.prelu(x, torch.tensor([0.2]))",
                       keras="keras.layers.PReLU(keras.initializers.Constant(0.2))(x[None])") | {
        "jax": "from flax import nnx\n" + gradients("[-1.0, 0.0, 2.0]", jax="nnx.PReLU(0.2)(x)")["jax"]},
    absent={**NO_GRADIENT, "tensorflow": "tf.nn has no PReLU"},
    sources=(f"{TORCH_DOCS}/torch.nn.PReLU.html", KERAS_DOCS))

ELU = AtlasRow(
    layer="elu", option="at_zero", title="derivative of ELU at 0", group="activation", leads=("A7",),
    question="What is the derivative of an ELU with alpha 2 at exactly zero, where the slope jumps from 2 to 1?",
    variants=(
        Variant(value=2.0, title="alpha", formula=r"f'(0) = \alpha", words="Zero counts as negative."),
        Variant(value=1.0, title="1", formula=r"f'(0) = 1", words="Zero counts as positive.")),
    probe=Probe(compute="elu_derivative", arguments={"x": [-1.0, 0.0, 2.0], "alpha": 2.0}),
    example="At {x} the derivatives are {0} or {1}.",
    consequence="With alpha 1 there is no corner and nothing to choose. With another alpha a gradient check at zero blames a "
                "correct implementation.",
    snippets=gradients("[-1.0, 0.0, 2.0]", torch="torch.nn.functional.elu(x, 2.0)", keras="keras.ops.elu(x, 2.0)",
                       jax="jax.nn.elu(x, 2.0)"),
    absent={**NO_GRADIENT, "tensorflow": "tf.nn.elu has no alpha; with alpha 1 there is no corner"},
    sources=(f"{TORCH_DOCS}/torch.nn.ELU.html", KERAS_DOCS))

SELU = AtlasRow(
    layer="selu", option="at_zero", title="derivative of SELU at 0", group="activation", leads=("A7b",),
    question="What is the derivative of a SELU at exactly zero, where the slope jumps?",
    variants=(
        Variant(value="left", title="1.758, from the left", formula=r"f'(0) = \lambda \alpha", words="Zero counts as negative."),
        Variant(value="right", title="1.051, from the right", formula=r"f'(0) = \lambda", words="Zero counts as positive.")),
    probe=Probe(compute="selu_derivative", arguments={"x": [-1.0, 0.0, 2.0]}),
    example="At {x} the derivatives are {0} or {1}.",
    consequence="Self-normalising networks start from zero biases: with sparse inputs many units are at exactly zero, and their "
                "gradients differ by two thirds.",
    snippets=gradients("[-1.0, 0.0, 2.0]", torch="torch.nn.functional.selu(x)", keras="keras.ops.selu(x)",
                       tensorflow="tf.nn.selu(x)", jax="jax.nn.selu(x)"),
    absent=NO_GRADIENT, sources=(f"{TORCH_DOCS}/torch.nn.SELU.html", "https://arxiv.org/abs/1706.02515"))

TIE = AtlasRow(
    layer="maximum", option="ties", title="gradient of maximum(a, b) at a tie", group="tensors", leads=("A21", "A3"),
    question="Which of two equal numbers gets the gradient of their maximum?",
    variants=(
        Variant(value="even", title="half to each", formula=r"\left(\frac{1}{2}, \frac{1}{2}\right)",
                words="Equal numbers are treated alike."),
        Variant(value="first", title="all of it to the first", formula=r"(1, 0)",
                words="The comparison behind it is a ≥ b. It is why maximum(x, 0) and maximum(0, x) differ at zero."),
        Variant(value="second", title="all of it to the second", formula=r"(0, 1)", words="The comparison behind it is a > b.")),
    probe=Probe(compute="pair_maximum_gradient", arguments={"x": [3.0, 3.0]}),
    example="At {x} the gradient is {0}, {1} or {2}.",
    consequence="Maxout units, and a relu written as a maximum, meet ties wherever inputs are zero. In one framework the order "
                "of the arguments decides which branch is trained.",
    snippets=gradients("[3.0, 3.0]", torch="torch.maximum(x[0], x[1])", keras="keras.ops.maximum(x[0], x[1])",
                       tensorflow="tf.maximum(x[0], x[1])", jax="jnp.maximum(x[0], x[1])"),
    absent=NO_GRADIENT, sources=("https://github.com/jax-ml/jax/issues/37821", f"{TORCH_DOCS}/torch.maximum.html"))

ROUND = AtlasRow(
    layer="round", option="form", title="derivative of round", group="tensors", leads=("A25",),
    question="What is the derivative of rounding to a whole number?",
    variants=(
        Variant(value="zero", title="0", formula=r"\frac{d}{dx} \mathrm{round}(x) = 0",
                words="The derivative almost everywhere."),
        Variant(value="none", title="none at all", formula=r"\frac{d}{dx} \mathrm{round}(x) = \text{undefined}",
                words="The operation has no gradient: the answer is None, and variables that are reached only through it are "
                      "left out of the step, with a warning at best."),
        Variant(value="one", title="1, straight through", formula=r"\frac{d}{dx} \mathrm{round}(x) \approx 1",
                words="The straight-through estimator of quantised training. No framework's own rounding does it.",
                switch={"torch": "x + (x.round() - x).detach()", "jax": "x + jax.lax.stop_gradient(jnp.round(x) - x)",
                        "tensorflow": "x + tf.stop_gradient(tf.round(x) - x)"})),
    probe=Probe(compute="rounding_derivative", arguments={"x": [-0.6, 0.5, 1.2]}),
    example="At {x} the derivatives are {0} or {2}; or there is none.",
    consequence="Rounding in the middle of a network stops all training below it in every framework. It is silent where the "
                "gradient is 0, and an optimizer that was given None raises an error or skips the weights.",
    snippets={column: code.replace("answer = tape.gradient(y, x)",
                                   'g = tape.gradient(y, x)\nanswer = "none" if g is None else g')
              for column, code in gradients("[-0.6, 0.5, 1.2]", torch="torch.round(x)", keras="keras.ops.round(x)",
                                            tensorflow="tf.round(x)", jax="jnp.round(x)").items()},
    absent=NO_GRADIENT, sources=(f"{TORCH_DOCS}/torch.round.html", "https://www.tensorflow.org/guide/autodiff"))

ROWS = (ABS, LEAKY_RELU, PRELU, ELU, SELU, TIE, ROUND)
