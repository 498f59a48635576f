"""The digit network of N18 with softmax at every layer: one picture at a time, columns, a loop back for every layer anew.

Without mistakes it is right for half a squared error and for a cross-entropy; the document's has all of these at once.

    K31  the derivative of softmax is a (1 - a), the diagonal of its Jacobian, in every layer
    K32  with a cross-entropy: the output's delta a - t, multiplied by that derivative again
    K33  a hidden layer's own derivative is missing in its weight and bias gradient; what flows on to the layers below has it
    K34  exp without the shift by the largest pre-activation
"""

import numpy as np

AS_POSTED = frozenset({"K31", "K32", "K33", "K34"})


def softmax(z, mistakes):
    e = np.exp(z if "K34" in mistakes else z - z.max())
    return e / e.sum()


def through_softmax(a, d, mistakes):
    """dL/dz of dL/da."""
    return d * a * (1 - a) if "K31" in mistakes else a * (d - d @ a)


def output_delta(a, target, upstream, weight, entropy, mistakes):
    """dL/dz of the last layer. The document has its a - t alone: `upstream` is 0 and `weight` 1."""
    if entropy and "K32" not in mistakes:
        return weight * (a - target) + through_softmax(a, upstream, mistakes)
    return through_softmax(a, weight * (a - target) + upstream, mistakes)


def changes(layers, activations, delta, mistakes):
    """The change of every layer, from the last to the first; each walks back from the output by itself."""
    for last in range(len(layers) - 1, -1, -1):
        pulled = delta
        for i in range(len(layers) - 1, last, -1):
            if i < len(layers) - 1:
                pulled = through_softmax(activations[i + 1], pulled, mistakes)
            pulled = layers[i][0] @ pulled
        if last < len(layers) - 1 and "K33" not in mistakes:
            pulled = through_softmax(activations[last + 1], pulled, mistakes)
        yield np.outer(activations[last], pulled), pulled


def to_the_input(layers, activations, delta, mistakes):
    """dL/dx, as the document's walk would reach it one layer further down."""
    for i in range(len(layers) - 1, -1, -1):
        delta = layers[i][0] @ delta
        if i:
            delta = through_softmax(activations[i], delta, mistakes)
    return delta


def n18(params, inputs, cotangents, config, mistakes=frozenset()):
    names = [name for name in config if f"{name}/kernel" in params]
    layers = [(params[f"{name}/kernel"], params[f"{name}/bias"]) for name in names]
    entropy = "categorical_cross_entropy" in config
    grads = {name: np.zeros_like(p) for name, p in params.items()} | {"x": np.zeros_like(inputs["x"])}
    y, loss = [], 0.0
    for n, (x, target) in enumerate(zip(inputs["x"], inputs["target"])):
        activations = [x]
        for kernel, bias in layers:
            activations.append(softmax(kernel.T @ activations[-1] + bias, mistakes))
        a = activations[-1]
        y.append(a)
        loss += -(target * np.log(a)).sum() if entropy else ((a - target) ** 2).sum() / 2
        delta = output_delta(a, target, cotangents["y"][n], cotangents["loss"], entropy, mistakes)
        for name, (kernel, bias) in zip(reversed(names), changes(layers, activations, delta, mistakes)):
            grads[f"{name}/kernel"] += kernel
            grads[f"{name}/bias"] += bias
        grads["x"][n] = to_the_input(layers, activations, delta, mistakes)
    return {"y": np.array(y), "loss": np.array(loss)}, grads
