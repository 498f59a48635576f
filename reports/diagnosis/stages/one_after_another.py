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
from nnparity.reports.diagnosis.several import MORE, Search, affordable, fingerprint

BASES = 2  # forward passes with the right outputs that are looked behind
ENDS = 4  # sets of mistakes that are looked at for changes of single arrays beside them


def one_after_another(question: Question) -> list[Explanation]:
    """Behind the simplest forward passes that give the outputs: mistakes that explain every gradient, else as many as can be."""
    if question.brief:
        return []
    bases: dict[bytes, Match] = {}
    for _, matches in sorted(question.compared.items(), key=lambda pair: len(pair[0].causes)):
        if matches and matches[-1].outputs_right and matches[-1].wrong:
            bases.setdefault(fingerprint(matches[-1].expected.grads), matches[-1])
    found: list[Explanation] = []
    left = affordable(question.case)
    for base in list(bases.values())[:BASES]:
        more, left = behind(base, left)
        found += more
        if left <= 0 or any(one.complete for one in more):
            break
    return found


def behind(base: Match, left: int) -> tuple[list[Explanation], int]:
    """Mistakes of the backward pass behind one forward pass; and how many of `left` sets may still be tried."""
    if not base.answer.grads or base.answer.grads.keys() != base.expected.grads.keys():
        return [], left

    def predict(mistakes: tuple[Planting, ...]):
        result = base.hypothesis.with_backward(*mistakes).gradient if mistakes else base.expected
        return None if result is None else result.grads

    search = Search(answer=base.answer.grads, allowed=base.prediction.allowed.grads, predict=predict, left=left,
                    candidates=backward_mistakes(base.hypothesis.case))
    ends = [end for end in search.run() if end.mistakes]
    left, search.left = search.left, MORE
    found = [one for end in ends if search.all_right(end) for one in whole(base, search, end.mistakes)]
    if found:
        return found, left
    sets = dict.fromkeys(needed(base, other.mistakes) for end in ends[:ENDS] for other in (end, *search.twins_of(end)))
    found = [one for mistakes in sets if search.whole(mistakes) for one in whole(base, search, mistakes)]
    return found or [one for mistakes in sets if mistakes for one in with_changes(base, mistakes)], left


def whole(base: Match, search: Search, mistakes: tuple[Planting, ...]) -> Iterator[Explanation]:
    """The fewest mistakes that give every gradient to rounding."""
    for fewest in search.fewest(mistakes):
        match = with_more(base, fewest)
        if match.complete:
            yield explanation(match)


def with_more(base: Match, mistakes: tuple[Planting, ...]) -> Match:
    """The answer beside the gradients with these mistakes; where it matters, allowed the wrong formula's own rounding."""
    if not mistakes:
        return base
    hypothesis = base.hypothesis.with_backward(*mistakes)
    result = hypothesis.gradient
    if result is None:
        return base
    match = beside(base, hypothesis, result, in_proportion(base.prediction.allowed, result, base.expected))
    if not match.complete and roughly(base.answer, result):
        match = beside(base, hypothesis, result, allowance(result, hypothesis.noise))
    return match


# ------------------------------------------------------------------------------------ mistakes that explain some of the arrays


def needed(base: Match, mistakes: tuple[Planting, ...]) -> tuple[Planting, ...]:
    """Those without which some array is neither right nor one change away from it; each in one layer, where that is enough."""
    explained = explained_by(base, mistakes)
    for one in mistakes:
        fewer = tuple(other for other in mistakes if other != one)
        if explained_by(base, fewer) >= explained:
            mistakes = fewer
    for one in mistakes:
        layers = [other for other in backward_mistakes(base.hypothesis.case)
                  if one[1] is None and other[0] is one[0] and other != one and other not in mistakes]
        sets = (tuple(other if each == one else each for each in mistakes) for other in layers)
        mistakes = next((chosen for chosen in sets if explained_by(base, chosen) >= explained), mistakes)
    return mistakes


def explained_by(base: Match, mistakes: tuple[Planting, ...]) -> set[str]:
    match, found = beside_changes(base, mistakes)
    return {*match.right, *found}


def with_changes(base: Match, mistakes: tuple[Planting, ...]) -> Iterator[Explanation]:
    """Mistakes that explain some arrays, and what else happened to the others."""
    match, found = beside_changes(base, mistakes)
    left = [name for name in match.wrong if name not in found]
    yield from (changed(match, found, chosen, left) for chosen in ways(found))


def beside_changes(base: Match, mistakes: tuple[Planting, ...]) -> tuple[Match, Changes]:
    match = with_more(base, mistakes)
    return match, changes_of(match, match.wrong)
