"""One question: an operation on arguments of all magnitudes, as a case in either precision, and the exact answer to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from mpmath import mpf

from nnparity.cases.case import Case, Layer

DTYPES = ("float64", "float32")
EXEMPT = "the same arguments for all operations, and derivatives themselves in place of products with a cotangent"
Exact = Mapping[str, tuple[np.ndarray, np.ndarray]]  # path -> exact values and their scales, as mpmath numbers


@dataclass(frozen=True, eq=False)
class Question:
    """One operation: its case in a precision, the exact answer to such a case, and why it may be off by more than a few units.

    `reason` is told where an answer is measured against a scale larger than itself (see rows.py), path -> words.
    """

    name: str
    case: Callable[[str], Case]
    answer: Callable[[Case], Exact]
    reason: Mapping[str, str]


@cache
def exact_answer(question: Question, dtype: str) -> Exact:
    """The exact answer to the question's case in this precision, computed once."""
    return question.answer(question.case(dtype))


@cache
def grid(dtype: str) -> np.ndarray:
    """About 900 numbers of both signs, ascending: every power of ten that the type has, its subnormal and its largest numbers
    included, and more of them where functions bend, saturate and underflow. Zero is not among them: derivatives jump there."""
    info = np.finfo(dtype)
    rng = np.random.default_rng(20)
    powers = np.geomspace(float(info.smallest_normal), float(info.max) * 0.99, 150)
    subnormal = float(info.smallest_subnormal) * np.array([1, 2, 7, 1000, 1e6])
    size = np.concatenate([powers, subnormal, [float(info.max)], rng.uniform(0, 3, 80), rng.uniform(0, 12, 100),
                           rng.uniform(10, 120, 80), rng.uniform(100, 800, 60), near(0.75, 1.25, 3, 2.5, 6, 20, 30, 40)])
    return np.unique(np.concatenate([size, -size]).astype(dtype))


def near(*points: float) -> np.ndarray:
    """The points but for the last digits, from both sides: a kink itself has no one derivative."""
    return np.concatenate([np.array(points) * (1 + step) for step in (-1e-3, -1e-6, 1e-6, 1e-3)])


def fractions(dtype: str) -> np.ndarray:
    """Probabilities: as near to 0 and to 1 as the type has them, and between."""
    info, rng = np.finfo(dtype), np.random.default_rng(21)
    small = np.geomspace(float(info.smallest_normal), 0.5, 120)
    least, below_one = float(info.smallest_subnormal) * np.array([1, 9]), 1 - np.geomspace(float(info.epsneg), 0.5, 60)
    p = np.concatenate([small, least, below_one, rng.uniform(0, 1, 100)]).astype(dtype)
    return np.unique(p[(p > 0) & (p < 1)])


def as_exact(a: np.ndarray) -> list:
    return [mpf(float(v)) for v in a]


def loss_case(name, dtype, kind, x, target, config) -> Case:
    """A loss of every element or row on its own. The prediction is also an output, whose cotangent is zero here."""
    left = x.shape[:-1] if kind in ("categorical_cross_entropy", "softmax_cross_entropy") else x.shape
    return Case(name=f"certificate-{name}-{dtype}", network=(), loss=Layer(kind, config={**config, "reduction": "none"}),
                params={}, sizes={"arguments": x.shape[0], "features": x.shape[1]}, inputs={"x": x, "target": target},
                exempt=EXEMPT, constants=frozenset({"target"}), catches="lost digits",
                cotangents={"y": np.zeros_like(x), "loss": np.ones(left, dtype)})
