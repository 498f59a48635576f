"""Losses: the reference's own at their limits, and those that it has no layer for."""

import numpy as np

from nnparity.reference_impl.activations import log_softmax, sigmoid
from nnparity.reference_impl.atlas.general import layer


def loss(*, kind, x, target, gradient=False, **config):
    """A loss of the reference, or its gradient by x; log 0 is -∞ and 1/0 is ∞."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return layer(kind=kind, inputs={"x": x, "target": target}, gradient_of="x" if gradient else "", axes=np.ndim(x),
                     **config)


def cross_entropy_of(*, x, target, prediction):
    """-Σ t log q, with q = x ("probabilities") or q = softmax(x) ("logits")."""
    x, t = _arrays(x, target)
    return -(t * (np.log(x) if prediction == "probabilities" else log_softmax(x)[0])).sum(-1).mean()


def binary_cross_entropy_at_one(*, bound):
    """-log(1 - p) for p = 1: p is held back to `bound`, or the logarithm is held at -100 ("log")."""
    if bound == "log":
        return np.array(100.0)
    held = {"exact": 1 - 1e-7, "rounded": float(np.float32(1) - np.float32(1e-7)), "none": 1.0}[bound]
    with np.errstate(divide="ignore"):
        return -np.log1p(-np.array(held))


def element_reduction(*, x, target, reduction):
    """(x - t)²: its mean over everything ("mean") or over the last axis ("examples"), or itself ("none")."""
    x, t = _arrays(x, target)
    squares = (x - t)**2
    return {"mean": squares.mean(), "examples": squares.mean(-1), "none": squares}[reduction]


def broadcast_squared_error(*, x, target, shapes):
    """mean (x - t)² of x (n, 1) and t (n,): "aligned" pairs them one by one; "table" pairs each with each, as NumPy does."""
    x, t = _arrays(x, target)
    return ((x[:, 0] - t if shapes == "aligned" else x - t)**2).mean()


def smoothed_absolute_error(*, error, delta, scale):
    """h = e² / 2 for |e| ≤ δ, else δ (|e| - δ/2): scale="huber". scale="over_delta" divides it by δ: slope 1 far out."""
    e = np.abs(np.asarray(error, "d"))
    h = np.where(e <= delta, e**2 / 2, delta * (e - delta / 2))
    return (h if scale == "huber" else h / delta).mean()


def kl_divergence(*, q, target, reduction="batch_mean", prediction="probabilities", zero="exact"):
    """d = Σ t log(t / q) over the last axis, and then the mean over the examples; q or, prediction="log", exp(q).

    reduction "mean" divides by the number of elements, "none" leaves the examples. zero="clipped" takes t and q between 1e-7
    and 1; else 0 log 0 = 0.
    """
    q, t = _arrays(q, target)
    if zero == "clipped":
        q, t = np.clip(q, 1e-7, 1), np.clip(t, 1e-7, 1)
    log_q = q if prediction == "log" else np.log(q)
    d = np.where(t > 0, t * (np.log(np.where(t > 0, t, 1)) - log_q), 0)
    return {"batch_mean": d.sum(-1).mean(), "mean": d.mean(), "none": d.sum(-1)}[reduction]


def hinge(*, x, target, labels):
    """mean max(0, 1 - t x). labels="as_given" takes t; "mapped" takes 2t - 1 in its place."""
    x, t = _arrays(x, target)
    return np.maximum(0, 1 - (2 * t - 1 if labels == "mapped" else t) * x).mean()


def hinge_derivative(*, x, at_margin):
    """By x, of max(0, 1 - x): -1 left of the margin x = 1, 0 right of it, `at_margin` there."""
    x = np.asarray(x, "d")
    return np.where(x < 1, -1.0, np.where(x > 1, 0.0, at_margin))


def absolute_error_derivative(*, error, at_zero):
    """By x, of |x - t|, with error = x - t: its sign, `at_zero` at zero."""
    e = np.asarray(error, "d")
    return np.where(e > 0, 1.0, np.where(e < 0, -1.0, at_zero))


def poisson(*, x, target, prediction):
    """mean of p - t log p with p = x ("rate") or p = exp(x) ("log"); constants of t are left out."""
    x, t = _arrays(x, target)
    return (x - t * np.log(x) if prediction == "rate" else np.exp(x) - t * x).mean()


def weighted_cross_entropy(*, x, target, weights, divisor):
    """Σ w_i e_i / D, e_i the softmax cross-entropy of example i: D = Σ w, or the number of examples, or of weights not 0."""
    e, w = _cross_entropies(x, target), np.asarray(weights, "d")
    return (w * e).sum() / {"weights": w.sum(), "examples": w.size, "nonzero": np.count_nonzero(w)}[divisor]


def ignored_labels(*, x, target, ignored, divisor):
    """Σ of e_i over the examples whose label is not `ignored`, by the number of these ("kept") or of all ("all").

    Where none is kept, "kept" is 0/0: NaN; "kept_or_zero" says 0.
    """
    kept = np.asarray(target) != ignored
    total = (_cross_entropies(x, np.where(kept, target, 0)) * kept).sum()
    if divisor == "kept_or_zero" and not kept.any():
        return np.array(0.0)
    with np.errstate(invalid="ignore"):
        return total / (kept.size if divisor == "all" else np.float64(kept.sum()))


def smoothed_cross_entropy(*, x, target, amount, spread):
    """-Σ t' log softmax(x) with the label's mass lowered by ε: t' = (1 - ε) t + ε/K for all K classes ("all"), or
    (1 - ε) t + (1 - t) ε/(K - 1), nothing of it for the right one ("others")."""
    x, t = _arrays(x, target)
    K = x.shape[-1]
    t = (1 - amount) * t + (amount / K if spread == "all" else (1 - t) * amount / (K - 1))
    return -(t * log_softmax(x)[0]).sum(-1).mean()


def smoothed_binary_cross_entropy(*, x, target, amount, toward):
    """Mean cross-entropy of logits x with t' = (1 - ε) t + ε c: c = 1/2 ("half"), or 1/K for K labels ("uniform")."""
    x, t = _arrays(x, target)
    t = (1 - amount) * t + amount / (2 if toward == "half" else x.shape[-1])
    p = sigmoid(x)
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()


def softmax_cross_entropy_gradient(*, x, target, total):
    """By x, of -Σ t log softmax(x): softmax(x) Σ t - t ("counted"); or softmax(x) - t, right for Σ t = 1 ("assumed")."""
    x, t = _arrays(x, target)
    return np.exp(log_softmax(x)[0]) * (t.sum(-1, keepdims=True) if total == "counted" else 1) - t


def ctc_of_logits(*, logits, labels, blank=0, reduction="sum"):
    """-log P(labels), the sum over all paths that give them when repetitions are merged and blanks removed (Graves 2006).

    α_t(s) = q_t(l'_s) (α_{t-1}(s) + α_{t-1}(s-1) + [l'_s is no blank and not l'_{s-2}] α_{t-1}(s-2)), l' the labels with blanks
    around. q = softmax(logits), (time, classes). reduction="target_mean" divides by the number of labels; blank="last" is
    the last class.
    """
    q = np.exp(log_softmax(np.asarray(logits, "d"))[0])
    blank = q.shape[1] - 1 if blank == "last" else blank
    path = [blank]
    for label in labels:
        path += [label, blank]
    alpha = np.zeros(len(path) + 2)  # two cells in front for s - 1 and s - 2
    alpha[2:4] = q[0, path[:2]]
    skips = np.array([s >= 2 and path[s] != blank and path[s] != path[s - 2] for s in range(len(path))])
    for q_t in q[1:]:
        alpha[2:] = q_t[path] * (alpha[2:] + alpha[1:-1] + skips * alpha[:-2])
    return -np.log(alpha[-2:].sum()) / (len(labels) if reduction == "target_mean" else 1)


def l2_penalty_gradient(*, p, strength, factor):
    """λ p, of the penalty λ p² / 2 ("half"), or 2 λ p, of λ p² ("full")."""
    return strength * np.asarray(p, "d") * (1 if factor == "half" else 2)


def squared_log_error(*, x, target, negative):
    """mean (log(1 + t) - log(1 + x))², with x ≥ 1e-7 first ("clipped") or as it is."""
    x, t = _arrays(x, target)
    return ((np.log1p(t) - np.log1p(np.maximum(x, 1e-7) if negative == "clipped" else x))**2).mean()


def percentage_error(*, x, target, floor):
    """mean 100 |t - x| / max(|t|, floor)"""
    x, t = _arrays(x, target)
    with np.errstate(divide="ignore"):
        return (100 * np.abs(t - x) / np.maximum(np.abs(t), floor)).mean()


def focal(*, x, target, alpha, gamma=2.0):
    """-c (1 - q)^γ log q, q = σ(x) for t = 1, else 1 - σ(x); c = 1 (alpha = 1), or α for t = 1 and 1 - α for t = 0."""
    x, t = _arrays(x, target)
    q = np.where(t == 1, sigmoid(x), 1 - sigmoid(x))
    c = 1.0 if alpha == "off" else np.where(t == 1, alpha, 1 - alpha)
    return (-c * (1 - q)**gamma * np.log(q)).mean()


def _cross_entropies(x, labels):
    log_q = log_softmax(np.asarray(x, "d"))[0]
    return -np.take_along_axis(log_q, np.asarray(labels)[:, None], -1)[:, 0]


def _arrays(*given):
    return (np.asarray(a, "d") for a in given)
