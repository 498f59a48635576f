"""Pooling and convolution written out: the padding and the second axis are put around, and taken off."""

import math

import numpy as np

from nnparity.cases.case import Arrays
from nnparity.reference_impl.layers.pooling import pool_windows
from nnparity.reference_impl.layers.windows import Windows, windows
from nnparity.reference_impl.plain import windows as of_windows
from nnparity.reference_impl.plain.program import NOT_ELEMENTWISE, Names, Program


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
