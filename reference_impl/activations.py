"""Activation functions and their derivatives, for float32, float64 and complex128 (the complex step runs through them).

`ACTIVATIONS[name](a, **options)` gives `(value, vjp)`: the value at the pre-activation a, and the function that takes
dL/d(value) to dL/da. Both have the shape of a.
"""

import numpy as np


def sigmoid(a):
    """Logistic function 1 / (1 + exp(-a)) = (1 + tanh(a/2)) / 2; the second form cannot overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * a))


def sigmoid_activation(a):
    """y = σ(a),  dy/da = y (1 - y)"""
    y = sigmoid(a)
    return y, lambda dy: dy * y * (1 - y)


def tanh_activation(a):
    """y = tanh(a),  dy/da = 1 - y²"""
    y = np.tanh(a)
    return y, lambda dy: dy * (1 - y**2)


def linear(a):
    """y = a,  dy/da = 1"""
    return a, lambda dy: dy


def relu(a):
    """y = a where a > 0, else 0,  dy/da = 1 where a > 0, else 0 (0 at the kink)"""
    positive = a.real > 0
    y = np.where(positive, a, 0) if np.iscomplexobj(a) else np.maximum(a, 0)
    return y, lambda dy: dy * positive


ACTIVATIONS = {
    "linear": linear,
    "relu": relu,
    "sigmoid": sigmoid_activation,
    "tanh": tanh_activation,
}
