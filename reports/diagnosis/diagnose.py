"""Why do two answers differ? Names a cause only where it reproduces the numbers to rounding.

First the outputs: which convention, rewriting or planted mistake of the forward pass gives the numbers that came back
(reports/diagnosis/search.py)? Then, with that forward pass, the gradients: which arrays follow from it, and what happened to
the others: a factor, a sign, gates in another order, a transposition, another array's gradient, a planted mistake of the backward
pass. Where nothing matches, `reports/diagnosis/locate/first_difference.py` says where the numbers part.
"""

import os
from collections.abc import Iterable
from itertools import islice

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reports.diagnosis.candidate import Candidate
from nnparity.reports.diagnosis.explanation import Explanation, rank
from nnparity.reports.diagnosis.gradients import explain, explain_gradients, outputs_match, outputs_right
from nnparity.reports.diagnosis.locate.first_difference import first_difference
from nnparity.reports.diagnosis.prediction import rebuilt
from nnparity.reports.diagnosis.scales import precision, scaled_outputs
from nnparity.reports.diagnosis.search import tiers
from nnparity.reports.diagnosis.training_candidates import scaled

AT_MOST = 6  # explanations reported
EXPLAINED = 4  # hypotheses with the right outputs whose gradients are looked at


def diagnosed(case: Case, answer: Result, hints: Iterable[Explanation] = (), *, brief: bool = False
              ) -> tuple[tuple[Explanation, ...], str]:
    """(explanations, ""), or ((), why there are none) where the diagnosis itself fails: a fault of ours, which costs this row
    its explanation and no other row anything. NNPARITY_DEBUG=1 raises."""
    try:
        with np.errstate(all="ignore"):  # of an answer of 1e300 every square overflows
            return diagnose(case, answer, hints, brief=brief), ""
    except Exception as error:
        if os.environ.get("NNPARITY_DEBUG"):
            raise
        return (), (f"no cause was looked for to the end: the diagnosis itself failed ({type(error).__name__}: {error}). "
                    "That is a fault of nnparity, not of this code; NNPARITY_DEBUG=1 shows where")


def diagnose(case: Case, answer: Result, hints: Iterable[Explanation] = (), *, brief: bool = False) -> tuple[Explanation, ...]:
    """The explanations of an answer that disagrees, the best first: complete before partial, few causes before many,
    conventions before mistakes. Never empty.

    `hints` are explanations of the same implementation's other answers: they are tried first, and if they reproduce
    everything the search ends there. `brief` looks for single causes only.
    """
    found: list[Explanation] = []
    for hint in hints:
        if hint.complete and hint.candidate and (candidate := rebuilt(case, hint)) is not None:
            found += explain(candidate, answer) if outputs_match(candidate, answer) else []
            if not found and hint.changes:
                found += [e for e in explain_gradients(candidate, answer) if e.complete]
    if not found:
        nearly = False  # the outputs are right to ROUGH at least
        for number, tier in enumerate(islice(tiers(case), 2 if brief else None)):
            matching = [candidate for hypothesis in tier for candidate in hypothesis.matching(answer)]
            found += [e for candidate in matching for e in explain(candidate, answer)]
            if not any(e.complete for e in found):
                found += [e for place, candidate in enumerate(simplest(matching))
                          for e in explain_gradients(candidate, answer, pairs=place == 0 and not brief)]
            if number == 1 and not any(e.complete for e in found):  # one factor is a simpler cause than two mistakes
                found += [e for candidate in scaled(case, answer) for e in explain(candidate, answer)]
            plain = [candidate for candidate in matching if not candidate.causes]
            nearly = nearly or bool(plain)
            if any(e.complete for e in found) or nearly and (number or any(outputs_right(c, answer) for c in plain)):
                break  # what is left is in the gradients, or in the last digits and no single mistake
    found = [*found, *precision(case, answer)] if not any(e.complete for e in found) else found
    found = [*found, *scaled_outputs(case, answer)] if not any(e.complete for e in found) else found
    if not found:
        found = [first_difference_explained(case, answer)]
    distinct: dict[frozenset[str], Explanation] = {}
    for explanation in sorted(found, key=rank):
        causes = frozenset(explanation.id.split(" + "))
        if not any(simpler <= causes and (other.complete or not explanation.complete) for simpler, other in distinct.items()):
            distinct[causes] = explanation  # a cause that changes nothing beside one that explains it all is no news
    return tuple(distinct.values())[:AT_MOST]


def simplest(matching: list[Candidate]) -> list[Candidate]:
    """Of many hypotheses that give the same outputs, those with the fewest causes: what is left to explain is the gradients."""
    return sorted(matching, key=lambda c: len(c.causes))[:EXPLAINED]


def first_difference_explained(case: Case, answer: Result) -> Explanation:
    """Nothing in the catalogue reproduces the numbers: say where they part, and what is still right."""
    title, words, agreements = first_difference(case, answer)
    return Explanation(verdict="unexplained", id="unexplained", title=title, words=words, agreements=agreements, complete=False)
