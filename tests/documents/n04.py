"""The network of single nodes of N04: nodes one by one, err = t - a, a step that adds. Without mistakes it is right.

    K12  every derivative is given the node's output: right but for ELU, whose formula is in the pre-activation
    K13  hidden layers use the derivative of the argument `activation`, whatever their nodes compute; the output layer looks at a
         node, and is right
"""

import numpy as np

AS_POSTED = frozenset({"K12", "K13"})
FUNCTIONS = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "relu": lambda z: max(z, 0.0),
             "elu": lambda z: z if z > 0 else np.exp(z) - 1, "leaky_relu": lambda z: z if z > 0 else 0.01 * z}
AT_OUTPUT = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a ** 2, "relu": lambda a: float(a > 0),
             "elu": lambda a: 1.0 if a > 0 else np.exp(a), "leaky_relu": lambda a: 1.0 if a > 0 else 0.01}


def slope(activation, a, mistakes):
    if activation == "elu" and "K12" not in mistakes:
        return 1.0 if a > 0 else a + 1  # of its own output: exp(z) = a + 1
    return AT_OUTPUT[activation](a)


def forward(weights, activations, values):
    """The values of all nodes, layer by layer. A node has its weights in a row."""
    layers = [np.asarray(values)]
    for nodes, activation in zip(weights, activations):
        layers.append(np.array([FUNCTIONS[activation](float(node @ layers[-1])) for node in nodes]))
    return layers


def deltas_of(weights, activations, layers, error, argument, mistakes):
    """What the document calls delta, from the output layer back."""
    deltas = [np.array([slope(activations[-1], a, mistakes) * e for a, e in zip(layers[-1], error)])]
    for i in range(len(weights) - 2, -1, -1):
        activation = argument if "K13" in mistakes else activations[i]
        deltas.insert(0, np.array([slope(activation, a, mistakes) * (weights[i + 1][:, k] @ deltas[0])
                                   for k, a in enumerate(layers[i + 1])]))
    return deltas


def n04(params, inputs, cotangents, config, mistakes=frozenset(), argument="sigmoid"):
    names = list(params)
    weights = [params[name].T for name in names]
    activations = [config[name.partition("/")[0]]["activation"] for name in names]
    y, loss, grads = [], 0.0, {name: np.zeros_like(p) for name, p in params.items()} | {"x": np.zeros_like(inputs["x"])}
    for n, (x, target) in enumerate(zip(inputs["x"], inputs["target"])):
        layers = forward(weights, activations, x)
        err = target - layers[-1]
        y.append(layers[-1])
        loss += (err ** 2).sum() / 2
        pulled = cotangents["loss"] * err - cotangents["y"][n]  # the document's is err alone
        deltas = deltas_of(weights, activations, layers, pulled, argument, mistakes)
        for name, delta, before in zip(names, deltas, layers):
            grads[name] -= np.outer(before, delta)  # what the document adds
        grads["x"][n] = -(weights[0].T @ deltas[0])
    return {"y": np.array(y), "loss": np.array(loss)}, grads
