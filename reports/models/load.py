"""Models and inputs by their places: file.py:function, a .keras file, x.npz. Nothing is unpickled that can run code."""

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from nnparity.reports.asking.implementations import UserFile, described_error
from nnparity.reports.checking.handed_in.recognise import framework_of
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.source import located
from nnparity.reports.models.inputs import numbers
from nnparity.reports.models.ours import is_words

SIZES = re.compile(r"(\d+(,\d+)*(:\d+)?)(\s+\d+(,\d+)*(:\d+)?)*")


class Raised(Exception):
    """A person's file raised while its model was made."""


def model_at(target: str, weights: str | None = None) -> Any:
    """The model that a string names: what file.py:function returns, a class built without arguments, a model itself, or a .keras
    or .onnx file. Raises WrongRequest, and Raised for what the file raises."""
    if is_words(target):
        return target
    path = Path(target)
    if path.suffix in (".keras", ".onnx"):
        if not path.is_file():
            raise WrongRequest(f"{target}: no such file")
        if weights:
            raise WrongRequest(f"{target} has its weights in it: leave {weights} out")
        return tool(path.suffix[1:], lambda files: files.opened(path))
    if path.suffix in (".h5", ".pt", ".pth", ".pkl"):
        more = "save it with model.save('model.keras')" if path.suffix == ".h5" else (
            "name what builds the model, file.py:function, and the weights with --weights-a or --weights-b")
        raise WrongRequest(f"{target} is not opened: {more}")
    source, name = located(target)
    if not name:
        raise WrongRequest(f"{target}: which model of it? Name what builds it: {target}:build")
    try:
        found = _attribute(str(source.path), name)
        model = found if model_framework(found) else found()
    except WrongRequest:
        raise
    except Exception as error:  # a person's file may raise anything
        raise Raised(f"{target}: {described_error(error)}") from None
    framework = model_framework(model)
    if not framework:
        raise WrongRequest(f"{target} returns {type(model).__name__}: a torch.nn.Module, a Keras, a flax.nnx or an ONNX model is "
                           "expected")
    if weights and framework == "onnx":
        raise WrongRequest(f"an ONNX model has its weights in it: leave {weights} out")
    if weights:
        place = Path(weights)
        if not place.is_file():
            raise WrongRequest(f"{weights}: no such file")
        tool(framework, lambda files: files.load(model, place))
    return model


def model_framework(model: Any) -> str:
    """"torch", "keras", "flax", "onnx", or "" for what is no model. Asks by name: nothing is imported."""
    cls = type(model)
    if cls.__name__ == "ModelProto" and cls.__module__.startswith("onnx"):
        return "onnx"
    if any(base.__name__ == "Module" and base.__module__.startswith("flax.nnx") for base in cls.__mro__):
        return "flax"
    return framework_of(cls)


def _attribute(path: str, name: str) -> Any:
    try:
        return UserFile(path=path, function=name).imported()
    except Exception as error:
        module = sys.modules.get(Path(path).stem)
        if (found := getattr(module, name, None)) is not None and model_framework(found):
            return found
        raise error


def tool(framework: str, does: Any) -> Any:
    try:
        return does(import_module(f"nnparity.oracles.{framework}_models.files"))
    except ImportError as error:
        name = (error.name or framework).partition(".")[0]
        raise WrongRequest(f"{name} is not installed", f"pip install {name}") from None
    except ValueError as error:
        raise WrongRequest(str(error)) from None


def safetensors() -> Any:
    """The package. Raises WrongRequest where it is not installed."""
    try:
        import_module("safetensors.numpy")
        return import_module("safetensors")
    except ImportError:
        raise WrongRequest("the package safetensors reads and writes weights: pip install safetensors") from None


def inputs_at(path: str) -> list[np.ndarray]:
    """The arrays of an .npz, in their order, or the one of an .npy; or numbers for sizes without the batch: "3,32,32", and
    "12:1000" for whole numbers below 1000, one for each input. Raises WrongRequest."""
    if SIZES.fullmatch(path.strip()) and not Path(path).exists():
        return [drawn_for(each) for each in path.split()]
    try:
        loaded = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise WrongRequest(f"--input {path} cannot be read: {error}",
                           "Expected is x.npz, x.npy, or sizes without the batch: 3,32,32, or 12:1000 for numbers below 1000"
                           ) from None
    return [loaded] if isinstance(loaded, np.ndarray) else [loaded[name] for name in loaded.files]


def drawn_for(sizes: str) -> np.ndarray:
    """Numbers that single precision has too, or whole numbers below the one behind the colon."""
    shape, _, below = sizes.partition(":")
    dims = tuple(int(n) for n in shape.split(",") if n)
    if below:
        return numbers([((None, *dims), "int64")], 0, max(int(below), 1))[0]
    return numbers([((None, *dims), "float32")], 0, 1)[0]
