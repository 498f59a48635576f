"""Resizing along one axis: where the samples lie, which weights they take, what happens at the border."""

import numpy as np


def resized_nearest(*, x, length, rounding):
    """y[i] = x[j] with s = n / length.

    "corner" j = floor(i s) · "center" j = floor((i + 1/2) s) · "center_down" j = (i + 1/2) s - 1/2, rounded, a half downward
    """
    x = np.asarray(x, "d")
    i, s = np.arange(length), len(x) / length
    j = {"corner": np.floor(i * s), "center": np.floor((i + 0.5) * s), "center_down": np.ceil((i + 0.5) * s - 1)}[rounding]
    return x[j.astype(int)]


def resized_linear(*, x, length, grid="half_pixel", antialias=False):
    """y[i] = Σ_j w_ij x[j] / Σ_j w_ij, w_ij = max(1 - |j - p_i| / r, 0), at the positions p_i of `grid` with s = n / length:

    "half_pixel" (i + 1/2) s - 1/2 · "align_corners" i (n - 1) / (length - 1) · "asymmetric" i s

    The triangle's half width r is 1, or s where that is larger with `antialias`. Beyond the border the last number is met:
    its weight is the only one, and is divided by itself.
    """
    x = np.asarray(x, "d")
    n, i = len(x), np.arange(length)
    s = n / length
    p = {"half_pixel": (i + 0.5) * s - 0.5, "align_corners": i * (n - 1) / max(length - 1, 1), "asymmetric": i * s}[grid]
    r = max(s, 1.0) if antialias else 1.0
    w = np.maximum(1 - np.abs(np.arange(n) - p[:, None]) / r, 0)
    return w @ x / w.sum(1)


def resized_cubic(*, x, length, a, border, antialias=False):
    """y[i] = Σ_j w_ij x[j] / Σ_j w_ij, w_ij = k((j - p_i) / r) at p_i = (i + 1/2) s - 1/2, s = n / length (Keys 1981).

    k(t) = (a + 2) |t|³ - (a + 3) t² + 1 for |t| ≤ 1,  a (|t|³ - 5 t² + 8 |t| - 4) for |t| < 2,  0 beyond. The width r is 1, or s
    where that is larger with `antialias`. Beyond the border the last number is repeated (border="repeat"), or left out
    ("renormalise").
    """
    x = np.asarray(x, "d")
    n, s = len(x), len(x) / length
    r = max(s, 1.0) if antialias else 1.0
    p = (np.arange(length) + 0.5) * s - 0.5
    j = np.floor(p)[:, None] + np.arange(-np.ceil(2 * r), np.ceil(2 * r) + 1)
    t = np.abs(j - p[:, None]) / r
    w = np.where(t <= 1, (a + 2) * t**3 - (a + 3) * t**2 + 1, np.where(t < 2, a * (t**3 - 5 * t**2 + 8 * t - 4), 0))
    if border == "renormalise":
        w = np.where((j >= 0) & (j < n), w, 0)
    return (w * x[np.clip(j, 0, n - 1).astype(int)]).sum(1) / w.sum(1)


def resized_to_one(*, x, single):
    """The one number that x is resized to linearly: its "first", or what stands in the "middle" of it."""
    x = np.asarray(x, "d")
    return x[:1] if single == "first" else np.interp([(len(x) - 1) / 2], np.arange(len(x)), x)


def resized(*, x, length, method):
    """The numbers between which a size is reached: "nearest" or "linear", both with half-pixel positions."""
    if method == "nearest":
        return resized_nearest(x=x, length=length, rounding="center")
    return resized_linear(x=x, length=length)
