"""Where a judge is known to be off: each row is measured, has a reason, and is asserted both ways.

A case that a row names must deviate on the arrays it names, and by no more than twice `size`: an agreement, or a larger
error, is a failure and the row is out of date. Everything that no row names must agree.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """One known error of one judge. Patterns are shell patterns."""

    case: str  # "dense-gelu-float64-*"
    oracle: str  # "keras", "torch", or "complex step"
    arrays: str  # "outputs/y", "grads/*"
    reason: str
    size: float  # largest measured error, relative to the largest entry of the array
    link: str = ""


DEVIATIONS: tuple[Deviation, ...] = ()


def deviation(case: str, oracle: str, path: str) -> Deviation | None:
    """The row on this array ("grads/kernel") of this case, if there is one."""
    rows = [d for d in DEVIATIONS
            if d.oracle == oracle and fnmatchcase(case, d.case) and fnmatchcase(path, d.arrays)]
    if len(rows) > 1:
        raise ValueError(f"{case}, {oracle}, {path}: {len(rows)} rows of known deviations, one wanted")
    return rows[0] if rows else None
