"""The loop of N16 with its two forms of the weight gradient and either numpy.dot, which is the only thing that shows."""

import numpy as np

FORMS = {"matrix product": lambda x, delta: (x.reshape(-1, 1) @ delta.reshape(1, -1)).T,
         "outer": lambda x, delta: np.outer(x, delta).T,
         "outer of the delta": lambda x, delta: np.outer(delta, x)}  # in a comment of the document


def n16_training(params, inputs, config, form="matrix product", dot=np.dot):
    """A neuron has its weights in a row."""
    W, b, x = params["layer/kernel"].T.copy(), params["layer/bias"].copy(), inputs["x"][0]
    path = {"loss": [], "layer/kernel": [], "layer/bias": []}
    for rate in config["learning_rates"]:
        z = dot(W, x) + b
        y = np.maximum(0, z).sum()
        delta = 2 * y * np.where(z > 0, 1, 0)
        W -= rate * FORMS[form](x, delta)
        b -= rate * delta
        for name, value in zip(path, (y ** 2, W.T.copy(), b.copy())):
            path[name].append(value)
    return {name: np.array(values) for name, values in path.items()}
