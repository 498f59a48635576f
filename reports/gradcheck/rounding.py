"""How noisy a function is, without its formula: differences of high order of values close together.

A smooth function has almost no fourth difference over a short way; the rounding of each value has one: four steps of a random
number of standard deviation σ give one of σ √C(8, 4). Single precision anywhere inside shows as well, because the steps are
longer than its last digit. Source: Hamming, Introduction to Applied Numerical Analysis (1971), chapter 6; Moré and Wild 2011,
SIAM Journal on Scientific Computing 33(3), "Estimating computational noise".
"""

from collections.abc import Callable, Mapping
from math import comb

import numpy as np

EPS = float(np.finfo(float).eps)
POINTS = 10  # values along the way: six fourth differences
ORDER = 4
WAY = 1e-6  # length of a step in units of the arrays: many last digits of a float32, and its fourth power is nothing


def scale(array: np.ndarray) -> float:
    """The size of the elements of an array, by which steps are measured: their root mean square; 1 where all are zero."""
    size = float(np.sqrt(np.mean(np.square(array, dtype=float)))) if array.size else 0.0
    return size if np.isfinite(size) and size > 0 else 1.0


def way(arrays: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A random direction in all arrays, so short that derivatives along it stay small however many elements there are."""
    total = sum(a.size for a in arrays.values())
    return {name: WAY * scale(a) * rng.standard_normal(a.shape) / total**0.25 for name, a in arrays.items()}


def noise(answer: Callable[[float], np.ndarray | float]) -> np.ndarray:
    """The standard deviation of rounding of each number of `answer(k)`, k = 1, ..., 10 steps away.

    The start itself is left out: where something is tied there, as in max(0, 0), all the steps are on one side of it.
    """
    values = np.stack([np.asarray(answer(float(k)), dtype=float) for k in range(1, POINTS + 1)])
    return np.sqrt(np.mean(np.diff(values, ORDER, axis=0) ** 2, axis=0) / comb(2 * ORDER, ORDER))
