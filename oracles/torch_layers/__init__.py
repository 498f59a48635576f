"""How each layer is built in PyTorch: one function a layer, (layer, params, case) -> Built, in `LAYERS`."""

from oracles.torch_layers import convolution, normalisation, pooling, recurrent
from oracles.torch_layers.built import Built

LAYERS = {**recurrent.LAYERS, **convolution.LAYERS, **pooling.LAYERS, **normalisation.LAYERS}

__all__ = ["LAYERS", "Built"]
