"""What a person is told about the answers, in a terminal or as text."""

import io
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nnparity.reports.checking.outcome import Outcome
from nnparity.reports.comparison.foreign import plain
from nnparity.reports.comparison.problem import Kind
from nnparity.reports.diagnosis.cause import OtherConvention, Planted
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
    _tell_not_asked(report, console)
    _tell_failures(rows, console)
    _tell_problems(rows, console, report.forward_only, python)
    _tell_diagnosis(report, console, python)
    _tell_troubles(rows, console)
    _tell_printed(rows, console)
    agreeing = sum(row.ok for row in rows)
    all_of_them = "all gradients" if not any(row.left_out for row in rows) else "the gradients that came back"
    what = "outputs only" if report.forward_only else f"outputs and {all_of_them}"
    console.print(Text(f"{agreeing} of {len(rows)} cases agree ({what}).",
                       style="bold green" if agreeing == len(rows) > 0 else "bold"))
    if unclear := [row for row in rows if row.verdict == "cannot judge"]:
        console.print(Text(f"{len(unclear)} cannot be judged: {unclear[0].message} ({unclear[0].case}).", style="yellow"))


def _tell_not_asked(report, console):
    """What it has no option for, each reason once."""
    reasons: dict[str, list[str]] = {}
    for row in report.rows:
        if row.verdict == "unsupported":
            reasons.setdefault(row.message, []).append(row.case)
    if not reasons:
        return
    _heading(console, f"not asked: {sum(map(len, reasons.values()))} of {len(report.rows)} cases", "bold")
    for reason, names in list(reasons.items())[:REASONS]:
        _indented(console, f"{reason} ({_cases(names, report.rows)})")
    if len(reasons) > REASONS:
        _indented(console, f"and {len(reasons) - REASONS} more reasons", style="dim")


REASONS = 6


def _table(rows) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("case", overflow="fold")
    table.add_column("verdict")
    table.add_column("worst array", overflow="fold")
    table.add_column("error", justify="right")
    for row in rows:
        worst = row.worst
        error = "" if worst is None else "-" if worst.problem else f"{worst.error:.3g}"
        table.add_row(Text(row.case), Text(row.verdict, style=style(row.verdict)),
                      Text(plain(worst.path) if worst else ""), error)
    return table


UNITS = "error: in units of what rounding allows at that element; 1 and below agrees"


def _tell_failures(rows, console):
    """Each message once, with the cases that it is about."""
    messages: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.message:
            messages.setdefault((row.verdict if row.verdict in NO_ANSWER else "note", row.message), []).append(row.case)
    for (heading, message), cases in messages.items():
        _heading(console, f"{heading}: {_cases(cases, rows)}", "bold red" if heading in NO_ANSWER else "bold")
        _indented(console, message)


def _tell_problems(rows, console, forward_only, python):
    """What could not be compared at all: missing names, shapes, dtypes. The same problem once, and none that a cause explains."""
    gradless = [row.case for row in rows if row.part("grads") and not forward_only
                and all(a.problem and a.problem.kind is Kind.MISSING for a in row.part("grads"))]
    if gradless:
        _heading(console, f"malformed: no gradients came back: {_cases(gradless, rows)}", "bold red")
        _indented(console, "Return `outputs, grads`, or " + ("say forward_only=True" if python else "pass --forward-only")
                  + " to compare the outputs alone.")
    for heading, about in (("malformed", [row for row in rows if row.verdict == "malformed"]),
                           ("not comparable", [row for row in rows if row.verdict != "malformed"])):
        problems: dict[str, list[str]] = {}
        for row in about:
            explained = bool(row.diagnosis) and row.diagnosis[0].complete
            for a in row.agreements:
                if a.problem and not explained and not (row.case in gradless and a.group == "grads"):
                    problems.setdefault(plain(f"{a.path}: {a.problem}"), []).append(row.case)
        if not problems:
            continue
        _heading(console, heading, "bold red")
        for problem, cases in list(problems.items())[:8]:
            _indented(console, f"{problem}  ({_cases(cases, rows)})")
        if len(problems) > 8:
            _indented(console, f"and {len(problems) - 8} more")
        if heading == "malformed":
            _indented(console, "`nnparity list --layer NAME` prints every name and layout.", style="dim")


def _tell_diagnosis(report, console, python):
    """The explanations of all rows together, the same words once."""
    rows, found, told = report.asked, report.diagnosis, report.told
    for place, one in enumerate(found[:3]):
        best = one.explanation
        _heading(console, f"{'diagnosis' if place == 0 else 'or'}: {best.title}", "bold yellow" if place == 0 else "yellow")
        if best.verdict != "unexplained":
            _indented(console, f"Reproduces every number of {_cases(one.complete, rows)}." if one.complete
                      else f"Reproduces part of {_cases(one.cases, rows)}.", style="dim")
        if place == 0:
            _tell_explanation(best, console, python)
    if len(found) > 3:
        _indented(console, f"and {len(found) - 3} weaker explanations", style="dim")
    if told is not None:
        _tell_apart(told, console)
    unnamed = [row for row in rows if row.verdict == "unexplained" and not row.diagnosis
               and row.worst is not None and not row.worst.problem]
    if unnamed:
        _heading(console, f"no cause found: {_cases([row.case for row in unnamed], rows)}", "bold red")
        _indented(console, f"{VERDICTS['unexplained'].words.capitalize()}. In {unnamed[0].case}:")
        for agreement in [a for a in unnamed[0].agreements if not a.ok][:4]:
            _indented(console, plain(str(agreement)))


def _tell_explanation(best, console, python):
    """What it is, how to ask for it, what to do, and where to read on."""
    _indented(console, best.words)
    if best.verdict == "convention":
        _indented(console, "If this is the formula you mean, ask for it: " + (
            ", ".join(as_argument(cause.what) for cause in best.causes) if python
            else " ".join(f"--convention {cause.what}" for cause in best.causes)))
    if best.fix:
        _indented(console, f"{'Why it matters' if best.verdict == 'convention' else 'What to do'}: {best.fix}")
    for framework, switch in best.switch.items():
        _indented(console, f"{framework:>6}: {switch}")
    for cause in best.causes:
        if isinstance(cause.what, Planted):
            _indented(console, f"Its page: nnparity explain {cause.what.mistake}", style="dim")


def as_argument(what) -> str:
    """reset="before", as one asks for it in Python."""
    return f"{what.option}={what.value!r}".replace("'", '"') if isinstance(what, OtherConvention) and not what.at else str(what)


def _tell_troubles(rows, console):
    """What is wrong beside the formulas: each trouble once, with the cases that show it."""
    troubles = {}
    for row in rows:
        for trouble in row.troubles:
            troubles.setdefault(trouble.id, (trouble, []))[1].append(row)
    for trouble, shown in troubles.values():
        _heading(console, f"trouble: {trouble.title}", "bold yellow")
        right = all(all(a.ok for a in row.agreements) for row in shown)
        about = "Your numbers are right; this is the trouble. " if right and trouble.fails else (
            "Your gradients are right; this is the trouble. " if right and any(row.part("grads") for row in shown) else "")
        _indented(console, about + trouble.words)
        _indented(console, f"What to do: {trouble.fix}")
        _indented(console, f"Seen in {_cases([row.case for row in shown], rows)}.", style="dim")


def _tell_apart(told, console):
    """What one more case said where several causes gave the same numbers."""
    titles = "; ".join(cause.title for cause in told.hypotheses)
    _heading(console, f"{len(told.hypotheses)} causes explain the same numbers", "bold")
    _indented(console, titles)
    if told.row is None:
        _indented(console, "No case tells them apart: they give the same numbers everywhere.")
    elif told.left:
        _indented(console, f"Asked {told.row.case}, on which they differ. What holds there too: "
                           f"{'; '.join(cause.title for cause in told.left)}")
    else:
        _indented(console, f"Asked {told.row.case}, on which they differ: none of them holds there "
                           f"({told.row.verdict}{': ' + told.row.message if told.row.message else ''}).")


def _tell_printed(rows, console):
    texts: dict[str, list[str]] = {}
    for row in rows:
        if row.printed.strip():
            texts.setdefault(row.printed, []).append(row.case)
    for text, cases in list(texts.items())[:3]:
        _heading(console, f"your code printed ({_cases(cases, rows)})", "bold")
        lines = text.rstrip().splitlines()
        shown = lines if len(lines) <= 12 else [*lines[:8], f"... {len(lines) - 10} more lines ...", *lines[-2:]]
        for line in shown:
            _indented(console, line if len(line) <= 150 else f"{line[:120]} ... ({len(line):,} characters)")
    if len(texts) > 3:
        _indented(console, f"and different text in {len(texts) - 3} more groups of cases", style="dim")


def _cases(names: Sequence[str], rows) -> str:
    """all 8 cases, gru-n10-float64, or gru-after-float64-generic and 3 more cases."""
    if len(names) == len(rows) > 1:
        return f"all {len(rows)} cases"
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _heading(console, text, style):
    console.print()
    console.print(Text(text, style=style))


def _indented(console, text, style=""):
    console.print(Padding(Text(text, style=style), (0, 0, 0, 2), expand=False))
