"""Squared error.

    e = (x - t)²,       de/dx = 2 (x - t)      scale="full"
    e = (x - t)² / 2,   de/dx = x - t          scale="half"

Layouts: x and target t (batch, features), or any number of axes given as `axes`; y as the reduction says, () for most.

PyTorch and Keras take the mean of the full square, tf.nn.l2_loss half the sum, optax.l2_loss half the square of each
element, and many texts 1/(2m) Σ over m examples (half, batch_mean).
"""

from nnparity.reference_impl.config import choice
from nnparity.reference_impl.losses.reduction import OVER_ELEMENTS, reduce


def squared_error(_params, inputs, *, scale="full", reduction="mean", axes=2):
    """`({"y": loss}, vjp)`. Raises ValueError for an unknown scale or reduction (see reduction.py)."""
    choice("squared_error", "scale", scale, ("full", "half"))
    error = inputs["x"] - inputs["target"]
    losses = error * error if scale == "full" else 0.5 * error * error
    y, pull = reduce("squared_error", losses, reduction, axes, OVER_ELEMENTS)

    def vjp(cotangents):
        d = pull(cotangents["y"]) * error
        return {"x": 2 * d if scale == "full" else d}

    return {"y": y}, vjp
