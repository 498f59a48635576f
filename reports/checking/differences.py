"""Gradients by central differences, (L(θ + h) - L(θ - h)) / 2h: people without a backward pass have them, and they are right.

Autograd of a framework is never excused so: whoever has a derivative has all its digits.
"""

from collections.abc import Sequence
from dataclasses import replace

from nnparity.reports.diagnosis.cause import FiniteDifferences
from nnparity.reports.verdicts.row import Row

WORDS = ("the gradients are as exact as central differences, (L(θ + h) - L(θ - h)) / 2h, and no further: a fault below that "
         "would not be seen; a derivative that is written out has all digits")


def that_are_differences(rows: Sequence[Row]) -> list[Row]:
    """The rows, those as "differences" whose outputs are exact and whose gradients come as near as differences do, and too near
    for float32; unless there are others with another fault, which may be the cause of these too."""
    excused = [replace(row, verdict="differences", diagnosis=(), message=WORDS) if by_differences(row) else row
               for row in rows]
    return excused if all(row.ok or row.verdict == "unsupported" for row in excused) else list(rows)


def by_differences(row: Row) -> bool:
    """Whether the one cause that gives every number is that of differences: the digits that float32 has are not."""
    best = row.diagnosis[0] if row.diagnosis else None
    return best is not None and best.complete and any(
        isinstance(cause.what, FiniteDifferences) and not cause.what.coarse for cause in best.causes)
