"""The listing of N18: with each mistake alone, with several, and with all."""

from pathlib import Path

import pytest
from documents.n18 import AS_POSTED, n18

from nnparity import cases
from nnparity.reports.asking.implementations import UserFile, as_result, config_of
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.verdicts.run import row_of

HALF_SQUARED, ENTROPY = "n18-mlp-float64-half_squared", "n18-mlp-float64-cross_entropy"
SATURATED = "n18-mlp-float64-saturated"
TITLES = {"K31": "softmax derivative reduced to its diagonal (K31)", "K32": "p - t taken as the gradient by p (K32)",
          "K33": "hidden layers' derivative missing in their own gradients, kept in what flows on (K33)"}


def asked(name, mistakes):
    case = cases.named(name)
    arrays = dict(case.params), dict(case.inputs), dict(case.cotangents)
    return row_of("n18", Answer(case=case, result=as_result(n18(*arrays, config_of(case), mistakes), case, "n18")))


def named(row):
    return set(row.diagnosis[0].title.split("; ")) if row.diagnosis and row.diagnosis[0].complete else set()


@pytest.mark.parametrize("name", [HALF_SQUARED, ENTROPY, SATURATED])
def test_listing_without_its_mistakes_agrees(name):
    assert asked(name, set()).ok


@pytest.mark.parametrize("name, mistakes", [
    *((HALF_SQUARED, chosen) for chosen in ({"K31"}, {"K33"}, {"K31", "K33"})),
    (SATURATED, {"K31"}), (SATURATED, {"K33"}),
    *((ENTROPY, chosen) for chosen in ({"K32"}, {"K33"}, {"K31", "K32"}, {"K32", "K33"})),
], ids=lambda value: "-".join(sorted(value)) if isinstance(value, set) else value)
def test_mistakes_are_named(name, mistakes):
    assert named(asked(name, mistakes)) == {TITLES[k] for k in mistakes}


@pytest.mark.parametrize("name", [HALF_SQUARED, ENTROPY, SATURATED])
def test_whole_listing_is_named(name):
    """The delta a - t is half a squared error's where the loss is one, and then no mistake; overflow is no difference here."""
    shown = AS_POSTED - {"K34"} - ({"K32"} if name != ENTROPY else set())
    assert named(asked(name, AS_POSTED)) == {TITLES[k] for k in shown}


def test_what_is_no_wrong_gradient_is_told_beside_it(monkeypatch, tmp_path):
    """K34 by logits a thousand larger. (K35, the weights that a case is given, is no failing of the code.)"""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    file = tmp_path / "digits.py"
    file.write_text("from documents.n18 import AS_POSTED, n18\n"
                    "def posted(params, inputs, cotangents, config):\n"
                    "    return n18(params, inputs, cotangents, config, AS_POSTED)\n")
    run, _ = UserFile(str(file), "posted").load()
    row = row_of("n18", Answer(case=cases.named(SATURATED), result=run(cases.named(SATURATED))))
    assert [t.id for t in row.troubles] == ["trouble-overflow"]
