"""What the commands share: how they end, how they write, what their options may be."""

import os
import signal
from importlib.metadata import version as installed_version
from pathlib import Path
from tempfile import TemporaryFile
from typing import NoReturn

import typer

EXIT_CODES = """\
Exit codes: 0 everything agrees; 1 something disagrees (another convention than the one asked for included);
2 wrong usage (bad argument, unreadable file, no such function, no matching case);
3 an implementation raised, timed out or returned no answer on some case;
130 and 143 stopped by Ctrl-C and by SIGTERM, after telling what was known by then."""

NARROWEST = 20  # columns of a terminal that can be written to; COLUMNS=0 comes from programs that have none


class Terminated(BaseException):
    """SIGTERM."""


def terminate(number, _frame):
    signal.signal(number, signal.SIG_IGN)  # the second one shall not disturb what is left to do
    raise Terminated


def seconds(value: float) -> float:
    """A time limit of a command line."""
    if not 0.001 <= value < float("inf"):  # nan is neither
        raise typer.BadParameter(f"{value} is no time limit: a number of seconds is expected, at least 0.001 and finite")
    return value


def console_of(**options):
    from rich.console import Console
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) < NARROWEST:
        options.setdefault("width", 80)
    return Console(highlight=False, markup=False, emoji=False, **options)


def wrong(message: str) -> NoReturn:
    """Exit 2 with a message in words."""
    raise typer.BadParameter(message)


def show_version(wanted: bool):
    if wanted:
        typer.echo(f"nnparity {installed_version('nnparity')}")
        raise typer.Exit


def matching(cases, substring: str):
    chosen = [case for case in cases if substring in case.name]
    if not chosen:
        wrong(f"no case matches {substring!r}; `nnparity list` shows them all")
    return chosen


def about(layer: str | None, substring: str):
    """(the layer as we call it, the cases about it whose names have this in them); of every layer where none is named. Exit 2 for
    a name that means none, and where no case is left."""
    from nnparity import cases
    from nnparity.cases.selection import is_about, networks_of
    from nnparity.reports.checking.names import WrongRequest, understood

    chosen = list(cases.all_cases())
    if layer is not None:
        try:
            layer = understood(layer, networks_of(chosen))
        except WrongRequest as error:
            wrong(error.for_command_line)
        chosen = [case for case in chosen if is_about(case, layer)]
    return layer, matching(chosen, substring)


def chosen_oracles(names: list[str] | None) -> tuple[str, ...]:
    from nnparity import oracles
    for name in names or ():
        if name not in oracles.NAMES:
            wrong(f"no oracle {name!r}; there are {', '.join(oracles.NAMES)}")
    return tuple(dict.fromkeys(names or oracles.NAMES))


def must_be_writable(folder: Path):
    """Exit 2 before anything is asked where no file can be made in a folder."""
    if folder.exists() and not folder.is_dir():
        wrong(f"--out {folder} is a file; a folder is expected")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        wrong(f"--out {folder} cannot be written to: {error.strerror}")
