"""The slips of one layer, and the layer function with some of them in it."""

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from nnparity.cases.case import Arrays
from nnparity.reference_impl.plain.programs import PROGRAMS, rank_of
from nnparity.reference_impl.plain.slips import Slip, slips


@dataclass(frozen=True, eq=False)
class Mutant:
    """One slip, in the forward or the backward function of a kind; `both` where the line stands in both and is wrong in both."""

    kind: str
    function: str
    slip: Slip
    also: Slip | None = None

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.function}:{self.slip.line}:{self.slip.wrong}" + (" (in both)" if self.also else "")

    @property
    def forward(self) -> bool:
        return not self.function.endswith("_backward")

    @property
    def rank(self) -> float:
        return self.slip.rank + 0.5 * (self.also is not None)

    @property
    def slips(self) -> dict[str, Slip]:
        """The functions that it changes, and how."""
        return {self.function: self.slip, **({f"{self.function}_backward": self.also} if self.also else {})}


@cache
def mutants(kind: str, function: str) -> tuple[Mutant, ...]:
    """All slips in the functions of a layer, the likeliest first. What a slip does, if anything, is for others to see."""
    forward = slips(tree(kind, function))
    backward = slips(tree(kind, f"{function}_backward"))
    there = {(slip.right, slip.wrong): slip for slip in backward}
    found = [Mutant(kind, function, slip) for slip in forward]
    found += [Mutant(kind, function, slip, also) for slip in forward if (also := there.get((slip.right, slip.wrong)))]
    found += [Mutant(kind, f"{function}_backward", slip) for slip in backward]
    return tuple(sorted(found, key=lambda one: one.rank))


@cache
def source(kind: str, function: str) -> str:
    return inspect.getsource(getattr(PROGRAMS[kind].module, function))


@cache
def tree(kind: str, function: str) -> ast.FunctionDef:
    return ast.parse(source(kind, function)).body[0]  # type: ignore[return-value]


@cache
def parameters(kind: str, function: str) -> tuple[str, ...]:
    return tuple(one.arg for one in tree(kind, function).args.args)


def returning_names(text: str) -> CodeType:
    """A function compiled so that it returns all its names."""
    return compile(re.sub(r"\breturn [\w, ]+$", "return locals()", text, flags=re.M), "<plain>", "exec")


@cache
def right_code(kind: str, function: str) -> CodeType:
    return returning_names(source(kind, function))


@cache
def codes_of(chosen: tuple[Mutant, ...]) -> Mapping[str, CodeType] | None:
    """The functions that these slips change, compiled; None where two of them change one line."""
    changes = [(name, one.kind, slip) for one in chosen for name, slip in one.slips.items()]
    if len({(name, slip.line, slip.behind) for name, _, slip in changes}) < len(changes):
        return None
    texts: dict[str, str] = {}
    for name, kind, slip in sorted(changes, key=lambda change: -max(change[2].line, change[2].behind)):
        texts[name] = slip.applied(texts.get(name, source(kind, name)))
    return {name: returning_names(text) for name, text in texts.items()}


class Run:
    """One run of a layer, written out, with `changed` functions in the place of the right ones."""

    def __init__(self, kind: str, params: Arrays, inputs: Arrays, config: Mapping[str, Any], changed: Mapping[str, CodeType]):
        self.kind, self.changed = kind, changed
        self.program = PROGRAMS[kind](kind, config)
        self.names: dict[str, Any] = {**self.program.enter(params, inputs)}
        self.names |= self.call(self.program.function, self.names, changed)

    @property
    def outputs(self) -> Arrays:
        return self.program.leave(self.names)

    def vjp(self, cotangents: Arrays, changed: Mapping[str, CodeType] | None = None) -> dict[str, np.ndarray]:
        """The gradients; with another backward function, those behind the same forward pass."""
        names = {**self.names, **self.program.pull(self.names, cotangents)}
        back = self.call(f"{self.program.function}_backward", names, self.changed if changed is None else changed)
        return {**self.program.grads(back)}

    def call(self, name: str, names: Mapping[str, Any], changed: Mapping[str, CodeType]) -> dict[str, Any]:
        """All names of a function after it has run."""
        around = {**vars(PROGRAMS[self.kind].module), **names}
        exec(changed.get(name) or right_code(self.kind, name), around)
        return around[name](**{wanted: unwritable(names[wanted]) for wanted in parameters(self.kind, name)})


def unwritable(value: Any) -> Any:
    """An array that a slip cannot write to: it may be the asker's own."""
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    return value


def written(kind: str, chosen: tuple[Mutant, ...] = ()) -> Callable | None:
    """The layer function, written out, with these slips in it; None where two of them change one line."""
    changed = codes_of(chosen)
    if changed is None:
        return None

    def layer(params: Arrays, inputs: Arrays, **config):
        if rank_of(params, inputs, PROGRAMS[kind](kind, config)) > 0:
            return each_alone(params, inputs, config), None
        run = Run(kind, params, inputs, config, changed)
        return run.outputs, run.vjp

    def each_alone(params: Arrays, inputs: Arrays, config) -> Arrays:
        """The outputs with one more axis in front of all arrays, row by row."""
        rows = [layer({k: a[n] for k, a in params.items()}, {k: a[n] for k, a in inputs.items()}, **config)[0]
                for n in range(len(inputs["x"]))]
        return {name: np.stack([row[name] for row in rows]) for name in rows[0]}

    return layer
