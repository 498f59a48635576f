"""`nnparity port`: how weights move from one framework to another."""

from typing import Annotated

import typer

from nnparity.reports.commands.shared import console_of, wrong


def port(
    layer: Annotated[str, typer.Argument(metavar="LAYER", help="gru, lstm, conv2d, ...", show_default=False)],
    source: Annotated[str, typer.Option("--from", metavar="FRAMEWORK", show_default=False,
                                        help="torch, keras, flax (flax.nnx), linen (flax.linen) or onnx.")],
    target: Annotated[str, typer.Option("--to", metavar="FRAMEWORK", show_default=False, help="The same choice.")],
    option: Annotated[list[str] | None, typer.Option(
        help="How the source's layer was built, in its words: reset_after=False. Repeat for several.",
        metavar="NAME=VALUE")] = None,
    flattened: Annotated[str, typer.Option(
        help="For dense: the axes that were flattened in front of it, in the source's order: 4,5,3.", metavar="SIZES")] = "",
):
    """Where each array goes when a layer's weights move to another framework: the map, and Python that does it."""
    from nnparity.oracles.porting import PortError, Refused
    from nnparity.reports.commands.port_told import tell

    try:
        tell(layer, source, target, option or (), flattened, console_of())
    except Refused as error:
        console_of(stderr=True).print(f"refused: {error}", style="bold red")
        raise typer.Exit(1) from None
    except PortError as error:
        wrong(str(error))
