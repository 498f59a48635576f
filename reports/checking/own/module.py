"""A torch.nn.Module or a Keras model of a whole network: its framework differentiates it; the loss, and its penalty, are ours."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnparity import oracles
from nnparity.cases.case import Case, Result
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.handed import OfClass
from nnparity.reports.checking.handed_in.module import file_of
from nnparity.reports.checking.names import WrongObject
from nnparity.reports.checking.own.built import built
from nnparity.reports.checking.own.plan import CONVOLUTIONS, POOLS, Plan
from nnparity.reports.checking.own.student import sorted_out, upstream_of
from nnparity.reports.checking.own.weights import layout_for


@dataclass(frozen=True)
class OwnModule(OfClass):
    """`framework` is the one that it is of; it has been imported, or there would be no such object."""

    framework: str = "torch"
    plan: Plan = field(default_factory=lambda: Plan(layers=()))
    weights: Mapping[str, str] | None = None
    build: Callable | None = None

    @property
    def code(self) -> str:
        return file_of(self.cls, self.framework)

    @property
    def version(self) -> str:
        return oracles.load(self.framework).version()

    def answering(self):
        if self.framework == "keras" and any(layer.kind in (*CONVOLUTIONS, *POOLS) for layer in self.plan.layers):
            raise WrongObject(f"{self.name}: a Keras model has its channels last, and flattens them in another order than this "
                              f"network does", "Hand in a function(params, inputs, cotangents), or check its layers one by one")
        return self.answer, lambda: self.answer

    def answer(self, case: Case) -> Result:
        tool = oracles.tool(self.framework)
        with tool.precision(case.dtype):
            obj, written = self.made(case, tool)
        layout = layout_for(tool.shapes(obj), case, self.name, self.weights, (self.framework,))
        packed = layout.pack(case.params)

        def forward(call, tensors):
            y = sorted_out(call(tensors["x"]), case)[0]
            if y is None:
                raise NoAnswer(f"{self.name} returned no output of {case.cotangents['y'].ndim} axes")
            return {"y": y}

        def pulled(cotangent):
            return tool.pulled(obj, packed, {"x": case.inputs["x"]}, case.differentiable, forward, {"y": cotangent}, case.dtype)

        y = pulled(np.zeros_like(case.cotangents["y"]))[0]["y"]
        if y.shape != case.cotangents["y"].shape:
            raise NoAnswer(f"{self.name} returned an output of shape {y.shape}; expected {case.cotangents['y'].shape}")
        outputs, of_weights, of_inputs = pulled(upstream_of(y, case))
        grads = layout.unpack(of_weights)
        grads = {name: g + case.l2 * case.params[name] if name in case.penalised else g for name, g in grads.items()}
        return Result(outputs=outputs, grads={**grads, **of_inputs}, built=written)

    def made(self, case: Case, tool: Any) -> tuple[Any, str]:
        if not isinstance(self.obj, type):
            anew = copy.deepcopy(self.obj) if self.framework == "torch" else tool.again(self.obj, dtype=str(case.dtype))
            obj, written = anew, f"{self.name}, the instance"
        elif self.build is not None:
            obj, written = self.build(), f"{self.name}, as it is built"
        else:
            obj, written = built(self.cls, self.name, case, self.plan)
        return tool.ready(obj, case.inputs["x"]), written
