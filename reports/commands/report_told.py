"""The result of a run, readable in a terminal of 80 columns."""

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nnparity.reference_impl.mistakes import stale
from nnparity.reports.comparison.foreign import one_line
from nnparity.reports.page.baseline import Changes
from nnparity.reports.page.summary import Summary, count, units
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.verdict import NO_ANSWER, VERDICTS, style

TONES = {"good": "bold green", "warn": "bold yellow", "bad": "bold red"}


def summary(rows: tuple[Row, ...], console: Console, *, most: int = 10) -> None:
    """Versions, verdicts by implementation, the worst error, at most `most` causes of disagreement.

    Raises ValueError where there are no rows.
    """
    total = Summary(tuple(rows))
    console.print(_verdicts(total))
    console.print(Text(total.sentence, style=TONES[total.tone]))
    console.print(_worst(total))
    _disagreements(total, console, most)


def beside_the_rows(missing: Mapping[str, str], changed: Iterable[str], console: Console) -> None:
    """Mistakes that no longer fit, oracles that are not installed, and what is not as it was recorded."""
    if stale():
        console.print(f"{count(len(stale()), 'mistake')} of the catalogue no longer fit the source and were not planted; the "
                      "proof section of the report names them", style="bold yellow", soft_wrap=True)
    for name, packages in missing.items():
        console.print(f"{name} was not asked: {packages} not installed", style="bold yellow")
    for words in changed:
        console.print(f"drift: {words}", style="bold yellow", soft_wrap=True)


def since(changes: Changes, console: Console, most: int = 10) -> None:
    """What has changed since an earlier report, at most `most` lines of each sort."""
    console.print(Text(changes.sentence, style=TONES[changes.tone]))
    for title, lines in changes.sections:
        if lines:
            console.print(Text(title, style="bold"))
        for line in lines[:most]:
            console.print(Text.assemble("  ", visible(line)), soft_wrap=True)
        if len(lines) > most:
            console.print(f"  and {len(lines) - most} more in changes.json")


def _verdicts(total):
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("implementation", overflow="fold", max_width=24)
    table.add_column("version", overflow="fold", max_width=24)
    table.add_column("rows", justify="right")
    table.add_column("verdicts", overflow="fold")
    for name, version in total.implementations.items():
        verdicts = total.verdicts_of(name)
        words = Text(", ").join(Text(f"{n:,} {verdict}", style=style(verdict)) for verdict, n in verdicts.items())
        table.add_row(visible(name), visible(version), f"{sum(verdicts.values()):,}", words)
    return table


def _worst(total):
    compared = f"{count(total.arrays, 'array')} compared, {count(total.elements, 'element')}."
    if total.worst is None:
        return Text(f"{compared} No error is a number.")
    row, agreement = total.worst
    return Text.assemble(f"{compared} Largest error: {units(agreement.error)} of what is allowed, ",
                         visible(f"{agreement.path} in {row.case} ({row.implementation})."))


def _disagreements(total, console, most):
    causes = [*total.causes, *total.failures]
    for cause in causes[:most]:
        worst = cause.rows[0]
        head = f"{cause.implementation}: {reason(worst)}"
        console.print(Text.assemble((f"{cause.verdict:>11}  ", style(cause.verdict)), visible(head)),
                      overflow="ellipsis", no_wrap=True)
        where = f"in {count(len(cause.rows), 'row')}, {'the worst ' if len(cause.rows) > 1 else ''}{worst.case}"
        console.print(Text.assemble(" " * 13, visible(where)), style="dim", overflow="ellipsis", no_wrap=True)
    if len(causes) > most:
        console.print(f"             and {count(len(causes) - most, 'more cause')} in the report")


def reason(row: Row) -> str:
    """One line that says why a row is not an agreement."""
    if row.verdict in NO_ANSWER:
        return row.message or VERDICTS[row.verdict].words
    return row.diagnosis[0].title if row.diagnosis else str(row.worst or VERDICTS[row.verdict].words)


def visible(text: str) -> Text:
    """Someone else's text on one line: no markup is read in it, and no control sequence reaches the terminal."""
    return Text(one_line(text))
