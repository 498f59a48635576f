"""How each framework stores convolution kernels. Canonical: kernel (filters, channels / groups, *size), bias (filters)."""

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


KINDS = ("conv1d", "conv2d")
LAYOUTS = {
    "torch": dict.fromkeys(KINDS, renamed(weight="kernel", bias="bias")),
    "keras": dict.fromkeys(KINDS, axes_reversed()),
    "flax": dict.fromkeys(KINDS, axes_reversed()),
    "linen": dict.fromkeys(KINDS, under("params/", axes_reversed())),
    "onnx": dict.fromkeys(KINDS, renamed(W="kernel", B="bias")),
}
