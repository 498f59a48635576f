"""A recorded model as a graph that can be written anew: what each call computes is read, or found by asking it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import erf, prod
from typing import Any, NamedTuple

import numpy as np

from nnparity.oracles.layouts.padding import explicit
from nnparity.oracles.models.compute import COMPUTE, FILLS
from nnparity.oracles.models.functions import FUNCTIONS, USUAL
from nnparity.oracles.models.op import Op, order
from nnparity.oracles.writing.graph import Graph, Node, NoFormula
from nnparity.oracles.writing.moves import Move, recognised
from nnparity.reports.models.moves import through
from nnparity.reports.models.side import Side, recorded
from nnparity.reports.porting.lengths import Lengths

ARITHMETIC = ("add", "subtract", "multiply", "divide", "matmul")
MOVES = ("code", "structural", "gathered")
# settings beside the usual ones with which an unknown function is held against an activation
SETTINGS: dict[str, tuple[dict[str, Any], ...]] = {"gelu": ({}, {"approximate": "tanh"}),
                                                    "leaky_relu": ({}, {"slope": 0.2}, {"slope": 0.3})}
ELEMENTARY: dict[str, Callable] = {
    "abs": np.abs, "square": np.square, "sin": np.sin, "cos": np.cos, "sqrt": np.sqrt, "log": np.log, "reciprocal": np.reciprocal,
    "rsqrt": lambda x: 1 / np.sqrt(x), "erf": np.vectorize(erf, otypes=[float]),
}
Measured = tuple[str, dict[str, Any]]


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
    frozen = {op.name for op in trained.ops if op.kind == "batch_norm" and not op.settings["training"]}
    lengths = Lengths(side, again, getattr(runner, "hides", dict)())
    graph = Graph(runner.name, [], side.trace.inputs, side.trace.outputs, {n: v.shape for n, v in side.trace.values.items()},
                  {n: v.dtype for n, v in side.trace.values.items()}, {})
    computed = set(graph.inputs)
    origin: dict[int, Origin] = {}
    first: dict[tuple[int, ...], str] = {}
    for k in needed(side):
        op = side.ops[k]
        for v in op.inputs:
            if v not in computed and v not in graph.constants:
                graph.constants[v] = constant(side, again, v, op)
        node = lengths.node(graph, k) or node_of(side, again, k, origin)
        if isinstance(node, Node):
            own = tuple(id(w) for w in op.weights.values())
            node.shared = first.get(own, "") if own else ""
            if own:
                first.setdefault(own, node.name)
            if node.name in frozen:
                node.settings |= {"frozen": True, "learnt": learnt(op)}
            graph.nodes += with_padding(graph, node)
            computed |= set(op.outputs)
        else:
            graph.constants |= dict(zip(op.outputs, node))
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
    made = max(graph.shapes) + 1
    graph.shapes[made] = tuple(n + sum(pair) for n, pair in zip(shape, pairs))
    graph.dtypes[made] = graph.dtypes[v]
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
    return kept[::-1]


def constant(side: Side, again: Side, v: int, op: Op) -> np.ndarray:
    """A value that no call computes. Raises NoFormula where it depends on the inputs nevertheless."""
    a, b = side.value(v), again.value(v)
    batch, other = side.value(side.trace.inputs[0]).shape[0], again.value(again.trace.inputs[0]).shape[0]
    if a.ndim and a.shape[0] == batch and b.shape[:1] == (other,) and a.shape[1:] == b.shape[1:] and (a == a[:1]).all():
        a, b = a[:1], b[:1]  # one for every sequence of the batch
    if a.shape != b.shape or not np.array_equal(a, b):
        raise NoFormula(f"{told(op)} takes a value that depends on the inputs by a way that is not seen")
    return a


# settings that no writer has a place for, and the values with which they need none
UNWRITTEN: dict[str, tuple[Any, ...]] = {"valid": (None,), "draws": ("each number", "whole channels")}
SAID = {"valid": "leaves out masked steps", "draws": "draws {}"}


def told(op: Op) -> str:
    return f"{op.name} ({op.title}{f', {op.where}' if op.where else ''})"


def node_of(side: Side, again: Side, k: int, origin: dict[int, Origin]) -> Node | list[np.ndarray]:
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
        return move_of(side, again, k, node, origin)
    if op.kind in COMPUTE or (op.kind in ARITHMETIC and len(op.inputs) == 2):
        return node
    if len(op.inputs) == 1 and len(op.outputs) == 1 and (found := measured(side, k)) is not None:
        node.kind, node.settings = found
        return node
    outputs = [(side.value(v), again.value(v)) for v in op.outputs]
    if op.title.endswith("_like") and all((a == a.flat[0]).all() and (b == a.flat[0]).all() for a, b in outputs):
        return [a[:1] for a, _ in outputs]
    raise NoFormula(f"{told(op)} is code that is not understood: write it by layers, or with functions that are known")


def move_of(side: Side, again: Side, k: int, node: Node, origin: dict[int, Origin]) -> Node:
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
        raise NoFormula(f"{told(op)}: {error}") from None


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


def measured(side: Side, k: int) -> Measured | None:
    """What one value is scaled by and moved by, or where something else is put in its place; None where it is neither."""
    op = side.ops[k]
    x = side.value(op.inputs[0])
    if x.dtype.kind != "f":
        return None
    rng = np.random.default_rng(0)

    def asked(value):
        (y, *_), _, _ = side.runner.run(op, [value])
        return np.asarray(y)
    try:
        a, b = rng.normal(size=x.shape), rng.normal(size=x.shape)
        of_a, of_b, zero, one = asked(a), asked(b), asked(np.zeros_like(x)), asked(np.ones_like(x))
    except Exception:  # a person's code may refuse such numbers
        return None
    if of_a.shape != x.shape:
        return None
    with np.errstate(invalid="ignore"):  # what is filled with -inf
        shift, scale = zero.flat[0], one.flat[0] - zero.flat[0]
    if (found := by_axes(zero, one, ((a, of_a), (b, of_b)))) is not None:
        return found
    if np.isfinite([shift, scale]).all() and all(np.allclose(y, scale * v + shift, rtol=1e-13, atol=1e-13)
                                                 for v, y in ((a, of_a), (b, of_b))):
        return "affine", {"scale": float(f"{scale:.15g}"), "shift": float(f"{shift:.15g}")}
    kept = (of_a == a) & (of_b == b)
    rest = of_a[~kept]
    alike = rest.size and (rest == rest.flat[0]).all() and np.array_equal(of_b[~kept], rest)
    if alike and kept.any() and (kept == kept[:1]).all():
        return "masked", {"mask": kept[:1], "value": float(rest.flat[0])}
    return activation(side.runner, 3 * a, asked)


def by_axes(zero: np.ndarray, one: np.ndarray, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Measured | None:
    """What each place is scaled by and moved by, where it is not the same for all but for all examples, as in a normalisation by
    fixed means; None where it is neither."""
    if not np.isfinite([zero, one]).all():
        return None
    scale, shift = one - zero, zero
    if np.ptp(scale) + np.ptp(shift) == 0 or not np.ndim(scale):
        return None
    if (scale != scale[:1]).any() or (shift != shift[:1]).any():
        return None
    if not all(np.allclose(y, scale * v + shift, rtol=1e-13, atol=1e-13) for v, y in pairs):
        return None
    for axis in range(scale.ndim):
        first = np.take(scale, [0], axis), np.take(shift, [0], axis)
        if (scale == first[0]).all() and (shift == first[1]).all():
            scale, shift = first
    return "affine", {"scale": scale, "shift": shift}


def activation(runner: Any, x: np.ndarray, asked: Callable) -> Measured | None:
    """The activation that gives a function's numbers, as a lambda around one does; frameworks compute some to 1e-8 only."""
    right = asked(x)
    for name, function in ELEMENTARY.items():
        with np.errstate(all="ignore"):  # of a root of numbers below zero the others tell
            known = function(x)
        if np.allclose(known, right, rtol=1e-12, atol=1e-12, equal_nan=True) and np.isfinite(known).any():
            return "activation", {"name": name}
    for name in FUNCTIONS:
        for more in SETTINGS.get(name, ({},)):
            settings = {"name": name, **USUAL.get(name, {}), **more}
            y = runner.compute("activation", settings, {}, [x])[0]["y"]
            if np.allclose(y, right, rtol=1e-7, atol=1e-7):
                return "activation", settings
    return None
