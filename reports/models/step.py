"""What is seen where two models are walked: a call and its partner, and where paths without a partner meet again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import numpy as np

from nnparity.reports.models.side import Side

EPS = 2.0**-52
# constants that Keras on TensorFlow keeps in float32 whatever the dtype: atlas rows leaky_relu.constants and gelu.constants
# and bilinear resizing, which TensorFlow does in float32
LEAKS = dict.fromkeys([("keras", name) for name in ("leaky_relu", "gelu", "selu", "elu", "upsample")], 2.0**-21)
LEAKS["onnx", "code"] = 2.0**-21  # what is written out in arithmetic has its constants in the file, in single precision


ELEMENTWISE = ("activation", "batch_norm", "prelu", "group_norm", "add", "subtract", "multiply", "divide", "dropout")
BY_ROWS = ("dense", "layer_norm", "rms_norm")  # each row of the last axis for itself


@dataclass
class Step:
    """One call of B with its partner in A: what both were given, and what came out."""

    a: int
    b: int
    fed: list[np.ndarray]  # B's inputs
    of_a: list[np.ndarray]  # A's inputs
    places_a: list[np.ndarray]
    places_b: list[Any]  # None for an input that is none of A's
    expected: np.ndarray  # A's output, with B's axes
    got: np.ndarray
    error: float = 0.0
    allowed: float = 0.0
    out: np.ndarray = field(default_factory=lambda: np.zeros(0))  # B's axes of A's output
    weights: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused: str = ""  # why B cannot hold A's weights
    gradients: dict[str, tuple[float, float]] = field(default_factory=dict)  # array -> error, allowed
    after: dict[str, tuple[float, float]] = field(default_factory=dict)  # running statistics
    cotangent: np.ndarray = field(default_factory=lambda: np.zeros(0))
    refuted: bool = False  # it differs, and what the models return whole does not
    wide: bool = False  # it is about other numbers than A's: on those the two agree
    judged: bool = True  # not where B's input has another shape than A's: that it differs is told where they meet

    @property
    def agrees(self) -> bool:
        errors = ((self.error, self.allowed), *self.gradients.values(), *self.after.values())
        return not self.judged or self.refuted or all(error <= allowed for error, allowed in errors)


@dataclass
class Meeting:
    """Where a value of B that calls without partner made, or that skips such calls of A, meets A's: equal or not."""

    a: int  # A's value
    b: int  # B's value
    expected: np.ndarray
    got: np.ndarray
    error: float
    allowed: float
    ops_a: tuple[int, ...]  # the calls without a partner on either side
    ops_b: tuple[int, ...]
    before: str = ""  # the layer that takes it
    harmless: bool = False  # the layer that takes it makes the same of both
    consumer: int = -1  # B's call that takes it
    places: Any = None  # of A's numbers in B's value
    cut: int = -1  # B's call whose output is cut off elsewhere than in A

    @property
    def agrees(self) -> bool:
        return self.harmless or self.error <= self.allowed


def leak_of(side: Side, k: int) -> float:
    """What a constant in single precision leaves of a call's digits; of unknown code it may be any of them."""
    op, framework = side.ops[k], side.runner.name
    if op.kind == "code":
        return max((size for (name, _), size in LEAKS.items() if name == framework), default=0.0)
    return LEAKS.get((framework, op.settings.get("name", op.kind)), 0.0)


def arrangements(places: np.ndarray, shape: tuple[int, ...], turned: bool) -> Iterator[np.ndarray]:
    """The places with their axes in any order that has this shape; where the frameworks differ, channels moved comes first."""
    n = places.ndim
    orders = list(permutations(range(n))) if n <= 5 else [tuple(range(n))]
    first = [(0, n - 1, *range(1, n - 1)), (0, *range(2, n), 1)] if turned and n > 3 else []
    for axes in (*first, *orders):
        if n == len(shape) and tuple(places.shape[i] for i in axes) == shape:
            yield places.transpose(axes)
    if places.size == np.prod(shape) and n != len(shape):
        yield places.reshape(shape)


def far(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference; infinite where shapes or what is finite differ."""
    if a.shape != b.shape or not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return np.inf
    both = np.isfinite(a)
    return float(np.abs(a[both] - b[both]).max(initial=0.0))
