"""What a model is asked while it is recorded."""

from typing import Any

import numpy as np

from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.models.inputs import numbers, stated_by_keras
from nnparity.reports.models.load import model_framework


def inputs_of(model: Any, given: list[np.ndarray] | None) -> list[np.ndarray]:
    """The given ones, or numbers for the shapes that a Keras model states. Raises WrongRequest where it states none."""
    if model_framework(model) == "onnx":
        raise WrongRequest("an ONNX model is not recorded: a torch.nn.Module, a Keras or a flax.nnx model is expected",
                           "compare the two files themselves: nnparity compare old.onnx new.onnx")
    if given is not None:
        return [a.astype(np.float32) if a.dtype.kind == "f" else a for a in given]
    if not getattr(model, "inputs", None):
        raise WrongRequest("the model does not say what shape its input has: hand in x", "x=numpy array",
                           "--input 3,32,32 (sizes without the batch), or x.npz with the arrays in the order of its arguments")
    tables = [la for la in model._flatten_layers() if hasattr(la, "input_dim") and hasattr(la, "mask_zero")]
    drawn = numbers(stated_by_keras(model), 0, min([la.input_dim for la in tables], default=7))
    return [a.astype(np.float32) if a.dtype.kind == "f" else a for a in drawn]
