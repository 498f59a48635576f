"""Where an answer is wrong: got - expected of the worst arrays, reduced to what a small picture can show.

    d = (got - expected) / max |expected|    0 where the difference is within what rounding allows

An array becomes at most PANELS panels of ROWS x COLUMNS cells. A cell that stands for several elements, of axes that have no
place in the picture or of neighbours along a long axis, has the d of theirs that is furthest from zero: nothing that is wrong is
averaged away. `notes` say what was put together and what is not shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.cases.kinds import KINDS, axes_of, owner
from nnparity.reports.checking.outcome import Outcome
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.comparison.contract import check
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.diagnosis.locate.axes import ONE
from nnparity.reports.verdicts.row import Row

ARRAYS, PANELS, ROWS, COLUMNS = 3, 4, 16, 24
CALLED = {**ONE, "gates": "gate", "peepholes": "peephole", "hidden": "unit", "classes": "class"}
RUNNING = ("training step", "time step", "position", "column")  # axes that run to the right, the first of these first


@dataclass(frozen=True)
class Panel:
    """One map of an array: `title` says which ("gate z"), `cells` (rows, columns) holds d, nan where there is no number."""

    title: str
    cells: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Heat:
    """One array as panels of the same shape. Labels are those of the cells: "3", or "3-4" where a cell stands for two."""

    path: str
    axes: tuple[str, ...]
    rows: str  # what the axis is called; "" where there is one row
    columns: str
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    panels: tuple[Panel, ...]
    unit: float  # max |expected|, in the array's own units: what d = 1 is
    notes: tuple[str, ...] = ()

    @property
    def largest(self) -> float:
        """max |d| over what is a number."""
        return max((float(np.abs(p.cells[np.isfinite(p.cells)]).max(initial=0.0)) for p in self.panels), default=0.0)

    @property
    def has_nan(self) -> bool:
        """Whether a cell has no number."""
        return any(bool(np.isnan(panel.cells).any()) for panel in self.panels)


def pictured(report: Outcome) -> tuple[Row | None, tuple[Heat, ...]]:
    """(the row whose arrays are drawn, its worst arrays): a row that the first diagnosis explains, else the first that differs in
    arrays of the right shape; None where there is none."""
    named = report.diagnosis[0].complete if report.diagnosis else []
    rows = [row for row in report.rows if row.case in report.answers]
    cases = {case.name: case for case in report.cases}
    for row in sorted(rows, key=lambda row: row.case not in named):
        if found := heats(cases[row.case], row, report.answers[row.case]):
            return row, found
    return (rows[0] if rows else None), ()


def heats(case: Case, row: Row, answer: Result) -> tuple[Heat, ...]:
    """The ARRAYS arrays of one answer that are furthest off, measured by their own largest entry; none of a single element, of
    another shape, or without any number."""
    expected, allowed = expectation(case)
    got = check(answer, expected).answer
    found = []
    for a in row.agreements:
        theirs, right = getattr(got, a.group).get(a.array), getattr(expected, a.group).get(a.array)
        if a.ok or theirs is None or right is None or theirs.shape != right.shape or theirs.size < 2:
            continue
        difference, unit = differences(theirs, right, getattr(allowed, a.group)[a.array])
        if np.isfinite(difference).any():
            found.append((np.nan_to_num(np.abs(difference), nan=inf).max(), heat(case, a, difference, unit)))
    found.sort(key=lambda pair: -pair[0])
    return tuple(one for _, one in found[:ARRAYS])


def differences(got: np.ndarray, expected: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, float]:
    """(d of every element, its unit). Where one of both is no number, d is nan; where both are the same nan or inf, 0."""
    got, expected = got.astype("float64"), expected.astype("float64")
    unit = float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0)) or float(
        np.abs(got[np.isfinite(got)]).max(initial=0.0)) or 1.0
    with np.errstate(all="ignore"):
        off = got - expected
        d = np.where(np.isfinite(off), off / unit, np.nan)
    same = (got == expected) | (np.isnan(got) & np.isnan(expected)) | (np.abs(off) <= allowed)
    return np.where(same, 0.0, d), unit


def names(case: Case, name: str, ndim: int) -> tuple[str, ...]:
    """A word for each axis: ("gate", "feature", "unit"); of a training's path the first axis is that of its steps."""
    if case.training is not None and ndim:
        found: Sequence[str] = ("training step", *names_of(axes_of(case, name, ndim - 1) if name != "loss" else (), ndim - 1))
    else:
        found = names_of(axes_of(case, name, ndim), ndim)
    return tuple(f"from {word}" if word in found[place + 1:] else word for place, word in enumerate(found))


def names_of(axes: Sequence[str], ndim: int) -> tuple[str, ...]:
    return tuple(CALLED.get(axis, axis) for axis in axes) if len(axes) == ndim else tuple(f"axis {i}" for i in range(ndim))


def index_words(case: Case, a: Agreement) -> str:
    """Where an array is worst: gate z, feature 0, unit 3; "" of a scalar."""
    words = names(case, a.array, len(a.worst))
    return ", ".join(f"{word} {label(case, a.array, word, i)}" for word, i in zip(words, a.worst, strict=True))


def label(case: Case, name: str, word: str, index: int) -> str:
    """An index along an axis as a person says it: a gate by its letter, the steps of a training from 1."""
    if word == "training step":
        return str(index + 1)
    layer, _ = owner(case, name)
    kind = KINDS[layer.kind] if layer is not None else None
    letters = {"gate": kind.gates, "peephole": kind.peepholes}.get(word, "") if kind else ""
    return letters[index] if index < len(letters) else str(index)


def heat(case: Case, a: Agreement, d: np.ndarray, unit: float) -> Heat:
    """One array as panels."""
    words, notes = names(case, a.array, d.ndim), []
    rows, columns, along = places(words)
    for axis in reversed([i for i in range(d.ndim) if i not in (rows, columns, along)]):
        notes.append(f"each cell is the difference furthest from zero over all {d.shape[axis]} of axis {words[axis]}")
        d = np.expand_dims(furthest(d, axis), axis)
    order = [axis for axis in (along, rows, columns) if axis is not None]
    rest = [axis for axis in range(d.ndim) if axis not in order]
    lengths = [1] * (3 - len(order)) + [d.shape[axis] for axis in order]
    maps = d.transpose(*rest, *order).reshape(lengths)

    def labels(axis: int | None, length: int, most: int) -> tuple[str, ...]:
        if axis is None:
            return ("",)
        groups = np.array_split(np.arange(length), min(most, length))
        if length > most:
            notes.append(f"{length} of axis {words[axis]} in {most} groups: each cell is the difference furthest from zero")
        return tuple("-".join(label(case, a.array, words[axis], int(i)) for i in dict.fromkeys((group[0], group[-1])))
                     for group in groups)

    row_labels, column_labels = labels(rows, lengths[1], ROWS), labels(columns, lengths[2], COLUMNS)
    shown = list(range(len(maps)))
    if along is not None and len(maps) > PANELS:
        size = [float(np.nan_to_num(np.abs(one), nan=inf).max()) for one in maps]
        shown = sorted(sorted(shown, key=lambda i: -size[i])[:PANELS])
        notes.append(f"{PANELS} of {len(maps)} of axis {words[along]} are shown: those with the largest differences")
    panels = tuple(Panel("" if along is None else f"{words[along]} {label(case, a.array, words[along], i)}",
                         grouped(maps[i], len(row_labels), len(column_labels))) for i in shown)
    return Heat(path=a.path, axes=words, rows="" if rows is None else words[rows], columns=words[columns], row_labels=row_labels,
                column_labels=column_labels, panels=panels, unit=unit, notes=tuple(notes))


def places(words: Sequence[str]) -> tuple[int | None, int, int | None]:
    """Which axis goes down, which to the right, and of which each index is a panel of its own."""
    left = list(range(len(words)))
    columns = next((words.index(word) for word in RUNNING if word in words), left[-1])
    left.remove(columns)
    rows = left.pop() if left else None
    along = next((axis for axis in left if words[axis] == "gate"), None)
    if along is None and left:
        along = next((axis for axis in left if words[axis] != "example"), left[0])
    return rows, columns, along


def furthest(d: np.ndarray, axis: int) -> np.ndarray:
    """The d that is furthest from zero along an axis, with its sign; nan where there is one."""
    at = np.nan_to_num(np.abs(d), nan=inf).argmax(axis, keepdims=True)
    return np.take_along_axis(d, at, axis).squeeze(axis)


def grouped(cells: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """A map of so many rows and columns, each cell the furthest from zero of those that it stands for."""
    for axis, most in ((0, rows), (1, columns)):
        if cells.shape[axis] > most:
            cells = np.stack([furthest(part, axis) for part in np.array_split(cells, most, axis)], axis)
    return cells
