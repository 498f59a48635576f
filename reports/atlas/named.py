"""A page per public name: what the frameworks call one thing, what to write to get the same numbers, and where they differ."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from nnparity.cases.convention import AtlasRow
from nnparity.oracles.atlas.columns import snippet_of
from nnparity.oracles.atlas.names import public_names
from nnparity.reports.atlas.measure import Cell
from nnparity.reports.atlas.moving import FRAMEWORKS, Move, apart, moves, pairs
from nnparity.reports.atlas.search import stems
from nnparity.reports.atlas.view import Cells, agreed

COLUMNS = (*FRAMEWORKS, "tensorflow")
MOST = 3  # names of one framework
# how a name begins that somebody types -> the columns whose name it can be
OWNERS = {"torch": ("torch",), "nn": ("torch", "jax"), "F": ("torch",), "optim": ("torch",), "keras": ("keras", "tensorflow"),
          "tf": ("keras", "tensorflow"), "tensorflow": ("keras", "tensorflow"), "layers": ("keras",), "jax": ("jax",),
          "jnp": ("jax",), "lax": ("jax",), "flax": ("jax",), "nnx": ("jax",), "linen": ("jax",), "optax": ("jax",),
          "onnx": ("onnx",)}


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
        """Two frameworks that do not agree in all, and what to write in the second for what one has in the first; what is an
        option there comes before what is none."""
        for here, there in pairs():
            if found := moves(self.rows, self.cells, here, there):
                yield here, there, sorted(found, key=lambda move: move.instead is not None)


@dataclass(frozen=True)
class Named:
    """What somebody means by a name: a thing, in the framework whose name it is, and how it is called where it was measured."""

    thing: Thing
    column: str
    name: str

    @property
    def same_numbers(self) -> list[tuple[str, list[Move]]]:
        """Every other framework that has it: what to write there for what this one computes; empty where nothing differs."""
        found = {there: own for here, there, own in self.thing.moves if here == self.column}
        return [(there, found.get(there, [])) for there in FRAMEWORKS if there in self.thing.names and there != self.column]

    @property
    def snippets(self) -> dict[str, str]:
        """Column -> the first thing to paste and run that calls it."""
        found = {column: next((code for row in self.thing.rows if (code := snippet_of(row, column))), "")
                 for column in self.thing.names}
        return {column: code for column, code in found.items() if code}

    def json(self) -> dict[str, Any]:
        thing = self.thing
        return {"name": self.name, "framework": self.column, "layer": thing.layer,
                "names": {column: list(own) for column, own in thing.names.items()},
                "same_numbers": {there: [move.json() for move in moved] for there, moved in self.same_numbers},
                "differences": [{"id": row.id, "question": row.question, "apart": apart,
                                 "computed": {cell.column: cell.variant.value for cell in thing.measured(row) if cell.variant}}
                                for row, apart in thing.differing],
                "agreeing": [row.id for row in thing.agreeing], "snippets": self.snippets}


def called(word: str, known: Iterable[Thing]) -> list[Named]:
    """What is called so: "torch.nn.BatchNorm2d", "nn.BatchNorm2d"; without a dot only a class, spelt as it is, "BatchNorm2d".

    The number of spatial dimensions makes no difference, the framework that is named does; a class that two frameworks have is
    the first one's. Best first: a thing of that name or of most of its words, then things whose snippets call it most, then
    those with most rows.
    """
    first, _, rest = word.partition(".")
    if not re.fullmatch(r"[\w.]+", word) or not (first in OWNERS if rest else re.search(r"[A-Z]", word)):
        return []
    columns, asked = (OWNERS[first] if rest else COLUMNS), last(word)
    alike = (lambda name: plain(name).lower()) if rest else plain
    found = [Named(thing, column, name) for thing in known for column in columns for name in names_of(thing.rows, column, None)
             if alike(last(name)) == alike(asked)]
    owners = [one.column for one in found if one.name == word] or [one.column for one in found]
    best: dict[str, Named] = {}
    for one in sorted(found, key=lambda one: (last(one.name) != asked, one.name.count("."))):  # the class before its function
        if one.column == owners[0]:
            best.setdefault(one.thing.layer, one)

    def distance(one: Named) -> tuple:
        layer = one.thing.layer.removesuffix("_layer").replace("_", "")  # leaky_relu_layer is the class LeakyReLU
        return (layer != asked.lower(), plain(layer) != plain(asked.lower()),
                len({*stems(plain(asked))} - {*stems(one.thing.layer)}), last(one.name) != asked,
                names_of(one.thing.rows, one.column)[0] != one.name, -len(one.thing.rows))

    return sorted(best.values(), key=distance)


def last(name: str) -> str:
    return name.rpartition(".")[2]


def plain(name: str) -> str:
    """A name without dimension and joints: BatchNorm2d -> BatchNorm, leaky_relu -> leakyrelu."""
    return re.sub(r"[123][dD]", "", name).replace("_", "")


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


def names_of(rows: Iterable[AtlasRow], column: str, most: int | None = MOST) -> tuple[str, ...]:
    """What a framework's snippets of these rows call, the most used first."""
    counted = Counter(name for row in rows if (code := snippet_of(row, column)) for name in public_names(code))
    return tuple(name for name, _ in counted.most_common(most))
