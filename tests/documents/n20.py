"""N20 as its document posts it, in the contract: the class with its gradient, and the procedural form with its update.

`listing(*mistakes)` and `procedure(*mistakes)` make some of the mistakes; `n20` and `n20_training` make all of them. K41 is the
index max(0, i - 1) into a list whose first entry is the input: with one hidden layer it is the layer's own input after all.
"""

import numpy as np

POSTED = frozenset({"K39", "K40", "K41", "K42", "K45"})
PROCEDURE = frozenset({"K40", "K43"})


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope_of(value):
    """The derivative of the sigmoid, for who gives it an activation."""
    return value * (1 - value)


def softmax(z):
    e = np.exp(z - z.max(0))
    return e / e.sum(0)


def with_ones(columns):
    return np.vstack([columns, np.ones((1, columns.shape[1]))])


def passes(weights, functions, x):
    """Columns of examples through all layers: (what each function gave, what it was given)."""
    values, sums = [], []
    for function, w in zip(functions, weights):  # with a function more than matrices the last is never reached
        sums.append(w @ with_ones(values[-1] if values else x))
        values.append(function(sums[-1]))
    return values, sums


def listing(*mistakes):
    """`n20(params, inputs, cotangents)` with these mistakes."""
    def n20(params, inputs, cotangents):
        weights = [w.T for w in params.values()]
        functions = [sigmoid] * (len(weights) - ("K39" not in mistakes)) + [softmax]
        x, t = inputs["x"].T, inputs["target"].T
        values, sums = passes(weights, functions, x)
        y = values[-1]
        examples = t.shape[1]
        loss = -np.sum(t * np.log(np.clip(y, 1e-12, 1 - 1e-12))) / (t.shape[0] if "K42" in mistakes else examples)
        delta = (y - t) * cotangents["loss"] / (1 if "K45" in mistakes else examples)
        values = [x, *values]
        grads = [delta @ with_ones(values[-2]).T]
        for i in range(len(weights) - 2, -1, -1):
            delta = (weights[i + 1][:, :-1].T @ delta) * slope_of(sums[i] if "K40" in mistakes else values[i + 1])
            before = values[max(0, i - 1) if "K41" in mistakes else i]
            grads.insert(0, np.hstack([delta @ before.T, delta.sum(1, keepdims=True)]))
        return ({"y": y.T, "loss": loss},
                {**{name: g.T for name, g in zip(params, grads)}, "x": (weights[0][:, :-1].T @ delta).T})
    return n20


def procedure(*mistakes):
    """`n20_training(params, inputs, config)` with these mistakes: one example after the other."""
    def n20_training(params, inputs, config):
        weights = [params["dense_1/kernel"].T.copy(), params["dense_2/kernel"].T.copy()]
        history = {"loss": [], "dense_1/kernel": [], "dense_2/kernel": []}
        for rows, rate in zip(config["batches"], config["learning_rates"]):
            x, t = inputs["x"][rows].T, inputs["target"][rows].T
            (hidden, y), (z, _) = passes(weights, [sigmoid, softmax], x)
            history["loss"].append(-np.sum(t * np.log(y)))
            delta = y - t
            last = delta @ with_ones(hidden).T
            delta = weights[1][:, :-1].T @ delta * slope_of(z if "K40" in mistakes else hidden)
            first = delta @ with_ones(x).T
            for i, gradient in enumerate((first, last)):
                weights[i] = weights[i] - rate * gradient * (weights[i] if "K43" in mistakes else 1)
                history[f"dense_{i + 1}/kernel"].append(weights[i].T)
        return history
    return n20_training


n20, n20_training = listing(*POSTED), procedure(*PROCEDURE)
