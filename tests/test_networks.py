"""The networks of the documents: each has its formulas and its cases, and the one that is too large for a case agrees too."""

import re

import numpy as np
import pytest

from nnparity import cases, oracles, reference_impl
from nnparity.cases.documents.n18 import full_width
from nnparity.cases.documents.networks import NETWORKS
from nnparity.cases.selection import cases_of
from nnparity.reference_impl.judges import along_a_line, direction
from nnparity.reports.formula import mathml
from nnparity.reports.verdicts.golden import golden_rows
from nnparity.reports.verdicts.judge import judge


def test_every_network_is_there():
    assert list(NETWORKS) == [f"N{i:02}" for i in range(1, 23)]


@pytest.mark.parametrize("id", NETWORKS)
def test_network_has_cases(id):
    assert cases_of(id)


def test_network_case_names_a_network():
    words = {word for case in cases.all_cases() for word in case.name.split("-") if re.fullmatch(r"n\d\d", word)}
    assert words == {id.lower() for id in NETWORKS}


FORMULAS = [(id, i, formula) for id, network in NETWORKS.items() for i, formula in enumerate(network.formulas)]


@pytest.mark.parametrize("formula", [f for *_, f in FORMULAS], ids=[f"{id}-{i}" for id, i, _ in FORMULAS])
def test_formula_is_typeset(formula):
    """As MathML, with no command left over as text; the page shows the source of what it cannot convert."""
    typeset = mathml(formula)
    assert typeset.startswith("<math") and "\\" not in typeset


def test_mistakes_of_all_networks_are_the_catalogue():
    """K01 to K52, each in one network, but K22 (inputs shuffled without their targets): no document has it."""
    assert [k for network in NETWORKS.values() for k in network.mistakes] == [f"K{i:02}" for i in range(1, 53) if i != 22]


def test_figure_that_document_n11_asks_about_is_explained():
    rows = {row.figure: row for row in golden_rows(cases_of("N11"))}
    assert rows["16"].met and not rows["16"].mistaken
    assert not rows["8"].met and "chain rule dropped (K25)" in rows["8"].explained


def test_n18_at_full_width_has_the_derivative_along_a_line():
    """784 -> 696 -> 618 -> 10, a million weights: one forward pass for all of them."""
    case = full_width()
    grads, v = reference_impl.run(case).grads, direction(case, seed=1)
    terms = np.concatenate([(grads[name] * v[name]).ravel() for name in grads])
    assert abs(along_a_line(case, seed=1) - terms.sum()) <= 32 * np.finfo("float64").eps * np.linalg.norm(terms)


@pytest.mark.live
@pytest.mark.parametrize("oracle", oracles.NAMES)
def test_n18_at_full_width_agrees(oracle, load_oracle):
    module, case = load_oracle(oracle), full_width()
    row = judge(case, module.run(case), implementation=oracle, version=module.version())
    assert row.verdict == "agrees", [str(a) for a in row.agreements if not a.ok]
