"""Which cases are written, into which files, and which cases a file of answers is about."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nnparity import cases as questions
from nnparity.cases.case import Case
from nnparity.cases.selection import is_about, network_of
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.vectors.answers import Answers, answer_of
from nnparity.reports.vectors.arrays import Unreadable


def can_be_written(case: Case) -> bool:
    """A training whose products are those of one particular machine is no question to anybody else."""
    return not (case.training and case.training.products)


def belongs(case: Case, network: str) -> bool:
    """Whether `nnparity vectors` writes the case into the file of that network, with --layer or without."""
    return can_be_written(case) and (network_of(case) == network or is_about(case, network))


def by_network(cases: Iterable[Case]) -> dict[str, list[Case]]:
    """{network: its cases}, of those that can be written."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        if can_be_written(case):
            found.setdefault(network_of(case), []).append(case)
    return found


def file_name(network: str, ending: str) -> str:
    """A network's name as a file's: the chain "lstm -> dense" is in lstm-to-dense.json."""
    return network.replace(" -> ", "-to-").replace("/", "-") + ending


def answered_cases(found: Answers, file: str) -> dict[str, Case]:
    """The cases that a file answers, by name. Raises Unreadable where a name is none of ours."""
    every = {case.name: case for case in (*questions.all_cases(), *questions.large_cases()) if can_be_written(case)}
    for i, name in enumerate(found.by_case):
        if name not in every:
            near = get_close_matches(name, every, n=2)
            raise Unreadable(f"{file}/answers/{i}/id", f"{name!r} is no case that `nnparity vectors` writes"
                             + (f"; do you mean {' or '.join(near)}?" if near else ""))
        if not belongs(every[name], found.network):
            raise Unreadable(f"{file}/network", f"{found.network!r}, and {name} is a case of {network_of(every[name])!r}")
    return {name: every[name] for name in found.by_case}


class Recorded:
    """The answers of a file, as something that can be asked: reports/asking/isolate.py."""

    def __init__(self, found: Answers, file: Path):
        self.found, self.file = found, file
        self.name = found.implementation

    def asker(self, timeout: float) -> "Recorded":
        del timeout
        return self

    def ask(self, case: Case) -> Answer:
        names = list(self.found.by_case)
        where = f"{self.file.name}/answers/{names.index(case.name)}"
        return answer_of(self.found.by_case[case.name], case, where, built=self.name, tensors=self.found.tensors)

    def __enter__(self) -> "Recorded":
        return self

    def __exit__(self, *_: Any) -> None:
        pass


def unanswered(found: Answers) -> Iterator[str]:
    """The cases of the file's network that it does not answer."""
    for case in questions.all_cases():
        if belongs(case, found.network) and case.name not in found.by_case:
            yield case.name
