"""Slips in the statements of a recurrent layer, one or several, that give the numbers of several questions at once.

The questions go from small to large: one step, two steps, the whole. In one step the gradient of a bias is a gate's own delta, so
that each gate is judged by itself; the second step adds what one hands to the other. What the small ones settle is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.textbook import PROGRAMS, Mutant, mutants, planted
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.diagnosis.cause import Cause, Words
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.generated import Generated
from nnparity.reports.diagnosis.hypothesis import Hypothesis
from nnparity.reports.diagnosis.match import matched
from nnparity.reports.diagnosis.several import Found, Search, fingerprint
from nnparity.reports.diagnosis.stages.conventions import under_conventions

BASES = 2  # conventions whose outputs fit that are looked behind
STARTS = 2  # sets that are taken further in a larger question
ROUNDS = 6  # times that every slip may be tried with the smallest question, fewer with the larger ones
NAMES = (" (Of a gate k: a_k is its pre-activation, dk and da_k the loss's derivatives by its value and by a_k. s: the cell "
         "state, m: that squashed.)")


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A question and what came back."""

    case: Case
    answer: Result


def has_program(case: Case) -> bool:
    return (
        len(case.network) == 1
        and case.loss is None
        and not case.training
        and not case.network[0].default
        and case.network[0].kind in PROGRAMS
    )


def slips(case: Case) -> tuple[Mutant, ...]:
    """Every slip that a case of this layer may show."""
    layer = case.network[0]
    return mutants(layer.kind, tuple(sorted(layer.config.items())), case.inputs["x"].shape[1])


def world_of(chosen: Sequence[Mutant]) -> World | None:
    function = planted(chosen) if chosen else None
    return World({**RIGHT.layers, chosen[0].kind: function}) if function else None if chosen else RIGHT


def explanations(asked: Sequence[Asked], rows: Sequence[Asked]) -> list[list[Explanation]]:
    """For each of `rows` what explains it, of the slips that give every number of the questions `asked`: under the conventions
    whose outputs are the answer's, else under each. Nothing where none does."""
    case, answer = asked[-1].case, asked[-1].answer
    conventions = under_conventions(case)
    fitting = [h for h in conventions if list(h.matching(answer))][:BASES]
    told: list[list[Explanation]] = [[] for _ in rows]
    for base in fitting or promising(asked, conventions):
        what = [cause.what for cause in base.causes]
        questions = under(asked, what)
        if questions is None:
            continue
        for chosen in sets_of(questions, outputs=not fitting):
            for place, one in enumerate(rows):
                row = next(iter(under([one], what) or ()), None)
                if row is not None and (found := explained(row.case, row.answer, chosen, base.causes)):
                    told[place].append(found)
            if all(told):
                break
        if any(told):
            break
    return told


def promising(asked: Sequence[Asked], conventions: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The conventions under which one slip makes most of the smallest question's outputs right, the best first."""
    worth: dict[Hypothesis, tuple] = {}
    for h in conventions:
        questions = under(asked[:1], [cause.what for cause in h.causes])
        if questions is None or not has_program(questions[0].case):
            continue
        candidates = [one for one in slips(questions[0].case) if one.forward]
        search = of_questions(questions, candidates, True, len(candidates) + 1)
        seen = [found for one in candidates if (found := search.found((one,)))]  # type: ignore[arg-type]
        if any(found.pieces.flags.any() for found in seen):
            worth[h] = max(found.worth for found in seen)
    ranked = sorted(worth, key=lambda h: (worth[h], not h.causes), reverse=True)
    return ranked[:BASES]


def under(asked: Sequence[Asked], what: list) -> list[Asked] | None:
    """The questions under a convention, "what" its causes are; None where one cannot be asked under it."""
    found = [next((h.case for h in under_conventions(one.case) if [c.what for c in h.causes] == what), None) for one in asked]
    return None if None in found else [Asked(case=case, answer=one.answer) for case, one in zip(found, asked) if case is not None]


def sets_of(asked: Sequence[Asked], outputs: bool) -> Iterator[tuple[Mutant, ...]]:
    """Sets of slips that give the questions' outputs, and their gradients, which may be those of the wrong outputs; or the
    gradients behind right outputs."""
    ends, whole = ends_of(asked, outputs)
    if not whole:
        return
    yield from (end.mistakes for end in ends)  # type: ignore[misc]
    if outputs:
        more, whole = ends_of(asked, False, ends[0].mistakes)  # where the gradients are not those of the wrong outputs
        yield from (end.mistakes for end in more if whole)  # type: ignore[misc]


def ends_of(asked: Sequence[Asked], outputs: bool, behind: tuple = ()) -> tuple[list[Found], bool]:
    """The best sets, question by question from the small to the large, and whether they make everything right; `behind` are slips
    that are in all of them.

    Sets that give the same numbers for a small question part in a larger one: all of them are asked there."""
    candidates = [one for one in slips(asked[-1].case) if one.forward == outputs]
    starts: list[tuple] = [behind]
    ends: list[Found] = []
    for n in range(1, len(asked) + 1):
        search = of_questions(asked[:n], candidates, outputs, int(ROUNDS * len(candidates) / n))
        known = sorted(filter(None, map(search.found, starts)), key=lambda one: one.worth, reverse=True)
        ends = [end for end in known if search.all_right(end)]
        for start in known[:STARTS]:
            ends = ends or [end for end in search.run(start.mistakes, enough=1)]
        if not ends:
            return [], False
        alike = search.twins.get(fingerprint(ends[0].predicted), [])
        starts = list(dict.fromkeys(one.mistakes for one in (*ends[:1], *alike, *ends[1:])))
    right = [end for end in ends if search.all_right(end)]
    return (right, True) if right else (ends[:1], False)


def of_questions(asked: Sequence[Asked], candidates: Sequence[Mutant], outputs: bool, left: int) -> Search:
    """The search for slips that give the numbers of these questions together."""
    got: dict[Any, np.ndarray] = {}
    allowed: dict[Any, np.ndarray] = {}
    for n, one in enumerate(asked):
        _, noise = expectation(one.case)
        for group in ("outputs",) if outputs else ("grads",):
            mine, theirs = getattr(one.answer, group), getattr(noise, group)
            got |= {(n, group, name): a for name, a in mine.items() if name in theirs}
            allowed |= {(n, group, name): theirs[name] for name in mine if name in theirs}

    def predict(chosen: tuple[Mutant, ...]) -> Mapping[Any, np.ndarray] | None:
        if (world := world_of(chosen)) is None:
            return None
        numbers: dict[Any, np.ndarray] = {}
        for n, one in enumerate(asked):
            try:
                with np.errstate(all="ignore"):
                    result = world.run(one.case)
            except Exception:  # a slip may raise anything
                return None
            for group in ("outputs", "grads"):
                numbers |= {(n, group, name): a for name, a in getattr(result, group).items() if (n, group, name) in got}
        return numbers

    return Search(answer=got, allowed=allowed, candidates=candidates, predict=predict, left=left)  # type: ignore[arg-type]


def explained(case: Case, answer: Result, chosen: tuple[Mutant, ...], beside: tuple[Cause, ...] = ()) -> Explanation | None:
    """These slips as the explanation of an answer, where they give every number of it, beside other causes."""
    world = world_of(chosen)
    if world is None:
        return None
    causes = (*beside, *(cause_of(one) for one in chosen))
    hypothesis = Hypothesis(case=case, causes=causes, world=world, wrong_forward=any(one.forward for one in chosen))
    if hypothesis.outputs is None:
        return None
    for prediction in hypothesis.predictions:
        match = matched(hypothesis, prediction, answer)
        if match.complete:
            return Explanation(
                causes=causes, note=prediction.note, agreements=match.agreements, hypothesis=tuple(cause.what for cause in causes)
            )
    return None


def cause_of(one: Mutant) -> Cause:
    return Cause(
        what=Generated(one.id),
        verdict="mistake",
        told=Words(
            label=one.words,
            title=one.words,
            words=f"Where the equations have `{one.right}`, this code computes `{one.wrong}`.{NAMES}",
            fix=f"Compute {one.right}.",
            line=one.right,
            wrong_line=one.wrong,
        ),
    )
