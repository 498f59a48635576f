"""All answers of all oracles in, their rows out: first everybody is heard, then it is known who stands alone, and only then is a
cause looked for, on that side."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnparity.cases.case import Case, Result
from nnparity.cases.selection import network_of
from nnparity.reference_impl.network import NAME, version
from nnparity.reference_impl.reference import RIGHT, World
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.comparison.compare import Agreement, compare
from nnparity.reports.comparison.measured import nearest
from nnparity.reports.comparison.problem import Kind, Problem
from nnparity.reports.verdicts.ours import Fault, faults, kinds
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.run import judged
from nnparity.reports.verdicts.verdict import DISAGREES
from nnparity.reports.verdicts.witnesses import COMPLEX_STEP, REFERENCE, Hearing, expected_in, hear, words

NOT_LOOKED_FOR = "no cause was looked for: the reference stands alone on other cases of this layer"


@dataclass
class Outcome:
    """What became of the answers. `others` are rows of nobody who was asked: a complex step that stands alone."""

    rows: dict[str, list[Row]] = field(default_factory=dict)  # oracle -> its rows, in the order asked
    others: list[Row] = field(default_factory=list)
    hearings: dict[Case, Hearing] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)  # of the reference


def verdicts(asked: Mapping[str, Sequence[Answer]], world: World = RIGHT, on_row: Callable[[], None] = lambda: None) -> Outcome:
    """Rows for all answers by oracle. `world` is the reference that they are held against."""
    given: dict[Case, dict[str, Result]] = {}
    for name, answers in asked.items():
        for answer in answers:
            if answer.result is not None and not answer.case.layers[0].default:
                given.setdefault(answer.case, {})[name] = answer.result
    outcome = Outcome(hearings={case: hear(case, answers, world) for case, answers in given.items()})
    outcome.faults = faults(outcome.hearings.values(), given, world)
    ours = {case: fault for fault in reversed(outcome.faults) for case in fault.cases}
    suspected = {kind for case in ours for kind in kinds(case)}
    for name, answers in asked.items():
        rows = outcome.rows[name] = []
        own = {id(answer): row for answer in answers if (row := our_row(name, answer, outcome, ours, suspected, world))}
        others = judged(name, [answer for answer in answers if id(answer) not in own])
        for answer in answers:
            row = own.get(id(answer)) or next(others)[0]
            rows.append(with_witnesses(row, outcome.hearings.get(answer.case)))
            on_row()
    outcome.others = list(complex_steps_alone(outcome.hearings.values()))
    return outcome


def our_row(name: str, answer: Answer, outcome: Outcome, ours: Mapping[Case, Fault], suspected: set[str],
            world: World) -> Row | None:
    """The row of an answer that differs because the reference is wrong; None where that cannot be said. Where only one framework
    has answered and the reference stands alone on other cases of the same layers, no cause is looked for on either side."""
    case, hearing, fault = answer.case, outcome.hearings.get(answer.case), ours.get(answer.case)
    about: dict[str, Any] = dict(case=case.name, network=network_of(case), implementation=name, version=answer.version,
                                 seconds=answer.seconds, printed=answer.printed)
    if answer.result is None:
        return None
    about |= dict(built=answer.result.built, composed=answer.result.composed)
    if hearing is None:  # a default construction: it is held against every variant of a layer that is wrong itself
        hopeless = suspected & {*kinds(case)} and nearest(case, answer.result) > 1
        return Row(verdict="unexplained", message=NOT_LOOKED_FOR, **about) if hopeless else None
    if not (hearing.failure or hearing.against_reference(name)):
        return None
    off = hearing.against_reference(name)
    blamed = fault and (hearing.failure or fault.restoration or all(hearing.alone.get(path) == REFERENCE for path in off))
    if not blamed and (fault or hearing.alone or not suspected & {*kinds(case)}):
        return None
    if hearing.failure:
        why = Problem(Kind.NO_REFERENCE, f"the reference has no answer: {hearing.failure}")
        agreements: tuple[Agreement, ...] = (Agreement(path="reference", problem=why),)
    else:
        agreements = compare(answer.result, *expected_in(case, world), zeros=case.zeros)
    if fault and blamed:
        return Row(verdict="reference alone", diagnosis=(fault.explanation,), agreements=agreements, **about)
    return Row(verdict="unexplained", message=NOT_LOOKED_FOR, agreements=agreements, **about)


def with_witnesses(row: Row, hearing: Hearing | None) -> Row:
    """The row with who stands alone, in words where it disagrees."""
    if hearing is None:
        return row
    said = words(hearing) if row.verdict in DISAGREES else ""
    return replace(row, alone=hearing.alone, message="; ".join(filter(None, (said, row.message))))


def complex_steps_alone(hearings: Iterable[Hearing]) -> Iterator[Row]:
    """Where the framework-free derivative is the odd one out, a row of its own."""
    for hearing in hearings:
        off = [path for path, who in hearing.alone.items() if who == COMPLEX_STEP]
        another = Problem(Kind.DERIVATIVE, "the complex step gives another gradient")
        if off:
            yield Row(case=hearing.case.name, network=network_of(hearing.case), implementation=COMPLEX_STEP, version=version(),
                      verdict="unexplained", alone=hearing.alone, message=words(hearing), built=f"complex step on the {NAME}",
                      agreements=tuple(Agreement(path=path, problem=another) for path in off))
