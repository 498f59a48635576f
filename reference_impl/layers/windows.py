"""What convolution and pooling share: windows that slide along the last axes of an array, and the padding around it.

    output length = floor((length + padding - extent) / stride) + 1        extent = (size - 1) * dilation + 1

`padding` is one of
    "valid"                  none; an incomplete last window is dropped
    "same"                   as much as makes output length = ceil(length / stride); an odd cell goes to the end
    "same_lower"             the same amount; an odd cell goes to the start
    ((1, 2), (0, 3))         cells before and after, for each axis

Where frameworks differ: "same" is what Keras and TensorFlow compute at any stride and PyTorch at stride 1 (it refuses
larger ones; its padding=1 puts one cell on both sides, which at stride 2 are other windows); "same_lower" is ONNX's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided


def per_axis(value, axes):
    """2 -> (2, 2): one number stands for every axis."""
    return (value,) * axes if isinstance(value, int) else tuple(value)


@dataclass(frozen=True)
class Windows:
    """How windows slide along the last axes; every field holds one entry for each of these axes."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    length: tuple[int, ...]  # of the padded array
    out: tuple[int, ...]  # how many windows

    def pad(self, x, value=0):
        """x with its padding around it; x itself where there is none."""
        if not any(map(sum, self.pads)):
            return x
        padded = np.full((*x.shape[:-len(self.length)], *self.length), value, x.dtype, like=x)
        self.unpad(padded)[...] = x
        return padded

    def unpad(self, padded):
        """The part of a padded array that is not padding, as a view."""
        return padded[..., *(slice(before, n - after) for (before, after), n in zip(self.pads, self.length))]

    def view(self, padded):
        """(..., *length) -> (..., *size, *out) without a copy: element (u, p) is padded[..., p * stride + u * dilation].

        Windows overlap: to write, take one u at a time.
        """
        first = padded.ndim - len(self.size)
        leading, cells = padded.strides[:first], padded.strides[first:]  # in bytes
        to_next_tap = [cell * dilation for cell, dilation in zip(cells, self.dilation)]
        to_next_window = [cell * stride for cell, stride in zip(cells, self.stride)]
        return as_strided(padded, (*padded.shape[:first], *self.size, *self.out), (*leading, *to_next_tap, *to_next_window),
                          subok=True)


def windows(layer, lengths, size, stride, padding, dilation=1) -> Windows:
    """The windows of `size` along axes of these lengths. Raises ValueError where an option or a length does not fit."""
    axes = len(lengths)
    size, stride, dilation = (per_axis(option, axes) for option in (size, stride, dilation))
    if any(len(option) != axes or min(option) < 1 for option in (size, stride, dilation)):
        raise ValueError(f"{layer}: size={size}, stride={stride}, dilation={dilation}; "
                         f"{axes} whole numbers of at least 1 wanted for each")
    extent = tuple((k - 1) * d + 1 for k, d in zip(size, dilation))
    pads = padding_pairs(layer, padding, lengths, extent, stride)
    length = tuple(n + before + after for n, (before, after) in zip(lengths, pads))
    out = tuple((n - e) // s + 1 for n, e, s in zip(length, extent, stride))
    if min(out) < 1:
        raise ValueError(f"{layer}: a window of {extent} does not fit into {length} (padding included)")
    return Windows(size, stride, dilation, pads, length, out)


def padding_pairs(layer, padding, lengths, extent, stride):
    """Cells (before, after) for each axis. Raises ValueError for a padding that is none.

    "same" has max((⌈n / s⌉ - 1) s + e - n, 0) cells in all, for length n, stride s and extent e.
    """
    if padding == "valid":
        return ((0, 0),) * len(lengths)
    if padding in ("same", "same_lower"):
        totals = [max((-(-n // s) - 1) * s + e - n, 0) for n, e, s in zip(lengths, extent, stride)]
        halves = [(total // 2, total - total // 2) for total in totals]
        return tuple(halves if padding == "same" else [(more, less) for less, more in halves])
    if isinstance(padding, str) or np.shape(padding) != (len(lengths), 2) or np.min(padding) < 0:
        raise ValueError(f"{layer}: padding={padding!r} is not 'valid', 'same', 'same_lower' or "
                         f"{len(lengths)} pairs (before, after) of cells")
    return tuple(map(tuple, padding))
