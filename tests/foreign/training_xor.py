"""The XOR net of document 002 in the style of its time: error y - l2, updates with +=, no biases. Right, and with one slip."""

import numpy as np


def nonlin(x, deriv=False):
    return x * (1 - x) if deriv else 1 / (1 + np.exp(-x))


def _run(params, inputs, config, slip=""):
    X, y = inputs["x"], inputs["target"]
    syn0, syn1 = params["dense_1/kernel"].copy(), params["dense_2/kernel"].copy()
    history = {"loss": [], "dense_1/kernel": [], "dense_2/kernel": []}
    z1 = z2 = g0 = g1 = 0
    for step in range(config["steps"]):
        lr = config["learning_rates"][step]
        z1 = (z1 if slip == "piles" else 0) + np.dot(X, syn0)
        l1 = nonlin(z1)
        z2 = (z2 if slip == "piles" else 0) + np.dot(l1, syn1)
        l2 = nonlin(z2)
        l2_error = y - l2
        history["loss"].append({"mean error": np.mean(np.abs(l2_error)), "whole": (l2_error**2).sum(),
                                "mean square": (l2_error**2).mean()}.get(slip, 0.5 * (l2_error**2).sum()))
        l2_delta = l2_error * nonlin(l2, deriv=True)
        if slip == "early":
            syn1 = syn1 + lr * l1.T.dot(l2_delta)
        l1_error = l2_delta.dot(syn1.T)
        l1_delta = l1_error * nonlin(l1, deriv=True)
        if slip == "accumulates":
            g1, g0 = g1 + l1.T.dot(l2_delta), g0 + X.T.dot(l1_delta)
        else:
            g1, g0 = l1.T.dot(l2_delta), X.T.dot(l1_delta)
        if slip == "ascends":
            g1, g0 = -g1, -g0
        if slip == "weights":
            g1, g0 = g1 * syn1, g0 * syn0
        if slip == "scalar":
            g1, g0 = np.mean(g1), np.mean(g0)
        if slip in ("mean", "mean square"):
            g1, g0 = g1 / len(X), g0 / len(X)
        if slip != "early":
            syn1 = syn1 + lr * g1
        syn0 = syn0 + lr * g0
        history["dense_1/kernel"].append(syn0)
        history["dense_2/kernel"].append(syn1)
    return history


def right(params, inputs, config):
    return _run(params, inputs, config)


def piles(params, inputs, config):
    return _run(params, inputs, config, "piles")


def early(params, inputs, config):
    return _run(params, inputs, config, "early")


def accumulates(params, inputs, config):
    return _run(params, inputs, config, "accumulates")


def ascends(params, inputs, config):
    return _run(params, inputs, config, "ascends")


def weights(params, inputs, config):
    return _run(params, inputs, config, "weights")


def scalar(params, inputs, config):
    return _run(params, inputs, config, "scalar")


def mean(params, inputs, config):
    return _run(params, inputs, config, "mean")


def whole(params, inputs, config):
    """Reports the sum of squares beside the gradient of half of it."""
    return _run(params, inputs, config, "whole")


def mean_error(params, inputs, config):
    return _run(params, inputs, config, "mean error")


def mean_square(params, inputs, config):
    """A mean of squares, with the gradient of half of it."""
    return _run(params, inputs, config, "mean square")


def with_initial_weights(params, inputs, config):
    path = _run(params, inputs, config)
    return {**path, "dense_1/kernel": [params["dense_1/kernel"], *path["dense_1/kernel"]]}


def final_weights(params, inputs, config):
    path = _run(params, inputs, config)
    return path["dense_1/kernel"][-1], path["dense_2/kernel"][-1]
