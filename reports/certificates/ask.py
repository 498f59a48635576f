"""Every implementation asked for its certificates; frameworks in a process of their own. Recorded for the report."""

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path

import numpy as np

import oracles
import reference_impl
from reference_impl.network import version
from reports.certificates.measure import Certificate, certify
from reports.certificates.question import DTYPES, Question
from reports.implementations import Oracle
from reports.isolate import answers

REFERENCE = "reference"
RECORDED = Path(__file__).parent / "recorded.json"


@dataclass
class Certificates:
    """What was measured: certificates, versions and failures by implementation."""

    of: dict[str, list[Certificate]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    without: dict[str, dict[str, str]] = field(default_factory=dict)  # implementation -> case -> why there is no answer
    missing: dict[str, str] = field(default_factory=dict)  # implementation -> packages that are not installed


def measure(names: Iterable[str], questions: Sequence[Question], timeout: float, advance=lambda: None) -> Certificates:
    """Certificates of the reference and of these oracles. A framework that is not installed is missing, never exact."""
    found = Certificates()
    asked = {question.case(dtype): (question, dtype) for question in questions for dtype in DTYPES}
    found.of[REFERENCE], found.versions[REFERENCE] = [], version()
    with np.errstate(over="ignore", divide="ignore"):  # where the exact value is infinite
        for case, (question, dtype) in asked.items():
            found.of[REFERENCE] += certify(question, dtype, reference_impl.run(case))
            advance()
    for name in names:
        if packages := oracles.missing(name):
            found.missing[name] = ", ".join(packages)
            continue
        found.of[name], found.without[name] = [], {}
        with closing(answers(Oracle(name), asked, timeout)) as replies:
            for reply in replies:
                advance()
                if reply.result is None:
                    found.without[name][reply.case.name] = f"{reply.failure}: {reply.message}"
                    continue
                found.versions[name] = reply.version
                found.of[name] += certify(*asked[reply.case], reply.result)
    return found


def as_json(found: Certificates) -> dict:
    """For programs and for the recording; a number that is not finite is a word, "inf" or "nan"."""
    def plain(value):
        return str(value) if isinstance(value, float) and not isfinite(value) else value

    return {"versions": found.versions, "missing": found.missing, "without": found.without,
            "certificates": {name: [{key: plain(value) for key, value in asdict(c).items()} for c in own]
                             for name, own in found.of.items()}}


def record(found: Certificates, path: Path = RECORDED) -> None:
    path.write_text(json.dumps(as_json(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def recorded(path: Path = RECORDED) -> Certificates | None:
    """What was recorded last, or None."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    numbers = ("units", "relative", "argument", "got", "exact", "ordinary", "ordinary_argument")
    return Certificates(
        of={name: [Certificate(**{key: float(value) if key in numbers else value for key, value in c.items()}) for c in own]
            for name, own in kept["certificates"].items()},
        versions=kept["versions"], missing=kept["missing"], without=kept["without"])
