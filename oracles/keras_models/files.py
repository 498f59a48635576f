"""Keras models and weights from files, in safe mode: no code of a file is run."""

from pathlib import Path
from typing import Any

import keras


def opened(path: Path) -> Any:
    """The model of a .keras file. Raises ValueError where it holds code (a Lambda), or is none."""
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises what it likes for a file
        raise ValueError(f"{path} is not opened in safe mode: {str(error).strip().splitlines()[0]:.300}") from None


def load(model: Any, path: Path) -> None:
    """Weights from .weights.h5. Raises ValueError where they do not fit."""
    try:
        model.load_weights(path)
    except Exception as error:
        raise ValueError(f"{path}: {str(error).strip().splitlines()[0]:.300}") from None
