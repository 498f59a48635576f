"""An operation of keras.ops between the layers, by its class and attributes, in our words (oracles/models/said.py)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from nnparity.oracles.keras_models.read import OPERATIONS
from nnparity.oracles.models.op import Said
from nnparity.oracles.tensors import as_numpy

UNARY = {"Negative": "negative", "Sign": "sign", "Floor": "floor", "Ceil": "ceil", "Round": "round", "Log1p": "log1p",
         "Expm1": "expm1", "Tan": "tan", "LogicalNot": "logical_not", "Abs": "abs", "Absolute": "abs", "Exp": "exp", "Log": "log",
         "Sqrt": "sqrt", "Square": "square", "Reciprocal": "reciprocal", "Sin": "sin", "Cos": "cos", "Rsqrt": "rsqrt"}
BINARY = {"Power": "power", "Maximum": "maximum", "Minimum": "minimum", "Equal": "equal", "NotEqual": "not_equal",
          "Greater": "greater", "GreaterEqual": "greater_equal", "Less": "less", "LessEqual": "less_equal",
          "LogicalAnd": "logical_and", "LogicalOr": "logical_or", "Where": "where", **OPERATIONS}
OVER = {"Sum": "sum", "Prod": "prod", "Min": "min", "Amin": "min", "Max": "max", "Amax": "max", "Any": "any", "All": "all",
        "Mean": "mean", "Var": "var", "Std": "std", "Norm": "norm", "Logsumexp": "logsumexp"}

Given = Callable[[Any], int | np.ndarray]


def said(op: Any, args: Sequence[Any], kwargs: Mapping[str, Any], given: Given) -> Said | None:
    """`given` says of a tensor or a number which value it is, or its array. None for an operation that is not known."""
    name, every = type(op).__name__, [*args, *kwargs.values()]
    try:
        if name == "Einsum":
            return Said("einsum", {"equation": op.subscripts.replace(" ", "")}, tuple(map(given, every)))
        if name in UNARY and len(every) == 1:
            return Said(UNARY[name], {}, (given(every[0]),))
        if name in BINARY and len(every) == (3 if name == "Where" else 2):
            return Said(BINARY[name], {}, tuple(map(given, every)))
        return _of_one(op, name, every, given)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        return None


def _of_one(op: Any, name: str, every: Sequence[Any], given: Given) -> Said | None:
    x, ndim = every[0], len(every[0].shape)
    if name in OVER:
        over = range(ndim) if op.axis is None else (op.axis,) if isinstance(op.axis, int) else op.axis
        more: dict[str, Any] = {"less": 0} if name in ("Var", "Std") else {}
        if name == "Norm":
            more = {"order": {"euclidean": 2, None: 2, "fro": 2}.get(op.ord, op.ord)}
            if more["order"] not in (1, 2) or (len(tuple(over)) > 1 and op.ord not in (None, "fro")):
                return None
        elif len(every) != 1 or getattr(op, "initial", None) is not None:
            return None
        return Said(OVER[name], {"over": tuple(sorted(a % ndim for a in over)), "keep": bool(op.keepdims), **more}, (given(x),))
    match name:
        case "Clip" if len(every) == 1 and np.ndim(op.x_min) == np.ndim(op.x_max) == 0:
            low, high = (None if bound is None else float(bound) for bound in (op.x_min, op.x_max))
            return Said("clip", {"low": low, "high": high}, (given(x),))
        case "Cumsum" if op.axis is not None:
            return Said("cumsum", {"axis": op.axis % ndim}, (given(x),))
        case "Normalize" if op.order in (2, None, "euclidean") and isinstance(op.axis, int):
            epsilon = float(keras.config.epsilon() if op.epsilon is None else op.epsilon)
            return Said("normalize", {"axis": op.axis % ndim, "epsilon": epsilon}, (given(x),))
        case "Cast":
            kind = np.dtype(op.dtype).kind if op.dtype != "bfloat16" else "f"
            return Said("cast", {"to": {"f": "float", "b": "bool"}.get(kind, "int")}, (given(x),))
        case "Tril" | "Triu":
            seen = getattr(np, name.lower())(np.ones(x.shape[-2:], bool), op.k)
            return Said("where", {}, (seen, given(x), np.array(0.0)))
    return None


def array(value: Any) -> np.ndarray:
    """What no call computes."""
    return np.array(as_numpy(value)) if hasattr(value, "shape") and not isinstance(value, np.ndarray) else np.array(value)
