"""`nnparity vectors` and `nnparity verify`: questions and answers as JSON, for code in any language."""

import json
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from nnparity.reports.commands.shared import about, console_of, wrong


def vectors(
    out: Annotated[Path, typer.Option(help="The folder to write to: one file a network, and the two schemas.", metavar="DIR",
                                      show_default=False)],
    layer: Annotated[str | None, typer.Option(help="One layer or network; without it all of them.", metavar="NAME",
                                              show_default=False)] = None,
    case: Annotated[str, typer.Option(help="Only cases with this in their name.", metavar="SUBSTRING")] = "",
    decimal: Annotated[bool, typer.Option("--decimal", help="Numbers as decimals that are read back exactly, where hexadecimal "
                                                            "floats (C's %a) are hard to read.")] = False,
    safetensors: Annotated[bool, typer.Option("--safetensors", help="The arrays in a file of safetensors beside each "
                                                                    "JSON.")] = False,
    questions_only: Annotated[bool, typer.Option("--questions-only", help="Without the expected answers.")] = False,
):
    """Write the cases as JSON: what is given, what is wanted, what the reference answers, what each exists to catch.

    vectors.schema.json, written beside them, describes the files; answers.schema.json what `nnparity verify` reads.
    """
    from nnparity.reports.vectors.files import by_network, can_be_written, file_name
    from nnparity.reports.vectors.questions import as_text, document, schema
    from nnparity.reports.vectors.tensors import moved

    layer, chosen = about(layer, case)
    files = by_network(chosen) if layer is None else {layer: [c for c in chosen if can_be_written(c)]}
    console = console_of()
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in ("vectors", "answers"):
            (out / f"{name}.schema.json").write_text(schema(name), encoding="utf-8")
        for network, asked in files.items():
            with console.status(f"{network}: {len(asked)} cases"):
                data = document(network, asked, installed_version("nnparity"), decimal=decimal, expected=not questions_only)
                if safetensors:
                    data = moved(data, out / file_name(network, ".safetensors"))
                text = as_text(data)
            path = out / file_name(network, ".json")
            path.write_text(text, encoding="utf-8")
            console.print(f"{path}: {len(asked)} tests, {len(text) / 1e6:.1f} MB", highlight=False, soft_wrap=True)
    except ImportError:
        wrong("--safetensors needs the package safetensors: pip install safetensors")
    except OSError as error:
        wrong(f"--out {out} cannot be written: {error.strerror}")


def verify(
    file: Annotated[Path, typer.Argument(metavar="ANSWERS", help="A file of answers, as answers.schema.json says.",
                                         show_default=False)],
    forward_only: Annotated[bool, typer.Option("--forward-only", help="Compare outputs, no gradients.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """Compare answers that another program wrote with the reference, and name what is different.

    The file: {"schema": "nnparity-answers-1", "network": "lstm", "implementation": "mine 0.1", "answers": [{"id": ...,
    "outputs": {"y": array, ...}, "grads": {"kernel": array, ...}}, ...]}, an array as {"shape": [2, 3], "data": [...]} or nested
    lists; in the place of outputs and grads "error" or "unsupported" may say why there are none.
    """
    from nnparity.reports.checking.check import report_of
    from nnparity.reports.checking.exchange import as_json as data
    from nnparity.reports.checking.request import Request
    from nnparity.reports.checking.told import tell
    from nnparity.reports.vectors.answers import answers_of
    from nnparity.reports.vectors.arrays import Unreadable
    from nnparity.reports.vectors.files import Recorded, answered_cases, unanswered
    from nnparity.reports.verdicts.run import rows_of

    console = console_of(quiet=as_json)
    try:
        found = answers_of(file.read_text(encoding="utf-8-sig"), file.name, file.parent)
        cases = list(answered_cases(found, file.name).values())
    except OSError as error:
        wrong(f"{file} cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        wrong(f"{file} is no UTF-8: {error.reason} at byte {error.start}")
    except Unreadable as error:
        wrong(str(error))
    asked = Request(implementation=Recorded(found, file), function=found.network, network=found.network, cases=cases)
    with console.status("comparing ..."):
        rows = rows_of(asked.implementation, cases, 1.0, forward_only=forward_only)
    report = report_of(asked, rows, forward_only=forward_only)
    console.print(report.headline, style="bold", markup=False)
    tell(report, console, python=False)
    if missing := list(unanswered(found)):
        console.print(f"{len(missing)} cases of {found.network} are not answered in this file ({missing[0]}"
                      f"{', ...' if len(missing) > 1 else ''}).", style="dim", markup=False)
    if as_json:
        typer.echo(json.dumps(data(report), indent=1))
    raise typer.Exit(report.exit_code)
