"""The right gradient of one array, as exactly as the code allows, with the error stated for each element.

    complex step    Im f(a + i·h·e) / h, h = 1e-60: nothing is subtracted, so it is exact to rounding. It needs code that takes
                    complex arrays and does with them what it does with real ones; `abs`, `var`, `norm`, a cast to real or an
                    array of np.zeros that they are written into break it. Whether they do is seen along two random directions,
                    where it is held against a difference quotient, for each array.
    differences     else; see quotient.py.

All elements of an array up to a limit; of a larger one that many, drawn at random, and random directions through all of it: what
a sample does not meet, Σ gradient · direction does. Source: Squire and Trapp 1998, SIAM Review 40(1).
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from nnparity.reports.gradcheck.question import Question
from nnparity.reports.gradcheck.quotient import WIDE, Slope, central, searched
from nnparity.reports.gradcheck.rounding import EPS, noise, scale, way

STEP = 1e-60
DIRECTIONS = 4  # through an array of which only a sample is taken
TRIALS = 2  # directions along which the two methods are compared
PROBES = 2  # elements at which the first step is looked for
SIGMAS = 20.0  # standard deviations of rounding that a complex step may be off; a deviation is itself measured on six values
GOOD = 1e-9  # relative to the array: an error above it has all steps tried


@dataclass
class Measured:
    """The derivative by one array: at the flat indices `index`, and Σ derivative · v for each v of `directions`."""

    name: str
    shape: tuple[int, ...]
    method: str  # "complex step", "differences"
    index: np.ndarray
    value: np.ndarray
    error: np.ndarray  # stated, of each value
    directions: list[tuple[np.ndarray, float, float]] = field(default_factory=list)  # v, the derivative along it, its error

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def whole(self) -> bool:
        """Whether every element was taken."""
        return len(self.index) == self.size

    @property
    def full(self) -> np.ndarray:
        """The derivative in the array's shape; nan where it was not taken."""
        a = np.full(self.size, np.nan)
        a[self.index] = self.value
        return a.reshape(self.shape)

    @property
    def rms(self) -> float:
        return float(np.sqrt(np.mean(self.value**2))) if len(self.value) else 0.0


class Derivative:
    """The derivative of a question's value by any of its arrays.

    `value_noise` is the standard deviation of rounding of f at the start.
    """

    def __init__(self, question: Question, seed: int):
        self.question = question
        self.rng = np.random.default_rng(seed)
        self.start = dict(question.start)
        self.here = float(np.real(question.value(self.start)))
        drift = way(self.start, self.rng)
        self.drift = drift
        measured = noise(lambda k: self.real({name: a + k * drift[name] for name, a in self.start.items()}))
        self.value_noise = max(float(measured), EPS * abs(self.here) / 4)
        self.complex_start = {name: a.astype(complex) for name, a in self.start.items()}
        self.why_not = "" if not question.in_place else "arrays are changed in place"
        if not self.why_not:
            self.why_not = self.refused()

    def real(self, arrays) -> float:
        return float(np.real(self.question.value(arrays)))

    def refused(self) -> str:
        """Why the code does not take complex arrays; nothing where it does."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                value = self.question.value(self.complex_start)
        except Exception as error:  # any function may do anything with what it was not written for
            return f"{type(error).__name__} on complex arrays"
        if not np.isfinite(value) or abs(value - self.here) > SIGMAS * self.value_noise:
            return "another value on complex arrays"
        return ""

    # ---------------------------------------------------------------------------------------------- one derivative

    def imaginary(self, name: str, change: Callable[[np.ndarray], None], drift: float = 0.0) -> float:
        """Im f(start + drift + i·h·v) / h; `change` adds i·h·v to the array."""
        base = self.complex_start
        if drift:
            base = {key: a + drift * self.drift[key] for key, a in base.items()}
        moved = base[name].copy()
        change(moved.reshape(-1))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                return float(np.imag(self.question.value({**base, name: moved}))) / STEP
        except Exception:  # as above
            return float("nan")

    def step_at(self, name: str, i: int) -> float:
        def change(flat):
            flat[i] += 1j * STEP
        return self.imaginary(name, change)

    def step_along(self, name: str, v: np.ndarray, drift: float = 0.0) -> float:
        def change(flat):
            flat += 1j * STEP * v.reshape(-1)
        return self.imaginary(name, change, drift)

    def element(self, name: str, i: int) -> Callable[[float], tuple[float, float]]:
        """One element moved: step -> value, and the step really made."""
        def moved(h):
            a = self.start[name].copy()
            flat = a.reshape(-1)
            before = flat[i]
            flat[i] += h
            return self.real({**self.start, name: a}), float(flat[i] - before)
        return moved

    def line(self, name: str, v: np.ndarray) -> Callable[[float], tuple[float, float]]:
        """A whole array moved along v."""
        return lambda h: (self.real({**self.start, name: self.start[name] + h * v}), h)

    def quotient_along(self, name: str, v: np.ndarray) -> Slope:
        moved = self.line(name, v)
        size = scale(self.start[name]) / (scale(v) * np.sqrt(v.size))
        return central(moved, size, self.value_noise, WIDE)

    # ---------------------------------------------------------------------------------------------- a whole array

    def of(self, name: str, elements: int, method: str = "auto") -> Measured:
        """The derivative by the array `name`: all its elements, or `elements` of them and directions."""
        size = self.start[name].size
        index = np.arange(size) if size <= elements else np.sort(self.rng.choice(size, elements, replace=False))
        stepping = method != "differences" and not self.why_not and self.trusted(name)
        measured = Measured(name, self.start[name].shape, "complex step" if stepping else "differences", index,
                            np.zeros(0), np.zeros(0))
        measured.value, measured.error = self.at(measured, index)
        if not measured.whole:
            vs = [self.rng.choice([-1.0, 1.0], self.start[name].shape) for _ in range(DIRECTIONS)]
            measured.directions = [(v, *self.along(measured, v)) for v in vs]
        return measured

    def trusted(self, name: str) -> bool:
        """Whether complex step and differences agree along random directions of this array."""
        for _ in range(TRIALS):
            v = self.rng.standard_normal(self.start[name].shape)
            slope, step = self.quotient_along(name, v), self.step_along(name, v)
            if not abs(slope.value - step) <= 2 * slope.error + EPS * abs(step):
                return False
        return True

    def at(self, measured: Measured, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The derivative at these flat indices, and its errors."""
        name = measured.name
        if measured.method == "complex step":
            value = np.array([self.step_at(name, int(i)) for i in index])
            return value, np.full(len(index), SIGMAS * self.step_noise(name))
        slopes = self.quotients(name, index)
        return np.array([s.value for s in slopes]), np.array([s.error for s in slopes])

    def along(self, measured: Measured, v: np.ndarray) -> tuple[float, float]:
        """The derivative along v, and its error."""
        if measured.method == "complex step":
            return self.step_along(measured.name, v), SIGMAS * self.step_noise(measured.name) * np.sqrt(np.count_nonzero(v))
        slope = self.quotient_along(measured.name, v)
        return slope.value, slope.error

    def step_noise(self, name: str) -> float:
        """The standard deviation of rounding of one element of the complex step."""
        v = self.rng.choice([-1.0, 1.0], self.start[name].shape)
        return float(noise(lambda k: self.step_along(name, v, drift=k)) / np.sqrt(max(v.size, 1)))

    def quotients(self, name: str, index: np.ndarray) -> list[Slope]:
        """Difference quotients at these flat indices; steps begin where they did best at a few of them."""
        size = scale(self.start[name])
        probes = self.rng.permutation(index)[:PROBES]
        looks = [central(self.element(name, int(i)), size, self.value_noise, WIDE) for i in probes]
        step = float(np.median([look.step for look in looks])) if looks else size
        slopes = [searched(self.element(name, int(i)), step, size, self.value_noise, np.inf) for i in index]
        typical = np.median(np.abs([(s.value, s.error) for s in slopes] or [(0.0, 0.0)]), axis=0)
        good = max(GOOD * float(typical[0]), 4 * float(typical[1]))
        return [slope if slope.error <= good else searched(self.element(name, int(i)), step, size, self.value_noise, 0.0)
                for i, slope in zip(index, slopes)]
