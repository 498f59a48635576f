"""Convolution along one or two axes, as every framework computes it: a correlation, the kernel is not flipped.

    a[b, o, p] = Σ_c Σ_u kernel[o, c, u] · x[b, c, p · stride + u · dilation] + bias[o]         y = activation(a)

p and u run over positions and kernel taps (a pair of numbers each in 2-D), x has its padding around it. With `groups`
the channels and the filters are cut into as many parts and each part of the filters sees its part of the channels only.

    dL/dkernel[o, c, u] = Σ_b Σ_p da[b, o, p] · x[b, c, p · stride + u · dilation]
    dL/dx[b, c, q]      = Σ_o Σ_u kernel[o, c, u] · da[b, o, p]    over all p, u with p · stride + u · dilation = q

Layouts (channels first):
    x (batch, channels, *spatial)     y (batch, filters, *out)
    kernel (filters, channels / groups, *size)     bias (filters,), optional

The forward pass takes float32, float64 or complex128 and any leading axes in front of the layouts above.

Source: Dumoulin and Visin 2016, arXiv 1603.07285. Where frameworks differ: padding (see windows.py) and the order of axes:
Keras stores (batch, *spatial, channels) and (*size, channels / groups, filters). scipy.signal.convolve flips the kernel.
"""

from math import prod

import numpy as np

from nnparity.reference_impl.activations import activate
from nnparity.reference_impl.layers.windows import windows

CACHE = 2**20  # bytes of columns that are worked on at a time: they should stay in the cache


def conv1d(params, inputs, **config):
    """Convolution along one axis: `convolution` with x (batch, channels, length)."""
    return convolution("conv1d", 1, params, inputs, **config)


def conv2d(params, inputs, **config):
    """Convolution along two axes: `convolution` with x (batch, channels, height, width)."""
    return convolution("conv2d", 2, params, inputs, **config)


def convolution(layer, axes, params, inputs, *, stride=1, dilation=1, groups=1, padding="valid", activation="linear",
                **options):
    """y, and the vjp that gives the gradients of kernel, bias and x.

    The windows of x are copied to columns, (channels · taps, positions) for each example, so that the sum over channels
    and taps is a matrix product. `options` go to the activation. Raises ValueError for an unknown option, for channels that
    do not divide into the groups, and for a kernel that does not fit.
    """
    x, kernel = inputs["x"], params["kernel"]
    (F, I), size = kernel.shape[-axes - 2:-axes], kernel.shape[-axes:]
    B, C = x.shape[-axes - 2:-axes]
    if I * groups != C or F % groups:
        raise ValueError(f"{layer}: {C} channels and {F} filters in {groups} groups do not fit a kernel over {I} channels")
    slide = windows(layer, x.shape[-axes:], size, stride, padding, dilation)
    K, P = I * prod(size), prod(slide.out)

    matrix = kernel.reshape(*kernel.shape[:-axes - 2], 1, groups, F // groups, K)
    view = slide.view(slide.pad(x))  # (..., batch, channels, *size, *out)
    batched = (slice(None),) * (1 + 2 * axes)
    lead = view.shape[:-2 - 2 * axes]
    step = max(1, CACHE * B // view.nbytes)
    parts = [slice(start, start + step) for start in range(0, B, step)]

    def columns(part):
        """The windows of some of the examples, (..., examples, groups, channels · taps, positions)."""
        return view[..., part, *batched].reshape(*lead, -1, groups, K, P)

    a = np.empty((*np.broadcast_shapes(lead, matrix.shape[:-4]), B, groups, F // groups, P),
                 np.result_type(x, *params.values()), like=x)
    for part in parts:
        np.matmul(matrix, columns(part), out=a[..., part, :, :, :])
    a = a.reshape(*a.shape[:-3], F, *slide.out)
    if "bias" in params:
        a += params["bias"][..., None, :, *(None,) * axes]
    y, activation_vjp = activate(layer, activation, a, options)

    def vjp(cotangents):
        da = activation_vjp(cotangents["y"]).reshape(B, groups, F // groups, P)
        d_matrix = np.zeros(matrix.shape[1:], da.dtype, like=da)
        dx = np.zeros((B, C, *slide.length), da.dtype, like=da)  # of the padded x
        taps = slide.view(dx)
        for part in parts:
            d_matrix += (da[part] @ columns(part).mT).sum(0)
            d_columns = (matrix.mT @ da[part]).reshape(-1, C, *size, *slide.out)
            for u in np.ndindex(*size):
                taps[part, :, *u] += d_columns[:, :, *u]
        grads = {"kernel": d_matrix.reshape(kernel.shape), "x": slide.unpad(dx)}
        if "bias" in params:
            grads["bias"] = da.sum((0, -1)).reshape(F)
        return grads

    return {"y": y}, vjp
