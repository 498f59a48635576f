"""Flatten: the last `axes` axes of x become one.

    y[b, (i · width + j) · channels + k] = x[b, i, j, k]      order="as_stored"
    y[b, (k · height + i) · width + j]   = x[b, i, j, k]      order="channels_first"

Layouts: x (batch, height, width, channels) with axes=3, or any other number of axes; y (batch, features). The axes are
counted from the end, so any leading axes are kept.

as_stored leaves every number where it is in memory. Keras stores images with the channels last, PyTorch with the channels
first, so the same image flattens to two orders, and a dense kernel carried from one to the other needs its rows permuted:
order="channels_first" gives for a channels-last x what PyTorch gives for the same image in its own layout.
"""

import math

import numpy as np

from nnparity.reference_impl.config import choice


def flatten(_params, inputs, *, axes, order="as_stored"):
    """`({"y": ...}, vjp)`. Raises ValueError for an unknown order, or where x has no `axes` axes behind the batch."""
    choice("flatten", "order", order, ("as_stored", "channels_first"))
    x = inputs["x"]
    if not 1 <= axes < x.ndim:
        raise ValueError(f"flatten: axes={axes} of x with shape {x.shape} would leave no batch axis")
    first = x if order == "as_stored" else np.moveaxis(x, -1, -axes)
    y = first.reshape(*x.shape[:-axes], math.prod(x.shape[-axes:]))

    def vjp(cotangents):
        dx = cotangents["y"].reshape(first.shape)
        return {"x": dx if order == "as_stored" else np.moveaxis(dx, -axes, -1)}

    return {"y": y}, vjp
