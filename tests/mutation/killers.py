"""What every mutant of the reference has to get past: the suite's own comparisons, all cases of one kind in one test.

The same questions as tests/test_recording.py and tests/test_judges.py, in few tests, so that a mutant dies in a tenth of a
second. Not collected by a plain `pytest`: `make mutation` names this file. The recorded answers and the allowed errors are
computed before a mutant is switched on; the reference's answer never is.
"""

from collections import defaultdict
from functools import cache

import numpy as np
import pytest

from nnparity import cases, oracles, reference_impl
from nnparity.cases import recording
from nnparity.cases.case import Unsupported
from nnparity.cases.known_deviations import deviation
from nnparity.reference_impl.judges import along_a_line, complex_step, direction
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.comparison.compare import compare
from nnparity.reports.comparison.expectation import expectation

KINDS = defaultdict(list)  # first word of the name -> cases
for case in cases.all_cases():
    KINDS[case.group].append(case)
kinds = pytest.mark.parametrize("kind", KINDS)


@cache
def recorded():
    """case -> the answer of the first framework that has one without a known deviation."""
    every = cases.all_cases()
    answers = {}
    for name in reversed(oracles.NAMES):
        for case, answer in recording.load(name, every).items():
            if not isinstance(answer, Unsupported) and not deviates(case, name) and not case.layers[0].default:
                answers[case] = answer
    return answers


def deviates(case, judge):
    names = (*(f"outputs/{k}" for k in case.cotangents), *(f"grads/{k}" for k in case.differentiable))
    return any(deviation(case.name, judge, path) for path in names)


@cache
def allowed(case, thorough=False):
    return expectation(case, thorough)[1]


@cache
def moves(case):
    return rounding_noise(case).grads


def wrong(case, judge, answer):
    """What differs, and still does on a second look where it differs by little."""
    for thorough in (False, True):
        agreements = compare(judge, answer, allowed(case, thorough), case.zeros)
        if not any(a.near for a in agreements):
            break
    return [str(a) for a in agreements if not a.ok]


@kinds
def test_recorded_answers(kind):
    for case in KINDS[kind]:
        if case in recorded():
            allowed(case)
            assert not (different := wrong(case, recorded()[case], reference_impl.run(case))), f"{case}: {different}"


@kinds
def test_complex_step(kind):
    """The gradients, and the forward pass on complex numbers and with leading axes; the step itself by the recorded ones."""
    for case in KINDS[kind]:
        if case.dtype == "float64" and not case.training and not deviates(case, "complex step"):
            allowed(case)
            assert not (different := wrong(case, complex_step(case), reference_impl.run(case))), f"{case}: {different}"


@kinds
def test_derivative_along_a_line(kind):
    for case in KINDS[kind]:
        if case.dtype == "float64" and not case.training and not deviates(case, "complex step"):
            noise, grads, v = moves(case), reference_impl.run(case).grads, direction(case, seed=1)
            terms, moved = (np.concatenate([(a[name] * v[name]).ravel() for name in grads]) for a in (grads, noise))
            rounding = 4 * np.finfo("float64").eps * (np.linalg.norm(terms) + np.linalg.norm(moved))
            assert abs(along_a_line(case, seed=1) - terms.sum()) <= rounding


@kinds
def test_golden_figures(kind):
    for case in KINDS[kind]:
        answer = reference_impl.run(case) if case.golden else None
        for golden in case.golden:
            assert golden.is_met_by(golden.read(answer)) != golden.mistaken, f"{case}: {golden.figure}"
