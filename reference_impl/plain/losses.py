"""Losses of x (examples, features) and target t; `divisor` is what the sum over everything is divided by."""

import numpy as np


def squared_error(x, t, half, divisor):
    error = x - t
    loss = half * np.sum(error**2) / divisor
    return loss


def squared_error_backward(x, t, error, dloss, half, divisor):
    dx = dloss * 2 * half * error / divisor
    return dx


def binary_cross_entropy(x, t, divisor):
    loss = -np.sum(t * np.log(x) + (1 - t) * np.log(1 - x)) / divisor
    return loss


def binary_cross_entropy_backward(x, t, dloss, divisor):
    dx = dloss * (x - t) / (x * (1 - x)) / divisor
    return dx


def categorical_cross_entropy(x, t, divisor):
    loss = -np.sum(t * np.log(x)) / divisor
    return loss


def categorical_cross_entropy_backward(x, t, dloss, divisor):
    dx = -dloss * t / x / divisor
    return dx


def softmax_cross_entropy(x, t, divisor):
    e = np.exp(x)
    p = e / np.sum(e, axis=1, keepdims=True)
    loss = -np.sum(t * np.log(p)) / divisor
    return loss


def softmax_cross_entropy_backward(x, t, p, dloss, divisor):
    dx = dloss * (p * np.sum(t, axis=1, keepdims=True) - t) / divisor
    return dx
