"""One rewriting of arrays or one mistake: by itself, or beside another convention."""

from collections.abc import Sequence

from nnparity.cases.case import Case
from nnparity.reports.diagnosis.batch import Batch, batches
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.hypothesis import Hypothesis, planted
from nnparity.reports.diagnosis.per_case import per_case
from nnparity.reports.diagnosis.planting import Planting, forward_mistakes
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.rewritings import copied_gates, rewritings
from nnparity.reports.diagnosis.stages.conventions import under_conventions

PLANTED = 3000  # mistakes that are planted at most, over all conventions


def one_cause(question: Question) -> list[Explanation]:
    fitting = question.fitting(with_one_cause(question.case)) or question.fitting(with_copied_gates(question.case))
    return question.explain(fitting)


def one_cause_beside_a_convention(question: Question) -> list[Explanation]:
    return question.explain(question.fitting(with_one_cause_and_a_convention(question.case)))


@per_case
def with_one_cause(case: Case) -> list[Hypothesis | Batch]:
    return under(case, under_conventions(case)[:1], forward_mistakes(case), most=1)


@per_case
def with_copied_gates(case: Case) -> list[Batch]:
    """One gate in the place of others: as a rewriting, since the products of all of them are one pass."""
    rewrites = [] if case.training else [(rewrite,) for rewrite in copied_gates(case)]
    return list(batches(under_conventions(case)[0], rewrites))


@per_case
def with_one_cause_and_a_convention(case: Case) -> list[Hypothesis | Batch]:
    """Of a training only with mistakes of the update or the loop."""
    mistakes = forward_mistakes(case)
    others = under_conventions(case)[1:]
    if case.training:
        return under(case, others, [one for one in mistakes if one[0].whole_chain], most=len(others))
    return under(case, others, mistakes, most=max(1, PLANTED // (len(mistakes) + 1)) - 1)


def under(case: Case, conventions: Sequence[Hypothesis], mistakes: Sequence[Planting], most: int) -> list[Hypothesis | Batch]:
    """Every rewriting under each of these conventions, and every mistake under `most` of them."""
    rewrites = [] if case.training else [(rewrite,) for rewrite in rewritings(case)]
    return [*(batch for plain in conventions for batch in batches(plain, rewrites)),
            *(planted(plain, one) for plain in conventions[:most] for one in mistakes)]
