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
import tensorflow as tf

from cases.case import Case, Layer, Result, Unsupported
from oracles.keras_layers import LAYERS, Built

NAME = "keras"


def version() -> str:
    return f"keras {keras.__version__} on tensorflow {tf.__version__}"


def run(case: Case) -> Result:
    """Outputs and gradients of the case's chain. Raises Unsupported where `LAYERS` has no such layer."""
    leaves = {name: tf.Variable(a) if name in case.differentiable else tf.constant(a) for name, a in case.inputs.items()}
    built = [_build(layer, case) for layer in case.layers]
    with tf.GradientTape() as tape:
        outputs, x = {}, tf.convert_to_tensor(leaves["x"])
        for layer, made in zip(case.layers, built, strict=True):
            own = {name: tf.convert_to_tensor(a) for name, a in layer.own(leaves).items()}
            produced = made.forward({**own, "x": x})
            if layer is case.loss:
                outputs["loss"] = produced["y"]
            else:
                x = produced["y"]
                outputs |= {layer.qualify(name): a for name, a in produced.items() if name != "y"}
        outputs = {"y": x, **outputs}
        total = sum(tf.reduce_sum(outputs[name] * cotangent) for name, cotangent in case.cotangents.items())

    inputs = {name: leaf for name, leaf in leaves.items() if name in case.differentiable}
    wanted = [*inputs.values(), *(w for made in built for w in made.weights.values())]
    pulled = iter([tf.convert_to_tensor(g).numpy() for g in tape.gradient(total, wanted)])
    grads = {name: next(pulled) for name in inputs}
    for layer, made in zip(case.layers, built, strict=True):
        unpacked = made.layout.unpack({name: next(pulled) for name in made.weights})
        grads |= {layer.qualify(name): g for name, g in unpacked.items()}
    return Result(outputs={name: a.numpy() for name, a in outputs.items()}, grads=grads,
                  built=" -> ".join(made.built for made in built), composed=any(made.composed for made in built))


def _build(layer: Layer, case: Case) -> Built:
    if layer.kind not in LAYERS:
        raise Unsupported(f"the keras oracle has no layer {layer.kind!r}")
    return LAYERS[layer.kind](layer, layer.own(case.params), case)
