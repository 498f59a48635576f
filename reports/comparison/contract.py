"""Is it an answer at all? Names, shapes, dtypes, and something else than nan: checked before a formula is read from it.

    read_array(value)         whatever stands where an array belongs -> a plain array of numbers, or NotNumbers
    check(answer, expected)   -> Checked: floats of the expected names, and what breaks the contract, as data

What reaches a diagnosis is made of plain float32 and float64 arrays, whatever came back. A wrong shape stays in: a diagnosis may
know its cause (a transposed kernel, another padding). What cannot be read as real numbers is left out, as if it were missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from nnparity.cases.case import Arrays, Result
from nnparity.reports.comparison.compare import Agreement, shape_problem
from nnparity.reports.comparison.names import FEW, some
from nnparity.reports.comparison.problem import Kind, Problem


class NotNumbers(ValueError):
    """No array of numbers can be made of a value. The message says what it is."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One array that is not what was asked for."""

    path: str
    problem: Problem

    @property
    def group(self) -> str:
        """outputs or grads"""
        return self.path.partition("/")[0]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """An answer that a diagnosis can take, and what was wrong with what came."""

    answer: Result
    faults: tuple[Fault, ...] = ()
    extra: tuple[str, ...] = ()  # paths of arrays that nobody asked for: left aside

    @property
    def note(self) -> str:
        """What was left aside, in words; "" where a missing name has already said it."""
        groups = {fault.group for fault in self.faults if fault.problem.kind is Kind.MISSING}
        told = [path for path in self.extra if path.partition("/")[0] not in groups]
        if not told:
            return ""
        shown = ", ".join(told[:FEW]) + (f" and {len(told) - FEW} more" if len(told) > FEW else "")
        return f"{shown}: not asked for, left aside"

    def in_words(self, agreements: tuple[Agreement, ...]) -> tuple[Agreement, ...]:
        """The agreements, with the fault in place of a comparison where there is one."""
        faults = {fault.path: fault for fault in self.faults}
        return tuple(replace(a, problem=faults[a.path].problem) if a.path in faults else a for a in agreements)


def read_array(value) -> np.ndarray:
    """A plain array of numbers (native byte order, no subclass) of whatever was returned as one. Raises NotNumbers."""
    if isinstance(value, np.ma.MaskedArray):
        raise NotNumbers("a masked array (what its mask hides is no number)")
    try:
        array = np.array(value)
    except Exception as error:  # __array__ of somebody's class may raise anything, and so do ragged lists
        raise NotNumbers(f"{described(value)} ({type(error).__name__}: {error})") from error
    if array.dtype.kind not in "fiubc":
        raise NotNumbers(described(value))
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def described(value) -> str:
    """What somebody returned, in words: 'a string' (a str), one array of dtype object and shape (2,)."""
    if isinstance(value, np.ndarray):
        return f"one array of dtype {value.dtype} and shape {value.shape}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value) if type(value) in (str, int, float, bool) or value is None else ""
    return f"{text[:40]} (a {type(value).__name__})" if text else f"a {type(value).__name__}"


def check(answer: Result, expected: Result) -> Checked:
    """Hold an answer against the names, shapes and dtypes of another."""
    faults, extra = [], []
    arrays: dict[str, dict[str, np.ndarray]] = {}
    for kind in ("outputs", "grads"):
        theirs, ours = getattr(answer, kind), getattr(expected, kind)
        extra += [f"{kind}/{name}" for name in theirs if name not in ours]
        arrays[kind] = {}
        for name, b in ours.items():
            if name not in theirs:
                faults.append(Fault(path=f"{kind}/{name}", problem=missing(name, theirs)))
                continue
            array, fault = one_array(f"{kind}/{name}", theirs[name], b)
            faults += [fault] if fault else []
            if array is not None:
                arrays[kind][name] = array
    answer = replace(answer, outputs=arrays["outputs"], grads=arrays["grads"])
    return Checked(answer=answer, faults=tuple(faults), extra=tuple(extra))


def plain_floats(answer: Result, dtype: np.dtype) -> Result:
    """An answer whose names and shapes are not known beforehand, as a diagnosis can take it."""
    def floats(arrays: Arrays) -> dict[str, np.ndarray]:
        return {name: array for name, value in arrays.items()
                if (array := one_array(name, value, np.zeros((), dtype))[0]) is not None}
    return replace(answer, outputs=floats(answer.outputs), grads=floats(answer.grads))


def one_array(path: str, value, expected: np.ndarray) -> tuple[np.ndarray | None, Fault | None]:
    """(the array as float32 or float64, what is wrong with it); no array where it holds no real numbers."""
    def fault(kind, words):
        return Fault(path=path, problem=Problem(kind, words))
    try:
        array = read_array(value)
    except NotNumbers as error:
        return None, fault(Kind.NOT_NUMBERS, f"{error}; expected an array of numbers")
    wrong = None
    if array.dtype != expected.dtype:
        wrong = fault(Kind.DTYPE, f"dtype {array.dtype}, expected {expected.dtype}")
        if array.dtype.kind == "c":
            if array.imag.any():
                return None, wrong
            array = array.real
        if array.dtype not in (np.float32, np.float64):
            with np.errstate(all="ignore"):
                array = array.astype(expected.dtype)
    if array.shape != expected.shape:
        return array, fault(Kind.SHAPE, f"{shape_problem(array, expected)}{f'; {wrong.problem}' if wrong else ''}")
    if array.size and np.isnan(array).all() and not np.isnan(expected).all():
        return array, wrong or fault(Kind.NOTHING, "nothing but nan")
    return array, wrong


def missing(name: str, theirs: Mapping) -> Problem:
    """That an array is missing, and which names there are instead."""
    return Problem(Kind.MISSING, f"missing; the answer has {some(theirs, name) if theirs else 'none'}")
