"""Binary cross-entropy of a probability p or of a logit a with p = σ(a).

    e = -t log p - (1 - t) log(1 - p),       de/dp = (p - t) / (p (1 - p))      prediction="probabilities"
    e = max(a, 0) - a t + log(1 + exp(-|a|)),   de/da = σ(a) - t                prediction="logits"

p = 0 with t = 1 has no finite loss. What to do then is a convention, `clip`:

    none           nothing: the loss is infinite there
    probability    p is clipped to [ε, 1 - ε] first; beyond the bounds the gradient is zero. Keras, ε = 1e-7 (`epsilon`).
                   In float32 1 - 1e-7 rounds to 1 - 1.19e-7.
    log            both logarithms are no less than -100, and p (1 - p) in the gradient no less than 1e-12. PyTorch. At
                   these bounds the gradient (-1e12 at p = 0, t = 1) is not the derivative of the loss, which is constant.

Layouts: x (p or a) and target t (batch, features), or any number of axes given as `axes`; y as the reduction says.
"""

import numpy as np

from reference_impl.activations import sigmoid, softplus
from reference_impl.config import choice
from reference_impl.losses.reduction import OVER_ELEMENTS, reduce

LEAST_LOG = -100.0
LEAST_VARIANCE = 1e-12


def binary_cross_entropy(_params, inputs, *, prediction="probabilities", clip="none", epsilon=1e-7, reduction="mean",
                         axes=2):
    """`({"y": loss}, vjp)`. Raises ValueError for an unknown convention, or for logits with a clip."""
    choice("binary_cross_entropy", "prediction", prediction, ("probabilities", "logits"))
    choice("binary_cross_entropy", "clip", clip, ("none",) if prediction == "logits" else ("none", "probability", "log"))
    x, t = inputs["x"], inputs["target"]
    if prediction == "logits":
        losses, slope = softplus(x)[0] - x * t, sigmoid(x) - t
    elif clip == "log":
        losses = -t * log_at_least(x, LEAST_LOG) - (1 - t) * log_at_least(1 - x, LEAST_LOG)
        variance = x * (1 - x)
        slope = (x - t) / np.where(variance.real < LEAST_VARIANCE, LEAST_VARIANCE, variance)
    else:
        p, inside = clipped(x, epsilon) if clip == "probability" else (x, True)
        losses = -t * np.log(p) - (1 - t) * np.log(1 - p)
        slope = np.where(inside, (p - t) / (p * (1 - p)), 0)
    y, pull = reduce("binary_cross_entropy", losses, reduction, axes, OVER_ELEMENTS)
    return {"y": y}, lambda cotangents: {"x": pull(cotangents["y"]) * slope}


def clipped(p, epsilon):
    """min(max(p, ε), 1 - ε), and where p was within the bounds (the bounds included: there the gradient passes)."""
    low, high = p.real < epsilon, p.real > 1 - epsilon
    return np.where(low, epsilon, np.where(high, 1 - epsilon, p)), ~(low | high)


def log_at_least(p, least):
    """max(log p, least), for p = 0 as well."""
    positive = p.real > 0
    log = np.log(np.where(positive, p, 1))
    return np.where(positive & (log.real > least), log, least)
