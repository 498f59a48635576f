"""From-scratch NumPy networks: every formula and every derivative written by hand.

`run(case)` answers a case; `LAYERS` is the visible list of what a chain can be built from.
"""

from cases.case import Case, Result
from reference_impl import network, training
from reference_impl.network import LAYERS, NAME, forward, version

__all__ = ["LAYERS", "NAME", "forward", "run", "version"]


def run(case: Case, layers=LAYERS) -> Result:
    """The reference's answer: outputs and gradients, or the whole path where the case is a training."""
    return training.train(case, layers) if case.training else network.run(case, layers)
