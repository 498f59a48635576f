"""Pooling at the edges: what padding holds, what an incomplete window gives, where bins begin, where gradients go."""

import math

import numpy as np


def average_by_stride(*, x, size, stride, border):
    """Averages of windows of a square image, with as many cells added below and to the right as ceil(n / stride) windows need.

    border="cells": a window is divided by the number of its cells that are not padding. "edge": padding repeats the last
    row and column and counts as any cell.
    """
    x = np.asarray(x, "d")
    outputs = -(-len(x) // stride)
    missing = max((outputs - 1) * stride + size - len(x), 0)
    pads = (missing // 2, missing - missing // 2)
    if border == "edge":
        padded = np.pad(x, (pads, pads), mode="edge")
    else:
        padded = np.pad(x, (pads, pads), constant_values=np.nan)
    starts = range(0, outputs * stride, stride)
    return np.array([[np.nanmean(padded[i:i + size, j:j + size]) for j in starts] for i in starts])


def padded_maximum(*, x, size, pad_value):
    """Maxima of windows of odd `size` around each number, `pad_value` standing in front of the first and after the last."""
    padded = np.pad(np.asarray(x, "d"), size // 2, constant_values=float(pad_value))
    return np.lib.stride_tricks.sliding_window_view(padded, size).max(-1)


def windowed_maximum(*, x, size, incomplete):
    """Maxima of windows side by side; what is left at the end is "dropped" or "kept" as a smaller window."""
    x = np.asarray(x, "d")
    end = len(x) if incomplete == "kept" else len(x) - len(x) % size
    return np.array([x[i:i + size].max() for i in range(0, end, size)])


def maximum_with_nan(*, x, size, nan):
    """Maxima of windows side by side; a nan is a window's maximum ("passes"), or is "ignored", or ignored unless it comes first.

    "if_first": m starts as the first number and becomes x_i where x_i > m, which no comparison with nan is.
    """
    windows = np.asarray(x, "d").reshape(-1, size)
    if nan == "if_first":
        return np.where(np.isnan(windows[:, 0]), np.nan, np.nanmax(windows, 1))
    return windows.max(1) if nan == "passes" else np.nanmax(windows, 1)


def maximum_gradient(*, x, ties):
    """d max(x) / dx: 1 for the only largest number; equal ones share it ("even"), or the "first" or "last" takes it."""
    largest = np.asarray(x, "d") == np.max(x)
    if ties == "even":
        return largest / largest.sum()
    where = np.flatnonzero(largest)
    return np.eye(len(largest))[where[0 if ties == "first" else -1]]


def binned_average(*, x, bins, edges):
    """Averages of `bins` stretches of n numbers, bin i from number a to before number b.

    "overlapping"  a = floor(i n / bins), b = ceil((i + 1) n / bins)
    "sliding"      windows of ceil(n / bins) numbers every floor(n / bins)
    "disjoint"     a = floor(i n / bins), b = floor((i + 1) n / bins)
    """
    x, n = np.asarray(x, "d"), len(x)
    size, stride = -(-n // bins), n // bins
    bounds = {"overlapping": lambda i: (i * n // bins, -(-(i + 1) * n // bins)),
              "sliding": lambda i: (i * stride, i * stride + size),
              "disjoint": lambda i: (i * n // bins, (i + 1) * n // bins)}[edges]
    return np.array([x[slice(*bounds(i))].mean() for i in range(bins)])


def ceiled_average(*, x, size, stride, pad, ceil_divisor):
    """Averages of windows over x with `pad` zeros on each side; the last window may reach beyond them.

    It is divided by its `size` ("window"), by its cells up to the end of the padding ("padded"), or by its numbers of x
    ("cells").
    """
    x = np.asarray(x, "d")
    n = len(x)
    outputs = math.ceil((n + 2 * pad - size) / stride) + 1
    y = []
    for start in (i * stride - pad for i in range(outputs)):
        numbers = x[max(start, 0):start + size]
        divided_by = {"window": size, "padded": min(start + size, n + pad) - start, "cells": len(numbers)}[ceil_divisor]
        y.append(numbers.sum() / divided_by)
    return np.array(y)
