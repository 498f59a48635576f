"""Activations that the reference's own list does not have, or has with fewer choices."""

import math

import numpy as np

from nnparity.reference_impl.activations import sigmoid, softmax


def elu_alpha(*, x, alpha, alpha_in):
    """y = x for x > 0; else α (eˣ - 1), alpha_in="factor" (ELU), or α (exp(x / α) - 1), alpha_in="both" (CELU)."""
    x = np.asarray(x, "d")
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / (alpha if alpha_in == "both" else 1.0)))


def glu(*, x, gate):
    """x = (a, b), two halves: y = a σ(b) where the gate is the "second", σ(a) b where it is the "first"."""
    a, b = np.split(np.asarray(x, "d"), 2)
    return a * sigmoid(b) if gate == "second" else sigmoid(a) * b


def prelu(*, x, slope):
    """y = x for x > 0, else slope · x"""
    x = np.asarray(x, "d")
    return np.where(x > 0, x, slope * x)


def prelu_slopes(*, shape, shared):
    """How many slopes are learned for an example of this shape, channels last: one in all ("all"), one for each channel
    ("positions"), or one for each element ("none")."""
    return {"all": 1, "positions": shape[-1], "none": math.prod(shape)}[shared]


def softmax_over(*, x, axes):
    """Softmax over the "last" axis, over the "first", or over all "but_first" as if they were one."""
    x = np.asarray(x, "d")
    if axes == "but_first":
        return softmax(x.reshape(len(x), -1))[0].reshape(x.shape)
    return softmax(x, axis=-1 if axes == "last" else -x.ndim)[0]


def softmax_of_nothing(*, n, form):
    """What stands for a softmax of n numbers that are all masked, exp(-∞) / Σ exp(-∞) = 0 / 0: "nan", "zero" or "uniform"."""
    return np.full(n, {"nan": np.nan, "zero": 0.0, "uniform": 1 / n}[form])


def softplus_excess(*, x, threshold):
    """log(1 + eˣ) - x = log(1 + e⁻ˣ) for x ≥ 0; 0 beyond the threshold, if there is one (else "none")."""
    x = np.asarray(x, "d")
    return np.where(x > (math.inf if threshold == "none" else threshold), 0.0, np.log1p(np.exp(-x)))
