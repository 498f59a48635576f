"""One section of the page for each network of the documents: what it built, its formulas, its figures, its rows, its curves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from nnparity.cases.case import Case, Result, Unsupported
from nnparity.cases.documents.network import Network
from nnparity.cases.documents.networks import NETWORKS
from nnparity.cases.selection import cases_of
from nnparity.reports.page.networks import MODULES
from nnparity.reports.page.networks.shown import Seen, trainings
from nnparity.reports.page.summary import Summary
from nnparity.reports.verdicts.golden import GoldenRow
from nnparity.reports.verdicts.row import Row


@dataclass(frozen=True)
class NetworkSection:
    """A network and what this run found about it."""

    network: Network
    rows: tuple[Row, ...]
    golden: tuple[GoldenRow, ...] = ()
    pictures: tuple[Markup, ...] = ()  # loss curves, surfaces
    notes: tuple[str, ...] = field(default=())  # sentences that training found: what was learnt, what saturates

    @property
    def summary(self) -> Summary:
        return Summary(self.rows)

    @property
    def cases(self) -> list[tuple[str, dict[str, Row]]]:
        """(case name, implementation -> row), one line a case."""
        lines: dict[str, dict[str, Row]] = {}
        for row in self.rows:
            lines.setdefault(row.case, {})[row.implementation] = row
        return list(lines.items())

    @property
    def implementations(self) -> list[str]:
        return sorted({row.implementation for row in self.rows})


def sections(rows: Iterable[Row], golden: Sequence[GoldenRow] = (), cases: Iterable[Case] = (),
             answers: Mapping[str, Mapping[Case, Result | Unsupported]] | None = None) -> list[NetworkSection]:
    """The networks that this run touched, in order of their numbers. `cases` are those whose pictures are drawn, `answers` what
    each oracle has given."""
    rows, cases, found = tuple(rows), tuple(cases), []
    for id, network in NETWORKS.items():
        names = {case.name for case in cases_of(id)}
        own = tuple(row for row in rows if row.case in names)
        seen = Seen({case.name: case for case in cases if case.name in names}, answers or {})
        if own or seen.cases:
            module = MODULES.get(id.lower())
            shown = module.shown(seen) if module and seen.cases else trainings(seen)
            found.append(NetworkSection(network, own, tuple(g for g in golden if g.case in names), shown.pictures, shown.notes))
    return found
