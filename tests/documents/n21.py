"""N21 as its document posts it, in the contract: ReLU layers without biases, or the answer's leaky ReLU with them, the whole data
set at once.

    K46   the loss and its gradient are sums, whatever the case asks for
    cost  the mean in the printed cost, as the last answer has it: the derivative never uses the cost, and stays that of the sum

K47 is no line of the code: a unit that is negative for every example has no gradient.
"""

import numpy as np


def divisor(config, output):
    return output.size if config["squared_error"]["reduction"] == "mean" else 1


def passes(layers, slope, x):
    """(Input, pre-activation) of every layer, and the output."""
    kept = []
    for kernel, bias in layers:
        z = x @ kernel + bias
        kept.append((x, z))
        x = np.where(z > 0, z, slope * z)
    return kept, x


def gradients(layers, slope, kept, upstream):
    """Of each layer's (kernel, bias), the first first, and of x."""
    found = []
    for (kernel, _), (given, z) in zip(reversed(layers), reversed(kept)):
        delta = upstream * np.where(z > 0, 1, slope)
        found.insert(0, (given.T @ delta, delta.sum(0)))
        upstream = delta @ kernel.T
    return found, upstream


def layers_of(params):
    kernels = [name for name in params if name.endswith("kernel")]
    return [(params[name].copy(), params.get(name.replace("kernel", "bias"), np.zeros(1)).copy()) for name in kernels]


def by_name(params, layers):
    kernels = (name for name in params if name.endswith("kernel"))
    found = {}
    for name, (kernel, bias) in zip(kernels, layers):
        found |= {name: kernel, name.replace("kernel", "bias"): bias}
    return {name: found[name] for name in params}


def slope_of(config):
    return config["dense" if "dense" in config else "dense_1"].get("slope", 0.0)


def listing(*mistakes):
    """`n21(params, inputs, cotangents, config)` with these mistakes."""
    def n21(params, inputs, cotangents, config):
        layers, slope = layers_of(params), slope_of(config)
        kept, y = passes(layers, slope, inputs["x"])
        error, n = y - inputs["target"], divisor(config, y)
        own, dx = gradients(layers, slope, kept, cotangents["y"] + cotangents["loss"] * error / (1 if mistakes else n))
        return {"y": y, "loss": (error ** 2).sum() / 2 / (1 if "K46" in mistakes else n)}, {**by_name(params, own), "x": dx}
    return n21


def trained(*mistakes):
    """`n21_training(params, inputs, config)` with these mistakes."""
    @np.errstate(all="ignore")  # a cost that rises to infinity is what the document asks about
    def n21_training(params, inputs, config):
        layers, slope = layers_of(params), slope_of(config["layers"])
        history = {"loss": [], **{name: [] for name in params}}
        for rate in config["learning_rates"]:
            kept, y = passes(layers, slope, inputs["x"])
            error, n = y - inputs["target"], divisor(config["layers"], y)
            history["loss"].append((error ** 2).sum() / 2 / (1 if "K46" in mistakes else n))
            own, _ = gradients(layers, slope, kept, error / (1 if mistakes else n))
            layers = [(w - rate * dw, b - rate * db) for (w, b), (dw, db) in zip(layers, own)]
            for name, array in by_name(params, layers).items():
                history[name].append(array)
        return history
    return n21_training
