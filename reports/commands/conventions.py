"""`nnparity conventions`: which formula does each framework compute?"""

from typing import Annotated

import typer

from nnparity.reports.commands.shared import console_of, wrong


def conventions(
    words: Annotated[list[str] | None, typer.Argument(
        metavar="[WORDS]", help="What you would ask: batch norm momentum, BatchNorm2d, align_corners; a layer (gru), a group "
                                "(loss), a row (layer_norm.epsilon). All rows without it.",
        show_default=False)] = None,
    column: Annotated[list[str] | None, typer.Option(help="Only this framework; repeat for several.",
                                                     metavar="NAME")] = None,
    differ: Annotated[tuple[str, str], typer.Option(help="Only what differs between two frameworks: --differ torch keras.",
                                                    metavar="ONE OTHER", show_default=False)] = ("", ""),
    here: Annotated[str, typer.Option("--from", help="What changes when you move from this framework ...",
                                      metavar="NAME", show_default=False)] = "",
    there: Annotated[str, typer.Option("--to", help="... to this one: the largest difference first, and what to write.",
                                       metavar="NAME", show_default=False)] = "",
    measure: Annotated[bool, typer.Option("--measure", help="Ask the installed frameworks; those that are not installed are "
                                                            "shown as recorded.")] = False,
    recorded: Annotated[bool, typer.Option("--recorded", help="From the recordings, which is so without it too.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Replace the recordings and the Markdown page by these.")] = False,
    changed: Annotated[bool, typer.Option("--changed", help="What changed between older releases and now.")] = False,
    record_older: Annotated[bool, typer.Option(
        "--record-older", help="Record what the releases installed here compute as older ones; with --column.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """Which formula does each framework compute? Asked in anybody's words, answered from what was measured."""
    from nnparity.oracles.atlas.columns import COLUMNS
    from nnparity.reports.commands import conventions_told as atlas_command

    for wanted in (*(column or ()), *filter(None, differ)):
        if wanted not in COLUMNS:
            wrong(f"no framework {wanted!r} among the columns; there are {', '.join(COLUMNS)}")
    if changed or record_older:
        if any(differ) or here or there or measure or record or recorded or (changed and record_older):
            wrong("--changed goes with words, --column and --json, --record-older with --column alone")
        raise typer.Exit(older(column) if record_older else told_changes(words, column, as_json))
    if here or there:
        if words or column or any(differ) or measure or record or recorded:
            wrong("--from and --to show all that changes, from the recording: only --json goes with them")
        raise typer.Exit(moved(here, there, as_json))
    if recorded and measure:
        wrong("--recorded runs no framework and --measure runs all: give one of the two")
    if record and (recorded or any(differ)):
        wrong("--record measures anew and keeps everything: leave --recorded and --differ away")
    columns = tuple(dict.fromkeys(column or tuple(filter(None, differ)) or COLUMNS))
    chosen = atlas_command.Asked(name=" ".join(words) if words else None, columns=columns, recorded=not (measure or record),
                                 differ=differ if any(differ) else None, record=record, as_json=as_json)
    try:
        code = atlas_command.run(chosen, console_of(), console_of(stderr=True))
    except atlas_command.WrongName as error:
        wrong(str(error))
    raise typer.Exit(code)


def moved(here: str, there: str, as_json: bool) -> int:
    """What changes when somebody moves from one framework to another."""
    import json

    from nnparity.cases.atlas import atlas
    from nnparity.reports.atlas import moving, told
    from nnparity.reports.atlas.view import recorded_cells
    for name in (here, there):
        if name not in moving.FRAMEWORKS:
            wrong(f"--from and --to name two of {', '.join(moving.FRAMEWORKS)}; got {name!r}")
    rows = tuple(atlas().values())
    found = moving.moves(rows, recorded_cells(rows, (here, there)), here, there)
    if as_json:
        typer.echo(json.dumps([move.json() for move in found], indent=1, ensure_ascii=False))
    else:
        told.tell_moves(found, here, there, console_of())
    return 0


def told_changes(words: list[str] | None, column: list[str] | None, as_json: bool) -> int:
    """What changed between the recorded releases, of the rows that the words ask for."""
    import json

    from nnparity.oracles.atlas.columns import COLUMNS
    from nnparity.reports.atlas import search, told, versions
    from nnparity.reports.atlas.view import recorded_cells, rows_about
    asked = " ".join(words) if words else None
    rows = rows_about(asked) or search.find(asked or "").answers
    if not rows:
        wrong(f"nothing answers {asked!r}; `nnparity conventions --changed` alone tells all that changed")
    cells = recorded_cells(rows, column or COLUMNS)
    found = versions.changes(rows, cells)
    if as_json:
        typer.echo(json.dumps([change.json() for change in found], indent=1, ensure_ascii=False))
    else:
        told.tell_changes(found, versions.compared(cells), console_of())
    return 0


def older(column: list[str] | None) -> int:
    """Record the releases that are installed here as older ones."""
    from nnparity.cases import atlas_versions
    from nnparity.reports.atlas import versions
    if not column:
        wrong("--record-older wants the column whose older release is installed: --column onnx")
    for name in column:
        try:
            one = versions.ask(name)
        except ValueError as error:
            wrong(str(error))
        typer.echo(f"{one.version}: {len(one.rows)} answers in {atlas_versions.keep(one).name}", err=True)
    return 0
