"""What the recurrent layers share: moving gates and time steps about, products over all steps, slopes of activations.

Time is the first axis inside a layer, so that one step is one block of memory. All of it takes float32, float64 and
complex128 and leading axes in front of the documented layouts.
"""

import numpy as np

from nnparity.reference_impl import activations
from nnparity.reference_impl.activations import ACTIVATIONS, activate
from nnparity.reference_impl.config import choice

NOT_ELEMENTWISE = ("softmax", "log_softmax")
CACHE = 2**19  # bytes of one block of steps that should stay in the second-level cache


def time_first(x):
    """(..., batch, time, features) -> (time, ..., batch, features)."""
    return x.swapaxes(0, 1) if x.ndim == 3 else np.moveaxis(x, -2, 0)  # np.moveaxis takes as long as ten products


def batch_first(steps):
    """(time, ..., batch, features) -> (..., batch, time, features)."""
    return steps.swapaxes(0, 1) if steps.ndim == 3 else np.moveaxis(steps, 0, -2)


def workspace(x, params, inputs):
    """Leading axes, batch and dtype of everything computed from these arrays: one complex array makes all complex.

    x (time, ..., batch, input) carries the leading axes.
    """
    return x.shape[1:-2], x.shape[-2], np.result_type(*params.values(), *inputs.values())


def fits(layer, x, kernel):
    """Raise ValueError unless the kernel (..., input, hidden) takes as many features as x has: one alone would be repeated."""
    if x.shape[-1] != kernel.shape[-2]:
        raise ValueError(f"{layer}: x has {x.shape[-1]} features, its kernel takes {kernel.shape[-2]}")


def sigmoid(a, out):
    """σ(a) = exp(a) / (1 + exp(a)), written into `out`; a stays as it is. `activations.sigmoid` in half the time."""
    if np.iscomplexobj(out):
        out[...] = activations.sigmoid(a)
        return
    e = out if out.dtype == np.float64 else np.empty_like(out, "float64")
    np.minimum(a, activations.SATURATED, out=e)
    np.exp(e, e)
    np.divide(e, 1 + e, e)
    if e is not out:
        out[...] = e


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
        return activations.sigmoid, lambda _, y: y * (1 - y)
    return (lambda a: activate(layer, name, a, {})[0]), (lambda a, y: activate(layer, name, a, {})[1](np.ones_like(y)))
