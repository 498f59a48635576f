"""From-scratch NumPy networks: every formula and every derivative written by hand.

`run(case)` answers a case; `LAYERS` is the visible list of what a chain can be built from.
"""

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl.network import LAYERS, NAME, forward, version
from nnparity.reference_impl.reference import RIGHT, World

# glibc gives freed memory back to the system and fetches it again at the next step: a quarter of the time of a small network.
# It keeps up to twice the largest block that it has seen freed, so it is shown one of 32 MB, the largest it heeds.
np.empty(2**25 - 2**16, "u1")

__all__ = ["LAYERS", "NAME", "RIGHT", "World", "forward", "run", "version"]


def run(case: Case, world: World = RIGHT) -> Result:
    """The reference's answer: outputs and gradients, or the whole path where the case is a training."""
    return world.run(case)
