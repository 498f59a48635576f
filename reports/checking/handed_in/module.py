"""A torch.nn.Module or a Keras layer: its framework differentiates it, and its own names say which weight is which."""

import copy
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nnparity import oracles
from nnparity.cases.case import Case, Unsupported
from nnparity.cases.kinds import KINDS, RECURRENT
from nnparity.oracles.layouts import Layout
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.axes import Axes, outputs_of
from nnparity.reports.checking.handed_in.construct import built
from nnparity.reports.checking.handed_in.layered import Layered
from nnparity.reports.checking.names import WrongObject


def file_of(cls: type, framework: str) -> str:
    """The file in which a framework's class has its forward pass; "" where that is unknown."""
    forward = getattr(cls, "forward" if framework == "torch" else "call", None)
    return getattr(getattr(forward, "__code__", None), "co_filename", "")


@dataclass(frozen=True)
class Module(Layered):
    """`frameworks` names the one that it is of; it has been imported, or there would be no such object."""

    @property
    def framework(self) -> str:
        return self.frameworks[0]

    @property
    def tool(self) -> Any:
        return oracles.tool(self.framework)

    @property
    def code(self) -> str:
        return file_of(self.cls, self.framework)

    @property
    def version(self) -> str:
        return oracles.load(self.framework).version()

    @property
    def library(self) -> bool:
        """Whether it is one of the framework's own layers, and no class derived from them."""
        return self.cls.__module__.split(".")[0] == self.framework

    def own_options(self) -> Mapping[str, Any]:
        try:
            shown = self.obj if not self.is_class else self.plain if self.library and self.network in RECURRENT else None
            return {} if shown is None else self.tool.options(shown)
        except ValueError as error:
            raise WrongObject(f"{self.name}: {error}") from None

    @cached_property
    def plain(self) -> Any:
        """One of a framework's own class with the options that it has by itself."""
        from nnparity.reports.checking import drawn
        case = drawn.probe(self.network, self.some_case)
        return None if case is None or self.network not in drawn.SIZES else self.made(case)[0]

    def made(self, case: Case):
        with self.tool.precision(case.dtype):
            obj, written = built(self.build or self.cls, self.name, case, self.claimed, **self.always(case))
        package = {"torch": "torch.nn.", "keras": "keras.layers."}[self.framework] if self.library else ""
        return self.ready(obj, case), package + written

    def always(self, case: Case) -> dict[str, Any]:
        """What a framework's own layers are built with for these options of ours."""
        config = {**case.layers[0].config, **self.claimed}
        kind = case.layers[0].kind
        if self.framework == "torch":
            return self.tool.recurrent_options(self.cls, config)
        return {"reset_after": config.get("reset", "after") == "after"} if kind == "gru" else {}

    def ready(self, obj: Any, case: Case) -> Any:
        """A Keras layer makes its weights when it sees the shape of x."""
        if self.framework == "keras" and not obj.built:
            turn = Axes(self.axes or self.tool.axes(obj), case.layers[0].kind, case.inputs["x"].ndim)
            shape = np.transpose(case.inputs["x"], turn.order).shape
            obj.build((None, *shape[1:]))
        return obj

    def read(self, shapes, params):
        if self.weights is not None and (left := [path for path in shapes if path not in self.weights]):
            raise WrongObject(f"{self.name} has {', '.join(left[:4])} too, and nothing is said of what that is")
        return super().read(shapes, params)

    def shapes(self, obj):
        if self.framework == "keras" and not obj.built:  # an instance that has seen no x yet: it is built at some size
            from nnparity.reports.checking import drawn
            case = drawn.probe(self.network, self.some_case)
            obj = self.ready(self.tool.again(obj), case) if case else obj
        return self.tool.shapes(obj)

    def run(self, obj, case: Case, layout: Layout, axes: Axes):
        if not self.is_class and self.framework == "keras":
            obj = self.ready(self.tool.again(obj, dtype=str(case.dtype), **self.sequences(obj)), case)
        elif not self.is_class:
            obj = copy.deepcopy(obj)
        turn = axes if self.axes else Axes(self.tool.axes(obj), case.layers[0].kind, case.inputs["x"].ndim)

        def forward(call, tensors):
            x = tensors["x"] if case.inputs["x"].dtype.kind != "f" else turn.theirs(tensors["x"])
            states, named = self.states_for(obj, case, tensors)
            outputs = outputs_of(call(x, *states, **named), case, turn, self.tool.stack)
            if missing := [name for name in case.cotangents if name not in outputs]:
                raise NoAnswer(f"{self.name} returned no {', '.join(missing)}; expected {', '.join(case.cotangents)}")
            return outputs

        outputs, of_weights, of_inputs = self.tool.pulled(
            obj, layout.pack(case.params), case.inputs, case.differentiable, forward, case.cotangents, case.dtype)
        return outputs, {**layout.unpack(of_weights), **of_inputs}

    @cached_property
    def takes_states(self) -> bool:
        return self.library or bool(self.places_of_states)

    @cached_property
    def places_of_states(self) -> list[inspect.Parameter]:
        """What its forward pass takes behind x."""
        forward = getattr(self.cls, "forward" if self.framework == "torch" else "call")
        behind = list(inspect.signature(forward).parameters.values())[2:]
        return [p for p in behind
                if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.name not in ("training", "mask")]

    def sequences(self, obj) -> dict[str, Any]:
        """A recurrent Keras layer that returns its last state alone is asked for all of them."""
        return {"return_sequences": True, "return_state": True} if hasattr(obj, "return_sequences") else {}

    def states_for(self, obj, case: Case, tensors: Mapping) -> tuple[list, dict]:
        """What it is called with beside x."""
        kind = case.layers[0].kind
        names = [f"{s}0" for s in KINDS[kind].states] if kind in RECURRENT else []
        if not any(name in case.inputs for name in names):
            if must := [p.name for p in self.places_of_states if p.default is p.empty and names and not self.library]:
                raise Unsupported(f"{self.name} always takes {', '.join(must)}, which this case has not")
            return [], {}
        given = [name for name in names if name in tensors]
        zero = tensors[given[0]] * 0
        states = [self.tool.state(tensors.get(name, zero), name, obj) for name in names]
        if self.framework == "keras" and hasattr(obj, "return_sequences"):
            return [], {"initial_state": states[0] if len(states) == 1 else states}
        if not self.places_of_states:
            raise Unsupported(f"{self.name} takes no initial state")
        return ([tuple(states)] if len(states) > 1 and len(self.places_of_states) < 2 else states), {}
