"""Functions of arrays by names of our own, each with its formula in NumPy: what a call says of itself, and a writer writes.

`FORMULAS[name](settings, *arrays)`. Axes are counted from the front; `over` are those that are gone afterwards, or of size one
with `keep`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Formula = Callable[..., Any]
COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
LOGICAL = ("logical_and", "logical_or", "logical_not")
# functions of one number, and of two, which are broadcast
UNARY: dict[str, Formula] = {
    "negative": np.negative, "abs": np.abs, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "square": np.square,
    "reciprocal": np.reciprocal, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sign": np.sign, "floor": np.floor,
    "ceil": np.ceil, "round": np.round, "log1p": np.log1p, "expm1": np.expm1, "rsqrt": lambda x: 1 / np.sqrt(x),
    "logical_not": np.logical_not, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
}
BINARY: dict[str, Formula] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "power": np.power,
    "maximum": np.maximum, "minimum": np.minimum,
    **{name: getattr(np, name) for name in (*COMPARISONS, "logical_and", "logical_or")},
}
# reductions
OVER: dict[str, Callable[[np.ndarray, tuple[int, ...], Mapping[str, Any]], Any]] = {
    "sum": lambda x, over, s: x.sum(over, keepdims=True), "mean": lambda x, over, s: x.mean(over, keepdims=True),
    "max": lambda x, over, s: x.max(over, keepdims=True), "min": lambda x, over, s: x.min(over, keepdims=True),
    "prod": lambda x, over, s: x.prod(over, keepdims=True), "any": lambda x, over, s: x.any(over, keepdims=True),
    "all": lambda x, over, s: x.all(over, keepdims=True),
    "var": lambda x, over, s: x.var(over, keepdims=True, ddof=s["less"]),
    "std": lambda x, over, s: x.std(over, keepdims=True, ddof=s["less"]),
    "norm": lambda x, over, s: (np.abs(x) ** s["order"]).sum(over, keepdims=True) ** (1 / s["order"]),
    "logsumexp": lambda x, over, s: np.log(np.exp(x - x.max(over, keepdims=True)).sum(over, keepdims=True)) + x.max(
        over, keepdims=True),
}


def reduced(name: str) -> Formula:
    def formula(s: Mapping[str, Any], x: np.ndarray) -> np.ndarray:
        y = OVER[name](x, tuple(s["over"]), s)
        return y if s["keep"] else y.squeeze(tuple(s["over"]))
    return formula


def normalize(s: Mapping[str, Any], x: np.ndarray) -> np.ndarray:
    """x / max(‖x‖, epsilon)."""
    return x / np.maximum(np.linalg.norm(x, axis=s["axis"], keepdims=True), s["epsilon"])


def cosine(s: Mapping[str, Any], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x·y / (max(‖x‖, epsilon) max(‖y‖, epsilon))."""
    return (normalize(s, x) * normalize(s, y)).sum(s["axis"])


FORMULAS: dict[str, Formula] = {
    **{name: (lambda s, *xs, f=f: f(*xs)) for name, f in {**UNARY, **BINARY}.items()},
    **{name: reduced(name) for name in OVER},
    "where": lambda s, c, a, b: np.where(c, a, b),
    "clip": lambda s, x: np.clip(x, s["low"], s["high"]),
    "cumsum": lambda s, x: x.cumsum(s["axis"]),
    "cast": lambda s, x: x.astype({"float": float, "int": np.int64, "bool": bool}[s["to"]]),
    "normalize": normalize, "cosine": cosine,
    "einsum": lambda s, *xs: np.einsum(s["equation"], *xs),
    "matmul": lambda s, a, b: a @ b,
    "roll": lambda s, x: np.roll(x, s["shift"], s["axes"]),
    "take": lambda s, x, places: x.take(places, s["axis"]),
}
