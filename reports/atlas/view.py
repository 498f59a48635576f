"""The atlas as it is shown: which rows a word asks for, cells from a recording, who computes which variant, as table, page of one
row, and JSON."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from nnparity.cases import atlas_recording as recorded
from nnparity.cases.atlas import atlas
from nnparity.cases.convention import GROUPS, AtlasRow, Variant
from nnparity.oracles.atlas.columns import COLUMNS, absence_of, snippet_of
from nnparity.reports.atlas.measure import Cell, covered, example
from nnparity.reports.formula import plain_text

Cells = Mapping[str, Mapping[str, Cell]]  # row id -> column -> cell


def rows_about(name: str | None) -> tuple[AtlasRow, ...]:
    """The rows with this id, of this layer or group, or with this in their id; all for None. Empty where there is none."""
    rows = tuple(sorted(atlas().values(), key=lambda row: GROUPS.index(row.group)))
    if name is None:
        return rows
    wanted = name.lower()
    for matches in (lambda r: r.id == wanted, lambda r: wanted in (r.layer, r.group), lambda r: name.upper() in r.leads,
                    lambda r: wanted in r.id):
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
    return Cell(row=row, column=column, state="matched" if variant else "unmatched", variant=variant, answer=cell["answer"],
                version=cell["version"], message=cell.get("raised", "") or ("" if variant else row.unmatched.get(column, "")))


def computed_by(cells: Mapping[str, Cell], variant: Variant) -> list[Cell]:
    return [cell for cell in cells.values() if cell.variant is variant]


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
        "measured": {name: {"state": cell.state, "variant": cell.variant.value if cell.variant else None, "answer": cell.answer,
                            "version": cell.version, **({"message": cell.message} if cell.message else {})}
                     for name, cell in cells[row.id].items()},
        "example": example(row), "consequence": row.consequence, "sources": list(row.sources),
        "snippets": {name: code for name in cells[row.id] if (code := snippet_of(row, name)) is not None},
    } for row in rows]


def tell_table(rows: Sequence[AtlasRow], cells: Cells, console: Console) -> None:
    """One line a variant that somebody computes: the row, the variant, who."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("convention", overflow="fold", max_width=32)
    table.add_column("variant", overflow="fold", max_width=26)
    table.add_column("computed by", overflow="fold")
    for group in GROUPS:
        own = [row for row in rows if row.group == group]
        if own:
            table.add_row(Text(f"\n{group}", style="bold"), "", "")
        for row in own:
            first = True
            for variant in row.variants:
                if found := computed_by(cells[row.id], variant):
                    table.add_row(Text(row.id if first else "", style="cyan"), Text(str(variant.value)),
                                  Text(", ".join(cell.column for cell in found)))
                    first = False
            for cell in others(cells[row.id]):
                if cell.state in ("broken", "unmatched"):
                    table.add_row(Text(row.id if first else "", style="cyan"), Text(cell.state, style="red"), Text(cell.column))
                    first = False
            if first:
                table.add_row(Text(row.id, style="cyan"), Text("measured in none of these", style="dim"), "")
    console.print(table)
    measured = {cell.column: cell.version for row in rows for cell in cells[row.id].values() if cell.version}
    console.print(Text("\nmeasured: " + "; ".join(f"{name} ({version})" for name, version in measured.items()), style="dim"))
    missing = dict.fromkeys(cell.column for row in rows for cell in cells[row.id].values() if cell.state == "not installed")
    for name in missing:
        console.print(Text(f"{name} is not installed: pip install -e \".[{COLUMNS[name].extra}]\"", style="yellow"))
    console.print(Text(f"{len(rows)} conventions; `nnparity conventions ID` for one of them", style="bold"))


def tell_row(row: AtlasRow, cells: Mapping[str, Cell], console: Console, *, snippets: bool) -> None:
    """One row in full."""
    console.print(Text(f"{row.question}", style="bold"))
    console.print(Text(f"{row.id}  ·  {row.group}  ·  {row.title}", style="dim"))
    for variant in row.variants:
        found = computed_by(cells, variant)
        _at(console, 2, Text(f"{variant.value}", style="cyan").append(f"  {variant.title}", style="default"))
        _at(console, 6, Text(plain_text(variant.formula)))
        _at(console, 6, Text(variant.words))
        _at(console, 6, Text("computed by " + "; ".join(f"{cell.column}: {shown(cell.answer)}" if cell.answer is not None else
                                                        f"{cell.column} ({cell.message})" for cell in found), style="green")
            if found else Text("computed by none of the measured", style="dim"))
        for framework, switch in variant.switch.items():
            _at(console, 6, Text(f"{framework}: {switch}", style="dim"))
    for cell in others(cells):
        _at(console, 2, Text(f"{cell.column}: {cell.state}" + (f": {cell.message}" if cell.message else ""), style="dim"))
    _at(console, 2, Text(f"Example: {example(row)}"))
    _at(console, 2, Text(f"If you do not know: {row.consequence}"))
    for source in row.sources:
        _at(console, 2, Text(source, style="dim"))
    if snippets:
        for name in cells:
            if (code := snippet_of(row, name)) is not None and not COLUMNS[name].of:
                console.print()
                _at(console, 2, Text(f"{COLUMNS[name].title}, to paste and run:", style="bold"))
                console.print(Padding(Syntax(code, "python", background_color="default", word_wrap=True), (0, 0, 0, 4)))
    console.print()


def _at(console, indent, text):
    console.print(Padding(text, (0, 0, 0, indent), expand=False))
