"""The third judge, no framework: every hand-derived gradient against the complex step on the reference's own forward."""

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.known_deviations import deviation
from nnparity.reference_impl.judges import along_a_line, complex_step, direction
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.verdicts.judge import compared

DOUBLE = [case for case in cases.all_cases() if case.dtype == "float64" and not case.training]


@pytest.mark.parametrize("case", DOUBLE, ids=str)
def test_gradients_equal_the_complex_step(case):
    """Element by element, with the same allowed error as between the reference and an oracle."""
    agreements = compared(case, complex_step(case))
    wrong = [str(a) for a in agreements if not a.ok and not deviation(case.name, "complex step", a.path)]
    assert not wrong, f"{case}:\n  " + "\n  ".join(wrong)
    for a in agreements:
        if known := deviation(case.name, "complex step", a.path):
            assert not known.out_of_date(a.ok, a.epsilons * np.finfo("float64").eps)


ANALYTIC = [case for case in DOUBLE
            if not any(deviation(case.name, "complex step", f"grads/{name}") for name in case.differentiable)]


@pytest.mark.parametrize("case", ANALYTIC, ids=str)
def test_gradients_equal_the_derivative_along_a_line(case):
    """Σ g·v for one random direction v; allowed is 4 ε times the root sum of squares of the terms, and of their noise."""
    grads, noise = reference_impl.run(case).grads, rounding_noise(case).grads
    v = direction(case, seed=1)
    terms, moves = (np.concatenate([(a[name] * v[name]).ravel() for name in grads]) for a in (grads, noise))
    allowed = 4 * np.finfo("float64").eps * (np.linalg.norm(terms) + np.linalg.norm(moves))
    assert abs(along_a_line(case, seed=1) - terms.sum()) <= allowed


@pytest.mark.parametrize("case", [case for case in cases.all_cases() if case.golden], ids=str)
def test_golden_figures(case):
    """Figures that a document prints, to all printed digits or to as many as the row says and no more."""
    answer = reference_impl.run(case)
    for golden in case.golden:
        value = golden.read(answer)
        assert golden.is_met_by(value) != golden.mistaken, f"{golden.figure} printed by {golden.source}, got {value!r}"
