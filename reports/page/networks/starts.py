"""One training from many starts, run as one: parameters, examples and rates get a leading axis of starts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnparity.cases.case import Case
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.network import forward


@dataclass(frozen=True)
class Starts:
    """`loss` (steps, starts) before each step; `after(step)` the outputs (examples, starts, units) at the parameters after it."""

    case: Case
    path: Mapping[str, np.ndarray]

    @property
    def loss(self) -> np.ndarray:
        return self.path["loss"].reshape(len(self.path["loss"]), -1)

    def after(self, step: int) -> np.ndarray:
        params = {name: self.path[name][step] for name in self.case.params}
        return forward(self.case, params, self.case.inputs)[0]["y"][..., 0, :]


def from_starts(case: Case, params: Mapping[str, np.ndarray], steps: int, rate, world: World = RIGHT) -> Starts:
    """A training of single examples from every start: `params` (starts, ...); `rate` one number or one for each start."""
    assert case.training is not None
    count = len(next(iter(params.values())))
    rates: Any = np.broadcast_to(rate, count).reshape(1, count, 1, 1)  # one for each start, where a training has a number
    inputs = {name: np.broadcast_to(a[:, None, None], (len(a), count, 1, a.shape[-1])) for name, a in case.inputs.items()}
    many = case.replaced(params={name: a[None] for name, a in params.items()}, inputs=inputs, golden=(), exempt="many starts",
                         training=replace(case.training, steps=steps, learning_rates=(rates,)))
    return Starts(many, world.run(many).outputs)
