"""An explanation as a hypothesis about other cases: the same causes there, and the answer that they predict."""

from nnparity.cases.case import Case, Result
from nnparity.reports.diagnosis.candidate import Candidate, backward_mistakes, cause_of, forward_mistakes, planted, rewritten
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.rewritings import rewritings
from nnparity.reports.diagnosis.search import tiers


def rebuilt(case: Case, explanation: Explanation) -> Candidate | None:
    """The same hypothesis about another case: its conventions, rewritings and planted mistakes by their names. None where the
    other case has no such thing."""
    wanted = set(explanation.candidate)
    plain = [c for c in next(tiers(case)) if {cause.id for cause in c.causes} <= wanted]
    plain = [c for c in plain if {cause.id for cause in c.causes if cause.verdict == "convention"}
             == {id for id in wanted if any(id == cause.id for other in next(tiers(case)) for cause in other.causes)}]
    if not plain:
        return None
    candidate = plain[0]
    left = wanted - {cause.id for cause in candidate.causes}
    rewrites = tuple(r for r in rewritings(case) if r.cause.id in left)
    candidate = rewritten(candidate, rewrites) if rewrites else candidate
    left -= {r.cause.id for r in rewrites}
    names = {cause_of(m, at).id: (m, at) for m, at in (*forward_mistakes(case), *backward_mistakes(case))}
    if left - names.keys():
        return None
    chosen = [names[id] for id in explanation.candidate if id in left]
    forward = [(m, at) for m, at in chosen if m.part == "forward" or case.training]
    candidate = planted(candidate, *forward) if forward else candidate
    backward = [(m, at) for m, at in chosen if (m, at) not in forward]
    return candidate.with_planted(*backward) if backward else candidate


def predicted(case: Case, hypothesis: Explanation) -> Result | None:
    """What an implementation with this fault answers to another case. None where the hypothesis says nothing about it."""
    candidate = rebuilt(case, hypothesis)
    if candidate is None or not hypothesis.complete:
        return None
    answers = list(candidate.answers()) if candidate.planted else [("", candidate.gradient(), None)]
    result = answers[0][1] if answers else None
    if result is None:
        return None
    grads = dict(result.grads)
    for change in hypothesis.changes:
        changed = change.apply(result.grads, case) if change.name in result.grads else None
        if changed is None:
            return None
        grads[change.name] = changed
    return Result(outputs=result.outputs, grads=grads)
