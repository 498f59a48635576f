"""Which plain functions a layer runs, and how its arrays get into them and out: padding, axes of examples, options.

A program is a class; its instance is one run of the layer. `enter` gives the names that the forward function takes, `leave` makes
the outputs of all names that are known after it; `pull` gives what the backward function takes beside them, `grads` the
gradients.
"""

import math
from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from nnparity.cases.case import Arrays, Layer
from nnparity.reference_impl.activations import ACTIVATIONS, OPTIONS
from nnparity.reference_impl.defaults import activation_defaults, activation_of, defaults
from nnparity.reference_impl.layers.pooling import pool_windows
from nnparity.reference_impl.layers.windows import Windows, windows
from nnparity.reference_impl.plain import losses as of_losses
from nnparity.reference_impl.plain import rows as of_rows
from nnparity.reference_impl.plain import windows as of_windows

Names = Mapping[str, Any]
NOT_ELEMENTWISE = ("softmax", "log_softmax")


class Program:
    """One layer written out. `function` is the name of its forward function in `module`; the backward one is `..._backward`."""

    module: ModuleType = of_rows
    axes = 0  # of x, where the number is known: more of them are axes in front
    fixed: Names = {}  # option -> the only values that are written out

    def __init__(self, kind: str, config: Names):
        self.kind = kind
        layer = Layer(kind, config=dict(config))
        self.config = {**defaults(kind), **activation_defaults(layer), **config}
        self.activation = activation_of(layer)

    @classmethod
    def writes(cls, config: Names) -> bool:
        """Whether a layer with all these options is written out."""
        return all(config.get(option, values[0]) in values for option, values in cls.fixed.items())

    @property
    def function(self) -> str:
        raise NotImplementedError

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        raise NotImplementedError

    def leave(self, names: Names) -> Arrays:
        return {"y": names["y"]}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        raise NotImplementedError

    def grads(self, names: Names) -> Arrays:
        raise NotImplementedError

    def slopes(self) -> Names:
        """f and f_slope, the activation function and its derivative, both of the pre-activation; and those of others by name."""
        if self.activation is None or self.activation in NOT_ELEMENTWISE:
            return {}
        options = {name: self.config[name] for name in OPTIONS[self.activation] if name in self.config}
        others = {name: partial(function, name, options={}) for name in ("sigmoid", "tanh", "relu")}
        slopes = {f"{name}_slope": partial(slope, name, options={}) for name in others}
        return {"f": partial(function, self.activation, options=options),
                "f_slope": partial(slope, self.activation, options=options), **others, **slopes}


def function(name: str, a: np.ndarray, options: Names) -> np.ndarray:
    return ACTIVATIONS[name](np.asarray(a), **options)[0]


def slope(name: str, a: np.ndarray, options: Names) -> np.ndarray:
    """f'(a), elementwise."""
    a = np.asarray(a)
    return ACTIVATIONS[name](a, **options)[1](np.ones_like(a))


class Windowed(Program):
    """x with its padding around it, one axis as two."""

    module = of_windows
    filled = 0.0  # the padding
    slide: Windows

    def __init__(self, kind: str, config: Names):
        super().__init__(kind, config)
        self.spatial = int(kind[-2])
        self.axes = 2 + self.spatial

    def as_image(self, a: np.ndarray) -> np.ndarray:
        return np.expand_dims(a, -2) if self.spatial == 1 else a

    def as_given(self, a: np.ndarray) -> np.ndarray:
        return np.squeeze(a, -2) if self.spatial == 1 else a

    def pair(self, of_each_axis) -> tuple[int, int]:
        return (1, *of_each_axis) if self.spatial == 1 else tuple(of_each_axis)

    def padded(self, x: np.ndarray) -> np.ndarray:
        pads = [(0, 0)] * (x.ndim - self.spatial) + [*self.slide.pads]
        return self.as_image(np.pad(x, pads, constant_values=self.filled) if any(map(sum, pads)) else x)

    def leave(self, names: Names) -> Arrays:
        return {"y": self.as_given(names["y"])}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        return {"dy": self.as_image(cotangents["y"])}

    def unpadded(self, dx: np.ndarray) -> np.ndarray:
        return np.array(self.slide.unpad(self.as_given(dx)))


class Pooling(Windowed):
    fixed = {"divisor": ("window",)}

    def __init__(self, kind: str, config: Names):
        super().__init__(kind, config)
        self.filled = -math.inf if kind.startswith("max") else 0.0

    @property
    def function(self) -> str:
        return self.kind[:-2]

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        x, config = inputs["x"], self.config
        stride, padding = config.get("stride"), config.get("padding", "valid")
        self.slide = pool_windows(self.kind, self.spatial, x, config["size"], stride, padding)
        (kh, kw), (sh, sw) = self.pair(self.slide.size), self.pair(self.slide.stride)
        return {"x": self.padded(x), "kh": kh, "kw": kw, "sh": sh, "sw": sw}

    def grads(self, names: Names) -> Arrays:
        return {"x": self.unpadded(names["dx"])}


class Convolution(Windowed):
    @classmethod
    def writes(cls, config: Names) -> bool:
        return config.get("activation") not in NOT_ELEMENTWISE

    @property
    def function(self) -> str:
        return "convolution"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        x, kernel, config = inputs["x"], params["kernel"], self.config
        self.slide = windows(self.kind, x.shape[2:], kernel.shape[2:], config["stride"], config["padding"], config["dilation"])
        (sh, sw), (dh, dw) = self.pair(self.slide.stride), self.pair(self.slide.dilation)
        self.biased = "bias" in params
        bias = params.get("bias", np.zeros(len(kernel), kernel.dtype))
        return {"x": self.padded(x), "kernel": self.as_image(kernel), "bias": bias, "groups": config["groups"],
                "sh": sh, "sw": sw, "dh": dh, "dw": dw, **self.slopes()}

    def grads(self, names: Names) -> Arrays:
        return {"kernel": self.as_given(names["dkernel"]), "x": self.unpadded(names["dx"]),
                **({"bias": names["dbias"]} if self.biased else {})}


class Rowwise(Program):
    """x (..., features) as rows."""

    def rows(self, x: np.ndarray) -> np.ndarray:
        self.shape = x.shape
        return x.reshape(-1, x.shape[-1])

    def leave(self, names: Names) -> Arrays:
        return {"y": names["y"].reshape(*self.shape[:-1], -1)}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        dy = cotangents["y"]
        return {"dy": dy.reshape(-1, dy.shape[-1])}

    def grads(self, names: Names) -> Arrays:
        return {"x": names["dx"].reshape(self.shape)}


class Dense(Rowwise):
    @classmethod
    def writes(cls, config: Names) -> bool:
        return config.get("bias", "vector") in ("vector", "none") and config.get("activation") != "log_softmax" and config.get(
            "axis", -1) == -1

    @property
    def function(self) -> str:
        return "dense_softmax" if self.activation == "softmax" else "dense"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        kernel = params["kernel"]
        bias = params.get("bias", np.zeros(kernel.shape[1], kernel.dtype))
        self.biased = "bias" in params
        return {"x": self.rows(inputs["x"]), "kernel": kernel, "bias": bias, **self.slopes()}

    def grads(self, names: Names) -> Arrays:
        bias = {"bias": names["dbias"]} if self.biased else {}
        return {"kernel": names["dkernel"], **bias, **super().grads(names)}


class Activation(Rowwise):
    @classmethod
    def writes(cls, config: Names) -> bool:
        return config.get("function") != "log_softmax" and config.get("axis", -1) == -1

    @property
    def function(self) -> str:
        return "softmax" if self.activation == "softmax" else "elementwise"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        return {"x": self.rows(inputs["x"]), **self.slopes()}


class LayerNorm(Rowwise):
    def scales(self, params: Arrays, width: int, dtype: np.dtype) -> Names:
        self.own = params.keys()
        return {"gamma": params.get("gamma", np.ones(width, dtype)), "beta": params.get("beta", np.zeros(width, dtype)),
                "epsilon": self.config["epsilon"]}

    @property
    def function(self) -> str:
        return "layer_norm"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        x = self.rows(inputs["x"])
        return {"x": x, **self.scales(params, x.shape[-1], x.dtype)}

    def grads(self, names: Names) -> Arrays:
        return {**{name: names[f"d{name}"] for name in self.own}, **super().grads(names)}


class BatchNorm(LayerNorm):
    @property
    def function(self) -> str:
        return "batch_norm" if self.config["mode"] == "training" else "batch_norm_inference"

    def rows(self, x: np.ndarray) -> np.ndarray:
        return super().rows(np.moveaxis(x, self.config["axis"], -1))

    def back(self, rows: np.ndarray) -> np.ndarray:
        return np.moveaxis(rows.reshape(self.shape), -1, self.config["axis"])

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        x, config = self.rows(inputs["x"]), self.config
        self.running = {name: inputs[name] for name in ("running_mean", "running_variance") if name in inputs}
        nothing = np.zeros(x.shape[-1], x.dtype)
        given = {"running_mean": nothing, "running_variance": nothing, **self.running}
        names = {"x": x, **self.scales(params, x.shape[-1], x.dtype), **given}
        if config["mode"] == "inference":
            return names
        m, n = config["momentum"], len(x)
        old, new = (m, 1 - m) if config["momentum_of"] == "old" else (1 - m, m)
        return {**names, "old": old, "new": new, "correction": n / (n - 1) if config["running_divisor"] == "n-1" else 1}

    def leave(self, names: Names) -> Arrays:
        moved = {"running_mean": "next_mean", "running_variance": "next_variance"} if self.config["mode"] == "training" else {}
        return {"y": self.back(names["y"]), **{name: names[moved[name]] for name in self.running if name in moved}}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        return {"dy": np.moveaxis(cotangents["y"], self.config["axis"], -1).reshape(-1, self.shape[-1])}

    def grads(self, names: Names) -> Arrays:
        running = {"running_mean": names["dmean"], "running_variance": names["dvariance"]} if (
            self.config["mode"] == "inference") else {}
        return {**{name: names[f"d{name}"] for name in self.own}, "x": self.back(names["dx"]), **running}


class Dropout(Program):
    @property
    def function(self) -> str:
        return "dropout"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        keep = 1 - self.config["rate"] if self.config.get("scaling", "inverted") == "inverted" else 1
        return {"x": inputs["x"], "mask": inputs["mask"], "keep": keep}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        return {"dy": cotangents["y"]}

    def grads(self, names: Names) -> Arrays:
        return {"x": names["dx"]}


class Embedding(Program):
    @property
    def function(self) -> str:
        return "embedding"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        self.shape = inputs["x"].shape
        return {"tokens": inputs["x"].reshape(-1), "table": params["table"]}

    def leave(self, names: Names) -> Arrays:
        return {"y": names["y"].reshape(*self.shape, -1)}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        dy = cotangents["y"]
        return {"dy": dy.reshape(-1, dy.shape[-1])}

    def grads(self, names: Names) -> Arrays:
        return {"table": names["dtable"]}


class Loss(Program):
    """One number for the batch."""

    module = of_losses
    fixed = {"reduction": ("mean", "sum", "batch_mean"), "clip": ("none",), "normalise": ("none",), "labels": ("one_hot",),
             "prediction": ("probabilities",), "axes": (2,)}

    @property
    def function(self) -> str:
        return self.kind

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        x, t = inputs["x"], inputs["target"]
        own = len(x) if "categorical" in self.kind or "softmax" in self.kind else x.size
        divisor = {"mean": own, "sum": 1, "batch_mean": len(x)}[self.config["reduction"]]
        return {"x": x, "t": t, "divisor": divisor, "half": 0.5 if self.config.get("scale") == "half" else 1}

    def leave(self, names: Names) -> Arrays:
        return {"y": np.asarray(names["loss"])}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        return {"dloss": cotangents["y"]}

    def grads(self, names: Names) -> Arrays:
        return {"x": names["dx"]}


PROGRAMS: dict[str, type[Program]] = {
    **dict.fromkeys(("max_pool1d", "max_pool2d", "average_pool1d", "average_pool2d"), Pooling),
    **dict.fromkeys(("conv1d", "conv2d"), Convolution),
    **dict.fromkeys(("squared_error", "binary_cross_entropy", "categorical_cross_entropy", "softmax_cross_entropy"), Loss),
    "activation": Activation, "batch_norm": BatchNorm, "dense": Dense, "dropout": Dropout, "embedding": Embedding,
    "layer_norm": LayerNorm,
}


def has_program(layer: Layer) -> bool:
    """Whether the layer, with its options, is written out."""
    if layer.kind not in PROGRAMS or layer.default:
        return False
    return PROGRAMS[layer.kind].writes({**defaults(layer.kind), **layer.config})


def rank_of(params: Arrays, inputs: Arrays, program: Program) -> int:
    """How many axes stand in front of the layouts."""
    if program.axes:
        return inputs["x"].ndim - program.axes
    known: dict[str, int] = {"kernel": 2, "table": 2, "gamma": 1, "beta": 1, "running_mean": 1}
    for name, axes in known.items():
        if name in params or name in inputs:
            return (params.get(name) if name in params else inputs[name]).ndim - axes  # type: ignore[union-attr]
    return inputs["x"].ndim - 2 if "target" in inputs else 0
