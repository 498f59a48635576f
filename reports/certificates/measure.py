"""The error of an answer, element by element, in units in the last place.

    error = |got - exact| / unit        unit = max(spacing of the type at the exact value, epsilon · scale)

An exact value beyond the type's range counts as infinite, and infinity is then the right answer. nan is infinitely wrong.

Two kinds of loss are told apart. Digits that a difference of two terms of order one cancels are lost where the value is small,
and no sum with anything of order one sees it. A constant of another precision is seen everywhere: that is the `ordinary` error.
"""

import numpy as np
from mpmath import mpf

from nnparity.cases.case import Case, Result
from nnparity.reports.certificates.certificate import Certificate
from nnparity.reports.certificates.question import Question, exact_answer


def certify(question: Question, dtype: str, answer: Result) -> list[Certificate]:
    """One certificate for each array of the answer. Raises KeyError where an array is missing."""
    case = question.case(dtype)
    found = []
    for path, (exact, scale) in exact_answer(question, dtype).items():
        group, _, name = path.partition("/")
        got = np.asarray(getattr(answer, group)[name])
        found.append(_worst(question, case, path, got, exact, scale, answer))
    return found


def _worst(question, case: Case, path, got, exact, scale, answer) -> Certificate:
    if got.shape != exact.shape:
        raise ValueError(f"{case.name}, {path}: shape {got.shape}, expected {exact.shape}")
    info = np.finfo(case.dtype)
    high, low = parts(exact, float(info.max))
    size = parts(scale, float(info.max))[0]
    arguments = arguments_of(case, got.shape)
    with np.errstate(all="ignore"):
        unit = np.maximum(np.spacing(np.abs(high).astype(case.dtype)).astype("float64"), float(info.eps) * size)
        unit = np.where(np.isfinite(unit), unit, float(np.spacing(info.max)))
        error = np.abs((got.astype("float64") - high) - low)
        error = np.where(np.isinf(high) & (got == high), 0, np.where(np.isfinite(error), error, np.inf))
        lost = (got == 0) & (high.astype(case.dtype) != 0) & subnormal(high, case.dtype)
        flushed = lost | (error > 4 * unit) & subnormal(arguments, case.dtype)
        error = np.where(flushed, 0, error)
        units, relative = error / unit, error / np.maximum(np.abs(high), size)
        ordinary = error / np.maximum(np.maximum(np.abs(high), size), 1)
    at, anywhere = (np.unravel_index(np.nan_to_num(e).argmax(), e.shape) for e in (units, ordinary))
    return Certificate(
        question=question.name, dtype=str(case.dtype), path=path, units=float(units[at]), argument=float(arguments[at]),
        relative=float(relative[at]) if units[at] else 0.0, got=float(got[at]), right=float(high[at]),
        ordinary=float(ordinary[anywhere]), ordinary_argument=float(arguments[anywhere]), flushed=int(flushed.sum()),
        built=answer.built, composed=answer.composed)


def subnormal(a, dtype) -> np.ndarray:
    return (a != 0) & (np.abs(a) < np.finfo(dtype).smallest_normal)


def arguments_of(case: Case, shape) -> np.ndarray:
    """The input x that belongs to each element of an answer: itself, the label's in its row, or the first of its column."""
    x = case.inputs["x"]
    if x.shape == shape:
        return x
    if "target" in case.inputs:
        return np.take_along_axis(x, case.inputs["target"].argmax(-1)[..., None], -1)[..., 0]
    return x[0]


def parts(values, most: float) -> tuple[np.ndarray, np.ndarray]:
    """mpmath numbers as sums of two float64 numbers; infinite beyond `most`."""
    high = np.array([_as_float(v, most) for v in values.ravel()])
    low = np.array([float(v - mpf(h)) if np.isfinite(h) else 0.0 for v, h in zip(values.ravel(), high)])
    return high.reshape(values.shape), low.reshape(values.shape)


def _as_float(value, most: float) -> float:
    if abs(value) > mpf(most) * (1 + 2.0**-26):
        return float("inf") if value > 0 else -float("inf")
    return float(value)
