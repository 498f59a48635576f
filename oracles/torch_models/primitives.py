"""What oracles/models/compute.py asks of a framework, by PyTorch."""

import numpy as np
import torch
from torch.nn import functional as F

matmul, take, sqrt, tanh, sigmoid, erf, exp, softplus, abs, softmax, log_softmax = (  # noqa: A001
    torch.matmul, lambda table, i: table[i.long()], torch.sqrt, torch.tanh, torch.sigmoid, torch.erf, torch.exp, F.softplus,
    torch.abs, F.softmax, F.log_softmax)


def constant(array):
    return torch.tensor(np.asarray(array))


def fixed(x):
    """x, through which no gradient flows."""
    return x.detach()


def zeros(shape):
    return torch.zeros(shape, dtype=torch.float64)


def pad(x, pairs, value):
    if not any(map(any, pairs)):
        return x
    return F.pad(x, [n for pair in reversed(pairs) for n in pair], value=value)


def conv(x, kernel, stride, dilation, groups):
    function = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.ndim]
    return function(x, kernel, None, stride, 0, dilation, groups)


def conv_transpose(x, kernel, stride, dilation, groups):
    function = {3: F.conv_transpose1d, 4: F.conv_transpose2d}[x.ndim]
    return function(x, kernel, None, stride, 0, 0, groups, dilation)


def max_pool(x, size, stride):
    return {3: F.max_pool1d, 4: F.max_pool2d}[x.ndim](x, size, stride)


def average_pool(x, size, stride):
    return {3: F.avg_pool1d, 4: F.avg_pool2d}[x.ndim](x, size, stride)


def cut(x, axis, start, end):
    return x.narrow(axis, start, end - start)


def mean(x, axes):
    return x.mean(axes, keepdim=True)


def largest(x, axes):
    return x.amax(axes, keepdim=True)


def drop(x, axes):
    return x.squeeze(axes)


def flat(x):
    return x.reshape(-1)


def reshape(x, shape):
    return x.reshape(shape)


def transposed(x):
    return x.transpose(-1, -2)


def transpose(x, order):
    return x.permute(order)


def maximum(x, bound):
    return x.clamp(min=bound)


def minimum(x, bound):
    return x.clamp(max=bound)


def concatenate(parts, axis):
    return torch.cat(parts, axis)


def stack(parts, axis):
    return torch.stack(parts, axis)


def along(x, matrix, axis):
    """The matrix times each vector along an axis."""
    return torch.movedim(torch.movedim(x, axis, -1) @ constant(matrix).T, -1, axis)
