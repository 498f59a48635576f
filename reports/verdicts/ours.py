"""What is wrong with the reference? The diagnosis with the roles exchanged: the frameworks' answers are taken as the truth.

    1. An edit of our own source that the catalogue knows (reference_impl/mistakes/restore.py): the mistake whose wrong line
       stands there, or the right line that is missing. Exact: with it, every number of the frameworks follows.
    2. A statement too many: the same without it.
    3. Where no edit gives the numbers, what happened to ours: a factor, a sign, gates in another order; or where they part.

One cause is looked for in all cases together, and in each of them only whether it holds: a wrong line costs one diagnosis.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl.mistakes.restore import Restoration, modules_behind, omissions, restorations
from nnparity.reference_impl.network import LAYERS
from nnparity.reference_impl.reference import RIGHT, World
from nnparity.reports.comparison.compare import compare
from nnparity.reports.diagnosis.cause import Cause, Unexplained, Words
from nnparity.reports.diagnosis.changes import array_changes, as_causes, ways
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.locate.axes import apart
from nnparity.reports.diagnosis.locate.first_difference import in_outputs, in_path
from nnparity.reports.diagnosis.locate.gates import gates_apart
from nnparity.reports.diagnosis.planting import cause_of
from nnparity.reports.verdicts.witnesses import REFERENCE, TELLING, Hearing, Witnesses, expected_in, paths

LOOKED_AT = 4  # cases for which an edit is looked for: more than one line may be wrong
TRIED = 400  # statements that are left out in turn


@dataclass(frozen=True)
class Edited:
    """A line of the reference that the catalogue does not know: another one belongs there, or none."""

    module: str
    line: int


@dataclass(frozen=True)
class Raises:
    """The reference has no answer."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something wrong with the reference, and the cases that it explains."""

    explanation: Explanation
    cases: tuple[Case, ...]
    restoration: Restoration | None = None


@dataclass
class Question:
    """A case on which the reference may be wrong, and what the others answer."""

    case: Case
    hearing: Hearing
    answers: Mapping[str, Result]
    alone: bool = field(init=False)

    def __post_init__(self):
        self.alone = self.hearing.odd == REFERENCE

    @property
    def truth(self) -> Result:
        return next(iter(self.answers.values()))

    @property
    def cost(self) -> int:
        return sum(a.size for a in (*self.case.params.values(), *self.case.inputs.values()))


def faults(hearings: Iterable[Hearing], answers: Mapping[Case, Mapping[str, Result]], world: World = RIGHT) -> list[Fault]:
    """What is wrong with the reference, as far as these cases show it: where it stands alone, and, for edits that the catalogue
    knows, where it disagrees with the only other witness as well."""
    left = sorted((Question(h.case, h, answers[h.case]) for h in hearings if answers[h.case] and (
        h.odd == REFERENCE or any(h.against_reference(name) for name in answers[h.case]))), key=lambda q: (not q.alone, q.cost))
    found: list[Fault] = []
    unexplained: list[Question] = []
    while left and len(found) + len(unexplained) < LOOKED_AT:
        if fault := next(edits_that_fit(left, world), None):
            found.append(fault)
            left = [question for question in left if question.case not in fault.cases]
        else:
            unexplained.append(left.pop(0))
    alone = [question for question in (*unexplained, *left) if question.alone]
    for networks in dict.fromkeys(kinds(question.case) for question in alone):
        same = [question for question in alone if kinds(question.case) == networks]
        found.append(Fault(explanation=apart_from(same[0], world), cases=tuple(question.case for question in same)))
    return found


def kinds(case: Case) -> tuple[str, ...]:
    return tuple(layer.kind for layer in case.layers)


# ----------------------------------------------------------------------------------------- an edit that makes it right


def edits_that_fit(questions: Sequence[Question], world: World) -> Iterator[Fault]:
    """Edits with which the first of these questions, the cheapest, gets the frameworks' numbers; and the others that then do."""
    first = questions[0]
    modules = [*modules_behind(LAYERS[kind] for kind in kinds(first.case)), "network",
               *(("training", "optimizers") if first.case.training else ())]
    tried = chain(restorations(world), islice(omissions(modules, world), TRIED) if first.alone else ())
    for restoration in tried:
        try:
            edited = restoration.world()
        except Exception:  # an edit may make anything of a module: no hypothesis
            continue
        if agrees(first, edited):
            explained = [question for question in questions if agrees(question, edited)]
            yield Fault(explanation=told(restoration, explained), cases=tuple(q.case for q in explained), restoration=restoration)


def agrees(question: Question, world: World) -> bool:
    """Whether the reference in this world agrees with all others on a case."""
    case = question.case
    try:
        with np.errstate(all="ignore"):
            answer = world.run(case)
        if not all(roughly(answer, other) for other in question.answers.values()):
            return False
        expected, allowed = expected_in(case, world)
    except Exception:  # as above
        return False
    known = Witnesses(case, {REFERENCE: expected, **question.answers}, allowed)
    return all(known.agree(path, REFERENCE, name) for path in paths(known) for name in question.answers
               if known.speaks(name, path))


def roughly(one: Result, other: Result) -> bool:
    """Not further apart than half of the digits, or than a known deviation: the first look, without an allowed error."""
    def near(a, b):
        limit = max(TELLING, np.sqrt(np.finfo(a.dtype).eps)) * np.abs(a[np.isfinite(a)]).max(initial=np.finfo(a.dtype).tiny)
        return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=limit, equal_nan=True)

    return all(arrays.keys() == others.keys() and all(near(a, others[name]) for name, a in arrays.items())
               for arrays, others in ((one.outputs, other.outputs), (one.grads, other.grads)))


def told(restoration: Restoration, explained: Sequence[Question]) -> Explanation:
    """The edit as a diagnosis of our own source."""
    mistake, names = restoration.mistake, sorted(explained[0].answers)
    reads = f"{restoration.place} reads `{restoration.found}`"
    confirmed = f"every number of {' and '.join(names)} follows"
    what: Hashable = Edited(restoration.module, restoration.line)
    if mistake is not None:
        known = cause_of(mistake)
        what = known.what
        told = replace(known.told, label=f"reference: {known.told.label}", title=f"{known.told.title} ({restoration.place})",
                       words=f"{reads}; with `{mistake.right}` {confirmed}. {known.told.words}", wrong_line=restoration.found)
    elif restoration.right:
        told = Words(label=f"reference: {restoration.place}", title=f"a wrong line in {restoration.place}",
                     words=f"{reads}; with `{restoration.right}` there {confirmed}.", fix="Put the right line back.",
                     line=restoration.right, wrong_line=restoration.found)
    else:
        told = Words(label=f"reference: {restoration.place}", title=f"a line too many in {restoration.place}",
                     words=f"{reads}; without it {confirmed}.", fix="Take it out.", wrong_line=restoration.found)
    return Explanation(causes=(Cause(what=what, verdict="mistake", told=told),))


# -------------------------------------------------------------------------------------- no edit: what ours differ by


def apart_from(question: Question, world: World) -> Explanation:
    """What happened to our numbers, or where they part from the frameworks'."""
    case, truth = question.case, question.truth
    seen = f"Seen in {case.name}."
    if question.hearing.failure:
        told = Words(label="reference: no answer", title="it raises an error", words=f"{question.hearing.failure}. {seen}")
        return Explanation(causes=(Cause(what=Raises(), verdict="mistake", told=told),), complete=False)
    ours, allowed = expected_in(case, world)
    agreements = compare(ours, truth, allowed, case.zeros)
    wrong = [a.array for a in agreements if not a.ok and a.group == "grads"]
    if any(not a.ok for a in agreements if a.group == "outputs"):
        causes = [parting(case, ours, truth, allowed)]
    else:
        causes = gradient_causes(case, ours, truth, allowed, wrong)
    first = replace(causes[0], told=replace(causes[0].told, label=f"reference: {causes[0].told.label}"))
    return Explanation(causes=(first, *causes[1:]), note=seen, agreements=agreements, complete=False)


def gradient_causes(case: Case, ours: Result, truth: Result, allowed: Result, wrong: Sequence[str]) -> list[Cause]:
    """One cause for each gradient that is off: a change of it that gives our numbers, or which part of it is wrong."""
    comparable = [name for name in wrong if name in ours.grads and name in truth.grads and name in allowed.grads]
    found = {name: options for name in comparable
             if (options := list(array_changes(name, ours.grads[name], truth.grads, allowed.grads, case)))}
    left = [name for name in wrong if name not in found]
    causes = as_causes(ways(found)[0]) if found else []
    if left:
        words = gates_apart(case, ours, truth, allowed, left) or " ".join(
            apart(case, name, ours.grads[name], truth.grads[name], allowed.grads[name]) for name in left if name in comparable)
        causes.append(Cause(what=Unexplained(tuple(left)), verdict="unexplained", told=Words(
            label=f"gradient of {', '.join(left)}", title=f"the gradient of {', '.join(left)} is wrong",
            words=f"The outputs are right. {words}")))
    return causes


def parting(case: Case, ours: Result, truth: Result, allowed: Result) -> Cause:
    """Where our outputs part from the frameworks', with theirs as the answer: the gates of a step are looked at in our own."""
    title, sentences = in_path(truth, ours, allowed.outputs) if case.training else in_outputs(case, truth, ours)
    return Cause(what=Unexplained(), verdict="unexplained", told=Words(
        label="outputs", title=title, words=f'In what follows "got" is theirs and "expected" ours. {" ".join(sentences)}'))
