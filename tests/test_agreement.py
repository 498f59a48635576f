"""The suite's main statement: on every case the reference and every oracle agree, outputs and all gradients.

Ids read `torch-gru-after-float64-generic-backward`, so `-k gru`, `-k "gru and keras"`, `-k n10`, `-k backward` select.
"""

from functools import cache

import pytest

import cases
import oracles
from reports.rows import judge

pytestmark = pytest.mark.live

CASES = cases.all_cases()


@cache
def row(oracle, case):
    """One run serves the forward and the backward test."""
    return judge(case, oracle.run(case), implementation=oracle.NAME, version=oracle.version())


@pytest.mark.parametrize("part", ["forward", "backward"])
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("oracle", oracles.NAMES)
def test_agrees(oracle, case, part, load_oracle):
    compared = row(load_oracle(oracle), case).part("outputs" if part == "forward" else "grads")
    assert compared, f"{case}: nothing was compared"
    wrong = [str(a) for a in compared if not a.ok]
    assert not wrong, f"{case} disagrees with {oracle}:\n  " + "\n  ".join(wrong)
