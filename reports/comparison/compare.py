"""Two answers in, one verdict per array out. Pure: no framework, no files, no pytest.

The error that is allowed is derived and not tuned. For the element i of an array b

    allowed_i = ε max( 4 noise_i,  rms(noise),  4 |b_i| ) + tiny

where ε is the epsilon of the case's dtype, tiny its smallest normal number (below it libraries flush to zero or do not), and
noise_i the largest rounding error of that element, in epsilons, over draws in which every operation of the network is moved
by what rounding could do to it in any order of its sums (reference_impl/noise.py). There is no cap: a network that magnifies
rounding is allowed what it magnifies, and an array whose allowed error could hide a fault says so (`Agreement.judged`).

The factor 4: the draws move by up to a whole unit in the last place, twice what correct rounding does, so the error of one
implementation has half the standard deviation σ of a draw, the difference of two 0.7 σ. The largest of 5 draws is 1.6 σ on
average, four times that 9 times the standard deviation of the difference: room for library functions that are good to a few
units only. Five draws can all be small by chance: rms(noise) is the floor for that, and an answer that lies beyond the allowed
error by less than NEAR times is looked at again with 64 draws (reports/verdicts/judge.py).

Measured on the 781 cases, in units of the allowed error: 0.13 in the median, 0.25 at 90 % and 0.45 at 99 % of PyTorch's 4,361
arrays, and one beyond 1 before it is looked at again (1.31); Keras's 4,316: 0.15, 0.30, and beyond 1 the known deviations alone.
The reference itself, asked in extended precision, is off by at most 0.53 of the allowed error (2,199 arrays in float64).
The figures for random networks are the campaign's (`nnparity campaign`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnparity.cases.case import Arrays, Result
from nnparity.reports.comparison.problem import Kind, Problem

NOISE_FACTOR = 4
FLOOR = 1  # times the rms noise of the whole array
ROUNDINGS = 4  # an element always carries a few roundings of its own: conversions, constants rounded to the working precision
NEAR = 16  # times the allowed error: up to here a verdict is not given before the noise is known well
BLIND = {"float64": 1e-6, "float32": 1e-2}  # of an array's largest entry: an allowed error above it could hide a fault
MOSTLY = 0.1  # of an array's elements: if more than these are blind, the array cannot be judged


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """One array, compared element by element. Units of `error`: what is allowed at that element.

    `error` <= 1 is agreement; `worst` is where it is largest and `got`, `expected` are both values there; `epsilons` is
    max|got - expected| / (ε max|expected|). `problem` is what made a comparison impossible.
    """

    path: str  # "outputs/y", "grads/recurrent_kernel"
    error: float = float("nan")
    allowed: float = float("nan")  # at `worst`, in the array's own units
    epsilons: float = float("nan")
    worst: tuple[int, ...] = ()
    got: float = float("nan")
    expected: float = float("nan")
    wrong: int = 0  # how many elements are beyond the allowed error
    blind: int = 0  # how many have an allowed error that could hide a fault: see BLIND
    size: int = 0
    problem: Problem | None = None

    @property
    def group(self) -> str:
        """outputs or grads"""
        return self.path.partition("/")[0]

    @property
    def array(self) -> str:
        """The array's name."""
        return self.path.partition("/")[2]

    @property
    def ok(self) -> bool:
        return not self.problem and self.error <= 1

    @property
    def judged(self) -> bool:
        """Whether agreement means something: rounding could hide a fault in no more than a few elements (MOSTLY)."""
        return self.blind <= MOSTLY * self.size

    @property
    def near(self) -> bool:
        """Beyond the allowed error, but not so far that a better look at the noise could not change it."""
        return not self.problem and 1 < self.error < NEAR

    def __str__(self):
        if self.problem:
            return f"{self.path}: {self.problem}"
        where = f"{self.path}[{', '.join(map(str, self.worst))}]"
        return (f"{where}: got {self.got:.17g}, expected {self.expected:.17g}; "
                f"{self.error:.3g} x the allowed error {self.allowed:.1e}, {self.wrong} of {self.size} elements beyond it")


def allowance(expected: Result, noise: Result) -> Result:
    """The allowed error of every element of every array, in the array's own units. See the module's equation."""
    def allowed(arrays: Arrays, noises: Arrays) -> dict[str, np.ndarray]:
        found = {}
        for name, b in arrays.items():
            noise = noises[name]
            if noise.shape != b.shape:  # the noise of another formula's answer: its largest stands for every element
                noise = np.full(b.shape, noise.max(initial=0.0))
            found[name] = allowed_error(b, noise)
        return found
    return Result(outputs=allowed(expected.outputs, noise.outputs), grads=allowed(expected.grads, noise.grads))


def allowed_error(b: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """The equation of the module for one array b (float32 or float64) and its noise in epsilons, in float64."""
    info = np.finfo(b.dtype)
    size = np.abs(np.where(np.isfinite(b), b, 0)).astype("float64")
    floor = FLOOR * np.sqrt(np.mean(noise**2)) if noise.size else 0.0
    return float(info.eps) * np.maximum(np.maximum(NOISE_FACTOR * noise, ROUNDINGS * size), floor) + float(info.tiny)


def in_proportion(errors: Result, result: Result, right: Result) -> Result:
    """Allowed errors, or noise, of the right answer for a wrong one whose arrays are larger: rounding grows with the numbers.

    e · max(1, max|result| / max|right|) for each array; one that the right answer does not have keeps its e. Of one that has
    another shape in the wrong answer, not summed, say, the largest e stands for every element.
    """
    def scaled(kind):
        def largest(arrays, name):
            return float(np.abs(arrays[name]).max(initial=0.0)) if name in arrays else 0.0
        theirs, ours = getattr(result, kind), getattr(right, kind)
        found = {}
        for name, e in getattr(errors, kind).items():
            if name in theirs and theirs[name].shape != e.shape:
                e = np.full(theirs[name].shape, e.max(initial=0.0))
            found[name] = e * max(1.0, largest(theirs, name) / (largest(ours, name) or np.inf))
        return found
    return Result(outputs=scaled("outputs"), grads=scaled("grads"))


def compare(got: Result, expected: Result, allowed: Result, zeros: frozenset[str] = frozenset()) -> tuple[Agreement, ...]:
    """Every array of both answers. A missing or an extra one is a problem, never a skip.

    `allowed` has the largest error that is agreement, for every element and in the array's own units. `zeros` names the arrays
    that are expected to be all zero; anywhere else that is a problem. Raises ValueError where neither answer has an array.
    """
    agreements = []
    for kind in ("outputs", "grads"):
        theirs, ours = getattr(got, kind), getattr(expected, kind)
        scale = max((_scale(a) for a in ours.values()), default=0.0)
        for name in (*ours, *(extra for extra in theirs if extra not in ours)):
            path = f"{kind}/{name}"
            if name not in theirs:
                problem = Problem(Kind.MISSING, f"missing; the answer has {listed(theirs)}")
                agreements.append(Agreement(path=path, problem=problem))
            elif name not in ours:
                problem = Problem(Kind.UNKNOWN, f"unknown; this case has {listed(ours)}")
                agreements.append(Agreement(path=path, problem=problem))
            else:
                agreements.append(compare_arrays(path, theirs[name], ours[name], getattr(allowed, kind)[name],
                                                 zero_expected=name in zeros, scale=scale))
    if not agreements:
        raise ValueError("both answers are empty: nothing was compared")
    return tuple(agreements)


def compare_arrays(path: str, got: np.ndarray, expected: np.ndarray, allowed: np.ndarray,
                   zero_expected: bool = False, scale: float = 0.0) -> Agreement:
    """One array. Shapes, dtypes and the places of nan and inf must be the same before numbers are looked at.

    `scale` is the largest entry of all arrays of its kind: an array that is zero but for rounding, as the gradient of a bias in
    front of a batch normalisation, has no scale of its own to be blind against.
    """
    if got.shape != expected.shape:
        return Agreement(path=path, problem=shape_problem(got, expected))
    if got.dtype != expected.dtype:
        return Agreement(path=path, problem=Problem(Kind.DTYPE, f"dtype {got.dtype}, expected {expected.dtype}"))
    if expected.size == 0:
        return Agreement(path=path, problem=Problem(Kind.EMPTY, "empty: nothing was compared"))
    if not expected.any() and not got.any() and not zero_expected:
        return Agreement(path=path, problem=Problem(Kind.ZERO, "zero everywhere on both sides: nothing was compared"))
    undecided = np.isinf(allowed)  # rounding alone decides whether there is a number
    for what, is_it in (("nan", np.isnan), ("+inf", np.isposinf), ("-inf", np.isneginf)):
        theirs, ours = is_it(got), is_it(expected)
        apart = (theirs != ours) & ~undecided
        if apart.any():
            first = tuple(int(i) for i in np.argwhere(apart)[0])
            return Agreement(path=path, worst=first, got=float(got[first]), expected=float(expected[first]),
                             wrong=int(apart.sum()), size=got.size, problem=Problem(
                                 Kind.NOT_FINITE, f"{what} at {int(theirs.sum())} elements, expected at {int(ours.sum())}; "
                                                  f"first difference at {list(first)}"))
    finite = np.isfinite(expected) & ~undecided
    got_, expected_ = (np.where(finite, a, 0).astype("float64") for a in (got, expected))
    with np.errstate(all="ignore"):  # 1e308 is as far from -1e308 as from infinity, and an allowance may be almost nothing
        difference = np.abs(got_ - expected_)
        ratio = np.where(difference == 0, 0.0, difference / np.where(finite, allowed, 1))
    worst = np.unravel_index(ratio.argmax(), ratio.shape)
    largest = np.abs(expected_).max()
    unit = float(np.finfo(expected.dtype).eps * largest)
    against = largest if largest > np.max(allowed, initial=0.0, where=~undecided) else max(scale, largest)
    blind = undecided | (finite & (allowed > BLIND[expected.dtype.name] * against) if against else False)
    return Agreement(
        path=path, error=float(ratio[worst]), allowed=float(allowed[worst]), worst=tuple(int(i) for i in worst),
        epsilons=float(difference.max()) / unit if unit else float(difference.max() and np.inf),
        got=float(got_[worst]), expected=float(expected_[worst]), wrong=int((ratio > 1).sum()), blind=int(blind.sum()),
        size=got.size)


def _scale(a: np.ndarray) -> float:
    return float(np.abs(np.where(np.isfinite(a), a, 0)).max(initial=0.0))


def listed(names: Mapping) -> str:
    return ", ".join(names) if names else "none"


def shape_problem(got: np.ndarray, expected: np.ndarray) -> Problem:
    return Problem(Kind.SHAPE, f"shape {got.shape}, expected {expected.shape}{_shape_hint(got, expected)}")


def _shape_hint(got, expected) -> str:
    if got.ndim == expected.ndim and sorted(got.shape) == sorted(expected.shape):
        return " (the same lengths in another order: two axes are exchanged)"
    if got.size == expected.size:
        return " (as many elements: reshaped or flattened)"
    return ""
