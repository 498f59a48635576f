"""The right formula under every convention."""

from collections.abc import Sequence

from nnparity.cases.case import Case
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.hypothesis import Hypothesis
from nnparity.reports.diagnosis.per_case import per_case
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.training import TrainingHypothesis, distinct
from nnparity.reports.diagnosis.variants import variants


def conventions(question: Question) -> list[Explanation]:
    return question.explain(question.fitting(under_conventions(question.case)))


@per_case
def under_conventions(case: Case) -> Sequence[Hypothesis]:
    """The case as it is, where it is no default construction, then with one or two options changed."""
    if case.training:
        return distinct([TrainingHypothesis(causes=causes, case=variant) for causes, variant in variants(case)])
    return [Hypothesis(causes=causes, case=variant) for causes, variant in variants(case)]
