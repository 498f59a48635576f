"""How each layer is built in Keras: one function a layer, (layer, params, case) -> Built, in `LAYERS`."""

from oracles.keras_layers import convolution, normalisation, pooling, recurrent
from oracles.keras_layers.built import Built

LAYERS = {**recurrent.LAYERS, **convolution.LAYERS, **pooling.LAYERS, **normalisation.LAYERS}

__all__ = ["LAYERS", "Built"]
