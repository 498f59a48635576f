"""The atlas in a terminal: a table, short answers, one row in full, and with which versions that was measured."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from nnparity.cases.convention import GROUPS, AtlasRow
from nnparity.oracles.atlas.columns import COLUMNS, snippet_of
from nnparity.reports.atlas.measure import Cell, example
from nnparity.reports.atlas.moving import Move
from nnparity.reports.atlas.notes import notes
from nnparity.reports.atlas.versions import Change
from nnparity.reports.atlas.view import Cells, agreed, computed_by, others, shown, who
from nnparity.reports.formula import plain_text


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
                                  Text(", ".join(map(who, found))))
                    first = False
            for cell in others(cells[row.id]):
                if cell.state in ("broken", "unmatched"):
                    table.add_row(Text(row.id if first else "", style="cyan"), Text(cell.state, style="red"), Text(cell.column))
                    first = False
            if first:
                table.add_row(Text(row.id, style="cyan"), Text("measured in none of these", style="dim"), "")
    console.print(table)
    console.print(Text(f"\n{len(rows)} conventions; `nnparity conventions ID` for one of them", style="bold"))


def tell_short(rows: Iterable[AtlasRow], cells: Cells, console: Console) -> None:
    """The short answer of each row: its question, then who computes what. Rows on which all agree come last, folded."""
    folded = []
    for row in rows:
        if agreed(cells[row.id]):
            folded.append(row)
            continue
        console.print(Text(row.question, style="bold"))
        for variant in row.variants:
            if found := computed_by(cells[row.id], variant):
                at(console, 2, Text(f"{variant.value}", style="cyan").append(f"  {variant.title}: ", style="default")
                    .append(", ".join(map(who, found)), style="green"))
        for cell in others(cells[row.id]):
            if cell.state in ("broken", "unmatched"):
                at(console, 2, Text(f"{who(cell)}: {cell.state}: {cell.message}", style="red"))
        at(console, 2, Text(f"nnparity conventions {row.id}", style="dim"))
        console.print()
    for row in folded:
        if one := agreed(cells[row.id]):
            console.print(Text(f"All agree: {row.question} ", style="default").append(one.title, style="green"))
            at(console, 2, Text(f"nnparity conventions {row.id}", style="dim"))
    if folded:
        console.print()


def tell_related(rows: Sequence[AtlasRow], console: Console) -> None:
    """Rows that touch on what was asked, a line each."""
    console.print(Text("See also", style="bold"))
    for row in rows:
        at(console, 2, Text(row.id, style="cyan").append(f"  {row.title}", style="default"))
    console.print()


def tell_versions(rows: Iterable[AtlasRow], cells: Cells, console: Console) -> None:
    """With which versions, and on which day, the columns answered; which of them are not installed here."""
    told = [cell for row in rows for cell in cells[row.id].values() if cell.version]
    now = {cell.column: cell.version for cell in told if not cell.on}
    before = {cell.column: cell.version for cell in told if cell.on}
    if now:
        console.print(Text("measured now: " + "; ".join(f"{name} ({version})" for name, version in now.items()), style="dim"))
    if before:
        days = sorted({cell.on for cell in told if cell.on})
        when = f"on {days[0]}" if len(days) == 1 else f"from {days[0]} to {days[-1]}"
        console.print(Text(f"measured {when} with " + "; ".join(f"{name} ({version})" for name, version in before.items())
                           + ". --measure asks what is installed.", style="dim"))
    if missing := [name for name in before if COLUMNS[name].missing]:
        installed = {extra for column in COLUMNS.values() if not column.missing for extra in column.extra.split(",")}
        extras = sorted({extra for name in missing for extra in COLUMNS[name].extra.split(",")} - installed)
        console.print(Text(f"not installed here, so shown as recorded: {', '.join(missing)}; pip install -e "
                           f"\".[{','.join(extras)}]\"", style="yellow"))


def tell_row(row: AtlasRow, cells: Mapping[str, Cell], console: Console, *, snippets: bool) -> None:
    """One row in full."""
    console.print(Text(f"{row.question}", style="bold"))
    console.print(Text(f"{row.title}  ({row.group}; nnparity conventions {row.id})", style="dim"))
    for variant in row.variants:
        found = computed_by(cells, variant)
        at(console, 2, Text(f"{variant.value}", style="cyan").append(f"  {variant.title}", style="default"))
        at(console, 6, Text(plain_text(variant.formula)))
        at(console, 6, Text(variant.words))
        at(console, 6, Text("computed by " + "; ".join(f"{who(cell)}: {shown(cell.answer)}" if cell.answer is not None else
                                                        f"{who(cell)} ({cell.message})" for cell in found), style="green")
            if found else Text("computed by none of the measured", style="dim"))
        for framework, switch in variant.switch.items():
            at(console, 6, Text(f"{framework}: {switch}", style="dim"))
    for cell in others(cells):
        at(console, 2, Text(f"{cell.column}: {cell.state}" + (f": {cell.message}" if cell.message else ""), style="dim"))
    for note in notes(row, cells):
        at(console, 2, Text(note))
    at(console, 2, Text(f"Example: {example(row)}"))
    at(console, 2, Text(f"If you do not know: {row.consequence}"))
    for source in row.sources:
        at(console, 2, Text(source, style="dim"))
    if snippets:
        for name in cells:
            if (code := snippet_of(row, name)) is not None and not COLUMNS[name].of:
                console.print()
                at(console, 2, Text(f"{COLUMNS[name].title}, to paste and run:", style="bold"))
                console.print(Padding(Syntax(code, "python", background_color="default", word_wrap=True), (0, 0, 0, 4)))
    console.print()


def tell_moves(moves: Sequence[Move], here: str, there: str, console: Console) -> None:
    """What changes when one moves, a few lines each."""
    names = COLUMNS[here].title, COLUMNS[there].title
    console.print(Text(f"Moving from {names[0]} to {names[1]}: {len(moves)} points differ by default", style="bold"))
    console.print(Text("what one refuses first, then the largest difference; apart: in parts of the largest number", style="dim"))
    for move in moves:
        console.print()
        console.print(Text(move.row.question))
        at(console, 2, Text(f"{here}: {move.kept.title}", style="default"))
        at(console, 2, Text(f"{there}: {move.gets.title}  (apart {move.apart:.2g})", style="default"))
        tell_write(move, "write: ", 2, console)
        at(console, 2, Text(f"nnparity conventions {move.row.id}", style="dim"))


def tell_write(move: Move, lead: str, indent: int, console: Console) -> None:
    """What to write to keep what one had; the formula where there is no option for it."""
    if move.instead is None:
        at(console, indent, Text(f"{lead}{move.write}", style="green"))
    else:
        at(console, indent, Text(f"no option: {move.instead or 'write it out'}", style="yellow"))
        at(console, indent + 2, Text(plain_text(move.formula)))


def tell_changes(changes: Sequence[Change], compared: Mapping[str, int], console: Console) -> None:
    """What changed between releases, a few lines each, and how many answers were compared."""
    console.print(Text(f"{len(changes)} answers changed between the recorded releases", style="bold"))
    for change in changes:
        console.print()
        console.print(Text(change.row.question))
        at(console, 2, Text(f"{change.before_version}: ", style="dim").append(change.before.title, style="default"))
        at(console, 2, Text(f"{change.after_version}: ", style="dim").append(change.after.title, style="green"))
        at(console, 2, Text(f"{change.column}; nnparity conventions {change.row.id}", style="dim"))
    console.print()
    counts = "; ".join(f"{name} {count}" for name, count in compared.items())
    console.print(Text(f"answers compared with today's recording: {counts}. A release that lacks a function, or answers none of "
                       "the variants, is not compared.", style="dim"))


def at(console, indent, text):
    console.print(Padding(text, (0, 0, 0, indent), expand=False))
