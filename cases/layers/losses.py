"""Losses: every convention and reduction, with predictions inside the bounds and, where a bound is a convention, beyond it.

A loss is the whole chain here: the prediction x is also the output y, which has a cotangent of its own.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer

DTYPES = ("float64", "float32")
SIZES = {"batch": 5, "classes": 4}
TIME_SIZES = {"batch": 2, "time": 3, "classes": 4}


def numbers(rng, shape):
    return rng.standard_normal(shape)


def logits(rng, shape):
    return 2 * rng.standard_normal(shape)


def far_logits(rng, shape):
    """Around 900, in sixteenths: exact in both precisions."""
    return 900 + np.round(16 * logits(rng, shape)) / 16


def probabilities(rng, shape):
    """In [0.05, 0.95], each on its own."""
    return rng.uniform(0.05, 0.95, shape)


def distributions(rng, shape):
    """Rows that sum to one."""
    p = rng.uniform(0.1, 1, shape)
    return p / p.sum(-1, keepdims=True)


def labels_01(rng, shape):
    """Of both kinds in every row."""
    return (rng.permuted(np.broadcast_to(np.arange(shape[-1]), shape), axis=-1) < shape[-1] // 2).astype("float64")


def class_numbers(rng, shape):
    return rng.integers(0, shape[-1], shape[:-1])


def one_hot(rng, shape):
    return np.eye(shape[-1])[class_numbers(rng, shape)]


def with_extremes(draw, *extremes):
    """The prediction with these values at the first places of its first column, whose targets are set to one and zero."""
    def drawn(rng, shape):
        p = draw(rng, shape)
        p[:len(extremes), 0] = extremes
        return p
    return drawn


def first_column(*values):
    """Labels of zero and one, with these at the first places of the first column."""
    def drawn(rng, shape):
        t = labels_01(rng, shape)
        t[:len(values), 0] = values
        return t
    return drawn


def first_class(rng, shape):
    """Class 0 for the first two examples."""
    return np.concatenate([[0, 0], rng.integers(1, shape[-1], shape[0] - 2)])


def first_class_one_hot(rng, shape):
    return np.eye(shape[-1])[first_class(rng, shape)]


def another_class_one_hot(rng, shape):
    """Any class but the first."""
    return np.eye(shape[-1])[rng.integers(1, shape[-1], shape[:-1])]


def loss_case(name, *, kind, config, x, target, seed, catches, sizes=SIZES, flags=()) -> Case:
    """One loss at one random point; the cotangent has the shape that the reduction leaves."""
    rng, draw = np.random.default_rng(seed), drawer(seed + 1000)
    shape = tuple(sizes.values())
    per_example = kind in ("categorical_cross_entropy", "softmax_cross_entropy")
    left = {"none": shape[:-1] if per_example else shape, "per_class": shape[-1:]}.get(config.get("reduction"), ())
    axes = {"axes": len(shape)} if len(shape) != 2 else {}
    return Case(
        name=name, group="loss", network=(), loss=Layer(kind, config={**config, **axes}), sizes=sizes, catches=catches,
        flags=flags, params={},
        inputs={"x": x(rng, shape), "target": target(rng, shape)}, constants=frozenset({"target"}),
        cotangents={"y": draw(*shape), "loss": np.asarray(draw(*left))},
    )


SQUARED: dict[str, Any] = dict(kind="squared_error", x=numbers, target=numbers)
BINARY: dict[str, Any] = dict(kind="binary_cross_entropy", x=probabilities, target=labels_01)
BINARY_LOGITS: dict[str, Any] = dict(kind="binary_cross_entropy", x=logits, target=labels_01)
CATEGORICAL: dict[str, Any] = dict(kind="categorical_cross_entropy", x=distributions, target=one_hot)
SOFTMAX: dict[str, Any] = dict(kind="softmax_cross_entropy", x=logits, target=one_hot)
CLIP = {"clip": "probability"}
# The label has probability 0 and 1e-9, the latter also on the other class of a binary label
SMALL = with_extremes(probabilities, 0.0, 1e-9, 1.0, 1e-9)
LABELS_SMALL = first_column(1.0, 1.0, 0.0, 0.0)
TINY = with_extremes(distributions, 1e-9, 3e-9)
ZERO = with_extremes(probabilities, 0.0, 1e-9)

LOSSES = {
    "squared_error-mean": dict(**SQUARED, config={}, catches="half the square; the mean over the batch only"),
    "squared_error-sum": dict(**SQUARED, config={"reduction": "sum"}, catches="a mean where a sum is asked for"),
    "squared_error-half_sum": dict(**SQUARED, config={"scale": "half", "reduction": "sum"}, catches="a factor of two"),
    "squared_error-half_batch_mean": dict(**SQUARED, config={"scale": "half", "reduction": "batch_mean"}, flags=("K42",),
                                          catches="the sum divided by the number of classes, not of examples"),
    "squared_error-feature_mean": dict(**SQUARED, config={"reduction": "feature_mean"},
                                       catches="divided by the batch, or not at all"),
    "squared_error-per_class": dict(**SQUARED, config={"reduction": "per_class"},
                                    catches="the mean over the wrong axis; one cotangent for all classes"),
    "squared_error-half_none": dict(**SQUARED, config={"scale": "half", "reduction": "none"}, flags=("K30",),
                                    catches="a loss used as its own gradient"),
    "squared_error-per_class_sequence": dict(**SQUARED, config={"reduction": "per_class"}, sizes=TIME_SIZES,
                                             catches="the mean over the batch without the time steps"),
    "squared_error-sequence": dict(**SQUARED, config={"scale": "half", "reduction": "batch_mean"}, sizes=TIME_SIZES,
                                   catches="the sum over time divided by the number of time steps"),

    "binary_cross_entropy-mean": dict(**BINARY, config={}, catches="the bracket of the second term missing"),
    "binary_cross_entropy-batch_mean": dict(**BINARY, config={"reduction": "batch_mean"},
                                            catches="the sum over outputs divided by their number"),
    "binary_cross_entropy-soft": dict(kind="binary_cross_entropy", x=probabilities, target=probabilities,
                                      config={"reduction": "per_class"}, catches="a target rounded to 0 or 1"),
    "binary_cross_entropy-clip": dict(**BINARY, config=CLIP, catches="a clip that touches what is inside the bounds"),
    "binary_cross_entropy-clip_beyond": dict(
        kind="binary_cross_entropy", x=SMALL, target=LABELS_SMALL, config=CLIP,
        catches="an infinite loss at p = 0; a gradient of 1/p where the clip lets none through"),
    "binary_cross_entropy-clip_wide": dict(
        kind="binary_cross_entropy", x=probabilities, target=labels_01, config={**CLIP, "epsilon": 0.25, "reduction": "sum"},
        catches="bounds that are not epsilon and 1 - epsilon"),
    "binary_cross_entropy-log_clamp": dict(**BINARY, config={"clip": "log"}, catches="a clamp that is active inside"),
    "binary_cross_entropy-log_clamp_small": dict(
        kind="binary_cross_entropy", x=with_extremes(probabilities, 1e-9), target=first_column(1.0), config={"clip": "log"},
        catches="a probability that is clipped to 1e-7 where the logarithm should be clamped"),
    "binary_cross_entropy-log_clamp_beyond": dict(
        kind="binary_cross_entropy", x=with_extremes(probabilities, 0.0, 1.0), target=first_column(1.0, 0.0),
        config={"clip": "log"}, catches="a gradient of zero where PyTorch gives -1e12, which is no derivative of the loss"),
    "binary_cross_entropy-logits": dict(**BINARY_LOGITS, config={"prediction": "logits"}, catches="σ applied twice or never"),
    "binary_cross_entropy-logits_sum": dict(
        kind="binary_cross_entropy", x=with_extremes(logits, 40.0, -40.0), target=first_column(0.0, 1.0),
        config={"prediction": "logits", "reduction": "sum"}, catches="log(1 - σ(40)) = -inf: the form that is not stable"),

    "categorical_cross_entropy-mean": dict(**CATEGORICAL, config={}, flags=("K42",), catches="divided by the number of classes"),
    "categorical_cross_entropy-sparse": dict(
        kind="categorical_cross_entropy", x=distributions, target=class_numbers, config={"labels": "sparse"},
        catches="the probability of the wrong class picked; a gradient for the other classes"),
    "categorical_cross_entropy-soft": dict(
        kind="categorical_cross_entropy", x=distributions, target=distributions, config={"reduction": "sum"},
        catches="only the largest target counted"),
    "categorical_cross_entropy-unnormalised": dict(
        kind="categorical_cross_entropy", x=probabilities, target=one_hot, config={"reduction": "none"},
        catches="probabilities divided by their sum though nothing asks for it"),
    "categorical_cross_entropy-before_clip": dict(
        kind="categorical_cross_entropy", x=probabilities, target=one_hot, config={**CLIP, "normalise": "before_clip"},
        catches="probabilities that do not sum to one taken as they are, in the value or in the gradient"),
    "categorical_cross_entropy-before_clip_beyond": dict(
        kind="categorical_cross_entropy", x=ZERO, target=first_class_one_hot, config={**CLIP, "normalise": "before_clip"},
        catches="a gradient through a clipped probability"),
    "categorical_cross_entropy-clip_beyond": dict(
        kind="categorical_cross_entropy", x=ZERO, target=first_class_one_hot, config={**CLIP, "reduction": "sum"},
        catches="a gradient through a clipped probability; an infinite loss"),
    "categorical_cross_entropy-sparse_clip": dict(
        kind="categorical_cross_entropy", x=distributions, target=class_numbers, config={**CLIP, "labels": "sparse"},
        catches="a clip that touches what is inside the bounds"),
    "categorical_cross_entropy-after_clip": dict(
        kind="categorical_cross_entropy", x=probabilities, target=class_numbers,
        config={**CLIP, "labels": "sparse", "normalise": "after_clip"},
        catches="probabilities that do not sum to one taken as they are, in the value or in the gradient"),
    "categorical_cross_entropy-after_clip_beyond": dict(
        kind="categorical_cross_entropy", x=ZERO, target=first_class,
        config={**CLIP, "labels": "sparse", "normalise": "after_clip"},
        catches="the gradient that still flows through the sum when the label's own probability is clipped"),
    "categorical_cross_entropy-small": dict(
        kind="categorical_cross_entropy", x=TINY, target=first_class_one_hot, config={},
        catches="a probability that is clipped to 1e-7 though nothing asks for it"),
    "categorical_cross_entropy-sequence": dict(
        kind="categorical_cross_entropy", x=distributions, target=class_numbers, sizes=TIME_SIZES,
        config={"labels": "sparse"}, catches="time steps and classes exchanged"),

    "softmax_cross_entropy-mean": dict(**SOFTMAX, config={}, catches="softmax applied twice; a sum over the batch"),
    "softmax_cross_entropy-sum": dict(**SOFTMAX, config={"reduction": "sum"}, catches="a mean where a sum is asked for"),
    "softmax_cross_entropy-soft": dict(kind="softmax_cross_entropy", x=logits, target=distributions,
                                       config={"reduction": "none"}, catches="only the largest target counted"),
    "softmax_cross_entropy-sparse": dict(kind="softmax_cross_entropy", x=logits, target=class_numbers,
                                         config={"labels": "sparse"}, catches="the wrong class picked"),
    "softmax_cross_entropy-sequence": dict(
        kind="softmax_cross_entropy", x=logits, target=class_numbers, sizes=TIME_SIZES,
        config={"labels": "sparse", "reduction": "batch_mean"},
        catches="the losses of the time steps averaged where they are summed"),
    "softmax_cross_entropy-one_hot_sequence": dict(**SOFTMAX, sizes=TIME_SIZES, config={},
                                                   catches="time steps and classes exchanged"),
    "softmax_cross_entropy-large": dict(
        kind="softmax_cross_entropy", x=with_extremes(logits, 300.0, -300.0), target=first_class_one_hot, config={},
        catches="exp without the shift by the largest logit: overflow, or log 0"),
    "softmax_cross_entropy-overflow": dict(
        kind="softmax_cross_entropy", x=far_logits, target=one_hot, config={}, flags=("K34",),
        catches="K34: exp without the shift by the largest logit, where exp overflows and no probability is near 0 or 1"),

    "categorical_cross_entropy-impossible": dict(
        kind="categorical_cross_entropy", x=with_extremes(distributions, 0.0, 0.0), target=another_class_one_hot, config={},
        catches="0 log 0 = nan for a class of probability zero that is not the label"),
    "binary_cross_entropy-sure": dict(
        kind="binary_cross_entropy", x=with_extremes(probabilities, 0.0, 1.0), target=first_column(0.0, 1.0), config={},
        catches="0 log 0 = nan where an answer is sure and right; a gradient of 0/0 there"),
    "binary_cross_entropy-logits_sure": dict(
        kind="binary_cross_entropy", x=with_extremes(logits, 40.0, -40.0), target=first_column(1.0, 0.0),
        config={"prediction": "logits", "reduction": "none"},
        catches="softplus(a) - a t and σ(a) - t, whose digits cancel where an answer is sure and right"),
}

CASES = tuple(
    loss_case(f"loss-{name}-{dtype}", seed=300 + i, **fixture).astype(dtype)
    for i, (name, fixture) in enumerate(LOSSES.items()) for dtype in DTYPES)
