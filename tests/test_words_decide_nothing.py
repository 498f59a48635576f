"""Everything that a person reads may be reworded: with every title, sentence and label made nonsense the diagnosis names the same
causes, in the same order, as completely; and what is built upon it decides the same. No framework."""

from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from remembered import forget

from nnparity import cases, reference_impl
from nnparity.cases.case import Result
from nnparity.cases.conventions import CONVENTIONS
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.comparison.contract import check
from nnparity.reports.comparison.problem import Problem
from nnparity.reports.diagnosis import explanation as explanations
from nnparity.reports.diagnosis.cause import (
    Changed,
    OtherConvention,
    Place,
    Planted,
    Rewritten,
    Scaled,
    SinglePrecision,
    Unexplained,
    Words,
)
from nnparity.reports.diagnosis.changes import Change
from nnparity.reports.diagnosis.factors import FACTORS
from nnparity.reports.diagnosis.locate import axes, first_difference, gates
from nnparity.reports.page.reproduce import lines
from nnparity.reports.page.summary import Summary
from nnparity.reports.verdicts import tell_apart
from nnparity.reports.verdicts.judge import judge
from nnparity.reports.verdicts.outcome import verdicts
from nnparity.reports.verdicts.together import together

CASES = {case.name: case for case in cases.all_cases()}
NONSENSE = "x7"
GRU, LSTM, N18 = "gru-after-float64-generic", "lstm-two_biases-float64-generic", "n18-mlp-float64-half_squared"
SQUARE, CONV, LOSS = "gru-after-float64-square", "conv2d-generic-float64", "loss-squared_error-mean-float64"


# ------------------------------------------------------------------------------------------------------------ the answers


@cache
def right(name) -> Result:
    return reference_impl.run(CASES[name])


def changed(name, outputs=None, grads=None) -> Result:
    """The right answer with some arrays in place of others; None takes one out."""
    def put(arrays, others):
        return {k: a for k, a in {**arrays, **(others or {})}.items() if a is not None}
    return Result(outputs=put(right(name).outputs, outputs), grads=put(right(name).grads, grads))


def wrong(name, *ids) -> Result:
    with np.errstate(all="ignore"):
        return reference_impl.run(CASES[name], plant(*(MISTAKES[id] for id in ids)))


def times(name, group, array, factor) -> Result:
    return changed(name, **{group: {array: getattr(right(name), group)[array] * factor}})


def one_element(name, group, array, by=1.0) -> Result:
    a = getattr(right(name), group)[array].copy()
    a.flat[a.size // 2] += by
    return changed(name, **{group: {array: a}})


def gates_in(order, name, **config) -> Result:
    case, gated = CASES[name], ("kernel", "recurrent_kernel", "bias", "recurrent_bias")
    turned = case.configured(**config).replaced(params={k: a[list(order)] if k in gated else a for k, a in case.params.items()})
    result, undo = reference_impl.run(turned), np.argsort(order)
    return Result(outputs=result.outputs, grads={k: g[undo] if k in gated else g for k, g in result.grads.items()})


def in_one_layer(name, id, layer) -> Result:
    return reference_impl.run(CASES[name], plant(MISTAKES[id], at=f"dense@{layer}"))


def single(name) -> Result:
    found = reference_impl.run(CASES[name].astype("float32"))
    return Result(**{group: {k: a.astype("float64") for k, a in getattr(found, group).items()} for group in ("outputs", "grads")})


def convention(name, **config) -> Result:
    return reference_impl.run(CASES[name].configured(**config))


ADAM = next(case.name for case in CASES.values() if case.training and case.training.optimizer == "adam"
            and case.dtype == "float64" and MISTAKES["adam-not-corrected"].reaches(case))

ANSWERS = {  # what it shows -> the case, the answer
    "convention": lambda: (GRU, convention(GRU, update="replace")),
    "two conventions": lambda: (GRU, convention(GRU, reset="before", recurrent_bias="none")),
    "forward mistake": lambda: (GRU, wrong(GRU, "gru-reset-left-out")),
    "backward mistake": lambda: (LSTM, wrong(LSTM, "lstm-clipped")),
    "two backward mistakes": lambda: (LSTM, wrong(LSTM, "lstm-no-time", "lstm-new-state-in-kernel")),
    "mistake in one layer": lambda: (N18, in_one_layer(N18, "softmax-diagonal", "dense_2")),
    "mistake and factor": lambda: (LSTM, Result(outputs=right(LSTM).outputs, grads={
        k: g * (0.37 if k == "x" else 1) for k, g in wrong(LSTM, "lstm-new-state-in-kernel").grads.items()})),
    "gates in another order": lambda: (GRU, gates_in((1, 0, 2), GRU)),
    "gates and convention": lambda: (GRU, gates_in((1, 0, 2), GRU, reset="before", recurrent_bias="none")),
    "time first": lambda: (GRU, changed(GRU, outputs={"y": right(GRU).outputs["y"].swapaxes(0, 1)})),
    "scaled outputs": lambda: (CONV, times(CONV, "outputs", "y", 3.7)),
    "a factor without a name": lambda: (GRU, times(GRU, "grads", "kernel", 0.37)),
    "a half or a mean": lambda: (GRU, times(GRU, "grads", "kernel", 0.5)),
    "two gradients of the opposite sign": lambda: (GRU, changed(GRU, grads={
        k: -right(GRU).grads[k] for k in ("kernel", "bias")})),
    "transposed gradient": lambda: (SQUARE, changed(SQUARE, grads={"kernel": right(SQUARE).grads["kernel"].mT})),
    "single precision": lambda: (GRU, single(GRU)),
    "one wrong gradient": lambda: (GRU, one_element(GRU, "grads", "kernel")),
    "one wrong tap": lambda: (CONV, one_element(CONV, "grads", "kernel")),
    "one wrong output": lambda: (GRU, one_element(GRU, "outputs", "y", 0.1)),
    "a wrong map": lambda: (CONV, one_element(CONV, "outputs", "y", 0.1)),
    "no gradient": lambda: (GRU, Result(outputs=convention(GRU, update="replace").outputs, grads={})),
    "a gradient missing, one too many": lambda: (GRU, changed(GRU, grads={"h0": None, "h_0": right(GRU).grads["h0"]})),
    "another shape": lambda: (GRU, changed(GRU, outputs={"y": right(GRU).outputs["y"][:, :-1]})),
    "not finite": lambda: (GRU, one_element(GRU, "outputs", "y", np.nan)),
    "half the square": lambda: (LOSS, reference_impl.run(CASES[LOSS].replaced(loss=replace(
        CASES[LOSS].loss, config={**CASES[LOSS].loss.config, "scale": "half"})))),
    "optimizer": lambda: (ADAM, wrong(ADAM, "adam-not-corrected")),
}
FEW = ("convention", "gates in another order", "a half or a mean", "one wrong gradient")


# ---------------------------------------------------------------------------------------------------------- the rewording


@contextmanager
def reworded(monkeypatch):
    """Every word of the diagnosis, of the catalogue and of the conventions is nonsense."""
    def nonsense(owner, *names, **others):
        real = owner.__init__

        def made(self, *positional, **named):
            real(self, *positional, **named)
            for name, value in {**dict.fromkeys(names, NONSENSE), **others}.items():
                object.__setattr__(self, name, value)
        monkeypatch.setattr(owner, "__init__", made)

    kept = []
    entries = [(mistake, ("title", "symptom", "fix", "correct", "mistaken")) for mistake in MISTAKES.values()]
    entries += [(variant, ("title", "words", "formula")) for c in CONVENTIONS.values() for variant in c.variants]
    entries += [(factor, ("meaning", "fix")) for factor in FACTORS]
    with monkeypatch.context() as monkeypatch:
        nonsense(Words, "label", "title", "words", "fix", "right", "wrong", "line", "wrong_line", switch={NONSENSE: NONSENSE})
        nonsense(Problem, "words")
        nonsense(Change, "title", "words", "fix")
        for module, names in ((axes, ("in_words", "hint", "place", "apart")),
                              (first_difference, ("in_words", "hint", "place", "in_gates", "returned_states")),
                              (gates, ("verdict", "at_steps"))):
            for name in names:
                monkeypatch.setattr(module, name, lambda *_: NONSENSE)
        try:
            for entry, names in entries:
                for name in names:
                    kept.append((entry, name, getattr(entry, name)))
                    object.__setattr__(entry, name, NONSENSE)
            forget()
            yield
        finally:
            for entry, name, value in kept:
                object.__setattr__(entry, name, value)
            forget()


# -------------------------------------------------------------------------------------------------------- what is decided


def decided(row):
    """All of a row but its words."""
    return (row.case, row.verdict, [(a.path, a.ok, a.problem and a.problem.kind) for a in row.agreements], [
        (one.key, one.verdict, one.complete, one.hypothesis, [(a.path, a.ok) for a in one.agreements],
         [(change.family, change.name) for change in one.changes]) for one in row.diagnosis])


def rows(*chosen):
    """The verdicts on these answers, or on all."""
    found = {}
    for shown in chosen or ANSWERS:
        name, answer = ANSWERS[shown]()
        found[shown] = judge(CASES[name], answer, implementation="mine", version="")
    return found


@pytest.fixture(scope="module")
def plain():
    """The verdicts on all answers, in the words that there are."""
    return rows()


def everything(monkeypatch, found):
    """What is decided from these verdicts, wherever causes and problems are read."""
    all_rows = list(found.values())
    decisions = {shown: decided(row) for shown, row in found.items()}
    decisions["together"] = [(one.explanation.key, one.cases, one.complete, one.places) for one in together(all_rows)]
    decisions["page"] = [(group.implementation, group.verdict, [row.case for row in group.rows])
                         for group in Summary(all_rows).causes]
    decisions["reproduced"] = [lines(row).count("list(") for row in all_rows if row.worst]
    decisions["left aside"] = bool(check(changed(GRU, grads={"h0": None, "h_0": right(GRU).grads["h0"]}), right(GRU)).note)
    decisions["told apart"] = told_apart(monkeypatch, found["a half or a mean"])
    decisions["hints"] = [decided(judge(CASES[SQUARE], answer, implementation="mine", version="", hints=found[shown].diagnosis))
                          for shown, answer in (("gates in another order", gates_in((1, 0, 2), SQUARE)),
                                                ("a half or a mean", times(SQUARE, "grads", "kernel", 0.5)))]
    decisions["ours"] = [decided(row) for id in ("gru-reset-left-out", "gru-tanh-derivative-not-squared") for row in ours(id)]
    return decisions


def told_apart(monkeypatch, row):
    """Which case tells two causes apart, and which holds there."""
    def half(case):
        answer = reference_impl.run(case)
        return Result(outputs=answer.outputs, grads={**answer.grads, "kernel": answer.grads["kernel"] / 2})

    def asked(_implementation, cases, _timeout, hints):
        return [judge(case, half(case), implementation="mine", version="", hints=hints) for case in cases]
    with monkeypatch.context() as patched:
        patched.setattr(tell_apart, "rows_of", asked)
        told = tell_apart.ask_one_more(None, [row], [CASES[GRU]], [], timeout=1)
    return ([h.key for h in told.hypotheses], told.row.case, [h.key for h in told.left],
            [one.explanation.key for one in together([row, told.row], told)])


def ours(id):
    """The rows of two frameworks that are right while the reference has this mistake."""
    asked = {name: [Answer(case=CASES[GRU], result=right(GRU), version="1")] for name in ("torch", "keras")}
    return [row for rows in verdicts(asked, plant(MISTAKES[id])).rows.values() for row in rows]


def test_no_word_decides_anything(monkeypatch, plain):
    before = everything(monkeypatch, plain)
    with reworded(monkeypatch):
        nonsense = rows()
        after = everything(monkeypatch, nonsense)
    told = [one.told for row in nonsense.values() for one in row.diagnosis]
    assert told and all({*t.title.split("; ")} == {NONSENSE} and {*t.label.split(" + ")} == {NONSENSE} for t in told)
    problems = [a.problem for row in nonsense.values() for a in row.agreements if a.problem]
    assert problems and {str(problem) for problem in problems} == {NONSENSE}
    assert after.keys() == before.keys()
    for shown in before:
        assert after[shown] == before[shown], shown
    restored = rows(*FEW)
    assert [[one.title for one in restored[shown].diagnosis] for shown in FEW] == [
        [one.title for one in plain[shown].diagnosis] for shown in FEW]


def test_the_sample_has_every_kind_of_cause(plain):
    whats = {what for row in plain.values() for one in row.diagnosis for what in one.key}
    assert {type(what) for what in whats} == {OtherConvention, Planted, Rewritten, Scaled, Changed, SinglePrecision, Unexplained}
    assert Planted("softmax-diagonal", Place("dense", "dense_2")) in whats and Changed("× -1", ("kernel", "bias")) in whats
    assert {row.verdict for row in plain.values()} >= {"convention", "mistake", "precision", "unexplained", "malformed"}


def test_a_decision_by_words_is_noticed(monkeypatch):
    """A diagnosis that tells explanations apart by their titles, as it may once have done."""
    monkeypatch.setattr(explanations.Explanation, "key", property(lambda self: (self.title,)))
    before = {shown: decided(row) for shown, row in rows(*FEW).items()}
    with reworded(monkeypatch):
        after = {shown: decided(row) for shown, row in rows(*FEW).items()}
    assert all(after[shown] != before[shown] for shown in FEW)
