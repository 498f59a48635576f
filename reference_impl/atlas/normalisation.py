"""Normalisation by a root mean square, a norm or neighbours, and variances as float32 computes them."""

import numpy as np


def rms_normalised(*, x, epsilon):
    """y = x / √(mean(x²) + epsilon)"""
    x = np.asarray(x, "d")
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + epsilon)


def length_one(*, x, axis=-1, epsilon=1e-12, epsilon_on="norm"):
    """x / max(|x|, epsilon) (epsilon_on="norm"), x / √max(|x|², epsilon) ("square"), or x / |x| ("none"), along an axis."""
    x = np.asarray(x, "d")
    norm = np.sqrt((x**2).sum(axis, keepdims=True))
    if epsilon_on == "none":
        return x / norm
    return x / (np.maximum(norm, epsilon) if epsilon_on == "norm" else np.sqrt(np.maximum(norm**2, epsilon)))


def deviation(*, x, divisor):
    """√(Σ (x - mean)² / n), or over n - 1."""
    return np.std(np.asarray(x, "d"), ddof=1 if divisor == "n-1" else 0)


def similarity(*, a, b, form):
    """c = a·b / (|a| |b|) as "c", "-c" or "1-c"."""
    a, b = np.asarray(a, "d"), np.asarray(b, "d")
    c = a @ b / np.sqrt((a @ a) * (b @ b))
    return {"c": c, "-c": -c, "1-c": 1 - c}[form]


def local_response(*, x, size, alpha, beta, bias=1.0, scaled="size", extra="before"):
    """y[c] = x[c] / (bias + α' Σ x[j]²)^beta over `size` neighbouring channels j around c, the last axis of x.

    α' = alpha / size (scaled="size") or alpha ("no"). Of an even number of neighbours the one more stands "before" or "after" c.
    """
    x, factor = np.asarray(x, "d"), alpha / size if scaled == "size" else alpha
    fewer, more = (size - 1) // 2, size // 2
    before, after = (more, fewer) if extra == "before" else (fewer, more)
    sums = np.stack([(x[..., max(c - before, 0):c + after + 1]**2).sum(-1) for c in range(x.shape[-1])], -1)
    return x / (bias + factor * sums)**beta


def standardised_in_float32(*, x, epsilon, variance):
    """(x - μ) / √(v + epsilon), computed with 24 bits: v = mean((x - μ)²) ("two_pass"), or max(mean(x²) - μ², 0) ("moments").

    The second is the same number in exact arithmetic. Where μ² is 2²⁴ times as large as v, all digits of v cancel.
    """
    x = np.asarray(x, np.float32)
    mean = x.mean(dtype=np.float32)
    if variance == "two_pass":
        v = ((x - mean)**2).mean(dtype=np.float32)
    else:
        v = np.maximum((x * x).mean(dtype=np.float32) - mean * mean, np.float32(0))
    return ((x - mean) / np.sqrt(v + np.float32(epsilon))).astype("d")


def parameters_counted(*, channels, counted):
    """How many numbers count as parameters of a batch normalisation of so many channels: gamma and beta, which are "trained", or
    "all", the running mean and variance too."""
    return np.array({"trained": 2, "all": 4}[counted] * channels)
