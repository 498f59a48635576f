"""The atlas: what each framework answers to each row's probe, and which variant that is.

An answer is a variant's value where every number differs from it by at most 64 eps · scale (cases.convention.Probe). A sample
of n numbers comes from a distribution F where sup |F_n - F| ≤ √(ln(2/α) / 2n), with α = 1e-9: by the inequality of
Dvoretzky, Kiefer and Wolfowitz with Massart's constant, a right answer fails at most once in 10⁹ measurements.
"""

import math
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from nnparity.cases.convention import REFUSES, AtlasRow, Variant
from nnparity.oracles.atlas.columns import COLUMNS, absence_of, snippet_of
from nnparity.oracles.atlas.snippet import Outcome
from nnparity.reference_impl.atlas import value

UNITS = 64  # of eps · scale
ERROR_RATE = 1e-9
STATES = ("matched", "unmatched", "absent", "not installed", "broken")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One row in one column."""

    row: AtlasRow
    column: str
    state: str  # one of STATES
    variant: Variant | None = None
    answer: object = None  # as recorded: numbers, text, or a sample's summary
    message: str = ""  # why it is absent, broken or unmatched; what a framework that refuses said
    version: str = ""
    on: str = ""  # the day, where it was recorded and not measured now

    def __post_init__(self):
        if self.state not in STATES:
            raise ValueError(f"{self.row.id}, {self.column}: {self.state!r} is no state; choose one of {', '.join(STATES)}")

    @property
    def as_recorded(self) -> dict:
        """The cell as cases/atlas/recorded keeps it."""
        said = {"raised": self.message} if self.variant and self.variant.value == REFUSES else {}
        return {"variant": self.variant.value if self.variant else None, "answer": self.answer, "version": self.version, **said}

    def __str__(self):
        told = {"matched": self.variant and self.variant.title, "unmatched": f"no variant matches: {self.answer}"}
        return f"{told.get(self.state, self.state)}{f' ({self.message})' if self.message else ''}"


def measure(rows: Iterable[AtlasRow], columns: Iterable[str]) -> dict[str, dict[str, Cell]]:
    """Run the rows' snippets, one process a column and a column for each core at a time. {row id: {column: cell}}"""
    rows, columns = tuple(rows), tuple(columns)
    with ThreadPoolExecutor(os.cpu_count()) as side_by_side:  # each waits for a process of its own
        measured = list(side_by_side.map(partial(_column, rows), columns))
    return {row.id: {name: cells[row.id] for name, cells in zip(columns, measured)} for row in rows}


def _column(rows, name) -> dict[str, Cell]:
    from nnparity.reports.asking import snippets  # it brings all that asks implementations, which a look-up does not need
    column = COLUMNS[name]
    codes = {row.id: code for row in rows if (code := snippet_of(row, name)) is not None}
    outcomes = {} if column.missing else snippets.run(column, codes)
    return {row.id: _cell(row, column, codes, outcomes) for row in rows}


def _cell(row, column, codes, outcomes) -> Cell:
    if row.id not in codes:
        return Cell(row=row, column=column.name, state="absent", message=absence_of(row, column.name))
    if column.missing:
        return Cell(row=row, column=column.name, state="not installed", message=", ".join(column.missing))
    outcome = outcomes[row.id]
    variant = None if outcome.broken else match(row, outcome)
    state = "broken" if outcome.broken else "matched" if variant else "unmatched"
    message = outcome.broken or outcome.raised or ("" if variant else row.unmatched.get(column.name, ""))
    return Cell(row=row, column=column.name, state=state, variant=variant, answer=as_summary(row, outcome.value), message=message,
                version=column.version)


def match(row: AtlasRow, outcome: Outcome) -> Variant | None:
    """The variant whose value this is; None where it is none's."""
    for variant in row.variants:
        if outcome.raised or variant.value == REFUSES:
            if outcome.raised and variant.value == REFUSES:
                return variant
        elif difference(row, outcome.value, value(row, variant)) <= tolerance(row):
            return variant
    return None


def tolerance(row: AtlasRow) -> float:
    """How far an answer may lie from a variant's value."""
    if row.probe.match == "distribution":
        return math.sqrt(math.log(2 / ERROR_RATE) / (2 * row.probe.size))
    scale = row.probe.scale
    if scale is None:
        numbers = [np.abs(v[np.isfinite(v)]) for v in _numbers(row)]
        scale = max((n.max() for n in numbers if n.size), default=0.0)
    return UNITS * float(np.finfo(row.probe.dtype).eps) * scale


def difference(row: AtlasRow, answer, expected) -> float:
    """The largest difference of an answer from a variant's value; infinite where they are not of one kind or shape."""
    if row.probe.match == "distribution":
        return _kolmogorov(answer, expected) if np.size(answer) >= row.probe.size else math.inf
    if isinstance(answer, str) or isinstance(expected, str):
        both = isinstance(answer, str) and isinstance(expected, str)
        return 0.0 if both and answer == expected else math.inf
    answer, expected = (np.squeeze(np.asarray(a, "d")) for a in (answer, expected))
    if answer.shape != expected.shape:
        return math.inf
    with np.errstate(invalid="ignore"):
        apart = np.abs(answer - expected)
    same = (answer == expected) | (np.isnan(answer) & np.isnan(expected))  # infinities and NaN in the same places
    return float(np.max(np.where(same, 0.0, np.where(np.isnan(apart), math.inf, apart)), initial=0.0))


def _kolmogorov(sample, F) -> float:
    """sup |F_n - F|, which lies at a sample or just before one."""
    x = np.sort(np.asarray(sample, "d"), axis=None)
    n = len(x)
    at, before = F(x), F(np.nextafter(x, -np.inf))
    below = np.searchsorted(x, x, "left") / n, np.searchsorted(x, x, "right") / n
    return float(max(np.max(np.abs(below[1] - at)), np.max(np.abs(below[0] - before))))


def _numbers(row):
    values = [value(row, v) for v in row.variants if v.value != REFUSES]
    return [np.asarray(v, "d") for v in values if not isinstance(v, str)]


def as_summary(row, answer):
    """An answer as it is recorded and shown: text, numbers to nine digits, or what describes a sample."""
    if answer is None or isinstance(answer, str):
        return answer
    if row.probe.match == "distribution":
        x = np.asarray(answer, "d")
        numbers = {"mean": x.mean(), "std": x.std(), "min": x.min(), "max": x.max()}
        return {"n": x.size, **{name: float(f"{number:.3g}") for name, number in numbers.items()}}
    return _listed(np.asarray(answer).tolist())


def _listed(numbers):
    if isinstance(numbers, list):
        return [_listed(n) for n in numbers]
    if isinstance(numbers, float):
        return float(f"{numbers:.9g}") if math.isfinite(numbers) else str(numbers)
    return numbers


def drift(cell: Cell, before: dict | None) -> str:
    """What has changed since the cell was recorded, in a sentence; "" where nothing has."""
    name = f"{cell.version}: {cell.row.title}"
    if before is None:
        return f"{name} was never recorded; `nnparity conventions {cell.row.id} --record` records it"
    now = cell.as_recorded
    if now["variant"] == before["variant"] and (cell.variant or now["answer"] == before["answer"]):
        return ""
    return f"{name} was {_told(before)} ({before['version']}), is {_told(now)}"


def _told(recorded_cell):
    variant = recorded_cell["variant"]
    return f"no variant ({recorded_cell['answer']})" if variant is None else f"{variant}"


class Shown:
    """A value in a sentence: four digits, or those that the format asks for; `{0[1,2]}` picks a number."""

    def __init__(self, number):
        self.number = np.asarray(number)

    def __getitem__(self, index):
        return Shown(self.number[tuple(map(int, str(index).split(",")))])

    def __format__(self, spec):
        if self.number.ndim:
            return "[" + ", ".join(format(Shown(part), spec) for part in self.number) + "]"
        if self.number.dtype.kind in "US":
            return str(self.number)
        return format(float(self.number), spec or ".4g")


def example(row: AtlasRow) -> str:
    """The row's numeric example with its numbers: the variants' values and the probe's arguments."""
    values = [value(row, v) for v in row.variants]
    numbers = [None if v is None or callable(v) else Shown(v) for v in values]
    return row.example.format(*numbers, **{k: Shown(a) for k, a in row.probe.arguments.items() if not isinstance(a, dict)})


def covered(row: AtlasRow) -> set[str]:
    """The columns that run something for this row."""
    return {name for name in COLUMNS if snippet_of(row, name) is not None}
