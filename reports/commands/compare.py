"""`nnparity compare`: which layers of two models differ, and why."""

import json
from pathlib import Path
from typing import Annotated

import typer

from nnparity.reports.commands.shared import console_of, wrong

MODEL = "file.py:function that returns a torch.nn.Module or a Keras model, or a .keras file (opened in safe mode)."


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=f"The model that is right: {MODEL}", show_default=False)],
    b: Annotated[str, typer.Argument(metavar="B", help="The model that is asked; the same choice.", show_default=False)],
    input_: Annotated[str | None, typer.Option("--input", metavar="FILE", show_default=False, help=(
        "x.npz or x.npy, in A's layout; drawn where a Keras model states its shape."))] = None,
    weights_a: Annotated[str | None, typer.Option(metavar="FILE", show_default=False, help=(
        "A's weights: .safetensors, .npz, .pt (tensors alone) or .weights.h5."))] = None,
    weights_b: Annotated[str | None, typer.Option(metavar="FILE", show_default=False, help="B's weights.")] = None,
    pairs: Annotated[Path | None, typer.Option(metavar="FILE", show_default=False, help=(
        'JSON, {"layer of A": "layer of B"}, for what is not paired rightly.'))] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", show_default=False, help=(
        "Write a page too: both networks side by side, coloured by error."))] = None,
):
    """Two models that should compute the same: which layer differs, why, and what to change.

    A's weights are moved into a copy of B, and each layer of B is fed what its partner in A is fed: outputs, then gradients, in
    evaluation and in training, in float64. Your files are run in this process.
    """
    from nnparity.reports.checking.names import WrongRequest
    from nnparity.reports.models.compare import compare as compared
    from nnparity.reports.models.html import write
    from nnparity.reports.models.load import Raised, inputs_at, model_at
    from nnparity.reports.models.told import tell

    console = console_of(quiet=as_json)
    try:
        found = compared(model_at(a, weights_a), model_at(b, weights_b), inputs_at(input_) if input_ else None,
                         pairs=_pairs(pairs) if pairs else None)
    except WrongRequest as error:
        wrong(error.for_command_line)
    except Raised as error:
        console_of(stderr=True).print(str(error), style="bold red", soft_wrap=True)
        raise typer.Exit(3) from None
    if as_json:
        typer.echo(json.dumps(found.json(), indent=1))
    else:
        tell(found, console)
    if html is not None:
        try:
            write(html, found)
        except OSError as error:
            wrong(f"--html {html} cannot be written: {error.strerror}")
        console.print(f"written: {html}", style="dim", soft_wrap=True)
    raise typer.Exit(found.exit_code)


def _pairs(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        wrong(f"--pairs {path} cannot be read: {error}")
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        wrong(f'--pairs {path}: expected is {{"layer of A": "layer of B"}}')
    return found
