"""One of the two models, recorded: what each of its calls is and where each of its values comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnparity.oracles.models.op import Op, Trace, order
from nnparity.reports.models.moves import moved

CONSTANT = -(10**6)


def key(variable: Any) -> Any:
    """Which variable it is: ONNX knows its numbers by name."""
    return variable if isinstance(variable, str) else id(variable)


@dataclass
class Side:
    """A runner and what it recorded."""

    runner: Any
    trace: Trace
    params: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)  # place of a call -> its canonical weights
    places: dict[int, list[np.ndarray]] = field(default_factory=dict)  # place of a call that only moves numbers -> its moves
    drawing: set[int] = field(default_factory=set)  # places of calls that give other numbers every time
    folded: set[int] = field(default_factory=set)  # places of calls that are a layer and its normalisation (folded.py)

    @property
    def ops(self) -> list[Op]:
        return self.trace.ops

    @property
    def computing(self) -> list[int]:
        """The calls that compute, and those that drop."""
        return [k for k, op in enumerate(self.ops) if k not in self.places or op.settings.get("active")]

    def sources(self) -> dict[int, frozenset[int]]:
        """The calls that compute what each call takes, behind calls that only move numbers; -1, -2, ... are the model's inputs,
        and a constant is none of them."""
        made = {v: k for k, op in enumerate(self.ops) for v in op.outputs}
        made |= {v: -1 - n for n, v in enumerate(self.trace.inputs)}
        found: dict[int, frozenset[int]] = {}
        for k, op in enumerate(self.ops):
            own: set[int] = set()
            for v in op.inputs:
                at = made.get(v, CONSTANT)
                own |= found[at] if at in self.places else {at}
            found[k] = frozenset(own)
        return found

    def shape(self, value: int) -> tuple[int, ...]:
        return self.trace.values[value].shape

    def value(self, number: int) -> np.ndarray:
        return self.trace.values[number]

    def sizes(self, k: int) -> tuple:
        return tuple(sorted(a.shape for name, a in self.params[k].items()
                            if "kernel" in name or "table" in name or "gamma" in name or "slope" in name))


def recorded(runner: Any, inputs: Sequence[np.ndarray], training: bool, replace: Mapping[int, Any] | None = None) -> Side:
    """The model run once; each call read. `replace` has functions in the place of some of its calls."""
    side = Side(runner, runner.trace(inputs, training, replace))
    for k, op in enumerate(side.ops):
        side.params[k] = canonical(runner, op)
        if op.kind == "code":  # what is no layer's is moved before the two are walked
            side.params[k] = {} if runner.name != "onnx" else side.params[k]
        shapes = [side.shape(v) for v in op.inputs]
        places = moved(runner, op, shapes, [side.value(v).dtype for v in op.inputs])
        if places is not None:
            side.places[k] = places
        elif op.kind == "code" and draws(side, op):
            side.drawing.add(k)
        if op.kind == "upsample" and op.outputs:
            out = side.value(op.outputs[0])
            op.settings["size"] = out.transpose(order(op.axes, out.ndim)).shape[2:]
    return side


def draws(side: Side, op: Op) -> bool:
    """Whether a call gives other numbers on what it was given."""
    again = side.runner.run(op, [side.value(v) for v in op.inputs])[0]
    return not all(np.array_equal(side.value(v), y, equal_nan=True) for v, y in zip(op.outputs, again))


def canonical(runner: Any, op: Op) -> dict[str, np.ndarray]:
    """The weights of a call by their canonical names."""
    arrays = runner.arrays(op)
    return {name: np.array(a) for name, a in op.layout.unpack(arrays).items()} if arrays else {}
