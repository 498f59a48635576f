"""What a diagnosis says: one or several causes as one explanation, and which of two answers' arrays can be compared at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from nnparity.cases.case import Result
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.diagnosis.candidate import Candidate, finite
from nnparity.reports.diagnosis.changes import Change
from nnparity.reports.diagnosis.rewritings import Cause
from nnparity.reports.diagnosis.training_candidates import shortened


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One cause that reproduces an answer's numbers, or, where none does, where the numbers part.

    `complete` says that every array matches to rounding under this cause; otherwise `agreements` shows which do.
    """

    verdict: str  # "convention", "mistake", "precision", "unexplained"
    id: str  # "gru.update=replace", "K24"
    title: str
    words: str  # for a student
    fix: str = ""
    switch: Mapping[str, str] = field(default_factory=dict)  # framework -> the flag that computes the same
    right: str = ""  # LaTeX
    wrong: str = ""
    line: str = ""  # of the reference's source
    wrong_line: str = ""
    agreements: tuple[Agreement, ...] = ()
    complete: bool = True
    candidate: tuple[str, ...] = ()  # the causes of its forward pass and planted mistakes, by id
    changes: tuple[Change, ...] = ()  # of single gradients


def explanation(candidate: Candidate, causes: tuple[Cause, ...], agreements, note="", complete=True, changes=()) -> Explanation:
    """Several causes as one explanation."""
    order = ("unexplained", "mistake", "precision", "convention")
    words = " ".join(c.words for c in causes) + (f" ({note[0].upper()}{note[1:]}.)" if note else "")

    def joined(attribute):
        return "; ".join(text for c in causes if (text := getattr(c, attribute)))

    return Explanation(
        verdict=min((c.verdict for c in causes), key=order.index), id=" + ".join(c.id for c in causes),
        title="; ".join(c.title for c in causes), words=words, fix=" ".join(dict.fromkeys(c.fix for c in causes if c.fix)),
        switch=causes[0].switch if len(causes) == 1 else {f"{k} ({c.id})": v for c in causes for k, v in c.switch.items()},
        right=joined("right"), wrong=joined("wrong"), line=joined("line"), wrong_line=joined("wrong_line"),
        agreements=tuple(agreements), complete=complete, candidate=tuple(c.id for c in candidate.causes), changes=tuple(changes))


def rank(explanation: Explanation):
    return (not explanation.complete, sum(not a.ok for a in explanation.agreements), explanation.id.count(" + "),
            explanation.verdict != "convention")


def reconcile(answer: Result, expected: Result) -> tuple[Result, Result]:
    """Compare what can be compared: an answer without any gradient is judged by its outputs; a parameter that the candidate's
    formula does not have may be missing from the answer or have a gradient of zero."""
    if not answer.grads:
        answer = shortened(answer, expected)
        return answer, Result(outputs=expected.outputs, grads={})
    unused = {name for name, g in answer.grads.items() if name not in expected.grads and not g.any()}
    return Result(outputs=answer.outputs, grads={k: g for k, g in answer.grads.items() if k not in unused}), expected


def finite_alike(answer: Result, expected: Result) -> tuple[Result, Result]:
    """Where a hypothesis is that something overflows: what is not finite on either side is left out of the comparison. Whether
    it is inf or nan, and which sums it has spread to, depends on how the rest is written."""
    if finite(expected.outputs):
        return answer, expected

    def masked(mine, others):
        return {name: np.where(np.isfinite(a) & np.isfinite(others[name]), a, 0) if name in others
                and others[name].shape == a.shape else a for name, a in mine.items()}

    return (Result(outputs=masked(answer.outputs, expected.outputs), grads=masked(answer.grads, expected.grads)),
            Result(outputs=masked(expected.outputs, answer.outputs), grads=masked(expected.grads, answer.grads)))
