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
    measure: Annotated[bool, typer.Option("--measure", help="Ask the installed frameworks; those that are not installed are "
                                                            "shown as recorded.")] = False,
    recorded: Annotated[bool, typer.Option("--recorded", help="From the recordings, which is so without it too.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Replace the recordings and the Markdown page by these.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """Which formula does each framework compute? Asked in anybody's words, answered from what was measured."""
    from nnparity.oracles.atlas.columns import COLUMNS
    from nnparity.reports.commands import conventions_told as atlas_command

    for wanted in (*(column or ()), *filter(None, differ)):
        if wanted not in COLUMNS:
            wrong(f"no framework {wanted!r} among the columns; there are {', '.join(COLUMNS)}")
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
