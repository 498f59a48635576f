"""From-scratch NumPy networks: every formula and every derivative written by hand.

`run(case)` answers a case; `LAYERS` is the visible list of what a chain can be built from.
"""

import numpy as np

from reference_impl.network import LAYERS, NAME, forward, run, version

# glibc gives freed memory back to the system and fetches it again at the next step: a quarter of the time of a small network.
# It keeps up to twice the largest block that it has seen freed, so it is shown one of 32 MB, the largest it heeds.
np.empty(2**25 - 2**16, "u1")

__all__ = ["LAYERS", "NAME", "forward", "run", "version"]
