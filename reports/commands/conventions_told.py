"""`nnparity conventions`: read the atlas, or measure it, then tell it.

What asks frameworks, and the networks that are asked, is imported only where it is needed: a look-up answers at once.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from nnparity.cases import atlas_recording as recorded
from nnparity.cases.atlas import atlas
from nnparity.cases.convention import GROUPS, AtlasRow
from nnparity.oracles.atlas.columns import COLUMNS
from nnparity.reports.atlas import named, named_told, search, told
from nnparity.reports.atlas import view as atlas_view
from nnparity.reports.atlas.measure import covered, drift, measure

if TYPE_CHECKING:
    from nnparity.cases.case import Case
    from nnparity.reports.comparison.measured import Measured

IN_FULL = 12  # rows that are told with everything where a layer was asked for; more of them are a table
SHORT = 8  # short answers to a question in words, and other rows that are named beside them
TIMEOUT = 60.0
FORMULAS_OF = ("gru", "lstm", "simple_rnn")  # layers with a probe (cases.conventions.CONFIGS) of their whole formula


class WrongName(ValueError):
    """No row of the atlas answers."""


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
    if asked.name and not rows and not asked.differ and not asked.record and (things := called(asked, errors)):
        return tell_name(asked, things, console)
    found = search.find(asked.name) if asked.name and not _is_row_or_group(asked.name) else search.Found(rows, ())
    if not rows and not found.answers:
        raise WrongName(nothing_found(asked.name or "", found))
    sisters = tuple(row for row in found.answers if row not in rows)
    shown = (*rows, *sisters)
    cells = atlas_view.recorded_cells(shown, asked.columns) if asked.recorded else measured(shown, asked.columns, errors)
    if asked.differ:
        rows, sisters = (tuple(atlas_view.differing(own, cells, *asked.differ)) for own in (rows, sisters))
        shown = (*rows, *sisters)
    probes = probes_of(asked.name)
    if asked.as_json:
        tell_json(shown, cells, formulas(asked, probes, errors) if rows else [])
    else:
        tell(asked, rows, sisters, cells, probes, console, errors)
        if not asked.differ:
            tell_search(found, cells, console)
    broken = [cell for row in shown for cell in cells[row.id].values() if cell.state == "broken"]
    for cell in broken:
        errors.print(Text(f"{cell.row.id}, {cell.column}: no answer: {cell.message}", style="bold red"), soft_wrap=True)
    changed = [] if asked.recorded else drifts(shown, cells)
    if asked.record:
        from nnparity.reports.atlas import markdown as atlas_markdown
        kept = {row.id: {name: cell.as_recorded for name, cell in cells[row.id].items() if cell.state in ("matched", "unmatched")
                         and not cell.on} for row in shown}
        written = recorded.record(kept, {row.id: covered(row) for row in atlas().values()})
        errors.print(f"recorded: {', '.join(path.name for path in written) or 'nothing has changed'}; "
                     f"{atlas_markdown.write().name} written", soft_wrap=True)
    else:
        for words in changed:
            errors.print(Text(f"drift: {words}", style="bold yellow"), soft_wrap=True)
    return 3 if broken else 1 if changed and not asked.record else 0


def called(asked: Asked, errors: Console) -> list[named.Named]:
    """What has the public name that was asked for, "torch.nn.BatchNorm2d"; empty where it is none, or where not all
    columns are asked."""
    if set(asked.columns) != set(COLUMNS):
        return []
    rows = tuple(atlas().values())
    found = named.called(asked.name or "", named.things(rows, atlas_view.recorded_cells(rows, COLUMNS)))
    if asked.recorded or not found:
        return found
    rows = tuple({row.id: row for one in found for row in one.thing.rows}.values())
    return named.called(asked.name or "", named.things(rows, measured(rows, COLUMNS, errors)))


def tell_name(asked: Asked, found: list[named.Named], console: Console) -> int:
    """The page of a name; the exit code, 1 where a framework computes another variant than was recorded."""
    thing = found[0].thing
    changed = [] if asked.recorded else drifts(thing.rows, thing.cells)
    if asked.as_json:
        typer.echo(json.dumps([one.json() for one in found], indent=1, ensure_ascii=False))
        return 1 if changed else 0
    named_told.tell(asked.name or "", found, console)
    told.tell_versions(thing.rows, thing.cells, console)
    for words in changed:
        console.print(Text(f"drift: {words}", style="bold yellow"), soft_wrap=True)
    return 1 if changed else 0


def _is_row_or_group(name: str) -> bool:
    return name.lower() in atlas() or name.lower() in GROUPS


def nothing_found(name: str, found: search.Found) -> str:
    """What was searched, and the nearest rows."""
    missed = f"; not found: {', '.join(found.unknown)}" if found.unknown else ""
    nearest = "\n".join(f"  {row.id}: {row.question}" for row in found.related)
    return (f"nothing answers {name!r}. Searched: names, questions, arguments, classes and snippets of {len(atlas())} "
            f"conventions{missed}. The nearest are\n{nearest}\n`nnparity conventions` alone lists all of them.")


def measured(rows: Iterable[AtlasRow], columns: Iterable[str], errors: Console) -> dict:
    """The cells of these rows, the frameworks side by side; as recorded where a framework is not installed."""
    rows, columns = tuple(rows), tuple(columns)
    installed = [name for name in columns if not COLUMNS[name].missing]
    with errors.status(f"measuring {len(rows)} conventions in {', '.join(COLUMNS[name].title for name in installed)}"):
        now = measure(rows, installed)
    before = atlas_view.recorded_cells(rows, [name for name in columns if name not in installed])
    return {row.id: {name: (now if name in installed else before)[row.id][name] for name in columns} for row in rows}


def probes_of(name: str | None) -> "list[Case]":
    """The networks that show the whole formula of the layer that is called so; none for anything else."""
    if name not in FORMULAS_OF:
        return []
    from nnparity import cases
    return [probe for probe in cases.all_probes() if probe.network[0].kind == name]


def formulas(asked: Asked, probes: "Sequence[Case]", errors: Console) -> "list[Measured]":
    """The formula that each framework which was asked for computes in the default construction of these probes' layer."""
    if not probes:
        return []
    from nnparity import oracles
    from nnparity.reports.verdicts.ask_oracles import ask_oracles, recorded_probes
    names = [name for name in oracles.NAMES if name in asked.columns]
    if asked.recorded:
        return recorded_probes(names, probes)
    return ask_oracles([name for name in names if not oracles.missing(name)], (), probes, TIMEOUT, errors).measured


def drifts(rows: Iterable[AtlasRow], cells) -> list[str]:
    """What differs from the recordings, a sentence each."""
    before = recorded.load()
    return [words for row in rows for cell in cells[row.id].values() if cell.state in ("matched", "unmatched") and not cell.on
            and (words := drift(cell, before.get(row.id, {}).get(cell.column)))]


def tell(asked: Asked, rows, sisters, cells, probes, console, errors):
    if asked.differ:
        one, other = asked.differ
        console.print(Text(f"What differs between {COLUMNS[one].title} and {COLUMNS[other].title}", style="bold"))
    if probes:
        from nnparity.reports.commands import side_by_side
        side_by_side.tell(formulas(asked, probes, errors), console)
        console.print()
    if asked.name is None or asked.differ or len(rows) > IN_FULL:
        told.tell_table((*rows, *sisters), cells, console)
        return
    if len(rows) == 1 or len((*rows, *sisters)) == 1:
        told.tell_row((*rows, *sisters)[0], cells[(*rows, *sisters)[0].id], console, snippets=True)
        sisters = (*rows, *sisters)[1:]
    else:
        for row in rows:
            told.tell_row(row, cells[row.id], console, snippets=False)
    told.tell_short(sisters[:SHORT], cells, console)


def tell_search(found: search.Found, cells, console):
    """What the search took the words for, what else there is, and with which versions all of it was measured."""
    for word, known in found.read_as:
        console.print(Text(f"{word!r} was read as {known!r}", style="yellow"))
    if found.unknown:
        console.print(Text(f"no convention has {', '.join(map(repr, found.unknown))}", style="yellow"))
    if beside := [row for row in (*found.answers[SHORT:], *found.related) if len(found.answers) <= IN_FULL][:SHORT]:
        told.tell_related(beside, console)
    told.tell_versions([cell.row for cell in (next(iter(line.values())) for line in cells.values())], cells, console)


def tell_json(rows, cells, found):
    entries = atlas_view.as_json(rows, cells)
    from nnparity.reports.commands import side_by_side
    for row, entry in zip(rows, entries, strict=True):
        entry |= side_by_side.as_json(row, found)
    typer.echo(json.dumps(entries, indent=1, ensure_ascii=False))
