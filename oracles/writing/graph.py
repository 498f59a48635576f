"""What a writer is handed: the calls of a model as neutral layers, with their weights by canonical names (cases/kinds.py)."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnparity.oracles.writing.moves import Move


class NoFormula(ValueError):
    """The other framework has no formula for a layer, or the layer is not understood: which, and why."""


@dataclass
class Node:
    """One call. Kinds are those of oracles/models/compute.py, the arithmetic ("add", "matmul"), and what was found by asking:
    "move" (numbers are put elsewhere: `moves`, one for each output), "affine" (settings scale, shift) and "masked" (settings
    mask, value: value stands where mask is False)."""

    name: str
    title: str
    kind: str
    settings: dict[str, Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    params: dict[str, np.ndarray] = field(default_factory=dict)
    moves: tuple[tuple[Move, ...], ...] = ()  # pieces of each output; `join` is the axis on which they stand
    join: tuple[int, ...] = ()
    axes: str = ""  # oracles/models/op.py: where the channels or the time stand
    where: str = ""
    shared: str = ""  # name of the first call of the same weights, "" if this is it


@dataclass
class Graph:
    """`shapes` and `dtypes` of all values; `constants` are values that no call computes."""

    framework: str
    nodes: list[Node]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shapes: dict[int, tuple[int, ...]]
    dtypes: dict[int, np.dtype]
    constants: dict[int, np.ndarray]
    names: dict[int, str] = field(default_factory=dict)  # of inputs, and of constants that are a model's own parameters

    def users(self, value: int) -> list[Node]:
        return [node for node in self.nodes if value in node.inputs or value == node.settings.get("lengths")]
