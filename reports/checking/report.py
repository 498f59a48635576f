"""What came of asking: rows, and the same in words, as a table, and as a page."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nnparity.cases.case import Case
from nnparity.reports.verdicts.row import Row, exit_code
from nnparity.reports.verdicts.tell_apart import Told
from nnparity.reports.verdicts.together import Together, together

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100  # columns of an explanation


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Report:
    """One row a case. `print(report)` says everything, `report` in a notebook shows it, `.ok` decides.

        rows         reports/verdicts/row.py: verdict, agreements, diagnosis
        explain()    verdicts and diagnosis as text
        frame()      pandas: one line for each array of each row
        html()       the same as a fragment of a page
        exit_code    0 everything agrees, 1 something disagrees, 3 no answer somewhere, or nothing was compared
    """

    name: str  # of the implementation, "my_gru.py"
    function: str
    network: str
    cases: Sequence[Case]
    rows: Sequence[Row]
    config: Mapping[str, Any] = field(default_factory=dict)
    told: Told | None = None  # what one more case said about causes that gave the same numbers
    forward_only: bool = False

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

    def explain(self, width: int = WIDTH) -> str:
        """Verdicts, why there is no answer, diagnosis, troubles, what the code printed."""
        from rich.console import Console

        from nnparity.reports.checking.told import tell
        console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False, no_color=True, force_terminal=False,
                          legacy_windows=False)
        console.print(self.headline)
        tell(self, console)
        return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())

    def frame(self) -> "pd.DataFrame":
        """One line for each array of each row; the columns are those of reports/page/tables.py."""
        from nnparity.reports.page.tables import frame
        return frame(self.rows)

    def html(self) -> str:
        """A fragment of a page that needs nothing else: verdicts, and what is different with its formulas."""
        from nnparity.reports.checking.html import fragment
        return fragment(self)

    def json(self) -> str:
        """The rows for programs."""
        from nnparity.reports.checking.exchange import as_json
        return json.dumps(as_json(self), indent=1)

    def junit(self) -> str:
        """The rows as a JUnit test suite."""
        from nnparity.reports.checking.exchange import junit
        return junit([self])

    def _repr_html_(self) -> str:
        return self.html()

    def __str__(self) -> str:
        return self.explain()

    def __repr__(self) -> str:
        agreeing = sum(row.ok for row in self.asked)
        cause = f"; {self.diagnosis[0].explanation.title}" if self.diagnosis and not self.ok else ""
        verdicts = dict.fromkeys(row.verdict for row in self.asked if not row.ok)
        what = cause or (f"; {', '.join(verdicts)}" if verdicts else "")
        return f"<nnparity.Report {self.name}: {agreeing} of {len(self.asked)} cases of {self.network} agree{what}; print it for all>"
