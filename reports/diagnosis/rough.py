"""The first look at numbers, before anything is compared in full: near enough, and finite?"""

import numpy as np

from nnparity.cases.case import Arrays, Result

ROUGH = 1e-6  # of the array's scale: outputs further off than this are not worth a full comparison


def finite(arrays: Arrays) -> bool:
    return all(np.isfinite(a).all() for a in arrays.values())


def roughly(answer: Result, expected: Result) -> bool:
    """Whether every gradient of an answer is within ROUGH of these, zeros apart: they are a matter of rounding."""
    return all(name in answer.grads and (not b.any() or near({name: b[None]}, answer.grads).all())
               for name, b in expected.grads.items())


def near(stack: Arrays, outputs: Arrays) -> np.ndarray:
    """Which of the stacked outputs (n, *shape) are within ROUGH of these, all arrays of them, and finite at the same places."""
    n = len(next(iter(stack.values())))
    ok = np.ones(n, bool)
    for name, b in stack.items():
        a = outputs[name]
        if a.shape != b.shape[1:]:
            return np.zeros(n, bool)
        is_finite = np.isfinite(a)
        with np.errstate(all="ignore"):
            ok &= (np.isfinite(b) == is_finite).reshape(n, -1).all(1)
            a, b = np.where(is_finite, a, 0), np.where(is_finite, b, 0)
            scale = np.abs(b).reshape(n, -1).max(1, initial=0) + 1e-300
            ok &= np.abs(b - a).reshape(n, -1).max(1, initial=0) <= ROUGH * scale
    return ok
