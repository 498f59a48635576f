"""Every implementation asked for its certificates; frameworks in a process of their own."""

from collections.abc import Iterable, Sequence
from contextlib import closing

import numpy as np

from nnparity import oracles, reference_impl
from nnparity.reference_impl.network import version
from nnparity.reports.asking.implementations import Oracle
from nnparity.reports.asking.isolate import answers
from nnparity.reports.certificates.certificate import REFERENCE, Certificates
from nnparity.reports.certificates.measure import certify
from nnparity.reports.certificates.question import DTYPES, Question


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
