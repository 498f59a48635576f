"""Questions × frameworks: what each framework's column answers in a few characters, and which cells of a row are alike."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from nnparity.cases.convention import AtlasRow, Variant
from nnparity.oracles.atlas.columns import snippet_of
from nnparity.oracles.atlas.names import public_names
from nnparity.reports.atlas.measure import Cell
from nnparity.reports.atlas.view import marks, switch_of

NO_VARIANT = {"absent": "–", "unmatched": "other"}  # any other state is its own name


@dataclass(frozen=True)
class Square:
    """One cell. Equal `kind`, equal formula: 0 is what most columns of the row compute, -1 what matches none."""

    cell: Cell
    kind: int

    @property
    def name(self) -> str:
        """The variant's short name."""
        variant = self.cell.variant
        return str(variant.value) if variant else NO_VARIANT.get(self.cell.state, self.cell.state)

    @property
    def marks(self) -> tuple[str, ...]:
        """Whose function it is where that is not what the column's name says, and the default as it is written there."""
        return marks(self.cell) if self.cell.variant else ()

    @property
    def functions(self) -> tuple[str, ...]:
        """What the cell asks, "tf.compat.v1.nn.fused_batch_norm"."""
        return public_names(snippet_of(self.cell.row, self.cell.column) or "")

    @property
    def settings(self) -> list[tuple[Variant, str]]:
        """Every other variant of the row, and what to write in this framework to get it; "" where no option is recorded."""
        row, column = self.cell.row, self.cell.column
        return [(other, switch_of(row, other, column)) for other in row.variants if other is not self.cell.variant]


def line(row: AtlasRow, cells: Mapping[str, Cell]) -> list[Square]:
    """The row's squares, one a column."""
    counted = Counter(cell.variant.value for cell in cells.values() if cell.variant)
    asked = [variant.value for variant in row.variants if variant.value in counted]
    kinds = {value: kind for kind, value in enumerate(sorted(asked, key=lambda value: -counted[value]))}
    return [Square(cell, kinds[cell.variant.value] if cell.variant else -1) for cell in cells.values()]
