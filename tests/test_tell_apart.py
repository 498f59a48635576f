"""Two causes that give the same numbers: the case that tells them apart is found and asked. No framework."""

import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Result
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.verdicts.judge import judge
from nnparity.reports.verdicts.run import row_of
from nnparity.reports.verdicts.tell_apart import ask_one_more, differ, distinguishing, grown, surviving, with_more

GENERIC = cases.named("gru-after-float64-generic")


def halved(case, by):
    right = reference_impl.run(case)
    return Result(outputs=right.outputs, grads={**right.grads, "kernel": right.grads["kernel"] / by(case)})


BY = {"a ½ too many": lambda _: 2, "the size of batch": lambda case: case.sizes["batch"]}


@pytest.mark.parametrize("words", BY)
def test_half_and_mean_over_two_examples_are_told_apart(monkeypatch, words):
    row = judge(GENERIC, halved(GENERIC, BY[words]), implementation="mine", version="")
    assert len(surviving([row], [GENERIC])) == 2

    def asked(_implementation, cases, _timeout, hints):
        return [judge(case, halved(case, BY[words]), implementation="mine", version="", hints=hints) for case in cases]

    monkeypatch.setattr("nnparity.reports.verdicts.tell_apart.rows_of", asked)
    told = ask_one_more(None, [row], [GENERIC], [], timeout=1)
    assert told.row.case == "gru-after-float64-generic-with-3-examples"
    assert len(told.left) == 1 and words in told.left[0].title


def test_an_agreeing_row_refutes_a_cause():
    """With one example a mean over the batch changes nothing, and a half does."""
    single = with_more(GENERIC, "batch", 3)
    rows = [judge(GENERIC, halved(GENERIC, BY["a ½ too many"]), implementation="mine", version=""),
            judge(single, reference_impl.run(single), implementation="mine", version="")]
    assert surviving(rows, [GENERIC, single]) == ()


def test_one_cause_needs_no_further_case():
    row = judge(GENERIC, reference_impl.run(GENERIC.configured(update="replace")), implementation="mine", version="")
    assert ask_one_more(None, [row], [GENERIC], [], timeout=1) is None


def test_the_same_cause_twice_cannot_be_told_apart():
    row = judge(GENERIC, halved(GENERIC, BY["a ½ too many"]), implementation="mine", version="")
    one = surviving([row], [GENERIC])[0]
    assert distinguishing([one, one], [GENERIC], []) is None


def test_grown_cases_are_valid_and_answered():
    for case in grown([GENERIC]):
        assert case.sizes != GENERIC.sizes
        answer = reference_impl.run(case)
        assert not differ(case, answer, answer)
        assert row_of("reference", Answer(case=case, result=answer)).ok
