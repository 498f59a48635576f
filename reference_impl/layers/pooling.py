"""Pooling along one or two axes: one number for each window of each channel.

    max_pool        y[b, c, p] = max_u x[b, c, p · stride + u]          dL/dx: to the first maximum of each window
    average_pool    y[b, c, p] = Σ_u x[b, c, p · stride + u] / n_p      dL/dx: dy / n_p to every cell of the window

n_p is the number of cells of a window, divisor="window", or of those that are not padding, divisor="cells".

Layouts: x (batch, channels, *spatial)     y (batch, channels, *out)
`size` of a window is a number, one number an axis, or "global" for one window over everything (y keeps its axes, of
length 1). `stride` is the size where it is not given. `padding` as in windows.py; padding is -inf for the maximum.

The forward passes take float32, float64 or complex128 and any leading axes. The maximum of complex numbers is that of
their real parts.

Where frameworks differ. Padding: PyTorch's average divides by the window unless count_include_pad=False; Keras, TensorFlow
and ONNX divide by the cells. Ties: PyTorch's and TensorFlow's pooling send the gradient to the first maximum, other maximum
functions (torch.amax, tf.reduce_max) share it. nan: here and in PyTorch a window with a nan gives nan (its gradient
means nothing); TensorFlow ignores it. Incomplete last windows are dropped; PyTorch's ceil_mode and "same" keep them.
"""

import numpy as np

from nnparity.reference_impl.config import choice
from nnparity.reference_impl.layers.windows import windows


def max_pool1d(_params, inputs, **config):
    """The maximum along one axis, x (batch, channels, length)."""
    return max_pool("max_pool1d", 1, inputs["x"], **config)


def max_pool2d(_params, inputs, **config):
    """The maximum along two axes, x (batch, channels, height, width)."""
    return max_pool("max_pool2d", 2, inputs["x"], **config)


def average_pool1d(_params, inputs, **config):
    """The average along one axis, x (batch, channels, length)."""
    return average_pool("average_pool1d", 1, inputs["x"], **config)


def average_pool2d(_params, inputs, **config):
    """The average along two axes, x (batch, channels, height, width)."""
    return average_pool("average_pool2d", 2, inputs["x"], **config)


def max_pool(layer, axes, x, *, size, stride=None, padding="valid"):
    """y, and the vjp that sends each cotangent to the first maximum of its window. Raises ValueError as `pool_windows`."""
    slide = pool_windows(layer, axes, x, size, stride, padding)
    taps = by_tap(slide.view(slide.pad(x, value=-np.inf)), slide)
    y = taps[0].copy()
    winner = np.zeros(y.shape, np.min_scalar_type(len(taps)))
    for u, tap in enumerate(taps[1:], start=1):
        better = tap.real > y.real
        np.maximum(winner, better * winner.dtype.type(u), out=winner)
        y = np.where(better, tap, y) if np.iscomplexobj(x) else np.maximum(y, tap, out=y)

    def vjp(cotangents):
        dy = cotangents["y"]
        dx = np.zeros((*x.shape[:-axes], *slide.length), dy.dtype, like=dy)
        for u, tap in enumerate(by_tap(slide.view(dx), slide)):
            tap += dy * (winner == u)
        return {"x": slide.unpad(dx)}

    return {"y": y}, vjp


def average_pool(layer, axes, x, *, size, stride=None, padding="valid", divisor="window"):
    """y, and the vjp that spreads each cotangent evenly. Raises ValueError as `pool_windows` or for an unknown divisor."""
    choice(layer, "divisor", divisor, ("window", "cells"))
    slide = pool_windows(layer, axes, x, size, stride, padding)
    counted = np.ones(slide.length) if divisor == "window" else slide.pad(np.ones(x.shape[-axes:]))
    n = sum(by_tap(slide.view(counted), slide)).astype(x.real.dtype)
    y = sum(by_tap(slide.view(slide.pad(x)), slide)) / n

    def vjp(cotangents):
        share = cotangents["y"] / n
        dx = np.zeros((*x.shape[:-axes], *slide.length), share.dtype, like=share)
        for tap in by_tap(slide.view(dx), slide):
            tap += share
        return {"x": slide.unpad(dx)}

    return {"y": y}, vjp


def by_tap(view, slide):
    """(..., *size, *out) -> a list of views (..., *out), one for each cell of the window, in reading order."""
    any_position = (slice(None),) * len(slide.out)
    return [view[..., *u, *any_position] for u in np.ndindex(*slide.size)]


def pool_windows(layer, axes, x, size, stride, padding):
    """The windows of a pooling layer. Raises ValueError where an option does not fit or a window is all padding."""
    lengths = x.shape[-axes:]
    size = lengths if isinstance(size, str) and size == "global" else size
    slide = windows(layer, lengths, size, size if stride is None else stride, padding)
    if any(max(pair) >= k for pair, k in zip(slide.pads, slide.size)):
        raise ValueError(f"{layer}: padding={slide.pads} gives windows of size {slide.size} that hold nothing but padding")
    return slide
