"""Where the gradient of a maximum goes when the largest number occurs twice."""

from dataclasses import replace

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, gradients
from nnparity.cases.snippets.lines import NO_GRADIENT

POOL = AtlasRow(
    layer="max_pool1d", option="ties", title="gradient of max pooling at a tie", group="convolution", leads=("C9",),
    question="Which number gets the gradient of max pooling when the largest of a window occurs twice?",
    variants=(
        Variant(value="first", title="the first", formula=r"\frac{\partial y}{\partial x_i} = [i = \min \{j : x_j = y\}]",
                words="The place of the maximum is remembered, and that is the first one met."),
        Variant(value="even", title="all of them, in equal parts",
                formula=r"\frac{\partial y}{\partial x_i} = \frac{[x_i = y]}{n}",
                words="A subgradient that treats equal numbers alike."),
        Variant(value="last", title="the last", formula=r"\frac{\partial y}{\partial x_i} = [i = \max \{j : x_j = y\}]",
                words="The place of the maximum moves on where a number is at least as large.")),
    probe=Probe(compute="maximum_gradient", arguments={"x": [1.0, 3.0, 3.0]}),
    example="At {x} the gradient of the maximum is {0}, {1} or {2}.",
    consequence="Behind a relu windows full of zeros are common, and all their numbers tie. A gradient check blames a correct "
                "implementation, since at a tie there is no derivative.",
    snippets=gradients("[1.0, 3.0, 3.0]", torch="torch.max_pool1d(x[None], 3)",
                       keras='keras.ops.max_pool(x[None, :, None], 3, strides=3, data_format="channels_last")',
                       tensorflow='tf.nn.max_pool1d(x[None, :, None], 3, strides=3, padding="VALID")',
                       jax='jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (3,), (3,), "VALID")'),
    absent=everywhere(NO_GRADIENT, "onnx", "onnxruntime"),
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.amax.html",
             "https://github.com/jax-ml/jax/issues/37821"))

ALL = replace(
    POOL, layer="max", group="tensors", title="gradient of a maximum at a tie",
    question="Which number gets the gradient of a maximum when the largest of an array occurs twice?",
    consequence="A maximum over everything and a maximum along an axis are two functions to the backward pass of PyTorch, see "
                "max_axis.ties: rewriting one as the other changes the training.",
    snippets=gradients("[1.0, 3.0, 3.0]", torch="x.max()", keras="keras.ops.max(x)", tensorflow="tf.reduce_max(x)",
                       jax="jnp.max(x)"))

AXIS = replace(
    POOL, layer="max_axis", group="tensors", title="gradient of a maximum along an axis at a tie",
    question="Which number gets the gradient when the largest number along an axis occurs twice?",
    consequence="Global max pooling written as a maximum along an axis trains one unit in one framework and all that tie in "
                "another.",
    snippets=gradients("[[1.0, 3.0, 3.0]]", torch="x.max(dim=1).values", keras="keras.ops.max(x, axis=1)",
                       tensorflow="tf.reduce_max(x, 1)", jax="jnp.max(x, 1)"))

ROWS = (POOL, ALL, AXIS)
