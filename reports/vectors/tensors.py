"""Arrays beside the JSON, in a file of safetensors (https://huggingface.co/docs/safetensors), which many languages read.

The document says "tensors": "lstm.safetensors"; an array in it keeps its shape, dtype and axes, and has in the place of its data
the name under which that file has it: {"shape": [2, 3], "dtype": "float64", "tensor": "lstm-float64-generic/inputs/x"}.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nnparity.reports.vectors.arrays import Unreadable, read, short

FLOATS = ("float32", "float64")


def moved(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Writes every array of a document of vectors to a file at `path`, and returns the document that refers to it.

    Raises ImportError without the package safetensors, OSError where it cannot be written.
    """
    from safetensors.numpy import save

    tensors: dict[str, np.ndarray] = {}
    tests = []
    for test in document["tests"]:
        test = {**test, **({"expected": dict(test["expected"])} if "expected" in test else {})}
        for groups, kind in places(test):
            groups[kind] = {name: referring(a, f"{test['id']}/{kind}/{name}", tensors) for name, a in groups[kind].items()}
        tests.append(test)
    path.write_bytes(save(tensors))
    return {**document, "tensors": path.name, "tests": tests}


def places(test: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Where the arrays of a test stand: groups[kind] is one group of them."""
    yield from ((test, kind) for kind in ("params", "inputs", "cotangents"))
    if "expected" in test:
        yield from ((test["expected"], kind) for kind in ("outputs", "grads"))


def referring(array: dict[str, Any], name: str, tensors: dict[str, np.ndarray]) -> dict[str, Any]:
    tensors[name] = read(array, name).astype(array["dtype"])
    return {**{key: value for key, value in array.items() if key != "data"}, "tensor": name}


class Tensors:
    """The file that a document of answers refers to. Raises Unreadable where it is not there, or is no such file."""

    def __init__(self, name: str, folder: Path, where: str):
        if Path(name).name != name or "\\" in name:
            raise Unreadable(where, f"the name of a file beside this one is expected, got {short(name)}")
        try:
            from safetensors import SafetensorError, safe_open
        except ImportError:
            raise Unreadable(where, "the package safetensors reads this file: pip install safetensors") from None
        self.name = name
        try:
            self.file = safe_open(folder / name, framework="numpy")
            self.names = set(self.file.keys())
        except OSError as error:
            raise Unreadable(where, f"{name} cannot be read: {error.strerror or error}") from None
        except SafetensorError as error:
            raise Unreadable(where, f"{name} is no file of safetensors: {error}") from None

    def read(self, name: str, where: str) -> np.ndarray:
        """One array. Raises Unreadable."""
        if name not in self.names:
            raise Unreadable(f"{where}/tensor", f"{self.name} has no tensor {short(name)}; it has {short(sorted(self.names))}")
        try:
            array = self.file.get_tensor(name)
        except (TypeError, AttributeError, KeyError) as error:  # a dtype that NumPy does not have
            raise Unreadable(f"{where}/tensor", f"{name} has a dtype that NumPy does not have: {error}") from None
        if array.dtype.name not in FLOATS:
            raise Unreadable(f"{where}/tensor", f"{name} is {array.dtype}, expected {' or '.join(FLOATS)}")
        return array
