"""Which filters, channels, positions, taps or features of an array are wrong: its axes by name, and the pattern along each.

    "Of kernel: kernel tap (0, 2) of every filter and input channel is wrong, the other 19 taps are right."

A pattern is named only where it is one: all of an axis says nothing. It is found as data (`patterns`), and only then put into
words (`in_words`, `hint`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from nnparity.cases.case import Case
from nnparity.cases.kinds import KINDS, axes, owner
from nnparity.reports.diagnosis.locate.numbers import readings

ONE = {  # axis -> what one index along it is called
    "batch": "example", "time": "time step", "input": "feature", "input and bias": "feature", "features": "feature",
    "output": "unit", "channels": "channel", "channels/groups": "input channel", "filters": "filter", "vocabulary": "token",
    "length": "position", "height": "row", "width": "column", "output length": "position", "output height": "row",
    "output width": "column", "kernel": "tap", "kernel height": "tap row", "kernel width": "tap column"}
POSITIONS = ("position", "row", "column")
TAPS = ("tap", "tap row", "tap column")
SPATIAL = (*POSITIONS, *TAPS)
ENDS = {*POSITIONS, "tap row", "tap column"}  # where the first or the last few are those at the border
ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}
LISTED = 6  # indices that are written out


def axes_of(case: Case, name: str, ndim: int) -> tuple[str, ...]:
    """A word for each axis of one of the case's arrays; axis 0, axis 1, ... where there are no words.

    Gates and time steps of recurrent layers have words of their own (gates.py), and a loss has no places.
    """
    layer, array = owner(case, name)
    if layer is None or KINDS[layer.kind].recurrent or KINDS[layer.kind].loss:
        return numbered(ndim)
    words = tuple(ONE.get(axis, "") for axis in axes(layer.kind, array, ndim, layer.config))
    return words if words and all(words) else numbered(ndim)


def numbered(ndim: int) -> tuple[str, ...]:
    """The names of axes that have none."""
    return tuple(f"axis {axis}" for axis in range(ndim))


def place(index: Sequence[int], names: Sequence[str]) -> str:
    """example 1, filter 0, row 2, column 3"""
    return ", ".join(f"{name} {i}" for name, i in zip(names, index, strict=True))


class Kind(Enum):
    ONE = "a single index"
    REGULAR = "every second, every third"
    FIRST = "the first few"
    LAST = "the last few"
    BORDER = "both ends, not the middle"
    SOME = "some indices"
    PLACES = "single places of a map"
    EDGE = "the border of a map"
    MANY = "many places of a map"


@dataclass(frozen=True)
class Pattern:
    """What is wrong along an axis, or on the map that two axes make: `indices` are numbers, or (row, column) of a map."""

    axes: tuple[str, ...]  # ("filter",), ("tap row", "tap column")
    kind: Kind
    indices: tuple
    length: int  # how many there are
    edge: int = 0  # how far from the edge they reach, where the kind is EDGE
    throughout: tuple[str, ...] = ()  # the other axes, where it is the same all along them


# ------------------------------------------------------------------------------------------------------------ as data


def seen_along(off: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """Which indices of these axes have a wrong place anywhere along the others."""
    return np.asarray(off.any(tuple(i for i in range(off.ndim) if i not in axes)))


def patterns(off: np.ndarray, names: Sequence[str], silent: np.ndarray | None = None) -> list[Pattern]:
    """What can be said about the places that are wrong: one pattern for each axis or map that says something.

    `silent` places are zero on both sides, as behind a ReLU that is off: that they agree says nothing about the formula.
    """
    silent = np.zeros_like(off) if silent is None else silent
    if (off | silent).all() or not off.any():
        return []
    spatial = tuple(axis for axis, name in enumerate(names) if name in SPATIAL)
    rest = tuple(axis for axis in range(off.ndim) if axis not in spatial)
    found = [one for axis, name in enumerate(names) if axis not in spatial or len(spatial) == 1
             for one in along(seen_along(off, (axis,)), name, ~seen_along(~silent, (axis,)))]
    if len(spatial) == 2:
        found += on_map(seen_along(off, spatial), tuple(names[i] for i in spatial))
    if any(set(one.axes) <= {*TAPS} for one in found) and (off == off.any(rest, keepdims=True)).all():
        found[-1] = replace(found[-1], throughout=tuple(names[axis] for axis in rest))
    return found


def along(wrong: np.ndarray, name: str, silent: np.ndarray | bool = False) -> Iterator[Pattern]:
    """The wrong indices along one axis; nothing where all are that say anything."""
    n, indices = len(wrong), tuple(int(i) for i in np.flatnonzero(wrong))
    if len(indices) == 0 or (wrong | silent).all():
        return
    steps, inside = set(np.diff(indices).tolist()), np.flatnonzero(~wrong)
    step = steps.pop() if len(steps) == 1 else 0
    if len(indices) == 1:
        kind = Kind.ONE
    elif np.any(silent):
        kind = Kind.SOME  # which they are depends on what is silent
    elif step > 1 and len(indices) > 2 and n - indices[-1] <= step and indices[0] < step:
        kind = Kind.REGULAR
    elif indices == tuple(range(len(indices))):
        kind = Kind.FIRST
    elif indices == tuple(range(n - len(indices), n)):
        kind = Kind.LAST
    else:
        kind = Kind.BORDER if name in SPATIAL and (np.diff(inside) == 1).all() else Kind.SOME
    yield Pattern((name,), kind, indices, n)


def on_map(wrong: np.ndarray, names: tuple[str, ...]) -> Iterator[Pattern]:
    """The same for the two axes of a map taken together: rows and columns, single places, or the border."""
    if wrong.all():
        return
    rows, columns = seen_along(wrong, (0,)), seen_along(wrong, (1,))
    places = tuple((int(row), int(column)) for row, column in np.argwhere(wrong))
    if (np.outer(rows, columns) == wrong).all() and len(places) > 1:
        yield from along(rows, names[0])
        yield from along(columns, names[1])
    elif len(places) <= LISTED:
        yield Pattern(names, Kind.PLACES, places, wrong.size)
    else:
        inner = {edge: wrong[edge:-edge, edge:-edge] for edge in range(1, min(wrong.shape) // 2 + 1)}
        edge = next((edge for edge, part in inner.items() if part.size and not part.any()), 0)
        yield Pattern(names, Kind.EDGE if edge else Kind.MANY, places, wrong.size, edge)


# ------------------------------------------------------------------------------------------------------------ in words


def in_words(one: Pattern) -> str:
    """A pattern as a part of a sentence."""
    throughout = f" of every {' and '.join(one.throughout)}" if one.throughout else ""
    return (of_map(one) if len(one.axes) > 1 else of_axis(one)) + throughout


def of_axis(one: Pattern) -> str:
    (name,), indices, n, count = one.axes, one.indices, one.length, len(one.indices)
    shown = ", ".join(map(str, indices[:LISTED])) + (", ..." if count > LISTED else "")
    match one.kind:
        case Kind.ONE:
            return f"{name} {indices[0]} (of {n}) only"
        case Kind.REGULAR:
            step = indices[1] - indices[0]
            return f"every {ORDINALS.get(step, f'{step}th')} {name} from {indices[0]} on"
        case Kind.FIRST:
            return f"the first {count} of {n} {name}s"
        case Kind.LAST:
            return f"the last {count} of {n} {name}s"
        case Kind.BORDER:
            return f"{name}s at the border ({shown} of {n})"
    return f"{name}s {shown} of {n}"


def of_map(one: Pattern) -> str:
    taps = one.axes[0] in TAPS
    match one.kind:
        case Kind.PLACES:
            listed = ", ".join(f"({row}, {column})" for row, column in one.indices)
            return f"{'kernel tap' if taps else 'position'}{'s' if len(one.indices) > 1 else ''} {listed}"
        case Kind.EDGE:
            return "only positions at the border" + (f", up to {one.edge} from the edge" if one.edge > 1 else "")
    return f"{len(one.indices)} of {one.length} {'taps' if taps else 'positions'}"


def hint(found: Sequence[Pattern]) -> str:
    """Where a pattern usually comes from."""
    if any(at_the_ends(one) for one in found):
        return " The inner positions are right: look at the padding and at the ends of the loops."
    if any(one.kind is Kind.REGULAR and set(one.axes) <= {*POSITIONS} for one in found):
        return " The step is regular: look at the stride."
    return ""


def at_the_ends(one: Pattern) -> bool:
    """Whether what is wrong is a border and what is right the inside: at least as wide as the border, or of a map half as large,
    since a small map is mostly border."""
    right, wrong = one.length - len(one.indices), len(one.indices)
    if one.kind is Kind.EDGE:
        return 2 * right >= wrong
    border = one.kind is Kind.BORDER or one.kind in (Kind.FIRST, Kind.LAST) and set(one.axes) <= ENDS
    return border and right >= wrong


def apart(case: Case, name: str, got: np.ndarray, right: np.ndarray, allowed: np.ndarray) -> str:
    """Which part of a gradient is wrong, in a sentence; nothing where it has no pattern."""
    if got.shape != right.shape or got.shape != allowed.shape:
        return ""
    off, silent = ~(np.abs(got - right) <= allowed), (got == 0) & (right == 0)
    names = axes_of(case, name, off.ndim)
    found, quiet = patterns(off, names, silent), no_gradient(silent, names)
    read = "".join(f" {sentence}" for sentence in readings(got, right, allowed, names, case.params))
    if not found:
        every = off.size > 1 and (off | silent).all()
        whole = f"Every element of {name}{' that is not zero' if silent.any() else ''} is off." if every else ""
        return f"{whole or (f'Of {name}:' if read else '')}{read}{quiet if every else ''}"
    return f"Of {name} wrong: {'; '.join(map(in_words, found))}. The rest of it is right.{read}{hint(found)}{quiet}"


def no_gradient(silent: np.ndarray, names: Sequence[str]) -> str:
    """Along which axes nothing arrives on either side, in a sentence."""
    dead = [one for axis, name in enumerate(names) for one in along(~seen_along(~silent, (axis,)), name)]
    if not dead:
        return ""
    return f" Zero on both sides: {'; '.join(map(in_words, dead))}: no gradient arrives there, as behind a ReLU that is off."
