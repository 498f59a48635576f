"""Nodes of an ONNX graph as data: what a file of ONNX is made of, without the package that writes it.

A value's "variable" is the name of a tensor, and what a writer calls its text is the name of the tensor that was made.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnparity.oracles.writing.graph import Graph, Node
from nnparity.oracles.writing.moves import Move
from nnparity.oracles.writing.writer import Order, Writer

OPSET = 20
# what stands beside a layer's own node
ASIDE = ("Transpose", "Squeeze", "Unsqueeze", "Reshape", "Shape", "Slice", "Pad", "Expand")
END = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Made:
    """A node: an operator of the default domain, names of tensors, attributes."""

    operator: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Ends:
    """An input or an output of the graph; "batch" stands for its first size."""

    name: str
    dtype: np.dtype
    shape: tuple[int | str, ...]


@dataclass(frozen=True)
class WrittenGraph:
    """A graph and its numbers, in double precision as they were read."""

    nodes: tuple[Made, ...]
    weights: dict[str, np.ndarray]
    inputs: tuple[Ends, ...]
    outputs: tuple[Ends, ...]
    head: str
    left: tuple[str, ...]  # layers of training alone, that a graph for evaluation has no place for
    opset: int = OPSET

    @property
    def layers(self) -> int:
        return len(self.nodes)


class Nodes(Writer):
    """How a node, a number and a move are written."""

    def __init__(self, graph: Graph):
        super().__init__(graph)
        self.made: list[Made] = []
        self.left: list[str] = []
        self.now, self.alone = "node", True
        self.held_numbers: dict[tuple, str] = {}

    def layer(self, node: Node) -> None:
        self.now, self.alone = node.name, node.kind == "move"
        super().layer(node)

    def put(self, node: Node, text: str, held: Order, output: int = 0) -> None:
        v = node.outputs[output]
        self.held[v], self.variables[v] = held, text

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output, of the same name."""
        return self.several(operator, inputs, 1, attributes)[0]

    def several(self, operator: str, inputs: tuple[str, ...], outputs: int, attributes: dict[str, Any]) -> tuple[str, ...]:
        name = self.called(self.now if self.alone or operator not in ASIDE else f"{self.now}_{operator.lower()}")
        names = (name, *(self.called(f"{name}_{k}") for k in range(1, outputs)))
        given = {key: a for key, a in attributes.items() if a is not None}
        self.made.append(Made(operator, name, inputs, names, given))
        return names

    # numbers

    def number(self, value: Any, name: str = "", dtype: Any = float) -> str:
        """An initializer; equal ones are one."""
        array = np.asarray(value, dtype)
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self.held_numbers:
            self.held_numbers[key] = self.called(name or f"{self.now}_{'sizes' if dtype is int else 'constant'}")
            self.weights[self.held_numbers[key]] = array
        return self.held_numbers[key]

    def sizes(self, *values: int) -> str:
        return self.number(values, dtype=int)

    def weight(self, node: Node, name: str, array: np.ndarray) -> str:
        """Of a layer that is called twice once."""
        return self.number(array, f"{node.shared or node.name}_{name}")

    def fixed(self, v: int, by: Order) -> str:
        array = self.graph.constants[v]
        return self.constant(self.graph.names.get(v, ""), array.transpose(by) if array.ndim else array)

    def constant(self, name: str, array: np.ndarray) -> str:
        return self.number(array, name, bool if array.dtype == bool else int if array.dtype.kind in "iu" else float)

    # moves

    def canonical(self, ndim: int) -> Order:
        return tuple(range(ndim))

    def permuted(self, text: str, by: Order) -> str:
        return self.add("Transpose", text, perm=list(by))

    def for_all(self, constant: str, like: str, shape: tuple[int, ...]) -> str:
        sizes = self.add("Concat", self.add("Shape", like, start=0, end=1), self.sizes(*[1] * (len(shape) - 1)), axis=0)
        return self.add("Expand", constant, sizes)

    def joined(self, parts: list[str], axis: int) -> str:
        return self.add("Concat", *parts, axis=axis)

    def cut(self, node: Node, x: str, m: Move, held: Order | None) -> str:  # noqa: ARG002
        index = [m.index[k] for k in held] if held and m.index else list(m.index)
        parts = {k: i for k, i in enumerate(index) if isinstance(i, slice) and i != slice(None)}
        if parts:
            backwards = {k: (i.step or 1) < 0 for k, i in parts.items()}
            starts = [i.start if i.start is not None else END if backwards[k] else 0 for k, i in parts.items()]
            stops = [i.stop if i.stop is not None else -END if backwards[k] else END for k, i in parts.items()]
            x = self.add("Slice", x, self.sizes(*starts), self.sizes(*stops), self.sizes(*parts),
                         self.sizes(*(i.step or 1 for i in parts.values())))
        for k, i in reversed(list(enumerate(index))):
            if not isinstance(i, slice):
                x = self.add("Gather", x, self.number(i, dtype=int), axis=k)
        return x

    def moved(self, node: Node, x: str, m: Move, held: Order | None = None) -> str:
        rank = sum(isinstance(i, slice) for i in m.index) if m.index else len(self.graph.shapes[node.inputs[m.source]])
        x = self.cut(node, x, m, held)
        if m.split:
            x, rank = self.add("Reshape", x, self.sizes(*m.split)), len(m.split)
        if m.order:
            x = self.permuted(x, m.order)
        if m.shape:
            flat = len(m.shape) == 2 and m.shape[0] == -1 and m.keeps[1]
            x, rank = self.add("Flatten", x, axis=1) if flat else self.add("Reshape", x, self.sizes(*m.shape)), len(m.shape)
        if m.repeat:
            x = self.add("Tile", x, self.sizes(*(m.repeat[1] if k == m.repeat[0] else 1 for k in range(rank))))
        pad = [m.pad[k] for k in held] if held and m.pad else m.pad
        return self.padded(x, pad, fill=m.fill) if pad else x

    def padded(self, x: str, pairs, value: float | None = None, fill: str = "") -> str:
        more = () if value is None else (self.number(value),)
        mode = {"mode": fill} if fill else {}
        return self.add("Pad", x, self.sizes(*(b for b, _ in pairs), *(a for _, a in pairs)), *more, **mode)
