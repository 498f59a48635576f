"""A layer that applies an activation and nothing else.

    y = f(x)

Layouts: x and y of one shape, (batch, ...). Softmax and log_softmax take `axis`, counted from the end (-1 by default).
The forward pass takes float32, float64 or complex128 and any leading axes.
"""

from nnparity.reference_impl.activations import ACTIVATIONS, activate
from nnparity.reference_impl.config import choice


def activation(_params, inputs, *, function, **options):
    """`({"y": f(x)}, vjp)`. Raises ValueError for an unknown function or option (see ACTIVATIONS)."""
    choice("activation", "function", function, ACTIVATIONS)
    y, pull = activate("activation", function, inputs["x"], options)
    return {"y": y}, lambda cotangents: {"x": pull(cotangents["y"])}
