"""How each layer is built in Keras: one function a layer, (layer, params, case) -> Built, in `LAYERS`."""

from oracles.keras_layers import dense, losses, recurrent
from oracles.keras_layers.built import Built

LAYERS = {**dense.LAYERS, **losses.LAYERS, **recurrent.LAYERS}

__all__ = ["LAYERS", "Built"]
