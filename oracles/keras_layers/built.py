"""A layer of Keras with its weights loaded."""

import keras

from nnparity.cases.case import Unsupported
from nnparity.oracles.chain import Built
from nnparity.oracles.layouts import Layout


def from_keras(layer: keras.layers.Layer, input_shape, built: str, forward, params, layout: Layout) -> Built:
    """Build the layer, load the packed parameters by name and hand out its variables.

    Raises Unsupported where its weights are not those of the case.
    """
    layer.build(input_shape)
    variables = {w.name: w for w in layer.trainable_weights}  # moving statistics take no gradient
    packed = layout.pack(params)
    if {k: tuple(w.shape) for k, w in variables.items()} != {k: a.shape for k, a in packed.items()}:
        raise Unsupported(f"{built} has weights { {k: tuple(w.shape) for k, w in variables.items()} }, "
                          f"the case gives { {k: a.shape for k, a in packed.items()} }")
    for name, array in packed.items():
        variables[name].assign(array)
    return Built(built, forward, layout, variables={name: variables[name].value for name in packed})
