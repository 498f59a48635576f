"""The page of a public name in a terminal: what else it is called, what to write for the same numbers, where it differs."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from nnparity.oracles.atlas.columns import COLUMNS
from nnparity.reports.atlas.named import Named
from nnparity.reports.atlas.told import at, tell_write
from nnparity.reports.atlas.view import computed_by, who

MOST = 8  # further things of that name


def tell(word: str, found: Sequence[Named], console: Console) -> None:
    """The best thing of that name in full, the others by name."""
    one, *others = found
    tell_names(word, one, console)
    tell_same_numbers(one, console)
    tell_differences(one, console)
    console.print(Text("To paste and run", style="bold"))
    for column, code in one.snippets.items():
        at(console, 2, Text(f"{COLUMNS[column].title}:"))
        console.print(Padding(Syntax(code, "python", background_color="default", word_wrap=True), (0, 0, 0, 4)))
    if others:
        console.print(Text("\nSee also", style="bold"))
        for other in others[:MOST]:
            at(console, 2, Text(f"nnparity conventions {other.thing.layer}", style="cyan").append(f"  {other.name}", style="dim"))


def tell_names(word: str, one: Named, console: Console) -> None:
    console.print(Text(one.thing.layer.replace("_", " "), style="bold"))
    if one.name != word:
        at(console, 2, Text(f"{word}: asked here as {one.name}", style="dim"))
    for column, names in one.thing.names.items():
        at(console, 2, Text(f"{column}: ", style="cyan").append(", ".join(names), style="default"))
    console.print()


def tell_same_numbers(one: Named, console: Console) -> None:
    """What to write elsewhere to get what this framework computes by default."""
    console.print(Text(f"To get the same numbers as {COLUMNS[one.column].title} by default", style="bold"))
    for there, moved in one.same_numbers:
        at(console, 2, Text(f"in {COLUMNS[there].title}:{'' if moved else ' nothing to write'}", style="cyan"))
        for move in moved:
            tell_write(move, "", 4, console)
            at(console, 6, Text(f"{move.row.title}: {move.kept.title}; there by default: {move.gets.title}"))
    console.print()


def tell_differences(one: Named, console: Console) -> None:
    """The rows on which not all agree, the largest difference first; then on how many all do."""
    thing = one.thing
    console.print(Text("Where they differ", style="bold"))
    at(console, 2, Text("apart: in parts of the largest number; 1 where they are an order, a shape or a word", style="dim"))
    for row, apart in thing.differing:
        at(console, 2, Text(f"{row.question}  (apart {apart:.2g})"))
        for variant in row.variants:
            if cells := [cell for cell in computed_by(thing.cells[row.id], variant)]:
                at(console, 4, Text(f"{variant.value}: ", style="cyan").append(", ".join(map(who, cells)), style="default"))
        at(console, 4, Text(f"nnparity conventions {row.id}", style="dim"))
    if not thing.differing:
        at(console, 2, Text("nowhere, of what was measured"))
    if thing.agreeing:
        at(console, 2, Text(f"All agree: {', '.join(row.title for row in thing.agreeing)}", style="dim"))
    console.print()
