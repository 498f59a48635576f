"""From-scratch NumPy networks: every formula and every derivative written by hand.

`run(case)` answers a case; `LAYERS` is the visible list of what a chain can be built from.
"""

from reference_impl.network import LAYERS, NAME, forward, run, version

__all__ = ["LAYERS", "NAME", "forward", "run", "version"]
