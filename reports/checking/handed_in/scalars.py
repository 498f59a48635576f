"""A scalar autodiff such as micrograd's: numbers with .data, .grad and .backward(), and a forward pass written with them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reports.asking.implementations import as_result
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.function import takes
from nnparity.reports.checking.handed_in.handed import Handed


@dataclass(frozen=True)
class Scalars(Handed):
    """`obj(params, inputs)` gets arrays of such numbers and returns y, or a dict of outputs, made of them; dL/dL = 1 is pulled
    back from L = Σ cotangent · output."""

    value: Callable = float

    @property
    def code(self) -> str:
        return getattr(getattr(self.obj, "__code__", None), "co_filename", "")

    def answering(self):
        return partial(answer, self.obj, self.value, self.name), lambda: partial(answer, self.obj, self.value, self.name)


def answer(function: Callable, value: Callable, name: str, case: Case) -> Result:
    if case.training:
        raise NoAnswer(f"{name}: a training is not asked of a scalar autodiff")
    make = np.vectorize(lambda number: value(float(number)), otypes=[object])
    params = {k: make(a) for k, a in case.params.items()}
    inputs = {k: make(a) if k in case.differentiable else a for k, a in case.inputs.items()}
    more = {"config": dict(case.layers[0].config)} if "config" in takes(function) else {}
    returned = function(params, inputs, **more)
    outputs = {k: np.array(a, dtype=object) for k, a in (returned if isinstance(returned, Mapping) else {"y": returned}).items()}
    total: Any = None
    for k, cotangent in case.cotangents.items():
        if k not in outputs:
            raise NoAnswer(f"{name} returned {', '.join(outputs)}; expected {', '.join(case.cotangents)}")
        if outputs[k].shape != cotangent.shape:
            raise NoAnswer(f"{name} returned {k} of shape {outputs[k].shape}; expected {cotangent.shape}")
        for one, number in zip(outputs[k].ravel(), cotangent.ravel()):
            total = one * float(number) if total is None else total + one * float(number)
    total.backward()
    grads = {k: numbers(a, "grad", case) for k, a in {**params, **inputs}.items() if k in case.differentiable}
    return as_result(({k: numbers(a, "data", case) for k, a in outputs.items()}, grads), case, name)


def numbers(values: np.ndarray, what: str, case: Case) -> np.ndarray:
    """The .data or the .grad of every number, in the case's precision; a plain number is its own data."""
    def one(v: Any) -> float:
        return float(getattr(v, what, v if what == "data" else 0.0))
    return np.vectorize(one, otypes=[float])(values).astype(case.dtype)
