"""An attention with masks, as what is added to its scores: a mask that is handed in, a constant, or an input's padding."""

from collections.abc import Iterator, Sequence

import numpy as np

from nnparity.oracles.writing.graph import Graph, Node
from nnparity.oracles.writing.moves import Move
from nnparity.reports.models.side import Side


def value(graph: Graph, shape: tuple[int, ...], dtype: np.dtype) -> int:
    """A new value of the graph."""
    made = max(graph.shapes) + 1
    graph.shapes[made], graph.dtypes[made] = shape, dtype
    return made


def number(graph: Graph, a: np.ndarray | float) -> int:
    """A constant as a value of the graph."""
    array = np.asarray(a)
    made = value(graph, array.shape, array.dtype)
    graph.constants[made] = array
    return made


def batches(side: Side, again: Side) -> tuple[int, int]:
    """How many examples each was asked on."""
    return side.value(side.trace.inputs[0]).shape[0], again.value(again.trace.inputs[0]).shape[0]


def fixed(a: np.ndarray, b: np.ndarray, batch: int, other: int, alike: bool = True) -> np.ndarray | None:
    """What is the same whatever is given, of one example for all where they are `alike`; None where it is not."""
    if alike and a.ndim and a.shape[0] == batch and b.shape[:1] == (other,) and a.shape[1:] == b.shape[1:] and (a == a[:1]).all():
        a, b = a[:1], b[:1]  # one for every sequence of the batch
    return a if a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f") else None


class Masks:
    """The nodes of one call that make a mask."""

    def __init__(self, graph: Graph, side: Side, again: Side, node: Node):
        self.graph, self.side, self.again, self.of = graph, side, again, node
        self.made: list[Node] = []

    def add(self, kind: str, settings: dict, inputs: Sequence[int], shape: tuple[int, ...], dtype: type,
            move: Move | None = None) -> int:
        out = value(self.graph, shape, np.dtype(dtype))
        self.made.append(Node(f"{self.of.name}_mask", self.of.title, kind, settings, tuple(inputs), (out,), where=self.of.where,
                              moves=((move,),) if move else (), join=(0,) if move else ()))
        return out

    def function(self, name: str, inputs: Sequence[int], dtype: type) -> int:
        shape = np.broadcast_shapes(*(self.graph.shapes[v] for v in inputs))
        return self.add("function", {"name": name}, inputs, shape, dtype)

    def four(self, v: int, place: str) -> int:
        """(batch, 1, 1, keys), or (batch or 1, heads or 1, queries, keys)."""
        shape = self.graph.shapes[v]
        wanted = (shape[0], 1, 1, shape[1]) if place == "keys" else (shape[0], 1, *shape[1:]) if place == "heads" and len(
            shape) == 3 else shape
        if wanted == shape:
            return v
        if v in self.graph.constants:
            return number(self.graph, self.graph.constants[v].reshape((len(self.graph.constants[v]), *wanted[1:])))
        return self.add("move", {}, (v,), wanted, self.graph.dtypes[v].type, Move(0, shape=(-1, *wanted[1:])))

    def summand(self, v: int, how: str, hides: float) -> int:
        """What is added to the scores."""
        if how == "added":
            return v
        if self.graph.dtypes[v].kind != "b":
            v = self.function("not_equal", (v, number(self.graph, 0)), bool)
        ends = (hides, 0.0) if how == "hides" else (0.0, hides)
        if v in self.graph.constants:
            return number(self.graph, np.where(self.graph.constants[v], *ends))
        return self.function("where", (v, *(number(self.graph, end) for end in ends)), float)

    def value_of(self, a: int | np.ndarray, b: int | np.ndarray) -> int | None:
        """The value that a mask is: known already, a constant, or computed from an input by where it has no padding."""
        if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
            return a if isinstance(a, int) and isinstance(b, int) else None
        if (same := fixed(a, b, *batches(self.side, self.again))) is not None:
            return number(self.graph, same)
        for v in self.graph.inputs:
            for k, (x, y) in enumerate(zip(forms(self.side.value(v), a), forms(self.again.value(v), b))):
                if np.array_equal(x, a) and np.array_equal(y, b):
                    return self.form(v, k)
        return None

    def form(self, v: int, k: int) -> int:
        """The k-th of `forms`, with an axis for the heads."""
        n, steps = self.graph.shapes[v]
        seen = self.function("not_equal", (v, number(self.graph, 0)), bool)
        keys = self.add("move", {}, (seen,), (n, 1, 1, steps), bool, Move(0, shape=(-1, 1, 1, steps)))
        if k % 2:
            queries = self.add("move", {}, (seen,), (n, 1, steps, 1), bool, Move(0, shape=(-1, 1, steps, 1)))
            keys = self.function("logical_and", (keys, queries), bool)
        if k < 2:
            return keys
        return self.function("logical_and", (keys, number(self.graph, np.tri(steps, dtype=bool)[None, None])), bool)


def forms(given: np.ndarray, mask: np.ndarray) -> Iterator[np.ndarray]:
    """Masks (batch, queries, keys) that an input of words may be meant by: keys that are no padding, queries too, with and
    without what comes later."""
    if given.ndim != 2 or given.dtype.kind not in "iu" or mask.ndim != 3:
        return
    seen = given != 0
    for later in (True, np.tri(seen.shape[1], dtype=bool)):
        for own in (seen[:, None, :], seen[:, :, None] & seen[:, None, :]):
            made = own & later
            fits = made.ndim == mask.ndim and all(n in (1, m) for n, m in zip(made.shape, mask.shape))
            yield np.broadcast_to(made, mask.shape) if fits else np.zeros(0)


def attention(graph: Graph, side: Side, again: Side, k: int, node: Node) -> Node | None:
    """softmax(q kᵀ · scale + masks) v; None where a mask is none that is known."""
    said, others = side.ops[k].said, again.ops[k].said
    if said is None or others is None:
        return None
    masks, found = Masks(graph, side, again, node), []
    for a, b, (place, how) in zip(said.given[3:], others.given[3:], said.settings["masks"]):
        v = masks.value_of(a, b)
        if v is None:
            return None
        found.append(masks.summand(masks.four(v, place), how, said.settings["hidden"]))
    if len(found) == 2:
        whole = np.broadcast_shapes(*(graph.shapes[v] for v in found))
        found = [masks.add("add", {}, found, whole, float)]
    graph.nodes += masks.made
    node.kind, node.inputs = "attention", (*(v for v in said.given[:3] if isinstance(v, int)), *found)
    node.settings = {"causal": False, "scale": said.settings["scale"]}
    return node


__all__ = ["attention", "batches", "fixed", "value"]
