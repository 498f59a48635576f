"""What a candidate explains: every array; or the outputs, and of the gradients what a mistake or a change of one does."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from nnparity.cases.case import Result
from nnparity.reports.comparison.compare import allowance, compare, in_proportion
from nnparity.reports.diagnosis.candidate import Candidate, backward_mistakes, finite, roughly
from nnparity.reports.diagnosis.changes import array_changes, as_causes, causes_of
from nnparity.reports.diagnosis.explanation import Explanation, explanation, finite_alike, reconcile
from nnparity.reports.diagnosis.locate.axes import apart
from nnparity.reports.diagnosis.locate.gates import gates_apart
from nnparity.reports.diagnosis.rewritings import Cause


def outputs_match(candidate: Candidate, answer: Result) -> bool:
    return any(True for _ in candidate.matching(answer))


def outputs_right(candidate: Candidate, answer: Result) -> bool:
    """Whether the candidate gives the outputs to rounding; `matching` is only rough."""
    bare = Result(outputs=answer.outputs, grads={})
    return any(all(a.ok for a in compare(bare, Result(outputs=expected.outputs, grads={}), allowed, candidate.case.zeros))
               for _, expected, allowed in candidate.answers())


def explain(candidate: Candidate, answer: Result) -> Iterator[Explanation]:
    """The candidate itself, if it gives every array to rounding."""
    for note, right, allowed in candidate.answers():
        asked, expected = finite_alike(*reconcile(answer, right))
        zeros = candidate.case.zeros if finite(right.outputs) else frozenset({*asked.outputs, *asked.grads})
        unused = {name for name, g in expected.grads.items() if candidate.causes and not g.any()}  # of a bias that is left out
        still = {name for name, a in expected.outputs.items() if candidate.case.training and not a.any()}  # never moved from zero
        agreements = compare(asked, expected, allowed, zeros | unused | still)
        if candidate.causes and all(a.ok for a in agreements):
            yield explanation(candidate, candidate.causes, agreements, note)
            return


def explain_gradients(candidate: Candidate, answer: Result, pairs: bool = True) -> Iterator[Explanation]:
    """The outputs are explained; some gradients are not. A cause for each wrong array, or a mistake of the backward pass, or,
    with `pairs`, two of them."""
    for note, expected, allowed in candidate.answers():
        asked, expected = reconcile(answer, expected)
        agreements = compare(asked, expected, allowed, candidate.case.zeros)
        if asked.grads and all(a.ok for a in agreements if a.path.startswith("outputs")):
            yield from gradients_apart(candidate, asked, expected, allowed, agreements, note, pairs)


def gradients_apart(candidate, asked, expected, allowed, agreements, note, pairs) -> Iterator[Explanation]:
    """`explain_gradients` with this expectation: one mistake; a change of single arrays; two mistakes."""
    tried = [Tried(pair, changed, result) for pair in backward_mistakes(candidate.case)
             if (result := (changed := candidate.with_planted(pair)).gradient()) is not None and moved(result, expected, allowed)]
    complete = []
    for one in tried:
        compared = compare(asked, one.result, in_proportion(allowed, one.result, expected), frozenset(one.result.grads))
        one.right = {a.path for a in compared if a.ok}
        if one.right != {a.path for a in compared} and roughly(asked, one.result):  # the wrong formula's own rounding decides
            compared = compare(asked, one.result, allowance(one.result, one.candidate.noise()), frozenset(one.result.grads))
        if all(a.ok for a in compared):
            complete.append(explanation(one.candidate, one.candidate.causes, compared, note))
    yield from complete
    wrong = [a.path.removeprefix("grads/") for a in agreements if not a.ok and a.path.startswith("grads/")]
    comparable = [name for name in wrong if name in asked.grads and name in expected.grads]
    found = {name: list(array_changes(name, asked.grads[name], expected.grads, allowed.grads, candidate.case))
             for name in comparable}
    explained = {name: options for name, options in found.items() if options}
    left = [name for name in wrong if name not in explained]
    if pairs and left and not complete:
        complete = list(two_mistakes(candidate, tried, asked, expected, allowed, agreements, note))
        complete = complete or list(mistake_and_changes(tried, asked, allowed, wrong, note))
        yield from complete
    if complete and left:
        return
    for changes in causes_of(explained) if explained else [()]:
        fitting = {change.name: next(a for c, a in explained[change.name] if c is change) for change in changes}
        compared = tuple(fitting.get(a.path.removeprefix("grads/"), a) if a.path.startswith("grads/") else a for a in agreements)
        causes = (*candidate.causes, *as_causes(changes))
        if left:
            causes = (*causes, unexplained_gradients(candidate, asked, expected, allowed, compared, left))
        yield explanation(candidate, causes, compared, note, complete=not left, changes=changes)


@dataclass(eq=False)
class Tried:
    """One mistake of the backward pass, what it makes of the gradients, and which arrays of the answer that gives."""

    mistake: tuple
    candidate: Candidate
    result: Result
    right: set[str] = field(default_factory=set)


def two_mistakes(candidate, tried, asked, expected, allowed, agreements, note) -> Iterator[Explanation]:
    """Pairs of mistakes of the backward pass. An array that only one of the two changes must be what that one makes of it."""
    wrong = {a.path for a in agreements if not a.ok}
    touched = {id(one): moved(one.result, expected, allowed) for one in tried}
    for one, two in combinations(tried, 2):
        ones, twos = touched[id(one)], touched[id(two)]
        alone = (ones - twos - one.right) | (twos - ones - two.right)
        if not ones or not twos or not wrong <= ones | twos or alone:
            continue
        changed = candidate.with_planted(one.mistake, two.mistake)
        if (result := changed.gradient()) is None or not roughly(asked, result):
            continue
        compared = compare(asked, result, in_proportion(allowed, result, expected), frozenset(result.grads))
        if all(a.ok for a in compared):
            yield explanation(changed, changed.causes, compared, note)


def mistake_and_changes(tried, asked, allowed, wrong, note) -> Iterator[Explanation]:
    """A mistake of the backward pass that explains some of the wrong arrays, and a change of single arrays the others."""
    for one in tried:
        names = [name for name in one.result.grads if f"grads/{name}" not in one.right]
        if len(names) > 2 or not set(wrong) - set(names) or not asked.grads.keys() >= set(names):
            continue
        found = {name: list(array_changes(name, asked.grads[name], one.result.grads, allowed.grads, one.candidate.case))
                 for name in names}
        if names and all(found.values()):
            for changes in causes_of(found):
                changed = {c.name: next(a for other, a in found[c.name] if other is c) for c in changes}
                compared = [changed.get(a.path.removeprefix("grads/"), a)
                            for a in compare(asked, one.result, allowed, frozenset(one.result.grads))]
                yield explanation(one.candidate, (*one.candidate.causes, *as_causes(changes)), compared, note, changes=changes)


def moved(result: Result, expected: Result, allowed: Result) -> set[str]:
    """The paths of the gradients that a mistake changes."""
    return {f"grads/{name}" for name, g in expected.grads.items()
            if name not in result.grads or result.grads[name].shape != g.shape
            or (np.abs(result.grads[name] - g) > allowed.grads[name]).any()}


def unexplained_gradients(candidate, asked, expected, allowed, compared, left) -> Cause:
    right = [a.path.removeprefix("grads/") for a in compared if a.ok and a.path.startswith("grads")]
    where = "; ".join(str(a) for a in compared if not a.ok and not a.problem.startswith("missing"))
    where = f" {where}." if where else ""
    absent = [name for name in left if name not in asked.grads]
    return Cause(
        verdict="unexplained", id=f"gradient of {', '.join(left)}",
        title=f"the gradient of {', '.join(left)} is {'missing' if absent == left else 'wrong'}",
        words=f"The outputs are right{' for this formula' if candidate.causes else ''}; "
              f"{'the gradient of ' + ', '.join(right) + ' is right too' if right else 'no gradient is'}.{where} "
              + (gates_apart(candidate.case, asked, expected, allowed, left)
                 or " ".join(apart(candidate.case, name, asked.grads[name], expected.grads[name], allowed.grads[name])
                             for name in left if name in asked.grads and name in expected.grads)))
