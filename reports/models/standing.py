"""Where A's numbers stand in B: in other rows, turned along time, or once for several."""

from itertools import permutations

import numpy as np

from nnparity.oracles.models.op import Op, back, order
from nnparity.reports.models.step import Step
from nnparity.reports.models.weights import ROUNDED


def same_rows(of_a: np.ndarray, of_b: np.ndarray, local: np.ndarray) -> np.ndarray | None:
    """A's outputs, each row along the last axis for itself, as B has them whose input is A's with its other axes in another
    order, or put together to one, in A or in B; None where it is not, as where steps are turned."""
    a, b = of_a.ndim - 1, of_b.ndim - 1
    if min(a, b) < 0 or of_a.shape[-1:] != of_b.shape[-1:] or of_a.size != of_b.size or max(a, b) > 4:
        return None
    for axes in permutations(range(a)):
        if np.array_equal(of_a.transpose(*axes, a).reshape(of_b.shape), of_b):
            return local.transpose(*axes, a).reshape(*of_b.shape[:-1], -1)
    for axes in permutations(range(b)):
        turned = of_b.transpose(*axes, b)
        if np.array_equal(turned.reshape(of_a.shape), of_a):
            return local.reshape(*turned.shape[:-1], -1).transpose(*np.argsort(axes), b)
    return None


def reordered(of_a: np.ndarray, of_b: np.ndarray) -> bool:
    """Whether what B returns has A's places in another order than that of their axes."""
    if of_a.ndim != of_b.ndim or sorted(of_a.shape) != sorted(of_b.shape) or of_a.ndim > 5:
        return False
    return not any(np.array_equal(of_a.transpose(axes), of_b) for axes in permutations(range(of_a.ndim)))


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
