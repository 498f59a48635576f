"""Several mistakes of the backward pass, found one after another from the loss backwards."""

from collections.abc import Iterator

from nnparity.reports.comparison.compare import allowance, in_proportion
from nnparity.reports.diagnosis.changes import ways
from nnparity.reports.diagnosis.explanation import Explanation, explanation
from nnparity.reports.diagnosis.gradients import Found as Changes
from nnparity.reports.diagnosis.gradients import beside, changed, changes_of
from nnparity.reports.diagnosis.match import Match
from nnparity.reports.diagnosis.planting import Planting, backward_mistakes
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.rough import roughly
from nnparity.reports.diagnosis.several import Search, fingerprint

BASES = 2  # forward passes with the right outputs that are looked behind
ENDS = 4  # sets of mistakes that are looked at for changes of single arrays beside them


def one_after_another(question: Question) -> list[Explanation]:
    """Behind the simplest forward passes that give the outputs: mistakes that explain every gradient, else as many as can be."""
    if question.brief:
        return []
    fitting = sorted(question.compared.items(), key=lambda pair: len(pair[0].causes))
    bases: dict[bytes, Match] = {}
    for _, matches in fitting:
        if matches and matches[-1].outputs_right and matches[-1].wrong:
            bases.setdefault(fingerprint(matches[-1].expected.grads), matches[-1])
    found: list[Explanation] = []
    for base in list(bases.values())[:BASES]:
        found += behind(base)
        if any(one.complete for one in found):
            break
    return found


def behind(base: Match) -> list[Explanation]:
    """Mistakes of the backward pass behind one forward pass."""
    case = base.hypothesis.case
    if not base.answer.grads or base.answer.grads.keys() != base.expected.grads.keys():
        return []

    def predict(mistakes: tuple[Planting, ...]):
        result = base.hypothesis.with_backward(*mistakes).gradient if mistakes else base.expected
        return None if result is None else result.grads

    search = Search(answer=base.answer.grads, allowed=base.prediction.allowed.grads, candidates=backward_mistakes(case),
                    predict=predict)
    ends = search.run()
    whole = [match for one in ends if one.mistakes and search.all_right(one)
             for mistakes in search.fewest(one) if mistakes and (match := with_more(base, mistakes)).complete]
    if whole:
        return [explanation(match) for match in whole]
    sets = [other.mistakes for end in ends[:ENDS] if end.mistakes for other in (end, *search.twins_of(end))]
    return [one for mistakes in sets for one in with_changes(base, mistakes)]


def with_more(base: Match, mistakes: tuple[Planting, ...]) -> Match:
    """The answer beside the gradients with these mistakes; where it matters, allowed the wrong formula's own rounding."""
    hypothesis = base.hypothesis.with_backward(*mistakes)
    result = hypothesis.gradient
    if result is None:
        raise ValueError("these mistakes make no formula")
    match = beside(base, hypothesis, result, in_proportion(base.prediction.allowed, result, base.expected))
    if not match.complete and roughly(base.answer, result):
        match = beside(base, hypothesis, result, allowance(result, hypothesis.noise))
    return match


def with_changes(base: Match, chosen: tuple[Planting, ...]) -> Iterator[Explanation]:
    """Mistakes that explain some arrays, and what else happened to the others. Each mistake is needed: without it some array is
    neither right nor one change away from it; and it is said of one layer where that is enough."""
    mistakes = chosen
    match, found = beside_changes(base, mistakes)
    for mistake in chosen:
        fewer = tuple(other for other in mistakes if other != mistake)
        less, changes = beside_changes(base, fewer)
        if less.right | changes.keys() >= match.right | found.keys():
            mistakes, match, found = fewer, less, changes
    for mistake, place in mistakes:
        for other in backward_mistakes(base.hypothesis.case) if match.wrong and place is None else ():
            if other[0] is mistake and other[1] is not None and other not in mistakes:
                alone = tuple(other if one[0] is mistake else one for one in mistakes)
                one, changes = beside_changes(base, alone)
                if one.right | changes.keys() >= match.right | found.keys():
                    mistakes, match, found = alone, one, changes
                    break
    left = [name for name in match.wrong if name not in found]
    if mistakes:
        yield from (changed(match, found, chosen, left) for chosen in ways(found))


def beside_changes(base: Match, mistakes: tuple[Planting, ...]) -> tuple[Match, Changes]:
    match = with_more(base, mistakes) if mistakes else base
    return match, changes_of(match, match.wrong)
