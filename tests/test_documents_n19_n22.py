"""The listings of N19 to N22: each mistake alone and all together is named, or as many as the numbers allow, and no other."""

import re

import numpy as np
import pytest
from documents import n19, n20, n21, n22

from nnparity import cases
from nnparity.cases.case import Result
from nnparity.cases.documents.n21 import answer_training
from nnparity.reports.asking.implementations import config_of
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.asking.training_contract import training_config
from nnparity.reports.verdicts.judge import judge
from nnparity.reports.verdicts.run import row_of
from nnparity.reports.verdicts.troubles import of_case

SIGMOID_SLOPE = "sigmoid' in the form a(1 - a) given the pre-activation z (K40)"
N19 = {
    "K36": "rows of the softmax Jacobian summed: identically zero (K36)",
    "K37": "inner loop variable overwrites the activation in the softmax Jacobian (K37)",
    "K38": "softmax applied to softmax outputs before differentiating (K38)"}
N20 = {
    "K39": "sigmoid at the output where softmax belongs, its delta that of softmax (K39)", "K40": SIGMOID_SLOPE,
    "K41": "hidden layers' weight gradient uses the input of the layer before (K41)",
    "K42": "loss divided by the number of classes instead of examples (K42)",
    "K43": "update multiplied by the weights (K43)", "K45": "gradient lacks the factor 1/N that the loss has (K45)"}
N22 = {
    "K48": "sigmoid without the minus sign (K48)",
    "K49": "the output layer's sums begin from its activations of the call before (K49)",
    "K50": "one scalar added to every weight: the loss times σ' of the output (K50)",
    "K51": "loss taken on the arg-max, which has no gradient (K51)"}
BEGUN = "pre-activations begin from the activations of the example before in layer dense_2 (K49)"
SINE, SIGNS = "n22-mlp-float64-sine", "n22-mlp-float64-signs"


def asked(listing, name):
    case = cases.named(name)
    if case.training:
        result = Result(outputs=listing(case.params, case.inputs, training_config(case)), grads={})
    else:
        config = [config_of(case)] if listing.__name__ in ("n19", "n21") else []
        outputs, grads = listing(case.params, case.inputs, case.cotangents, *config)
        result = Result(outputs=outputs, grads=grads)
    return row_of("listing", Answer(case=case, result=result))


def named(row):
    """The titles of what explains everything."""
    assert row.diagnosis and row.diagnosis[0].complete, [e.title for e in row.diagnosis]
    return {cause.told.title for cause in row.diagnosis[0].causes}


def blamed(row):
    """Titles of the documents' mistakes that are named at all, whatever is left unexplained."""
    titles = {cause.told.title for explanation in row.diagnosis for cause in explanation.causes}
    return {title for title in titles if re.search(r"\(K\d\d\)", title)}


def alone(mistakes):
    return [{mistake} for mistake in mistakes]


# ------------------------------------------------------------------------------------------------------------------ N19


@pytest.mark.parametrize("make, name", [(n19.listing, "n19-mlp-float64-sum"), (n19.listing, "n19-mlp-float64-batch_mean"),
                                        (n19.trained, "n19-training-float64")])
def test_delta_is_named(make, name):
    """The three are versions of one line: there is no listing with two of them."""
    assert asked(make(), name).ok
    for mistake, title in N19.items():
        assert named(asked(make(mistake), name)) == {title}


# ------------------------------------------------------------------------------------------------------------------ N20


@pytest.mark.parametrize("mistakes", [{"K39"}, {"K42"}, {"K45"}, {"K40", "K42"}, n20.POSTED], ids=lambda ks: "-".join(sorted(ks)))
def test_class_of_n20_is_named(mistakes):
    """With one hidden layer K41 changes nothing."""
    assert named(asked(n20.listing(*mistakes), "n20-mlp-float64-xor")) == {N20[k] for k in mistakes - {"K41"}}


@pytest.mark.parametrize("mistakes", [{"K41"}, n20.POSTED], ids=lambda ks: "-".join(sorted(ks)))
def test_class_of_n20_with_two_hidden_layers_is_named(mistakes):
    assert named(asked(n20.listing(*mistakes), "n20-mlp-float64-deep")) == {N20[k] for k in mistakes}


@pytest.mark.parametrize("mistakes", [{"K40"}, {"K43"}, n20.PROCEDURE], ids=lambda ks: "-".join(sorted(ks)))
def test_procedure_of_n20_is_named(mistakes):
    assert named(asked(n20.procedure(*mistakes), "n20-training-float64")) == {N20[k] for k in mistakes}


def test_repaired_n20_agrees():
    assert asked(n20.procedure(), "n20-training-float64").ok
    assert all(asked(n20.listing(), f"n20-mlp-float64-{point}").ok for point in ("xor", "deep"))


# ------------------------------------------------------------------------------------------------------------------ N21


@pytest.mark.parametrize("point", ["relu-float64-sum", "relu-float64-dead", "leaky-float64-sum", "leaky-float64-mean"])
def test_derivative_of_n21_is_right(point):
    assert asked(n21.listing(), f"n21-{point}").ok


def test_sum_is_a_convention_and_a_mean_in_the_cost_alone_is_none():
    """A sum is what the question's author asks for; the last answer's cost has a derivative that the code does not compute."""
    for make, name in ((n21.listing, "n21-leaky-float64-mean"), (n21.trained, "n21-training-float64")):
        summed, cost = asked(make("K46"), name), asked(make("cost"), name)
        assert summed.verdict == "convention" and named(summed) == {"sum over all elements"}
        assert cost.verdict == "mistake" and named(cost) == {N20["K45"]}


def test_mean_in_the_cost_moves_no_weight():
    case = cases.named("n21-training-float64")
    summed, cost = (n21.trained(k)(case.params, case.inputs, training_config(case)) for k in ("K46", "cost"))
    assert all(np.array_equal(summed[name], cost[name], equal_nan=True) for name in case.params)
    assert summed["loss"][0] == case.inputs["target"].size * cost["loss"][0]


def test_troubles_of_n21_are_named():
    assert [trouble.id for trouble in of_case(cases.named("n21-relu-float64-dead"))] == ["trouble-dead-units"]


@pytest.mark.live
def test_answer_of_n21_on_its_data_agrees(load_oracle):
    """The document's 1,000 examples and rate; Keras has the slope 0.0001 in single precision."""
    module, case = load_oracle("torch"), answer_training(200)
    row = judge(case, module.run(case), implementation="torch", version=module.version())
    assert row.verdict == "agrees", [str(a) for a in row.agreements if not a.ok]


# ------------------------------------------------------------------------------------------------------------------ N22


@pytest.mark.parametrize("mistakes", [*alone(N22), {"K49", "K50", "K51"}], ids=lambda ks: "-".join(sorted(ks)))
def test_training_of_n22_is_named(mistakes):
    assert named(asked(n22.trained(*mistakes), "n22-training-float64")) == {N22[k] for k in mistakes}


def test_training_of_n22_as_posted_gets_no_wrong_name():
    """Four at once: named, or said to be unexplained."""
    row = asked(n22.trained(*n22.POSTED), "n22-training-float64")
    assert row.verdict in ("mistake", "unexplained") and blamed(row) <= {*N22.values()}


@pytest.mark.parametrize("name", [SINE, SIGNS])
@pytest.mark.parametrize("mistakes", [*alone(("K48", "K49", "K51")), {"K48", "K49", "K51"}], ids=lambda ks: "-".join(sorted(ks)))
def test_passes_of_n22_are_named(name, mistakes):
    assert named(asked(n22.listing(*mistakes), name)) == {{**N22, "K49": BEGUN}[k] for k in mistakes}


def test_gradients_that_are_one_number_hide_no_other_mistake():
    """K50 is an update and no gradient: what the listing does there is left unexplained, the rest is named."""
    row = asked(n22.listing(*n22.POSTED), SINE)
    assert row.verdict == "unexplained"
    assert blamed(row) == {N22["K48"], BEGUN, N22["K51"]}


def test_sums_kept_as_the_author_tells_it_are_named():
    assert named(asked(n22.trained("K49", kept="sums"), "n22-training-float64")) == {
        "pre-activations of the output layer accumulate over calls (K49)"}


def test_repaired_n22_agrees():
    assert asked(n22.trained(), "n22-training-float64").ok and asked(n22.listing(), SINE).ok and asked(n22.listing(), SIGNS).ok
