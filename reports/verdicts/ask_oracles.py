"""One run of all oracles over all cases: rows, what each framework computes by default, and drift from the recordings."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from nnparity import oracles
from nnparity.cases import recording
from nnparity.cases.case import Case, Result, Unsupported
from nnparity.cases.recording import RecordingError
from nnparity.cases.selection import network_of
from nnparity.reports.asking import isolate
from nnparity.reports.asking.implementations import Oracle
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.comparison.drift import drift_words
from nnparity.reports.comparison.measured import Measured, measure
from nnparity.reports.verdicts.outcome import verdicts
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.witnesses import no_answer


@dataclass
class Run:
    """What a run of the oracles brought. `answers` holds, for each oracle, what can be recorded."""

    rows: list[Row] = field(default_factory=list)
    probes: list[Row] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)  # oracle -> what is not installed
    versions: dict[str, str] = field(default_factory=dict)
    answers: dict[str, dict[Case, Result | Unsupported]] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)  # oracles that answered every case, or said that they cannot


def ask_oracles(names: Sequence[str], cases: Sequence[Case], probes: Sequence[Case], timeout: float,
                console: Console) -> Run:
    """Ask one framework after the other, each in its own process; when all have answered, hear them together with the reference
    and judge. A missing framework is a row, never agreement."""
    run = Run()
    asked: dict[str, list[Answer]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        for name in names:
            if missing := oracles.missing(name):
                run.missing[name] = ", ".join(missing)
                continue
            bar = progress.add_task(f"{name:<6}", total=len(cases) + len(probes))
            asked[name] = []
            with closing(isolate.answers(Oracle(name), [*probes, *cases], timeout)) as given:
                for answer in given:
                    asked[name].append(answer)
                    progress.advance(bar)
            _note(run, name, asked[name])
        bar = progress.add_task("judged", total=sum(map(len, asked.values())))
        outcome = verdicts(asked, on_row=lambda: progress.advance(bar))
    default = {case.name for case in probes}
    for name in names:
        rows = outcome.rows.get(name) or [_missing_row(name, case, run.missing[name]) for case in cases]
        run.probes += [row for row in rows if row.case in default]
        run.rows += [row for row in rows if row.case not in default]
    run.rows += outcome.others
    return run


def _note(run: Run, name: str, asked: Sequence[Answer]):
    """What can be recorded and measured of one oracle's answers."""
    answers, probed = {}, []
    for answer in asked:
        if answer.result is not None:
            run.versions[name] = answer.version
        if not answer.case.group:  # too large for a recording
            continue
        if answer.result is not None:
            answers[answer.case] = answer.result
            if answer.case.layers[0].default:
                probed.append((name, answer.version, answer.case, answer.result))
        elif answer.failure == "unsupported":
            answers[answer.case] = Unsupported(answer.message)
    run.measured += measure(probed)
    run.answers[name] = answers
    if len(answers) == sum(bool(answer.case.group) for answer in asked):
        run.complete.add(name)


def _missing_row(name, case, missing) -> Row:
    return Row(case=case.name, network=network_of(case), implementation=name, version="not installed",
               verdict="unsupported", message=f"{missing} not installed; pip install -e '.[oracles]'")


def drifts(run: Run) -> tuple[list[str], list[str]]:
    """(what differs from the recordings, which recordings cannot be compared with), a sentence each."""
    changed, unusable = [], []
    for name, answers in run.answers.items():
        try:
            recorded = recording.load(name, answers)
        except RecordingError as error:
            unusable.append(f"{name}: {error}")
            continue
        before = {recording.version(name, group) for group in {case.group for case in answers}}
        now = run.versions.get(name, "")
        versions = "" if before == {now} else f" (recorded with {', '.join(sorted(before))}, now {now})"
        changed += [f"{name}, {case.name}{versions}: {words}"
                    for case, live in answers.items() if case.layers[0].default or not no_answer(case)
                    for words in drift_words(case, live, recorded[case])]
    return changed, unusable


def recorded_probes(names: Sequence[str], probes: Sequence[Case]) -> list[Measured]:
    """What each framework computed by default when it was recorded. Raises RecordingError."""
    return measure((name, recording.version(name, probe.group), probe, answer)
                   for name in names for probe, answer in recording.load(name, probes).items()
                   if isinstance(answer, Result))
