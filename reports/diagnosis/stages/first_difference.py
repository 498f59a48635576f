"""Nothing in the catalogue reproduces the numbers: say where they part, and what is still right."""

from nnparity.reports.diagnosis.cause import Cause, Unexplained, Words
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.locate import first_difference as locate
from nnparity.reports.diagnosis.question import Question


def first_difference(question: Question) -> list[Explanation]:
    """Where nothing at all was found."""
    if question.found:
        return []
    title, words, agreements = locate.first_difference(question.case, question.answer)
    cause = Cause(what=Unexplained(), verdict="unexplained", told=Words(label="unexplained", title=title, words=words))
    return [Explanation(causes=(cause,), agreements=agreements, complete=False)]
