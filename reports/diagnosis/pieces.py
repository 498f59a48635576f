"""Which pieces of an answer are exactly as predicted: whole arrays, and whole slices of them: a gate, a unit, a time step.

Where several mistakes stand together, the pieces say how many of them are found. A piece is right where none of those that are
still missing reaches it, so that a mistake rightly named takes no piece away and, as a rule, adds some: backwards from the loss,
layer after layer.
"""

from dataclasses import dataclass

import numpy as np

from nnparity.cases.case import Arrays
from nnparity.reports.diagnosis.factors import common_factor

ALLOWED = 4  # times the error allowed without a mistake: one may magnify rounding


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """Of one answer beside one prediction. `flags` has the same layout for all predictions: for each array whether it is right,
    whether it is right but for one factor, then every slice along every axis."""

    flags: np.ndarray
    right: frozenset[str]  # arrays

    def __len__(self):
        return int(self.flags.sum())

    def keep(self, others: "Pieces") -> bool:
        """Whether everything that is right there is right here."""
        return not (others.flags & ~self.flags).any()


def pieces(got: Arrays, predicted: Arrays, allowed: Arrays) -> Pieces:
    """A slice that is zero on both sides, but for rounding, is none: many things are zero."""
    flags: list[np.ndarray] = []
    right: list[str] = []
    for name, a in got.items():
        b = predicted.get(name)
        if b is None or b.shape != a.shape:
            flags.append(np.zeros(2 + sum(a.shape), bool))
            continue
        with np.errstate(all="ignore"):
            limit = tolerance(b, allowed[name])
            ok, told = np.abs(a - b) <= limit, np.maximum(np.abs(a), np.abs(b)) > limit
        whole = bool(ok.all())
        factor = whole or a.size > 2 and (found := common_factor(a, b)) is not None and abs(found) > 1e-9
        flags.append(np.array([whole, factor and told.any()]))
        for axis in range(a.ndim):
            others = tuple(i for i in range(a.ndim) if i != axis)
            flags.append(ok.all(others) & told.any(others))
        if whole:
            right.append(name)
    return Pieces(flags=np.concatenate(flags), right=frozenset(right))


def tolerance(b: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """What is taken for rounding until all is found: five eighths of the digits, or what rounding was seen to do."""
    scale = np.abs(b[np.isfinite(b)]).max(initial=0)
    limit = allowed if allowed.shape == b.shape else allowed.max(initial=0.0)
    return np.maximum(ALLOWED * limit, float(np.finfo(b.dtype).eps) ** 0.625 * scale)
