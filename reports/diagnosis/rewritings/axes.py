"""Arrays whose axes are read in another order, or reshaped where they should be transposed. Letters name axes: OIHW, NCHW."""

from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np

from nnparity.reports.diagnosis.rewritings.rewrite import Rewrite, on, rewriting, same

WORDS = {"N": "batch", "C": "channels", "O": "filters", "I": "input channels", "H": "height", "W": "width", "L": "length",
         "T": "time", "F": "features"}
TRANSPOSE = "Move axes with transpose; a reshape keeps the order in memory and only renames it."


def read_as(a: np.ndarray, layout: str, wanted: str) -> np.ndarray:
    """An array whose axes are taken for `layout`, brought to the order `wanted`: read_as(k, "HWIO", "OIHW")."""
    return a.transpose([layout.index(letter) for letter in wanted])


def misreadings(name: str, shape, letters: str) -> Iterator[Rewrite]:
    """The array taken for every other layout that has the same shape."""
    for order in list(permutations(letters))[1:]:
        layout = "".join(order)
        if read_as(np.empty(shape), layout, letters).shape != tuple(shape):
            continue
        moved = [letter for letter, other in zip(letters, layout, strict=True) if letter != other]
        pair = len(moved) == 2
        title = (f"{name}: {WORDS[moved[0]]} and {WORDS[moved[1]]} exchanged" if pair
                 else f"{name} read as {layout} instead of {letters}")
        yield Rewrite(
            before=on([name], lambda a, layout=layout: read_as(a, layout, letters)),
            pull=on([name], lambda g, layout=layout: read_as(g, letters, layout)),
            cause=rewriting(("axes", name), f"read as {layout}", label=f"{name} read as {layout}", title=title,
                            words=f"{name} comes as {letters}; this code takes its axes for {layout}. They are equally long "
                                  "here, so nothing complains.",
                            fix="Transpose when loading. PyTorch and ONNX store kernels OIHW and images NCHW, "
                                "Keras and flax HWIO and NHWC."))


def reshaped(name: str, shape, letters: str, layout: str) -> Rewrite:
    """The array brought to another layout by reshape, where a transpose belongs."""
    turned = [shape[letters.index(letter)] for letter in layout]
    return Rewrite(
        before=on([name], lambda a: read_as(a.reshape(turned), layout, letters)),
        pull=on([name], lambda g: read_as(g, letters, layout).reshape(shape)),
        cause=rewriting(("axes", name), f"reshaped to {layout}", label=f"{name} reshaped to {layout}",
                        title=f"{name} brought to {layout} by reshape instead of transpose",
                        words=f"{name} comes as {letters}. A reshape to the lengths of {layout} puts other numbers there.",
                        fix=TRANSPOSE))


def returned(letters: str, layout: str, shape) -> Iterator[Rewrite]:
    """The right output with its axes in another order; dL/dy taken as it comes, or, where its shape allows, in that order too."""
    keeps = read_as(np.empty(shape), letters, layout).shape == tuple(shape)
    there, back = (on(["y"], lambda a: read_as(a, letters, layout)), on(["y"], lambda a: read_as(a, layout, letters)))
    moved = [WORDS[a] for a, b in zip(letters, layout, strict=True) if a != b]
    what = f"with {moved[0]} and {moved[1]} exchanged" if len(moved) == 2 else f"as {layout}"
    for read, too in ((same, ""), (back, ", dL/dy read so too"))[:1 + keeps]:
        yield Rewrite(after=there, undo=back, after_adjoint=read,
                      cause=rewriting(("axes", "y"), f"returned as {layout}", of=("cotangent",) if too else (),
                                      label=f"y returned as {layout}{too}", title=f"outputs returned {what}{too}",
                                      words=f"The numbers are right, the axes of y stand as {layout} instead of {letters}.",
                                      fix="Transpose before returning."))


def output_reshaped(letters: str, layout: str, shape) -> Rewrite:
    """Outputs computed as `layout` and reshaped to `letters`."""
    turned = [shape[letters.index(letter)] for letter in layout]
    there = on(["y"], lambda a: read_as(a, letters, layout).reshape(shape))
    back = on(["y"], lambda a: read_as(a.reshape(turned), layout, letters))
    return Rewrite(after=there, undo=back, after_adjoint=back, cause=rewriting(
        ("axes", "y"), f"reshaped from {layout}", label=f"y reshaped from {layout}",
        title=f"outputs brought from {layout} to {letters} by reshape instead of transpose",
        words=f"The numbers are right and stand at other places: y was computed as {layout} and reshaped.", fix=TRANSPOSE))


def order(name: str, how: str, title: str, words: str, fix: str, turn: Callable, undo: Callable | None = None) -> Rewrite:
    """One array in another order; `undo` where `turn` is not its own inverse."""
    return Rewrite(before=on([name], turn), pull=on([name], undo or turn), cause=rewriting(
        ("order", name), how, label=f"{name} {how}", title=title, words=words, fix=fix))
