"""Who else says that our answers to drawn cases are right: the complex step along random directions, at any size, and the
frameworks that are asked live."""

from collections.abc import Iterator, Sequence

import numpy as np

from nnparity import oracles, reference_impl
from nnparity.cases.case import Case
from nnparity.reference_impl.judges import along_a_line, direction
from nnparity.reports.asking.implementations import Oracle
from nnparity.reports.asking.isolate import answers
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.comparison.compare import compare
from nnparity.reports.comparison.expectation import expectation

DIRECTIONS = 3
CLOSE = 1e-9  # of Σ |g·v|: float64 leaves six digits more, a wrong gradient none


def witnessed(cases: Sequence[Case], asked: Sequence[str], timeout: float) -> Iterator[str]:
    """A sentence for each witness. Raises WrongRequest for an oracle that is none, or is not installed."""
    for name in asked:
        if name not in oracles.NAMES:
            raise WrongRequest(f"no oracle is called {name!r}; there are {', '.join(oracles.NAMES)}")
        if missing := oracles.missing(name):
            raise WrongRequest(f"{', '.join(missing)} is not installed", f"Leave out oracle={name!r}",
                               f"Leave out --oracle {name}")
    whole = [case.replaced(left=case.left - {"y", "loss"}) for case in cases]  # whatever the implementation returns
    exact = [case for case in whole if case.dtype == "float64"]
    off = [case.name for case in exact if not is_derivative(case)]
    yield (f"Witness: the complex step confirms our gradients along {DIRECTIONS} random directions of all weights." if not off
           else f"Witness: the complex step contradicts our own gradients on {', '.join(off)}: a fault of nnparity.")
    for name in asked:
        yield heard(name, whole, timeout)


def is_derivative(case: Case) -> bool:
    """Whether our gradients are the derivative of our own forward pass: Σ g·v = d/ds along v."""
    grads = reference_impl.run(case).grads
    for seed in range(DIRECTIONS):
        v = direction(case, seed)
        products = [grads[name] * v[name] for name in grads]
        scale = sum(float(np.abs(p).sum()) for p in products)
        if abs(sum(float(p.sum()) for p in products) - along_a_line(case, seed)) > CLOSE * scale:
            return False
    return True


def heard(name: str, cases: Sequence[Case], timeout: float) -> str:
    """What a framework says to the same cases."""
    agreeing, said = 0, ""
    for answer in answers(Oracle(name), cases, timeout):
        if answer.result is None:
            said = said or f"{answer.case.name}: {answer.message}"
            continue
        differing = [a for a in compare(answer.result, *expectation(answer.case), zeros=answer.case.zeros) if not a.ok]
        agreeing += not differing
        if differing:
            said = said or f"{answer.case.name}: {differing[0]}"
    return f"Witness: {name} agrees with the reference on {agreeing} of {len(cases)} cases." + (f" {said}" if said else "")
