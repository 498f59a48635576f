"""What came of asking: rows, and the same in words, as a table, and as a page."""

import json
from typing import TYPE_CHECKING

from nnparity.reports.checking import exchange, html, told
from nnparity.reports.checking.outcome import Outcome

if TYPE_CHECKING:
    import pandas as pd


class Report(Outcome):
    """One row a case. `print(report)` says everything, `report` in a notebook shows it, `.ok` decides.

        rows         reports/verdicts/row.py: verdict, agreements, diagnosis
        explain()    verdicts and diagnosis as text
        frame()      pandas: one line for each array of each row
        html()       a page of it: the diagnosis, its formula with what is wrong marked, a picture of got - expected, all rows
        exit_code    0 everything agrees, 1 something disagrees, 3 no answer somewhere, or nothing was compared
    """

    def explain(self, width: int = told.WIDTH) -> str:
        """Verdicts, why there is no answer, diagnosis, troubles, what the code printed."""
        return told.as_text(self, width)

    def frame(self) -> "pd.DataFrame":
        """One line for each array of each row; the columns are those of reports/page/tables.py."""
        from nnparity.reports.page.tables import frame
        return frame(self.rows)

    def html(self) -> str:
        """A whole page that needs nothing else, to be written to a file; `report` in a notebook shows the same."""
        return html.page([self])

    def json(self) -> str:
        """The rows for programs."""
        return json.dumps(exchange.as_json(self), indent=1)

    def junit(self) -> str:
        """The rows as a JUnit test suite."""
        return exchange.junit([self])

    def _repr_html_(self) -> str:
        return html.fragment(self)

    def __str__(self) -> str:
        return self.explain()

    def __repr__(self) -> str:
        return f"<nnparity.Report {self.name}: {self.summary}; print it for all>"
