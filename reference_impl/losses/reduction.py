"""From the losses of single elements or examples to the loss of the batch.

    sum            Σ over everything
    mean           its mean over everything: PyTorch's and Keras's default
    batch_mean     mean over the batch of the sum over everything else: Σ/m in texts with m examples
    feature_mean   sum over the examples of the mean over the features: Keras with reduction="sum"
    per_class      mean over the examples, one loss for each feature
    none           every element's own
"""

import math

import numpy as np

from nnparity.reference_impl.config import choice

OVER_EXAMPLES = ("mean", "sum", "batch_mean", "none")  # for losses that belong to a whole example
OVER_ELEMENTS = (*OVER_EXAMPLES, "feature_mean", "per_class")


def reduce(loss, losses, reduction, axes, allowed):
    """The reduced loss, and the function that takes its cotangent to that of every element.

    `losses` (..., batch, ...) are reduced over their last `axes` axes, of which the first is the batch and for per_class and
    feature_mean the last one the features. Results are arrays, also of no axes, of the dtype of `losses`. Raises ValueError
    for a reduction that is not in `allowed`.
    """
    choice(loss, "reduction", reduction, allowed)
    if reduction == "none":
        return losses, lambda dy: dy
    shape = losses.shape[losses.ndim - axes:]
    over = tuple(range(-axes, -1 if reduction == "per_class" else 0))
    divisor = {"sum": 1, "mean": math.prod(shape), "batch_mean": shape[0], "feature_mean": shape[-1],
               "per_class": math.prod(shape[:-1])}[reduction]

    def pull(dy):
        return np.broadcast_to(np.expand_dims(np.asarray(dy / divisor), over), losses.shape)

    return np.asarray(losses.sum(over) / divisor), pull
