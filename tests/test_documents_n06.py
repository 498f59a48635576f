"""The listing of N06, right and with its mistakes: `check` names every one that the numbers show, and no other."""

import numpy as np
import pytest
from documents.n06 import HELPERS, IN_ONE_LOOP, n06

from nnparity import cases
from nnparity.cases.case import Result
from nnparity.reference_impl.defaults import defaults
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.verdicts.run import row_of

TITLES = {
    "K17": "output gate's gradient handed on without its recurrent matrix (K17)",
    "K18": "input gradient lacks the output gate (K18)",
    "K19": "helper rebinds δh: the cell's factor stays on it (K19)",
    "unused": "gradient of x is zero"}


def asked(name, **listing):
    case = cases.named(name)
    config = {layer.name or layer.kind: {**defaults(layer.kind), **layer.config} for layer in case.network}
    outputs, grads = n06(case.params, case.inputs, case.cotangents, config, **listing)
    return row_of("n06", Answer(case=case, result=Result(outputs=outputs, grads=grads)))


def case_of(window, activations="tanh"):
    return f"n06-lstm-{activations}-{window}-float64-generic"


@pytest.mark.parametrize("window", ["full", "window0", "window1", "window3", "window6"])
@pytest.mark.parametrize("helpers", [False, True])
def test_repaired_listing_agrees(window, helpers):
    assert asked(case_of(window), helpers=helpers).ok


@pytest.mark.parametrize("window", ["full", "window0", "window1", "window3"])
@pytest.mark.parametrize("mistakes", [IN_ONE_LOOP, HELPERS, *(frozenset([k]) for k in TITLES)], ids=lambda m: "+".join(sorted(m)))
def test_mistakes_of_the_listing_are_named(window, mistakes):
    row = asked(case_of(window), mistakes=mistakes, helpers=bool(mistakes & HELPERS))
    shown = mistakes - {"K17", "K19"} if window == "window0" else mistakes  # a window of its own step has no step before it
    if not shown:
        assert row.ok
        return
    assert row.verdict == "mistake"
    assert set(row.diagnosis[0].title.split("; ")) == {TITLES[k] for k in shown}


@pytest.mark.parametrize("activations", ["linear", "sigmoid"])
def test_mistakes_are_named_with_other_activations(activations):
    row = asked(case_of("window1", activations), mistakes=IN_ONE_LOOP)
    assert set(row.diagnosis[0].title.split("; ")) == {TITLES["K17"], TITLES["K18"]}


@pytest.mark.parametrize("window, words", [(0, "not beyond its own step"), (1, "1 step back"), (3, "3 steps back")])
def test_window_of_the_listing_is_a_convention(window, words):
    """K20: the truncated gradient compared with the full one."""
    row = asked(case_of("full"), window=window)
    assert row.verdict == "convention" and words in row.diagnosis[0].title


def test_window_as_long_as_the_sequence_is_the_full_gradient():
    steps = cases.named(case_of("full")).inputs["x"].shape[1]
    assert asked(case_of("full"), window=steps - 1).ok
    with np.errstate(all="ignore"):
        assert not asked(case_of("full"), window=steps - 2).ok
