"""Which side is off: both answers are held against the reference in a higher precision.

For float32 that is the same case, whose arrays are rounded to float32 already, in float64: exact to nine digits more. For float64
it is np.longdouble, where the processor has one that is wider (on x86 three digits more); elsewhere, and for trainings, nobody
knows.
"""

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl import network
from nnparity.reference_impl.reference import RIGHT

CLEARLY = 2.0  # times further from the truth than the other side


def exact(case: Case) -> Result | None:
    """The reference's answer in a higher precision, or None where there is none."""
    if case.dtype == np.float32:
        return RIGHT.run(case.astype("float64"))
    if case.training or np.finfo(np.longdouble).eps >= np.finfo(np.float64).eps / 4:
        return None

    def wide(arrays):
        return {k: a.astype(np.longdouble) if a.dtype.kind == "f" else a for k, a in arrays.items()}

    outputs, tape = network.forward(case, wide(case.params), wide(case.inputs))
    return Result(outputs=outputs, grads=network.backward(case, tape, wide(case.cotangents)))


def further_off(case: Case, answer: Result, path: str, worst: tuple[int, ...]) -> str:
    """"reference", "oracle", "both" or "unknown": whose element of this array is further from the truth."""
    truth = exact(case)
    kind, _, name = path.partition("/")
    if truth is None or name not in getattr(answer, kind) or not worst and getattr(answer, kind)[name].ndim:
        return "unknown"
    right = getattr(truth, kind)[name][worst]
    ours, theirs = (abs(float(getattr(result, kind)[name][worst] - right)) for result in (RIGHT.run(case), answer))
    if not np.isfinite(ours) or not np.isfinite(theirs):
        return "reference" if np.isfinite(theirs) else "oracle" if np.isfinite(ours) else "unknown"
    if ours > CLEARLY * theirs:
        return "reference"
    return "oracle" if theirs > CLEARLY * ours else "both"
