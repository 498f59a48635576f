"""`nnparity.record` and `nnparity.changes`: a model of yours, before and after an upgrade."""

from pathlib import Path
from typing import Any

from nnparity.reports.models.inputs import arrays
from nnparity.reports.recordings.changes import Changes, since
from nnparity.reports.recordings.inputs import inputs_of
from nnparity.reports.recordings.recording import read, recorded, write


def record(model: Any, path: str | Path, x: Any = None) -> None:
    """Writes what a torch.nn.Module or a Keras model answers on x, layer by layer: outputs, gradients of a fixed sum of them, and
    running statistics, in evaluation and in training, in float64 and in float32, with the weights and the versions.

    `x` is an array or a list of them, or None for numbers drawn for the shapes that a Keras model states. Layers that drop are
    asked without. Raises WrongRequest for what is no model, or does not run on x, and OSError.
    """
    write(Path(path), recorded(model, inputs_of(model, None if x is None else arrays(x))))


def changes(model: Any, path: str | Path) -> Changes:
    """The model, given the recorded weights, asked what it was asked: which layer answers otherwise on what it was given.

    Raises WrongRequest for what is no recording, and where the model calls other layers than it did.
    """
    return since(model, read(Path(path)))
