"""`nnparity port --model`: a whole model as a file of another framework, and what came of running both."""

from pathlib import Path

import typer

from nnparity.reports.commands.shared import console_of, wrong


def port_model(model: str, to: str, output: Path, inputs: str | None, weights: str | None) -> None:
    """Writes the file, runs both and tells what was found. Exits with 1 where it is refused or differs."""
    from nnparity.reports.checking.names import WrongRequest
    from nnparity.reports.models.load import Raised, inputs_at, model_at
    from nnparity.reports.porting.port import NoFormula
    from nnparity.reports.porting.port import port_model as ported

    console = console_of()
    if output.exists():
        wrong(f"{output} exists already: name another file with --output, or remove it")
    try:
        made = ported(model_at(model, weights), to, output, inputs_at(inputs) if inputs else None)
    except WrongRequest as error:
        wrong(error.for_command_line)
    except NoFormula as error:
        console_of(stderr=True).print(f"refused: {error}", style="bold red", soft_wrap=True)
        raise typer.Exit(1) from None
    except Raised as error:
        console_of(stderr=True).print(str(error), style="bold red", soft_wrap=True)
        raise typer.Exit(3) from None
    except OSError as error:
        wrong(f"{output} cannot be written: {error.strerror}")
    console.print(made.told, soft_wrap=True)
    if made.comparison is not None and not made.ok:
        console.print(str(made.comparison), soft_wrap=True)
    raise typer.Exit(int(not made.ok))
