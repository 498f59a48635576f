"""How each layer is built in PyTorch: one function a layer, (layer, params, case) -> Built, in `LAYERS`."""

from oracles.torch_layers import dense, losses, recurrent
from oracles.torch_layers.built import Built

LAYERS = {**dense.LAYERS, **losses.LAYERS, **recurrent.LAYERS}

__all__ = ["LAYERS", "Built"]
