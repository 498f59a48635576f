"""What a person is told about the answers, as words: the terminal and the page say the same."""

from collections.abc import Sequence

from nnparity.reports.checking.outcome import Outcome
from nnparity.reports.comparison.foreign import plain
from nnparity.reports.comparison.problem import Kind
from nnparity.reports.diagnosis.cause import OtherConvention, Planted
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.tell_apart import Told
from nnparity.reports.verdicts.together import Together
from nnparity.reports.verdicts.troubles import Found
from nnparity.reports.verdicts.verdict import NO_ANSWER, VERDICTS


def sentence(report: Outcome) -> str:
    """What is wrong, in one sentence: the first thing that a page says."""
    rows = report.asked
    if not rows:
        return "Nothing was asked, so nothing agrees."
    if report.diagnosis and not report.ok:
        return report.diagnosis[0].explanation.title
    verdicts = list(dict.fromkeys(row.verdict for row in rows if not row.ok))
    if not verdicts:
        return agreement(report)
    return f"{agreement(report)[:-1]}; " + "; ".join(f"{verdict}: {VERDICTS[verdict].words}" for verdict in verdicts) + "."


def agreement(report: Outcome) -> str:
    """7 of 8 cases agree (outputs and all gradients)."""
    agreeing = sum(row.ok for row in report.asked)
    gradients = "the gradients that came back" if any(row.left_out for row in report.asked) else "all gradients"
    what = "outputs only" if report.forward_only else f"outputs and {gradients}"
    return f"{agreeing} of {len(report.asked)} cases agree ({what})."


def not_asked(report: Outcome) -> list[tuple[str, str]]:
    """What it has no option for, each reason once: (reason, cases)."""
    reasons: dict[str, list[str]] = {}
    for row in report.rows:
        if row.verdict == "unsupported":
            reasons.setdefault(row.message, []).append(row.case)
    return [(reason, which(names, report.rows)) for reason, names in reasons.items()]


def failures(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """(verdict or "note", message, cases): each message once, with the cases that it is about."""
    messages: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.message:
            messages.setdefault((row.verdict if row.verdict in NO_ANSWER else "note", row.message), []).append(row.case)
    return [(heading, message, which(cases, rows)) for (heading, message), cases in messages.items()]


def without_gradients(report: Outcome) -> list[str]:
    """The cases for which no gradient at all came back."""
    return [] if report.forward_only else [
        row.case for row in report.asked
        if row.part("grads") and all(a.problem and a.problem.kind is Kind.MISSING for a in row.part("grads"))]


def problems(report: Outcome) -> list[tuple[str, str, str]]:
    """What could not be compared at all, missing names, shapes, dtypes: ("malformed" or "not comparable", problem, cases).

    The same problem once, and none that a cause explains.
    """
    rows, gradless = report.asked, without_gradients(report)
    found: dict[tuple[str, str], list[str]] = {}
    for row in sorted(rows, key=lambda row: row.verdict != "malformed"):
        explained = bool(row.diagnosis) and row.diagnosis[0].complete
        heading = "malformed" if row.verdict == "malformed" else "not comparable"
        for a in row.agreements:
            if a.problem and not explained and not (row.case in gradless and a.group == "grads"):
                found.setdefault((heading, plain(f"{a.path}: {a.problem}")), []).append(row.case)
    return [(heading, problem, which(cases, rows)) for (heading, problem), cases in found.items()]


def names(report: Outcome) -> str:
    """Where the names of its arrays are; NAME where a chain has no name of one word."""
    return f"`nnparity list --layer {report.network if report.network.isidentifier() else 'NAME'}` prints every name and layout."


def reach(one: Together, rows: Sequence[Row]) -> str:
    """How much of the answers a cause reproduces."""
    return (f"Reproduces every number of {which(one.complete, rows)}." if one.complete
            else f"Reproduces part of {which(one.cases, rows)}.")


def asked_for(best: Explanation, python: bool) -> str:
    """The options that ask for the conventions of an explanation."""
    return (", ".join(as_argument(cause.what) for cause in best.causes) if python
            else " ".join(f"--convention {cause.what}" for cause in best.causes))


def entries(best: Explanation) -> list[str]:
    """The mistakes of the catalogue in an explanation, each of which has a page."""
    return list(dict.fromkeys(cause.what.mistake for cause in best.causes if isinstance(cause.what, Planted)))


def as_argument(what) -> str:
    """reset="before", as one asks for it in Python."""
    return f"{what.option}={what.value!r}".replace("'", '"') if isinstance(what, OtherConvention) and not what.at else str(what)


def troubles(rows: Sequence[Row]) -> list[tuple[Found, list[Row]]]:
    """What is wrong beside the formulas: each trouble once, with the rows that show it."""
    found: dict[str, tuple[Found, list[Row]]] = {}
    for row in rows:
        for trouble in row.troubles:
            found.setdefault(trouble.id, (trouble, []))[1].append(row)
    return list(found.values())


def apart(told: Told | None) -> tuple[str, ...]:
    """(that several causes gave the same numbers, which, what one more case said of them); nothing where none was asked, or no
    answer came: the causes stand one below the other anyway."""
    if told is None or told.row is not None and told.row.verdict in NO_ANSWER:
        return ()
    several = f"{len(told.hypotheses)} causes explain the same numbers"
    titles = "; ".join(cause.title for cause in told.hypotheses)
    if told.row is None:
        return several, titles, "No case tells them apart: they give the same numbers everywhere."
    asked = f"Asked {told.row.case}, on which they differ"
    if told.left:
        return several, titles, f"{asked}. What holds there too: {'; '.join(cause.title for cause in told.left)}"
    return several, titles, (f"{asked}: none of them holds there "
                    f"({told.row.verdict}{': ' + told.row.message if told.row.message else ''}).")


def printed(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """(what the code printed, cases), the same text once."""
    texts: dict[str, list[str]] = {}
    for row in rows:
        if row.printed.strip():
            texts.setdefault(row.printed, []).append(row.case)
    return [(text, which(cases, rows)) for text, cases in texts.items()]


def which(names: Sequence[str], rows) -> str:
    """all 8 cases, gru-n10-float64, or gru-after-float64-generic and 3 more cases."""
    if len(names) == len(rows) > 1:
        return f"all {len(rows)} cases"
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
