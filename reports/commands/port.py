"""`nnparity port`: how weights move from one framework to another."""

from pathlib import Path
from typing import Annotated

import typer

from nnparity.reports.commands.shared import console_of, wrong


def port(
    target: Annotated[str, typer.Option("--to", metavar="FRAMEWORK", show_default=False,
                                        help="torch, keras, flax (flax.nnx), linen (flax.linen) or onnx.")],
    layer: Annotated[str, typer.Argument(metavar="LAYER", help="gru, lstm, conv2d, ...", show_default=False)] = "",
    source: Annotated[str, typer.Option("--from", metavar="FRAMEWORK", show_default=False,
                                        help="The same choice; where LAYER comes from.")] = "",
    option: Annotated[list[str] | None, typer.Option(
        help="How the source's layer was built, in its words: reset_after=False. Repeat for several.",
        metavar="NAME=VALUE")] = None,
    flattened: Annotated[str, typer.Option(
        help="For dense: the axes that were flattened in front of it, in the source's order: 4,5,3.", metavar="SIZES")] = "",
    model: Annotated[str, typer.Option(metavar="MODEL", show_default=False, help=(
        "A whole model in LAYER's place: file.py:function that returns a torch.nn.Module or a Keras model, or a .keras or "
        ".onnx file."))] = "",
    output: Annotated[Path | None, typer.Option(metavar="FILE", show_default="ported.py or ported.onnx",
                                                help="With --model: the file that is written.")] = None,
    input_: Annotated[str | None, typer.Option("--input", metavar="X", show_default=False, help=(
        "With --model: x.npz, x.npy, or sizes without the batch, 3,32,32, for a model that does not say what shape it "
        "takes."))] = None,
    weights: Annotated[str | None, typer.Option(metavar="FILE", show_default=False, help=(
        "With --model: its weights, .safetensors, .npz, .pt (tensors alone) or .weights.h5."))] = None,
):
    """Where each array goes when a layer's weights move to another framework: the map, and Python that does it.

    With --model a whole model: the file that builds it in the other framework, torch or keras, and its weights beside it
    (.safetensors), or with --to onnx the graph. Both are then run and held against each other. Your
    file is run in this process.
    """
    from nnparity.oracles.porting import PortError, Refused
    from nnparity.reports.commands.port_model import port_model
    from nnparity.reports.commands.port_told import tell

    if bool(model) == bool(layer):
        wrong("which one? `nnparity port LAYER --from keras --to torch` tells of one layer, "
              "`nnparity port --model model.py:build --to torch` moves a model")
    if model:
        port_model(model, target, output or Path("ported.onnx" if target == "onnx" else "ported.py"), input_, weights)
    if not source:
        wrong("--from FRAMEWORK is missing: where the layer comes from")
    try:
        tell(layer, source, target, option or (), flattened, console_of())
    except Refused as error:
        console_of(stderr=True).print(f"refused: {error}", style="bold red")
        raise typer.Exit(1) from None
    except PortError as error:
        wrong(str(error))
