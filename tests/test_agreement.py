"""The suite's main statement: on every case the reference and every oracle agree, outputs and all gradients.

Ids read `torch-gru-after-float64-generic-backward`, so `-k gru`, `-k "gru and keras"`, `-k n10`, `-k backward` select.
"""

from fnmatch import fnmatchcase
from functools import cache

import numpy as np
import pytest

from nnparity import cases, oracles
from nnparity.cases.case import Unsupported
from nnparity.cases.known_deviations import DEVIATIONS, deviation
from nnparity.reports.verdicts.judge import judge

pytestmark = pytest.mark.live

CASES = cases.all_cases()


@cache
def row(oracle, case):
    """One run serves the forward and the backward test."""
    return judge(case, oracle.run(case), implementation=oracle.NAME, version=oracle.version())


QUESTIONS = [pytest.param(case, part, id=f"{case}-{part}") for case in CASES
             for part in (["training"] if case.training else ["forward", "backward"])]


@pytest.mark.parametrize("case, part", QUESTIONS)
@pytest.mark.parametrize("oracle", oracles.NAMES)
def test_agrees(oracle, case, part, load_oracle):
    """Or deviates exactly where, and no more than twice as far as, a row of known deviations says."""
    try:
        compared = row(load_oracle(oracle), case).part("grads" if part == "backward" else "outputs")
    except Unsupported as reason:
        pytest.skip(f"unsupported: {reason}")
    assert compared, f"{case}: nothing was compared"
    wrong = [str(a) for a in compared if not a.ok and not deviation(case.name, oracle, a.path)]
    assert not wrong, f"{case} disagrees with {oracle}:\n  " + "\n  ".join(wrong)
    for a in compared:
        if known := deviation(case.name, oracle, a.path):
            wrong = known.out_of_date(a.ok, a.epsilons * np.finfo(case.dtype).eps)
            assert not wrong, f"{case}, {oracle}, {a.path}: {wrong}"


@pytest.mark.parametrize("known", DEVIATIONS, ids=lambda d: f"{d.oracle}-{d.case}")
def test_every_known_deviation_is_about_a_case(known):
    assert any(fnmatchcase(case.name, known.case) for case in CASES)
