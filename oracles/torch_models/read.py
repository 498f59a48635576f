"""What a module or a function of PyTorch computes, in neutral words."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from nnparity.oracles.layouts import IDENTITY, Layout
from nnparity.oracles.models.functions import USUAL
from nnparity.oracles.models.layouts import of
from nnparity.oracles.models.op import FIRST

Read = tuple[str, dict[str, Any], str]  # kind, settings, axes
PLAIN = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.SiLU: "silu", nn.SELU: "selu", nn.Softsign: "softsign",
         nn.Mish: "mish", nn.Hardsigmoid: "hard_sigmoid", nn.Hardswish: "hard_swish", nn.ReLU6: "clipped_relu"}
RECURRENT = {nn.RNN: "simple_rnn", nn.LSTM: "lstm", nn.GRU: "gru"}
CELLS = {nn.RNNCell: "simple_rnn", nn.LSTMCell: "lstm", nn.GRUCell: "gru"}
DRAWS = {**dict.fromkeys(("dropout1d", "dropout2d", "dropout3d", "feature_dropout"), "whole channels"), "alphadropout": "alpha",
         "alpha_dropout": "alpha", "featurealphadropout": "alpha of whole channels"}
# functions: their name -> (kind, settings); what takes more than that stands in `function`
FUNCTIONS: dict[str, tuple[str, str]] = {
    "relu": ("activation", "relu"), "relu_": ("activation", "relu"), "tanh": ("activation", "tanh"),
    "sigmoid": ("activation", "sigmoid"), "silu": ("activation", "silu"), "selu": ("activation", "selu"),
    "mish": ("activation", "mish"), "relu6": ("activation", "clipped_relu"), "hardswish": ("activation", "hard_swish"),
    "hardsigmoid": ("activation", "hard_sigmoid"), "softplus": ("activation", "softplus"), "softsign": ("activation", "softsign"),
    "exp": ("activation", "exp"),
}
ARITHMETIC = {"add": "add", "__add__": "add", "__radd__": "add", "add_": "add", "__iadd__": "add", "mul": "multiply",
              "__mul__": "multiply", "__rmul__": "multiply", "mul_": "multiply", "sub": "subtract", "__sub__": "subtract",
              "div": "divide", "__truediv__": "divide", "true_divide": "divide", "matmul": "matmul", "__matmul__": "matmul",
              "bmm": "matmul"}


def plain(name: str) -> Read:
    return "activation", {"name": name, **USUAL.get(name, {})}, ""


def module(m: nn.Module, ndim: int) -> Read:
    """(kind, settings, axes) of a leaf module; kind "code" for one that is not known."""
    axes: int = ndim - 2
    mode: Any = m  # as it is: PyTorch states some attributes' types too widely
    match m:
        case _ if type(m) in PLAIN:
            return plain(PLAIN[type(m)])
        case nn.Linear():
            return "dense", {}, ""
        case nn.Conv1d() | nn.Conv2d() | nn.Conv3d():
            pairs = m.padding if isinstance(m.padding, str) else tuple((n, n) for n in m.padding)
            return f"conv{axes}d", {"stride": m.stride, "dilation": m.dilation, "groups": m.groups, "padding": pairs,
                                    "fill": m.padding_mode}, FIRST
        case nn.ConvTranspose1d() | nn.ConvTranspose2d():
            crop = tuple((n, n - o) for n, o in zip(mode.padding, mode.output_padding))
            return f"conv_transpose{axes}d", {"stride": m.stride, "dilation": m.dilation, "groups": m.groups, "crop": crop}, FIRST
        case nn.modules.batchnorm._BatchNorm():
            momentum = None if m.momentum is None else round(1 - m.momentum, 12)
            return "batch_norm", {"epsilon": m.eps, "momentum": momentum, "running_divisor": "n-1",
                                  "training": m.training or m.running_mean is None}, FIRST
        case nn.modules.instancenorm._InstanceNorm() if not m.track_running_stats:
            return "group_norm", {"groups": -1, "epsilon": m.eps}, FIRST
        case nn.LayerNorm():
            return "layer_norm", {"epsilon": m.eps, "axes": len(m.normalized_shape)}, ""
        case nn.RMSNorm():
            return "rms_norm", {"epsilon": m.eps or torch.finfo(torch.float64).eps}, ""
        case nn.GroupNorm():
            return "group_norm", {"groups": m.num_groups, "epsilon": m.eps}, FIRST
        case nn.Embedding():
            return "embedding", {"padding_row": m.padding_idx}, ""
        case nn.LeakyReLU():
            return "activation", {"name": "leaky_relu", "slope": m.negative_slope}, ""
        case nn.ELU():
            return "activation", {"name": "elu", "alpha": m.alpha}, ""
        case nn.GELU():
            return "activation", {"name": "gelu", "approximate": "tanh" if m.approximate == "tanh" else "erf"}, ""
        case nn.Softplus() if m.beta == 1:
            return plain("softplus")
        case nn.Softmax() | nn.LogSoftmax() if m.dim is not None:
            name = "softmax" if isinstance(m, nn.Softmax) else "log_softmax"
            return "activation", {"name": name, "axis": from_end(m.dim, ndim)}, ""
        case nn.PReLU():
            return "prelu", {}, FIRST
        case nn.MaxPool1d() | nn.MaxPool2d() if m.dilation in (1, (1,), (1, 1)) and not m.return_indices:
            return f"max_pool{axes}d", pool(m.kernel_size, m.stride, m.padding, m.ceil_mode, axes), FIRST
        case nn.AvgPool1d() | nn.AvgPool2d() if getattr(m, "divisor_override", None) is None:
            divisor = "window" if m.count_include_pad else "cells"
            return (f"average_pool{axes}d", {**pool(m.kernel_size, m.stride, m.padding, m.ceil_mode, axes), "divisor": divisor},
                    FIRST)
        case nn.AdaptiveAvgPool1d() | nn.AdaptiveAvgPool2d() if ones(m.output_size):
            return "mean", {"over": tuple(range(2, ndim)), "keep": True}, FIRST
        case nn.AdaptiveMaxPool1d() | nn.AdaptiveMaxPool2d() if ones(m.output_size):
            return "max", {"over": tuple(range(2, ndim)), "keep": True}, FIRST
        case nn.modules.dropout._DropoutNd():
            return dropped(m.p, DRAWS.get(type(m).__name__.lower(), "each number"))
        case nn.Upsample():
            return "upsample", resized(m.mode, m.align_corners, m.scale_factor or m.size), FIRST
    return "code", {}, ""


def dropped(rate: float, draws: str) -> Read:
    return "dropout", {"rate": rate, "draws": draws}, FIRST if draws == "whole channels" else ""


def ones(size) -> bool:
    return size in (1, (1,), (1, 1))


def from_end(axis: int, ndim: int) -> int:
    """An axis counted from the end, as -1."""
    return axis if axis < 0 else axis - ndim


def every(value, axes: int) -> tuple[int, ...]:
    """One number for each axis."""
    value = (value,) if isinstance(value, int) else tuple(value)
    return value * axes if len(value) == 1 else value


def pool(size, stride, padding, ceil, axes) -> dict[str, Any]:
    pairs = tuple((n, n) for n in every(padding, axes))
    return {"size": every(size, axes), "stride": every(size if stride is None or stride == [] else stride, axes),
            "padding": pairs, "ceil": bool(ceil)}


def resized(mode, align_corners, _) -> dict[str, Any]:
    if mode == "nearest":
        return {"method": "nearest", "grid": "asymmetric"}
    grid = "align_corners" if align_corners else "half_pixel"
    return {"method": {"bilinear": "linear", "linear": "linear", "nearest-exact": "nearest"}.get(mode, mode), "grid": grid}


def function(name: str, bound: Mapping[str, Any], ndim: int) -> Read:
    """(kind, settings, axes) of a function call by its name and arguments."""
    axes = ndim - 2
    if name in FUNCTIONS:
        return plain(FUNCTIONS[name][1])
    if name in ARITHMETIC:
        return ARITHMETIC[name], {}, ""
    match name:
        case "linear":
            return "dense", {}, ""
        case "leaky_relu" | "leaky_relu_":
            return "activation", {"name": "leaky_relu", "slope": bound.get("negative_slope", 0.01)}, ""
        case "elu":
            return "activation", {"name": "elu", "alpha": bound.get("alpha", 1.0)}, ""
        case "gelu":
            return "activation", {"name": "gelu", "approximate": "tanh" if bound.get("approximate") == "tanh" else "erf"}, ""
        case "softmax" | "log_softmax" if bound.get("dim") is not None:
            return "activation", {"name": name, "axis": from_end(bound["dim"], ndim)}, ""
        case "max_pool1d" | "max_pool2d" | "boolean_dispatch" if ndim > 2:
            return (f"max_pool{axes}d", pool(bound["kernel_size"], bound.get("stride"), bound.get("padding", 0),
                                             bound.get("ceil_mode", False), axes), FIRST)
        case "avg_pool1d" | "avg_pool2d":
            divisor = "window" if bound.get("count_include_pad", True) else "cells"
            return (f"average_pool{axes}d", {**pool(bound["kernel_size"], bound.get("stride"), bound.get("padding", 0),
                                                    bound.get("ceil_mode", False), axes), "divisor": divisor}, FIRST)
        case "adaptive_avg_pool1d" | "adaptive_avg_pool2d" if ones(bound.get("output_size")):
            return "mean", {"over": tuple(range(2, ndim)), "keep": True}, FIRST
        case "mean" | "amax" | "max" if (over := bound.get("dim", bound.get("axis"))) is not None:
            over = tuple(sorted(axis % ndim for axis in ((over,) if isinstance(over, int) else over)))
            image = FIRST if over == tuple(range(2, ndim)) else ""
            return "mean" if name == "mean" else "max", {"over": over, "keep": bool(bound.get("keepdim", False))}, image
        case "cat" | "concat" | "concatenate":
            return "concatenate", {"axis": bound.get("dim", bound.get("axis", 0)) % ndim}, ""
        case "dropout" | "dropout1d" | "dropout2d" | "dropout3d" | "feature_dropout" | "alpha_dropout":
            return dropped(bound.get("p", 0.5), DRAWS.get(name, "each number"))
        case "conv1d" | "conv2d":
            padding = bound.get("padding", 0)
            pairs = padding if isinstance(padding, str) else tuple((n, n) for n in every(padding, axes))
            return name, {**windows(bound, axes), "padding": pairs, "fill": "zeros"}, FIRST
        case "conv_transpose1d" | "conv_transpose2d":
            ends = zip(every(bound.get("padding", 0), axes), every(bound.get("output_padding", 0), axes))
            return name, {**windows(bound, axes), "crop": tuple((n, n - more) for n, more in ends)}, FIRST
        case "batch_norm":
            own = bound.get("running_mean") is not None
            return "batch_norm", {"epsilon": bound.get("eps", 1e-5), "momentum": 1 - bound.get("momentum", 0.1),
                                  "running_divisor": "n-1", "training": bool(bound.get("training", False)) or not own}, FIRST
        case "layer_norm":
            return "layer_norm", {"epsilon": bound.get("eps", 1e-5), "axes": len(bound["normalized_shape"])}, ""
        case "interpolate":
            return "upsample", resized(bound.get("mode", "nearest"), bound.get("align_corners"), None), FIRST
        case "scaled_dot_product_attention" if bound.get("attn_mask") is None:
            return "attention", {"causal": bool(bound.get("is_causal", False)), "scale": bound.get("scale")}, ""
    return "code", {}, ""


def windows(bound: Mapping[str, Any], axes: int) -> dict[str, Any]:
    return {"stride": every(bound.get("stride", 1), axes), "dilation": every(bound.get("dilation", 1), axes),
            "groups": bound.get("groups", 1)}


def layout_of(kind: str) -> Layout:
    try:
        return of("torch", kind)
    except KeyError:
        return IDENTITY


def weights_of(m: nn.Module) -> dict[str, torch.Tensor]:
    """Its own parameters and running statistics."""
    return dict(m.named_parameters(recurse=False)) | {n: b for n, b in m.named_buffers(recurse=False)
                                                      if b is not None and n != "num_batches_tracked"}
