"""What a node of an ONNX graph computes, in neutral words: what is left out is as the operator's specification says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from nnparity.oracles.layouts import IDENTITY, Layout, renamed
from nnparity.oracles.models.compute import interpolation
from nnparity.oracles.models.functions import USUAL
from nnparity.oracles.models.op import FIRST

Read = tuple[str, dict[str, Any], str]  # kind, settings, axes
CODE: Read = ("code", {}, "")
PLAIN = {"Relu": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid", "Softplus": "softplus", "Softsign": "softsign", "Mish": "mish",
         "HardSwish": "hard_swish", "Exp": "exp"}
ARITHMETIC = {"Add": "add", "Mul": "multiply", "Sub": "subtract", "Div": "divide", "MatMul": "matmul"}
SCALED = {"scale": "gamma", "B": "beta"}
NAMES = {"conv": {"W": "kernel", "B": "bias"}, "dense": {"B": "kernel", "C": "bias"}, "embedding": {"data": "table"},
         "batch_norm": {**SCALED, "input_mean": "running_mean", "input_var": "running_variance"},
         "layer_norm": {"Scale": "gamma", "B": "beta"}, "group_norm": SCALED, "rms_norm": SCALED, "prelu": {"slope": "slope"}}
# the inputs that are weights, by their places
WEIGHTS: dict[str, dict[int, str]] = {
    "Conv": {1: "W", 2: "B"}, "ConvTranspose": {1: "W", 2: "B"}, "Gemm": {1: "B", 2: "C"}, "MatMul": {1: "B"},
    "BatchNormalization": {1: "scale", 2: "B", 3: "input_mean", 4: "input_var"}, "LayerNormalization": {1: "Scale", 2: "B"},
    "InstanceNormalization": {1: "scale", 2: "B"}, "GroupNormalization": {1: "scale", 2: "B"}, "RMSNormalization": {1: "scale"},
    "PRelu": {1: "slope"}, "Gather": {0: "data"}, **dict.fromkeys(("RNN", "LSTM", "GRU"), {1: "W", 2: "R", 3: "B"}),
}


@dataclass(frozen=True)
class Call:
    """A node. `given` are its inputs that no input of the graph changes, by their places, None for the others; `shape` is that
    of the first of those."""

    operator: str
    attributes: Mapping[str, Any]
    shape: tuple[int, ...]
    given: Sequence[np.ndarray | None]
    weights: Mapping[str, np.ndarray]
    opset: int

    def get(self, name: str, usual: Any = None) -> Any:
        return self.attributes.get(name, usual)

    def said(self, name: str, place: int, usual: Any = None) -> Any:
        """What is an attribute in older versions of an operator, an input in newer ones."""
        if name in self.attributes:
            return self.attributes[name]
        a = self.given[place] if place < len(self.given) else None
        return usual if a is None or not a.size else a.item() if a.ndim == 0 else a.tolist()

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def factors(self) -> list[float]:
        """Of a Resize or an Upsample: by what each axis becomes longer; [] where that depends on the inputs."""
        axes = [axis % self.ndim for axis in self.get("axes", range(self.ndim))]
        old = self.operator == "Upsample" or self.opset < 11
        scales, sizes = self.said("scales", 1 if old else 2), None if old else self.said("sizes", 3)
        told = scales if sizes is None else [n / self.shape[axis] for axis, n in zip(axes, sizes)]
        return [] if told is None else list((dict.fromkeys(range(self.ndim), 1.0) | dict(zip(axes, told))).values())

    @property
    def auto(self) -> str:
        return self.get("auto_pad", "NOTSET") or "NOTSET"


def node(call: Call) -> Read:
    """(kind, settings, axes); kind "code" for what is not known, which is run, but whose variants are not."""
    get, ndim, weights, axes = call.get, call.ndim, call.weights, call.ndim - 2
    if call.operator in PLAIN:
        return activation(PLAIN[call.operator])
    match call.operator:
        case "Conv" if weights and ndim > 2:
            return f"conv{axes}d", {**windows(call), "padding": padding(call), "fill": "zeros"}, FIRST
        case "ConvTranspose" if weights and ndim in (3, 4):
            return f"conv_transpose{axes}d", {**windows(call), "crop": crop(call)}, FIRST
        case "Gemm" if weights and get("alpha", 1.0) == get("beta", 1.0) == 1 and not get("transA", 0):
            outputs = weights["B"].shape[0 if get("transB", 0) else 1]
            return ("dense", {}, "") if "C" not in weights or weights["C"].size == outputs else CODE
        case "MatMul" if weights and weights["B"].ndim == 2:
            return "dense", {}, ""
        case "Gather" if weights and weights["data"].ndim == 2 and not get("axis", 0):
            return "embedding", {"padding_row": None}, ""
        case "BatchNormalization" if weights and not get("training_mode", 0):
            return "batch_norm", {"epsilon": rounded(get("epsilon", 1e-5)), "momentum": rounded(get("momentum", 0.9)),
                                  "running_divisor": "n", "training": False}, FIRST
        case "LayerNormalization" if weights:
            return "layer_norm", {"epsilon": rounded(get("epsilon", 1e-5)), "axes": -from_end(get("axis", -1), ndim)}, ""
        case "RMSNormalization" if weights and from_end(get("axis", -1), ndim) == -1:
            return "rms_norm", {"epsilon": rounded(get("epsilon", 1e-5))}, ""
        case "InstanceNormalization" if weights:
            return "group_norm", {"groups": -1, "epsilon": rounded(get("epsilon", 1e-5))}, FIRST
        case "GroupNormalization" if weights and weights["scale"].size == call.shape[1]:  # before 21 one for each group
            return "group_norm", {"groups": get("num_groups"), "epsilon": rounded(get("epsilon", 1e-5))}, FIRST
        case "PRelu" if weights and weights["slope"].size in (1, call.shape[1]) and ndim > 1:
            return ("prelu", {}, FIRST) if places_of(weights["slope"].shape, ndim) in ((), (1,)) else CODE
        case "LeakyRelu":
            return activation("leaky_relu", slope=rounded(get("alpha", 0.01)))
        case "Elu":
            return activation("elu", alpha=rounded(get("alpha", 1.0)))
        case "Selu" if "alpha" not in call.attributes and "gamma" not in call.attributes:
            return activation("selu")
        case "HardSigmoid" if rounded(get("beta", 0.5)) == 0.5:
            return activation("hard_sigmoid", slope=rounded(get("alpha", 0.2)))
        case "Clip" if call.said("min", 1) == 0 and call.said("max", 2) is not None:
            return activation("clipped_relu", bound=float(call.said("max", 2)))
        case "Gelu":
            return activation("gelu", approximate="tanh" if get("approximate", "none") == "tanh" else "erf")
        case "Softmax" | "LogSoftmax":
            axis = from_end(get("axis", -1 if call.opset >= 13 else 1), ndim)
            name = "softmax" if call.operator == "Softmax" else "log_softmax"
            if call.opset < 13 and axis != -1:
                raise ValueError(f"in opset {call.opset} it goes over all axes from {axis} on: that is not read")
            return activation(name, axis=axis)
        case "MaxPool" | "AveragePool" if ndim in (3, 4) and set(get("dilations", [1])) == {1}:
            pool = {"size": tuple(get("kernel_shape")), "stride": tuple(get("strides", [1] * axes)), "padding": padding(call),
                    "ceil": bool(get("ceil_mode", 0))}
            if call.operator == "MaxPool":
                return f"max_pool{axes}d", pool, FIRST
            return f"average_pool{axes}d", {**pool, "divisor": "window" if get("count_include_pad", 0) else "cells"}, FIRST
        case "GlobalAveragePool" | "GlobalMaxPool":
            return "mean" if "Average" in call.operator else "max", {"over": tuple(range(2, ndim)), "keep": True}, FIRST
        case "ReduceMean" | "ReduceMax" if call.said("axes", 1):
            over = tuple(sorted(axis % ndim for axis in call.said("axes", 1)))
            image = FIRST if over == tuple(range(2, ndim)) else ""
            return "mean" if "Mean" in call.operator else "max", {"over": over, "keep": bool(get("keepdims", 1))}, image
        case "Resize" | "Upsample":
            return resized(call)
        case "Dropout":
            return "dropout", {"rate": rounded(float(call.said("ratio", 1, 0.5))), "draws": "each number",
                               "active": bool(call.said("training_mode", 2, False))}, ""
        case "Concat":
            return "concatenate", {"axis": get("axis") % ndim}, ""
    return ARITHMETIC.get(call.operator, "code"), {}, ""


def activation(name: str, **settings: Any) -> Read:
    return "activation", {"name": name, **USUAL.get(name, {}), **settings}, ""


def from_end(axis: int, ndim: int) -> int:
    return axis if axis < 0 else axis - ndim


def places_of(shape: Sequence[int], ndim: int) -> tuple[int, ...]:
    """The axes of a tensor that an array, laid onto its last ones, has more than one number for."""
    return tuple(ndim - len(shape) + k for k, n in enumerate(shape) if n > 1)


def rounded(number: float) -> float:
    """An attribute is kept in single precision: the number of few digits that was meant, or the fraction, as 1/6."""
    short = float(f"{number:.7g}")
    part = Fraction(number).limit_denominator(100)
    exact = np.float32(number)
    return float(part) if np.float32(part) == exact != np.float32(short) else short


def windows(call: Call) -> dict[str, Any]:
    axes = call.ndim - 2
    return {"stride": tuple(call.get("strides", [1] * axes)), "dilation": tuple(call.get("dilations", [1] * axes)),
            "groups": call.get("group", 1)}


SAME = {"SAME_UPPER": "same", "SAME_LOWER": "same_lower"}


def padding(call: Call):
    """ONNX states all the beginnings, then all the ends."""
    axes = call.ndim - 2
    if call.auto in SAME:
        return SAME[call.auto]
    ends = [0] * (2 * axes) if call.auto == "VALID" else call.get("pads", [0] * (2 * axes))
    return tuple(zip(ends[:axes], ends[axes:]))


def crop(call: Call) -> tuple[tuple[int, int], ...]:
    """Cells cut off at each end of a transposed convolution: its pads, or what is left over of a size that is stated."""
    axes, s = call.ndim - 2, windows(call)
    more = call.get("output_padding", [0] * axes)
    stated, auto = call.get("output_shape"), call.auto
    if not stated and auto not in SAME:
        return tuple((before, after - m) for (before, after), m in zip(padding(call), more))
    full = [(n - 1) * st + (k - 1) * d + 1 for n, k, st, d in
            zip(call.shape[2:], call.weights["W"].shape[2:], s["stride"], s["dilation"])]
    stated = stated or [n * st for n, st in zip(call.shape[2:], s["stride"])]
    cut = [f + m - n for f, m, n in zip(full, more, stated[-axes:])]
    first = [c // 2 if auto == "SAME_UPPER" else c - c // 2 for c in cut]
    return tuple((b, c - b - m) for b, c, m in zip(first, cut, more))


def resized(call: Call) -> Read:
    """An image whose sides alone are resized, by the same part of their cells in which the points are placed."""
    method = {"nearest": "nearest", "linear": "linear"}.get(call.get("mode", "nearest"))
    old, factors = call.operator == "Upsample", call.factors
    grid = "asymmetric" if old else call.get("coordinate_transformation_mode", "half_pixel")
    rounding = "floor" if old or grid == "tf_half_pixel_for_nn" else call.get("nearest_mode", "round_prefer_floor")
    odd = call.get("antialias", 0) or call.get("keep_aspect_ratio_policy", "stretch") != "stretch"
    out = [factor * n for factor, n in zip(factors, call.shape)]
    odd = odd or not out or method is None or call.ndim < 3
    if odd or factors[0] != 1 or factors[1] != 1 or any(abs(n - round(n)) > 1e-5 for n in out):
        return CODE
    pairs = list(zip(call.shape[2:], (round(n) for n in out[2:])))
    if grid == "pytorch_half_pixel" and all(m > 1 for _, m in pairs):
        grid = "half_pixel"
    if grid == "tf_half_pixel_for_nn" and method == "nearest":
        grid, rounding = "half_pixel", "round_prefer_ceil"
    if grid not in ("half_pixel", "align_corners", "asymmetric"):
        return CODE
    if method == "nearest" and any(np.any(interpolation(n, m, method, grid) != interpolation(n, m, method, f"{grid}, {rounding}"))
                                   for n, m in pairs):
        grid = f"{grid}, {rounding}"
    return "upsample", {"method": method, "grid": grid}, FIRST


def layout_of(kind: str, call: Call) -> Layout:
    """How an operator keeps its weights: dense kernels as they are or turned, Gemm's transB; slopes and biases with axes of one
    number."""
    names = NAMES.get("conv" if kind.startswith("conv") else kind)
    if names is None:
        return IDENTITY
    plain = renamed(**{w: ours for w, ours in names.items() if w in call.weights})
    turned = call.operator == "Gemm" and bool(call.get("transB", 0))
    lists = kind in ("dense", "group_norm", "prelu")
    shapes = {names[w]: a.shape for w, a in call.weights.items() if lists and names[w] != "kernel"}

    def flat(arrays):
        return {n: a.reshape(-1) if n in shapes else a.T if n == "kernel" and turned else a for n, a in arrays.items()}

    def shaped(params):
        return {n: a.reshape(shapes[n]) if n in shapes else a.T if n == "kernel" and turned else a for n, a in params.items()}
    return Layout(lambda params: plain.pack(shaped(params)), lambda arrays: flat(plain.unpack(arrays)))


__all__ = ["ARITHMETIC", "WEIGHTS", "Call", "layout_of", "node", "rounded"]
