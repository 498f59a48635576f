"""What the recurrent layers share: moving gates and time steps about, products over all steps, slopes of activations.

Time is the first axis inside a layer, so that one step is one block of memory. All of it takes float32, float64 and
complex128 and leading axes in front of the documented layouts.
"""

import numpy as np

from reference_impl.activations import ACTIVATIONS, sigmoid
from reference_impl.config import choice

NOT_ELEMENTWISE = ("softmax", "log_softmax")
CACHE = 2**19  # bytes of one block of steps that should stay in the second-level cache


def time_first(x):
    """(..., batch, time, features) -> (time, ..., batch, features), in one piece of memory."""
    return np.ascontiguousarray(np.moveaxis(x, -2, 0))


def batch_first(steps):
    """(time, ..., batch, features) -> (..., batch, time, features)."""
    return np.moveaxis(steps, 0, -2)


def workspace(x, params, inputs):
    """Leading axes, batch and dtype of everything computed from these arrays: one complex array makes all complex.

    x (time, ..., batch, input) carries the leading axes.
    """
    return x.shape[1:-2], x.shape[-2], np.result_type(*params.values(), *inputs.values())


def product_for(kernel):
    """np.dot where one BLAS call does it, np.matmul where the kernel has leading axes."""
    return np.dot if kernel.ndim == 2 else np.matmul


def blocks_from_the_end(steps, bytes_of_a_step):
    """Slices of time from the last to the first, each small enough to stay in the cache while it is worked on."""
    length = max(1, CACHE // bytes_of_a_step)
    for stop in range(steps, 0, -length):
        yield slice(max(0, stop - length), stop)


def elementwise(layer, option, name):
    """Two functions of an activation: `value(a)`, and `slope(a, y)` = dy/da at pre-activation a with value y.

    Raises ValueError for a name that is unknown or not elementwise.
    """
    choice(layer, option, name, [known for known in ACTIVATIONS if known not in NOT_ELEMENTWISE])
    if name == "tanh":
        return np.tanh, lambda _, y: 1 - y * y
    if name == "sigmoid":
        return sigmoid, lambda _, y: y * (1 - y)
    activation = ACTIVATIONS[name]
    return (lambda a: activation(a)[0]), (lambda a, y: activation(a)[1](np.ones_like(y)))
