"""What a person is told about the answers, in a terminal or as text."""

import io

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nnparity.reports.checking import words
from nnparity.reports.checking.outcome import Outcome
from nnparity.reports.comparison.foreign import plain
from nnparity.reports.verdicts.verdict import NO_ANSWER, VERDICTS, style

WIDTH = 100  # columns of an explanation as text


def as_text(report: Outcome, width: int = WIDTH) -> str:
    """Everything that `tell` tells, with the headline above."""
    text = io.StringIO()
    console = Console(file=text, width=width, highlight=False, markup=False, emoji=False, no_color=True, force_terminal=False)
    console.print(report.headline)
    tell(report, console)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def tell(report: Outcome, console: Console, *, python: bool = True) -> None:
    """Verdicts, why there is no answer, diagnosis, what the code printed; at 80 columns. `python` says how to go on in Python,
    else on the command line."""
    rows = report.asked
    if rows:
        console.print(_table(rows))
        console.print(Text(UNITS, style="dim"))
    for note in report.notes:
        console.print(Text(note, style="dim"))
    _tell_not_asked(report, console)
    _tell_failures(report, console)
    _tell_problems(report, console, python)
    _tell_diagnosis(report, console, python)
    _tell_troubles(rows, console)
    _tell_printed(rows, console)
    agreeing = sum(row.ok for row in rows)
    console.print()
    console.print(Text(words.agreement(report), style="bold green" if agreeing == len(rows) > 0 else "bold"))
    if unclear := [row for row in rows if row.verdict == "cannot judge"]:
        console.print(Text(f"{len(unclear)} cannot be judged: {unclear[0].message} ({unclear[0].case}).", style="yellow"))


def _tell_not_asked(report, console):
    reasons = words.not_asked(report)
    if not reasons:
        return
    _heading(console, f"not asked: {len(report.rows) - len(report.asked)} of {len(report.rows)} cases", "bold")
    for reason, names in reasons[:REASONS]:
        _indented(console, f"{reason} ({names})")
    if len(reasons) > REASONS:
        _indented(console, f"and {len(reasons) - REASONS} more reasons", style="dim")


REASONS = 6


def _table(rows) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("case", overflow="fold")
    table.add_column("verdict")
    table.add_column("worst array", overflow="fold")
    table.add_column("error", justify="right")
    silent: dict[str, int] = {}  # how many rows of each failure: one line says it for all of them
    for row in rows:
        worst = row.worst
        if row.verdict in NO_ANSWER:
            silent[row.message] = silent.get(row.message, 0) + 1
            if silent[row.message] > 1:
                continue
        error = "" if worst is None else "-" if worst.problem else f"{worst.error:.3g}"
        table.add_row(Text(row.case), Text(row.verdict, style=style(row.verdict)),
                      Text(plain(worst.path) if worst else ""), error)
    for count in silent.values():
        if count > 1:
            table.add_row(Text(f"and {count - 1} more with the same message", style="dim"))
    return table


UNITS = "error: in units of what rounding allows at that element; 1 and below agrees"


def _tell_failures(report, console):
    for heading, message, cases in words.failures(report.asked):
        _heading(console, f"{heading}: {cases}", "bold red" if heading in NO_ANSWER else "bold")
        _indented(console, message)
        if heading in NO_ANSWER and "KeyError" in message:
            _indented(console, words.names(report), style="dim")


def _tell_problems(report, console, python):
    if gradless := words.without_gradients(report):
        _heading(console, f"malformed: no gradients came back: {words.which(gradless, report.asked)}", "bold red")
        _indented(console, "Return `outputs, grads`, or " + ("say forward_only=True" if python else "pass --forward-only")
                  + " to compare the outputs alone.")
    found = words.problems(report)
    for heading in ("malformed", "not comparable"):
        own = [(problem, cases) for about, problem, cases in found if about == heading]
        if not own:
            continue
        _heading(console, heading, "bold red")
        for problem, cases in own[:8]:
            _indented(console, f"{problem}  ({cases})")
        if len(own) > 8:
            _indented(console, f"and {len(own) - 8} more")
        if heading == "malformed":
            _indented(console, words.names(report), style="dim")


def _tell_diagnosis(report, console, python):
    """The explanations of all rows together, the same words once."""
    rows, found = report.asked, report.diagnosis
    for place, one in enumerate(found[:3]):
        best = one.explanation
        _heading(console, f"{'diagnosis' if place == 0 else 'or'}: {best.title}", "bold yellow" if place == 0 else "yellow")
        if best.verdict != "unexplained":
            _indented(console, words.reach(one, rows), style="dim")
        if place == 0:
            _tell_explanation(best, console, python)
    if len(found) > 3:
        _indented(console, f"and {len(found) - 3} weaker explanations", style="dim")
    for place, text in enumerate(words.apart(report.told)):
        if place == 0:
            _heading(console, text, "bold")
        else:
            _indented(console, text)
    unnamed = [row for row in rows if row.verdict == "unexplained" and not row.diagnosis
               and row.worst is not None and not row.worst.problem]
    if unnamed:
        _heading(console, f"no cause found: {words.which([row.case for row in unnamed], rows)}", "bold red")
        _indented(console, f"{VERDICTS['unexplained'].words.capitalize()}. In {unnamed[0].case}:")
        for agreement in [a for a in unnamed[0].agreements if not a.ok][:4]:
            _indented(console, plain(str(agreement)))


def _tell_explanation(best, console, python):
    """What it is, how to ask for it, what to do, and where to read on."""
    _indented(console, best.words)
    if best.verdict == "convention":
        _indented(console, f"If this is the formula you mean, ask for it: {words.asked_for(best, python)}")
    if best.fix:
        _indented(console, f"{'Why it matters' if best.verdict == 'convention' else 'What to do'}: {best.fix}")
    for framework, switch in best.switch.items():
        _indented(console, f"{framework:>6}: {switch}")
    for id in words.entries(best):
        _indented(console, f"Its page: nnparity explain {id}", style="dim")


def _tell_troubles(rows, console):
    for trouble, shown in words.troubles(rows):
        _heading(console, f"trouble: {trouble.title}", "bold yellow")
        right = all(all(a.ok for a in row.agreements) for row in shown)
        about = "Your numbers are right; this is the trouble. " if right and trouble.fails else (
            "Your gradients are right; this is the trouble. " if right and any(row.part("grads") for row in shown) else "")
        _indented(console, about + trouble.words)
        _indented(console, f"What to do: {trouble.fix}")
        _indented(console, f"Seen in {words.which([row.case for row in shown], rows)}.", style="dim")


def _tell_printed(rows, console):
    texts = words.printed(rows)
    for text, cases in texts[:3]:
        _heading(console, f"your code printed ({cases})", "bold")
        lines = text.rstrip().splitlines()
        shown = lines if len(lines) <= 12 else [*lines[:8], f"... {len(lines) - 10} more lines ...", *lines[-2:]]
        for line in shown:
            _indented(console, line if len(line) <= 150 else f"{line[:120]} ... ({len(line):,} characters)")
    if len(texts) > 3:
        _indented(console, f"and different text in {len(texts) - 3} more groups of cases", style="dim")


def _heading(console, text, style):
    console.print()
    console.print(Text(text, style=style))


def _indented(console, text, style=""):
    console.print(Padding(Text(text, style=style), (0, 0, 0, 2), expand=False))
