"""A recorded model as a graph that can be written anew: what each call computes is read, or found by asking it."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from nnparity.oracles.layouts.padding import explicit
from nnparity.oracles.models.compute import COMPUTE, FILLS
from nnparity.oracles.models.op import Op, order
from nnparity.oracles.models.said import BINARY, FORMULAS, UNARY
from nnparity.oracles.writing.graph import Graph, Node, NoFormula
from nnparity.oracles.writing.moves import Move, recognised
from nnparity.reports.models.moves import through
from nnparity.reports.models.side import Side, recorded
from nnparity.reports.porting import hidden
from nnparity.reports.porting.hidden import batches, fixed, value
from nnparity.reports.porting.lengths import Lengths
from nnparity.reports.porting.understood import ELEMENTARY, joined, layer, measured

ARITHMETIC = ("add", "subtract", "multiply", "divide", "matmul")
RECURRENT = ("lstm", "gru", "simple_rnn")
MOVES = ("code", "structural", "gathered")


class Origin(NamedTuple):
    """Where the numbers of a value stand in another, from which they were moved; and those of the other batch."""

    places: np.ndarray
    others: np.ndarray
    value: int


def read(runner: Any, inputs: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> Graph:
    """The model asked on `inputs`; on `others` it is asked again, so that what does not depend on them is seen.

    Raises NoFormula for a call that is not understood, with its place.
    """
    side, again = recorded(runner, inputs, False), recorded(runner, others, False)
    if side.trace.error:
        raise NoFormula(f"it does not run on inputs of shape {', '.join(str(a.shape) for a in inputs)}: {side.trace.error}")
    if again.trace.error:
        raise NoFormula(f"it runs on a batch of {len(inputs[0])} and not on one of {len(others[0])}, as a graph that was "
                        f"exported for one size of batch: {again.trace.error}")
    if [op.name for op in side.ops] != [op.name for op in again.ops]:
        raise NoFormula("which layers it calls depends on the numbers: one graph cannot be written")
    trained = runner.trace(others, True)
    if [op.name for op in side.ops] != [op.name for op in trained.ops]:
        odd = next((op for op in trained.ops if op.name not in {other.name for other in side.ops}), side.ops[0])
        raise NoFormula(f"{told(odd)} computes something else in training, as weights of attention that are dropped: set that "
                        "dropout to 0")
    if (odd := next((op for op in side.ops if op.settings.get("computed")), None)) is not None:
        raise NoFormula(f"{told(odd)} reads as many steps of each example as are computed from the inputs: masked steps are "
                        "written where padding stands in an input alone")
    frozen = {op.name for op in trained.ops if op.kind == "batch_norm" and not op.settings["training"]}
    lengths = Lengths(side, again, getattr(runner, "hides", dict)())
    graph = Graph(runner.name, [], side.trace.inputs, side.trace.outputs, {n: v.shape for n, v in side.trace.values.items()},
                  {n: v.dtype for n, v in side.trace.values.items()}, {})
    computed = set(graph.inputs)
    origin: dict[int, Origin] = {}
    first: dict[tuple[Any, ...], str] = {}
    for k in needed(side):
        op = side.ops[k]
        for v in op.inputs:
            if v not in computed and v not in graph.constants:
                graph.constants[v] = constant(side, again, v, op)
        node = lengths.node(graph, k) or with_constants(graph, side, k) or node_of(graph, side, again, k, origin)
        if isinstance(node, Node):
            own = (node.kind, *(id(w) for w in op.weights.values())) if op.weights else ()  # a tied head is no embedding
            node.shared = first.get(own, "") if own else ""
            if own:
                first.setdefault(own, node.name)
            if node.name in frozen:
                node.settings |= {"frozen": True, "learnt": learnt(op)}
            graph.nodes += [*spread(graph, node), *with_padding(graph, node)]
            computed |= set(op.outputs)
        else:
            graph.constants |= dict(zip(op.outputs, node))
    with_biases(graph)
    graph.nodes = [node for node in graph.nodes if node.kind != "move" or any(graph.users(v) or v in graph.outputs
                                                                              for v in node.outputs)]
    for v in graph.outputs:
        if v not in computed:
            raise NoFormula("an output of the model is no call's result: a computation on the way to it is not seen")
    return graph


def learnt(op: Op) -> bool:
    """Whether scale and shift of a normalisation are; in Keras and in PyTorch a weight says it, in flax none does."""
    own = [w for name, w in op.weights.items() if not name.endswith(("mean", "variance", "var"))]
    return not own or any(getattr(w, "trainable", getattr(w, "requires_grad", True)) for w in own)


def with_constants(graph: Graph, side: Side, k: int) -> Node | None:
    """Code that puts constants beside what it is given, as what joins the two; None for other code."""
    op = side.ops[k]
    if op.kind != "code" or k in side.places or (found := joined(side, k)) is None:
        return None
    constants, axis, front = found
    shape = side.shape(op.inputs[0])
    made = value(graph, (*shape[:axis], constants.shape[axis], *shape[axis + 1:]), constants.dtype)
    graph.constants[made] = constants
    parts = (made, op.inputs[0]) if front else (op.inputs[0], made)
    return Node(op.name, op.title, "concatenate", {"axis": axis}, parts, op.outputs, where=op.where)


def spread(graph: Graph, node: Node) -> list[Node]:
    """Constants that are joined with others: as many as there are examples."""
    alone = [v for v in node.inputs
             if v in graph.constants and graph.shapes[v] and len(graph.constants[v]) == 1 != graph.shapes[v][0]]
    other = next((v for v in node.inputs if v not in graph.constants), None)
    if node.kind in RECURRENT and all(not graph.constants.get(v, np.ones(1)).any() for v in node.inputs[1:]):
        node.inputs = node.inputs[:1]  # it begins with zeros of its own
    if node.kind not in ("concatenate", *RECURRENT) or other is None:
        return []
    alone = [v for v in alone if v in node.inputs]
    made = {v: value(graph, graph.shapes[v], graph.dtypes.get(v, graph.constants[v].dtype)) for v in alone}
    node.inputs = tuple(made.get(v, v) for v in node.inputs)
    return [Node(f"{node.name}_all", node.title, "spread", {}, (v, other), (w,), where=node.where) for v, w in made.items()]


def with_biases(graph: Graph) -> None:
    """A row of constants that is added to what a dense layer gives is its bias."""
    for node in [n for n in graph.nodes if n.kind == "dense" and "bias" not in n.params and not n.shared]:
        users, (y,) = graph.users(node.outputs[0]), node.outputs
        if len(users) != 1 or users[0].kind != "add" or y in graph.outputs or any(n.shared == node.name for n in graph.nodes):
            continue
        row = next((v for v in users[0].inputs if v in graph.constants), -1)
        bias = graph.constants.get(row)
        if bias is not None and bias.shape[-1:] == node.params["kernel"].shape[1:] == (bias.size,):
            node.params["bias"], node.outputs = bias.reshape(-1), users[0].outputs
            graph.nodes.remove(users[0])


def with_padding(graph: Graph, node: Node) -> list[Node]:
    """A convolution that pads with numbers of what it is given, as that padding and a convolution of what it gives."""
    fill, v = node.settings.get("fill", "zeros"), node.inputs[0] if node.inputs else -1
    if fill == "zeros":
        return [node]
    shape, by = graph.shapes[v], order(node.axes, len(graph.shapes[v]))
    s, size = node.settings, node.params["kernel"].shape[2:]
    ours = explicit(s["padding"], [shape[k] for k in by[2:]], size, s["stride"], s["dilation"])
    pairs = [(0, 0)] * len(shape)
    for axis, pair in zip(by[2:], ours):
        pairs[axis] = pair[0], pair[1]
    made = value(graph, tuple(n + sum(pair) for n, pair in zip(shape, pairs)), graph.dtypes[v])
    pad = Node(f"{node.name}_pad", node.title, "move", {}, (v,), (made,), moves=((Move(0, pad=tuple(pairs), fill=FILLS[fill]),),),
               join=(0,), where=node.where)
    node.inputs, node.settings = (made, *node.inputs[1:]), {**s, "padding": "valid", "fill": "zeros"}
    return [pad, node]


def needed(side: Side) -> list[int]:
    """The places of the calls on the way to the outputs."""
    wanted, kept = set(side.trace.outputs), []
    for k in reversed(range(len(side.ops))):
        if wanted & set(side.ops[k].outputs):
            kept.append(k)
            wanted |= set(side.ops[k].inputs)
            if (said := side.ops[k].said) is not None and side.ops[k].kind == "code":  # masks are no inputs of an attention
                wanted |= {v for v in said.given if isinstance(v, int)}
    return kept[::-1]


def constant(side: Side, again: Side, v: int, op: Op) -> np.ndarray:
    """A value that no call computes. Raises NoFormula where it depends on the inputs nevertheless."""
    if (found := fixed(side.value(v), again.value(v), *batches(side, again))) is None:
        raise NoFormula(f"{told(op)} takes a value that depends on the inputs by a way that is not seen")
    return found


# functions that may be less than they say: a number times a constant, a dense layer, a constant mask
ASKED_FIRST = (*ARITHMETIC, "einsum", "where", *ELEMENTARY)
ELEMENTWISE = (*UNARY, *BINARY, "where", "clip", "cast")


def function(graph: Graph, side: Side, again: Side, k: int, node: Node) -> Node | None:
    """A function that says what it is (oracles/models/said.py), its constants as values of the graph; None for another."""
    said, others = side.ops[k].said, again.ops[k].said
    if said is not None and others is not None and said.name == "attention":
        return hidden.attention(graph, side, again, k, node)
    if said is None or others is None or len(node.outputs) != 1 or said.name not in FORMULAS:
        return None
    given: list[int] = []
    for a, b in zip(said.given, others.given):
        if not isinstance(a, np.ndarray):
            if isinstance(a, int) and a not in graph.constants and not any(
                    a in n.outputs for n in graph.nodes) and a not in graph.inputs:
                graph.constants[a] = constant(side, again, a, side.ops[k])
            given.append(a)
            continue
        every = said.name in ELEMENTWISE
        if not isinstance(b, np.ndarray) or (found := fixed(a, b, *batches(side, again), every)) is None:
            return None
        made = value(graph, found.shape, found.dtype)
        graph.constants[made] = found
        given.append(made)
    arrays = [graph.constants[v] if v in graph.constants else side.value(v) for v in given]
    right = FORMULAS[said.name](said.settings, *arrays)
    if not np.allclose(right, side.value(node.outputs[0]), rtol=1e-6, atol=1e-6, equal_nan=True):
        return None  # it does more than its name says
    if said.name in (*BINARY, "where") and any(v not in graph.constants and graph.dtypes[v].kind == "f" for v in given):
        for v in given:  # 0 beside numbers with a point is 0.0
            if graph.constants.get(v, np.ones(1)).ndim == 0 and graph.constants[v].dtype.kind in "iu":
                graph.constants[v] = graph.constants[v].astype(float)
    bound = next((graph.constants[v].item() for v in given if v in graph.constants and graph.constants[v].ndim == 0), None)
    if said.name in ("maximum", "minimum") and bound is not None:
        node.kind, node.inputs = "function", tuple(v for v in given if v not in graph.constants)
        low, high = (bound, None) if said.name == "maximum" else (None, bound)
        node.settings = {"name": "clip", "low": low, "high": high}
        return node
    kind = said.name if said.name in ARITHMETIC else "function"
    node.kind, node.inputs = kind, tuple(given)
    node.settings = {"name": said.name, **said.settings} if kind == "function" else {}
    return node


# settings that no writer has a place for, and the values with which they need none
UNWRITTEN: dict[str, tuple[Any, ...]] = {"valid": (None,), "draws": ("each number", "whole channels", "whole examples")}
SAID = {"valid": "leaves out masked steps", "draws": "draws {}"}


def told(op: Op) -> str:
    return f"{op.name} ({op.title}{f', {op.where}' if op.where else ''})"


def node_of(graph: Graph, side: Side, again: Side, k: int, origin: dict[int, Origin]) -> Node | list[np.ndarray]:
    """The call as a node, or its outputs where they depend on nothing."""
    op = side.ops[k]
    node = Node(op.name, op.title, op.kind, dict(op.settings), op.inputs, op.outputs, side.params[k], axes=op.axes,
                where=op.where)
    for setting, usual in UNWRITTEN.items():
        if op.settings.get(setting, usual[0]) not in usual:
            raise NoFormula(f"{told(op)} {SAID[setting].format(op.settings[setting])}, which is not written in another framework")
    if op.kind == "dropout" and op.settings.get("active"):
        raise NoFormula(f"{told(op)} drops in evaluation too")
    if op.kind in MOVES and k in side.places:
        return move_of(graph, side, again, k, node, origin)
    if op.kind in COMPUTE or (op.kind in ARITHMETIC and len(op.inputs) == 2):
        return node
    simple = op.said is None or op.said.name in ASKED_FIRST
    if op.kind == "code" and not simple and (written := function(graph, side, again, k, node)) is not None:
        return written
    if (found := measured(side, k)) is not None:
        node.kind, node.settings = found
        return node
    if (known := layer(side, k)) is not None:
        node.kind, node.settings, node.params = known
        return node
    if simple and (written := function(graph, side, again, k, node)) is not None:
        return written
    outputs = [(side.value(v), again.value(v)) for v in op.outputs]
    if op.title.endswith("_like") and all((a == a.flat[0]).all() and (b == a.flat[0]).all() for a, b in outputs):
        return [a[:1] for a, _ in outputs]
    raise NoFormula(f"{told(op)} is code that is not understood: write it by layers, or with functions that are known")


def move_of(graph: Graph, side: Side, again: Side, k: int, node: Node, origin: dict[int, Origin]) -> Node:
    """A call that moves numbers, as one move from where the moves in front of it took them; step by step where that is none."""
    op = side.ops[k]
    values = [origin[v] if v in origin else Origin(place_of(side, v), place_of(again, v), v) for v in op.inputs]
    inputs = tuple(dict.fromkeys(found.value for found in values))
    if len({found.value for found in values}) == len(values):
        whole = composed(side, k, inputs, [(found.value, found.places) for found in values])
        other = composed(again, k, inputs, [(found.value, found.others) for found in values])
        try:
            if all(len(recognised(p, [side.shape(v) for v in inputs])[0]) == 1 for p in whole):
                return with_moves(side, again, node, inputs, whole, other, origin)
        except ValueError:
            pass
    try:
        return with_moves(side, again, node, op.inputs, side.places[k], again.places[k], origin)
    except ValueError as error:
        if (found := taken(graph, side, again, k, node)) is None:
            raise NoFormula(f"{told(op)}: {error}") from None
        return found


def taken(graph: Graph, side: Side, again: Side, k: int, node: Node) -> Node | None:
    """A call that takes one value's numbers by a table of places: rolled along its axes, taken along one, or from each example,
    whose numbers are then one behind the other; None for another."""
    op = side.ops[k]
    if len(op.inputs) != 1 or len(op.outputs) != 1:
        return None
    (v,), (places,), (others,) = op.inputs, side.places[k], again.places[k]
    if (along := separate(places, side.shape(v))) and (other := separate(others, again.shape(v))):
        node.inputs, node.kind = op.inputs, "function"
        turns = [rotation(line, n) for line, n in zip(along, side.shape(v))]
        if None not in turns and turns[0] == 0:
            moved = {axis: shift for axis, shift in enumerate(turns) if shift}
            node.settings = {"name": "roll", "axes": tuple(moved), "shift": tuple(moved.values())}
            return node
        odd = [axis for axis, (line, n) in enumerate(zip(along, side.shape(v))) if not np.array_equal(line, np.arange(n))]
        if len(odd) == 1 and odd[0] and np.array_equal(other[odd[0]], along[odd[0]]):
            table = value(graph, along[odd[0]].shape, np.dtype(np.int64))
            graph.constants[table] = along[odd[0]].astype(np.int64)
            node.inputs, node.settings = (v, table), {"name": "take", "axis": odd[0]}
            return node
    batch, n = side.shape(v)[0], int(np.prod(side.shape(v)[1:]))
    each = places.reshape(len(places), -1)
    if len(places) != batch or (places < 0).any() or not np.array_equal(each, each[:1] + np.arange(batch)[:, None] * n):
        return None
    flat, table = value(graph, (batch, n), graph.dtypes[v]), value(graph, (each.shape[1],), np.dtype(np.int64))
    chosen = value(graph, each.shape, graph.dtypes[v])
    graph.constants[table] = each[0].astype(np.int64)
    made = [Node(f"{op.name}_flat", op.title, "move", {}, (v,), (flat,), moves=((Move(0, shape=(-1, n)),),), join=(0,)),
            Node(f"{op.name}_taken", op.title, "function", {"name": "take", "axis": 1}, (flat, table), (chosen,))]
    graph.nodes += [replace(part, where=op.where) for part in made]
    shape = (-1, *places.shape[1:])
    node.kind, node.inputs, node.moves, node.join = "move", (chosen,), ((Move(0, shape=shape),),), (0,)
    return node


def separate(places: np.ndarray, shape: tuple[int, ...]) -> list[np.ndarray]:
    """For each axis which of its cells are taken, where each axis is one for itself; else none."""
    if places.ndim != len(shape) or (places < 0).any():
        return []
    at = np.unravel_index(places, shape)
    lines = [np.moveaxis(own, k, 0).reshape(own.shape[k], -1) for k, own in enumerate(at)]
    return [] if any((line != line[:, :1]).any() for line in lines) else [line[:, 0] for line in lines]


def rotation(line: np.ndarray, n: int) -> int | None:
    """By how many cells an axis is rolled; None where it is not."""
    shift = -int(line[0]) % n
    return shift if len(line) == n and np.array_equal(np.roll(np.arange(n), shift), line) else None


def composed(side: Side, k: int, inputs: Sequence[int], values: Sequence[tuple[int, np.ndarray]]) -> list[np.ndarray]:
    """Where a call's outputs come from in values further in front, which stand one behind the other."""
    starts = dict(zip(inputs, np.cumsum([0, *(int(np.prod(side.shape(v))) for v in inputs)])))
    parts = [np.where(places < 0, -1, places + starts[v]) for v, places in values]
    return [through(places, parts) for places in side.places[k]]


def with_moves(side: Side, again: Side, node: Node, inputs: tuple[int, ...], places: Sequence[np.ndarray],
               others: Sequence[np.ndarray], origin: dict[int, Origin]) -> Node:
    found = [recognised(p, [side.shape(v) for v in inputs]) for p in places]
    node.kind, node.inputs = "move", inputs
    node.moves = tuple((for_batches(pieces[0], p, other, [again.shape(v) for v in inputs]),) if len(pieces) == 1 else pieces
                       for (pieces, _), p, other in zip(found, places, others))
    node.join = tuple(axis for _, axis in found)
    if len(inputs) == 1:
        origin |= {v: Origin(p, other, inputs[0]) for v, p, other in zip(node.outputs, places, others)}
    return node


def for_batches(move: Move, places: np.ndarray, others: np.ndarray, shapes: Sequence[tuple[int, ...]]) -> Move:
    """The move with the axis left open that has another size in another batch."""
    try:
        pieces, _ = recognised(others, shapes)
    except ValueError:
        return move
    if len(pieces) > 1:
        return move
    cells = int((places >= 0).sum()) // (move.repeat[1] if move.repeat else 1)
    return replace(move, split=opened(move.split, pieces[0].split, cells), shape=opened(move.shape, pieces[0].shape, cells))


def opened(sizes: tuple[int, ...], other: tuple[int, ...], cells: int) -> tuple[int, ...]:
    """Sizes of so many cells, of which one is open: that which another batch has otherwise, if the open one is not it."""
    odd = [k for k, (n, m) in enumerate(zip(sizes, other)) if n != m]
    if len(odd) != 1 or len(sizes) != len(other):
        return sizes
    rest = cells // prod(n for n in sizes if n > 0)
    return tuple(-1 if k == odd[0] else rest if n < 0 else n for k, n in enumerate(sizes))


def place_of(side: Side, v: int) -> np.ndarray:
    shape = side.shape(v)
    return np.arange(int(np.prod(shape))).reshape(shape)
