"""Derivatives of functions that are held between two bounds, exactly at the bounds."""

from dataclasses import replace

from nnparity.cases.atlas.activation import NO_GRADIENT
from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import gradients

CLIP_THREADS = ("https://github.com/pytorch/pytorch/issues/120258", "https://github.com/pytorch/pytorch/issues/49922",
                "https://github.com/jax-ml/jax/issues/37821")


def _choices(slope: str) -> tuple[Variant, ...]:
    """At a bound: the slope outside, the slope inside, or half of it."""
    return (
        Variant(value=0.0, title="0, as outside", formula=r"f'(\text{bound}) = 0", words="A number at the bound is cut off."),
        Variant(value=1.0, title="as inside", formula=rf"f'(\text{{bound}}) = {slope}",
                words="A number at the bound has not passed it, so its gradient goes through."),
        Variant(value=0.5, title="half of the slope inside", formula=rf"f'(\text{{bound}}) = \frac{{1}}{{2}} \cdot {slope}",
                words="A maximum and a minimum of two equal numbers, each of which halves the gradient at a tie."))


CLIP = AtlasRow(
    layer="clip", option="at_bounds", title="derivative of clip at its bounds", group="activation", leads=("A3", "A4", "A24"),
    question="What is the derivative of clip(x, 0, 6) at exactly 0 and 6?",
    variants=_choices("1"), probe=Probe(compute="bounded_derivative", arguments={"x": [0.0, 3.0, 6.0], "low": 0.0, "high": 6.0}),
    example="At {x} the derivatives are {0}, {1} or {2}.",
    consequence="Weights or actions that were clipped before sit exactly at the bound. They go on learning in one framework and "
                "are stuck in another, and a relu6 written as a clip is another function to the backward pass.",
    snippets=gradients("[0.0, 3.0, 6.0]", torch="torch.clamp(x, 0, 6)", keras="keras.ops.clip(x, 0.0, 6.0)",
                       tensorflow="tf.clip_by_value(x, 0.0, 6.0)", jax="jnp.clip(x, 0, 6)"),
    absent=NO_GRADIENT, sources=CLIP_THREADS)

RELU6 = replace(
    CLIP, layer="relu6", title="derivative of relu6 at 0 and 6", question="What is the derivative of relu6 at exactly 0 and 6?",
    consequence="Numbers that were quantised to the grid of relu6 meet its bounds exactly. Where a clip stands for it in the "
                "other framework, see clip.at_bounds, they get another gradient.",
    snippets=gradients("[0.0, 3.0, 6.0]", torch="torch.nn.functional.relu6(x)", keras="keras.ops.relu6(x)",
                       tensorflow="tf.nn.relu6(x)", jax="jax.nn.relu6(x)"))

HARD_TANH = replace(
    CLIP, layer="hard_tanh", title="derivative of hard_tanh at -1 and 1", leads=("A24",),
    question="What is the derivative of hard_tanh at exactly -1 and 1?",
    probe=replace(CLIP.probe, arguments={"x": [-1.0, 0.5, 1.0], "low": -1.0, "high": 1.0}),
    consequence="The straight-through gradient of binary networks is this derivative, and their activations are exactly -1 and "
                "1: with 0 at the bounds such a network does not train.",
    snippets=gradients("[-1.0, 0.5, 1.0]", torch="torch.nn.functional.hardtanh(x)", keras="keras.ops.hard_tanh(x)",
                       jax="jax.nn.hard_tanh(x)"),
    absent={**NO_GRADIENT, "tensorflow": "tf.nn has no hard tanh"})

HARD_SIGMOID = replace(
    CLIP, layer="hard_sigmoid", title="derivative of hard_sigmoid at -3 and 3", leads=("A24", "A4"),
    question="What is the derivative of hard_sigmoid at exactly -3 and 3?", variants=_choices(r"\frac{1}{6}"),
    probe=replace(CLIP.probe, arguments={"x": [-3.0, 0.0, 3.0], "low": -3.0, "high": 3.0, "slope": 1 / 6}),
    consequence="Only a gradient check at the bound sees it: the value is the same on both sides.",
    snippets=gradients("[-3.0, 0.0, 3.0]", torch="torch.nn.functional.hardsigmoid(x)", keras="keras.ops.hard_sigmoid(x)",
                       jax="jax.nn.hard_sigmoid(x)"),
    absent={**NO_GRADIENT, "tensorflow": "tf.keras.backend.hard_sigmoid has the slope 1/5, see hard_sigmoid.form"})

HARD_SIGMOID_FIFTH = replace(
    HARD_SIGMOID, layer="hard_sigmoid_fifth", title="derivative of the hard_sigmoid of old Keras at its bounds",
    question="What is the derivative of the hard_sigmoid with slope 1/5 at exactly -2.5 and 2.5?",
    variants=_choices(r"\frac{1}{5}"),
    probe=replace(CLIP.probe, arguments={"x": [-2.5, 0.0, 2.5], "low": -2.5, "high": 2.5, "slope": 0.2}),
    consequence="The gates of a recurrent cell of old Keras pass a gradient at the bound; a cell rebuilt with the usual rule, 0 "
                "at the bound, differs from it in a gradient check there.",
    snippets=gradients("[-2.5, 0.0, 2.5]", torch="torch.clamp(0.2 * x + 0.5, 0, 1)",
                       tensorflow="tf.keras.backend.hard_sigmoid(x)", jax="jnp.clip(0.2 * x + 0.5, 0, 1)"),
    absent={**NO_GRADIENT, "keras": "Keras 3 has the slope 1/6, see hard_sigmoid.at_bounds"})

HARD_SWISH = AtlasRow(
    layer="hard_swish", option="at_bounds", title="derivative of hard_swish at -3 and 3", group="activation", leads=("A31",),
    question="What is the derivative of hard_swish, x relu6(x + 3) / 6, at exactly -3 and 3?",
    variants=(
        Variant(value="outside", title="as outside, 0 and 1", formula=r"f'(-3) = 0, \quad f'(3) = 1",
                words="At the bound the function already is the flat or the straight piece."),
        Variant(value="inside", title="as inside, -1/2 and 3/2", formula=r"f'(-3) = -\frac{1}{2}, \quad f'(3) = \frac{3}{2}",
                words="At the bound the function still is the parabola. PyTorch did so when the linked thread was opened."),
        Variant(value="middle", title="the middle, -1/4 and 5/4", formula=r"f'(-3) = -\frac{1}{4}, \quad f'(3) = \frac{5}{4}",
                words="From a relu6 with half a slope at its bounds, such as one written with a maximum and a minimum.")),
    probe=Probe(compute="hard_swish_derivative", arguments={"x": [-3.0, 1.0, 3.0]}),
    example="At {x} the derivatives are {0}, {1} or {2}.",
    consequence="The derivative jumps by a half at the bound, so a gradient check there blames a correct implementation.",
    snippets=gradients("[-3.0, 1.0, 3.0]", torch="torch.nn.functional.hardswish(x)", keras="keras.ops.hard_silu(x)",
                       jax="jax.nn.hard_swish(x)"),
    absent={**NO_GRADIENT, "tensorflow": "tf.nn has no hard swish"},
    sources=("https://github.com/pytorch/pytorch/issues/147801",))

ROWS = (CLIP, RELU6, HARD_TANH, HARD_SIGMOID, HARD_SIGMOID_FIFTH, HARD_SWISH)
