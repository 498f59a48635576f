"""Dense and small layers in Keras."""

import math
from dataclasses import replace

import keras
import tensorflow as tf
from keras import ops

from nnparity.cases.case import Case, Layer, Unsupported
from nnparity.oracles.chain import Built
from nnparity.oracles.keras_layers.built import from_keras
from nnparity.oracles.layouts import LAYOUTS


def activation_function(name: str, options):
    """(function, how it is written, whether it is put together by hand) of an activation with its options."""
    match name, options:
        case "sigmoid", {"beta": beta}:
            return (lambda a: keras.activations.sigmoid(beta * a)), f"keras.activations.sigmoid({beta} * a)", True
        case "hard_sigmoid", {"form": "fifth"}:
            return (lambda a: ops.clip((a + 2.5) / 5, 0.0, 1.0)), "ops.clip((a + 2.5) / 5, 0, 1)", True
        case "softplus", {"threshold": threshold} if threshold < math.inf:
            return ((lambda a: ops.where(a > threshold, a, ops.softplus(a))),
                    f"ops.where(a > {threshold}, a, ops.softplus(a))", True)
        case "softplus", {}:
            keywords = {}
        case "leaky_relu", {}:
            keywords = {"negative_slope": options.get("slope", 0.01)}
        case "elu", {}:
            keywords = {"alpha": options.get("alpha", 1.0)}
        case "gelu", {}:
            keywords = {"approximate": options.get("approximate", "erf") == "tanh"}
        case "softmax" | "log_softmax", {}:
            keywords = {"axis": options.get("axis", -1)}
        case "linear" | "sigmoid" | "hard_sigmoid" | "tanh" | "relu" | "relu6" | "selu" | "silu", {}:
            keywords = {}
        case _:
            raise Unsupported(f"keras: no activation {name!r} with {dict(options)}")
    function = getattr(keras.activations, name)
    written = ", ".join(f"{k}={v!r}" for k, v in keywords.items())
    return ((lambda a: function(a, **keywords)),
            f"keras.activations.{name}({written})" if written else f"keras.activations.{name}", False)


def dense(layer: Layer, params, case: Case) -> Built:
    """keras.layers.Dense; a bias row of the kernel is a Dense without bias on an input with one more column."""
    options = dict(layer.config)
    bias, bias_input = options.pop("bias", "vector"), options.pop("bias_input", 1.0)
    function, written, composed = activation_function(options.pop("activation", "linear"), options)
    features, units = params["kernel"].shape
    module = keras.layers.Dense(units, activation=function, use_bias=bias == "vector", dtype=str(case.dtype))

    def forward(_weights, inputs):
        x = inputs["x"]
        if bias.startswith("kernel"):
            constant = ops.full_like(x[..., :1], bias_input)
            x = ops.concatenate([constant, x] if bias == "kernel_first_row" else [x, constant], -1)
        return {"y": module(x)}

    call = f"keras.layers.Dense({units}, activation={written}{'' if bias == 'vector' else ', use_bias=False'})"
    if bias.startswith("kernel"):
        call = f"ops.concatenate with {bias_input:g} -> {call}"
    built = from_keras(module, (None, features), call, forward, params, LAYOUTS["keras"]["dense"])
    return replace(built, composed=composed)


def activation(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """keras.activations' function alone."""
    options = dict(layer.config)
    function, written, composed = activation_function(options.pop("function"), options)
    return Built(written, lambda _weights, inputs: {"y": function(inputs["x"])}, composed=composed)


def flatten(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """keras.layers.Flatten behind the batch axis; for order="channels_first" the channels are moved there first.

    The layer's own data_format="channels_first" does the reverse: it takes channels first and flattens them last.
    """
    axes, channels_first = layer.config["axes"], layer.config.get("order") == "channels_first"
    if axes != case.inputs["x"].ndim - 1 and len(case.network) == 1:
        raise Unsupported("keras.layers.Flatten flattens every axis but the first")
    module = keras.layers.Flatten(dtype=str(case.dtype))

    def forward(_weights, inputs):
        return {"y": module(ops.moveaxis(inputs["x"], -1, -axes) if channels_first else inputs["x"])}

    return Built(f"{'channels first -> ' if channels_first else ''}keras.layers.Flatten()", forward)


def dropout(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """By hand: keras.layers.Dropout draws its own mask and takes none."""
    divisor = 1 - layer.config["rate"] if layer.config.get("scaling", "inverted") == "inverted" else 1.0
    return Built("x * mask / (1 - rate)" if divisor != 1 else "x * mask",
                 lambda _weights, inputs: {"y": inputs["x"] * inputs["mask"] / divisor}, composed=True)


def embedding(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """keras.layers.Embedding."""
    vocabulary, features = params["table"].shape
    module = keras.layers.Embedding(vocabulary, features, dtype=str(case.dtype))
    def forward(_weights, inputs):
        return {"y": tf.convert_to_tensor(module(inputs["x"]))}

    return from_keras(module, case.inputs["x"].shape, f"keras.layers.Embedding({vocabulary}, {features})", forward, params,
                      LAYOUTS["keras"]["embedding"])


def sum_features(_layer: Layer, _params, _case: Case) -> Built:
    """keras.ops.sum over the last axis."""
    return Built("keras.ops.sum(x, -1, keepdims=True)",
                 lambda _weights, inputs: {"y": ops.sum(inputs["x"], -1, keepdims=True)})


def transpose(_layer: Layer, _params, _case: Case) -> Built:
    """keras.ops.swapaxes of the last two axes."""
    return Built("keras.ops.swapaxes(x, -1, -2)", lambda _weights, inputs: {"y": ops.swapaxes(inputs["x"], -1, -2)})


BUILDERS = {
    "sum": sum_features, "transpose": transpose,
    "dense": dense, "activation": activation, "flatten": flatten, "dropout": dropout, "embedding": embedding}
