"""What happens to the arrays of normalisations: gamma and beta exchanged, another axis taken."""

from collections.abc import Iterator

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.reports.diagnosis.rewritings.rewrite import Rewrite, on, rewriting


def normalisation(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """Every rewriting of one normalisation."""
    gamma, beta = layer.qualify("gamma"), layer.qualify("beta")
    if {gamma, beta} <= case.params.keys():
        yield exchange(gamma, beta, "Scale and shift have the same shape, so nothing complains.")
    if len(case.network) == 1:
        yield from other_axes(layer, case)


def exchange(a: str, b: str, words: str) -> Rewrite:
    """Two arrays of the same shape in each other's place."""
    def swap(arrays):
        return {**arrays, a: arrays.get(b, np.zeros_like(arrays.get(a))), b: arrays.get(a, np.zeros_like(arrays.get(b)))} \
            if a in arrays or b in arrays else arrays
    return Rewrite(before=swap, pull=swap, cause=rewriting(
        ("exchange", a), "exchanged", of=(a, b), label=f"{a} and {b} exchanged", title=f"{a} and {b} exchanged", words=words,
        fix="Check the order in which the arrays are passed."))


def other_axes(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """The normalised axis exchanged with another one of the same length: x on the way in, y on the way out."""
    x = case.inputs["x"]
    own = 1 if layer.kind == "batch_norm" and layer.config.get("axis", 1) == 1 else x.ndim - 1
    for axis in range(x.ndim):
        convention = layer.kind == "batch_norm" and axis in (1, x.ndim - 1)
        if axis != own and not convention and x.shape[axis] == x.shape[own]:
            swap_x = on(["x"], lambda a, axis=axis: a.swapaxes(axis, own))
            swap_y = on(["y"], lambda a, axis=axis: a.swapaxes(axis, own))
            what = "channels" if layer.kind == "batch_norm" else "features"
            yield Rewrite(before=swap_x, pull=swap_x, after=swap_y, undo=swap_y, after_adjoint=swap_y, cause=rewriting(
                ("axes",), f"{what} on axis {axis}", label=f"{what} on axis {axis}", title=f"axis {axis} taken for the {what}",
                words=f"The {what} stand on axis {own}; axis {axis} is equally long, so nothing complains.",
                fix="Say which axis is meant: axis=1 for channels first, axis=-1 for channels last."))
