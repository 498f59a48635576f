"""A function of PyTorch's between the layers, by its name and arguments, in our words (oracles/models/said.py)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from nnparity.oracles.models.op import Said
from nnparity.oracles.tensors import as_numpy
from nnparity.oracles.torch_models.read import ARITHMETIC

# the names of PyTorch's, without underscores, and ours
UNARY = {"neg": "negative", "negative": "negative", "sign": "sign", "sgn": "sign", "floor": "floor", "ceil": "ceil",
         "log1p": "log1p", "expm1": "expm1", "tan": "tan", "invert": "logical_not", "logical_not": "logical_not",
         "bitwise_not": "logical_not", "abs": "abs", "absolute": "abs", "exp": "exp", "log": "log", "sqrt": "sqrt",
         "square": "square", "reciprocal": "reciprocal", "sin": "sin", "cos": "cos", "rsqrt": "rsqrt", "round": "round"}
BINARY = {"pow": "power", "maximum": "maximum", "minimum": "minimum", "eq": "equal", "ne": "not_equal", "gt": "greater",
          "ge": "greater_equal", "lt": "less", "le": "less_equal", "and": "logical_and", "or": "logical_or",
          "bitwise_and": "logical_and", "bitwise_or": "logical_or", "logical_and": "logical_and", "logical_or": "logical_or",
          **{name.strip("_"): kind for name, kind in ARITHMETIC.items()}, "imul": "multiply", "multiply": "multiply",
          "isub": "subtract", "subtract": "subtract", "itruediv": "divide", "divide": "divide"}
TURNED = {"rsub": "subtract", "rtruediv": "divide", "rdiv": "divide", "rpow": "power"}
WHOLE = ("logical_not", "logical_and", "logical_or")  # on numbers, not on truths, these are of bits
OVER = {"sum": "sum", "prod": "prod", "amin": "min", "min": "min", "amax": "max", "max": "max", "any": "any", "all": "all",
        "logsumexp": "logsumexp", "mean": "mean", "norm": "norm", "linalg_norm": "norm", "linalg_vector_norm": "norm",
        "var": "var", "std": "std"}
ARGUMENTS = {**dict.fromkeys(OVER, "x dim keepdim"),
             **dict.fromkeys(("norm", "linalg_norm", "linalg_vector_norm"), "x p dim keepdim"),
             **dict.fromkeys(("clamp", "clip"), "x min max"), "clamp_min": "x min", "clamp_max": "x max",
             "masked_fill": "x mask value", "where": "mask x value", "cumsum": "x dim", "normalize": "x p dim eps",
             "cosine_similarity": "x y dim eps", "tril": "x diagonal", "triu": "x diagonal"}
CASTS = {"float": "float", "double": "float", "bool": "bool", "long": "int", "int": "int"}
OTHERWISE = {"input": "x", "self": "x", "condition": "mask", "other": "value", "axis": "dim", "ord": "p", "x1": "x", "x2": "y"}

Given = Callable[[Any], int | np.ndarray]


def said(name: str, args: Sequence[Any], kwargs: Mapping[str, Any], given: Given) -> Said | None:
    """`given` says of a tensor or a number which value it is, or its array. None for a function that is not known, or is told
    something that is not."""
    own = name.strip("_")
    try:
        return _said(own, list(args), dict(kwargs), given)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        return None


def _said(own: str, args: list[Any], kwargs: dict[str, Any], given: Given) -> Said | None:
    if own in UNARY and len(args) == 1 and not kwargs:
        if UNARY[own] in WHOLE and args[0].dtype != torch.bool:
            return None
        return Said(UNARY[own], {}, (given(args[0]),))
    if own in {**BINARY, **TURNED} and len(args) + len(kwargs) == 2 and not kwargs.keys() - {"other", "exponent", "mat2"}:
        pair = [*args, *kwargs.values()]
        ours = {**BINARY, **TURNED}[own]
        if ours in WHOLE and any(t.dtype != torch.bool for t in pair):
            return None
        return Said(ours, {}, tuple(given(a) for a in (pair[::-1] if own in TURNED else pair)))
    if own in CASTS and len(args) == 1 and not kwargs:
        return Said("cast", {"to": CASTS[own]}, (given(args[0]),))
    if own == "to" and len(args) == 2 and isinstance(args[1], torch.dtype) and not kwargs:
        to = "float" if args[1].is_floating_point else "bool" if args[1] == torch.bool else "int"
        return Said("cast", {"to": to}, (given(args[0]),))
    if own == "einsum" and isinstance(args[0], str):
        operands = args[1] if len(args) == 2 and isinstance(args[1], (list, tuple)) else args[1:]
        return Said("einsum", {"equation": args[0].replace(" ", "")}, tuple(map(given, operands)))
    if own == "scaled_dot_product_attention":
        told = dict(zip(("query", "key", "value", "attn_mask", "dropout_p", "is_causal"), args)) | kwargs
        if told.get("is_causal") or told.get("enable_gqa") or told.get("attn_mask") is None:
            return None
        mask = told["attn_mask"]
        how = ("scores", "keeps" if mask.dtype == torch.bool else "added")
        return Said("attention", {"scale": told.get("scale"), "hidden": -np.inf, "masks": (how,)},
                    tuple(given(told[name]) for name in ("query", "key", "value", "attn_mask")))
    if own not in ARGUMENTS:
        return None
    told = dict(zip(ARGUMENTS[own].split(), args)) | {OTHERWISE.get(key, key): a for key, a in kwargs.items()}
    return _told(own, told, given)


def _told(own: str, told: dict[str, Any], given: Given) -> Said | None:
    x = told.pop("x")
    ndim = x.ndim if isinstance(x, torch.Tensor) else 0
    if own in OVER:
        dim, keep = told.pop("dim", None), bool(told.pop("keepdim", False))
        more: dict[str, Any] = {}
        if own in ("min", "max") and (dim is not None or "other" in told or "value" in told):
            return None  # of two tensors, or with the places of what is found
        if OVER[own] == "norm":
            order = told.pop("p", 2)
            more = {"order": {"fro": 2, None: 2}.get(order, order)}
            if more["order"] not in (1, 2) or (dim is None and own == "linalg_norm" and ndim > 1 and order is not None):
                return None
        if OVER[own] in ("var", "std"):
            unbiased = told.pop("unbiased", True)
            if isinstance(dim, bool):
                unbiased, dim = dim, None
            more = {"less": int(told.pop("correction", int(unbiased)))}
        if told.pop("dtype", None) is not None or told:
            return None
        over = range(ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
        return Said(OVER[own], {"over": tuple(sorted(a % ndim for a in over)), "keep": keep, **more}, (given(x),))
    match own:
        case "clamp" | "clip" | "clamp_min" | "clamp_max":
            low, high = told.get("min"), told.get("max")
            if isinstance(low, torch.Tensor) or isinstance(high, torch.Tensor):
                return None
            return Said("clip", {"low": low, "high": high}, (given(x),))
        case "masked_fill":
            return Said("where", {}, (given(told["mask"]), given(told["value"]), given(x)))
        case "where":
            return Said("where", {}, (given(told["mask"]), given(x), given(told["value"])))
        case "cumsum":
            return Said("cumsum", {"axis": told["dim"] % ndim}, (given(x),)) if len(told) == 1 else None
        case "normalize" if told.get("p", 2) == 2:
            return Said("normalize", {"axis": told.get("dim", 1) % ndim, "epsilon": told.get("eps", 1e-12)}, (given(x),))
        case "cosine_similarity" if ndim == told["y"].ndim:
            return Said("cosine", {"axis": told.get("dim", 1) % ndim, "epsilon": told.get("eps", 1e-8)},
                        (given(x), given(told["y"])))
        case "tril" | "triu":
            seen = getattr(np, own)(np.ones(x.shape[-2:], bool), told.get("diagonal", 0))
            return Said("where", {}, (seen, given(x), np.array(0.0)))
    return None


def array(value: Any) -> np.ndarray:
    """What no call computes."""
    return as_numpy(value).copy() if isinstance(value, torch.Tensor) else np.array(value)
