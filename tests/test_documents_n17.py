"""The listing of N17: as far as its script runs, and its backward pass as its comments want it, with each mistake and all."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from documents.n17 import AS_POSTED, n17, n17_posted

from nnparity import cases
from nnparity.reports.asking.implementations import UserFile, as_result, config_of
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.verdicts.run import row_of, rows_of

DOCUMENT, GENERIC, LOSS = "n17-mlp-float64-document", "n17-mlp-float64-generic", "n17-loss-float64-golden"
TITLES = {"K28": "tanh' divided by z² instead of cosh² z (K28)", "K29": "ReLU takes the maximum over the vector (K29)",
          "K30": "the loss value is used as its gradient (K30)"}
SETS = [set(chosen) for n in (1, 2, 3) for chosen in combinations(TITLES, n)]


def asked(function, name, *mistakes, **judging):
    case = cases.named(name)
    arrays = dict(case.params), dict(case.inputs), dict(case.cotangents)
    answer = as_result(function(*arrays, config_of(case), *mistakes), case, function.__name__)
    return row_of("n17", Answer(case=case, result=answer), **judging)


@pytest.mark.parametrize("name", [DOCUMENT, GENERIC, LOSS])
def test_listing_without_its_mistakes_agrees(name):
    assert asked(n17, name).ok


@pytest.mark.parametrize("mistakes", SETS, ids=lambda mistakes: "-".join(sorted(mistakes)))
@pytest.mark.parametrize("name", [DOCUMENT, GENERIC, LOSS])
def test_every_mistake_that_the_case_can_show_is_named(name, mistakes):
    """The document's own net has sigmoids alone, and so has no tanh' and no ReLU."""
    shown = mistakes if name == GENERIC else mistakes & {"K30"}
    row = asked(n17, name, mistakes)
    assert row.ok is (not shown)
    if shown:
        assert row.diagnosis[0].complete and set(row.diagnosis[0].title.split("; ")) == {TITLES[k] for k in shown}


def test_posted_script_has_right_outputs_and_no_gradients():
    assert asked(n17_posted, DOCUMENT, forward_only=True).verdict == "agrees"
    row = asked(n17_posted, DOCUMENT)
    assert row.verdict == "malformed" and not row.diagnosis


def test_posted_relu_and_softmax_raise():
    (row,) = rows_of(UserFile(str(Path(__file__).parent / "documents" / "n17.py"), "n17_posted"), [cases.named(GENERIC)], 20)
    assert row.verdict == "errored" and "TypeError: 'numpy.float64' object is not iterable" in row.message
    with pytest.raises(np.exceptions.AxisError):
        asked(n17, GENERIC, AS_POSTED - {"K29"})


def test_repaired_relu_of_whole_numbers():
    """np.vectorize takes the type of its first answer: max(0, z) of a negative z is the integer 0, and all others are cut."""
    relu = np.vectorize(lambda z: max(0, z))
    assert relu(np.array([-1.0, 0.7, 2.9])).tolist() == [0, 0, 2]
    assert relu(np.array([2.9, 0.7, -1.0])).tolist() == [2.9, 0.7, 0]
