"""The dtype that Keras gives to layers, on any of its backends."""

from contextlib import contextmanager

import keras
import numpy as np


@contextmanager
def precision(dtype: np.dtype):
    """Layers that are made here are of this dtype. Their policy follows floatx only until somebody first asks for it, which the
    first layer of a process does: from then on it is one of its own."""
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(str(dtype))
    keras.config.set_dtype_policy(str(dtype))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
        keras.config.set_floatx(floatx)
