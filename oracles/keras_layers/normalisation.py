"""Normalisation in Keras."""

from dataclasses import replace

import keras
from keras import ops

from nnparity.cases.case import Case, Layer, Unsupported
from nnparity.oracles.chain import Built
from nnparity.oracles.keras_layers.built import from_keras
from nnparity.oracles.layouts import LAYOUTS

MOVING = {"running_mean": "moving_mean", "running_variance": "moving_variance"}


def batch_norm(layer: Layer, params, case: Case) -> Built:
    """keras.layers.BatchNormalization: momentum the weight of the old, moving variance over n.

    It assigns the moving statistics, without gradient. Two things it does not have and that are put together here: a
    moving variance over n-1, and gradients by the moving statistics in inference (keras.ops.batch_normalization has them).
    """
    options = {"mode": "training", "axis": 1, "epsilon": 1e-5, "momentum": 0.9, "momentum_of": "old",
               "running_divisor": "n", **layer.config}
    training, axis, epsilon = options["mode"] == "training", options["axis"], options["epsilon"]
    old = options["momentum"] if options["momentum_of"] == "old" else 1 - options["momentum"]
    rank = axes_before(layer, case)
    given = [name for name in MOVING if layer.qualify(name) in case.inputs]
    by_statistics = not training and any(layer.qualify(name) in case.differentiable for name in given)
    own_variance = training and options["running_divisor"] == "n-1" and "running_variance" in given
    module = keras.layers.BatchNormalization(axis=axis, momentum=old, epsilon=epsilon, center="beta" in params,
                                             scale="gamma" in params, dtype=str(case.dtype))

    def forward(weights, inputs):
        x = inputs["x"]
        if by_statistics:
            gamma, beta = (weights.get(name) for name in ("gamma", "beta"))
            return {"y": ops.batch_normalization(x, inputs["running_mean"], inputs["running_variance"], axis,
                                                 beta, gamma, epsilon)}
        if len(x.shape) != rank:
            raise Unsupported(f"keras.layers.BatchNormalization is built for {rank} axes, this chain gives {len(x.shape)}")
        for name in given:
            getattr(module, MOVING[name]).assign(inputs[name])
        y = module(x, training=training)
        if not training:
            return {"y": y}
        moved = {name: ops.convert_to_tensor(getattr(module, MOVING[name])) for name in given}
        if own_variance:
            others = [i for i in range(rank) if i != axis % rank]
            n = x.shape.num_elements() // x.shape[axis]
            unbiased = ops.var(x, others) * (n / (n - 1))
            moved["running_variance"] = old * inputs["running_variance"] + (1 - old) * unbiased
        return {"y": y, **moved}

    channels = case.inputs[layer.qualify(given[0])].size if given else next(iter(params.values())).size
    shape: list[int | None] = [None] * rank
    shape[axis] = channels
    call = f"keras.layers.BatchNormalization(axis={axis}, momentum={old:.4g}, epsilon={epsilon}), training={training}"
    if own_variance:
        call += ", moving variance over n-1 by keras.ops.var"
    if by_statistics:
        call = f"keras.ops.batch_normalization(axis={axis}, epsilon={epsilon})"
    built = from_keras(module, tuple(shape), call, forward, params, LAYOUTS["keras"]["batch_norm"])
    return replace(built, composed=own_variance)


def axes_before(layer: Layer, case: Case) -> int:
    """How many axes what enters this layer of the chain has: Keras builds it for them."""
    before = case.network[:case.network.index(layer)]
    more = {"embedding": lambda _: 1, "flatten": lambda config: 1 - config["axes"]}
    return case.inputs["x"].ndim + sum(more[other.kind](other.config) for other in before if other.kind in more)


def layer_norm(layer: Layer, params, case: Case) -> Built:
    """keras.layers.LayerNormalization over the last axis."""
    epsilon = layer.config.get("epsilon", 1e-5)
    module = keras.layers.LayerNormalization(epsilon=epsilon, center="beta" in params, scale="gamma" in params,
                                             dtype=str(case.dtype))
    shape = (*case.inputs["x"].shape[:-1], params["gamma"].shape[0])
    return from_keras(module, shape, f"keras.layers.LayerNormalization(epsilon={epsilon})",
                      lambda _weights, inputs: {"y": module(inputs["x"])}, params, LAYOUTS["keras"]["layer_norm"])


BUILDERS = {"batch_norm": batch_norm, "layer_norm": layer_norm}
