"""Rows for programs: JSON, and JUnit's XML, which every CI shows."""

from collections.abc import Sequence
from math import isfinite
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from nnparity.reports.checking.outcome import Outcome
from nnparity.reports.checking.told import as_text
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.comparison.foreign import writable
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.verdict import NO_ANSWER

SCHEMA = 1  # of as_json: grows where a name changes its meaning or goes


def as_json(report: Outcome) -> dict[str, Any]:
    """The report as plain data. A number that JSON does not have (nan, inf) is null."""
    return {"schema": SCHEMA, "implementation": report.name, "function": report.function, "network": report.network,
            "ok": report.ok,
            "exit_code": report.exit_code, "conventions": {o: v for o, v in report.config.items()},
            "forward_only": report.forward_only,
            "diagnosis": [{"title": one.explanation.title, "verdict": one.explanation.verdict, "words": one.explanation.words,
                           "fix": one.explanation.fix, "cases": one.cases, "reproduces": one.complete} for one
                           in report.diagnosis],
            "rows": [row_as_json(row) for row in report.rows]}


def row_as_json(row: Row) -> dict[str, Any]:
    return {"case": row.case, "verdict": row.verdict, "built": row.built, "message": row.message, "printed": row.printed,
            "seconds": number(row.seconds), "causes": [one.title for one in row.diagnosis],
            "troubles": [{"id": trouble.id, "title": trouble.title, "words": trouble.words} for trouble in row.troubles],
            "arrays": [agreement_as_json(a) for a in row.agreements]}


def agreement_as_json(a: Agreement) -> dict[str, Any]:
    return {"array": a.path, "ok": a.ok, "error": number(a.error), "allowed": number(a.allowed), "at": [int(i) for i in a.worst],
            "got": number(a.got), "expected": number(a.expected), "problem": str(a.problem or "")}


def number(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def junit(reports: Sequence[Outcome]) -> str:
    """A test suite an implementation, a test case a case: failed where the numbers differ, in error where no answer came."""
    root = Element("testsuites", name="nnparity")
    for report in reports:
        counted = [outcome(row) for row in report.rows]
        suite = SubElement(root, "testsuite", name=xml(report.headline), tests=str(len(counted)),
                           failures=str(counted.count("failure")),
                           errors=str(counted.count("error")), skipped=str(counted.count("skipped")))
        words = as_text(report) if not report.ok else ""
        for row, what in zip(report.rows, counted, strict=True):
            case = SubElement(suite, "testcase", classname=xml(f"{report.name}.{report.function}"), name=row.case,
                              time=f"{row.seconds:.6f}" if isfinite(row.seconds) else "0")
            if what:
                title = row.diagnosis[0].title if row.diagnosis else row.message or row.verdict
                element = SubElement(case, what, message=xml(f"{row.verdict}: {title}"))
                element.text = xml(words) if what != "skipped" else None
                words = words and "see the first failure of this suite"
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def outcome(row: Row) -> str:
    """What JUnit calls it; "" for a test that passed."""
    if row.ok:
        return ""
    return "error" if row.verdict in NO_ANSWER else "skipped" if row.verdict == "unsupported" else "failure"


def xml(text: str) -> str:
    """Text that XML 1.0 can hold."""
    return "".join(c if c in "\t\n\r" or c >= " " and c not in "\ufffe\uffff" else "?" for c in writable(text))
