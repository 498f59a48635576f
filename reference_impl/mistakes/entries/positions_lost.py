"""Loops over the output map that stop one short, and images whose sides are exchanged.

A family, closed: the last row, the last column, or both, on the way forward (they stay zero) or on the way back alone;
 for convolution, maximum and average.
"""

from nnparity.reference_impl.mistakes.edit import Line
from nnparity.reference_impl.mistakes.entries.convolution import FIT, SLIDE, SUM
from nnparity.reference_impl.mistakes.entries.convolution import UPSTREAM as DA
from nnparity.reference_impl.mistakes.entries.convolution import backward as convolution_backward
from nnparity.reference_impl.mistakes.entries.convolution import forward as convolution_forward
from nnparity.reference_impl.mistakes.entries.convolution_backward import GRADS, KERNEL
from nnparity.reference_impl.mistakes.entries.pooling import AVERAGE, AVERAGED, MAX, MAX_DY, MAXIMUM, ROUTED, SHARE, SPREAD
from nnparity.reference_impl.mistakes.entries.pooling import backward as pooling_backward
from nnparity.reference_impl.mistakes.entries.pooling import forward as pooling_forward

WHERE = {  # what is lost -> (the places of the output map that are kept, the axes that it must have)
    "row": ("(np.arange(slide.out[0]) < slide.out[0] - 1)[:, None]", 2),
    "column": ("(np.arange(slide.out[-1]) < slide.out[-1] - 1)", 2),
    "position": ("np.all([i < n - 1 for i, n in zip(np.indices(slide.out), slide.out)], axis=0)", 0)}
WORDS = {"row": "the last row", "column": "the last column", "position": "the last position along each axis"}
LAYERS = {  # function -> (kinds, forward, formula; backward, line where dy comes in, formula)
    "convolution": (("conv1d", "conv2d"), convolution_forward, SUM, convolution_backward, DA, KERNEL),
    "max_pool": (MAX, pooling_forward, MAXIMUM, pooling_backward, MAX_DY, ROUTED),
    "average_pool": (AVERAGE, pooling_forward, AVERAGED, pooling_backward, SHARE, SPREAD)}
WHOLE = {"max_pool": "max", "average_pool": "average"}


def lost(function, what):
    kinds, forward, formula, backward, upstream, gradient = LAYERS[function]
    kept, axes = WHERE[what]
    name, kind = WHOLE.get(function, ""), f" ({function.partition('_')[0]})".replace(" (convolution)", "")
    about = dict(kinds=kinds[-1:] if axes else kinds, symptom=f"{WORDS[what].capitalize()} is zero: its loop stops one short.",
                 fix="range(n) ends at n - 1 by itself; a map has (n - k) // s + 1 positions.")
    yield forward(id=f"{name}-last-{what}-empty".lstrip("-"), title=f"{WORDS[what]} of the outputs never computed{kind}",
                  edit=Line(function, 'return {"y": y}, vjp').becomes(f'return {{"y": y * {kept}}}, vjp'),
                  correct=formula, mistaken=rf"{formula} \; [p < P - 1]", **about)
    yield backward(id=f"{name}-last-{what}-lost-back".lstrip("-"), title=f"gradient of {WORDS[what]} of the outputs lost{kind}",
                   edit=upstream.replacing('cotangents["y"]', f'cotangents["y"] * {kept}'),
                   correct=gradient, mistaken=rf"{gradient} \; [p < P - 1]", **about)


MISTAKES = (
    *(one for function in LAYERS for what in WHERE for one in lost(function, what)),
    convolution_forward(
        id="sides-exchanged", title="height and width exchanged: the outputs' rows are counted with the width",
        edit=SLIDE.becomes("more = [n - k + m for n, k, m in zip(x.shape[:-3:-1], size[::-1], size)]\n"
                           "    x = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(0, max(0, n - m)) for n, m in "
                           "zip(more, x.shape[-2:])])"
                           f"[..., :more[0], :more[1]]\n    {SLIDE.text}"),
        also=(FIT, GRADS.replacing('"kernel"', '"x": np.pad(slide.unpad(dx), [(0, 0)] * 2 + [(0, max(0, n - m)) for n, m '
                                          'in zip(inputs["x"].shape[-2:], x.shape[-2:])])[..., '
                                          '*map(slice, inputs["x"].shape[-2:])], "kernel"'),
              Line("convolution.vjp", '"x": slide.unpad(dx)}').becomes("}")),
        symptom="The output has the sides of the other order; windows beyond an edge are cut short. Right for square images.",
        fix="Rows with the height and the kernel's height, columns with the width and the kernel's.",
        correct=r"P_1 = h - k_1 + 1, \; P_2 = w - k_2 + 1", mistaken=r"P_1 = w - k_2 + 1, \; P_2 = h - k_1 + 1",
        kinds=("conv2d",), config={"stride": 1, "dilation": 1, "padding": "valid"}, only=("conv2d-generic",)),
)
