"""Activations on the primitives of a framework, by neutral names and settings."""

import math
from typing import Any


def activation(ops, s, p, xs):
    """{"name": "leaky_relu", "slope": 0.2}; softmax works along `axis` of the tensor as it is."""
    del p
    return {"y": FUNCTIONS[s["name"]](ops, xs[0], s)}


def leaky_relu(ops, x, s):
    return ops.maximum(x, 0.0) + s["slope"] * ops.minimum(x, 0.0)


def elu(ops, x, s):
    return ops.maximum(x, 0.0) + s["alpha"] * (ops.exp(ops.minimum(x, 0.0)) - 1)


def gelu(ops, x, s):
    """x Φ(x), or its approximation by tanh."""
    if s["approximate"] == "tanh":
        return 0.5 * x * (1 + ops.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + ops.erf(x / math.sqrt(2)))


def hard_sigmoid(ops, x, s):
    return ops.minimum(ops.maximum(x * s["slope"] + 0.5, 0.0), 1.0)


def selu(ops, x, s):
    del s
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return scale * elu(ops, x, {"alpha": alpha})


def clipped(ops, x, s):
    return ops.minimum(ops.maximum(x, 0.0), s["bound"])


def normalised(ops, x, s):
    return ops.softmax(x, s["axis"])


FUNCTIONS = {
    "linear": lambda ops, x, s: x, "relu": lambda ops, x, s: ops.maximum(x, 0.0), "clipped_relu": clipped,
    "leaky_relu": leaky_relu,
    "elu": elu, "selu": selu, "gelu": gelu, "sigmoid": lambda ops, x, s: ops.sigmoid(x), "tanh": lambda ops, x, s: ops.tanh(x),
    "quick_gelu": lambda ops, x, s: x * ops.sigmoid(1.702 * x),
    "silu": lambda ops, x, s: x * ops.sigmoid(x), "softplus": lambda ops, x, s: ops.softplus(x),
    "softsign": lambda ops, x, s: x / (1 + ops.abs(x)), "hard_sigmoid": hard_sigmoid, "exp": lambda ops, x, s: ops.exp(x),
    "hard_swish": lambda ops, x, s: x * hard_sigmoid(ops, x, s),
    "mish": lambda ops, x, s: x * ops.tanh(ops.softplus(x)), "softmax": normalised,
    "log_softmax": lambda ops, x, s: ops.log_softmax(x, s["axis"]),
}
# settings of an activation that was told none; hard functions have the slope 1/6, of old Keras and ONNX 1/5
USUAL: dict[str, dict[str, Any]] = {
    "leaky_relu": {"slope": 0.01}, "elu": {"alpha": 1.0}, "gelu": {"approximate": "erf"}, "clipped_relu": {"bound": 6.0},
    "hard_sigmoid": {"slope": 1 / 6}, "hard_swish": {"slope": 1 / 6}, "softmax": {"axis": -1}, "log_softmax": {"axis": -1},
}
