"""Somebody's Keras layer or model as a function of its weights, with gradients by tf.GradientTape."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnparity.oracles.keras_precision import precision

Arrays = Mapping[str, np.ndarray]
__all__ = ["again", "check_backend", "named", "precision", "pulled", "ready", "shapes"]


def check_backend() -> None:
    """Raises ValueError: on its other backends Keras computes float64 products in float32."""
    if keras.backend.backend() != "tensorflow":
        raise ValueError(f"Keras runs on {keras.backend.backend()} here, where float64 is not float64: set "
                         f"KERAS_BACKEND=tensorflow")


def named(layer: keras.layers.Layer) -> dict[str, Any]:
    """Its weights that are trained, by their names; by their paths where two have the same."""
    names = [w.name for w in layer.trainable_weights]
    several = len(set(names)) < len(names)
    return {w.path if several else w.name: w for w in layer.trainable_weights}


def shapes(layer: keras.layers.Layer) -> dict[str, tuple[int, ...]]:
    return {name: tuple(w.shape) for name, w in named(layer).items()}


def again(layer: keras.layers.Layer, **options: Any) -> keras.layers.Layer:
    """The layer anew, with other options; of a Sequential all of its layers."""
    if isinstance(layer, keras.Sequential):
        return keras.Sequential([again(part, **options) for part in layer.layers])
    return type(layer).from_config({**layer.get_config(), **options})


def pulled(layer: keras.layers.Layer, weights: Arrays, inputs: Arrays, differentiable: Mapping, forward: Callable,
           cotangents: Arrays,
           dtype: np.dtype) -> tuple[dict[str, np.ndarray], dict[str, Any], dict[str, Any]]:
    """(outputs, gradients of weights, of inputs): `forward(call, tensors) -> {name: tensor}` runs `call`, the layer."""
    check_backend()
    with precision(dtype):
        variables = named(layer)
        for name, array in weights.items():
            variables[name].assign(array)
        leaves = {name: variables[name].value for name in weights}
        tensors = {name: tf.constant(a) for name, a in inputs.items()}
        wanted = {name: tensors[name] for name in tensors if name in differentiable}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([*leaves.values(), *wanted.values()])
            outputs = forward(layer, tensors)
        shared = [name for name in cotangents if name in outputs]
        grads = tape.gradient([outputs[name] for name in shared], [*leaves.values(), *wanted.values()],
                              [tf.constant(cotangents[name]) for name in shared], unconnected_gradients="zero")
    found = [tf.convert_to_tensor(g).numpy() for g in grads]
    return ({name: np.asarray(a) for name, a in outputs.items()}, dict(zip(leaves, found)),
            dict(zip(wanted, found[len(leaves):])))


def ready(layer: keras.layers.Layer, x: np.ndarray) -> keras.layers.Layer:
    """The model with its weights, which Keras makes when it sees x."""
    if not layer.built:
        with precision(np.dtype("float64")):
            layer(tf.constant(x))
    return layer


def stack(steps: list):
    return tf.stack(steps, 1)


def transpose(tensor, order):
    return tf.transpose(tensor, order)


def options(layer: Any) -> dict[str, Any]:
    """What an instance of Keras's own layers was built with, in our words."""
    if isinstance(layer, keras.layers.GRU):
        after, before = {"reset": "after", "recurrent_bias": "inside"}, {"reset": "before", "recurrent_bias": "none"}
        return after if layer.reset_after else before
    if isinstance(layer, keras.layers.LSTM):
        return {"activation": name_of(layer.activation), "cell_activation": name_of(layer.activation),
                "gate_activation": name_of(layer.recurrent_activation)}
    if isinstance(layer, keras.layers.SimpleRNN | keras.layers.Dense):
        activation = name_of(layer.activation)
        return {} if activation == "linear" else {"activation": activation}
    if isinstance(layer, keras.layers.Conv1D | keras.layers.Conv2D):
        own = {"stride": layer.strides, "dilation": layer.dilation_rate, "groups": layer.groups, "padding": layer.padding,
               "activation": name_of(layer.activation)}
        return {name: value for name, value in own.items() if value not in (1, (1,), (1, 1), "valid", "linear")}
    return {"epsilon": layer.epsilon} if isinstance(layer, keras.layers.LayerNormalization) else {}


def name_of(activation: Any) -> str:
    return getattr(activation, "__name__", "linear")


def axes(layer: Any) -> str:
    """The order of the axes of x, where it is not ours."""
    windows = {keras.layers.Conv1D: "batch length features", keras.layers.Conv2D: "batch height width features",
               keras.layers.MaxPooling1D: "batch length features", keras.layers.MaxPooling2D: "batch height width features",
               keras.layers.AveragePooling1D: "batch length features",
               keras.layers.AveragePooling2D: "batch height width features"}
    own = next((text for cls, text in windows.items() if isinstance(layer, cls)), "")
    return own if getattr(layer, "data_format", "") == "channels_last" else ""


def state(array, name: str, layer: Any):  # noqa: ARG001
    return array

