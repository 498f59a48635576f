"""What explained other answers of the same implementation, tried first."""

from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.other_cases import rebuilt
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.through_time import Part, whole


def hinted(question: Question) -> list[Explanation]:
    """Each hint's causes here; where they are not all, and changes of gradients were among them, with other changes."""
    found: list[Explanation] = []
    plain = any(hint.complete and not hint.hypothesis for hint in question.hints)
    for hint in question.hints:
        parts = [*dict.fromkeys(change.part for change in hint.changes if isinstance(change.part, Part))]
        hypothesis = rebuilt(question.case, hint) if hint.complete and (hint.hypothesis or parts) else None
        if hypothesis is None:
            continue
        if parts:
            found += [one for match in question.matches(hypothesis) if match.outputs_right for one in whole(match, parts)]
            continue
        found += question.whole(hypothesis) if question.fitting([hypothesis]) else []
        if not found and hint.changes and not plain:  # changes of the case's own formula are simpler
            found += [one for one in question.gradients(hypothesis, pairs=True) if one.complete]
    return found
