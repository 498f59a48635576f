"""Convolution in Keras. TensorFlow on the CPU convolves channels-last arrays only, so axes are moved around the layer."""

from dataclasses import replace

import keras
from keras import ops

from nnparity.cases.case import Case, Layer
from nnparity.oracles.chain import Built
from nnparity.oracles.keras_layers.built import from_keras
from nnparity.oracles.keras_layers.dense import activation_function
from nnparity.oracles.layouts import LAYOUTS
from nnparity.oracles.layouts.padding import explicit, per_axis


def conv(layer: Layer, params, case: Case) -> Built:
    """keras.layers.Conv1D, Conv2D. Padding that Keras has no word for is ZeroPadding before a valid convolution.

    Keras takes a stride or a dilation, not both: then every position is computed and `stride` of them are kept.
    """
    filters, channels, *size = params["kernel"].shape
    axes = len(size)
    options = dict(layer.config)
    stride, dilation = (per_axis(options.pop(name, 1), axes) for name in ("stride", "dilation"))
    groups, padding = options.pop("groups", 1), options.pop("padding", "valid")
    activation, activation_written, composed = activation_function(options.pop("activation", "linear"), options)
    strided_later = max(stride) > 1 and max(dilation) > 1
    built_in = padding == "valid" or (padding == "same" and not strided_later)
    dtype = str(case.dtype)
    own = {"strides": (1,) * axes if strided_later else stride, "dilation_rate": dilation, "groups": groups,
           "padding": padding if built_in else "valid"}
    Conv = getattr(keras.layers, f"Conv{axes}D")
    module = Conv(filters, tuple(size), activation=activation, use_bias="bias" in params, dtype=dtype, **own)

    def forward(_weights, inputs):
        x = channels_last(inputs["x"])
        if not built_in:
            x = zero_padding(x, explicit(padding, x.shape[1:-1], size, stride, dilation), dtype)
        y = module(x)
        if strided_later:
            y = y[(slice(None), *(slice(None, None, s) for s in stride))]
        return {"y": channels_first(y)}

    written = ", ".join([*(f"{k}={v!r}" for k, v in own.items()), f"activation={activation_written}"])
    before = "" if built_in else f"ZeroPadding{axes}D({padding}) -> "
    after = f" -> every {stride} position" if strided_later else ""
    built = from_keras(module, (None,) * (axes + 1) + (channels * groups,),
                       f"{before}keras.layers.Conv{axes}D({filters}, {tuple(size)}, {written}){after}", forward, params,
                       LAYOUTS["keras"][layer.kind])
    return replace(built, composed=composed or strided_later)


def channels_last(x):
    """(batch, channels, *spatial) -> (batch, *spatial, channels)."""
    return ops.moveaxis(x, 1, -1)


def channels_first(y):
    """(batch, *spatial, channels) -> (batch, channels, *spatial)."""
    return ops.moveaxis(y, -1, 1)


def zero_padding(x, pairs, dtype):
    """keras.layers.ZeroPadding1D, ZeroPadding2D on a channels-last array."""
    module = getattr(keras.layers, f"ZeroPadding{len(pairs)}D")
    return module(pairs[0] if len(pairs) == 1 else pairs, dtype=dtype)(x)


BUILDERS = {"conv1d": conv, "conv2d": conv}
