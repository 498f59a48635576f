"""A page per public name: what the frameworks call one thing, what to write to get the same numbers, and where they differ."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from nnparity.cases.convention import AtlasRow
from nnparity.oracles.atlas.columns import snippet_of
from nnparity.oracles.atlas.names import public_names
from nnparity.reports.atlas.measure import Cell
from nnparity.reports.atlas.moving import FRAMEWORKS, Move, apart, moves, pairs
from nnparity.reports.atlas.view import Cells, agreed

COLUMNS = (*FRAMEWORKS, "tensorflow")
MOST = 3  # names of one framework


@dataclass(frozen=True)
class Thing:
    """A layer or function of the atlas. `names`: column -> what that framework calls it, the most used first."""

    layer: str
    names: dict[str, tuple[str, ...]]
    rows: tuple[AtlasRow, ...]
    cells: Cells

    @property
    def title(self) -> str:
        return " · ".join(dict.fromkeys(own[0] for own in self.names.values()))

    @property
    def differing(self) -> list[tuple[AtlasRow, float]]:
        """The rows on which not all agree, with the largest difference between two answers; the largest first."""
        found = [(row, self.farthest(row)) for row in self.rows if not agreed(self.cells[row.id])]
        return sorted(found, key=lambda pair: -pair[1])

    def farthest(self, row: AtlasRow) -> float:
        """The largest difference between the answers of two frameworks that compute different variants."""
        both = combinations(self.measured(row), 2)
        return max((apart(a.answer, b.answer) for a, b in both if a.variant is not b.variant), default=0.0)

    @property
    def agreeing(self) -> list[AtlasRow]:
        return [row for row in self.rows if agreed(self.cells[row.id])]

    def measured(self, row: AtlasRow) -> list[Cell]:
        return [self.cells[row.id][column] for column in COLUMNS if self.cells[row.id][column].variant is not None]

    @property
    def moves(self) -> Iterator[tuple[str, str, list[Move]]]:
        """Two frameworks that do not agree in all, and what to write in the second for what one has in the first."""
        for here, there in pairs():
            if found := moves(self.rows, self.cells, here, there):
                yield here, there, found


def things(rows: Iterable[AtlasRow], cells: Cells) -> list[Thing]:
    """Everything that two frameworks have a name for, in the atlas's order."""
    by_layer: dict[str, list[AtlasRow]] = {}
    for row in rows:
        by_layer.setdefault(row.layer, []).append(row)
    found = []
    for layer, own in by_layer.items():
        names = {column: called for column in COLUMNS if (called := names_of(own, column))}
        if len(names) > 1:
            found.append(Thing(layer, names, tuple(own), cells))
    return found


def names_of(rows: Iterable[AtlasRow], column: str) -> tuple[str, ...]:
    """What a framework's snippets of these rows call."""
    counted = Counter(name for row in rows if (code := snippet_of(row, column)) for name in public_names(code))
    return tuple(name for name, _ in counted.most_common(MOST))
