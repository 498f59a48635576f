"""What came of asking, as data: rows and what they say together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nnparity.cases.case import Case, Result
from nnparity.reports.verdicts.row import Row, exit_code
from nnparity.reports.verdicts.tell_apart import Told
from nnparity.reports.verdicts.together import Together, together


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Outcome:
    """One implementation, the cases that it was asked, and one row each."""

    name: str  # of the implementation, "my_gru.py"
    function: str
    network: str
    cases: Sequence[Case]
    rows: Sequence[Row]
    config: Mapping[str, Any] = field(default_factory=dict)
    told: Told | None = None  # what one more case said about causes that gave the same numbers
    forward_only: bool = False
    answers: Mapping[str, Result] = field(default_factory=dict)  # case -> what came back, where it differs
    notes: Sequence[str] = ()  # what a person should know about the questions, a sentence each

    @property
    def asked(self) -> list[Row]:
        """The rows about what the implementation has: what it has no option for is not held against it."""
        return [row for row in self.rows if row.verdict != "unsupported"]

    @property
    def exit_code(self) -> int:
        return exit_code(self.rows)

    @property
    def ok(self) -> bool:
        """Whether something was compared, and nothing disagrees, is missing or could not be judged."""
        return bool(self.asked) and all(row.ok for row in self.asked)

    @cached_property
    def diagnosis(self) -> list[Together]:
        """The causes that are named, the best first."""
        return list({one.explanation.title: one for one in reversed(together(self.rows, self.told))}.values())[::-1]

    @property
    def headline(self) -> str:
        """my_gru.py: gru, 8 cases (reset=after, update=keep)"""
        options = ", ".join(f"{o}={v}" for o, v in self.config.items())
        function = f"{self.function}: " if self.function not in (self.network, self.name) else ""
        return f"{self.name}: {function}{self.network}, {len(self.cases)} cases" + (f" ({options})" if options else "")

    @property
    def summary(self) -> str:
        """2 of 8 cases of gru agree; update gate swapped"""
        agreeing = sum(row.ok for row in self.asked)
        verdicts = ", ".join(dict.fromkeys(row.verdict for row in self.asked if not row.ok))
        what = self.diagnosis[0].explanation.title if self.diagnosis and verdicts else verdicts
        return f"{agreeing} of {len(self.asked)} cases of {self.network} agree" + (f"; {what}" if what else "")
