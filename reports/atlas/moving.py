"""Moving from one framework to another: on which points both compute something else by default, what hurts most first, and what
to write over there to keep what one had."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from nnparity.cases.convention import REFUSES, AtlasRow, Variant
from nnparity.oracles.atlas.columns import COLUMNS
from nnparity.reports.atlas.measure import Cell
from nnparity.reports.atlas.settings import instead
from nnparity.reports.atlas.view import Cells, differing, switch_of

FRAMEWORKS = ("torch", "keras", "jax", "onnx")  # that people move between: the column that stands for each


@dataclass(frozen=True)
class Move:
    """One row on which the two differ."""

    row: AtlasRow
    here: Cell
    there: Cell
    apart: float  # the answers' largest difference, in parts of the largest number in either; 1 where they are no numbers

    @property
    def kept(self) -> Variant:
        """What one had."""
        assert self.here.variant is not None
        return self.here.variant

    @property
    def gets(self) -> Variant:
        """What one gets over there without doing anything."""
        assert self.there.variant is not None
        return self.there.variant

    @property
    def write(self) -> str:
        """What to write over there to keep what one had; "" where no option of that framework is recorded."""
        return switch_of(self.row, self.kept, self.there.column)

    @property
    def instead(self) -> str | None:
        """What is recorded to do where there is no option, or ""; None where there is one to write."""
        return instead(self.write)

    @property
    def formula(self) -> str:
        """What to write out where there is no option: what one had, in LaTeX."""
        return self.kept.formula if self.kept.value != REFUSES else r"\text{raise the error yourself}"

    def json(self) -> dict[str, Any]:
        return {"id": self.row.id, "question": self.row.question, "from": self.kept.value, "to": self.gets.value,
                "apart": self.apart, "write": self.write if self.instead is None else "",
                **({} if self.instead is None else {"instead": self.instead or "write it out", "formula": self.formula}),
                "consequence": self.row.consequence}


def moves(rows: Iterable[AtlasRow], cells: Cells, here: str, there: str) -> list[Move]:
    """The rows that differ: first those that a framework refuses on the other side, then by how far the answers are apart."""
    found = [Move(row, cells[row.id][here], cells[row.id][there], apart(cells[row.id][here].answer, cells[row.id][there].answer))
             for row in differing(rows, cells, here, there)]
    return sorted(found, key=lambda move: (REFUSES not in (move.kept.value, move.gets.value), -move.apart, move.row.id))


def apart(a: Any, b: Any) -> float:
    """How far two answers are apart, in parts of the largest number in either; 1 where they are no numbers of one shape."""
    one, other = list(numbers(a)), list(numbers(b))
    if len(one) != len(other) or not one or None in one or None in other:
        return 1.0
    largest = max(abs(n) for n in (*one, *other) if n is not None)
    return max(abs(m - n) for m, n in zip(one, other) if m is not None and n is not None) / largest if largest else 0.0


def numbers(answer: Any) -> Iterator[float | None]:
    """The numbers of an answer, None in the place of whatever is none."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list):
        for part in answer:
            yield from numbers(part)
    else:
        yield float(answer) if isinstance(answer, (int, float)) and isfinite(answer) else None


def pairs() -> list[tuple[str, str]]:
    return [(here, there) for here in FRAMEWORKS for there in FRAMEWORKS if here != there]


def title(name: str) -> str:
    return COLUMNS[name].title
