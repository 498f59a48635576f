"""What a case must have to be able to find a fault: arrays and sizes that cannot be exchanged without notice."""

from itertools import combinations

import numpy as np

from nnparity.cases.kinds import GATES


class InvalidCase(ValueError):
    """A case that could not find the faults it is there to find."""


def check_arrays_differ(case):
    """Raises InvalidCase for an array that is zero or constant: nothing it stands with would be tested."""
    arrays = {**case.params, **{f"cotangent of {k}": v for k, v in case.cotangents.items()},
              **{k: v for k, v in case.inputs.items() if k not in case.constants and v.dtype.kind == "f"}}
    for name, array in arrays.items():
        if not array.any():
            raise InvalidCase(f"{case.name}: {name} is zero, so nothing that multiplies or adds it is tested")
        if array.size > 1 and np.ptp(array) == 0:
            raise InvalidCase(f"{case.name}: {name} is constant, so it cannot tell its elements apart")


def check_sizes_differ(case):
    """Raises InvalidCase for axes of one length, an axis as long as there are gates, and one that `sizes` does not name."""
    gates = {len(GATES[layer.kind]) for layer in case.network if layer.kind in GATES}
    for (a, m), (b, n) in combinations(case.sizes.items(), 2):
        if m == n:
            raise InvalidCase(f"{case.name}: {a} and {b} are both {m}, so exchanging them is no shape error")
    for axis, n in case.sizes.items():
        if n in gates:
            raise InvalidCase(f"{case.name}: {axis} is {n}, the number of gates: exchanging them is no shape error")
    for axis, least in (("time", 3), ("batch", 2)):
        if case.sizes.get(axis, least) < least:
            raise InvalidCase(f"{case.name}: {axis} is {case.sizes[axis]}, at least {least} wanted")
    lengths = {n for a in (*case.params.values(), *case.inputs.values()) for n in a.shape}
    if unnamed := lengths - set(case.sizes.values()) - gates:
        raise InvalidCase(f"{case.name}: an axis of length {sorted(unnamed)} is not named in sizes={dict(case.sizes)}")
