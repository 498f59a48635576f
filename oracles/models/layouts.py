"""Layouts of what `oracles/layouts` does not have: two directions of a recurrent layer, transposed and deep convolutions."""

import numpy as np

from nnparity.oracles.layouts import LAYOUTS, Layout, renamed


def of(framework: str, kind: str) -> Layout:
    """The layout of a layer's weights. Raises KeyError where there is none."""
    return {**MORE[framework], **LAYOUTS[framework]}[kind]


def sided(layout: Layout) -> Layout:
    """Two layers of one kind, their arrays under forward/ and backward/."""
    def each(function):
        def both(arrays):
            parted: dict[str, dict] = {"forward": {}, "backward": {}}
            for name, a in arrays.items():
                side, _, own = name.partition("/")
                parted[side][own] = a
            return {f"{side}/{name}": a for side, own in parted.items() if own for name, a in function(own).items()}
        return both
    return Layout(each(layout.pack), each(layout.unpack))


def moved(order, **theirs_to_ours) -> Layout:
    """As `renamed`, and the kernel's axes in another order: ours, told by theirs."""
    names, undone = renamed(**theirs_to_ours), tuple(np.argsort(order))

    def turned(by):
        return lambda arrays: {n: a.transpose(by) if n == "kernel" else a for n, a in arrays.items()}
    return Layout(lambda params: names.pack(turned(undone)(params)), lambda arrays: turned(order)(names.unpack(arrays)))


def depthwise(multiple: int) -> Layout:
    """keras.layers.DepthwiseConv2D: kernel (height, width, channels, multiple); ours (channels · multiple, 1, height, width)."""
    def pack(params):
        k, shape = params["kernel"], params["kernel"].shape
        return {**params, "kernel": k.reshape(-1, multiple, *shape[2:]).transpose(*range(2, k.ndim), 0, 1)}

    def unpack(arrays):
        k = arrays["kernel"]
        axes = k.ndim - 2
        return {**arrays, "kernel": k.transpose(axes, axes + 1, *range(axes)).reshape(-1, 1, *k.shape[:axes])}
    return Layout(pack, unpack)


def by_gate(gates: str) -> Layout:
    """flax.nnx.LSTMCell: two layers for each gate g, "ig" of the input and "hg", which has the bias, of the state."""
    def stored(side: str, g: str) -> str:
        return "if_" if side + g == "if" else side + g  # the one that Python has another use for

    def pack(params):
        kernels = {f"{stored(side, g)}/kernel": params[name][k]
                   for side, name in (("i", "kernel"), ("h", "recurrent_kernel")) for k, g in enumerate(gates)}
        return kernels | {f"{stored('h', g)}/bias": params["bias"][k] for k, g in enumerate(gates) if "bias" in params}

    def unpack(arrays):
        return {name: np.stack([arrays[f"{stored(side, g)}/{own}"] for g in gates])
                for name, side, own in (("kernel", "i", "kernel"), ("recurrent_kernel", "h", "kernel"), ("bias", "h", "bias"))}
    return Layout(pack, unpack)


def gru_two_biases() -> Layout:
    """flax.nnx.GRUCell whose dense_h was made with a bias, as the GRUs of PyTorch and Keras have one within the reset gate."""
    plain = LAYOUTS["flax"]["gru"]

    def pack(params):
        one = {name: a for name, a in params.items() if name != "recurrent_bias"}
        return plain.pack(one) | {"dense_h/bias": params["recurrent_bias"].reshape(-1)}

    def unpack(arrays):
        one = {name: a for name, a in arrays.items() if name != "dense_h/bias"}
        return plain.unpack(one) | {"recurrent_bias": arrays["dense_h/bias"].reshape(3, -1)}
    return Layout(pack, unpack)


def transposed_kernel(axes: int) -> Layout:
    """flax.nnx.ConvTranspose: kernel (height, width, channels, filters), which is slid over the input as it stands; ours
    (channels, filters, height, width) is the kernel whose gradient the layer is, and so turned around."""
    plain, window = moved((axes, axes + 1, *range(axes)), kernel="kernel", bias="bias"), tuple(range(2, axes + 2))

    def turned(params):
        return {n: np.flip(a, window) if n == "kernel" else a for n, a in params.items()}
    return Layout(lambda params: plain.pack(turned(params)), lambda arrays: turned(plain.unpack(arrays)))


def slope() -> Layout:
    """flax.nnx.PReLU: one number, ours (1,); made with one for each channel it works along the last axis."""
    return Layout(lambda params: {"negative_slope": a.reshape(()) if (a := params["slope"]).size == 1 else a},
                  lambda arrays: {"slope": np.atleast_1d(arrays["negative_slope"])})


def slopes(shape: tuple[int, ...]) -> Layout:
    """keras.layers.PReLU: alpha (height, width, channels), ours (channels,) where the other axes are shared and so 1."""
    flat = shape[-1:] if all(n == 1 for n in shape[:-1]) else shape
    return Layout(lambda params: {"alpha": params["slope"].reshape(shape)},
                  lambda arrays: {"slope": arrays["alpha"].reshape(flat)})


MORE = {
    "torch": {
        "conv3d": renamed(weight="kernel", bias="bias"), "conv_transpose1d": renamed(weight="kernel", bias="bias"),
        "conv_transpose2d": renamed(weight="kernel", bias="bias"), "group_norm": renamed(weight="gamma", bias="beta"),
        "rms_norm": renamed(weight="gamma"), "prelu": renamed(weight="slope"),
    },
    "keras": {
        "conv3d": moved((4, 3, 0, 1, 2), kernel="kernel", bias="bias"),
        # (height, width, filters, channels); ours (channels, filters, height, width)
        "conv_transpose1d": moved((2, 1, 0), kernel="kernel", bias="bias"),
        "conv_transpose2d": moved((3, 2, 0, 1), kernel="kernel", bias="bias"),
        "group_norm": renamed(gamma="gamma", beta="beta"), "rms_norm": renamed(scale="gamma"), "prelu": renamed(alpha="slope"),
    },
    "flax": {
        "conv3d": moved((4, 3, 0, 1, 2), kernel="kernel", bias="bias"), "group_norm": renamed(scale="gamma", bias="beta"),
        "rms_norm": renamed(scale="gamma"), "prelu": slope(),
    },
}
