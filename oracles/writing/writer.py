"""What writers for Python frameworks share: which variable holds a value, in which order of its axes, and how it is called.

A value is *held* with the source's axes in the order that the target's layers take ("channels first" in PyTorch), and put back
into the source's order only where that matters: in front of a flatten, a reshape, a dense layer. So the rows of a kernel behind a
flatten stay as they are.
"""

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnparity.oracles.models.op import FIRST, LAST, order
from nnparity.oracles.writing.functions import FLAT, TABLE
from nnparity.oracles.writing.graph import Graph, Node, NoFormula
from nnparity.oracles.writing.moves import Move
from nnparity.oracles.writing.windows import subscript
from nnparity.oracles.writing.words import literal

Order = tuple[int, ...]
# what a written file calls otherwise
RESERVED = ("x", "self", "float", "int", "bool", "len", "torch", "nn", "F", "keras", "layers", "ops", "np", "jax", "jnp", "nnx",
            "fixed", "model", "weights")
SPATIAL = ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "max_pool1d", "max_pool2d", "average_pool1d",
           "average_pool2d", "batch_norm", "group_norm", "prelu", "upsample", "mean", "max")
ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


@dataclass(frozen=True)
class Written:
    """The text of a file of Python and the arrays beside it."""

    text: str
    weights: dict[str, np.ndarray]
    layers: int


def forwards(i: slice, n: int) -> slice:
    """What a slice with a negative step takes of n cells, as a slice of the cells in the other order."""
    taken = [n - 1 - k for k in range(n)[i]]
    start, end = taken[0], taken[-1] + 1
    return slice(None) if len(taken) == n else slice(start or None, end if end < n else None, -(i.step or 1))


def turn(node: Node) -> bool:
    """Whether a call does nothing but put the axes of one value in another order."""
    if node.kind != "move" or len(node.outputs) != 1 or len(node.moves[0]) != 1:
        return False
    move = node.moves[0][0]
    return bool(move.order) and not (move.index or move.split or move.shape or move.repeat or move.pad)


class Writer:
    """One file. A target says how a permutation, a constant and each kind of layer is written (`layer_<kind>`)."""

    title = ""
    column = ""  # of the table of functions
    casts: Mapping[str, str] = {}  # what a number is made to be, in the target's words

    def __init__(self, graph: Graph):
        self.graph = graph
        self.body: list[str] = []
        self.weights: dict[str, np.ndarray] = {}
        self.held: dict[int, Order] = {}
        self.variables: dict[int, str] = {}
        self.taken: set[str] = set()
        self.constants: dict[int, str] = {}

    # what a target says

    def permuted(self, text: str, by: Order) -> str:
        raise NotImplementedError

    def constant(self, name: str, array: np.ndarray) -> str:
        raise NotImplementedError

    def joined(self, parts: list[str], axis: int) -> str:
        raise NotImplementedError

    def picked(self, x: str, places: str, axis: int) -> str:
        raise NotImplementedError

    def for_all(self, constant: str, like: str, shape: tuple[int, ...]) -> str:
        raise NotImplementedError

    def flipped(self, x: str, axes: Order) -> str:
        raise NotImplementedError

    def moved(self, node: Node, x: str, m: Move, held: Order | None = None) -> str:
        raise NotImplementedError

    def file(self, head: str, weights_file: str) -> Written:
        raise NotImplementedError

    def canonical(self, ndim: int) -> Order:
        """The order of our axes (batch, channels, ...) in which the target's layers take a tensor."""
        raise NotImplementedError

    # values

    def straight(self, v: int) -> Order:
        return tuple(range(len(self.graph.shapes[v])))

    def wanted(self, node: Node, v: int) -> Order:
        """The order of the source's axes in which the target's layer takes the value."""
        ours = order(node.axes, len(self.graph.shapes[v]))
        return tuple(ours[k] for k in self.canonical(len(ours))) if node.axes in (FIRST, LAST) else ours

    def shape(self, node: Node, v: int) -> tuple[int, ...]:
        """(batch, channels, ...)"""
        shape = self.graph.shapes[v]
        return tuple(shape[k] for k in order(node.axes, len(shape)))

    def take(self, v: int, by: Order | None = None) -> str:
        """The value with its axes in that order, the source's if none is said."""
        by = self.straight(v) if by is None else by
        if v in self.graph.constants:
            return self.fixed(v, by)
        held = self.held[v]
        if held == by:
            return self.variables[v]
        return self.permuted(self.variables[v], tuple(held.index(k) for k in by))

    def fixed(self, v: int, by: Order) -> str:
        array = self.graph.constants[v]
        if array.ndim == 0:
            return repr(array.item())
        name = self.graph.names.get(v) or self.constants.setdefault(v, f"constant_{len(self.constants)}")
        return self.constant(self.called(name) if name not in self.taken else name, array.transpose(by))

    def called(self, name: str) -> str:
        """A name that Python allows and nothing else has."""
        plain = re.sub(r"\W+", "_", name).strip("_") or "layer"
        plain = f"layer_{plain}" if plain[0].isdigit() or keyword.iskeyword(plain) else plain
        free, n = plain, 1
        while free in self.taken:
            n += 1
            free = f"{plain}_{n}"
        self.taken.add(free)
        return free

    def put(self, node: Node, text: str, held: Order, output: int = 0) -> None:
        """The output of a call is what the text says."""
        v = node.outputs[output]
        self.held[v], self.variables[v] = held, self.variable(node, v)
        self.body.append(f"{self.variables[v]} = {text}")

    def variable(self, node: Node, v: int) -> str:
        """`x` if the next line alone takes it, else a name after the layer."""
        place = next(k for k, other in enumerate(self.graph.nodes) if other is node)
        following = next((other for other in self.graph.nodes[place + 1:] if not turn(other)), None)
        users, returned = self.users(v)
        several = node.kind == "move" and len(node.outputs) > 1
        last = not users and following is None and len(self.graph.outputs) == 1
        if not several and (last or users == [following] and not returned):
            return "x"
        return self.local(node.name)

    def users(self, v: int) -> tuple[list[Node], bool]:
        """The calls that take a value, those too that take it with its axes in another order; and whether it is returned."""
        found: list[Node] = []
        returned = v in self.graph.outputs
        for node in self.graph.users(v):
            if turn(node):
                more, also = self.users(node.outputs[0])
                found, returned = [*found, *more], returned or also
            else:
                found.append(node)
        return found, returned

    def local(self, name: str) -> str:
        plain = re.sub(r"\W+", "_", name).strip("_") or "y"
        plain = f"y_{plain}" if plain[0].isdigit() or keyword.iskeyword(plain) else plain
        free, n = plain, 1
        while free in (*self.variables.values(), *RESERVED):
            n += 1
            free = f"{plain}_{n}"
        return free

    def begin(self) -> list[str]:
        """Names of the inputs; an image is taken in the order in which the first layer takes it."""
        names = []
        for v in self.graph.inputs:
            users, returned = self.users(v)
            image = users == self.graph.users(v) and users and all(node.kind in SPATIAL and node.axes for node in users)
            self.held[v] = self.wanted(users[0], v) if image else self.as_image(v)
            first = [node for node in self.graph.nodes if not turn(node)][:1]
            only = len(self.graph.inputs) == 1 and users == first and not returned
            self.variables[v] = "x" if only else self.local(self.graph.names.get(v, "inputs"))
            names.append(self.variables[v])
        return names

    def as_image(self, v: int) -> Order:
        """What has four axes is an image, with its channels where the target's models take them, whatever reads it first."""
        if len(self.graph.shapes[v]) != 4 or self.graph.dtypes[v].kind != "f":
            return self.straight(v)
        ours = order(LAST if self.graph.framework in ("keras", "flax") else FIRST, 4)
        return tuple(ours[k] for k in self.canonical(4))

    def nodes(self) -> None:
        for node in self.graph.nodes:
            self.layer(node)

    def layer(self, node: Node) -> None:
        function = getattr(self, f"layer_{re.sub(r'[123]d$', '', node.kind)}", None)
        if function is None:
            self.refuse(node, f"{node.kind} is not known to the writer")
        else:
            function(node)

    def refuse(self, node: Node, why: str) -> Any:
        raise NoFormula(f"{node.name} ({node.title}{f', {node.where}' if node.where else ''}): {why}")

    # what is the same for all targets

    def along(self, node: Node, text: str) -> None:
        """A function of each number: the axes stay as they are held."""
        self.put(node, text, self.any_order(node.inputs[0]))

    def any_order(self, v: int) -> Order:
        return self.straight(v) if v in self.graph.constants else self.held[v]

    def any(self, v: int) -> str:
        return self.take(v, self.any_order(v))

    def together(self, values: Sequence[int]) -> Order | None:
        """The order in which all are held, None if they are to be put in the source's."""
        orders = {self.held[v] for v in values if v not in self.graph.constants}
        alike = len({len(self.graph.shapes[v]) for v in values if np.ndim(self.graph.constants.get(v, [0])) > 0}) == 1
        return orders.pop() if len(orders) == 1 and alike else None

    def arithmetic(self, node: Node) -> None:
        held = self.together(node.inputs)
        parts = [self.take(v, held if held and v not in self.graph.constants or held and self.graph.constants[v].ndim else None)
                 for v in node.inputs]
        out = held or tuple(range(len(self.graph.shapes[node.outputs[0]])))
        self.put(node, f" {ARITHMETIC[node.kind]} ".join(parts), out)

    layer_add = layer_subtract = layer_multiply = layer_divide = arithmetic

    def layer_spread(self, node: Node) -> None:
        """A constant, once for each example of the other input."""
        v, like = node.inputs
        self.put(node, self.for_all(self.take(v), self.any(like), self.graph.constants[v].shape), self.straight(node.outputs[0]))

    def layer_affine(self, node: Node) -> None:
        """By numbers, or by arrays with all axes, of which those of one cell stand for any."""
        by, text = self.any_order(node.inputs[0]), self.any(node.inputs[0])
        for sign, name, usual in (("*", "scale", 1), ("+", "shift", 0)):
            value = node.settings[name]
            if isinstance(value, np.ndarray) and np.any(value != usual):
                held = self.called(node.settings.get(f"{name} of") or f"{node.name}_{name}")
                if f"{name} of" in node.settings:
                    self.graph.names[-1 - len(self.graph.names)] = held  # a parameter of the model's own
                text += f" {sign} {self.constant(held, value.transpose(by))}"
            elif not isinstance(value, np.ndarray) and value != usual:
                text += f" {sign} {value!r}"
        self.along(node, text)

    def layer_function(self, node: Node) -> None:
        """A function of arrays, as the table of functions says it."""
        name, s = node.settings["name"], node.settings
        if "over" in s:
            x, axes, held = self.over(node)
            self.put(node, self.said(node, [x], {**s, "axes": axes, "keep": s["keep"]}), held)
            return
        if name in FLAT:
            self.put(node, self.said(node, [self.operand(v) for v in node.inputs], s), self.straight(node.outputs[0]))
            return
        if "axis" in s or "axes" in s:
            held = self.together(node.inputs) or self.straight(node.inputs[0])
            told = {key: tuple(held.index(k) for k in a) if key == "axes" else held.index(a)
                    for key, a in s.items() if key in ("axis", "axes")}
            gone = len(self.graph.shapes[node.outputs[0]]) < len(held)
            rest = [k for k in held if not gone or k != s.get("axis")]
            self.put(node, self.said(node, [self.operand(v, held) for v in node.inputs], {**s, **told}),
                     tuple(sorted(rest).index(k) for k in rest))
            return
        ndim = len(self.graph.shapes[node.outputs[0]])
        whole = [v for v in node.inputs if len(self.graph.shapes[v])]
        one = self.together(node.inputs) if all(len(self.graph.shapes[v]) == ndim for v in whole) else None
        self.put(node, self.said(node, [self.operand(v, one) for v in node.inputs], s), one or tuple(range(ndim)))

    def operand(self, v: int, by: Order | None = None) -> str:
        """What a function is given; a number as it is written."""
        if v in self.graph.constants and self.graph.constants[v].ndim == 0:
            return literal(self.graph.constants[v].item())
        return self.take(v, by)

    def said(self, node: Node, given: list[str], told: dict[str, Any]) -> str:
        """A function in the target's words."""
        text = getattr(TABLE[node.settings["name"]], self.column)
        axes = told.get("axes")
        axes = axes[0] if isinstance(axes, tuple) and len(axes) == 1 else axes
        shift = told.get("shift")
        shift = shift[0] if isinstance(shift, tuple) and len(shift) == 1 else shift
        more = {**told, "axes": axes, "shift": shift, "all": ", ".join(given), "to": self.casts.get(told.get("to", ""), "")}
        return text.format(*given, **more).replace(", keepdim=False", "").replace(", keepdims=False", "")

    def turned(self, node: Node) -> bool:
        """A permutation of axes is not written: the value is held in another order. True where the call is one."""
        if not turn(node) or node.inputs[0] not in self.held:
            return False
        source, v = node.inputs[0], node.outputs[0]
        self.held[v] = tuple(node.moves[0][0].order.index(k) for k in self.held[source])
        self.variables[v] = self.variables[source]
        return True

    def layer_move(self, node: Node) -> None:
        if self.turned(node):
            return
        for output, (pieces, axis) in enumerate(zip(node.moves, node.join)):
            v = node.outputs[output]
            if len(pieces) == 1 and pieces[0].along_axes:
                source = node.inputs[pieces[0].source]
                held = self.held_for(source, pieces[0])
                self.put(node, self.moved(node, self.take(source, held), pieces[0], held), held, output)
                continue
            parts = [self.moved(node, *self.start(node, m)) for m in pieces]
            self.put(node, parts[0] if len(parts) == 1 else self.joined(parts, axis), self.straight(v), output)

    def held_for(self, v: int, move: Move) -> Order:
        """The order in which axes are cut or padded, each for itself."""
        del move
        return self.any_order(v)

    def cut(self, node: Node, x: str, m: Move, held: Order | None) -> str:
        """What a move takes of a value; `held` is said where each axis stays one: they are cut in the order in which they are
        held. What is read from its end is turned first, as Python's subscripts of tensors may not."""
        index = [m.index[k] for k in held] if held and m.index else list(m.index)
        turned = tuple(k for k, i in enumerate(index) if isinstance(i, slice) and (i.step or 1) < 0)
        if not turned:
            return x + subscript(index)
        shape = self.graph.shapes[node.inputs[m.source]]
        lengths = [shape[k] for k in held] if held else shape
        return self.flipped(x, turned) + subscript([forwards(i, n) if isinstance(i, slice) and k in turned else i
                                                    for k, (i, n) in enumerate(zip(index, lengths))])

    def gathered(self, node: Node, x: str, m: Move, pairs: Sequence[tuple[int, int]], held: Order | None) -> str:
        """A padding with numbers of what is padded, axis by axis, by where each of them stands."""
        shape = self.graph.shapes[node.inputs[m.source]]
        for axis, pair in enumerate(pairs):
            if any(pair):
                n = shape[held[axis]] if held else shape[axis]
                x = self.picked(x, f'np.pad(np.arange({n}), {tuple(pair)!r}, mode="{m.fill}")', axis)
        return x

    def start(self, node: Node, move: Move) -> tuple[str, Move]:
        """What a move begins with, and the move without what its first permutation has done with the order as it is held."""
        v = node.inputs[move.source]
        if move.index or move.split or not move.order:
            return self.take(v), move
        return self.take(v, move.order), replace(move, order=())

    def over(self, node: Node) -> tuple[str, tuple[int, ...], Order]:
        """What a mean goes over: the value, its axes as it is held, and how the result is held."""
        v = node.inputs[0]
        by = self.wanted(node, v) if node.axes else self.any_order(v)
        ours = order(node.axes, len(by))
        gone = {ours[k] for k in node.settings["over"]}
        axes = tuple(k for k, axis in enumerate(by) if axis in gone)
        if node.settings["keep"]:
            return self.take(v, by), axes, by
        rest = [axis for axis in by if axis not in gone]
        return self.take(v, by), axes, tuple(sorted(rest).index(axis) for axis in rest)
