"""Losses in Keras: keras.losses where it has the loss, the convention and the reduction; keras.ops where it has not.

Every keras.losses object takes dtype=: without it the prediction is cast to float32.
"""

import keras
from keras import ops

from nnparity.cases.case import Case, Layer, Unsupported
from nnparity.oracles.chain import Built

LEAST_VARIANCE = 1e-12  # p (1 - p) in PyTorch's gradient is no less
OWN_OF_ELEMENTS = {"mean": "sum_over_batch_size", "feature_mean": "sum"}  # Keras means over the features in any case
OWN_OF_EXAMPLES = {"mean": "sum_over_batch_size", "sum": "sum", "none": "none"}


def reduced(losses, reduction: str, batch: int):
    """The losses of elements or examples (batch, ...) reduced as Keras has no word for."""
    match reduction:
        case "mean":
            return ops.mean(losses)
        case "sum":
            return ops.sum(losses)
        case "batch_mean":
            return ops.sum(losses) / batch
        case "feature_mean":
            return ops.sum(ops.mean(losses, -1))
        case "per_class":
            return ops.mean(losses, tuple(range(losses.ndim - 1)))
    return losses


def own(case: Case, name: str, reduction: str, **options) -> Built:
    """keras.losses.<name>, the whole of it."""
    module = getattr(keras.losses, name)(reduction=reduction, dtype=str(case.dtype), **options)
    written = ", ".join(f"{k}={v!r}" for k, v in {**options, "reduction": reduction}.items())
    return Built(f"keras.losses.{name}({written})", lambda _weights, inputs: {"y": module(inputs["target"], inputs["x"])})


def composed(built: str, losses, reduction: str) -> Built:
    """losses(x, target) from keras.ops, then the reduction."""
    def forward(_weights, inputs):
        x = inputs["x"]
        return {"y": reduced(losses(x, inputs["target"]), reduction, x.shape[0])}

    return Built(f"{built} -> {reduction}", forward, composed=True)


def squared_error(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """keras.losses.MeanSquaredError: the full square, reduction "mean" or "feature_mean"."""
    scale, reduction = layer.config.get("scale", "full"), layer.config.get("reduction", "mean")
    if scale == "full" and reduction in OWN_OF_ELEMENTS:
        return own(case, "MeanSquaredError", OWN_OF_ELEMENTS[reduction])
    divisor = 2 if scale == "half" else 1
    return composed("ops.square(x - t) / 2" if scale == "half" else "ops.square(x - t)",
                    lambda x, t: ops.square(x - t) / divisor, reduction)


def binary_cross_entropy(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """keras.losses.BinaryCrossentropy is clip="probability" with its epsilon 1e-7, or the one on logits."""
    config = {"prediction": "probabilities", "clip": "none", "epsilon": 1e-7, "reduction": "mean", **layer.config}
    logits, epsilon = config["prediction"] == "logits", config["epsilon"]
    keras_clips = config["clip"] == "probability" and epsilon == keras.config.epsilon()
    if logits or keras_clips:
        if config["reduction"] in OWN_OF_ELEMENTS:
            return own(case, "BinaryCrossentropy", OWN_OF_ELEMENTS[config["reduction"]], from_logits=logits)
        return composed(f"ops.binary_crossentropy(from_logits={logits})",
                        lambda x, t: ops.binary_crossentropy(t, x, from_logits=logits), config["reduction"])

    if config["clip"] == "log" and not (case.inputs["x"] * (1 - case.inputs["x"]) >= LEAST_VARIANCE).all():
        raise Unsupported("keras has no clamped logarithm, and the gradient beyond the clamp is no derivative of the loss, "
                          "so it cannot be had by differentiation")

    def losses(x, t):
        if config["clip"] == "log":
            return -t * log_at_least(ops.log(x)) - (1 - t) * log_at_least(ops.log1p(-x))
        p = ops.clip(x, epsilon, 1 - epsilon) if config["clip"] == "probability" else x
        return -weighted(t, ops.log, p) - weighted(1 - t, ops.log1p, -p)

    return composed(f"binary cross-entropy from ops.log and log1p, clip={config['clip']!r}", losses, config["reduction"])


def log_at_least(log_p, least=-100.0):
    return ops.maximum(log_p, least)


def weighted(t, log, p):
    """t log p, and 0 with a gradient of 0 where t is 0 whatever p is."""
    return t * log(ops.where(t == 0, ops.cast(0.5, p.dtype), p))


def categorical_cross_entropy(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """keras.losses: CategoricalCrossentropy is normalise="before_clip", SparseCategoricalCrossentropy "after_clip"."""
    config = {"labels": "one_hot", "clip": "none", "epsilon": 1e-7, "normalise": "none", "reduction": "mean", **layer.config}
    epsilon, reduction = config["epsilon"], config["reduction"]
    keras_clips = config["clip"] == "probability" and epsilon == keras.config.epsilon() and reduction in OWN_OF_EXAMPLES
    match config["labels"], config["normalise"]:
        case "one_hot", "before_clip" if keras_clips:
            return own(case, "CategoricalCrossentropy", OWN_OF_EXAMPLES[reduction])
        case "sparse", "after_clip" if keras_clips:
            return own(case, "SparseCategoricalCrossentropy", OWN_OF_EXAMPLES[reduction])

    def losses(p, t):
        if config["normalise"] == "before_clip":
            p = p / ops.sum(p, -1, keepdims=True)
        if config["clip"] == "probability":
            p = ops.clip(p, epsilon, 1 - epsilon)
        if config["normalise"] == "after_clip":
            p = p / ops.sum(p, -1, keepdims=True)
        if config["labels"] == "sparse":
            return -ops.squeeze(ops.take_along_axis(ops.log(p), t[..., None], -1), -1)
        return -ops.sum(weighted(t, ops.log, p), -1)

    return composed(f"cross-entropy from ops.log, clip={config['clip']!r}, normalise={config['normalise']!r}", losses,
                    reduction)


def softmax_cross_entropy(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """keras.losses.CategoricalCrossentropy and SparseCategoricalCrossentropy with from_logits=True."""
    sparse, reduction = layer.config.get("labels", "one_hot") == "sparse", layer.config.get("reduction", "mean")
    if reduction in OWN_OF_EXAMPLES:
        return own(case, "SparseCategoricalCrossentropy" if sparse else "CategoricalCrossentropy",
                   OWN_OF_EXAMPLES[reduction], from_logits=True)
    function = ops.sparse_categorical_crossentropy if sparse else ops.categorical_crossentropy
    return composed(f"ops.{function.__name__}(from_logits=True)", lambda x, t: function(t, x, from_logits=True), reduction)


BUILDERS = {"squared_error": squared_error, "binary_cross_entropy": binary_cross_entropy,
          "categorical_cross_entropy": categorical_cross_entropy, "softmax_cross_entropy": softmax_cross_entropy}
