"""An explanation as a hypothesis about other cases: the same causes there, and the answer that they predict."""

from nnparity.cases.case import Case, Result
from nnparity.reports.diagnosis.cause import OtherConvention
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.generated import Generated
from nnparity.reports.diagnosis.generated import rebuilt as with_slips
from nnparity.reports.diagnosis.hypothesis import Hypothesis, planted, rewritten
from nnparity.reports.diagnosis.planting import backward_mistakes, cause_of, forward_mistakes
from nnparity.reports.diagnosis.rewritings import copied_gates, rewritings
from nnparity.reports.diagnosis.stages.conventions import under_conventions


def rebuilt(case: Case, explanation: Explanation) -> Hypothesis | None:
    """The same hypothesis about another case: its conventions, rewritings and planted mistakes. None where the other case has no
    such thing."""
    slips = [what for what in explanation.hypothesis if isinstance(what, Generated)]
    if slips:
        return with_slips(case, slips) if len(slips) == len(explanation.hypothesis) else None
    wanted = [what for what in explanation.hypothesis if isinstance(what, OtherConvention)]
    left = [what for what in explanation.hypothesis if what not in wanted]
    plain = [h for h in under_conventions(case) if {cause.what for cause in h.causes} == {*wanted}]
    if not plain:
        return None
    rewrites = tuple(r for r in (*rewritings(case), *copied_gates(case)) if r.cause.what in left)
    hypothesis = rewritten(plain[0], rewrites) if rewrites else plain[0]
    left = [what for what in left if what not in {r.cause.what for r in rewrites}]
    plantings = {cause_of(*one).what: one for one in (*forward_mistakes(case), *backward_mistakes(case))}
    if not plantings.keys() >= {*left}:
        return None
    chosen = [plantings[what] for what in left]
    forward = [one for one in chosen if one[0].part == "forward" or case.training]
    hypothesis = planted(hypothesis, *forward) if forward else hypothesis
    backward = [one for one in chosen if one not in forward]
    return hypothesis.with_backward(*backward) if backward else hypothesis


def predicted(case: Case, explanation: Explanation) -> Result | None:
    """What an implementation with these causes answers to another case. None where they say nothing about it."""
    hypothesis = rebuilt(case, explanation) if explanation.complete else None
    if hypothesis is None:
        return None
    if hypothesis.wrong_forward:
        result = hypothesis.predictions[0].result if hypothesis.predictions else None
    else:
        result = hypothesis.gradient
    if result is None:
        return None
    grads = dict(result.grads)
    for change in explanation.changes:
        changed = change.apply(result.grads, hypothesis.case) if change.name in result.grads else None
        if changed is None:
            return None
        grads[change.name] = changed
    return Result(outputs=result.outputs, grads=grads)
