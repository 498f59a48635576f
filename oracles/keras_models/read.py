"""What a layer or an operation of Keras computes, in neutral words."""

from typing import Any

import keras
from keras import layers as L

from nnparity.oracles.layouts import IDENTITY, Layout
from nnparity.oracles.models.examples import WHOLE
from nnparity.oracles.models.functions import USUAL
from nnparity.oracles.models.layouts import depthwise, of, sided, slopes
from nnparity.oracles.models.op import FIRST, LAST

Read = tuple[str, dict[str, Any], str]
NAMES = {"hard_silu": "hard_swish", "swish": "silu", "relu6": "clipped_relu"}
RECURRENT = {L.SimpleRNN: "simple_rnn", L.LSTM: "lstm", L.GRU: "gru"}
CELLS = {L.SimpleRNNCell: "simple_rnn", L.LSTMCell: "lstm", L.GRUCell: "gru"}
JOINS = ("concat", "sum", "mul", "ave")
ARITHMETIC = {L.Add: "add", L.Multiply: "multiply", L.Subtract: "subtract"}
OPERATIONS = {"Add": "add", "Multiply": "multiply", "Subtract": "subtract", "Divide": "divide", "TrueDivide": "divide",
              "Matmul": "matmul"}
ACTIVATED = (L.Dense, L.Conv1D, L.Conv2D, L.Conv3D, L.Conv1DTranspose, L.Conv2DTranspose, L.DepthwiseConv1D, L.DepthwiseConv2D)


def function(activation: Any) -> dict[str, Any] | None:
    """The settings of an activation function; None for one that is not known."""
    name = getattr(activation, "__name__", "")
    name = NAMES.get(name, name)
    usual = {**USUAL, "leaky_relu": {"slope": 0.2}, "gelu": {"approximate": "erf"}}
    known = ("linear", "relu", "tanh", "sigmoid", "softmax", "log_softmax", "elu", "selu", "gelu", "silu", "softplus", "softsign",
             "leaky_relu", "hard_sigmoid", "hard_swish", "mish", "clipped_relu")
    if name not in known or not getattr(activation, "__module__", "").startswith("keras"):
        return None
    return {"name": name, **usual.get(name, {})}


def layer(la: Any, ndim: int, training: bool) -> Read:
    """(kind, settings, axes); kind "code" for a layer that is not known. A recurrent one as if it returned all its steps."""
    axes = ndim - 2
    place = LAST if getattr(la, "data_format", None) == "channels_last" else FIRST
    match la:
        case L.Dense():
            return "dense", {}, ""
        case L.DepthwiseConv1D() | L.DepthwiseConv2D():
            channels = la.kernel.shape[axes]
            return f"conv{axes}d", {"stride": la.strides, "dilation": la.dilation_rate, "groups": channels,
                                    "padding": la.padding, "fill": "zeros"}, place
        case L.Conv1DTranspose() | L.Conv2DTranspose() if la.output_padding is None:
            return f"conv_transpose{axes}d", {"stride": la.strides, "dilation": la.dilation_rate, "groups": 1,
                                              "crop": la.padding}, place
        case L.Conv1D() | L.Conv2D() | L.Conv3D():
            return f"conv{axes}d", {"stride": la.strides, "dilation": la.dilation_rate, "groups": la.groups,
                                    "padding": causal(la) if la.padding == "causal" else la.padding, "fill": "zeros"}, place
        case L.BatchNormalization() if la.axis in (-1, 1, ndim - 1):
            return "batch_norm", {"epsilon": la.epsilon, "momentum": la.momentum, "running_divisor": "n",
                                  "training": bool(training and la.trainable)}, FIRST if la.axis == 1 and ndim > 2 else LAST
        case L.LayerNormalization() if _last(la.axis, ndim):
            return "layer_norm", {"epsilon": la.epsilon, "axes": _last(la.axis, ndim)}, ""
        case L.RMSNormalization() if la.axis in (-1, ndim - 1, [-1], [ndim - 1]):
            return "rms_norm", {"epsilon": la.epsilon}, ""
        case L.GroupNormalization() if la.axis in (-1, ndim - 1):
            return "group_norm", {"groups": la.groups, "epsilon": la.epsilon}, LAST
        case L.Embedding():
            return "embedding", {"padding_row": None}, ""
        case L.ReLU() if not la.negative_slope and not la.threshold:
            return "activation", ({"name": "relu"} if la.max_value is None else
                                  {"name": "clipped_relu", "bound": float(la.max_value)}), ""
        case L.ReLU() if not la.threshold and la.max_value is None:
            return "activation", {"name": "leaky_relu", "slope": float(la.negative_slope)}, ""
        case L.LeakyReLU():
            return "activation", {"name": "leaky_relu", "slope": float(la.negative_slope)}, ""
        case L.ELU():
            return "activation", {"name": "elu", "alpha": float(la.alpha)}, ""
        case L.Softmax() if isinstance(la.axis, int):
            return "activation", {"name": "softmax", "axis": la.axis if la.axis < 0 else la.axis - ndim}, ""
        case L.PReLU():
            return "prelu", {}, LAST
        case L.Activation() if (settings := function(la.activation)) is not None:
            return "activation", settings, ""
        case L.MaxPooling1D() | L.MaxPooling2D():
            return f"max_pool{axes}d", _pool(la), place
        case L.AveragePooling1D() | L.AveragePooling2D():
            return f"average_pool{axes}d", {**_pool(la), "divisor": "cells"}, place
        case L.GlobalAveragePooling1D() | L.GlobalAveragePooling2D():
            return "mean", {"over": tuple(range(2, ndim)), "keep": la.keepdims}, place
        case L.GlobalMaxPooling1D() | L.GlobalMaxPooling2D():
            return "max", {"over": tuple(range(2, ndim)), "keep": la.keepdims}, place
        case L.UpSampling2D():
            grid = "asymmetric" if la.interpolation == "nearest" else "half_pixel"
            return "upsample", {"method": {"bilinear": "linear"}.get(la.interpolation, la.interpolation), "grid": grid}, place
        case L.UpSampling1D():
            return "upsample", {"method": "nearest", "grid": "asymmetric"}, LAST
        case L.Concatenate():
            return "concatenate", {"axis": la.axis % ndim}, ""
        case L.Attention() if la.score_mode == "dot" and not la.use_scale:
            return "attention", {"causal": False, "scale": 1.0}, ""
        case L.SpatialDropout1D() | L.SpatialDropout2D() | L.SpatialDropout3D():
            return ("dropout", {"rate": float(la.rate), "draws": "whole channels"},
                    LAST if isinstance(la, L.SpatialDropout1D) else place)
        case L.Dropout():
            each = la.noise_shape is None
            examples = not each and set(la.noise_shape[1:]) == {1} and la.noise_shape[0] != 1
            draws = "each number" if each else WHOLE if examples else "a noise_shape"
            return "dropout", {"rate": float(la.rate), "draws": draws}, ""
        case L.GaussianDropout():
            return "dropout", {"rate": float(la.rate), "draws": "gaussian factors"}, ""
        case L.AlphaDropout():
            return "dropout", {"rate": float(la.rate), "draws": "alpha"}, ""
        case L.GaussianNoise():
            return "dropout", {"rate": float(la.stddev), "draws": "added noise"}, ""
        case L.TimeDistributed() if isinstance(la.layer, L.Dense):
            return "dense", {}, ""
    if type(la) in ARITHMETIC:
        return ARITHMETIC[type(la)], {}, ""
    if type(la) in RECURRENT:
        return RECURRENT[type(la)], recurrent(la), ""
    if type(la) in CELLS and not (la.dropout or la.recurrent_dropout):
        return CELLS[type(la)], recurrent(la), ""
    if isinstance(la, L.Bidirectional) and type(la.forward_layer) in RECURRENT and la.merge_mode in JOINS:
        # how both are joined is a call of its own
        return "bidirectional", {**recurrent(la.forward_layer), "layer": RECURRENT[type(la.forward_layer)]}, ""
    return "code", {}, ""


def recurrent(la: Any) -> dict[str, Any]:
    settings = {"activation": NAMES.get(la.activation.__name__, la.activation.__name__),
                "gate_activation": getattr(getattr(la, "recurrent_activation", None), "__name__", "sigmoid")}
    gated = isinstance(la, (L.GRU, L.GRUCell))
    return settings | {"valid": None} | ({"reset": "after" if la.reset_after else "before"} if gated else {})


def operation(op: Any, ndim: int) -> Read:
    """An operation of keras.ops in a functional model."""
    name = type(op).__name__
    if name in OPERATIONS:
        return OPERATIONS[name], {}, ""
    lowered = {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Silu": "silu", "Softplus": "softplus", "Exp": "exp",
               "Selu": "selu"}.get(name)
    if lowered:
        return "activation", {"name": lowered, **USUAL.get(lowered, {})}, ""
    if name in ("Softmax", "LogSoftmax"):
        axis = op.axis if op.axis is not None else -1
        return "activation", {"name": "softmax" if name == "Softmax" else "log_softmax",
                              "axis": axis if axis < 0 else axis - ndim}, ""
    if name == "Gelu":
        return "activation", {"name": "gelu", "approximate": "tanh" if op.approximate else "erf"}, ""
    if name == "Concatenate":
        return "concatenate", {"axis": op.axis % ndim}, ""
    if name == "Resize" and ndim == 4 and plain_resize(op):
        grid, place = "half_pixel", LAST if op.data_format == "channels_last" else FIRST
        return "upsample", {"method": {"bilinear": "linear"}.get(op.interpolation, op.interpolation), "grid": grid}, place
    if name == "Mean" and op.axis is not None:
        over = (op.axis,) if isinstance(op.axis, int) else op.axis
        return "mean", {"over": tuple(sorted(a % ndim for a in over)), "keep": op.keepdims}, ""
    return "code", {}, ""


def plain_resize(op: Any) -> bool:
    """Whether every image is stretched, and none smoothed, cropped or padded."""
    return not (op.antialias or getattr(op, "crop_to_aspect_ratio", False) or getattr(op, "pad_to_aspect_ratio", False)) and (
        op.interpolation in ("nearest", "bilinear"))


def causal(la: Any) -> tuple[tuple[int, int]]:
    """All of the padding stands in front: no output sees a later input."""
    return ((la.dilation_rate[0] * (la.kernel_size[0] - 1), 0),)


def _last(axis, ndim: int) -> int:
    """How many of the last axes these are; 0 where they are others."""
    axes = sorted(a % ndim for a in ((axis,) if isinstance(axis, int) else axis))
    return len(axes) if axes == list(range(ndim - len(axes), ndim)) else 0


def _pool(la: Any) -> dict[str, Any]:
    return {"size": la.pool_size, "stride": la.strides, "padding": la.padding, "ceil": False}


def layout_of(la: Any, kind: str) -> Layout:
    if isinstance(la, (L.DepthwiseConv1D, L.DepthwiseConv2D)):
        return depthwise(la.depth_multiplier)
    if isinstance(la, L.PReLU):
        return slopes(tuple(la.alpha.shape))
    if kind == "bidirectional":
        return sided(of("keras", RECURRENT[type(la.forward_layer)]))
    try:
        return of("keras", kind)
    except KeyError:
        return IDENTITY


def weights_of(la: Any) -> dict[str, Any]:
    """Its variables by their names; of a bidirectional layer with the side in front."""
    if isinstance(la, L.Bidirectional):
        return {f"{side}/{name}": w for side, part in (("forward", la.forward_layer), ("backward", la.backward_layer))
                for name, w in weights_of(part).items()}
    if isinstance(la, L.TimeDistributed):
        return weights_of(la.layer)
    if isinstance(la, L.RNN):
        la = la.cell
    return {w.name: w for w in la.weights if not isinstance(w, keras.random.SeedGenerator) and "seed" not in w.name}
