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


def side_by_side(kernels):
    """(..., gates, in, hidden) -> (..., in, gates * hidden): one product then serves all gates."""
    return flat(np.moveaxis(kernels, -3, -2))


def gates_first(kernel, gates):
    """(in, gates * hidden) -> (gates, in, hidden): what side_by_side did, undone."""
    return kernel.reshape(len(kernel), gates, -1).swapaxes(0, 1)


def flat(gates):
    """(..., gates, hidden) -> (..., gates * hidden)."""
    return gates.reshape(*gates.shape[:-2], -1)


def workspace(x, kernel, params, inputs):
    """Shape (time, ..., batch) and dtype that everything computed from these arrays has.

    x (time, ..., batch, input) and kernel (..., input, ·) carry the leading axes; one complex array makes all complex.
    """
    lead = x.shape[1:-2] if kernel.ndim == 2 else np.broadcast_shapes(x.shape[1:-2], kernel.shape[:-2])
    return (len(x), *lead, x.shape[-2]), np.result_type(*params.values(), *inputs.values())


def project(x, kernel, bias, shape, dtype):
    """x K + b of all steps in one product: (time, ..., batch, ·)."""
    if kernel.ndim == 2:
        a = x.reshape(-1, x.shape[-1]) @ kernel
        a = (a if a.dtype == dtype else a.astype(dtype)).reshape(*shape, -1)
    else:
        a = np.empty((*shape, kernel.shape[-1]), dtype)
        a[...] = x @ kernel
    a += bias[..., None, :]
    return a


def states_from(first, shape, hidden, dtype):
    """Room for the states of all steps and the one before them, (time + 1, ..., batch, hidden); zero where none is given."""
    states = np.empty((shape[0] + 1, *shape[1:], hidden), dtype)
    states[0] = 0 if first is None else first
    return states


def product_for(kernel):
    """np.dot where one BLAS call does it, np.matmul where the kernel has leading axes."""
    return np.dot if kernel.ndim == 2 else np.matmul


def over_steps(inputs, cotangents):
    """Σ_t inputs_tᵀ cotangents_t for arrays (time, batch, ·): the weight gradient of a product taken at every step."""
    return inputs.reshape(-1, inputs.shape[-1]).T @ cotangents.reshape(-1, cotangents.shape[-1])


def over_batch(cotangents):
    """Σ over time and batch of (time, batch, ·): the gradient of a bias. As a product it is faster than a sum."""
    rows = cotangents.reshape(-1, cotangents.shape[-1])
    return np.ones(len(rows), rows.dtype) @ rows


def blocks_from_the_end(steps, bytes_of_a_step):
    """Slices of time from the last to the first, each small enough to stay in the cache while it is worked on."""
    length = max(1, CACHE // bytes_of_a_step)
    for stop in range(steps, 0, -length):
        yield range(max(0, stop - length), stop)


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
