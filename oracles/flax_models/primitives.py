"""What oracles/models/compute.py asks of a framework, by JAX."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

matmul, sqrt, tanh, sigmoid, exp, softplus, abs = (  # noqa: A001
    jnp.matmul, jnp.sqrt, jnp.tanh, jax.nn.sigmoid, jnp.exp, jax.nn.softplus, jnp.abs)
erf, constant, fixed, concatenate, stack = lax.erf, jnp.asarray, lax.stop_gradient, jnp.concatenate, jnp.stack


def take(table, i):
    return jnp.take(table, jnp.asarray(i, int), axis=0)


def softmax(x, axis):
    return jax.nn.softmax(x, axis=axis)


def log_softmax(x, axis):
    return jax.nn.log_softmax(x, axis=axis)


def zeros(shape):
    return jnp.zeros(shape)


def pad(x, pairs, value):
    return jnp.pad(x, pairs, constant_values=value) if any(map(any, pairs)) else x


def conv(x, kernel, stride, dilation, groups):
    return lax.conv_general_dilated(x, kernel, stride, "VALID", rhs_dilation=dilation, feature_group_count=groups)


def conv_transpose(x, kernel, stride, dilation, groups):
    """All of it: (n - 1) s + d (k - 1) + 1 on each axis; kernel (channels, filters, ...)."""
    ends = [(d * (k - 1),) * 2 for k, d in zip(kernel.shape[2:], dilation)]
    turned = jnp.flip(kernel, tuple(range(2, kernel.ndim)))
    return jnp.concatenate([
        lax.conv_general_dilated(a, k.swapaxes(0, 1), (1,) * len(stride), ends, lhs_dilation=stride, rhs_dilation=dilation)
        for a, k in zip(jnp.split(x, groups, 1), jnp.split(turned, groups, 0))], 1)


def max_pool(x, size, stride):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, *size), (1, 1, *stride), "VALID")


def average_pool(x, size, stride):
    return lax.reduce_window(x, 0.0, lax.add, (1, 1, *size), (1, 1, *stride), "VALID") / float(np.prod(size))


def cut(x, axis, start, end):
    return lax.slice_in_dim(x, start, end, axis=axis)


def mean(x, axes):
    return x.mean(axes, keepdims=True)


def largest(x, axes):
    return x.max(axes, keepdims=True)


def drop(x, axes):
    return x.squeeze(axes)


def flat(x):
    return x.reshape(-1)


def reshape(x, shape):
    return x.reshape(shape)


def transposed(x):
    return x.swapaxes(-1, -2)


def transpose(x, order):
    return x.transpose(order)


def maximum(x, bound):
    """As relu: the gradient at the bound is 0."""
    return jnp.where(x > bound, x, bound)


def minimum(x, bound):
    return jnp.where(x < bound, x, bound)


def along(x, matrix, axis):
    """The matrix times each vector along an axis."""
    return jnp.moveaxis(jnp.moveaxis(x, axis, -1) @ jnp.asarray(matrix).T, -1, axis)
