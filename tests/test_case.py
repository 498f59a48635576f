"""What a case refuses: each rule by itself, so that none can go unnoticed. The others are in test_suite_can_fail.py."""

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases import recording
from nnparity.cases.case import Case, InvalidCase, Layer, Training, Unsupported
from nnparity.cases.documents.networks import NETWORKS
from nnparity.cases.layers.gru import gru_case
from nnparity.cases.selection import cases_of, documents_of, is_about, network_of, trained_as
from nnparity.reference_impl.judges import complex_step
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports import catalogue
from nnparity.reports.comparison.compare import compare
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.verdicts.judge import compared

GENERIC = cases.named("gru-after-float64-generic")


def with_arrays(change):
    """GENERIC with every floating array changed."""
    return GENERIC.replaced(**{group: {name: change(a) for name, a in getattr(GENERIC, group).items()}
                               for group in ("params", "inputs", "cotangents")})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize("group, name", [("params", "kernel"), ("inputs", "x"), ("inputs", "h0"), ("cotangents", "h_n")])
def test_a_number_that_is_none_is_refused_wherever_it_stands(group, name, value):
    broken = getattr(GENERIC, group)[name].copy()
    broken.flat[1] = value
    with pytest.raises(InvalidCase, match="nan or inf"):
        GENERIC.replaced(**{group: {**getattr(GENERIC, group), name: broken}})


@pytest.mark.parametrize("dtype", ["float16", "longdouble"])
def test_other_precisions_are_refused(dtype):
    with pytest.raises(InvalidCase, match="one dtype, float32 or float64, wanted; got .*float"):
        with_arrays(lambda a: a.astype(dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_two_precisions_are_taken(dtype):
    assert with_arrays(lambda a: a.astype(dtype)).dtype == dtype


@pytest.mark.parametrize("time", [1, 2])
def test_too_few_steps_are_refused(time):
    """Two steps have a first and a last one, and none in between."""
    with pytest.raises(InvalidCase, match=f"time is {time}, at least 3 wanted"):
        gru_case("short", {"reset": "after"}, seed=1, scale=0.5, catches="nothing",
                 sizes={"batch": 5, "time": time, "input": 7, "hidden": 4})


@pytest.mark.parametrize("names", [("a", "a"), ("", ""), ("a", "b", "a"), ("a", "b", "c", "b")], ids="-".join)
def test_one_name_for_two_layers_is_refused(names):
    with pytest.raises(InvalidCase, match="layers need distinct names"):
        GENERIC.replaced(network=tuple(Layer("activation", name, {"function": "tanh"}) for name in names))


def test_a_rate_holds_until_the_next_one_and_the_last_one_for_good():
    training = Training(optimizer="sgd", steps=6, learning_rates=(0.1, 0.2, 0.4))
    assert [training.rate(step) for step in range(6)] == [0.1, 0.2, 0.4, 0.4, 0.4, 0.4]


def test_a_cotangent_that_no_output_has_is_refused():
    surplus = {**GENERIC.cotangents, "c_n": GENERIC.cotangents["h_n"]}
    with pytest.raises(ValueError, match="every output needs one"):
        reference_impl.run(GENERIC.replaced(cotangents=surplus))


@pytest.mark.parametrize("kind, shape", [("max_pool1d", (2, 3, 300)), ("max_pool2d", (2, 3, 17, 19))])
def test_the_winner_of_a_window_of_more_than_256_cells(kind, shape):
    """Its place does not fit into a byte: the maximum lies at the end, at 256, and where the first would be told instead."""
    x = np.random.default_rng(1).uniform(-1, 1, shape)
    flat = x.reshape(6, -1)
    flat[range(6), (256, 257, flat.shape[1] - 1, 299 - 256, 0, 255)] = np.linspace(2, 3, 6)
    dy = np.random.default_rng(2).standard_normal((2, 3, *(1,) * (len(shape) - 2)))
    case = Case(name=f"{kind}-wide", network=(Layer(kind, config={"size": "global"}),), params={}, inputs={"x": x},
                cotangents={"y": dy}, sizes={}, catches="a place that is counted modulo 256", exempt="a single window")
    assert all(a.ok for a in compared(case, complex_step(case)))
    assert (reference_impl.run(case).grads["x"].reshape(6, -1).argmax(1)[dy.ravel() > 0]
            == np.array([256, 257, flat.shape[1] - 1, 43, 0, 255])[dy.ravel() > 0]).all()


ONE_OF_EACH = {network_of(case): case for case in cases.all_cases() if not case.training}


@pytest.mark.parametrize("case", ONE_OF_EACH.values(), ids=str)
def test_no_gradient_is_the_memory_of_another_array(case):
    """A caller that changes one in place, as an optimizer may, must not change another."""
    grads = reference_impl.run(case).grads
    arrays = {**case.params, **case.inputs, **{f"gradient of {name}": g for name, g in grads.items()}}
    shared = [(one, other) for one, g in grads.items() for other, a in arrays.items()
              if other != f"gradient of {one}" and np.shares_memory(g, a)]
    assert not shared


def test_what_no_framework_answers_is_held_against_a_document():
    """The particular products of N15 and N16: without a framework and without a figure a case would be asked of nobody."""
    answers = {name: recording.load(name, cases.all_cases()) for name in ("torch", "keras")}
    alone = [case for case in cases.all_cases() if all(isinstance(known[case], Unsupported) for known in answers.values())]
    assert alone and not [case.name for case in alone if not case.golden]


# the numbers of the documents' list that have a mistake in the catalogue -> those mistakes
NUMBERED = {number: [m for m in MISTAKES.values() if number in catalogue.numbers(m)]
            for mistake in MISTAKES.values() for number in catalogue.numbers(mistake)}


@pytest.mark.parametrize("number", sorted(NUMBERED))
def test_a_case_notices_the_mistakes_that_it_is_flagged_with(number):
    """Every planted mistake of this number that reaches the case, and at least one does."""
    flagged = [case for case in cases.all_cases() if number in case.flags]
    assert flagged
    for case in flagged:
        reaching = [mistake for mistake in NUMBERED[number] if mistake.reaches(case)]
        assert reaching, f"{case} is flagged with {number}, and no mistake of that number reaches it"
        for mistake in reaching:
            with np.errstate(all="ignore"):  # some mistakes overflow
                answer = reference_impl.run(case, plant(mistake))
            assert not all(a.ok for a in compare(answer, *expectation(case), zeros=case.zeros)), f"{case}: {mistake.id}"


def test_a_case_says_of_no_mistake_in_words_what_its_flags_do_not_say():
    """Numbers that only a trouble has (right gradients) are no flags: no formula is planted for them."""
    for case in cases.all_cases():
        said = {number for number in NUMBERED if number in case.catches}
        assert said <= {*case.flags}, case
        assert {*case.flags} <= NUMBERED.keys(), case


def test_a_name_begins_with_the_group_and_names_the_documents():
    """For a reader: no code reads it there."""
    for case in (*cases.all_cases(), *cases.all_probes()):
        assert case.name.startswith(f"{case.group}-")
        assert {*case.documents} <= NETWORKS.keys(), case
        assert {*documents_of(case)} == {word for word in case.name.split("-") if word.upper() in NETWORKS}, case
        assert bool(case.documents) == bool(case.source) and all(case.source.startswith(f"{id}: ") for id in case.documents)


def test_a_case_is_found_by_what_it_is_about():
    assert GENERIC.group == "gru" and not GENERIC.documents
    figures = cases.named("gru-n10-float64")
    assert (figures.group, figures.documents, figures.flags) == ("gru", ("N10",), ("K24",))
    assert {case.name for case in cases_of("N10")} == {
        "gru-n10-float32", "gru-n10-float64", "gru-n10-rounded_state-float64", "n10-gates-float64", "n10-candidate-float64"}
    assert is_about(figures, "n10") and is_about(figures, "gru") and not is_about(figures, "n11")
    assert trained_as(cases.named("n08-training-float64")) == "n08_training"
    assert trained_as(cases.named("optimizer-adam-hat-float64")) == "adam"
    with pytest.raises(KeyError):
        cases_of("N99")


def test_a_name_is_never_read():
    """What a case is about stays when it is called something else."""
    for case in cases.all_cases():
        other = case.replaced(name="x")
        assert (documents_of(other), trained_as(other), other.digest) == (documents_of(case), trained_as(case), case.digest)


def test_a_case_by_its_name():
    assert cases.named("gru-after-float64-generic") is GENERIC
    assert cases.named("gru-default-float64-generic").layers[0].default
    with pytest.raises(KeyError, match="no case is called 'gru-after-float46-generic'; do you mean gru-after-float64-generic"):
        cases.named("gru-after-float46-generic")
    with pytest.raises(KeyError, match=r"no case is called '\?\?'"):
        cases.named("??")
