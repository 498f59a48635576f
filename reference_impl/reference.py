"""A world: one set of layer functions with the chain and the training loop that run them.

`RIGHT` is the reference. A world with a mistake in it (reference_impl/mistakes/plant.py) answers the same cases wrongly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType

import numpy as np

from nnparity.cases.case import Arrays, Case, Result
from nnparity.reference_impl import network, training


@dataclass(frozen=True, eq=False)
class World:
    """`layers` maps a kind, or one layer of a chain ("dense@head"), to its function; `source` has the text of each function that
    is not as its file says, by module and name ("layers.gru", "backward")."""

    layers: Mapping[str, Callable]
    network: ModuleType = network
    training: ModuleType = training
    source: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def run(self, case: Case) -> Result:
        """Outputs and gradients, or the whole path where the case is a training."""
        if case.training:
            return self.training.train(case, self.layers)
        result = self.network.run(case, self.layers)
        return replace(result, outputs=case.returned(result.outputs))

    def forward(self, case: Case, params: Arrays, inputs: Arrays) -> dict[str, np.ndarray]:
        """The outputs alone; the arrays may have leading axes or be complex."""
        return self.network.forward(case, params, inputs, self.layers)[0]


RIGHT = World(network.LAYERS)
