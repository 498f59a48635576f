"""What happens to the arrays of recurrent layers: gates in another order, time read backwards, states ignored."""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.kinds import GATES as GATE_NAMES
from nnparity.reports.diagnosis.rewritings.rewrite import Rewrite, name_among_several, on, rewriting, same


def recurrent(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """Every rewriting of one recurrent layer."""
    if layer.kind in GATE_NAMES:
        yield from gate_orders(layer, case)
    if len(case.network) == 1:
        yield from sequences(case)


def gate_orders(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """Gates packed in another order: in all arrays of the layer at once, or in one of them."""
    letters = GATE_NAMES[layer.kind]
    gated = [layer.qualify(n) for n in ("kernel", "recurrent_kernel", "bias", "recurrent_bias")
             if layer.qualify(n) in case.params]
    alone_in = name_among_several(layer, case)
    for order in list(permutations(range(len(letters))))[1:]:
        written, packed = ", ".join(letters[i] for i in order), "".join(letters[i] for i in order)
        for names in (gated, *([name] for name in gated)):
            undo = np.argsort(order)
            yield Rewrite(
                before=on(names, lambda a, order=order: a[list(order)]),
                pull=on(names, lambda g, undo=undo: g[undo]),
                cause=rewriting(
                    ("gate order",), packed, of=(alone_in,) if names == gated else (names[0],),
                    label=f"gates {packed}" + ("" if names == gated else f" in {names[0]}"),
                    title=f"gates of {'all arrays' if names == gated else names[0]} read in the order {written}",
                    words=f"The arrays come with their gates in the order {', '.join(letters)}; this code takes the blocks as "
                          f"{written}. All blocks have the same shape, so nothing complains.",
                    fix="Reorder the blocks when loading. GRU: PyTorch packs r, z, n; Keras and ONNX pack z, r, n. "
                        "LSTM: PyTorch and Keras pack i, f, g, o; ONNX packs i, o, f, g."))


def sequences(case: Case) -> Iterator[Rewrite]:
    """Time read backwards, axes of time and batch exchanged, outputs off by a step, states ignored."""
    flip = on(["x"], lambda a: a[:, ::-1])
    flip_y = on(["y"], lambda a: a[:, ::-1])
    backwards = ("The sequence is read from its last step to its first",
                 "Keras go_backwards=True leaves the outputs in that order; bidirectional layers turn them round.")
    yield Rewrite(before=flip, pull=flip, cause=rewriting(
        ("time",), "reversed", label="time reversed", title="sequence read backwards",
        words=backwards[0] + "; the outputs stand in the order they were computed.", fix=backwards[1]))
    yield Rewrite(before=flip, pull=flip, after=flip_y, undo=flip_y, after_adjoint=flip_y, cause=rewriting(
        ("time",), "reversed and realigned", label="time reversed and realigned",
        title="sequence read backwards, outputs turned round again",
        words=backwards[0] + "; each output stands at the step it belongs to.", fix=backwards[1]))
    yield Rewrite(after=flip_y, undo=flip_y, after_adjoint=flip_y, cause=rewriting(
        ("time",), "outputs reversed", label="y reversed in time", title="outputs returned in the reverse order of time",
        words="Each output is right, and the last one stands first.",
        fix="Append each new state at the end; turn the list round only after a way back."))
    for step, how in ((1, "late"), (-1, "early")):
        roll, back = (on(["y"], lambda a, step=step: np.roll(a, step, 1)), on(["y"], lambda a, step=step: np.roll(a, -step, 1)))
        yield Rewrite(after=roll, undo=back, after_adjoint=back, cause=rewriting(
            ("time",), f"outputs one step {how}", label=f"y one step {how}", title=f"outputs rolled: each one step too {how}",
            words=f"Each output is right and stands one step too {how}; the one that falls out stands at the other end.",
            fix="An index is off by one and wraps around: y[t] is the state after step t."))
    swap = on(["x"], lambda a: a.swapaxes(0, 1))
    swap_y = on(["y"], lambda a: a.swapaxes(0, 1))
    yield Rewrite(after=swap_y, undo=swap_y, after_adjoint=same, cause=rewriting(
        ("axes",), "outputs with time first", label="y time first", title="outputs returned with time first",
        words="The numbers are right, the axes are (time, batch, hidden) instead of (batch, time, hidden).",
        fix="PyTorch's default is time first: batch_first=True, or swap the axes."))
    if case.sizes.get("batch") == case.sizes.get("time"):
        yield Rewrite(before=swap, pull=swap, after=swap_y, undo=swap_y, after_adjoint=swap_y, cause=rewriting(
            ("axes",), "time first", label="time first", title="batch and time exchanged",
            words="The first axis of x is taken for time; it is the batch.",
            fix="PyTorch's default is time first: batch_first=True, or swap the axes."))
    for state in ("h0", "c0"):
        if state in case.inputs:
            nought = on([state], np.zeros_like)
            yield Rewrite(before=nought, pull=nought, cause=rewriting(
                (state,), "ignored", label=f"{state} ignored", title=f"initial state {state} ignored",
                words="Right wherever the state starts at zero.", fix=f"Start from {state}."))
