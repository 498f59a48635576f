"""Which filters, channels, positions, taps or features of an array are wrong: its axes by name, and the pattern along each.

    "Of kernel: kernel tap (0, 2) of every filter and input channel is wrong, the other 19 taps are right."

A pattern is named only where it is one: all of an axis says nothing.
"""

from collections.abc import Sequence

import numpy as np

from nnparity.cases.case import Case
from nnparity.cases.kinds import KINDS, axes, owner

ONE = {  # axis -> what one index along it is called
    "batch": "example", "time": "time step", "input": "feature", "input and bias": "feature", "features": "feature",
    "output": "unit", "channels": "channel", "channels/groups": "input channel", "filters": "filter", "vocabulary": "token",
    "length": "position", "height": "row", "width": "column", "output length": "position", "output height": "row",
    "output width": "column", "kernel": "tap", "kernel height": "tap row", "kernel width": "tap column"}
SPATIAL = ("position", "row", "column", "tap", "tap row", "tap column")
ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}
LISTED = 6  # indices that are written out


def axes_of(case: Case, name: str, ndim: int) -> tuple[str, ...]:
    """A word for each axis of one of the case's arrays; axis 0, axis 1, ... where there are no words.

    Gates and time steps of recurrent layers have words of their own (gates.py), and a loss has no places.
    """
    layer, array = owner(case, name)
    silent = layer is None or KINDS[layer.kind].recurrent or KINDS[layer.kind].loss
    words = () if silent else tuple(ONE.get(axis, "") for axis in axes(layer.kind, array, ndim, layer.config))
    return words if words and all(words) else tuple(f"axis {axis}" for axis in range(ndim))


def place(index: Sequence[int], names: Sequence[str]) -> str:
    """example 1, filter 0, row 2, column 3"""
    return ", ".join(f"{name} {i}" for name, i in zip(names, index, strict=True))


def pattern(off: np.ndarray, names: Sequence[str]) -> list[str]:
    """What can be said about the places that are wrong, one sentence part for each axis or map that says something."""
    if off.all() or not off.any():
        return []
    spatial = tuple(axis for axis, name in enumerate(names) if name in SPATIAL)
    found = [said for axis, name in enumerate(names) if axis not in spatial or len(spatial) == 1
             if (said := along(off.any(tuple(i for i in range(off.ndim) if i != axis)), name))]
    if len(spatial) == 2:
        found += on_map(off.any(tuple(i for i in range(off.ndim) if i not in spatial)), [names[i] for i in spatial])
    if any(said.startswith(("kernel tap", "tap")) for said in found):
        others = [name for axis, name in enumerate(names) if axis not in spatial]
        if (off == off.any(tuple(i for i in range(off.ndim) if i not in spatial), keepdims=True)).all():
            found[-1] += f" of every {' and '.join(others)}"
    return found


def along(wrong: np.ndarray, name: str) -> str:
    """The wrong indices along one axis; nothing where all are."""
    n, indices = len(wrong), [int(i) for i in np.flatnonzero(wrong)]
    if len(indices) in (0, n):
        return ""
    if len(indices) == 1:
        return f"{name} {indices[0]} (of {n}) only"
    steps = set(np.diff(indices).tolist())
    if len(steps) == 1 and (step := steps.pop()) > 1 and len(indices) > 2 and n - indices[-1] <= step and indices[0] < step:
        return f"every {ORDINALS.get(step, f'{step}th')} {name} from {indices[0]} on"
    if indices == list(range(len(indices))):
        return f"the first {len(indices)} of {n} {name}s"
    if indices == list(range(n - len(indices), n)):
        return f"the last {len(indices)} of {n} {name}s"
    shown = ", ".join(map(str, indices[:LISTED])) + (", ..." if len(indices) > LISTED else "")
    inside = np.flatnonzero(~wrong)
    if name in SPATIAL and (np.diff(inside) == 1).all():
        return f"{name}s at the border ({shown} of {n})"
    return f"{name}s {shown} of {n}"


def on_map(wrong: np.ndarray, names: Sequence[str]) -> list[str]:
    """The same for the two axes of a map taken together: rows and columns, single places, or the border."""
    if wrong.all():
        return []
    rows, columns = wrong.any(1), wrong.any(0)
    if (np.outer(rows, columns) == wrong).all() and wrong.sum() > 1:
        return [said for said in (along(rows, names[0]), along(columns, names[1])) if said]
    tap = names[0].startswith("tap")
    if wrong.sum() <= LISTED:
        places = ", ".join(f"({row}, {column})" for row, column in np.argwhere(wrong))
        return [f"{'kernel tap' if tap else 'position'}{'s' if wrong.sum() > 1 else ''} {places}"]
    for edge in range(1, min(wrong.shape) // 2 + 1):
        inner = wrong[edge:-edge, edge:-edge]
        if inner.size and not inner.any():
            return [f"only positions at the border, up to {edge} from the edge" if edge > 1 else "only positions at the border"]
    return [f"{int(wrong.sum())} of {wrong.size} {'taps' if tap else 'positions'}"]


def hint(parts: Sequence[str]) -> str:
    """Where a pattern usually comes from."""
    said = " ".join(parts)
    if "border" in said or any(f"the {end} " in said and word in said for end in ("first", "last") for word in ("rows", "columns",
                                                                                                          "positions")):
        return " The inner positions are right: look at the padding and at the ends of the loops."
    if "every " in said and any(word in said for word in SPATIAL[:3]):
        return " The step is regular: look at the stride."
    return ""


def apart(case: Case, name: str, got: np.ndarray, right: np.ndarray, allowed: np.ndarray) -> str:
    """Which part of a gradient is wrong, in a sentence; nothing where it has no pattern."""
    if got.shape != right.shape or got.shape != allowed.shape:
        return ""
    off = ~(np.abs(got - right) <= allowed)
    parts = pattern(off, axes_of(case, name, off.ndim))
    if not parts:
        return f"Every element of {name} is off." if off.all() and off.size > 1 else ""
    return f"Of {name} wrong: {'; '.join(parts)}. The rest of it is right.{hint(parts)}"
