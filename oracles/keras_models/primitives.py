"""What oracles/models/compute.py asks of a framework, by TensorFlow. Its convolutions have their channels last on a CPU."""

import numpy as np
import tensorflow as tf

matmul, sqrt, tanh, sigmoid, erf, exp, softplus, abs = (  # noqa: A001
    tf.matmul, tf.sqrt, tf.tanh, tf.sigmoid, tf.math.erf, tf.exp, tf.math.softplus, tf.abs)


def take(table, i):
    return tf.gather(table, tf.cast(i, tf.int64))


def softmax(x, axis):
    return tf.nn.softmax(x, axis)


def log_softmax(x, axis):
    return tf.nn.log_softmax(x, axis)


def constant(array):
    return tf.constant(np.asarray(array))


def fixed(x):
    """x, through which no gradient flows."""
    return tf.stop_gradient(x)


def zeros(shape):
    return tf.zeros(shape, tf.float64)


def pad(x, pairs, value):
    return tf.pad(x, pairs, constant_values=value) if any(map(any, pairs)) else x


def channels_last(x):
    return tf.transpose(x, (0, *range(2, len(x.shape)), 1))


def channels_first(x):
    return tf.transpose(x, (0, len(x.shape) - 1, *range(1, len(x.shape) - 1)))


def conv(x, kernel, stride, dilation, groups):
    x, kernel = channels_last(x), tf.transpose(kernel, (*range(2, len(kernel.shape)), 1, 0))
    parts = [tf.nn.convolution(a, k, strides=stride, padding="VALID", dilations=dilation)
             for a, k in zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1))]
    return channels_first(tf.concat(parts, -1))


def conv_transpose(x, kernel, stride, dilation, groups):
    """All of it: (n - 1) s + d (k - 1) + 1 on each axis."""
    size = [int(n) for n in kernel.shape[2:]]
    lengths = [(int(n) - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(x.shape[2:], stride, dilation, size)]
    parts = []
    for a, k in zip(tf.split(channels_last(x), groups, -1), tf.split(kernel, groups, 0)):
        turned = tf.transpose(k, (*range(2, len(k.shape)), 1, 0))
        shape = int(x.shape[0]), *lengths, int(k.shape[1])
        parts.append(tf.nn.conv_transpose(a, turned, shape, strides=stride, padding="VALID", dilations=dilation))
    return channels_first(tf.concat(parts, -1))


def max_pool(x, size, stride):
    return channels_first(tf.nn.pool(channels_last(x), size, "MAX", stride, "VALID"))


def average_pool(x, size, stride):
    return channels_first(tf.nn.pool(channels_last(x), size, "AVG", stride, "VALID"))


def cut(x, axis, start, end):
    return tf.gather(x, tf.range(start, end), axis=axis)


def mean(x, axes):
    return tf.reduce_mean(x, axes, keepdims=True)


def largest(x, axes):
    return tf.reduce_max(x, axes, keepdims=True)


def drop(x, axes):
    return tf.squeeze(x, axes)


def flat(x):
    return tf.reshape(x, (-1,))


def reshape(x, shape):
    return tf.reshape(x, shape)


def transposed(x):
    return tf.linalg.matrix_transpose(x)


def transpose(x, order):
    return tf.transpose(x, order)


def maximum(x, bound):
    """As relu: the gradient at the bound is 0."""
    return tf.where(x > bound, x, tf.cast(bound, x.dtype))


def minimum(x, bound):
    return tf.where(x < bound, x, tf.cast(bound, x.dtype))


def concatenate(parts, axis):
    return tf.concat(parts, axis)


def stack(parts, axis):
    return tf.stack(parts, axis)


def along(x, matrix, axis):
    order = [i for i in range(len(x.shape)) if i != axis] + [axis]
    y = tf.linalg.matvec(constant(matrix), tf.transpose(x, order))
    return tf.transpose(y, [int(i) for i in np.argsort(order)])
