"""How each framework stores convolution kernels. Canonical: kernel (filters, channels / groups, *size), bias (filters)."""

from nnparity.cases.kinds import CONVOLUTIONS
from nnparity.oracles.layouts.layout import Layout, renamed, under


def axes_reversed() -> Layout:
    """keras.layers.Conv1D, Conv2D, flax Conv: kernel (*size, channels / groups, filters)."""
    def pack(params):
        kernel = params["kernel"]
        return {**params, "kernel": kernel.transpose(*range(2, kernel.ndim), 1, 0)}

    def unpack(arrays):
        kernel = arrays["kernel"]
        return {**arrays, "kernel": kernel.transpose(-1, -2, *range(kernel.ndim - 2))}

    return Layout(pack, unpack)


LAYOUTS = {
    "torch": dict.fromkeys(CONVOLUTIONS, renamed(weight="kernel", bias="bias")),
    "keras": dict.fromkeys(CONVOLUTIONS, axes_reversed()),
    "flax": dict.fromkeys(CONVOLUTIONS, axes_reversed()),
    "linen": dict.fromkeys(CONVOLUTIONS, under("params/", axes_reversed())),
    "onnx": dict.fromkeys(CONVOLUTIONS, renamed(W="kernel", B="bias")),
}
