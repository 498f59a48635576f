"""What a node of an ONNX graph computes, in neutral words: what is left out is as the operator's specification says."""

from collections.abc import Mapping
from typing import Any

from nnparity.oracles.layouts import IDENTITY, Layout, renamed
from nnparity.oracles.models.functions import USUAL
from nnparity.oracles.models.op import FIRST

Read = tuple[str, dict[str, Any], str]  # kind, settings, axes
PLAIN = {"Relu": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid", "Softplus": "softplus", "Softsign": "softsign", "Mish": "mish",
         "HardSwish": "hard_swish", "Exp": "exp"}
ARITHMETIC = {"Add": "add", "Mul": "multiply", "Sub": "subtract", "Div": "divide", "MatMul": "matmul"}
NAMES = {"conv": {"W": "kernel", "B": "bias"}, "dense": {"B": "kernel", "C": "bias"},
         "batch_norm": {"scale": "gamma", "B": "beta", "input_mean": "running_mean", "input_var": "running_variance"},
         "layer_norm": {"Scale": "gamma", "B": "beta"}}
# the inputs that are weights, in their order behind the first
WEIGHTS = {"Conv": ("W", "B"), "ConvTranspose": ("W", "B"), "Gemm": ("B", "C"), "MatMul": ("B",),
           "BatchNormalization": ("scale", "B", "input_mean", "input_var"), "LayerNormalization": ("Scale", "B")}


def node(operator: str, attributes: Mapping[str, Any], ndim: int, weights: Mapping[str, Any]) -> Read:
    """(kind, settings, axes); kind "code" for what is not known, which is run, but whose variants are not."""
    axes = ndim - 2
    get = attributes.get
    if operator in PLAIN:
        return "activation", {"name": PLAIN[operator], **USUAL.get(PLAIN[operator], {})}, ""
    match operator:
        case "Conv" if weights and ndim > 2 and get("auto_pad", "NOTSET") in ("NOTSET", "VALID", "SAME_UPPER"):
            return f"conv{axes}d", {**windows(attributes, axes), "padding": padding(attributes, axes), "fill": "zeros"}, FIRST
        case "ConvTranspose" if weights and ndim in (3, 4) and get("auto_pad", "NOTSET") == "NOTSET" and not get("output_shape"):
            more = get("output_padding", [0] * axes)
            crop = tuple((before, after - m) for (before, after), m in zip(padding(attributes, axes), more))
            return f"conv_transpose{axes}d", {**windows(attributes, axes), "crop": crop}, FIRST
        case "Gemm" if weights and get("alpha", 1.0) == get("beta", 1.0) == 1 and not get("transA", 0):
            return "dense", {}, ""
        case "MatMul" if weights and weights["B"].ndim == 2:
            return "dense", {}, ""
        case "BatchNormalization" if weights and not get("training_mode", 0):
            return "batch_norm", {"epsilon": rounded(get("epsilon", 1e-5)), "momentum": rounded(get("momentum", 0.9)),
                                  "running_divisor": "n", "training": False}, FIRST
        case "LayerNormalization" if weights:
            axis = get("axis", -1)
            return "layer_norm", {"epsilon": rounded(get("epsilon", 1e-5)), "axes": -axis if axis < 0 else ndim - axis}, ""
        case "LeakyRelu":
            return "activation", {"name": "leaky_relu", "slope": rounded(get("alpha", 0.01))}, ""
        case "Elu":
            return "activation", {"name": "elu", "alpha": rounded(get("alpha", 1.0))}, ""
        case "Gelu":
            return "activation", {"name": "gelu", "approximate": "tanh" if get("approximate", "none") == "tanh" else "erf"}, ""
        case "Softmax" | "LogSoftmax":
            axis = get("axis", -1)
            name = "softmax" if operator == "Softmax" else "log_softmax"
            return "activation", {"name": name, "axis": axis if axis < 0 else axis - ndim}, ""
        case "MaxPool" | "AveragePool" if ndim in (3, 4) and set(get("dilations", [1])) == {1} and get("auto_pad", "NOTSET") in (
                "NOTSET", "VALID", "SAME_UPPER"):
            pool = {"size": tuple(attributes["kernel_shape"]), "stride": tuple(get("strides", [1] * axes)),
                    "padding": padding(attributes, axes), "ceil": bool(get("ceil_mode", 0))}
            if operator == "MaxPool":
                return f"max_pool{axes}d", pool, FIRST
            return f"average_pool{axes}d", {**pool, "divisor": "window" if get("count_include_pad", 0) else "cells"}, FIRST
        case "GlobalAveragePool" | "GlobalMaxPool":
            kind = "mean" if operator == "GlobalAveragePool" else "max"
            return kind, {"over": tuple(range(2, ndim)), "keep": True}, FIRST
        case "Concat":
            return "concatenate", {"axis": attributes["axis"] % ndim}, ""
    return ARITHMETIC.get(operator, "code"), {}, ""


def rounded(number: float) -> float:
    """An attribute is kept in single precision: the decimal number that was meant."""
    return float(f"{number:.7g}")


def windows(attributes: Mapping[str, Any], axes: int) -> dict[str, Any]:
    return {"stride": tuple(attributes.get("strides", [1] * axes)), "dilation": tuple(attributes.get("dilations", [1] * axes)),
            "groups": attributes.get("group", 1)}


def padding(attributes: Mapping[str, Any], axes: int):
    """ONNX states all the beginnings, then all the ends."""
    auto = attributes.get("auto_pad", "NOTSET")
    if auto == "SAME_UPPER":
        return "same"
    ends = [0] * (2 * axes) if auto == "VALID" else attributes.get("pads", [0] * (2 * axes))
    return tuple(zip(ends[:axes], ends[axes:]))


def layout_of(kind: str, turned: bool) -> Layout:
    """`turned`: the kernel is (outputs, inputs), Gemm's transB."""
    names = NAMES.get("conv" if kind.startswith("conv") else kind)
    if names is None:
        return IDENTITY
    plain = renamed(**names)
    if not turned:
        return plain

    def turn(arrays):
        return {name: a.T if name == "kernel" else a for name, a in arrays.items()}
    return Layout(lambda params: plain.pack(turn(params)), lambda arrays: turn(plain.unpack(arrays)))
