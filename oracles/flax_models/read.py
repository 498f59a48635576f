"""What a layer of flax.nnx or an equation of JAX computes, in neutral words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import nn as N

from nnparity.oracles.flax_models.equations import Called, Constant, Equation
from nnparity.oracles.layouts import IDENTITY, Layout
from nnparity.oracles.layouts.padding import per_axis
from nnparity.oracles.models.compute import interpolation
from nnparity.oracles.models.examples import WHOLE
from nnparity.oracles.models.functions import USUAL
from nnparity.oracles.models.layouts import by_gate, gru_two_biases, moved, of, sided, transposed_kernel
from nnparity.oracles.models.op import LAST

Read = tuple[str, dict[str, Any], str]  # kind, settings, axes
CELLS = {N.recurrent.OptimizedLSTMCell: "lstm", N.recurrent.LSTMCell: "lstm", N.recurrent.GRUCell: "gru",
         N.recurrent.SimpleCell: "simple_rnn"}
FUNCTIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "hard_sigmoid": "hard_sigmoid", "elu": "elu", "silu": "silu",
             "softplus": "softplus", "selu": "selu", "identity": "linear"}
# equations, by the name of their primitive or of the function that was compiled
PLAIN = {"relu": "relu", "tanh": "tanh", "logistic": "sigmoid", "silu": "silu", "softplus": "softplus", "mish": "mish",
         "hard_sigmoid": "hard_sigmoid", "hard_silu": "hard_swish", "selu": "selu", "soft_sign": "softsign", "exp": "exp"}
RESIZED = (("nearest", "asymmetric"), ("nearest", "half_pixel"), ("linear", "half_pixel"), ("linear", "align_corners"),
           ("linear", "asymmetric"))
ARITHMETIC = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "add_any": "add"}


def module(m: nnx.Module, ndim: int, options: Mapping[str, Any]) -> Read:
    """(kind, settings, axes); kind "code" for a layer that is not known. `options` are a call's own, which come first."""
    def told(name: str) -> Any:
        return options[name] if options.get(name) is not None else getattr(m, name, None)
    if options.get("mask") is not None or getattr(m, "mask", None) is not None:
        return "code", {}, ""
    match m:
        case N.linear.LinearGeneral():
            return ("dense", {}, "") if not m.batch_axis else ("code", {}, "")
        case N.linear.Linear():
            return "dense", {}, ""
        case N.linear.Embed():
            return "embedding", {"padding_row": None}, ""
        case N.linear.Conv() if ndim == len(m.kernel_size) + 2 and set(per_axis(m.input_dilation or 1, ndim - 2)) == {1}:
            return f"conv{ndim - 2}d", convolution(m, ndim - 2), LAST
        case N.linear.ConvTranspose() if ndim in (3, 4) and ndim == len(m.kernel_size) + 2 and (crop := cropped(m, ndim - 2)):
            return f"conv_transpose{ndim - 2}d", {"stride": per_axis(m.strides or 1, ndim - 2), "groups": 1, "crop": crop,
                                                  "dilation": per_axis(m.kernel_dilation or 1, ndim - 2)}, LAST
        case N.normalization.BatchNorm() if m.axis in (-1, ndim - 1):
            return "batch_norm", {"epsilon": m.epsilon, "momentum": m.momentum, "running_divisor": "n",
                                  "training": not told("use_running_average")}, LAST
        case N.normalization.LayerNorm() if (n := last(m.reduction_axes, ndim)) and n == last(m.feature_axes, ndim):
            return "layer_norm", {"epsilon": m.epsilon, "axes": n}, ""
        case N.normalization.RMSNorm() if last(m.reduction_axes, ndim) == last(m.feature_axes, ndim) == 1:
            return "rms_norm", {"epsilon": m.epsilon}, ""
        case N.normalization.GroupNorm() if ndim > 1 and m.reduction_axes is None:
            return "group_norm", {"groups": m.num_groups, "epsilon": m.epsilon}, LAST
        case N.normalization.InstanceNorm() if last(m.feature_axes, ndim) == 1 and ndim > 2:
            return "group_norm", {"groups": -1, "epsilon": m.epsilon}, LAST
        case N.activations.PReLU():
            return "prelu", {}, LAST
        case N.stochastic.Dropout():
            active = m.rate > 0 and not told("deterministic")
            draws = "each number" if not m.broadcast_dims else (
                "whole channels" if tuple(a % ndim for a in m.broadcast_dims) == tuple(range(1, ndim - 1)) else
                WHOLE if sorted(a % ndim for a in m.broadcast_dims) == [*range(1, ndim)] else "a noise_shape")
            return ("dropout", {"rate": float(m.rate), "draws": draws, "active": active},
                    LAST if draws == "whole channels" else "")
    return "code", {}, ""


def convolution(m: Any, axes: int) -> dict[str, Any]:
    dilation = per_axis(m.kernel_dilation or 1, axes)
    size, fill, padding = m.kernel_size, "zeros", m.padding
    if padding in ("CIRCULAR", "REFLECT"):
        fill = {"CIRCULAR": "circular", "REFLECT": "reflect"}[padding]
        padding = tuple((d * (k - 1) // 2, (d * (k - 1) + 1) // 2) for k, d in zip(size, dilation))
    elif padding == "CAUSAL":
        padding = ((dilation[0] * (size[0] - 1), 0),)
    elif isinstance(padding, str):
        padding = {"SAME_LOWER": "same_lower"}.get(padding, padding.lower())
    else:
        padding = pairs(padding, axes)
    return {"stride": per_axis(m.strides or 1, axes), "dilation": dilation, "groups": m.feature_group_count, "padding": padding,
            "fill": fill}


def pairs(padding: Any, axes: int) -> tuple[tuple[int, int], ...]:
    """1, (1, 2) or ((0, 1), (1, 1)) as the cells before and after each axis."""
    each = (padding,) * axes if isinstance(padding, int) else padding
    return tuple((n, n) if isinstance(n, int) else tuple(n) for n in each)


def cropped(m: Any, axes: int) -> tuple[tuple[int, int], ...]:
    """What jax.lax.conv_transpose leaves of the whole output, (n - 1) s + d (k - 1) + 1 long: cells cut off at each end. () where
    it has other cells in front."""
    stride, dilation = per_axis(m.strides or 1, axes), per_axis(m.kernel_dilation or 1, axes)
    wide = [d * (k - 1) + 1 for k, d in zip(m.kernel_size, dilation)]
    if m.padding == "SAME":
        ends = [(k - 1 if s > k - 1 else -(-(k + s - 2) // 2), k + s - 2) for k, s in zip(wide, stride)]
        kept = [(before, both - before) for before, both in ends]
    elif m.padding == "VALID":
        kept = [(k - 1, k + s - 2 + max(k - s, 0) - (k - 1)) for k, s in zip(wide, stride)]
    elif isinstance(m.padding, str):
        return ()
    else:
        kept = list(pairs(m.padding, axes))
    crop = tuple((k - 1 - before, k - 1 - after) for k, (before, after) in zip(wide, kept))
    return crop if all(before >= 0 for before, _ in crop) else ()


def last(axes: Any, ndim: int) -> int:
    """How many of the last axes these are; 0 where they are others."""
    found = sorted(a % ndim for a in ((axes,) if isinstance(axes, int) else axes))
    return len(found) if found == list(range(ndim - len(found), ndim)) else 0


def cell(m: Any) -> tuple[str, dict[str, Any]] | None:
    """(kind, settings) of a recurrent cell; None for one that computes something else."""
    base = next((cls for cls in type(m).__mro__ if cls in CELLS), None)
    kind = CELLS[base] if base is not None and type(m).__call__ is base.__call__ else None  # its dense layers may be others
    gate, f = (named(getattr(m, name, jax.nn.sigmoid)) for name in ("gate_fn", "activation_fn"))
    if kind is None or not gate or not f or getattr(m, "residual", False):
        return None
    return kind, {"activation": f, "gate_activation": gate, "valid": None} | ({"reset": "after"} if kind == "gru" else {})


def named(function: Any) -> str:
    """The neutral name of an activation function; "" of one that is not known."""
    name = getattr(function, "__name__", "")
    known = name in FUNCTIONS and function in [getattr(place, name, None) for place in (jax.nn, nnx, jnp)]
    return FUNCTIONS[name] if known else ""


def equation(e: Equation | Called, shapes: Sequence[tuple[int, ...]], evaluated: Callable) -> Read:
    """What one equation, or function that left several, computes. `evaluated(x)` computes it on an array."""
    ndim = len(shapes[0])
    if isinstance(e, Called):
        return e.kind, dict(e.settings), LAST if e.kind.startswith("average_pool") else ""
    name, params = e.name, e.params
    if name in PLAIN:
        return "activation", {"name": PLAIN[name], **USUAL.get(PLAIN[name], {})}, ""
    if name == "relu6":
        return "activation", {"name": "clipped_relu", "bound": 6.0}, ""
    if name in ("leaky_relu", "elu"):
        y = float(-np.asarray(evaluated(np.full(shapes[0], -1.0))).reshape(-1)[0])
        size = round(float(y if name == "leaky_relu" else y / -np.expm1(-1.0)), 12)
        return "activation", {"name": name, "slope" if name == "leaky_relu" else "alpha": size}, ""
    if name == "log_softmax":
        axis = next(x.params["axes"][0] for x in e.params["jaxpr"].jaxpr.eqns if x.primitive.name == "reduce_max")
        return "activation", {"name": "log_softmax", "axis": axis - ndim}, ""
    if name in ARITHMETIC:
        return ARITHMETIC[name], {}, ""
    if name == "_resize":
        return resized(shapes[0], evaluated)
    if name == "max" and any(isinstance(v, Constant) and np.ndim(v.value) == 0 and v.value == 0 for v in e.ins):
        return "activation", {"name": "relu"}, ""
    if name == "reduce_max":
        return "max", {"over": tuple(params["axes"]), "keep": False}, ""
    if name == "concatenate":
        return "concatenate", {"axis": params["dimension"]}, ""
    if name == "reduce_window_max" and ndim in (3, 4) and pooled(params):
        sizes, strides, ends = (tuple(params[p])[1:-1] for p in ("window_dimensions", "window_strides", "padding"))
        return f"max_pool{ndim - 2}d", {"size": sizes, "stride": strides, "padding": ends, "ceil": False}, LAST
    if name == "dot_general" and len(shapes) == 2 and plain_product(params, shapes):
        return "matmul", {}, ""
    return "code", {}, ""


def resized(shape: tuple[int, ...], evaluated: Callable) -> Read:
    """jax.image.resize, whose method its equations do not tell: found by its numbers."""
    x = np.random.default_rng(0).normal(size=shape)
    y = np.asarray(evaluated(x))
    changed = [axis for axis, (n, m) in enumerate(zip(shape, y.shape)) if n != m]
    for method, grid in RESIZED if changed and changed[0] > 0 and changed[-1] < len(shape) - 1 else ():
        expected = x
        for axis in changed:
            matrix = interpolation(shape[axis], y.shape[axis], method, grid)
            expected = np.moveaxis(np.moveaxis(expected, axis, -1) @ matrix.T, -1, axis)
        if np.allclose(y, expected, rtol=0, atol=1e-6):  # its places are worked out in single precision
            return "upsample", {"method": method, "grid": grid}, LAST
    return "code", {}, ""


def pooled(params: Mapping[str, Any]) -> bool:
    """Windows over what stands between batch and channels, without gaps."""
    ends = [tuple(params[p])[k] for p in ("window_dimensions", "window_strides") for k in (0, -1)]
    return set(ends) | set(params["base_dilation"]) | set(params["window_dilation"]) == {1}


def plain_product(params: Mapping[str, Any], shapes: Sequence[tuple[int, ...]]) -> bool:
    """x y of the last two axes, the others alike."""
    (one, other), (batch, batches) = params["dimension_numbers"]
    n = len(shapes[0])
    return (len(shapes[1]) == n and tuple(one) == (n - 1,) and tuple(other) == (n - 2,)
            and tuple(batch) == tuple(batches) == tuple(range(n - 2)))


def layout_of(m: Any, kind: str) -> Layout:
    """Of the weights of a layer by the names that weights_of gives them."""
    if kind == "bidirectional":
        return sided(layout_of(m.forward_rnn.cell, read_kind(m.forward_rnn.cell)))
    if isinstance(m, N.recurrent.LSTMCell):
        return by_gate("ifgo")
    if isinstance(m, N.recurrent.GRUCell) and m.dense_h.bias is not None:
        return gru_two_biases()
    if kind.startswith("conv_transpose"):
        axes = len(m.kernel_size)
        turned = moved((axes + 1, axes, *range(axes)), kernel="kernel", bias="bias")
        return turned if m.transpose_kernel else transposed_kernel(axes)
    try:
        return of("flax", kind)
    except KeyError:
        return IDENTITY


def read_kind(m: Any) -> str:
    found = cell(m)
    return found[0] if found else "code"


def weights_of(m: Any) -> dict[str, Any]:
    """Its variables, parameters, running statistics and what is frozen, by the names of the attributes that hold them."""
    if isinstance(m, N.recurrent.Bidirectional):
        return {f"{side}/{name}": v for side, rnn in (("forward", m.forward_rnn), ("backward", m.backward_rnn))
                for name, v in weights_of(rnn).items()}
    m = m.cell if isinstance(m, N.recurrent.RNN) else m
    return {"/".join(map(str, path)): node for path, node in nnx.iter_graph(m) if isinstance(node, nnx.Variable)
            and not isinstance(node, nnx.RngState)}
