"""Weights of a PyTorch model from a file: tensors alone, nothing is unpickled that could run code."""

from pathlib import Path
from typing import Any

import numpy as np
import torch


def load(model: torch.nn.Module, path: Path) -> None:
    """A state_dict from .safetensors, .npz, .pt or .pth. Raises ValueError where it does not fit, or holds more than tensors."""
    state: Any
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file
        state = load_file(str(path))
    elif path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            state = {name: torch.tensor(a) for name, a in arrays.items()}
    else:
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # what it raises for an unsafe file is no type of its own
            raise ValueError(f"{path} is no state_dict of tensors alone: {str(error).splitlines()[0]:.200}") from None
        state = state.get("state_dict", state) if isinstance(state, dict) else state
    if not isinstance(state, dict):
        raise ValueError(f"{path} holds a {type(state).__name__}, expected is a state_dict")
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{path}: {error}") from None
