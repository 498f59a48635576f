"""The atlas as it is shown: which rows a word asks for, cells from a recording, who computes which variant, and JSON."""

from collections.abc import Iterable, Mapping

from nnparity.cases import atlas_recording as recorded
from nnparity.cases.atlas import atlas
from nnparity.cases.atlas.settings import setting_of
from nnparity.cases.convention import GROUPS, AtlasRow, Variant
from nnparity.oracles.atlas.columns import COLUMNS, absence_of, snippet_of
from nnparity.oracles.atlas.names import formerly, public_names
from nnparity.reports.atlas.measure import Cell, covered, example
from nnparity.reports.atlas.notes import notes

Cells = Mapping[str, Mapping[str, Cell]]  # row id -> column -> cell
# column -> the names under which a variant's switches are those of its framework
SWITCHES = {"torch": ("torch",), "keras": ("keras",), "tensorflow": ("tensorflow", "tensorflow 1"), "jax": ("jax", "flax"),
            "onnx": ("onnx",), "onnxruntime": ("onnx",)}


def rows_about(name: str | None) -> tuple[AtlasRow, ...]:
    """The rows with this id, or of this layer or group; all for None. Empty where there is none: then `search.find`."""
    rows = tuple(sorted(atlas().values(), key=lambda row: GROUPS.index(row.group)))
    if name is None:
        return rows
    wanted = name.lower()
    for matches in (lambda r: r.id == wanted, lambda r: wanted in (r.layer, r.group), lambda r: name.upper() in r.leads):
        if found := tuple(filter(matches, rows)):
            return found
    return ()


def words() -> list[str]:
    """What rows_about understands, for an error message."""
    return sorted({row.layer for row in atlas().values()} | set(GROUPS))


def recorded_cells(rows: Iterable[AtlasRow], columns: Iterable[str]) -> dict[str, dict[str, Cell]]:
    """The cells as they were recorded; nothing is run."""
    known, columns = recorded.load(), list(columns)
    return {row.id: {column: _recorded(row, column, known.get(row.id, {}).get(column)) for column in columns} for row in rows}


def _recorded(row: AtlasRow, column: str, cell: Mapping | None) -> Cell:
    if column not in covered(row):
        return Cell(row=row, column=column, state="absent", message=absence_of(row, column))
    if cell is None:
        return Cell(row=row, column=column, state="broken", message="never recorded")
    variant = None if cell["variant"] is None else row.variant(cell["variant"])
    message = cell.get("raised", "") or ("" if variant else row.unmatched.get(column, ""))
    return Cell(row=row, column=column, state="matched" if variant else "unmatched", variant=variant, answer=cell["answer"],
                version=cell["version"], on=cell["on"], message=message)


def computed_by(cells: Mapping[str, Cell], variant: Variant) -> list[Cell]:
    return [cell for cell in cells.values() if cell.variant is variant]


def who(cell: Cell) -> str:
    """The column, and whose function it asks where that is not what its name says: "tensorflow (tf.compat.v1)"."""
    told = marks(cell)
    return cell.column + (f" ({', '.join(told)})" if told else "")


def marks(cell: Cell) -> tuple[str, ...]:
    """Whose function it is where the column's name does not say it, "tf.compat.v1"; the default as it is written there, where
    that reads otherwise, "momentum=0.1"."""
    code = snippet_of(cell.row, cell.column)
    return tuple(filter(None, (formerly(code or ""), cell.row.written.get(cell.column, ""))))


def switch_of(row: AtlasRow, variant: Variant, column: str) -> str:
    """What to write in a column's framework to get a variant of a row; "" where no option of it is recorded."""
    names = SWITCHES[COLUMNS[column].of or column]
    own = next((variant.switch[name] for name in names if name in variant.switch), "")
    recorded_here = next((found.text for name in names if (found := setting_of(row.id, name, variant.value))), "")
    return own or recorded_here


def agreed(cells: Mapping[str, Cell]) -> Variant | None:
    """The variant that every column which was measured computes; None where they differ."""
    measured = [cell.variant for cell in cells.values() if cell.state in ("matched", "unmatched")]
    return measured[0] if measured and measured[0] and all(variant is measured[0] for variant in measured) else None


def others(cells: Mapping[str, Cell]) -> list[Cell]:
    """The columns that compute no variant: absent, not installed, broken, or something else."""
    return [cell for cell in cells.values() if cell.variant is None]


def differing(rows: Iterable[AtlasRow], cells: Cells, one: str, other: str) -> list[AtlasRow]:
    """The rows on which two columns were both measured and compute different variants."""
    return [row for row in rows if (a := cells[row.id][one].variant) is not None
            and (b := cells[row.id][other].variant) is not None and a is not b]


def shown(answer) -> str:
    """An answer in a few characters."""
    if isinstance(answer, dict):
        return ", ".join(f"{k} {v}" for k, v in answer.items())
    if isinstance(answer, list):
        return "[" + ", ".join(map(shown, answer)) + "]"
    return f"{answer:.6g}" if isinstance(answer, float) else str(answer)


def as_json(rows: Iterable[AtlasRow], cells: Cells) -> list[dict]:
    return [{
        "id": row.id, "title": row.title, "group": row.group, "question": row.question, "leads": list(row.leads),
        "variants": [{"value": v.value, "title": v.title, "formula": v.formula, "words": v.words, "switch": dict(v.switch)}
                     for v in row.variants],
        "measured": {name: _cell_as_json(cell) for name, cell in cells[row.id].items()},
        "example": example(row), "notes": notes(row, cells[row.id]), "consequence": row.consequence, "sources": list(row.sources),
        "snippets": {name: code for name in cells[row.id] if (code := snippet_of(row, name)) is not None},
    } for row in rows]


def _cell_as_json(cell: Cell) -> dict:
    code = snippet_of(cell.row, cell.column) or ""
    told = {"state": cell.state, "variant": cell.variant.value if cell.variant else None, "answer": cell.answer,
            "version": cell.version, "recorded_on": cell.on or None, "asks": list(public_names(code)) if code else []}
    besides = {"formerly": formerly(code), "written": cell.row.written.get(cell.column, ""), "message": cell.message}
    return told | {name: words for name, words in besides.items() if words}
