"""What a whole model answers, layer by layer, in one mode and precision: what is recorded today and asked again later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np


@dataclass
class Called:
    """One call of a layer: its inputs and outputs, in the order of its arguments."""

    name: str
    title: str  # its class
    inputs: list[np.ndarray]
    outputs: list[np.ndarray]


@dataclass
class Answers:
    """`gradients` are those of the sum of the outputs times fixed random numbers, of the inputs and of each weight."""

    layers: list[Called]
    outputs: list[np.ndarray]
    gradients: dict[str, np.ndarray] = field(default_factory=dict)
    after: dict[str, np.ndarray] = field(default_factory=dict)  # what is not trained, after this call: running statistics


class Asked(Protocol):
    """A model in one precision. What drops is asked without: its draws cannot be compared."""

    backend: str

    @property
    def versions(self) -> dict[str, str]: ...

    def weights(self) -> dict[str, np.ndarray]: ...

    def load(self, weights: Mapping[str, np.ndarray]) -> None: ...

    def ask(self, inputs: Sequence[np.ndarray], training: bool, forced: Sequence[Called] | None = None,
            gradients: bool = True) -> Answers: ...


def cotangent(k: int, output: Any) -> np.ndarray:
    """The fixed random numbers of output k."""
    return np.random.default_rng(11 + k).normal(size=tuple(output.shape))


class Forced:
    """Recorded calls in the places of those that are made: each layer is given what it was given, and hands on what it gave, so
    that a difference in one hides none behind it."""

    def __init__(self, calls: Sequence[Called] | None):
        self.calls = calls
        self.at = 0

    def next(self, title: str, inputs: Sequence[Any]) -> Called | None:
        """The recorded call in whose place this one is; None where the model calls other layers than it did."""
        if self.calls is None or self.at >= len(self.calls):
            return None
        found = self.calls[self.at]
        self.at += 1
        same = found.title == title and [a.shape for a in found.inputs] == [tuple(a.shape) for a in inputs]
        return found if same else None
