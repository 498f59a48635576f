"""A known deviation is asserted both ways: where it is gone, or has grown, its row fails. No framework; recorded answers."""

from dataclasses import replace

import numpy as np
import pytest

from nnparity import cases
from nnparity.cases import recording
from nnparity.cases.known_deviations import DEVIATIONS, Deviation, deviation
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.verdicts.judge import judge

CASE = cases.named("dense-hard_sigmoid-float64-generic")
KNOWN = deviation(CASE.name, "torch", "grads/x")
RECORDED = recording.load("torch", [CASE])[CASE]


def told(answer, **judging):
    return judge(CASE, answer, implementation="torch", version="", **judging)


def scaled(factor):
    """The recorded answer, its gradients off by this many times what they are off by."""
    right = expectation(CASE)[0].grads
    return replace(RECORDED, grads={name: right[name] + factor * (g - right[name]) for name, g in RECORDED.grads.items()})


@pytest.mark.parametrize("agrees, error, words", [
    (True, 0.0, "gone"), (True, 1e-9, "gone"), (False, 1e-9, ""), (False, 2e-9, ""), (False, 2.1e-9, "deviates by 2.1e-09"),
    (False, np.inf, "deviates by inf"), (False, np.nan, "deviates by nan")])
def test_a_row_holds_up_to_twice_its_size(agrees, error, words):
    row = Deviation(case="c", oracle="o", arrays="*", reason="because", size=1e-9)
    said = row.out_of_date(agrees, error)
    assert words in said and bool(said) == bool(words)
    assert not said or "because" in said


def test_what_is_measured_is_the_known_deviation():
    row = told(RECORDED)
    assert row.verdict == "known deviation" and KNOWN.reason in row.message


def test_a_deviation_that_is_gone_is_out_of_date():
    """An upgrade mends the framework: the answer is right, and the row has to go."""
    row = told(expectation(CASE)[0])
    assert row.verdict == "unexplained" and "grads/x: the known deviation is gone" in row.message


def test_one_array_that_agrees_again_is_enough():
    row = told(replace(RECORDED, grads={**RECORDED.grads, "bias": expectation(CASE)[0].grads["bias"]}))
    assert row.verdict == "unexplained" and row.message.startswith("grads/bias: the known deviation is gone")


def test_a_deviation_that_has_grown_is_out_of_date():
    assert told(scaled(1.5)).verdict == "known deviation"
    row = told(scaled(3))
    assert row.verdict == "unexplained" and "grads/x: deviates by" in row.message
    assert f"the known deviation is {KNOWN.size:.1e}" in row.message


def test_other_arrays_have_no_excuse():
    wrong = RECORDED.outputs["y"] * (1 + 1e-9)
    row = told(replace(RECORDED, outputs={"y": wrong}))
    assert row.verdict not in ("agrees", "known deviation") and not row.message


def test_outputs_alone_are_asked_of_the_outputs_rows():
    """With --forward-only no gradient is compared, so none of its rows can be out of date."""
    assert told(RECORDED, forward_only=True).verdict == "agrees"
    case = cases.named("dense-gelu-float64-generic")
    gone = judge(case, expectation(case)[0], implementation="keras", version="", forward_only=True)
    assert gone.verdict == "unexplained" and "outputs/y: the known deviation is gone" in gone.message


@pytest.mark.parametrize("known", DEVIATIONS, ids=lambda d: f"{d.oracle}-{d.case}")
def test_every_row_says_why_and_how_much(known):
    assert 0 < known.size < 10 and len(known.reason.split()) > 5
