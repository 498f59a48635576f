"""Attention, dropout, lookups and small operations on integers."""

import numpy as np


def attention(*, q, k, v, mask=None, mask_true="attend", fully_masked="nan", scale="root"):
    """y = softmax(s + m) v with s = q kᵀ / √d for q (queries, d), k (keys, d), v (keys, features).

    mask_true="attend": m = -∞ where the mask is False; "blocked": where it is True.
    A query all of whose keys are masked gives 0/0 = "nan", "zeros", or "mean", the mean of v, where m is a large finite
    number instead of -∞.  scale="none" leaves √d out.
    """
    q, k, v = (np.asarray(a, "d") for a in (q, k, v))
    s = q @ k.T / (np.sqrt(q.shape[-1]) if scale == "root" else 1)
    keep = np.ones(s.shape, bool) if mask is None else np.asarray(mask, bool) == (mask_true == "attend")
    e = np.where(keep, np.exp(s - s.max(-1, keepdims=True)), 0.0)
    none = ~keep.any(-1, keepdims=True)
    weights = e / np.where(none, 1.0, e.sum(-1, keepdims=True))
    instead = {"nan": np.nan, "zeros": 0.0, "mean": 1 / len(v)}[fully_masked]
    return np.where(none, instead, weights) @ v


def dropout_all(*, x, rate_one):
    """y = m x / (1 - p) for p = 1, where every m is 0: "nan" is 0 · ∞ as the formula says, "zeros" is its limit."""
    x = np.asarray(x, "d")
    return x * (np.nan if rate_one == "nan" else 0.0)


def embedding_gradient(*, tokens, vocabulary, padding_gradient):
    """d(Σ y)/dE for y[b] = E[tokens[b]], one feature: how often each token occurs.

    Token 0 is padding; padding_gradient="zero" leaves its row out of the training, "counted" does not.
    """
    g = np.bincount(tokens, minlength=vocabulary).astype("d")
    if padding_gradient == "zero":
        g[0] = 0.0
    return g


def lookup(*, table, index, outside):
    """table[index] for an index that may lie outside.

    outside="clamp": the nearest row that exists · "nan": there is no such number · "zero" · "wrap": counted from the end, once
    """
    table = np.asarray(table, "d")
    n = len(table)
    if 0 <= index < n:
        return table[index]
    return {"clamp": table[min(max(index, 0), n - 1)], "nan": np.array(np.nan), "zero": np.array(0.0),
            "wrap": table[index % n]}[outside]


def one_hot_row(*, token, classes, outside):
    """A one at `token`. Where there is no such class: outside="zeros" no one at all · "wrap" counted from the end."""
    y = np.zeros(classes)
    if outside == "wrap" or 0 <= token < classes:
        y[token % classes] = 1.0
    return y


def median_of(*, x, even):
    """The middle of the sorted numbers; of two middle ones the "lower" one or the "mean"."""
    x = np.sort(np.asarray(x, "d"))
    low, high = x[(len(x) - 1) // 2], x[len(x) // 2]
    return low if even == "lower" else (low + high) / 2


def remainders(*, a, b, sign_of):
    """a - b q with q = ⌊a / b⌋, which has the sign of the divisor b, or q = a / b rounded towards zero: that of a."""
    a, b = np.asarray(a, "d"), np.asarray(b, "d")
    return a - b * (np.floor(a / b) if sign_of == "divisor" else np.trunc(a / b))


def integer_quotients(*, a, b, rounding):
    """a / b of integers, rounded "down" or "towards_zero"."""
    q = np.asarray(a, "d") / np.asarray(b, "d")
    return np.floor(q) if rounding == "down" else np.trunc(q)


def dense_square(*, x, kernel, orientation):
    """y = x W where the stored W is (in, out), "in_out"; y = W x where it is (out, in), "out_in"."""
    x, W = np.asarray(x, "d"), np.asarray(kernel, "d")
    return x @ W if orientation == "in_out" else W @ x


def head_width(*, told, heads, width_of):
    """How wide one of `heads` heads is in a layer that was told a width: `told` / `heads` where that is the width of all heads
    together, `told` itself where it is that of each head."""
    return np.array({"all": told // heads, "each": told}[width_of])


def projection_arrays(*, packing):
    """In how many arrays the kernels of queries, keys and values lie: "packed" one above the other, or "separate"."""
    return np.array({"packed": 1, "separate": 3}[packing])


def rotated(*, x, angles, pairs):
    """The numbers of x turned by d / 2 angles: (a, b) becomes (a cos θ - b sin θ, b cos θ + a sin θ).

    a and b are neighbours ("neighbours": x[2i], x[2i + 1]), or lie half of x apart ("halves": x[i], x[i + d/2]).
    """
    axis = 1 if pairs == "neighbours" else 0
    a, b = np.moveaxis(np.asarray(x, "d").reshape((-1, 2) if axis else (2, -1)), axis, 0)
    cos, sin = (function(np.asarray(angles, "d")) for function in (np.cos, np.sin))
    return np.stack([a * cos - b * sin, b * cos + a * sin], axis).ravel()
