"""Slips in the layers written out: what the catalogue has no entry for."""

from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.generated import (
    gradients_of_slips,
    hypothesis,
    looked_up,
    outputs_of_slips,
    told_once,
    written_out,
)
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.stages.conventions import under_conventions


def generated(question: Question) -> list[Explanation]:
    """One slip of the forward pass that gives the outputs and the gradients behind them, or one of the way back."""
    case, answer = question.case, question.answer
    if question.default or not written_out(case):
        return []
    plain = under_conventions(case)[0]
    right = plain in question.compared and any(match.outputs_right for match in question.compared[plain])
    if right and not answer.grads:
        return []
    fitting = looked_up(gradients_of_slips(case), answer.grads) if right else looked_up(outputs_of_slips(case), answer.outputs)
    made = [hypothesis(case, one.layers, one.mutant) for one in told_once(case, fitting)]
    return [one for each in made if each for one in question.whole(each)]
