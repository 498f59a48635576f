"""An ONNX file, opened: a description of a graph and its numbers, which runs no code."""

from pathlib import Path
from typing import Any


def opened(path: Path) -> Any:
    """The model of a .onnx file. Raises ValueError where it is none, ImportError where onnx is not installed."""
    import onnx
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf's and the checker's errors share no type
        raise ValueError(f"{path} is no ONNX model: {str(error).strip()[:300]}") from None
    return model
