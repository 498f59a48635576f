"""Run an implementation in a process of its own, so that whatever it does, the other rows survive.

A crash, sys.exit, an endless loop, a flood of output or bytes written into our own pipes cost the question that was asked and no
other: the process (reports/asking/child.py) is replaced and the next question is asked. This is how everything runs that is not
ours or is not to disturb us: users' files, frameworks, snippets of the atlas, both sides of the benchmark.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from nnparity.cases.case import Case, Result
from nnparity.reports.asking.child import NO_ANSWER, Child
from nnparity.reports.asking.second_look import Watching


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of asking one question, mostly a case: a result, or a failure ("errored", "timed out", "unsupported") and why."""

    case: Any
    result: Any = None  # of a case, a Result
    failure: str = ""
    message: str = ""
    printed: str = ""  # what the implementation wrote to stdout and stderr
    seconds: float = field(default=float("nan"), compare=False)
    version: str = ""
    ended: bool = False  # the process died of this question

    @property
    def seen(self):
        """What a user's function did besides answering, see reports/asking/second_look.py; None where nobody watched."""
        return getattr(self.result, "seen", None)


def as_result(data) -> Result:
    """What a worker sends about a case. Raises ValueError where it is no Result."""
    match data:
        case {"outputs": dict(), "grads": dict(), "built": str(), "composed": bool(), "seen": dict()}:
            return Watching(**data)
        case {"outputs": dict(), "grads": dict(), "built": str(), "composed": bool()}:
            return Result(**data)
    raise ValueError("no result")


class Asker:
    """An implementation that is asked one question after the other in one process, which a crash or a hang replaces.

    `timeout` in seconds is for one question; importing may take `implementation.import_limit` more. An implementation that cannot
    be imported fails every question with the same message. `read` makes a result of the plain data that came back and raises
    ValueError or TypeError where it is none. Leave the block, or call `close`, to end the process early.
    """

    def __init__(self, implementation, timeout: float, read: Callable[[Any], Any] = as_result):
        self.implementation, self.timeout, self.read = implementation, timeout, read
        self.child: Child | None = None
        self.unusable: dict[str, Any] = {}  # the failure of an import: asking again would fail again
        self.said = ""  # by the import, which goes to its first question

    def ask(self, question) -> Answer:
        if self.child is not None and self.child.spent():
            self.close()
        if (child := self.started()) is None:
            return Answer(case=question, **self.unusable)
        reply = child.ask(question, self.timeout)
        common = {"case": question, "printed": self.said + reply.pop("printed"), "version": child.version}
        self.said = ""
        if not child.alive:
            self.close()
        if "failure" in reply:
            return Answer(**reply, **common)
        try:
            return Answer(result=self.read(reply.pop("answer")), **reply, **common)
        except (ValueError, TypeError):
            return Answer(**common, **NO_ANSWER)

    def started(self) -> Child | None:
        """The process, in which the implementation has been imported; None where it cannot be."""
        if self.child is None and not self.unusable:
            self.child = Child(self.implementation)
            greeting = self.child.exchange(b"", self.implementation.import_limit + self.timeout)
            self.said = greeting.pop("printed")
            if "failure" in greeting:
                self.unusable = {**greeting, "message": f"while importing: {greeting['message']}", "printed": self.said}
                self.close()
        return self.child

    @property
    def version(self) -> str:
        """What the implementation calls itself; "" where it cannot be imported."""
        child = self.started()
        return child.version if child else ""

    def close(self) -> None:
        """End the process, and what it started."""
        if self.child is not None:
            self.child.kill()
            self.child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def answers(implementation, cases: Iterable[Case], timeout: float) -> Generator[Answer, None, None]:
    """One answer for every case, in order, whatever happens. Close the generator to end the process early. An implementation that
    has an `asker` of its own is asked by that."""
    with getattr(implementation, "asker", partial(Asker, implementation))(timeout) as asker:
        for case in cases:
            yield asker.ask(case)


def results(implementation, cases: Iterable[Case], timeout: float) -> dict[str, Result]:
    """Case -> what came back, for those that gave a result: a look at numbers, without a verdict."""
    return {answer.case.name: answer.result for answer in answers(implementation, cases, timeout) if answer.result is not None}
