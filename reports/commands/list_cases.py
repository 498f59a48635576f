"""`nnparity list`: the cases, or what a function of one layer is given and must return."""

import json
from typing import Annotated

import typer

from nnparity.reports.commands.shared import about, console_of, wrong


def list_cases(
    layer: Annotated[str | None, typer.Option(help="One layer: its equations, array names and layouts, cases.",
                                              show_default=False)] = None,
    case: Annotated[str, typer.Option(help="Only cases with this in their name.", metavar="SUBSTRING")] = "",
    mistake: Annotated[str | None, typer.Option(help="Only cases proven to expose this mistake: K31, or softmax-diagonal.",
                                                metavar="NAME", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """List the cases: network, sizes, and the mistake that each exists to catch."""
    from nnparity.reports.catalogue import NoSuchEntry
    from nnparity.reports.commands import list_told as listing

    layer, chosen = about(layer, case)
    entries: list = []
    if mistake is not None:
        try:
            entries, chosen = listing.exposing(mistake, chosen)
        except NoSuchEntry as error:
            wrong(str(error))
        if not chosen:
            wrong(f"none of these cases exposes {mistake!r}; `nnparity explain {mistake}` says what it is")
    if as_json:
        typer.echo(json.dumps(listing.as_json(chosen), indent=1))
        return
    console = console_of()
    for entry in entries:
        console.print(f"{entry.id}: {entry.title}", markup=False, highlight=False, soft_wrap=True)
    if layer is not None:
        listing.tell_layer(layer, next((c for c in chosen if not c.exempt), chosen[0]), console)
    listing.tell(chosen, console)
