"""How each layer is built in Keras: one function a layer, (layer, params, case) -> Built, in `LAYERS`."""

from nnparity.oracles.keras_layers import convolution, dense, losses, normalisation, pooling, recurrent

LAYERS = {kind: build for family in (convolution, dense, losses, normalisation, pooling, recurrent)
          for kind, build in family.LAYERS.items()}
