"""`nnparity conventions`: which formula does each framework compute?"""

from typing import Annotated

import typer

from nnparity.reports.commands.shared import console_of, wrong


def conventions(
    name: Annotated[str | None, typer.Argument(
        metavar="[NAME]", help="A layer (gru), a group (loss), a row (layer_norm.epsilon); all without it.",
        show_default=False)] = None,
    column: Annotated[list[str] | None, typer.Option(help="Measure only this framework; repeat for several.",
                                                     metavar="NAME")] = None,
    differ: Annotated[tuple[str, str], typer.Option(help="Only what differs between two frameworks: --differ torch keras.",
                                                    metavar="ONE OTHER", show_default=False)] = ("", ""),
    recorded: Annotated[bool, typer.Option("--recorded", help="From the recordings; runs no framework.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Replace the recordings and the Markdown page by these.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """Which formula does each framework compute? Measured on the installed versions, with the flags for the others."""
    from nnparity.oracles.atlas.columns import COLUMNS
    from nnparity.reports.commands import conventions_told as atlas_command

    for wanted in (*(column or ()), *filter(None, differ)):
        if wanted not in COLUMNS:
            wrong(f"no framework {wanted!r} among the columns; there are {', '.join(COLUMNS)}")
    if record and (recorded or any(differ)):
        wrong("--record measures anew and keeps everything: leave --recorded and --differ away")
    chosen = atlas_command.Asked(name=name, columns=tuple(dict.fromkeys(column or tuple(filter(None, differ)) or COLUMNS)),
                                 differ=differ if any(differ) else None, recorded=recorded, record=record, as_json=as_json)
    try:
        code = atlas_command.run(chosen, console_of(), console_of(stderr=True))
    except atlas_command.WrongName as error:
        wrong(str(error))
    raise typer.Exit(code)
