"""The error of an answer, element by element, in units in the last place.

    error = |got - exact| / unit        unit = max(spacing of the type at the exact value, epsilon · scale)

An exact value beyond the type's range counts as infinite, and infinity is then the right answer. nan is infinitely wrong.
"""

from dataclasses import dataclass

import numpy as np
from mpmath import mpf

from cases.case import Case, Result
from reports.certificates.questions import Question, exact_answer


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """How exact one answer to one question is: the worst element."""

    question: str  # "sigmoid"
    dtype: str
    path: str  # "grads/x"
    units: float  # of the worst element; infinite for nan, and for infinity where there is a number
    relative: float  # the same error relative to the exact value or its scale
    argument: float  # where: the input x at that element
    got: float
    exact: float
    flushed: int = 0  # elements that are zero where the exact value is a subnormal number; not counted as the worst
    built: str = ""
    composed: bool = False

    @property
    def direction(self) -> str:
        return "forward" if self.path.startswith("outputs/") else "backward"


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
    with np.errstate(all="ignore"):
        unit = np.maximum(np.spacing(np.abs(high).astype(case.dtype)).astype("float64"), float(info.eps) * size)
        unit = np.where(np.isfinite(unit), unit, float(np.spacing(info.max)))
        error = np.abs((got.astype("float64") - high) - low)
        error[np.isinf(high) & (got == high)] = 0
        units = np.where(np.isfinite(error), error / unit, np.inf)
        relative = error / np.maximum(np.abs(high), size)
    least = float(info.smallest_normal)
    flushed = (got == 0) & (high.astype(case.dtype) != 0) & ((np.abs(high) < least) | _subnormal(case, high))
    units = np.where(flushed, 0, units)
    at = np.unravel_index(units.argmax(), units.shape)
    return Certificate(
        question=question.name, dtype=str(case.dtype), path=path, units=float(units[at]), argument=_argument(case, at),
        relative=float(np.nan_to_num(relative[at], nan=np.inf)) if units[at] else 0.0, got=float(got[at]), exact=float(high[at]),
        flushed=int(flushed.sum()), built=answer.built, composed=answer.composed)


def parts(values, most: float) -> tuple[np.ndarray, np.ndarray]:
    """mpmath numbers as sums of two float64 numbers; infinite beyond `most`."""
    high = np.array([_as_float(v, most) for v in values.ravel()])
    low = np.array([float(v - mpf(h)) if np.isfinite(h) else 0.0 for v, h in zip(values.ravel(), high)])
    return high.reshape(values.shape), low.reshape(values.shape)


def _as_float(value, most: float) -> float:
    if abs(value) > most * (1 + 2.0**-26):
        return float("inf") if value > 0 else -float("inf")
    return float(value)


def _subnormal(case: Case, high) -> np.ndarray:
    """Where the argument itself is a subnormal number, as some frameworks take to be zero."""
    x = case.inputs["x"]
    if x.shape != high.shape:
        return np.zeros(high.shape, bool)
    return (x != 0) & (np.abs(x) < np.finfo(case.dtype).smallest_normal)


def _argument(case: Case, at) -> float:
    """The input at this element, or the label's of a row, or the first of a column."""
    x = case.inputs["x"]
    return float(x[at] if x.ndim == len(at) else x[at[0], int(case.inputs["target"][at[0]].argmax())]
                 if "target" in case.inputs else x[0, at[-1]])
