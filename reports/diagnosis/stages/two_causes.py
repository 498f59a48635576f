"""Two causes of the outputs at once: rewritings, mistakes, or one of each."""

from itertools import combinations, islice

from nnparity.cases.case import Case
from nnparity.reports.diagnosis.batch import Batch, batches
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.hypothesis import Hypothesis, planted
from nnparity.reports.diagnosis.per_case import per_case
from nnparity.reports.diagnosis.planting import forward_mistakes
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.rewritings import rewritings
from nnparity.reports.diagnosis.stages.conventions import under_conventions

REWRITTEN = 40_000  # pairs of rewritings that are tried at most, over all conventions
PLANTED = 1500  # pairs of mistakes of a training


def two_rewritings(question: Question) -> list[Explanation]:
    return question.explain(question.fitting(with_two_rewritings(question.case)))


def mistake_and_rewriting(question: Question) -> list[Explanation]:
    return question.explain(question.fitting(with_mistake_and_rewriting(question.case)))


def two_mistakes(question: Question) -> list[Explanation]:
    return question.explain(question.fitting(with_two_mistakes(question.case)))


@per_case
def with_two_rewritings(case: Case) -> list[Batch]:
    """Under each convention, as far as there are not too many."""
    rewrites = [] if case.training else rewritings(case)
    pairs = [(a, b) for a, b in combinations(rewrites, 2) if a.subject != b.subject]
    conventions = under_conventions(case)[:max(1, REWRITTEN // (len(pairs) + 1))]
    return [batch for plain in conventions for batch in batches(plain, pairs)]


@per_case
def with_mistake_and_rewriting(case: Case) -> list[Batch]:
    rewrites = [] if case.training else [(rewrite,) for rewrite in rewritings(case)]
    return [batch for plain in under_conventions(case)[:1] for one in forward_mistakes(case)
            for batch in batches(planted(plain, one), rewrites)]


@per_case
def with_two_mistakes(case: Case) -> list[Hypothesis]:
    """Of a training mistakes of the update and the loop alone."""
    mistakes = forward_mistakes(case)
    if case.training:
        mistakes = [one for one in mistakes if one[0].whole_chain]
    pairs = list(islice(combinations(mistakes, 2), PLANTED if case.training else None))
    return [planted(plain, a, b) for plain in under_conventions(case)[:1] for a, b in pairs]
