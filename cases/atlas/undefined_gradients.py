"""Gradients that the chain rule makes 0 · ∞ or 0 / 0, and what the frameworks make of them; shrinkage, which jumps."""

from dataclasses import replace

from nnparity.cases.atlas.activation import NO_GRADIENT
from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import gradients
from nnparity.cases.snippets.lines import keras, onnx, torch

TORCH_DOCS = "https://docs.pytorch.org/docs/stable/generated"
NAN_OR_ZERO = (
    Variant(value="zero", title="0", formula=r"\frac{\partial}{\partial x}(0) = 0", words="The case is looked for and set to 0."),
    Variant(value="nan", title="nan", formula=r"\frac{0}{0} = \mathrm{nan}", words="The formula is evaluated as it stands."))

NORM = AtlasRow(
    layer="norm", option="at_zero", title="gradient of the Euclidean norm at 0", group="tensors", leads=("A20",),
    question="What is the gradient of the length of a vector that is zero?",
    variants=NAN_OR_ZERO, probe=Probe(compute="norm_gradient", arguments={"x": [0.0, 0.0]}),
    example="At {x} the gradient is {0} or {1}.",
    consequence="One zero vector in a batch, a padded token or a pair of equal embeddings, turns all weights to nan with the "
                "next step.",
    snippets=gradients("[0.0, 0.0]", torch="torch.linalg.vector_norm(x)", keras="keras.ops.norm(x)", tensorflow="tf.norm(x)",
                       jax="jnp.linalg.norm(x)"),
    absent=NO_GRADIENT,
    sources=("https://optax.readthedocs.io/en/latest/api/utilities.html#optax.safe_norm",
             f"{TORCH_DOCS}/torch.linalg.vector_norm.html"))

NORM_BY_HAND = replace(
    NORM, layer="root_of_squares", title="gradient of a norm written by hand, at 0",
    question="What is the gradient of the root of the sum of squares of a vector that is zero?",
    consequence="Rewriting a library's norm by hand, which changes no value, can bring in a nan.",
    snippets=gradients("[0.0, 0.0]", torch="torch.sqrt((x * x).sum())", keras="keras.ops.sqrt(keras.ops.sum(x * x))",
                       tensorflow="tf.sqrt(tf.reduce_sum(x * x))", jax="jnp.sqrt((x * x).sum())"))

MASKED_ROOT = AtlasRow(
    layer="where_sqrt", option="form", title="derivative of where(x > 0, sqrt(x), 0) at 0", group="tensors", leads=("A22",),
    question="What is the derivative at zero of a square root that where() masked there?",
    variants=(
        Variant(value="masked", title="0", formula=r"f'(0) = 0", words="What was masked has no gradient."),
        Variant(value="chain", title="nan", formula=r"f'(0) = 0 \cdot \frac{1}{2 \sqrt{0}} = 0 \cdot \infty = \mathrm{nan}",
                words="The chain rule multiplies the mask's zero by the infinite slope of the branch that was not taken.")),
    probe=Probe(compute="masked_root_derivative", arguments={"x": [0.0, 4.0]}),
    example="At {x} the derivatives are {0} or {1}.",
    consequence="A mask behind the operation does not keep its nan out of the gradients; the input must be masked before, "
                "where(x > 0, x, 1). Code that trained in one framework turns all weights to nan in another.",
    snippets=gradients("[0.0, 4.0]", torch="torch.where(x > 0, torch.sqrt(x), 0.0)",
                       keras="keras.ops.where(x > 0, keras.ops.sqrt(x), 0.0)",
                       tensorflow="tf.where(x > 0, tf.sqrt(x), 0.0)", jax="jnp.where(x > 0, jnp.sqrt(x), 0.0)"),
    absent=NO_GRADIENT,
    sources=("https://docs.jax.dev/en/latest/faq.html#gradients-contain-nan-where-using-where",
             "https://www.tensorflow.org/api_docs/python/tf/where"))

HARD_SHRINK = AtlasRow(
    layer="hard_shrink", option="at_threshold", title="hard_shrink at its threshold", group="activation", leads=("A32",),
    question="Does a hard shrinkage keep a number that is exactly as large as its threshold?",
    variants=(
        Variant(value="zero", title="no", formula=r"y = x \; \text{where} \; |x| > \lambda", words="Only larger ones are kept."),
        Variant(value="kept", title="yes", formula=r"y = x \; \text{where} \; |x| \ge \lambda",
                words="Also found in texts about wavelets. No framework does it today.")),
    probe=Probe(compute="hard_shrink", arguments={"x": [-1.0, -0.5, 0.5, 1.0], "threshold": 0.5}),
    example="With the threshold {threshold}, {x} becomes {0} or {1}.",
    consequence="Quantised numbers meet the threshold exactly, and the value jumps there by the whole threshold.",
    snippets={
        "torch": torch("answer = F.hardshrink(torch.tensor([-1.0, -0.5, 0.5, 1.0]))"),
        "keras": keras('y = keras.ops.hard_shrink(np.array([-1.0, -0.5, 0.5, 1.0], "float32"))'),
        **onnx("y = Shrink(x)", x="float[4]", output="float[4] y", feeds='x = np.array([-1.0, -0.5, 0.5, 1.0], "float32")'),
    },
    absent={"tensorflow": "tf.nn has no shrinkage", "jax": "jax.nn has no shrinkage"},
    sources=(f"{TORCH_DOCS}/torch.nn.Hardshrink.html", "https://onnx.ai/onnx/operators/onnx__Shrink.html"))

HARD_SHRINK_GRADIENT = AtlasRow(
    layer="hard_shrink_derivative", option="at_threshold", title="derivative of hard_shrink at its threshold",
    group="activation", leads=("A32",), question="What is the derivative of a hard shrinkage exactly at its threshold?",
    variants=(
        Variant(value=0.0, title="0", formula=r"f'(\lambda) = 0", words="A number at the threshold counts as cut off."),
        Variant(value=1.0, title="1", formula=r"f'(\lambda) = 1", words="A number at the threshold counts as kept.")),
    probe=Probe(compute="shrink_derivative", arguments={"x": [-1.0, -0.5, 0.5, 1.0], "threshold": 0.5}),
    example="With the threshold {threshold}, the derivatives at {x} are {0} or {1}.",
    consequence="Only a gradient check on a grid of round numbers meets it.",
    snippets=gradients("[-1.0, -0.5, 0.5, 1.0]", torch="torch.nn.functional.hardshrink(x)", keras="keras.ops.hard_shrink(x)"),
    absent={**NO_GRADIENT, **HARD_SHRINK.absent}, sources=(f"{TORCH_DOCS}/torch.nn.Hardshrink.html",))

SOFT_SHRINK_GRADIENT = replace(
    HARD_SHRINK_GRADIENT, layer="soft_shrink_derivative", title="derivative of soft_shrink at its threshold",
    question="What is the derivative of a soft shrinkage exactly at its threshold, where it has a corner?",
    consequence="Only a gradient check on a grid of round numbers meets it.",
    snippets=gradients("[-1.0, -0.5, 0.5, 1.0]", torch="torch.nn.functional.softshrink(x)", keras="keras.ops.soft_shrink(x)"),
    sources=(f"{TORCH_DOCS}/torch.nn.Softshrink.html",))

ROWS = (NORM, NORM_BY_HAND, MASKED_ROOT, HARD_SHRINK, HARD_SHRINK_GRADIENT, SOFT_SHRINK_GRADIENT)
