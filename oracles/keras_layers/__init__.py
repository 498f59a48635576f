"""How each layer is built in Keras: one function a layer, Build, in `BUILDERS`."""

from nnparity.oracles.chain import Build
from nnparity.oracles.keras_layers import convolution, dense, losses, normalisation, pooling, recurrent

BUILDERS: dict[str, Build] = {kind: build for family in (convolution, dense, losses, normalisation, pooling, recurrent)
          for kind, build in family.BUILDERS.items()}
