"""`nnparity certificates`: which operations are as exact as their type says?"""

from typing import Annotated

import typer

from nnparity.reports.commands.shared import chosen_oracles, console_of, wrong


def certificates(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Only operations with this in their name: gelu, cross_entropy.",
                                        show_default=False)] = "",
    oracle: Annotated[list[str] | None, typer.Option(help="Ask only this oracle; repeat for several.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also the operations on which everybody is exact.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Keep what was measured for the report.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    timeout: Annotated[float, typer.Option(min=0.001, max=86400, metavar="SECONDS", help="Limit for one question.")] = 60.0,
):
    """Which operations are as exact as their type says? Reference and frameworks against mpmath, from 5e-324 to 1.8e308."""
    from nnparity.reports.certificates import command

    names = chosen_oracles(oracle)
    if record and (name or oracle):
        wrong("--record keeps everything: leave NAME and --oracle away")
    try:
        code = command.run(name, names, console_of(), everything=everything, keep=record, as_json=as_json, timeout=timeout)
    except command.WrongName as error:
        wrong(str(error))
    raise typer.Exit(code)
