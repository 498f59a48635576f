"""The command line: `nnparity report`, `check`, `list`, `conventions`. Each command imports what it needs, when it runs."""

import json
import os
import sys
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

EXIT_CODES = """\
Exit codes: 0 everything agrees; 1 something disagrees (another convention than the one asked for included);
2 wrong usage (bad argument, unreadable file, no such function, no matching case);
3 an implementation raised, timed out or returned no answer on some case."""

CONTRACT = """\
Compare YOUR implementation with the reference, outputs and all gradients, and name what is different.

FILE holds a function named after the layer (or pass --function):

\b
    def gru(params, inputs, cotangents):
        # params      {"kernel": ..., "recurrent_kernel": ..., "bias": ..., ...}
        # inputs      {"x": ..., "h0": ...}
        # cotangents  {"y": dL/dy, "h_n": dL/dh_n}
        return outputs, grads   # {"y", "h_n"}, {"kernel", ..., "x", "h0"}

All are dicts of NumPy arrays; names and layouts: `nnparity list --layer gru`.
Return `outputs` alone with --forward-only. A fourth
    parameter `config` gets the options (strides, padding, epsilon). The file runs in its own process: it may
crash, print or never end.
"""

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="From-scratch NumPy neural networks, cross-checked against PyTorch and Keras.", epilog=EXIT_CODES)


def _console(**options):
    from rich.console import Console
    return Console(highlight=False, markup=False, emoji=False, **options)


def _wrong(message: str):
    """Exit 2 with a message in words."""
    raise typer.BadParameter(message)


def _show_version(wanted: bool):
    if wanted:
        typer.echo(f"nnparity {installed_version('nnparity')}")
        raise typer.Exit


@app.callback()
def _options(version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True,
                                                   help="Print the version and exit.")] = False):
    del version


def _matching(cases, substring: str):
    chosen = [case for case in cases if substring in case.name]
    if not chosen:
        _wrong(f"no case matches {substring!r}; `nnparity list` shows them all")
    return chosen


def _oracles(names: list[str] | None) -> tuple[str, ...]:
    import oracles
    for name in names or ():
        if name not in oracles.NAMES:
            _wrong(f"no oracle {name!r}; there are {', '.join(oracles.NAMES)}")
    return tuple(dict.fromkeys(names or oracles.NAMES))


@app.command(epilog=EXIT_CODES)
def report(
    oracle: Annotated[list[str] | None, typer.Option(help="Ask only this oracle; repeat for several.")] = None,
    case: Annotated[str, typer.Option(help="Ask only cases with this in their name.", metavar="SUBSTRING")] = "",
    record: Annotated[bool, typer.Option("--record", help="Replace the recorded answers by these.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports/latest"),
    timeout: Annotated[float, typer.Option(min=0.001, metavar="SECONDS", help="Limit for one case.")] = 60.0,
):
    """Ask every oracle every case, compare, and write the report: one HTML page and the rows as a table."""
    import cases
    from cases import recording
    from reports.check import exit_code
    from reports.live import ask_oracles, drifts

    names = _oracles(oracle)
    if record and case:
        _wrong("--record replaces whole recordings: leave --case away")
    chosen = [c for c in cases.all_cases() if case in c.name]
    probes = [c for c in cases.all_probes() if case in c.name]
    if not chosen:
        _wrong(f"no case matches {case!r}; `nnparity list` shows them all")
    if out.exists() and not out.is_dir():
        _wrong(f"--out {out} is a file; a folder is expected")
    from reports import console as console_summary
    from reports import golden, mutation, page, proof, sections, tables

    console = _console()
    run = ask_oracles(names, chosen, probes, timeout, console)
    out.mkdir(parents=True, exist_ok=True)
    generated = f"nnparity {installed_version('nnparity')}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    with console.status("planting mistakes, training the documents' networks"):
        kills = tuple(proof.kill_matrix(chosen))
        figures = golden.golden_rows(chosen)
        networks = sections.sections(run.rows, figures, sections.training_pictures(chosen, run.answers),
                                     sections.findings(chosen))
    path = page.write(out, run.rows, kill_matrix=kills, conventions=run.measured, probes=run.probes,
                      golden=figures, networks=networks, mutation=mutation.load(), generated=generated)
    tables.write(out, run.rows)
    console_summary.summary(tuple(run.rows), console)
    for name, missing in run.missing.items():
        console.print(f"{name} was not asked: {missing} not installed", style="bold yellow")

    changed, unusable = drifts(run)
    for words in changed:
        console.print(f"drift: {words}", style="bold yellow", soft_wrap=True)
    if record:
        unusable = []
        for name in names:
            if name in run.missing:
                continue
            if name not in run.complete:
                unusable.append(f"{name}: not recorded, because some cases have no answer")
                continue
            written = recording.record(name, run.versions.get(name, ""), run.answers[name])
            console.print(f"recorded {name}: {', '.join(file.name for file in written)}", soft_wrap=True)
    for words in unusable:
        console.print(f"recording: {words}", style="bold red", soft_wrap=True)
    console.print(f"report: {path}", style="bold", soft_wrap=True)
    code = exit_code(run.rows) or (3 if unusable else 1 if changed and not record else 0)
    raise typer.Exit(code)


@app.command(help=CONTRACT, epilog=EXIT_CODES)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Python file with your function.", show_default=False)],
    function: Annotated[str | None, typer.Option(help="The function's name, if not the layer's.", metavar="NAME",
                                                 show_default=False)] = None,
    layer: Annotated[str | None, typer.Option(help="The layer or network, as `nnparity list` names it.", metavar="NAME",
                                              show_default=False)] = None,
    case: Annotated[str, typer.Option(help="Only cases with this in their name.", metavar="SUBSTRING")] = "",
    convention: Annotated[list[str] | None, typer.Option(
        help="Ask for another variant: reset=before. Repeat for several.", metavar="OPTION=VALUE")] = None,
    float32: Annotated[bool, typer.Option("--float32", help="Ask the float32 cases too.")] = False,
    forward_only: Annotated[bool, typer.Option("--forward-only", help="Compare outputs, no gradients.")] = False,
    timeout: Annotated[float, typer.Option(min=0.001, metavar="SECONDS", help="Limit for one case.")] = 10.0,
):
    import cases
    from reports.check import WrongUsage, exit_code, prepare, tell
    from reports.measured import variant_name
    from reports.run import rows_of

    try:
        implementation, chosen, config = prepare(file, cases.all_cases(), function=function, layer=layer,
                                                 conventions=convention or (), substring=case, float32=float32)
    except WrongUsage as error:
        _wrong(str(error))
    console = _console()
    asked = f" ({variant_name(config)})" if config else ""
    console.print(f"{implementation.name}: {implementation.function}, {len(chosen)} cases{asked}", style="bold")
    with console.status("asking ...") as status:
        done = []

        def show(row, _answer):
            done.append(row)
            status.update(f"{len(done)} of {len(chosen)}: {row.case} {row.verdict}")

        rows = rows_of(implementation, chosen, timeout, on_row=show, forward_only=forward_only)
    tell(rows, console, forward_only=forward_only)
    raise typer.Exit(exit_code(rows))


@app.command("list")
def list_cases(
    layer: Annotated[str | None, typer.Option(help="One layer: its equations, array names and layouts, cases.",
                                              show_default=False)] = None,
    case: Annotated[str, typer.Option(help="Only cases with this in their name.", metavar="SUBSTRING")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """List the cases: network, sizes, and the mistake that each exists to catch."""
    import cases
    from reports import listing
    from reports.rows import network_of

    chosen = cases.all_cases()
    if layer is not None:
        known = list(dict.fromkeys(network_of(c) for c in chosen))
        chosen = [c for c in chosen if network_of(c) == layer]
        if not chosen:
            _wrong(f"no case is about {layer!r}; there are cases about: {', '.join(known)}")
    chosen = _matching(chosen, case)
    if as_json:
        typer.echo(json.dumps(listing.as_json(chosen), indent=1))
        return
    console = _console()
    if layer is not None:
        listing.tell_layer(next((c for c in chosen if not c.exempt), chosen[0]), console)
    listing.tell(chosen, console)


@app.command(epilog=EXIT_CODES)
def conventions(
    layer: Annotated[str | None, typer.Argument(metavar="[LAYER]", help="Only this layer: gru, lstm, simple_rnn.",
                                                show_default=False)] = None,
    oracle: Annotated[list[str] | None, typer.Option(help="Measure only this oracle; repeat for several.")] = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="From the recordings; runs no framework.")] = False,
    timeout: Annotated[float, typer.Option(min=0.001, metavar="SECONDS", help="Limit for one case.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """Which formula does each framework compute? Measured on the installed versions, with the flags for the others."""
    import cases
    import oracles
    from cases.recording import RecordingError
    from reports import side_by_side
    from reports.live import ask_oracles, recorded_probes

    probes = [probe for probe in cases.all_probes() if layer in (None, probe.network[0].kind)]
    if not probes:
        known = dict.fromkeys(probe.network[0].kind for probe in cases.all_probes())
        _wrong(f"no conventions of {layer!r} are catalogued; there are those of {', '.join(known)}")
    names = _oracles(oracle)
    errors = _console(stderr=True)
    failed = False
    if recorded:
        try:
            measured = recorded_probes(names, probes)
        except RecordingError as error:
            errors.print(f"recording: {error}", style="bold red")
            raise typer.Exit(3) from None
    else:
        installed = [name for name in names if not oracles.missing(name)]
        run = ask_oracles(installed, (), probes, timeout, errors)
        measured = run.measured
        for name in names:
            if name not in installed:
                errors.print(f"{name}: {', '.join(oracles.missing(name))} not installed", style="bold yellow")
        for row in run.probes:
            if row.message:
                failed = True
                errors.print(f"{row.implementation}, {row.case}: {row.verdict}: {row.message}", style="bold red")
    if as_json:
        typer.echo(json.dumps(side_by_side.as_json(measured), indent=1, ensure_ascii=False))
    else:
        side_by_side.tell(measured, _console())
    raise typer.Exit(3 if failed or not measured else 0)


def main():
    """The console script. A fault of our own is told in one line; NNPARITY_DEBUG=1 shows where it happened."""
    try:
        app()
    except Exception as error:
        if os.environ.get("NNPARITY_DEBUG"):
            raise
        print(f"nnparity: internal error: {type(error).__name__}: {error} (NNPARITY_DEBUG=1 shows where)", file=sys.stderr)
        sys.exit(70)


if __name__ == "__main__":
    main()
