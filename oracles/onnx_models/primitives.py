"""What oracles/models/compute.py asks of a framework, by NumPy; convolutions and pools by ONNX's reference evaluator.

There are no gradients here: an ONNX graph has none.
"""

import math

import numpy as np
from onnx import helper
from onnx.reference import ReferenceEvaluator

OPSET = 17

matmul, sqrt, tanh, exp, abs = np.matmul, np.sqrt, np.tanh, np.exp, np.abs  # noqa: A001
erf = np.vectorize(math.erf, otypes=[float])


def node(operator, inputs, **attributes):
    names = [f"x{k}" for k in range(len(inputs))]
    evaluator = ReferenceEvaluator(helper.make_node(operator, names, ["y"], **attributes), opsets={"": OPSET})
    return evaluator.run(None, dict(zip(names, inputs)))[0]


def take(table, i):
    return table[np.asarray(i, int)]


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


def softplus(x):
    return np.logaddexp(x, 0)


def softmax(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def log_softmax(x, axis):
    moved = x - x.max(axis, keepdims=True)
    return moved - np.log(np.exp(moved).sum(axis, keepdims=True))


def constant(array):
    return np.asarray(array)


def fixed(x):
    return x


def zeros(shape):
    return np.zeros(shape)


def pad(x, pairs, value):
    return np.pad(x, pairs, constant_values=value) if any(map(any, pairs)) else x


def conv(x, kernel, stride, dilation, groups):
    return node("Conv", [x, kernel], strides=list(stride), dilations=list(dilation), group=groups)


def conv_transpose(x, kernel, stride, dilation, groups):
    """Group by group: the evaluator knows but one."""
    parts = zip(np.split(x, groups, 1), np.split(kernel, groups))
    given = {"strides": list(stride), "dilations": list(dilation)}
    return np.concatenate([node("ConvTranspose", [part, k], **given) for part, k in parts], 1)


def windows(x, size, stride):
    """(batch, channels, ...outputs, ...size)."""
    seen = np.lib.stride_tricks.sliding_window_view(x, tuple(size), tuple(range(2, x.ndim)))
    return seen[(slice(None), slice(None), *(slice(None, None, n) for n in stride))]


def max_pool(x, size, stride):
    return windows(x, size, stride).max(tuple(range(-len(size), 0)))


def average_pool(x, size, stride):
    return windows(x, size, stride).mean(tuple(range(-len(size), 0)))


def cut(x, axis, start, end):
    return x[(*(slice(None),) * axis, slice(start, end))]


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
    return np.maximum(x, bound)


def minimum(x, bound):
    return np.minimum(x, bound)


def concatenate(parts, axis):
    return np.concatenate(parts, axis)


def stack(parts, axis):
    return np.stack(parts, axis)


def along(x, matrix, axis):
    """The matrix times each vector along an axis."""
    return np.moveaxis(np.moveaxis(x, axis, -1) @ matrix.T, -1, axis)
