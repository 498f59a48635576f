"""The network of N17 from layers added one by one, as far as its script goes, and its backward pass as its comments want it.

The posted script stops at the squared error, which it calls the error, and keeps no pre-activations: `n17_posted` answers with
the outputs and no gradients, and raises where a layer has ReLU or softmax. `n17` goes on from there; without mistakes it is
right.

    K28        tanh' = (cosh² - sinh²) / z²
    K29        ReLU is max(0, max(z)), the maximum over a vector
    K30        the squared error, the loss value, goes back as its gradient
    vectorize  functions of a vector are called for one number at a time, as np.vectorize does: K29 and softmax then raise
"""

import numpy as np

AS_POSTED = frozenset({"K28", "K29", "K30", "vectorize"})
NUMBERS = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": lambda z: np.sinh(z) / np.cosh(z), "linear": lambda z: z,
           "relu": lambda z: max(0.0, z)}
VECTORS = {"softmax": lambda z: np.exp(z - np.max(z, axis=1)[:, None]) / np.exp(z - np.max(z, axis=1)[:, None]).sum(1)[:, None]}


def vector_relu(z):
    return np.zeros_like(z) + [[max(0, max(row))] for row in z]


def activate(z, activation, mistakes):
    if activation in VECTORS or activation == "relu" and "K29" in mistakes:
        function = VECTORS.get(activation, vector_relu)
        return np.vectorize(function)(z) if "vectorize" in mistakes else function(z)
    return np.vectorize(NUMBERS[activation])(z)


def slope(activation, z, mistakes):
    match activation:
        case "relu":
            return (z > 0) * 1.0
        case "sigmoid":
            return NUMBERS["sigmoid"](z) * (1 - NUMBERS["sigmoid"](z))
        case "tanh":
            return (np.cosh(z) ** 2 - np.sinh(z) ** 2) / (z if "K28" in mistakes else np.cosh(z)) ** 2
    return np.ones_like(z)


def names_of(params):
    """The layers of the network; none where the loss is asked about alone."""
    return list(dict.fromkeys(name.partition("/")[0] for name in params))


def forward(params, x, config, mistakes):
    """The activations of all layers, the input first, and the pre-activations that the posted script does not keep."""
    activations, kept = [x], []
    for name in names_of(params):
        kept.append(np.matmul(activations[-1], params[f"{name}/kernel"]) + params[f"{name}/bias"])
        activations.append(activate(kept[-1], config[name]["activation"], mistakes))
    return activations, kept


def loss_of(a, target, config):
    """The squared error of every output; the script's text says MSE, and takes no mean."""
    error = (target - a) ** 2
    return error if config.get("reduction") == "none" else error.mean()


def n17_posted(params, inputs, _cotangents, config):
    a = forward(params, inputs["x"], config, AS_POSTED)[0][-1]
    return {"y": a, "loss": loss_of(a, inputs["target"], config)}


def n17(params, inputs, cotangents, config, mistakes=frozenset()):
    activations, kept = forward(params, inputs["x"], config, mistakes)
    a, target = activations[-1], inputs["target"]
    loss = loss_of(a, target, config)
    error = (target - a) ** 2 if "K30" in mistakes else 2 * (a - target)
    d = cotangents["loss"] * error / (1 if np.ndim(loss) else a.size) + cotangents["y"]
    grads = {}
    for name, z, before, after in reversed(list(zip(names_of(params), kept, activations[:-1], activations[1:]))):
        activation = config[name]["activation"]
        delta = after * (d - (d * after).sum(1, keepdims=True)) if activation == "softmax" else d * slope(activation, z, mistakes)
        grads |= {f"{name}/kernel": before.T @ delta, f"{name}/bias": delta.sum(0)}
        d = delta @ params[f"{name}/kernel"].T
    return {"y": a, "loss": loss}, {**grads, "x": d}
