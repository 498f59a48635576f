"""Calls that only move numbers (reshape, permute, flatten, slice, concatenate, pad with zeros), found by asking them.

A call is given the numbers 1, 2, 3, ...: if what comes out are such numbers, and other numbers come out in the same places, it
moves them and no more. A value is then told by the place from which each of its numbers comes; a place of -1 is a zero.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnparity.oracles.models.op import Op

MAY_MOVE = ("code", "structural", "gathered", "concatenate")


def moved(runner: Any, op: Op, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[np.dtype]) -> list[np.ndarray] | None:
    """For each output, where its numbers come from in the inputs laid one behind the other; None for a call that computes."""
    if op.kind == "dropout":  # what it draws cannot be compared: it is asked without
        return [np.arange(int(np.prod(shapes[0]))).reshape(shapes[0])]
    if op.kind not in MAY_MOVE:
        return None
    sizes = [int(np.prod(shape)) for shape in shapes]
    total = sum(sizes)
    rng = np.random.default_rng(0)
    # the second question has the same signs: what treats the sign of a number otherwise computes
    other = rng.permutation(total) + 1
    found = []
    for numbers in (np.arange(1, total + 1), other, -other):
        parts = np.split(numbers, np.cumsum(sizes)[:-1])
        try:
            # truths are asked as numbers: they are two alone
            outputs, _, _ = runner.run(op, [p.reshape(shape).astype(np.int64 if np.dtype(dtype).kind == "b" else dtype)
                                            for p, shape, dtype in zip(parts, shapes, dtypes)])
        except Exception:  # a person's code may refuse such numbers: then it is not known to move them
            return None
        if any(np.asarray(y).dtype == bool and not np.any(y) for y in outputs):
            return None  # what asks whether a number is zero moves no zeros
        if any(np.dtype(dtype).kind == "b" for dtype in dtypes) and any(np.asarray(y).dtype.kind == "f" for y in outputs):
            return None  # what makes numbers of truths
        found.append([np.asarray(y, dtype=float) for y in outputs])
    first, second, third = found
    places = []
    for y, z, minus in zip(first, second, third):
        if y.size == 0 or not np.all(np.abs(y) <= total):
            return None
        at = np.round(y).astype(np.int64) - 1
        if not np.array_equal(at + 1, y) or at.min() < -1 or at.max() >= total:
            return None
        expected = np.concatenate([other, [0]])[at]
        if z.shape != y.shape or not (np.array_equal(z, expected) and np.array_equal(minus, -expected)):
            return None
        places.append(at)
    return places


def through(places: np.ndarray, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Places in the inputs, told by the places of the inputs."""
    every = np.concatenate([p.reshape(-1) for p in parts] + [np.array([-1])])
    return every[places]
