"""Losses: the last layer of a chain. Input x is the prediction, input `target` is constant, output y is the loss.

A loss reduces over the last `axes` axes of x, 2 for (batch, features), 3 for (batch, time, features), and keeps what stands
in front of them.
"""

from collections.abc import Callable

from nnparity.reference_impl.losses.binary_cross_entropy import binary_cross_entropy
from nnparity.reference_impl.losses.categorical_cross_entropy import categorical_cross_entropy, softmax_cross_entropy
from nnparity.reference_impl.losses.squared_error import squared_error

LOSSES: dict[str, Callable] = {
    "squared_error": squared_error,
    "binary_cross_entropy": binary_cross_entropy,
    "categorical_cross_entropy": categorical_cross_entropy,
    "softmax_cross_entropy": softmax_cross_entropy,
}
