"""The catalogue as a person looks it up: every entry complete, found by id and by number, told at 80 columns."""

import json

import pytest
from typer.testing import CliRunner

from nnparity import cases
from nnparity.reference_impl.mistakes import CATALOGUE, plant
from nnparity.reference_impl.mistakes.mistake import Mistake
from nnparity.reports import catalogue
from nnparity.reports.cli import app
from nnparity.reports.formula import mathml, plain_text

NAMES = {case.name for case in (*cases.all_cases(), *cases.all_probes())}


@pytest.fixture
def explain(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")

    def run(*arguments):
        done = CliRunner().invoke(app, ["explain", *arguments])
        return done.exit_code, done.output
    return run


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda e: e.id)
def test_entry_is_complete(entry):
    """Title, symptom, fix, both formulas typeset, a case that exists; a planted mistake fits its source."""
    assert entry.title and entry.symptom and entry.fix
    for formula in (entry.correct, entry.mistaken):
        assert str(mathml(formula)).startswith("<math"), formula
        assert plain_text(formula)
    assert entry.correct != entry.mistaken
    if isinstance(entry, Mistake):
        assert entry.case in NAMES, entry.case
        assert plant(entry).layers
    else:  # a trouble may have a set-up of its own in place of a case
        assert entry.case in NAMES or entry.wrong and entry.right


def about(entry):
    return (entry.kinds, entry.optimizers, tuple(entry.config.items())) if isinstance(entry, Mistake) else ()


def test_ids_and_titles_are_distinct():
    """One title for two entries about the same thing would leave the reader guessing."""
    titles = [(entry.area, entry.title, *about(entry)) for entry in CATALOGUE.values()]
    assert len(set(titles)) == len(titles), sorted({t for t in titles if titles.count(t) > 1})


@pytest.mark.parametrize("number", [f"K{i:02}" for i in range(1, 53)])
def test_every_mistake_of_the_documents_has_a_page(explain, number):
    code, printed = explain(number)
    assert code == 0 and number in printed and "What to do" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_found_by_id_area_and_prefix():
    (swapped,) = catalogue.find("gru-update-swapped")
    assert swapped.source == "K24" and catalogue.find("k24") == catalogue.find("K24")
    assert len(catalogue.find("gru")) >= 60
    with pytest.raises(catalogue.NoSuchEntry, match="do you mean .*gru-update-swapped"):
        catalogue.find("gru-update-swaped")


def test_at_least_a_hundred_over_all_areas():
    areas = catalogue.by_area()
    assert sum(map(len, areas.values())) >= 100
    assert {"dense", "convolution", "gru", "lstm", "recurrent", "normalisation", "softmax", "loss", "optimizer",
            "training"} <= areas.keys()


def test_list_and_json(explain):
    code, printed = explain()
    assert code == 0 and "gru-update-swapped" in printed
    (entry,) = json.loads(explain("gru-update-swapped", "--json")[1])
    assert entry["area"] == "gru" and entry["wrong"] and entry["mistaken"]
    assert (entry["module"], entry["function"]) == ("layers.gru", "forward")


def test_both_lines_stand_below_the_function_that_has_them(explain):
    printed = explain("gru-dz-sign")[1]
    assert "in local_derivatives of reference_impl/layers/gru.py" in printed
    assert printed.count("As code") == 1 and printed.count("    - dz, dn, dh_old") == printed.count("    + dz, dn, dh_old") == 2
    assert explain("pool-stride-one")[1].count("As code") == 3  # lines of the windows, and of each way back


def test_an_unknown_name_is_wrong_usage(explain):
    code, printed = explain("K99")
    assert code == 2 and "no mistake is called 'K99'" in printed and "Traceback" not in printed


@pytest.mark.parametrize("latex, text", [
    (r"h' = z \odot h + (1 - z) \odot n", "h' = z ⊙ h + (1 - z) ⊙ n"),
    (r"\frac{a + b}{\sqrt{v + \epsilon}}", "(a + b)/(√(v + ε))"),
    (r"W^{\top} x_{t-1}, \quad e^{a - \max a}", "W^T x_(t-1), e^(a - maxa)"),
    (r"\sum_{s \le t} \delta_s", "∑_(s ≤ t) δ_s")])
def test_formulas_for_a_terminal_keep_their_groups(latex, text):
    assert plain_text(latex) == text
