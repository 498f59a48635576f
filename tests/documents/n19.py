"""N19's training loop in the contract: a batch at once, bias inputs of -1 behind the columns, velocities that hold the rate.

    K36  the rows of the softmax Jacobian are summed and multiplied by the error: the first update
    K37  as K36, with the loop over the classes counting in the name of the activation: as posted
    K38  s (1 - s) of s, the softmax of the outputs, which are a softmax already, times the error: the second update, which trains
"""

import numpy as np

POSTED = frozenset({"K37"})


def with_bias_input(a):
    return np.hstack([a, -np.ones((len(a), 1))])


def softmax(z):
    e = np.exp(z)
    return e / e.sum(1, keepdims=True)


def output_delta(a, error, mistakes):
    """dL/dz of the output layer for dL/da = error."""
    if "K38" in mistakes:
        s = softmax(a)
        return s * (1 - s) * error
    if not {"K36", "K37"} & {*mistakes}:
        return a * (error - (error * a).sum(1, keepdims=True))
    rows = np.empty_like(a)
    for j in range(a.shape[1]):
        rows[:, j] = a[:, j] * (1 - a[:, j])
        for k in range(a.shape[1]):
            if k != j:
                rows[:, j] -= (k if "K37" in mistakes else a[:, j]) * a[:, k]
    return rows * error


def passes(weights, x, beta):
    """The input of each layer with its bias input, and the output."""
    given = [with_bias_input(x)]
    for w in weights[:-1]:
        given.append(with_bias_input(1 / (1 + np.exp(-beta * (given[-1] @ w)))))
    return given, softmax(given[-1] @ weights[-1])


def gradients(weights, given, delta, beta):
    """Of every layer's weights, the last first, then of x."""
    found = []
    for i, (w, a) in reversed([*enumerate(zip(weights, given))]):
        found.append(a.T @ delta)
        delta = (delta @ w.T)[:, :-1]
        if i:
            delta = delta * beta * a[:, :-1] * (1 - a[:, :-1])
    return [*found, delta]


def listing(*mistakes):
    """`n19(params, inputs, cotangents, config)` with these mistakes."""
    def n19(params, inputs, cotangents, config):
        weights, beta = list(params.values()), config["dense_1"]["beta"]
        given, a = passes(weights, inputs["x"], beta)
        share = 1 / len(a) if config["squared_error"]["reduction"] == "batch_mean" else 1
        error = a - inputs["target"]
        delta = output_delta(a, cotangents["loss"] * share * error + cotangents["y"], mistakes)
        *own, dx = gradients(weights, given, delta, beta)
        return ({"y": a, "loss": share * (error ** 2).sum() / 2}, {**dict(zip(params, reversed(own))), "x": dx})
    return n19


def trained(*mistakes):
    """`n19_training(params, inputs, config)` with these mistakes."""
    def n19_training(params, inputs, config):
        weights = [w.copy() for w in params.values()]
        beta, momentum = config["layers"]["dense_1"]["beta"], config["options"]["beta"]
        moved = [np.zeros_like(w) for w in weights]
        history = {"loss": [], **{name: [] for name in params}}
        for rate in config["learning_rates"]:
            given, a = passes(weights, inputs["x"], beta)
            error = a - inputs["target"]
            history["loss"].append((error ** 2).sum() / 2 / len(a))
            *own, _ = gradients(weights, given, output_delta(a, error / len(a), mistakes), beta)
            moved = [rate * g + momentum * m for g, m in zip(reversed(own), moved)]
            weights = [w - m for w, m in zip(weights, moved)]
            for name, w in zip(params, weights):
                history[name].append(w)
        return history
    return n19_training


n19, n19_training = listing(*POSTED), trained(*POSTED)
