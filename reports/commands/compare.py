"""`nnparity compare`: which layers of two models differ, and why."""

import json
import os
import subprocess
import sys
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NoReturn

import typer

from nnparity.reports.commands.shared import console_of, wrong

MODEL = "file.py:function that returns a torch.nn.Module, a Keras model or a flax.nnx.Module, or a .keras or .onnx file."

WORDS = 'Or a network in words, "dense(20) relu dense(5)", as check --network takes it.'


class Backend(StrEnum):
    tensorflow = "tensorflow"
    torch = "torch"
    jax = "jax"


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=f"The model that is right: {MODEL} {WORDS}", show_default=False)],
    b: Annotated[str | None, typer.Argument(metavar="B", show_default=False, help=(
        "The model that is asked; the same choice, or a recording of A's answers, .safetensors."))] = None,
    input_: Annotated[str | None, typer.Option("--input", metavar="X", show_default=False, help=(
        "x.npz, x.npy, or sizes without the batch, in A's layout: 3,32,32, or 12:1000 for words below 1000; several in one text. "
        "Drawn where a Keras model states its shape."))] = None,
    weights_a: Annotated[str | None, typer.Option(metavar="FILE", show_default=False, help=(
        "A's weights: .safetensors, .npz, .pt (tensors alone) or .weights.h5."))] = None,
    weights_b: Annotated[str | None, typer.Option(metavar="FILE", show_default=False, help="B's weights.")] = None,
    pairs: Annotated[Path | None, typer.Option(metavar="FILE", show_default=False, help=(
        'JSON, {"layer of A": "layer of B"}, for what is not paired rightly.'))] = None,
    record: Annotated[Path | None, typer.Option(metavar="FILE", show_default=False, help=(
        "Write what A answers, layer by layer, to FILE.safetensors, to be compared after an upgrade."))] = None,
    backend_a: Annotated[Backend | None, typer.Option(show_default=False, help="The backend of Keras for A.")] = None,
    backend_b: Annotated[Backend | None, typer.Option(show_default=False, help="The backend of Keras for B.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", show_default=False, help=(
        "Write a page too: both networks side by side, coloured by error."))] = None,
):
    """Two models that should compute the same: which layer differs, why, and what to change.

    A's weights are moved into a copy of B, and each layer of B is fed what its partner in A is fed: outputs, then gradients, in
    evaluation and in training, in float64. With --record, and then with the recording in the place of B: what has changed since,
    after an upgrade for one, in float64 and in float32. Your files are run in this process.
    """
    from nnparity.reports.checking.names import WrongRequest
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow tells everybody about its kernels
    if backend_a or backend_b:
        between(a, b or a, backend_a, backend_b, input_, weights_a, weights_b, as_json)
    if record is not None or b is None or b.endswith(".safetensors"):
        over_time(a, b, input_, weights_a, record, as_json, html)
    from nnparity.reports.models.compare import compare as compared
    from nnparity.reports.models.html import write
    from nnparity.reports.models.load import Raised, inputs_at, model_at
    from nnparity.reports.models.told import tell

    console = console_of(quiet=as_json)
    try:
        found = compared(model_at(a, weights_a), model_at(str(b), weights_b), inputs_at(input_) if input_ else None,
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


def over_time(a: str, b: str | None, input_: str | None, weights: str | None, record: Path | None, as_json: bool,
              html: Path | None) -> NoReturn:
    """A's answers written to a file, or compared with those of one."""
    from nnparity.reports.checking.names import WrongRequest
    from nnparity.reports.models.load import Raised, inputs_at, model_at
    from nnparity.reports.recordings.changes import since
    from nnparity.reports.recordings.inputs import inputs_of
    from nnparity.reports.recordings.recording import read, recorded, write
    from nnparity.reports.recordings.told import tell
    if record is None and b is None:
        wrong("what is A compared with? Name a second model, a recording (.safetensors), or write one with --record FILE")
    if record is not None and b is not None:
        wrong(f"--record writes what A answers, and takes no second model ({b})")
    if html is not None:
        wrong("--html shows two models, not a recording; --json is there for programs")
    console = console_of(quiet=as_json)
    try:
        model = model_at(a, weights)
        if record is not None:
            if record.suffix != ".safetensors":
                wrong(f"--record {record}: a file that ends in .safetensors is expected")
            found = recorded(model, inputs_of(model, inputs_at(input_) if input_ else None))
            write(record, found)
            calls = len(found.answers["evaluation", "float32"].layers)
            console.print(f"written: {record} ({calls} calls, evaluation and training, float64 and float32)", soft_wrap=True)
            raise typer.Exit
        seen = since(model, read(Path(str(b))))
    except WrongRequest as error:
        wrong(error.for_command_line)
    except Raised as error:
        console_of(stderr=True).print(str(error), style="bold red", soft_wrap=True)
        raise typer.Exit(3) from None
    except OSError as error:
        wrong(f"--record {record} cannot be written: {error.strerror}")
    if as_json:
        typer.echo(json.dumps(seen.json(), indent=1))
    else:
        tell(seen, console)
    raise typer.Exit(seen.exit_code)


def between(a: str, b: str, backend_a: Backend | None, backend_b: Backend | None, input_: str | None, weights_a: str | None,
            weights_b: str | None, as_json: bool) -> NoReturn:
    """Keras chooses its backend once in a process: A is recorded in one, and B compared with that in another."""
    if b.endswith(".safetensors"):
        wrong("--backend-a and --backend-b are for two models; a recording is compared on the backend that KERAS_BACKEND names")
    with TemporaryDirectory() as folder:
        file = str(Path(folder, "a.safetensors"))
        given = ["--input", input_] if input_ else []
        status = on(backend_a, [a, "--record", file, *given, *(["--weights-a", weights_a] if weights_a else [])], quiet=True)
        if status == 0:
            more = [*(["--weights-a", weights_b] if weights_b else []), *(["--json"] if as_json else [])]
            status = on(backend_b, [b, file, *more])
    raise typer.Exit(status)


def on(backend: Backend | None, arguments: list[str], quiet: bool = False) -> int:
    """`nnparity compare` in a process of its own, on a backend of Keras."""
    environment = dict(os.environ)
    if backend is not None:
        environment["KERAS_BACKEND"] = backend.value
        if find_spec(backend.value) is None:
            wrong(f"the backend {backend.value} is not installed: pip install {backend.value}")
    done = subprocess.run([sys.executable, "-m", "nnparity.reports.cli", "compare", *arguments], env=environment,
                          stdout=subprocess.DEVNULL if quiet else None)
    return done.returncode


def _pairs(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        wrong(f"--pairs {path} cannot be read: {error}")
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        wrong(f'--pairs {path}: expected is {{"layer of A": "layer of B"}}')
    return found
