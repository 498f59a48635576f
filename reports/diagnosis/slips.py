"""Slips in the statements of a recurrent layer, one or several, that give the numbers of several questions at once.

The questions go from small to large: one step, two steps, the whole. In one step the gradient of a bias is a gate's own delta, so
that each gate is judged by itself; the second step adds what one hands to the other. What the small ones settle is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnparity.cases.case import Arrays, Case, Result
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.textbook import PROGRAMS, Mutant, mutants, planted
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.diagnosis.cause import Cause, Words
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.hypothesis import Hypothesis
from nnparity.reports.diagnosis.match import matched
from nnparity.reports.diagnosis.several import Found, Search, fingerprint

STARTS = 2  # sets that are taken further in a larger question
TRIED = 30_000  # sets of slips, all questions together
GATE = {"lstm": {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"},
        "gru": {"r": "reset gate", "z": "update gate", "n": "candidate"}}


@dataclass(frozen=True)
class Slipped:
    """One statement of the layer, or the same of several gates, or its loop, is another."""

    kind: str
    id: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A question and what came back."""

    case: Case
    answer: Result


def has_program(case: Case) -> bool:
    return (len(case.network) == 1 and case.loss is None and not case.training and not case.network[0].default
            and case.network[0].kind in PROGRAMS)


def slips(case: Case) -> tuple[Mutant, ...]:
    """Every slip that a case of this layer may show."""
    layer = case.network[0]
    return mutants(layer.kind, tuple(sorted(layer.config.items())), case.inputs["x"].shape[1])


def world_of(chosen: Sequence[Mutant]) -> World | None:
    function = planted(chosen) if chosen else None
    return World({**RIGHT.layers, chosen[0].kind: function}) if function else None if chosen else RIGHT


def found(asked: Sequence[Asked], outputs: bool) -> list[tuple[Mutant, ...]]:
    """The sets of slips that give every array of every question, the best first: of the outputs, or else of the gradients
    behind right ones. Empty where none does."""
    ends = ends_of(asked, outputs)
    return [tuple(end.mistakes) for end in ends[0]] if ends[1] else []


def ends_of(asked: Sequence[Asked], outputs: bool) -> tuple[list[Found], bool]:
    """The best sets, question by question from the small to the large, and whether they make everything right.

    Sets that give the same numbers for a small question part in a larger one: all of them are asked there."""
    candidates = [one for one in slips(asked[-1].case) if one.forward == outputs]
    starts: list[tuple[Mutant, ...]] = [()]
    ends: list[Found] = []
    left = TRIED
    for n in range(1, len(asked) + 1):
        search = of_questions(asked[:n], candidates, outputs, left)
        known = sorted(filter(None, map(search.found, starts)), key=lambda one: one.worth, reverse=True)
        ends = [end for end in known if search.all_right(end)]
        for start in known[:STARTS]:
            ends = ends or [end for end in search.run(start.mistakes, enough=1)]
        left = search.left
        if not ends:
            return [], False
        alike = search.twins.get(fingerprint(ends[0].predicted), [])
        starts = list(dict.fromkeys(one.mistakes for one in (*ends[:1], *alike, *ends[1:])))
    right = [end for end in ends if search.all_right(end)]
    return (right, True) if right else (ends[:1], False)


def of_questions(asked: Sequence[Asked], candidates: Sequence[Mutant], outputs: bool, left: int) -> Search:
    """The search for slips that give the numbers of these questions together."""
    got, allowed = {}, {}
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


def explained(case: Case, answer: Result, chosen: tuple[Mutant, ...]) -> Explanation | None:
    """These slips as the explanation of an answer, where they give every number of it."""
    world = world_of(chosen)
    if world is None:
        return None
    causes = tuple(cause_of(one) for one in chosen)
    hypothesis = Hypothesis(case=case, causes=causes, world=world, wrong_forward=any(one.forward for one in chosen))
    if hypothesis.outputs is None:
        return None
    for prediction in hypothesis.predictions:
        match = matched(hypothesis, prediction, answer)
        if match.complete:
            return Explanation(causes=causes, note=prediction.note, agreements=match.agreements,
                               hypothesis=tuple(cause.what for cause in causes))
    return None


def cause_of(one: Mutant) -> Cause:
    names = GATE.get(one.kind, {})
    every = len(one.gates) > 1 and len(one.gates) == len(names)
    where = "all gates: " if every else ", ".join(names[k] for k in one.gates if k in names) + ": " if one.gates else ""
    return Cause(what=Slipped(one.kind, one.id), verdict="mistake", told=Words(
        label=one.words, title=f"{where}{one.words}", words=f"Where the textbook has `{one.right}`, this code computes `{one.wrong}`. "
        "(a_k: a gate's pre-activation, da_k: its gradient; see nnparity list.)",
        fix=f"Write {one.right}.", line=one.right, wrong_line=one.wrong))


def arrays(result: Result) -> Arrays:
    return {**result.outputs, **result.grads}
