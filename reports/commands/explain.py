"""`nnparity explain`: what is this mistake, and how is it fixed?"""

import json
from typing import Annotated

import typer

from nnparity.reports.commands.shared import (
    console_of,
    wrong,
)


def explain(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="K31, softmax-diagonal, or an area: gru, softmax.",
                                               show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """What is this mistake? Symptom, wrong and right formula, the case that exposes it, the fix. Without a name: all of them."""
    from nnparity.reports import catalogue
    from nnparity.reports.commands import explain_told as pages

    try:
        entries = catalogue.find(name) if name else list(catalogue.CATALOGUE.values())
    except catalogue.NoSuchEntry as error:
        wrong(str(error))
    console = console_of()
    if as_json:
        typer.echo(json.dumps(pages.as_json(entries), indent=1, ensure_ascii=False))
    elif name is None:
        pages.tell_all(console)
    else:
        for entry in entries:
            pages.tell(entry, console)
