"""Where A's numbers stand in B: in other rows, turned along time, or once for several."""

from itertools import permutations

import numpy as np

from nnparity.oracles.models.op import Op, back, order
from nnparity.reports.models.step import Step
from nnparity.reports.models.weights import ROUNDED


def same_rows(of_a: np.ndarray, of_b: np.ndarray) -> np.ndarray | None:
    """Which row along the last axis of A's stands where in B, whose other axes may be one, or in another order; None where they
    are other rows."""
    if not of_a.ndim or not of_b.ndim or of_a.shape[-1:] != of_b.shape[-1:] or of_a.size != of_b.size:
        return None
    rows_a, rows_b = (p.reshape(-1, p.shape[-1]) for p in (of_a, of_b))
    if len(np.unique(rows_a[:, 0])) < len(rows_a):  # one that stands several times
        return None
    by = np.argsort(rows_a[:, 0])
    at = by[np.minimum(np.searchsorted(rows_a[by, 0], rows_b[:, 0]), len(by) - 1)]
    return at if np.array_equal(rows_a[at], rows_b) else None


def from_the_end(step: Step, op: Op, partner: Op, local: np.ndarray) -> np.ndarray | None:
    """A's outputs, whose places are `local`, with the axes of B and turned along time, where one of two recurrent layers reads
    from the end and the other is handed all steps turned: the same, if what it gives is turned back; None where it is not."""
    of_a, of_b = step.places_a[0], step.places_b[0]
    if bool(op.settings.get("backward")) == bool(partner.settings.get("backward")) or of_b is None:
        return None
    ours, theirs = (p.transpose(order(o.axes, p.ndim)) for p, o in ((of_a, partner), (of_b, op)))
    if not np.array_equal(np.flip(ours, 1), theirs):
        return None
    return np.flip(local.transpose(order(partner.axes, local.ndim)), 1).transpose(back(order(op.axes, local.ndim)))


def spread(right: np.ndarray, got: np.ndarray) -> bool:
    """Whether B has once what A has several times, along axes on which B has one; a file keeps it in single precision."""
    every = [right.transpose(axes) for axes in permutations(range(right.ndim))] if got.ndim == right.ndim < 6 else []
    return any(np.allclose(got, p, rtol=ROUNDED, atol=0) for p in every
               if all(n in (1, m) for n, m in zip(got.shape, p.shape)))
