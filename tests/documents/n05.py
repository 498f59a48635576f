"""The training of N05: the network of N04, one example at a time, with a velocity. Without mistakes it is right.

    K13     as in N04, where the argument `activation` is not that of the nodes
    K14     velocities start from zero at every example
    K15     the exponent of the correction is t + 1
    K16     a velocity belongs to a node's delta and is multiplied by the inputs of now
    epochs  t counts passes over the data, not updates
    stored  the corrected velocity is kept as the velocity
"""

import numpy as np
from documents.n04 import deltas_of, forward

AS_POSTED = frozenset({"K13", "K14", "K15", "K16", "epochs", "stored"})


def n05_training(params, inputs, config, mistakes=frozenset(), argument="tanh"):
    beta, examples = config["options"]["beta"], len(inputs["x"])
    weights = [p.T.copy() for p in params.values()]
    activations = [config["layers"][name.partition("/")[0]]["activation"] for name in params]
    velocities = None
    path = {"loss": [], **{name: [] for name in params}}
    for step, ((row,), rate) in enumerate(zip(config["batches"], config["learning_rates"])):
        t = step // examples + 1 if "epochs" in mistakes else step + 1
        corrected_by = 1 - beta ** (t + ("K15" in mistakes))
        layers = forward(weights, activations, inputs["x"][row])
        err = inputs["target"][row] - layers[-1]
        path["loss"].append((err ** 2).sum() / 2)
        deltas = deltas_of(weights, activations, layers, err, argument, mistakes)
        steps = deltas if "K16" in mistakes else [np.outer(d, a) for d, a in zip(deltas, layers)]
        if velocities is None or "K14" in mistakes:
            velocities = [np.zeros_like(s) for s in steps]
        velocities = [beta * v + (1 - beta) * s for v, s in zip(velocities, steps)]
        corrected = [v / corrected_by for v in velocities]
        if "stored" in mistakes:
            velocities = corrected
        moved = [np.outer(d, a) for d, a in zip(corrected, layers)] if "K16" in mistakes else corrected
        weights = [w + rate * m for w, m in zip(weights, moved)]
        for name, w in zip(params, weights):
            path[name].append(w.T)
    return {name: np.array(values) for name, values in path.items()}
