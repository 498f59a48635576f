"""Masks that a recorded model computes from an input: how long each example is, where padding stands behind it.

A mask of Keras is seen as numbers in the calls that heed it. It is an input's where both recordings say so, and lengths where no
padding stands between steps that are none: ports are asked on such examples alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnparity.oracles.models.op import Op, order
from nnparity.oracles.writing.graph import Graph, Node
from nnparity.reports.models.side import Side

HEED = ("lstm", "gru", "simple_rnn", "bidirectional", "mean")


class Lengths:
    """The lengths of one model's examples: calls that heed a mask, and what is taken of the steps of those."""

    def __init__(self, side: Side, again: Side, hides: Mapping[str, float]):
        self.side, self.again, self.hides = side, again, hides
        self.values: dict[int, int] = {}  # input -> its lengths, a value of the graph
        self.steps: dict[int, tuple[int, int]] = {}  # output of a masked call -> its lengths, and where its second half begins

    def node(self, graph: Graph, k: int) -> Node | None:
        """The call, with lengths; None where it heeds no mask, or one that is no input's."""
        op = self.side.ops[k]
        if op.kind in HEED and op.settings.get("valid") is not None:
            if op.kind == "mean" and not self.over_time(op):
                return None
            v = self.of(graph, op.settings["valid"], self.again.ops[k].settings.get("valid"))
            if v is None:
                return None
            hidden = self.side.shape(op.outputs[0])[-1]
            self.steps[op.outputs[0]] = v, hidden // 2 if op.kind == "bidirectional" else 0
            return Node(op.name, op.title, op.kind, {**op.settings, "valid": None, "lengths": v}, op.inputs, op.outputs,
                        self.side.params[k], axes=op.axes if op.kind != "mean" else "", where=op.where)
        if k in self.side.places and len(op.inputs) == 1 and op.inputs[0] in self.steps:
            return self.taken(k)
        return None

    def over_time(self, op: Op) -> bool:
        """Whether it is the mean of (batch, time, features) over the time."""
        ndim = len(self.side.shape(op.inputs[0]))
        return ndim == 3 and [order(op.axes, ndim)[axis] for axis in op.settings["over"]] == [1]

    def of(self, graph: Graph, valid: Any, others: Any) -> int | None:
        """The value with the lengths that a mask says, computed from an input by a call that stands where it is first wanted."""
        for v in graph.inputs:
            hidden = self.hides.get("f" if self.side.value(v).dtype.kind == "f" else "i")
            if hidden is None or others is None or not all(
                    said(side.value(v), hidden, mask) for side, mask in ((self.side, valid), (self.again, others))):
                continue
            if v not in self.values:
                made = self.values[v] = max(graph.shapes) + 1
                graph.shapes[made], graph.dtypes[made] = self.side.shape(v)[:1], np.dtype(np.int64)
                told = int(hidden) if hidden == int(hidden) else hidden
                graph.nodes.append(Node("lengths", "lengths", "lengths", {"hides": told}, (v,), (made,)))
            return self.values[v]
        return None

    def taken(self, k: int) -> Node | None:
        """What is taken of the steps of a masked call: the last ones, or all with the last held on in the padding."""
        op = self.side.ops[k]
        lengths, half = self.steps[op.inputs[0]]
        node = Node(op.name, op.title, "", {"lengths": lengths, "half": half}, op.inputs, op.outputs, where=op.where)
        source = next(v for v, made in self.values.items() if made == lengths)
        for kind, expected in (("last_steps", last_steps), ("held_steps", held_steps)):
            if all(self.moves(side, k, expected(side.shape(op.inputs[0]), count(side.value(source), self.hides), half))
                   for side in (self.side, self.again)):
                return replace(node, kind=kind)
        return None

    def moves(self, side: Side, k: int, expected: np.ndarray) -> bool:
        places = side.places.get(k)
        return places is not None and len(places) == 1 and np.array_equal(places[0], expected)


def seen(value: np.ndarray, hidden: float) -> np.ndarray:
    """(batch, time): which words, or steps with features, are none of padding."""
    return (value != hidden).any(-1) if value.ndim == 3 else value != hidden


def count(value: np.ndarray, hides: Mapping[str, float]) -> np.ndarray:
    return seen(value, hides["f" if value.dtype.kind == "f" else "i"]).sum(1)


def said(value: np.ndarray, hidden: float, mask: Any) -> bool:
    """Whether a mask is what an input says, and hides nothing but ends."""
    if value.ndim not in (2, 3):
        return False
    own, mask = seen(value, hidden), np.array(mask)
    return own.shape == mask.shape and np.array_equal(own, mask) and np.array_equal(own, np.sort(own, 1)[:, ::-1])


def last_steps(shape: tuple[int, ...], n: np.ndarray, half: int) -> np.ndarray:
    places = np.arange(int(np.prod(shape))).reshape(shape)
    last = places[np.arange(shape[0]), n - 1]
    return np.concatenate([last[:, :half], places[:, 0, half:]], 1) if half else last


def held_steps(shape: tuple[int, ...], n: np.ndarray, half: int) -> np.ndarray:
    """What reads from the end, and stands beside the other, has read nothing in the padding: zeros."""
    places, steps = np.arange(int(np.prod(shape))).reshape(shape), np.arange(shape[1])
    held = places[np.arange(shape[0])[:, None], np.minimum(steps, n[:, None] - 1)]
    rest = np.where((steps < n[:, None])[..., None], places, -1)
    return np.concatenate([held[..., :half], rest[..., half:]], -1) if half else held
