"""Pooling in Keras, channels last as on TensorFlow on the CPU."""

import keras
from keras import ops

from nnparity.cases.case import Case, Layer
from nnparity.oracles.chain import Built
from nnparity.oracles.keras_layers.convolution import channels_first, channels_last, zero_padding
from nnparity.oracles.layouts.padding import explicit, per_axis


def max_pool(layer: Layer, _params, case: Case) -> Built:
    """keras.layers.MaxPooling1D, MaxPooling2D; padding that Keras has no word for is ops.pad with -inf before it."""
    axes, padding = int(layer.kind[-2]), layer.config.get("padding", "valid")

    def forward(_weights, inputs):
        x = channels_last(inputs["x"])
        size, stride, pairs = windows(layer, axes, x)
        if padding not in ("valid", "same"):
            x = ops.pad(x, ((0, 0), *pairs, (0, 0)), constant_values=-float("inf"))
        own = padding if padding in ("valid", "same") else "valid"
        module = getattr(keras.layers, f"MaxPooling{axes}D")(size, stride, own, dtype=str(case.dtype))
        return {"y": channels_first(module(x))}

    before = "" if padding in ("valid", "same") else "keras.ops.pad(-inf) -> "
    return Built(f"{before}keras.layers.MaxPooling{axes}D({written(layer)})", forward)


def average_pool(layer: Layer, _params, case: Case) -> Built:
    """keras.layers.AveragePooling1D, AveragePooling2D, which divide by the cells and have the padding "valid" and "same".

    ZeroPadding before a valid one divides by the window; that over the same of ones divides by the cells again.
    """
    axes, padding = int(layer.kind[-2]), layer.config.get("padding", "valid")
    cells = layer.config.get("divisor", "window") == "cells"
    built_in = padding == "valid" or (padding == "same" and cells)
    dtype = str(case.dtype)

    def forward(_weights, inputs):
        x = channels_last(inputs["x"])
        size, stride, pairs = windows(layer, axes, x)
        module = getattr(keras.layers, f"AveragePooling{axes}D")(size, stride, padding if built_in else "valid", dtype=dtype)
        if built_in:
            return {"y": channels_first(module(x))}
        y = module(zero_padding(x, pairs, dtype))
        if cells:
            y = y / module(zero_padding(ops.ones_like(x), pairs, dtype))
        return {"y": channels_first(y)}

    before = "" if built_in else f"ZeroPadding{axes}D -> "
    after = "" if built_in or not cells else ", divided by the same of ones"
    return Built(f"{before}keras.layers.AveragePooling{axes}D({written(layer)}){after}", forward,
                 composed=bool(after))


def windows(layer: Layer, axes: int, x):
    """size, stride and the pairs of padding for x (batch, *spatial, channels)."""
    lengths, size = tuple(x.shape[1:-1]), layer.config["size"]
    size = lengths if size == "global" else per_axis(size, axes)
    stride = per_axis(layer.config.get("stride") or size, axes)
    return size, stride, explicit(layer.config.get("padding", "valid"), lengths, size, stride, (1,) * axes)


def written(layer: Layer) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in layer.config.items() if k != "divisor")


BUILDERS = {"max_pool1d": max_pool, "max_pool2d": max_pool, "average_pool1d": average_pool, "average_pool2d": average_pool}
