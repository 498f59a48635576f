"""An array as JSON: {"shape": [2, 3], "dtype": "float64", "data": [...]}, the elements in C order, the last axis fastest.

A number is exact either way: "0x1.8p+0" as C's %a writes it and strtod reads it, or the shortest decimal that is read back as the
same number. JSON has no nan and no infinity: "nan", "inf" and "-inf" stand for them.
"""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from nnparity.reports.comparison.foreign import plain, writable

MOST = 2**25  # elements of one answer
DEEPEST = 32  # axes of one array; NumPy has at most 64
DTYPES = ("float32", "float64", "int64")


class Unreadable(ValueError):
    """What was read is no answer: where, what was got, what was expected."""

    def __init__(self, where: str, message: str):
        super().__init__(writable(plain(f"{where}: {message}")))


def written(array: np.ndarray, decimal: bool = False) -> dict[str, Any]:
    """The array as plain data for JSON. A float32 is written as itself: each is a float64 too."""
    a = np.asarray(array)
    if a.dtype.kind != "f":
        data: list[Any] = [int(n) for n in a.ravel()]
        return {"shape": list(a.shape), "dtype": "int64", "data": data}
    numbers = [float(n) for n in a.ravel()]
    data = [n if decimal and np.isfinite(n) else hexadecimal(n) for n in numbers]
    return {"shape": list(a.shape), "dtype": str(a.dtype), "data": data}


def hexadecimal(number: float) -> str:
    """As %a of C prints it: "0x1.8p+0", without zeros at the end; "nan", "inf", "-inf"."""
    digits, p, exponent = number.hex().partition("p")
    return digits.rstrip("0").rstrip(".") + p + exponent if p and "." in digits else digits + p + exponent


def read(value: Any, where: str) -> np.ndarray:
    """The array of {"shape", "data"}, or of nested lists, or of one number, as float64. Raises Unreadable.

    Whether its shape is the right one is no question of reading: that is a verdict.
    """
    if isinstance(value, Mapping):
        if not {"shape", "data"} <= value.keys():
            raise Unreadable(where, f'an array has "shape" and "data", got {", ".join(map(repr, value)) or "neither"}')
        shape, data = value["shape"], value["data"]
        if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
            raise Unreadable(f"{where}/shape", f"a list of lengths is expected, got {short(shape)}")
        if len(shape) > DEEPEST:
            raise Unreadable(f"{where}/shape", f"{len(shape)} axes; at most {DEEPEST} can be compared")
        if prod(n or 1 for n in shape) > MOST:
            raise Unreadable(f"{where}/shape", f"{short(shape)} has more elements than can be compared, at most {MOST:,}")
        if not isinstance(data, list):
            raise Unreadable(f"{where}/data", f"a list of numbers is expected, got {short(data)}")
        numbers = _flat(data, f"{where}/data")
        if len(numbers) != prod(shape):
            raise Unreadable(f"{where}/data", f"shape {shape} has {prod(shape)} elements, and data has {len(numbers)}")
        return np.array(numbers, float).reshape(shape)
    if isinstance(value, list):
        shape = _lengths(value, where)
        return np.array(_flat(value, where), float).reshape(shape)
    return np.array(number(value, where))


def _lengths(nested: Any, where: str, depth: int = 0) -> list[int]:
    if not isinstance(nested, list):
        return []
    _not_too_deep(where, depth)
    inner = [_lengths(part, f"{where}[{i}]", depth + 1) for i, part in enumerate(nested)]
    if any(one != inner[0] for one in inner):
        raise Unreadable(where, "rows of different lengths are no array")
    return [len(nested), *(inner[0] if inner else [])]


def _flat(nested: list, where: str, depth: int = 0) -> list[float]:
    _not_too_deep(where, depth)
    numbers: list[float] = []
    for i, part in enumerate(nested):
        numbers += _flat(part, f"{where}[{i}]", depth + 1) if isinstance(part, list) else [number(part, f"{where}[{i}]")]
    return numbers


def _not_too_deep(where: str, depth: int) -> None:
    if depth >= DEEPEST:
        raise Unreadable(where.partition("[")[0], f"lists within lists within lists: at most {DEEPEST} axes can be compared")


def number(value: Any, where: str) -> float:
    """A JSON number, "0x1.8p+0", or "nan", "inf", "-inf". Raises Unreadable."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise Unreadable(where, "a number beyond float64") from None
    if isinstance(value, str):
        try:
            return float.fromhex(value) if "x" in value.lower() else float(value)
        except (ValueError, OverflowError):
            pass
    raise Unreadable(where, f'a number is expected, or "0x1.8p+0", "nan", "inf", "-inf"; got {short(value)}')


def short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
