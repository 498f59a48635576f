"""Keras 3 on TensorFlow: keras.layers where Keras has the layer, keras.ops where it has not; tf.GradientTape.

A layer is built by one function of `LAYERS` (oracles/keras_layers): (layer, params, case) -> Built. The runner chains
them under one tape and lays the answers out canonically. TensorFlow is the backend on purpose: on its other backends
Keras computes float64 products in float32.
"""

import os

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

from nnparity.cases.case import Case, Layer, Result, Unsupported
from nnparity.oracles.keras_layers import LAYERS, Built, optimizers

NAME = "keras"


def version() -> str:
    return f"keras {keras.__version__} on tensorflow {tf.__version__}"


def run(case: Case) -> Result:
    """Outputs and gradients of the case's chain, or the path of its training.

    Raises Unsupported where `LAYERS` has no such layer or keras.optimizers no such optimizer.
    """
    network = [(layer, _build(layer, case)) for layer in case.layers]
    built = dict(composed=any(made.composed for _, made in network))
    if case.training:
        # Keras keeps learning rates in floatx, float32 unless told otherwise: 0.1 would be off by 1.5e-8 of itself
        default = keras.config.floatx()
        keras.config.set_floatx(str(case.dtype))
        try:
            path = train(case, network)
        finally:
            keras.config.set_floatx(default)
        return Result(outputs=path, grads={}, built=optimizers.written(case.training), **built)
    leaves = {name: tf.Variable(a) if name in case.differentiable else tf.constant(a) for name, a in case.inputs.items()}
    with tf.GradientTape() as tape:
        outputs = _forward(case, network, leaves)
        total = sum(tf.reduce_sum(outputs[name] * cotangent) for name, cotangent in case.cotangents.items())
    inputs = {name: leaf for name, leaf in leaves.items() if name in case.differentiable}
    wanted = [*inputs.values(), *(w for _, made in network for w in made.weights.values())]
    pulled = iter([tf.convert_to_tensor(g).numpy() for g in tape.gradient(total, wanted)])
    grads = {name: next(pulled) for name in inputs}
    for layer, made in network:
        unpacked = made.layout.unpack({name: next(pulled) for name in made.weights})
        grads |= {layer.qualify(name): g for name, g in unpacked.items()}
    return Result(outputs={name: a.numpy() for name, a in outputs.items()}, grads=grads,
                  built=" -> ".join(made.built for _, made in network), **built)


def train(case: Case, network) -> dict[str, np.ndarray]:
    """The loss before and every parameter after each step of keras.optimizers' optimizer.

    The optimizer works on Keras variables of its own, which are copied into the layers after each step.
    """
    training = case.training
    weights = [w for _, made in network for w in made.weights.values()]
    variables = [keras.Variable(w.numpy(), dtype=str(case.dtype)) for w in weights]
    optimizer = optimizers.build(training)
    optimizer.build(variables)
    path = {"loss": []}
    for step in range(training.steps):
        optimizer.learning_rate = training.rate(step)
        with tf.GradientTape() as tape:
            leaves = {name: tf.constant(a) for name, a in training.batch(case, step).items()}
            loss = _forward(case, network, leaves)["loss"]
        optimizer.apply(tape.gradient(loss, weights), variables)
        for w, variable in zip(weights, variables, strict=True):
            w.assign(variable.value)
        path["loss"].append(loss.numpy())
        for layer, made in network:
            for name, a in made.layout.unpack({name: w.numpy() for name, w in made.weights.items()}).items():
                path.setdefault(layer.qualify(name), []).append(a)
    return {name: np.stack(values) for name, values in path.items()}


def _forward(case: Case, network, leaves) -> dict[str, tf.Tensor]:
    outputs, x = {}, tf.convert_to_tensor(leaves["x"])
    for layer, made in network:
        own = {name: tf.convert_to_tensor(a) for name, a in layer.own(leaves).items()}
        produced = made.forward({**own, "x": x})
        if layer is case.loss:
            outputs["loss"] = produced["y"]
        else:
            x = produced["y"]
            outputs |= {layer.qualify(name): a for name, a in produced.items() if name != "y"}
    return {"y": x, **outputs}


def _build(layer: Layer, case: Case) -> Built:
    if layer.kind not in LAYERS:
        raise Unsupported(f"the keras oracle has no layer {layer.kind!r}")
    return LAYERS[layer.kind](layer, layer.own(case.params), case)
