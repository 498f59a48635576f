"""Recurrent layers in Keras."""

import keras
import tensorflow as tf
from keras import ops

from cases.case import Case, Layer
from oracles.keras_layers.built import Built, from_keras
from oracles.layouts import LAYOUTS


def gru(layer: Layer, params, case: Case) -> Built:
    """keras.layers.GRU: reset_after=True is after/inside/keep, reset_after=False is before/none/keep; no others."""
    config = {} if layer.default else {"reset": "after", "recurrent_bias": "inside", "update": "keep"} | layer.config
    match config:
        case {}  if not config:
            options = {}
        case {"reset": "after", "recurrent_bias": "inside", "update": "keep"}:
            options = {"reset_after": True}
        case {"reset": "before", "recurrent_bias": "none", "update": "keep"}:
            options = {"reset_after": False}
        case _:
            return composed_gru(params, **config)
    hidden = params["kernel"].shape[-1]
    module = keras.layers.GRU(hidden, return_sequences=True, return_state=True, dtype=str(case.dtype), **options)

    def forward(inputs):
        y, h_n = module(inputs["x"], initial_state=inputs.get("h0"))
        return {"y": y, "h_n": h_n}

    written = ", ".join([str(hidden), *(f"{k}={v}" for k, v in options.items()), "return_sequences=True, return_state=True"])
    return from_keras(module, case.inputs["x"].shape, f"keras.layers.GRU({written})", forward, params,
                      LAYOUTS["keras"]["gru"])


def composed_gru(params, reset: str, recurrent_bias: str, update: str) -> Built:
    """The forms that Keras has no layer for, cell by cell from keras.ops."""
    weights = {name: tf.Variable(a) for name, a in params.items()}

    def forward(inputs):
        K_r, K_z, K_n = ops.unstack(ops.convert_to_tensor(weights["kernel"]))
        R_r, R_z, R_n = ops.unstack(ops.convert_to_tensor(weights["recurrent_kernel"]))
        b_r, b_z, b_n = ops.unstack(ops.convert_to_tensor(weights["bias"]))
        c_r, c_z, c_n = (ops.unstack(ops.convert_to_tensor(weights["recurrent_bias"]))
                         if recurrent_bias != "none" else (0, 0, 0))
        x = inputs["x"]
        h = inputs["h0"] if "h0" in inputs else ops.zeros((x.shape[0], R_n.shape[-1]), x.dtype)
        states = []
        for x_t in ops.unstack(x, axis=1):
            r = ops.sigmoid(ops.matmul(x_t, K_r) + b_r + ops.matmul(h, R_r) + c_r)
            z = ops.sigmoid(ops.matmul(x_t, K_z) + b_z + ops.matmul(h, R_z) + c_z)
            if reset == "before":
                recurrent = ops.matmul(r * h, R_n) + c_n
            elif recurrent_bias == "inside":
                recurrent = r * (ops.matmul(h, R_n) + c_n)
            else:
                recurrent = r * ops.matmul(h, R_n) + c_n
            n = ops.tanh(ops.matmul(x_t, K_n) + b_n + recurrent)
            h = z * h + (1 - z) * n if update == "keep" else (1 - z) * h + z * n
            states.append(h)
        return {"y": ops.stack(states, axis=1), "h_n": h}

    return Built("a GRU cell from keras.ops", weights, forward, composed=True)


LAYERS = {"gru": gru}
