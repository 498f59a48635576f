"""A loss with an L2 penalty whose data term is wrong: the question without the penalty, and the answer without its λ W.

A gradient N times too large is no multiple of the right one where λ W was added to it.
"""


from nnparity.cases.case import Result
from nnparity.reference_impl.network import decay, penalty
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.stages.conventions import under_conventions

PENALTY = "with a weight penalty"  # what was taken off, found again


def without_penalty(question: Question) -> list[Explanation]:
    """What explains the answer with the penalty taken off both; nothing where the outputs are not the case's own."""
    case, answer = question.case, question.answer
    own = any(not hypothesis.causes and match.outputs_right for hypothesis, matches in question.compared.items()
              for match in matches)
    if not case.l2 or case.training or not own:
        return []
    added = decay(case, case.cotangents)
    if any(name not in answer.grads or answer.grads[name].shape != g.shape for name, g in added.items()):
        return []
    outputs = {name: a - penalty(case, case.params) if name == "loss" else a for name, a in answer.outputs.items()}
    grads = {name: g - added.get(name, 0) for name, g in answer.grads.items()}
    bare = Question(case=case.replaced(l2=0.0), answer=Result(outputs=outputs, grads=grads), brief=question.brief)
    found = bare.explain(bare.fitting(under_conventions(bare.case)[:1]))
    return [one for one in found if one.complete and not any(change.family == PENALTY for change in one.changes)]
