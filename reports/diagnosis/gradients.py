"""The outputs are as predicted, some gradients are not: what happened to them?

A mistake of the backward pass, or a change of single arrays; two mistakes, or one and a change. What is left of that is told as
unexplained, with the places that are wrong.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from nnparity.cases.case import Result
from nnparity.reports.comparison.compare import Agreement, allowance, compare, in_proportion
from nnparity.reports.comparison.problem import Kind
from nnparity.reports.diagnosis import through_time
from nnparity.reports.diagnosis.cause import Cause, Unexplained, Words
from nnparity.reports.diagnosis.changes import Change, array_changes, as_causes, ways
from nnparity.reports.diagnosis.explanation import Explanation, explanation
from nnparity.reports.diagnosis.hypothesis import Hypothesis, Prediction
from nnparity.reports.diagnosis.locate.axes import apart
from nnparity.reports.diagnosis.locate.gates import gates_apart
from nnparity.reports.diagnosis.match import Match
from nnparity.reports.diagnosis.planting import backward_mistakes
from nnparity.reports.diagnosis.rough import roughly
from nnparity.reports.diagnosis.several import fingerprint

Found = dict[str, list[tuple[Change, Agreement]]]  # array -> the changes that give it, and how well
AT_ONCE = 2  # arrays that may be changed beside a mistake
BESIDE = 6  # mistakes beside which those are looked for that show nothing alone


def explain_gradients(match: Match, *, pairs: bool) -> Iterator[Explanation]:
    """A cause for each wrong gradient, or a mistake of the backward pass, or, with `pairs`, two of them."""
    if not match.answer.grads or not match.wrong or not match.outputs_right:
        return
    ones = list(one_mistake_more(match))
    complete = [explanation(one.match) for one in ones if one.match.complete]
    yield from complete
    found = changes_of(match, match.wrong)
    left = [name for name in match.wrong if name not in found]
    if left and not complete:
        complete = list(through_time.whole(match))
        yield from complete
    if left and not complete:
        for name, options in through_time.array_by_array(match).items():
            found[name] = [*found.get(name, []), *options]
        left = [name for name in match.wrong if name not in found]
    if pairs and left and not complete:
        complete = (list(two_mistakes_more(match, ones)) or list(one_that_shows_beside(match, ones))
                    or list(mistake_and_changes(match, ones)))
        yield from complete
    if not (complete and left):
        for chosen in ways(found):
            yield changed(match, found, chosen, left)


def changes_of(match: Match, names: Sequence[str]) -> Found:
    """The changes of the predicted gradients that give these arrays of the answer."""
    got, expected, allowed = match.answer.grads, match.expected.grads, match.prediction.allowed.grads
    found = {name: list(array_changes(name, got[name], expected, allowed, match.hypothesis.case))
             for name in names if name in got and name in expected}
    return {name: options for name, options in found.items() if options}


def changed(match: Match, found: Found, chosen: tuple[Change, ...], left: Sequence[str] = ()) -> Explanation:
    """A match with some arrays explained by changes, and some left without an explanation."""
    fitting = {change.name: next(a for one, a in found[change.name] if one is change) for change in chosen}
    agreements = tuple(fitting.get(a.array, a) if a.group == "grads" else a for a in match.agreements)
    causes = as_causes(chosen) + ([unexplained(match, agreements, left)] if left else [])
    return explanation(match, *causes, agreements=agreements, complete=not left, changes=chosen)


# ------------------------------------------------------------------------------------------ mistakes of the backward pass


class Added(NamedTuple):
    """A match with one mistake of the backward pass more, and the arrays whose gradients that moves."""

    match: Match
    moves: frozenset[str]


def one_mistake_more(match: Match) -> Iterator[Added]:
    """Every mistake of the backward pass that makes a difference here."""
    for planting in backward_mistakes(match.hypothesis.case):
        hypothesis = match.hypothesis.with_backward(planting)
        result = hypothesis.gradient
        if result is None or not (moves := moved(result, match)):
            continue
        one = beside(match, hypothesis, result, in_proportion(match.prediction.allowed, result, match.expected))
        if not one.complete and roughly(match.answer, result):  # the wrong formula's own rounding decides
            one = beside(match, hypothesis, result, allowance(result, hypothesis.noise))
        yield Added(one, moves)


def beside(match: Match, hypothesis: Hypothesis, result: Result, allowed: Result) -> Match:
    """The answer of a match beside what the gradients are with further mistakes."""
    return Match(hypothesis=hypothesis, answer=match.answer, expected=result,
                 prediction=Prediction(result=result, allowed=allowed, note=match.prediction.note),
                 agreements=compare(match.answer, result, allowed, frozenset(result.grads)))


def moved(result: Result, match: Match) -> frozenset[str]:
    """The arrays whose gradients a mistake changes."""
    allowed = match.prediction.allowed.grads
    return frozenset(name for name, g in match.expected.grads.items()
                     if name not in result.grads or result.grads[name].shape != g.shape
                     or (np.abs(result.grads[name] - g) > allowed[name]).any())


def two_mistakes_more(match: Match, ones: Sequence[Added]) -> Iterator[Explanation]:
    """Pairs of mistakes of the backward pass. An array that only one of the two changes must be what that one makes of it."""
    wrong = {*match.wrong}
    for one, two in combinations(ones, 2):
        alone = (one.moves - two.moves - one.match.right) | (two.moves - one.moves - two.match.right)
        if not wrong <= one.moves | two.moves or alone:
            continue
        hypothesis = match.hypothesis.with_backward(one.match.hypothesis.mistakes[-1], two.match.hypothesis.mistakes[-1])
        if (result := hypothesis.gradient) is None or not roughly(match.answer, result):
            continue
        both = beside(match, hypothesis, result, in_proportion(match.prediction.allowed, result, match.expected))
        if both.complete:
            yield explanation(both)


def one_that_shows_beside(match: Match, ones: Sequence[Added]) -> Iterator[Explanation]:
    """A mistake that alone does nothing here beside one that explains a part: where equal maxima send their gradient, once the
    ReLU before them lets it pass."""
    part = [one for one, _ in ones if len(one.wrong) < len(match.wrong)]
    by_worth = sorted({fingerprint(one.expected.grads): one for one in part}.values(), key=lambda one: len(one.wrong))
    alone = {one.hypothesis.mistakes[-1] for one, _ in ones}
    silent = [planting for planting in backward_mistakes(match.hypothesis.case) if planting not in alone]
    for one in by_worth[:BESIDE]:
        for planting in silent:
            hypothesis = one.hypothesis.with_backward(planting)
            if (result := hypothesis.gradient) is None or not roughly(match.answer, result):
                continue
            both = beside(match, hypothesis, result, allowance(result, hypothesis.noise))
            if both.complete:
                yield explanation(both)


def mistake_and_changes(match: Match, ones: Sequence[Added]) -> Iterator[Explanation]:
    """A mistake of the backward pass that explains some of the wrong arrays, and a change of single arrays the others."""
    for one, _ in ones:
        names = one.wrong
        if not names or len(names) > AT_ONCE or not {*match.wrong} - {*names} or not match.answer.grads.keys() >= {*names}:
            continue
        found = changes_of(one, names)
        if found.keys() == {*names}:
            yield from (changed(one, found, chosen) for chosen in ways(found))


# ------------------------------------------------------------------------------------------------- what nothing explains


def unexplained(match: Match, agreements: Sequence[Agreement], left: Sequence[str]) -> Cause:
    """Gradients that nothing reproduces: where they are wrong, and what is right beside them."""
    got, expected, allowed = match.answer, match.expected, match.prediction.allowed
    right = [a.array for a in match.agreements if a.ok and a.group == "grads"]  # not those that are as a change makes them
    there = [a for a in agreements if not a.ok and not (a.problem and a.problem.kind is Kind.MISSING)]
    where = f" {'; '.join(map(str, there))}." if there else ""
    case = match.hypothesis.case
    places = gates_apart(case, got, expected, allowed, left) or " ".join(
        apart(case, name, got.grads[name], expected.grads[name], allowed.grads[name])
        for name in left if name in got.grads and name in expected.grads)
    missing = all(name not in got.grads for name in left)
    names = ", ".join(left)
    return Cause(what=Unexplained(tuple(left)), verdict="unexplained", told=Words(
        label=f"gradient of {names}", title=f"the gradient of {names} is {'missing' if missing else 'wrong'}",
        words=f"The outputs are right{' for this formula' if match.hypothesis.causes else ''}; "
              f"{'the gradient of ' + ', '.join(right) + ' is right too' if right else 'no gradient is'}.{where} {places}"))
