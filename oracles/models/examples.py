"""Stochastic depth: a layer of a person's own that drops whole examples while it is trained, found by asking it."""

from collections.abc import Callable

import numpy as np

EXAMPLES, TIMES = 64, 4
WHOLE = "whole examples"  # what is drawn for, as a setting of a dropout


def rate_of(asked: Callable[[np.ndarray], np.ndarray], ndim: int) -> float | None:
    """The rate of a layer that gives for each example, a one, 0 or 1 / (1 - rate); None for another. `asked` is the layer in
    training."""
    ones = np.ones((EXAMPLES, *(1,) * (ndim - 1)))
    try:
        found = [np.asarray(asked(ones)) for _ in range(TIMES)]
    except Exception:  # a person's layer may refuse such numbers
        return None
    if any(y.shape != ones.shape or y.dtype.kind != "f" for y in found) or all(np.array_equal(found[0], y) for y in found):
        return None
    kept = np.unique(np.round(np.concatenate(found), 6))
    if len(kept) != 2 or kept[0] != 0 or kept[1] < 1:
        return None
    return round(float(1 - 1 / np.max(found)), 6)
