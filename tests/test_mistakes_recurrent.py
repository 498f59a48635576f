"""The catalogue's entries about recurrent layers: typeset, and noticed and named inside the chains of documents N03 and N06."""

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.formula import typeset
from nnparity.reports.verdicts.judge import judge

RECURRENT = [m for m in MISTAKES.values() if m.area in ("gru", "lstm", "recurrent")]
CHAINS = ["n03-lstm-stateful-float64", "n06-lstm-tanh-full-float64-generic"]
KNOWN = {"K09", "K10", "K11", "K17", "K18", "K19", "K20"}
OF_DOCUMENTS = [m for m in RECURRENT if m.area == "lstm" and KNOWN & set(m.source.split(", "))]


@pytest.mark.parametrize("mistake", RECURRENT, ids=lambda m: m.id)
def test_entry_is_typeset_and_its_case_exists(mistake):
    assert mistake.correct and mistake.mistaken and mistake.correct != mistake.mistaken
    assert "<code" not in typeset(mistake.correct) and "<code" not in typeset(mistake.mistaken)
    assert mistake.reaches(cases.named(mistake.case))


def test_every_recurrent_mistake_of_the_documents_has_an_entry():
    assert {k for m in OF_DOCUMENTS for k in m.source.split(", ")} >= KNOWN


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("mistake", OF_DOCUMENTS, ids=lambda m: m.id)
def test_mistake_of_the_documents_is_named_in_their_chains(mistake, name):
    case = cases.named(name)
    assert mistake.reaches(case)
    row = judge(case, reference_impl.run(case, plant(mistake)), implementation="test", version="")
    assert not row.ok
    assert any(mistake.title in e.title for e in row.diagnosis if e.complete), row.diagnosis


def test_two_mistakes_of_document_n06_at_once():
    """Its code drops U_hf on the way back and leaves the same gate out of the input's gradient."""
    case = cases.named("n06-lstm-tanh-full-float64-generic")
    world = plant(MISTAKES["lstm-output-gate-without-matrix"], MISTAKES["lstm-input-without-output-gate"])
    row = judge(case, reference_impl.run(case, world), implementation="test", version="")
    assert any("(K17)" in e.title and "(K18)" in e.title for e in row.diagnosis if e.complete)


def test_two_mistakes_of_document_n03_at_once():
    """It adds the state h and the cell state c where their gradients belong."""
    case = cases.named("n03-lstm-stateful-float64")
    world = plant(MISTAKES["lstm-state-for-gradient"], MISTAKES["lstm-cell-for-gradient"])
    with np.errstate(all="ignore"):
        row = judge(case, reference_impl.run(case, world), implementation="test", version="")
    assert any("(K09)" in e.title and "(K10)" in e.title for e in row.diagnosis if e.complete)
