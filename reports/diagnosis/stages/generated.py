"""Slips in the layers written out: what the catalogue has no entry for."""

from collections.abc import Iterator

from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.generated import Slipped, hypothesis, updates, written_out
from nnparity.reports.diagnosis.lookup import alike, digest, gradients_of_slips, looked_up, outputs_of_slips, told_once
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.stages.conventions import under_conventions

STARTS = 2  # slips that explain a part, and are looked behind for a second one

Chosen = tuple[Slipped, ...]


def generated(question: Question) -> list[Explanation]:
    """One slip that gives every number; else two, of which each gives arrays that the other does not."""
    if question.brief:  # they take longer than all single causes of the catalogue together
        return []
    if question.case.training:
        return of_update(question)
    if question.default or not written_out(question.case):
        return []
    plain = under_conventions(question.case)[0]
    right = any(match.outputs_right for match in question.compared.get(plain, ()))
    if right and not question.answer.grads:
        return []
    ones = looked_up(gradients_of_slips(question.case) if right else outputs_of_slips(question.case),
                     question.answer.grads if right else question.answer.outputs)
    told = told_once(question.case, ((one,) for one in ones))
    found = explained(question, told)
    if found:  # simpler than what two causes have explained, and more than what was found in part
        question.found = []
    if found or question.explained or not question.answer.grads:
        return found
    starts = told if not right else [(one,) for one in in_part(question)]
    return explained(question, told_once(question.case, (pair for start in starts[:STARTS] for pair in behind(question, start))))


def of_update(question: Question) -> list[Explanation]:
    """The likeliest slip in an optimizer's update that gives the whole path."""
    for one in updates(question.case):
        if any(True for _ in one.matching(question.answer)) and (found := question.whole(one)):
            return found
    return []


def explained(question: Question, sets: list[Chosen]) -> list[Explanation]:
    made = [hypothesis(question.case, chosen) for chosen in sets]
    return [one for each in made if each for one in question.whole(each)]


def in_part(question: Question) -> list[Slipped]:
    """The slips of the way back that give some of the wrong gradients and leave the right ones alone, those that give most first;
    zeros say nothing."""
    answer, case = digest(question.answer.grads), question.case
    plain = under_conventions(case)[0]
    right = frozenset().union(*(match.right for match in question.compared[plain]))
    told = {name for name, (_, _, length) in answer.items() if length > 0} - right
    worth = {one.slip: alike(one.digest, answer) for one in gradients_of_slips(case)}
    some = [one for one, arrays in worth.items() if arrays & told and right <= arrays]
    return sorted(some, key=lambda one: (-len(worth[one] & told), one.rank))


def behind(question: Question, start: Chosen) -> Iterator[Chosen]:
    """The pairs of a slip and one of the way back that give every gradient together."""
    for one in looked_up(gradients_of_slips(question.case, start), question.answer.grads):
        yield (*start, one)
