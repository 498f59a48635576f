"""Cross-entropy over classes, of probabilities p or of logits a.

    e = -Σ_k t_k log q_k                                                     categorical_cross_entropy: q from p, see below
    e = -Σ_k t_k log softmax(a)_k,   de/da = softmax(a) Σ_k t_k - t          softmax_cross_entropy

computed as softmax(a) (Σ t - t) + t (softmax(a) - 1): at a label whose probability is nearly 1 it does not cancel.

The target is a distribution t (labels="one_hot") or the number of a class (labels="sparse"), which stands for the t that is
one at this class and zero elsewhere.

Two conventions say what is done to the probabilities. `clip="probability"` clips to [ε, 1 - ε] with ε = 1e-7 (`epsilon`) and
a zero gradient beyond the bounds; `normalise` divides by the sum over the classes:

    normalise="none"           q = clip(p)                  document N14; PyTorch's nll_loss(log p), which has clip="none"
    normalise="before_clip"    q = clip(p / Σ p)            keras.losses.CategoricalCrossentropy
    normalise="after_clip"     q = clip(p) / Σ clip(p)      keras.losses.SparseCategoricalCrossentropy

The gradient goes back through all of it:  dq = -t/q,  and for u = v / Σ v  dv_j = (du_j - Σ_k du_k u_k) / Σ v.
keras.activations.softmax leaves a note on its result from which both Keras losses take the logits and compute
softmax_cross_entropy: behind a softmax layer Keras does not clip at all.

Layouts: x (p or a) (batch, classes), or any number of axes given as `axes`, classes last; target (batch, classes), or for
sparse labels integers (batch); y as the reduction says, over examples: () but for reduction="none".
"""

import numpy as np

from nnparity.reference_impl.activations import log_softmax
from nnparity.reference_impl.config import choice
from nnparity.reference_impl.losses.binary_cross_entropy import clipped
from nnparity.reference_impl.losses.reduction import OVER_EXAMPLES, reduce
from nnparity.reference_impl.rounded import loses


def categorical_cross_entropy(_params, inputs, *, labels="one_hot", clip="none", epsilon=1e-7, normalise="none",
                              reduction="mean", axes=2):
    """`({"y": loss}, vjp)`. Raises ValueError for an unknown convention and for a label that is no class."""
    choice("categorical_cross_entropy", "clip", clip, ("none", "probability"))
    choice("categorical_cross_entropy", "normalise", normalise, ("none", "before_clip", "after_clip"))
    p = inputs["x"]
    t = distribution("categorical_cross_entropy", inputs["target"], labels, p)
    before, sum_before = normalised(p) if normalise == "before_clip" else (p, None)
    bounded, inside = clipped(before, epsilon) if clip == "probability" else (before, True)
    q, sum_after = normalised(bounded) if normalise == "after_clip" else (bounded, None)
    named = np.where(t != 0, q, 1)  # log 1 = 0 for a class without target: 0 log 0 = 0
    y, pull = reduce("categorical_cross_entropy", -(t * np.log(named)).sum(-1), reduction, axes - 1, OVER_EXAMPLES)

    def vjp(cotangents):
        d = pull(cotangents["y"])[..., None] * (-t / named)
        if sum_after is not None:
            d = normalised_vjp(d, q, sum_after)
        d = np.where(inside, d, 0)
        return {"x": d if sum_before is None else normalised_vjp(d, before, sum_before)}

    return {"y": y}, vjp


def softmax_cross_entropy(_params, inputs, *, labels="one_hot", reduction="mean", axes=2):
    """`({"y": loss}, vjp)`. Raises ValueError for an unknown convention and for a label that is no class."""
    a = inputs["x"]
    t = distribution("softmax_cross_entropy", inputs["target"], labels, a)
    log_q = log_softmax(a)[0]
    log_q = loses(log_q, 1 + np.abs(a))  # libraries compute a - (max + log Σ), right code with the digits that it costs
    y, pull = reduce("softmax_cross_entropy", -(t * log_q).sum(-1), reduction, axes - 1, OVER_EXAMPLES)

    def vjp(cotangents):
        return {"x": pull(cotangents["y"])[..., None] * (np.exp(log_q) * (t.sum(-1, keepdims=True) - t) + t * np.expm1(log_q))}

    return {"y": y}, vjp


def distribution(loss, target, labels, x):
    """The target as a distribution over the classes of x, in x's real dtype."""
    choice(loss, "labels", labels, ("one_hot", "sparse"))
    if labels == "one_hot":
        return target
    classes = x.shape[-1]
    if target.min(initial=0) < 0 or target.max(initial=0) >= classes:
        raise ValueError(f"{loss}: labels {target.min()} to {target.max()}, but there are {classes} classes")
    return (np.arange(classes) == target[..., None]).astype(x.real.dtype)


def normalised(v):
    """u = v / Σ v, and Σ v."""
    total = v.sum(-1, keepdims=True)
    return v / total, total


def normalised_vjp(du, u, total):
    """dv_j = (du_j - Σ_k du_k u_k) / Σ v"""
    return (du - (du * u).sum(-1, keepdims=True)) / total
