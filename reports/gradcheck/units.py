"""A factor of its own for each row or column: what the derivative of an activation does to the units of a layer.

For one example, dL/dW[i, j] = x_i · δ_j · σ'(z_j): without σ' (or with another) a column of W, and one element of the bias, is
off by a factor that is the same all along it.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from nnparity.reports.gradcheck.judge import Comparison
from nnparity.reports.gradcheck.repair import Repair

FAMILY = "a factor for each unit"
MISSING = "The derivative of an activation is missing between it and the loss"


def of_units(comparison: Comparison) -> Iterator[Repair]:
    """One factor for each index of an axis, where the other axes have enough elements to bear it out."""
    for axis in range(comparison.theirs.ndim):
        m = multipliers(comparison, axis)
        if m is not None:
            yield Repair(FAMILY, f"off by a factor for each index of axis {axis}: {read(m)}")


def multipliers(comparison: Comparison, axis: int) -> np.ndarray | None:
    """m with derivative = theirs · m, one number for each index along the axis; None where that is not so or all are the same."""
    measured, theirs = comparison.measured, comparison.theirs
    if not measured.whole or theirs.ndim < 2 or theirs.shape[axis] < 2 or theirs.size < 2 * theirs.shape[axis]:
        return None
    right = np.moveaxis(measured.full, axis, 0).reshape(theirs.shape[axis], -1)
    rows = np.moveaxis(theirs, axis, 0).reshape(theirs.shape[axis], -1)
    norm = (rows * rows).sum(1)
    if (norm == 0).any():
        return None
    m = (rows * right).sum(1) / norm
    shape = [-1 if i == axis else 1 for i in range(theirs.ndim)]
    if np.ptp(m) <= 1e-6 * np.abs(m).max() or not comparison.fits(theirs * m.reshape(shape), float(np.abs(m).max())):
        return None
    return m


def of_shared_units(name: str, comparisons: Mapping[str, Comparison]) -> Iterator[Repair]:
    """A bias by the factors that a matrix beside it bears out: right times those is right."""
    mine = comparisons[name]
    if not mine.same_shape or mine.theirs.size < 2:
        return
    for other, its in comparisons.items():
        for axis in range(its.theirs.ndim) if other != name and its.same_shape else ():
            m = multipliers(its, axis) if its.theirs.shape[axis] == mine.theirs.size else None
            if m is not None and mine.fits(mine.theirs * m.reshape(mine.theirs.shape), float(np.abs(m).max())):
                yield Repair(FAMILY, f"off by the factors of {other}, one for each unit.")


def read(m: np.ndarray) -> str:
    """What the factors m = derivative / theirs say about the activation."""
    shown = "theirs times " + ", ".join(f"{value:.4g}" for value in m[:6]) + (", ..." if len(m) > 6 else "") + " is right"
    if set(np.round(m, 9)) <= {0.0, 1.0}:
        return f"{shown}. The derivative of a ReLU is missing between it and the loss: 1 where the unit is active, 0 else."
    if (m > 0).all() and (m <= 0.25 * (1 + 1e-9)).all():
        return f"{shown}. {MISSING}: a sigmoid's is between 0 and ¼, as these."
    if (m > 0).all() and (m <= 1 + 1e-9).all():
        return f"{shown}. {MISSING}: a tanh's is between 0 and 1, as these."
    if (m >= 1).all():
        return f"{shown}. The derivative of an activation is in it twice: a tanh's or a sigmoid's is below 1, as 1 / these."
    return f"{shown}. A factor for each unit: the derivative of an activation taken at the wrong place, or a scale forgotten."
