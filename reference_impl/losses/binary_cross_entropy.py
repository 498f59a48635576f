"""Binary cross-entropy of a probability p or of a logit a with p = σ(a).

    e = -t log p - (1 - t) log(1 - p),       de/dp = (p - t) / (p (1 - p))      prediction="probabilities"
    e = t log(1 + exp(-a)) + (1 - t) log(1 + exp(a)),   de/da = σ(a) - t        prediction="logits"

in forms that do not cancel: log1p(-p) for log(1 - p), (1 - t) σ(a) - t σ(-a) for σ(a) - t. 0 log 0 = 0.

p = 0 with t = 1 has no finite loss. What to do then is a convention, `clip`:

    none           nothing: the loss is infinite there
    probability    p is clipped to [ε, 1 - ε] first; beyond the bounds the gradient is zero. Keras, ε = 1e-7 (`epsilon`).
                   In float32 1 - 1e-7 rounds to 1 - 1.19e-7.
    log            both logarithms are no less than -100, and p (1 - p) in the gradient no less than 1e-12. PyTorch. At
                   these bounds the gradient (-1e12 at p = 0, t = 1) is not the derivative of the loss, which is constant.

Layouts: x (p or a) and target t (batch, features), or any number of axes given as `axes`; y as the reduction says.
"""

import numpy as np

from nnparity.reference_impl.activations import sigmoid, softplus
from nnparity.reference_impl.config import choice
from nnparity.reference_impl.losses.reduction import OVER_ELEMENTS, reduce

LEAST_LOG = -100.0
LEAST_VARIANCE = 1e-12


def binary_cross_entropy(_params, inputs, *, prediction="probabilities", clip="none", epsilon=1e-7, reduction="mean",
                         axes=2):
    """`({"y": loss}, vjp)`. Raises ValueError for an unknown convention, or for logits with a clip."""
    choice("binary_cross_entropy", "prediction", prediction, ("probabilities", "logits"))
    clips = ("none",) if prediction == "logits" else ("none", "probability", "log")
    choice("binary_cross_entropy", "clip", clip, clips)
    x, t = inputs["x"], inputs["target"]
    if prediction == "logits":
        losses = t * softplus(-x)[0] + (1 - t) * softplus(x)[0]
        slope = (1 - t) * sigmoid(x) - t * sigmoid(-x)
    elif clip == "log":
        losses = -t * log_at_least(np.log, x, 0, LEAST_LOG) - (1 - t) * log_at_least(np.log1p, -x, -1, LEAST_LOG)
        variance = x * (1 - x)
        slope = (x - t) / np.where(variance.real < LEAST_VARIANCE, LEAST_VARIANCE, variance)
    else:
        p, inside = clipped(x, epsilon) if clip == "probability" else (x, True)
        losses = -weighted(t, np.log, p) - weighted(1 - t, np.log1p, -p)
        slope = np.where(inside, slope_of(p, t), 0)
    y, pull = reduce("binary_cross_entropy", losses, reduction, axes, OVER_ELEMENTS)
    return {"y": y}, lambda cotangents: {"x": pull(cotangents["y"]) * slope}


def clipped(p, epsilon):
    """min(max(p, ε), 1 - ε), and where p was within the bounds (the bounds included: there the gradient passes)."""
    low, high = p.real < epsilon, p.real > 1 - epsilon
    return np.where(low, epsilon, np.where(high, 1 - epsilon, p)), ~(low | high)


def weighted(t, log, p):
    """t log p, and 0 where t is 0 whatever p is."""
    return t * log(np.where(t == 0, 0.5, p))


def slope_of(p, t):
    """(p - t) / (p (1 - p)), and its limit 1 / (1 - 2t) where p = t = 0 or 1."""
    variance = p * (1 - p)
    sure = (variance == 0) & (p == t)
    return (p - t + sure) / np.where(sure, 1 - 2 * t, variance)


def log_at_least(log, x, singular, least):
    """max(log x, least), also where x is the `singular` point of this logarithm."""
    regular = x.real > singular
    value = log(np.where(regular, x, singular + 1))
    return np.where(regular & (value.real > least), value, least)
