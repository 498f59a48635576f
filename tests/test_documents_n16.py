"""N16's two printed runs: which digits come from the form of the weight gradient (none), and which from numpy.dot."""

import numpy as np
import pytest
from documents.n16 import FORMS, n16_training

from nnparity import cases
from nnparity.cases.case import Result
from nnparity.reference_impl.training import in_two_lanes, rounded
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.asking.training_contract import training_config
from nnparity.reports.verdicts.run import row_of

FIRST, SECOND = "n16-training-first_run-rounded_products-float64", "n16-training-second_run-two_lanes-float64"


def of_nnfs(W, x):
    """What nnfs.init() puts in the place of numpy.dot."""
    return rounded(W, x)


def as_it_is(W, x):
    """numpy.dot on the document's machine: which of four terms are added first is a processor's choice."""
    return in_two_lanes(x, W.T)


def met(name, form, dot):
    case = cases.named(name)
    path = n16_training(case.params, case.inputs, training_config(case), form, dot)
    return [figure.is_met_by(figure.read(Result(outputs=path, grads={}))) for figure in case.golden]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name, dot", [(FIRST, of_nnfs), (SECOND, as_it_is)], ids=["first_run", "second_run"])
def test_either_form_of_the_weight_gradient_gives_either_table(name, form, dot):
    assert all(met(name, form, dot))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name, dot", [(FIRST, as_it_is), (SECOND, of_nnfs)], ids=["first_run", "second_run"])
def test_neither_table_comes_out_with_the_other_dot(name, form, dot):
    """But for the first loss, before anything was rounded."""
    first, *others = met(name, form, dot)[:10]
    assert first and not any(others)


@pytest.mark.parametrize("form", FORMS)
def test_forms_give_the_same_digits(form):
    case = cases.named(FIRST)
    one, other = (n16_training(case.params, case.inputs, training_config(case), f) for f in (form, "outer"))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_listing_agrees():
    case = cases.named("n16-training-float64")
    path = n16_training(case.params, case.inputs, training_config(case))
    assert row_of("n16", Answer(case=case, result=Result(outputs=path, grads={}))).verdict == "agrees"
