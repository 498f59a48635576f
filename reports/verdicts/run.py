"""From an implementation and cases to rows: asked in isolation, then judged."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from nnparity.cases.case import Case
from nnparity.cases.selection import network_of
from nnparity.reports.asking.isolate import Answer, answers
from nnparity.reports.asking.options import without_option
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.verdicts.judge import judge, said
from nnparity.reports.verdicts.left_out import in_words, left_out, narrowed
from nnparity.reports.verdicts.own_options import under_shown_options, with_own_options
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.troubles import of_answer

SEARCHED = 2  # unexplained answers of one implementation that are searched for two causes at once; the rest for single ones


def rows_of(implementation, cases: Iterable[Case], timeout: float, on_row: Callable[[Row, Answer], None] | None = None,
            hints: Iterable[Explanation] = (), **judging) -> list[Row]:
    """One row for every case, in order, whatever the implementation does. `on_row` is told of each as it comes."""
    rows = []
    with closing(answers(implementation, cases, timeout)) as asked:  # closed at once if on_row raises, Ctrl-C included
        for row, answer in judged(implementation.name, asked, hints, **judging):
            rows.append(row)
            if on_row:
                on_row(row, answer)
    return rows


def judged(name: str, asked: Iterable[Answer], hints: Iterable[Explanation] = (), brief: bool = False, **judging
           ) -> Iterator[tuple[Row, Answer]]:
    """The verdict on each answer of one implementation. What explained earlier answers is tried first on later ones; `brief`
    looks for single causes only."""
    known, unexplained = {e.key: e for e in hints}, 0
    for answer in asked:
        row = row_of(name, answer, hints=tuple(known.values()), brief=brief or unexplained >= SEARCHED and not known, **judging)
        known |= {e.key: e for e in row.diagnosis if e.complete}
        unexplained += row.verdict == "unexplained"
        yield row, answer


def row_of(name: str, answer: Answer, claims: bool = True, **judging) -> Row:
    """The verdict on one answer; a failure is its own verdict. With `claims` a case whose options the code does not look at is
    not held against it."""
    about: dict[str, Any] = {"printed": answer.printed, "seconds": answer.seconds}
    if answer.result is None:
        return Row(case=answer.case.name, network=network_of(answer.case), implementation=name, version=answer.version,
                   verdict=answer.failure, message=answer.message, **about)
    if answer.seen is None:
        return judge(answer.case, answer.result, implementation=name, version=answer.version, **about, **judging)
    left = left_out(answer.case, answer.result, answer.seen)
    asked, shown = under_shown_options(narrowed(answer.case, left), answer.seen.get("own", {}))
    case, taken, lacks = with_own_options(asked, answer.result, answer.seen.get("overlooked", {}))
    taken = said(shown, taken)
    about |= {"implementation": name, "version": answer.version}
    if lacks and claims and not (row := judge(case, answer.result, explain=False, **about, **judging)).ok:
        return replace(row, verdict="unsupported", agreements=(), built="", left_out=left,
                       message=without_option(lacks))
    row = judge(case, answer.result, **about, **judging)
    return with_troubles(replace(row, left_out=left, message=said(row.message, taken, in_words(answer.case, left))), answer)


def with_troubles(row: Row, answer: Answer) -> Row:
    """The row with what else is wrong. Where that is the implementation's own failing, as with state between calls, right numbers
    in the first answer are no agreement."""
    found = of_answer(answer.result, answer.seen, answer.case)
    failing = any(trouble.fails for trouble in found) and row.ok
    return replace(row, troubles=found, verdict="mistake" if failing else row.verdict)
