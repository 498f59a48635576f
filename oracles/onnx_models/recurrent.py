"""Recurrent operators of ONNX as the layers that they are: one call that gives all steps, side by side where it has two
directions, and what the operator makes of them besides, Y with an axis of directions and the last states.

Computed by the formulas of oracles/models/recurrent.py: the reference evaluator knows no activations and no lengths.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnparity.oracles.layouts import LAYOUTS, Layout
from nnparity.oracles.models.compute import compute
from nnparity.oracles.models.op import TIME_FIRST, Op
from nnparity.oracles.onnx_models import primitives
from nnparity.oracles.onnx_models.nodes import Part
from nnparity.oracles.onnx_models.read import rounded

KINDS = {"RNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}
FUNCTIONS = {"tanh": "tanh", "relu": "relu", "sigmoid": "sigmoid", "hardsigmoid": "hard_sigmoid", "softsign": "softsign",
             "softplus": "softplus"}
USUAL = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
SIDES = ("forward", "backward")


def record(recorder: Any, part: Part) -> None:
    """Raises ValueError for what is not read: functions, peepholes, clipping, weights that the inputs change."""
    node, attributes = part.nodes[0], part.attributes
    given = dict(enumerate(node.input))
    weights = part.weights
    if not weights:
        raise ValueError("its weights are computed of the inputs: that is not read")
    if given.get(7) and np.any(recorder.array(given[7]) != 0):
        raise ValueError("it has peepholes (input P): that is not read")
    kind, time_first = KINDS[node.op_type], not attributes.get("layout", 0)
    direction, name = attributes.get("direction", "forward"), part.name
    sides = SIDES if direction == "bidirectional" else ("",)
    x = recorder.array(given[0])
    lengths = recorder.array(given[4]) if given.get(4) else None
    settings = {**functions(node.op_type, attributes, len(sides)), "valid": valid(lengths, x.shape[0 if time_first else 1])}
    if settings["valid"] is None:
        lengths = None
    if kind == "gru":
        settings["reset"] = "after" if attributes.get("linear_before_reset", 0) else "before"
    if direction == "reverse":
        settings["backward"] = True
    layout = LAYOUTS["onnx"][kind] if len(sides) == 1 else both(LAYOUTS["onnx"][kind])
    states = first_states(recorder, [given.get(5), given.get(6)][:2 if kind == "lstm" else 1], x.shape[1 if time_first else 0],
                          recorder.graph.numbers[weights["R"]].shape)

    def call(tensors):
        params = layout.unpack({w: recorder.graph.numbers[held] for w, held in weights.items()})
        steps = tensors[0].swapaxes(0, 1) if time_first else tensors[0]
        starts = [s if time_first else s.swapaxes(0, 1) for s in tensors[1:]]
        found = [compute(primitives, kind, {**settings, "backward": side == "backward" or direction == "reverse"},
                         {n.removeprefix(f"{side}/"): a for n, a in params.items() if n.startswith(side)},
                         [steps, *(s[k] for s in starts)]) for k, side in enumerate(sides)]
        y = np.concatenate([each["y"] for each in found], -1)
        cells = (np.stack([each["c"] for each in found]),) if kind == "lstm" else ()
        return (y.swapaxes(0, 1) if time_first else y, *cells)
    several = len(sides) > 1
    op = Op(name, node.op_type, "bidirectional" if several else kind, settings | ({"layer": kind} if several else {}), call,
            weights=weights, layout=layout, axes=TIME_FIRST if time_first else "")
    recorder.record(op, [recorder.at[given[0]], *states], ["", ""][:2 if kind == "lstm" else 1])
    outputs = [*node.output, "", ""][:3]
    n = len(sides)
    made = [(op.outputs[0], lambda ts: (with_directions(ts[0], n, time_first),)),
            (op.outputs[0], lambda ts: (last(ts[0], n, time_first, lengths, direction),)),
            (op.outputs[-1], lambda ts: (ts[0] if time_first else ts[0].swapaxes(0, 1),))]
    for named, title, (source, function) in zip(outputs, ("Y", "Y_h", "Y_c"), made):
        if named:
            recorder.record(Op(f"{name}.{title}", title, "structural", {}, function), [source], [named])


def functions(operator: str, attributes: Mapping[str, Any], sides: int) -> dict[str, Any]:
    """The activations in neutral words, those of both directions being the same."""
    usual = USUAL[operator]
    own = attributes.get("activations") or usual * sides
    each = [tuple(n.lower() for n in own[k:k + len(usual)]) for k in range(0, len(own), len(usual))]
    if len(set(each)) != 1 or len(each) != sides or any(n not in FUNCTIONS for n in each[0]) or len(set(each[0][1:])) > 1:
        raise ValueError(f"activations {own}: that is not read")
    for odd in ("clip", "input_forget"):
        if attributes.get(odd, 0):
            raise ValueError(f"{odd}={attributes[odd]}: that is not read")
    names = [FUNCTIONS[n] for n in each[0]]
    slopes = {rounded(a) for a in attributes.get("activation_alpha", ())} or {0.2}
    if "hard_sigmoid" in names[-1:] or len(slopes) > 1 or {rounded(b) for b in attributes.get("activation_beta", ())} - {0.5}:
        raise ValueError(f"activations {own} with slopes of their own: that is not read")
    found: dict[str, Any] = {"activation": names[-1], "gate_activation": "sigmoid" if operator == "RNN" else names[0]}
    if found["gate_activation"] == "hard_sigmoid" and abs((slope := slopes.pop()) - 1 / 6) > 1e-6:
        found["gate_slope"] = slope
    return found


def valid(lengths: np.ndarray | None, steps: int) -> tuple[tuple[bool, ...], ...] | None:
    """(batch, time): which steps are no padding; None where none is."""
    if lengths is None or int(lengths.min()) == steps:
        return None
    return tuple(tuple(t < int(n) for t in range(steps)) for n in lengths)


def first_states(recorder: Any, names: Sequence[str | None], batch: int, shape: Sequence[int]) -> list[int]:
    """The numbers of the states from which it starts; none where all are zeros."""
    held = [name for name in names if name]
    if not any(name in recorder.at or np.any(recorder.array(name) != 0) for name in held):
        return []
    return [recorder.at[name] if name in recorder.at else recorder.value(
        recorder.array(name) if name else np.zeros((shape[0], batch, shape[2]))) for name in names]


def with_directions(y: np.ndarray, sides: int, time_first: bool) -> np.ndarray:
    """(time, directions, batch, hidden), or with `layout` 1 (batch, time, directions, hidden)."""
    parted = y.reshape(*y.shape[:2], sides, -1)
    return parted.transpose(0, 2, 1, 3) if time_first else parted


def last(y: np.ndarray, sides: int, time_first: bool, lengths: np.ndarray | None, direction: str) -> np.ndarray:
    """(directions, batch, hidden), or with `layout` 1 (batch, directions, hidden): a direction that reads backwards ends at the
    first step."""
    steps = (y.swapaxes(0, 1) if time_first else y).reshape(*(y.shape[:2][::-1] if time_first else y.shape[:2]), sides, -1)
    end = steps[:, -1] if lengths is None else steps[np.arange(len(steps)), np.asarray(lengths) - 1]
    backward = {"forward": (), "reverse": (0,), "bidirectional": (1,)}[direction]
    h = np.stack([steps[:, 0, k] if k in backward else end[:, k] for k in range(sides)])
    return h if time_first else h.swapaxes(0, 1)


def both(layout: Layout) -> Layout:
    """Two directions in arrays whose first axis is theirs."""
    def pack(params):
        sides = [layout.pack({n.removeprefix(f"{side}/"): a for n, a in params.items() if n.startswith(side)}) for side in SIDES]
        return {name: np.concatenate([side[name] for side in sides]) for name in sides[0]}

    def unpack(arrays):
        return {f"{side}/{name}": a for k, side in enumerate(SIDES)
                for name, a in layout.unpack({n: array[k:k + 1] for n, array in arrays.items()}).items()}
    return Layout(pack, unpack)
