"""The options of a layer or an optimizer that are set where a case names none."""

from collections.abc import Mapping
from typing import Any

from nnparity.cases.case import Layer
from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reference_impl.layers import convolution, pooling
from nnparity.reference_impl.network import LAYERS
from nnparity.reference_impl.optimizers import OPTIMIZERS


def activation_of(layer: Layer) -> str | None:
    """The name of the layer's activation function, None where the layer has none."""
    config = {**defaults(layer.kind), **layer.config}
    return config.get("function" if layer.kind == "activation" else "activation")


def activation_defaults(layer: Layer) -> Mapping[str, Any]:
    """The options of the layer's activation function that are set where a case names none."""
    return getattr(ACTIVATIONS.get(activation_of(layer) or ""), "__kwdefaults__", None) or {}


def defaults(kind: str) -> Mapping[str, Any]:
    """The options of a layer kind or optimizer that are set where a case names none."""
    behind = {"conv1d": convolution.convolution, "conv2d": convolution.convolution, "max_pool1d": pooling.max_pool,
              "max_pool2d": pooling.max_pool, "average_pool1d": pooling.average_pool, "average_pool2d": pooling.average_pool}
    return getattr(behind.get(kind) or LAYERS.get(kind) or OPTIMIZERS.get(kind), "__kwdefaults__", None) or {}
