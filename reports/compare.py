"""Two answers in, one verdict per array out. Pure: no framework, no files, no pytest.

The error that is allowed is derived and not tuned. For the element i of an array b

    allowed_i = min(64 ε max|b|,  max(16 ε noise_i, 4 ε rms(noise), 4 ε |b_i|))

where ε is the epsilon of the case's dtype and noise_i the largest rounding error of that element, in epsilons, when the
network is run on arrays moved by one unit in the last place (reference_impl/noise.py). The noise keeps a small entry
beside a large one under watch; the cap says that no array may ever be off by more than 64 epsilons of its own scale. The
middle term covers what the samples of the noise cannot see: the rounding of the sums inside, where an element is the
small difference of large terms. Measured on random GRUs with parameters of scale 0.05 to 1: against PyTorch no false alarm
in 18,059 arrays (largest error 0.94 of the allowed), against Keras on TensorFlow one in 3,610 (1.01 of the allowed).
Networks driven into chaos (scale 1.5 and more) do exceed the cap; the suite has no such case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cases.case import Arrays, Result

NOISE_FACTOR = 16  # two independent roundings of the same network, with room for the tail of their distribution
ROUNDINGS = 4  # an element always carries a few roundings of its own, whatever the samples of the noise happened to show
FLOOR = 4  # times the rms noise of the whole array
CAP = 64  # epsilons of the array's largest entry


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """One array, compared element by element. Units of `error`: what is allowed at that element.

    `error` <= 1 is agreement; `worst` is where it is largest and `got`, `expected` are both values there; `epsilons` is
    max|got - expected| / (ε max|expected|). `problem` says in words what made a comparison impossible.
    """

    path: str  # "outputs/y", "grads/recurrent_kernel"
    error: float = float("nan")
    allowed: float = float("nan")  # at `worst`, in the array's own units
    epsilons: float = float("nan")
    worst: tuple[int, ...] = ()
    got: float = float("nan")
    expected: float = float("nan")
    wrong: int = 0  # how many elements are beyond the allowed error
    size: int = 0
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem and self.error <= 1

    def __str__(self):
        if self.problem:
            return f"{self.path}: {self.problem}"
        where = f"{self.path}[{', '.join(map(str, self.worst))}]"
        return (f"{where}: got {self.got:.17g}, expected {self.expected:.17g}; "
                f"{self.error:.3g} x the allowed error {self.allowed:.1e}, {self.wrong} of {self.size} elements beyond it")


def allowance(expected: Result, noise: Result) -> Result:
    """The allowed error of every element of every array, in the array's own units. See the module's equation."""
    def allowed(b: Arrays, noise: Arrays) -> dict[str, np.ndarray]:
        return {k: allowed_error(b[k], noise[k] if noise[k].shape == b[k].shape
                                 else np.full(b[k].shape, noise[k].max(initial=0.0))) for k in b}
    return Result(outputs=allowed(expected.outputs, noise.outputs), grads=allowed(expected.grads, noise.grads))


def allowed_error(b: np.ndarray, noise: np.ndarray) -> np.ndarray:
    eps = float(np.finfo(b.dtype).eps)
    size = np.abs(np.where(np.isfinite(b), b, 0)).astype("float64")
    floor = FLOOR * np.sqrt(np.mean(noise**2)) if noise.size else 0.0
    return eps * np.minimum(CAP * size.max(initial=0.0), np.maximum.reduce([NOISE_FACTOR * noise, ROUNDINGS * size,
                                                                            np.full_like(size, floor)]))


def in_proportion(errors: Result, result: Result, right: Result) -> Result:
    """Allowed errors, or noise, of the right answer for a wrong one whose arrays are larger: rounding grows with the numbers."""
    def scaled(kind):
        def largest(arrays, name):
            return float(np.abs(arrays[name]).max(initial=0.0)) if name in arrays else 0.0
        theirs, ours = getattr(result, kind), getattr(right, kind)
        return {name: e * max(1.0, largest(theirs, name) / (largest(ours, name) or np.inf))
                for name, e in getattr(errors, kind).items()}
    return Result(outputs=scaled("outputs"), grads=scaled("grads"))


def compare(got: Result, expected: Result, allowed: Result, zeros: frozenset[str] = frozenset()) -> tuple[Agreement, ...]:
    """Every array of both answers. A missing or an extra one is a problem, never a skip.

    `zeros` names the arrays that are expected to be all zero; anywhere else that is a problem.
    """
    agreements = []
    for kind in ("outputs", "grads"):
        theirs, ours = getattr(got, kind), getattr(expected, kind)
        for name in (*ours, *(extra for extra in theirs if extra not in ours)):
            path = f"{kind}/{name}"
            if name not in theirs:
                agreements.append(Agreement(path=path, problem=f"missing; the answer has {listed(theirs)}"))
            elif name not in ours:
                agreements.append(Agreement(path=path, problem=f"unknown; this case has {listed(ours)}"))
            else:
                agreements.append(compare_arrays(path, theirs[name], ours[name], getattr(allowed, kind)[name],
                                                 zero_expected=name in zeros))
    if not agreements:
        raise ValueError("both answers are empty: nothing was compared")
    return tuple(agreements)


def compare_arrays(path: str, got: np.ndarray, expected: np.ndarray, allowed: np.ndarray,
                   zero_expected: bool = False) -> Agreement:
    """One array. Shapes, dtypes and the places of nan and inf must be the same before numbers are looked at."""
    if got.shape != expected.shape:
        return Agreement(path=path, problem=f"shape {got.shape}, expected {expected.shape}{_shape_hint(got, expected)}")
    if got.dtype != expected.dtype:
        return Agreement(path=path, problem=f"dtype {got.dtype}, expected {expected.dtype}")
    if expected.size == 0:
        return Agreement(path=path, problem="empty: nothing was compared")
    if not expected.any() and not got.any() and not zero_expected:
        return Agreement(path=path, problem="zero everywhere on both sides: nothing was compared")
    for what, is_it in (("nan", np.isnan), ("+inf", np.isposinf), ("-inf", np.isneginf)):
        theirs, ours = is_it(got), is_it(expected)
        if (theirs != ours).any():
            first = tuple(int(i) for i in np.argwhere(theirs != ours)[0])
            return Agreement(path=path, worst=first, got=float(got[first]), expected=float(expected[first]),
                             wrong=int((theirs != ours).sum()), size=got.size,
                             problem=f"{what} at {int(theirs.sum())} elements, expected at {int(ours.sum())}; "
                                     f"first difference at {list(first)}")
    finite = np.isfinite(expected)
    got_, expected_ = (np.where(finite, a, 0).astype("float64") for a in (got, expected))
    difference = np.abs(got_ - expected_)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(difference == 0, 0.0, difference / np.where(finite, allowed, 1))
    worst = np.unravel_index(ratio.argmax(), ratio.shape)
    scale = float(np.finfo(expected.dtype).eps) * np.abs(expected_).max()
    return Agreement(
        path=path, error=float(ratio[worst]), allowed=float(allowed[worst]), worst=tuple(int(i) for i in worst),
        epsilons=float(difference.max() / scale) if scale else float(difference.max() and np.inf),
        got=float(got_[worst]), expected=float(expected_[worst]), wrong=int((ratio > 1).sum()), size=got.size)


def listed(names: Mapping) -> str:
    return ", ".join(names) if names else "none"


def _shape_hint(got, expected) -> str:
    if got.ndim == expected.ndim and sorted(got.shape) == sorted(expected.shape):
        return " (the same lengths in another order: two axes are exchanged)"
    if got.size == expected.size:
        return " (as many elements: reshaped or flattened)"
    return ""
