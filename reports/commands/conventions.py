"""`nnparity conventions`: measure or read the atlas, then tell it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.text import Text

from nnparity import cases, oracles
from nnparity.cases import atlas_recording as recorded
from nnparity.cases.atlas import atlas
from nnparity.cases.convention import Convention
from nnparity.cases.conventions import EQUATIONS
from nnparity.oracles.atlas.columns import COLUMNS
from nnparity.reports import side_by_side
from nnparity.reports.atlas import markdown as atlas_markdown
from nnparity.reports.atlas import view as atlas_view
from nnparity.reports.atlas.measure import covered, drift, measure
from nnparity.reports.verdicts.ask_oracles import ask_oracles, recorded_probes

IN_FULL = 12  # rows that are told with everything; more of them are a table
TIMEOUT = 60.0


class WrongName(ValueError):
    """No row of the atlas and no layer is called so."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    name: str | None
    columns: tuple[str, ...]
    differ: tuple[str, str] | None
    recorded: bool
    record: bool
    as_json: bool


def run(asked: Asked, console: Console, errors: Console) -> int:
    """The exit code: 0; 1 where a framework computes another variant than was recorded; 3 where a snippet gave no answer.

    Raises WrongName.
    """
    rows = atlas_view.rows_about(asked.name)
    probes = [probe for probe in cases.all_probes() if asked.name == probe.network[0].kind in EQUATIONS]
    if not rows and not probes:
        raise WrongName(f"no conventions of {asked.name!r} are catalogued; ask for a row ({', '.join(list(atlas())[:2])}, ...) "
                        f"or for one of {', '.join(atlas_view.words())}")
    cells = atlas_view.recorded_cells(rows, asked.columns) if asked.recorded else measured(rows, asked.columns, errors)
    if asked.differ:
        rows = tuple(atlas_view.differing(rows, cells, *asked.differ))
    if asked.as_json:
        typer.echo(json.dumps(atlas_view.as_json(rows, cells), indent=1, ensure_ascii=False))
    else:
        tell(asked, rows, cells, probes, console, errors)
    broken = [cell for row in rows for cell in cells[row.id].values() if cell.state == "broken"]
    for cell in broken:
        errors.print(Text(f"{cell.row.id}, {cell.column}: no answer: {cell.message}", style="bold red"), soft_wrap=True)
    changed = [] if asked.recorded else drifts(rows, cells)
    if asked.record:
        kept = {row.id: {name: cell.as_recorded for name, cell in cells[row.id].items() if cell.state in ("matched", "unmatched")}
                for row in rows}
        written = recorded.record(kept, {row.id: covered(row) for row in atlas().values()})
        errors.print(f"recorded: {', '.join(path.name for path in written) or 'nothing has changed'}; "
                     f"{atlas_markdown.write().name} written", soft_wrap=True)
    else:
        for words in changed:
            errors.print(Text(f"drift: {words}", style="bold yellow"), soft_wrap=True)
    return 3 if broken else 1 if changed and not asked.record else 0


def measured(rows: Iterable[Convention], columns: Iterable[str], errors: Console) -> dict:
    """The cells of these rows, the frameworks side by side."""
    rows, columns = tuple(rows), tuple(columns)
    with errors.status(f"measuring {len(rows)} conventions in {', '.join(COLUMNS[name].title for name in columns)}"):
        return measure(rows, columns)


def drifts(rows: Iterable[Convention], cells) -> list[str]:
    """What differs from the recordings, a sentence each."""
    before = recorded.load()
    return [words for row in rows for cell in cells[row.id].values() if cell.state in ("matched", "unmatched")
            and (words := drift(cell, before.get(row.id, {}).get(cell.column)))]


def tell(asked: Asked, rows, cells, probes, console, errors):
    if asked.differ:
        one, other = asked.differ
        console.print(Text(f"What differs between {COLUMNS[one].title} and {COLUMNS[other].title}", style="bold"))
        if missing := [name for name in asked.differ if COLUMNS[name].missing and not asked.recorded]:
            console.print(Text(f"not installed, so nothing can be said: {', '.join(missing)}", style="yellow"))
    if probes:
        names = [name for name in oracles.NAMES if name in asked.columns]
        if asked.recorded:
            found = recorded_probes(names, probes)
        else:
            found = ask_oracles([n for n in names if not oracles.missing(n)], (), probes, TIMEOUT, errors).measured
        side_by_side.tell(found, console)
        console.print()
    if asked.name is not None and len(rows) <= IN_FULL and not asked.differ:
        for row in rows:
            atlas_view.tell_row(row, cells[row.id], console, snippets=len(rows) == 1)
    elif rows or asked.differ:
        atlas_view.tell_table(rows, cells, console)
