"""The command line: one function a command, each in a file of reports/commands/, which imports what it needs when it runs."""

import os
import signal
import sys
from typing import Annotated

import typer

from nnparity.reports.commands.campaign import campaign
from nnparity.reports.commands.certificates import certificates
from nnparity.reports.commands.check import CONTRACT, check
from nnparity.reports.commands.compare import compare
from nnparity.reports.commands.conventions import conventions
from nnparity.reports.commands.explain import explain
from nnparity.reports.commands.list_cases import list_cases
from nnparity.reports.commands.port import port
from nnparity.reports.commands.report import report
from nnparity.reports.commands.shared import EXIT_CODES, Terminated, show_version, terminate
from nnparity.reports.commands.vectors import vectors, verify
from nnparity.reports.spelled import SPELLED

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="From-scratch NumPy neural networks, cross-checked against PyTorch and Keras.", epilog=EXIT_CODES)
app.command(epilog=EXIT_CODES)(report)
app.command(help=CONTRACT, epilog=EXIT_CODES)(check)
app.command(epilog=EXIT_CODES)(compare)
app.command("list")(list_cases)
app.command(epilog=EXIT_CODES)(conventions)
app.command(epilog="Exit codes: 0 the map is printed, or the model is written and agrees; 1 refused, the target has no such "
            "variant, or the two models differ; 2 wrong usage; 3 the model's file raised.")(port)
app.command(epilog="Exit codes: 0 the reference is exact everywhere; 1 it is not; 2 wrong usage; 3 an oracle never answered.")(
    certificates)
app.command()(explain)
app.command()(vectors)
app.command(epilog=EXIT_CODES)(verify)
app.command(epilog=EXIT_CODES)(campaign)


@app.callback()
def _options(version: Annotated[bool, typer.Option("--version", callback=show_version, is_eager=True,
                                                   help="Print the version and exit.")] = False):
    del version


def main():
    """The console script. A fault of our own is told in one line; NNPARITY_DEBUG=1 shows where it happened."""
    from nnparity.cases.recording import RecordingError
    signal.signal(signal.SIGTERM, terminate)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=SPELLED)  # a terminal without ⊙ or σ shows * and sigma
    try:
        app()
    except Terminated:
        print("nnparity: stopped by SIGTERM", file=sys.stderr)
        sys.exit(143)
    except Exception as error:
        if os.environ.get("NNPARITY_DEBUG"):
            raise
        if isinstance(error, OSError | RecordingError):  # a full disk, a damaged recording: nothing of ours
            print(f"nnparity: {error}", file=sys.stderr)
            sys.exit(2)
        print(f"nnparity: internal error: {type(error).__name__}: {error} (NNPARITY_DEBUG=1 shows where)", file=sys.stderr)
        sys.exit(70)


if __name__ == "__main__":
    main()
