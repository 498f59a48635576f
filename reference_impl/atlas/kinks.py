"""Derivatives where a curve has a corner, a jump, or a root of zero; each variant is one choice that a framework makes."""

import math

import numpy as np

from nnparity.reference_impl.activations import SELU_ALPHA, SELU_SCALE


def bounded_derivative(*, x, low, high, at_bounds, slope=1.0):
    """f'(x) of a line of this slope that is held between two bounds, reached at `low` and `high`.

    f' = slope between them, 0 outside, and slope · at_bounds exactly at both.
    """
    x = np.asarray(x, "d")
    at = (x == low) | (x == high)
    return slope * np.where(at, at_bounds, np.where((low < x) & (x < high), 1.0, 0.0))


def hard_swish_derivative(*, x, at_bounds):
    """f'(x) of f = x min(max(x + 3, 0), 6) / 6: (2x + 3) / 6 between -3 and 3, 0 left of them and 1 right of them.

    At ±3: the slope outside ("outside"), inside ("inside"), or the middle of both ("middle").
    """
    x = np.asarray(x, "d")
    inside, outside = (2 * x + 3) / 6, np.where(x > 0, 1.0, 0.0)
    at = {"outside": outside, "inside": inside, "middle": (inside + outside) / 2}[at_bounds]
    return np.where(np.abs(x) == 3, at, np.where(np.abs(x) < 3, inside, outside))


def abs_derivative(*, x, at_zero):
    """d|x|/dx = sign(x), and `at_zero` at 0."""
    x = np.asarray(x, "d")
    return np.where(x == 0, at_zero, np.sign(x))


def leaky_relu_derivative(*, x, slope, at_zero):
    """1 right of zero, `slope` left of it, `at_zero` there."""
    x = np.asarray(x, "d")
    return np.where(x > 0, 1.0, np.where(x < 0, slope, at_zero))


def elu_derivative(*, x, alpha, at_zero):
    """f'(x) of f = x for x > 0, else α (eˣ - 1): 1 right of zero, α eˣ left of it, `at_zero` there."""
    x = np.asarray(x, "d")
    return np.where(x > 0, 1.0, np.where(x < 0, alpha * np.exp(x), at_zero))


def selu_derivative(*, x, at_zero):
    """f'(x) = λ right of zero and λ α eˣ left of it; at 0 the slope of the "left" or of the "right"."""
    x = np.asarray(x, "d")
    left, right = SELU_SCALE * SELU_ALPHA * np.exp(np.minimum(x, 0)), np.full_like(x, SELU_SCALE)
    return np.where(x == 0, left if at_zero == "left" else right, np.where(x > 0, right, left))


def norm_gradient(*, x, at_zero):
    """∂‖x‖/∂x = x / ‖x‖. At x = 0 that is 0 / 0: not a number ("nan"), or set to "zero"."""
    x = np.asarray(x, "d")
    norm = math.sqrt(x @ x)
    return x / norm if norm else np.full_like(x, np.nan if at_zero == "nan" else 0.0)


def pair_maximum_gradient(*, x, ties):
    """∂max(x₁, x₂)/∂x: all of it to the larger; at a tie to the "first", the "second", or "even", half to each."""
    a, b = x
    share = {"first": 1.0, "second": 0.0, "even": 0.5}[ties] if a == b else float(a > b)
    return np.array([share, 1 - share])


def masked_root_derivative(*, x, form):
    """Derivative of y = √x where x > 0, else 0.

    form="chain": the mask times 1 / (2√x), so 0 · ∞ = nan at 0. form="masked": 0 wherever the mask is.
    """
    x = np.asarray(x, "d")
    with np.errstate(divide="ignore", invalid="ignore"):
        root = 0.5 / np.sqrt(x)
        return np.where(x > 0, root, 0.0) if form == "masked" else (x > 0) * root


def rounding_derivative(*, x, form):
    """Derivative of y = round(x): "zero" almost everywhere, "none" where the operation has no derivative, or "one", the
    straight-through estimator."""
    return "none" if form == "none" else np.full_like(np.asarray(x, "d"), form == "one")


def hard_shrink(*, x, threshold, at_threshold):
    """y = x where |x| > λ, else 0; at |x| = λ exactly "zero" or "kept", y = x."""
    x = np.asarray(x, "d")
    return np.where((np.abs(x) > threshold) | ((np.abs(x) == threshold) & (at_threshold == "kept")), x, 0.0)


def shrink_derivative(*, x, threshold, at_threshold):
    """Derivative of hard and of soft shrinkage: 1 where |x| > λ, 0 where |x| < λ, and `at_threshold` between."""
    x = np.asarray(x, "d")
    return np.where(np.abs(x) > threshold, 1.0, np.where(np.abs(x) < threshold, 0.0, at_threshold))
