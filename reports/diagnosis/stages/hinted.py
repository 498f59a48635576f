"""What explained other answers of the same implementation, tried first."""

from nnparity.reports.diagnosis.changes import ways
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.gradients import changed, changes_of
from nnparity.reports.diagnosis.other_cases import rebuilt
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.stages.conventions import under_conventions
from nnparity.reports.diagnosis.through_time import Part, whole


def hinted(question: Question) -> list[Explanation]:
    """Each hint's causes here; where they are not all, and changes of gradients were among them, with other changes."""
    found: list[Explanation] = []
    complete = [hint for hint in question.hints if hint.complete]
    plain = any(not hint.hypothesis for hint in complete)
    in_parts = any(isinstance(change.part, Part) for hint in complete for change in hint.changes)
    if complete and not in_parts and not any(hint.hypothesis for hint in complete):
        found += changes_alone(question)
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


def changes_alone(question: Question) -> list[Explanation]:
    """The case's own formula with changes of single arrays, where they give every gradient that is wrong."""
    explained: list[Explanation] = []
    for match in question.matches(under_conventions(question.case)[0]) if question.answer.grads else ():
        found = changes_of(match, match.wrong) if match.outputs_right else {}
        if found and found.keys() == {*match.wrong}:
            explained += [changed(match, found, chosen) for chosen in ways(found)]
    return explained
