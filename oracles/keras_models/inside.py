"""Which layers of Keras are recorded as one call; on any of its backends."""

from typing import Any

import keras


def goes_inside(la: Any) -> bool:
    """Whether its layers are recorded in its place: a model, or a layer of a person's own that has layers."""
    if isinstance(la, (keras.Model, keras.layers.InputLayer)):
        return True
    return not type(la).__module__.startswith("keras.") and bool(la._layers)
