"""One layer as Keras builds it."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import tensorflow as tf

from nnparity.cases.case import Unsupported
from nnparity.oracles.layouts import IDENTITY, Layout


@dataclass(frozen=True)
class Built:
    """One layer: the call that was built, its weights as variables by the layout's names, and its forward pass."""

    built: str
    weights: dict[str, tf.Variable]
    forward: Callable  # (inputs {name: tensor}) -> outputs {name: tensor}
    layout: Layout = IDENTITY
    composed: bool = False


def from_keras(layer: keras.layers.Layer, input_shape, built: str, forward, params, layout: Layout) -> Built:
    """Build the layer, load the packed parameters by name and hand out its variables."""
    layer.build(input_shape)
    variables = {w.name: w for w in layer.trainable_weights}  # moving statistics take no gradient
    packed = layout.pack(params)
    if {k: tuple(w.shape) for k, w in variables.items()} != {k: a.shape for k, a in packed.items()}:
        raise Unsupported(f"{built} has weights { {k: tuple(w.shape) for k, w in variables.items()} }, "
                          f"the case gives { {k: a.shape for k, a in packed.items()} }")
    for name, array in packed.items():
        variables[name].assign(array)
    return Built(built, {name: variables[name].value for name in packed}, forward, layout)
