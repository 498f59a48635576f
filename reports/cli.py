"""The command line, one function a command. Each imports what it needs, when it runs."""

import json
import os
import signal
import sys
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated

import typer

EXIT_CODES = """\
Exit codes: 0 everything agrees; 1 something disagrees (another convention than the one asked for included);
2 wrong usage (bad argument, unreadable file, no such function, no matching case);
3 an implementation raised, timed out or returned no answer on some case;
130 and 143 stopped by Ctrl-C and by SIGTERM, after telling what was known by then."""

CONTRACT = """\
Compare YOUR implementation with the reference, outputs and all gradients, and name what is different.

FILE holds a function named after the layer, or after a network of the documents (n18), or pass --function:

\b
    def gru(params, inputs, cotangents):
        # params      {"kernel": ..., "recurrent_kernel": ..., "bias": ..., ...}
        # inputs      {"x": ..., "h0": ...}
        # cotangents  {"y": dL/dy, "h_n": dL/dh_n}
        return outputs, grads   # {"y", "h_n"}, {"kernel", ..., "x", "h0"}

All are dicts of NumPy arrays; names and layouts: `nnparity list --layer gru`.
Other layouts (PyTorch's, Keras's, one matrix a gate, fused, column vectors, time first):
nnparity.oracles.layouts.styles.contract.
Return `outputs` alone with --forward-only. A fourth parameter `config` gets the
options (strides, padding, epsilon). The file runs in its own process: it may
crash, print or never end. What it imports is looked for beside it and in the
working directory.

An optimizer (sgd, momentum, rmsprop, adam), run inside the reference's training loop, or a whole training
(n05_training, n08_training, ...); `nnparity list --layer adam` says what they are given:

\b
    def adam(parameter, gradient, state, step, learning_rate, config):
        return new_parameter, new_state    # state is {} and step 1 at first
    def n08_training(params, inputs, config):
        return {"loss": ..., "dense_1/kernel": ...}   # one entry a step

It is asked twice: state that it keeps, arrays that it changes in place and
logits that overflow are told as `trouble`.
"""

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="From-scratch NumPy neural networks, cross-checked against PyTorch and Keras.", epilog=EXIT_CODES)


NARROWEST = 20  # columns of a terminal that can be written to; COLUMNS=0 comes from programs that have none


class Terminated(BaseException):
    """SIGTERM."""


def _terminate(number, _frame):
    signal.signal(number, signal.SIG_IGN)  # the second one shall not disturb what is left to do
    raise Terminated


def _seconds(value: float) -> float:
    """A time limit of a command line."""
    if not 0.001 <= value < float("inf"):  # nan is neither
        raise typer.BadParameter(f"{value} is no time limit: a number of seconds is expected, at least 0.001 and finite")
    return value


def _console(**options):
    from rich.console import Console
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) < NARROWEST:
        options.setdefault("width", 80)
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
    from nnparity import oracles
    for name in names or ():
        if name not in oracles.NAMES:
            _wrong(f"no oracle {name!r}; there are {', '.join(oracles.NAMES)}")
    return tuple(dict.fromkeys(names or oracles.NAMES))


def _can_be_written(folder: Path):
    """Exit 2 before anything is asked where no file can be made in a folder."""
    if folder.exists() and not folder.is_dir():
        _wrong(f"--out {folder} is a file; a folder is expected")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        _wrong(f"--out {folder} cannot be written to: {error.strerror}")


@app.command(epilog=EXIT_CODES)
def report(
    oracle: Annotated[list[str] | None, typer.Option(help="Ask only this oracle; repeat for several.")] = None,
    case: Annotated[str, typer.Option(help="Ask only cases with this in their name.", metavar="SUBSTRING")] = "",
    record: Annotated[bool, typer.Option("--record", help="Replace the recorded answers by these.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports/latest"),
    timeout: Annotated[float, typer.Option(callback=_seconds, metavar="SECONDS", help="Limit for one case.")] = 60.0,
):
    """Ask every oracle every case, compare, and write the report: one HTML page and the rows as a table."""
    from nnparity import cases
    from nnparity.cases import recording
    from nnparity.reports.commands.check import exit_code
    from nnparity.reports.verdicts.ask_oracles import ask_oracles, drifts

    names = _oracles(oracle)
    if record and case:
        _wrong("--record replaces whole recordings: leave --case away")
    chosen = [c for c in cases.all_cases() if case in c.name]
    probes = [c for c in cases.all_probes() if case in c.name]
    if not chosen:
        _wrong(f"no case matches {case!r}; `nnparity list` shows them all")
    _can_be_written(out)
    from nnparity.oracles.atlas.columns import COLUMNS
    from nnparity.reference_impl.mistakes import MISTAKES, stale
    from nnparity.reports.atlas import view as atlas_view
    from nnparity.reports.campaign import recorded as campaign_figures
    from nnparity.reports.commands import conventions as atlas_command
    from nnparity.reports.commands import report_told as console_summary
    from nnparity.reports.page import page, sections, tables
    from nnparity.reports.page.summary import count
    from nnparity.reports.selfproof import kill_matrix as proof
    from nnparity.reports.selfproof import mutation
    from nnparity.reports.verdicts import golden
    from nnparity.reports.verdicts.witnesses import no_answer

    console = _console()
    sound = [c for c in chosen if not no_answer(c)]  # what the reference cannot compute is told in the rows
    atlas_rows = () if case else atlas_view.rows_about(None)
    with proof.planting(sound) as planted:  # on all cores, while the frameworks are asked
        run = ask_oracles(names, chosen, probes, timeout, console)
        out.mkdir(parents=True, exist_ok=True)
        generated = f"nnparity {installed_version('nnparity')}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        cells = atlas_command.measured(atlas_rows, COLUMNS, console) if atlas_rows else {}
        with console.status("training the documents' networks") as status:
            figures = golden.golden_rows(sound)
            networks = sections.sections(run.rows, figures, sections.training_pictures(sound, run.answers),
                                         sections.findings(sound))
            kills = planted(lambda done: status.update(f"planting mistakes: {done} of {len(MISTAKES)}"))
    path = page.write(out, run.rows, kill_matrix=kills, atlas=(atlas_rows, cells), conventions=run.measured, probes=run.probes,
                      golden=figures, networks=networks, mutation=mutation.load(),
                      campaign=campaign_figures.load(), generated=generated)
    tables.write(out, run.rows)
    console_summary.summary(tuple(run.rows), console)
    if stale():
        console.print(f"{count(len(stale()), 'mistake')} of the catalogue no longer fit the source and were not planted; the "
                      "proof section of the report names them", style="bold yellow", soft_wrap=True)
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
    timeout: Annotated[float, typer.Option(callback=_seconds, metavar="SECONDS", help="Limit for one case.")] = 10.0,
):
    from nnparity import cases
    from nnparity.reports.commands.check import WrongUsage, exit_code, prepare, similar, tell
    from nnparity.reports.comparison.measured import variant_name
    from nnparity.reports.verdicts.row import Row
    from nnparity.reports.verdicts.run import rows_of
    from nnparity.reports.verdicts.tell_apart import told_apart

    try:
        implementation, chosen, config = prepare(file, cases.all_cases(), function=function, layer=layer,
                                                 conventions=convention or (), substring=case, float32=float32)
    except WrongUsage as error:
        _wrong(str(error))
    console = _console()
    asked = f" ({variant_name(config)})" if config else ""
    console.print(f"{implementation.name}: {implementation.function}, {len(chosen)} cases{asked}", style="bold")
    rows: list[Row] = []
    told, stopped = None, 0
    try:
        with console.status("asking ...") as status:
            def show(row, _answer):
                rows.append(row)
                status.update(f"{len(rows)} of {len(chosen)}: {row.case} {row.verdict}")

            rows_of(implementation, chosen, timeout, on_row=show, forward_only=forward_only)
            status.update("looking for a case that tells causes apart")
            others = [c for c in similar(cases.all_cases(), chosen, config) if c not in chosen]
            told = told_apart(implementation, rows, chosen, others, timeout, forward_only=forward_only)
    except (KeyboardInterrupt, Terminated) as signalled:
        stopped = 130 if isinstance(signalled, KeyboardInterrupt) else 143
        console.print(f"stopped after {len(rows)} of {len(chosen)} cases", style="bold red")
    if rows:
        tell(rows, console, forward_only=forward_only, told=told)
    raise typer.Exit(stopped or exit_code(rows))


@app.command("list")
def list_cases(
    layer: Annotated[str | None, typer.Option(help="One layer: its equations, array names and layouts, cases.",
                                              show_default=False)] = None,
    case: Annotated[str, typer.Option(help="Only cases with this in their name.", metavar="SUBSTRING")] = "",
    mistake: Annotated[str | None, typer.Option(help="Only cases proven to expose this mistake: K31, or softmax-diagonal.",
                                                metavar="NAME", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """List the cases: network, sizes, and the mistake that each exists to catch."""
    from nnparity import cases
    from nnparity.cases.selection import is_about, networks_of
    from nnparity.reports.catalogue import NoSuchEntry
    from nnparity.reports.commands import list_cases as listing

    chosen = cases.all_cases()
    if layer is not None:
        known = networks_of(chosen)
        chosen = [c for c in chosen if is_about(c, layer)]
        if not chosen:
            _wrong(f"no case is about {layer!r}; there are cases about: {', '.join(known)}")
    chosen = _matching(chosen, case)
    entries: list = []
    if mistake is not None:
        try:
            entries, chosen = listing.exposing(mistake, chosen)
        except NoSuchEntry as error:
            _wrong(str(error))
        if not chosen:
            _wrong(f"none of these cases exposes {mistake!r}; `nnparity explain {mistake}` says what it is")
    if as_json:
        typer.echo(json.dumps(listing.as_json(chosen), indent=1))
        return
    console = _console()
    for entry in entries:
        console.print(f"{entry.id}: {entry.title}", markup=False, highlight=False, soft_wrap=True)
    if layer is not None:
        listing.tell_layer(layer, next((c for c in chosen if not c.exempt), chosen[0]), console)
    listing.tell(chosen, console)


@app.command(epilog=EXIT_CODES)
def conventions(
    name: Annotated[str | None, typer.Argument(
        metavar="[NAME]", help="A layer (gru), a group (loss), a row (layer_norm.epsilon); all without it.",
        show_default=False)] = None,
    column: Annotated[list[str] | None, typer.Option(help="Measure only this framework; repeat for several.",
                                                     metavar="NAME")] = None,
    differ: Annotated[tuple[str, str], typer.Option(help="Only what differs between two frameworks: --differ torch keras.",
                                                    metavar="ONE OTHER", show_default=False)] = ("", ""),
    recorded: Annotated[bool, typer.Option("--recorded", help="From the recordings; runs no framework.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Replace the recordings and the Markdown page by these.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """Which formula does each framework compute? Measured on the installed versions, with the flags for the others."""
    from nnparity.oracles.atlas.columns import COLUMNS
    from nnparity.reports.commands import conventions as atlas_command

    for wanted in (*(column or ()), *filter(None, differ)):
        if wanted not in COLUMNS:
            _wrong(f"no framework {wanted!r} among the columns; there are {', '.join(COLUMNS)}")
    if record and (recorded or any(differ)):
        _wrong("--record measures anew and keeps everything: leave --recorded and --differ away")
    chosen = atlas_command.Asked(name=name, columns=tuple(dict.fromkeys(column or tuple(filter(None, differ)) or COLUMNS)),
                                 differ=differ if any(differ) else None, recorded=recorded, record=record, as_json=as_json)
    try:
        code = atlas_command.run(chosen, _console(), _console(stderr=True))
    except atlas_command.WrongName as error:
        _wrong(str(error))
    raise typer.Exit(code)


@app.command(epilog="Exit codes: 0 the map is printed; 1 refused, the target has no such variant; 2 wrong usage.")
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
    from nnparity.reports.commands.port import tell

    try:
        tell(layer, source, target, option or (), flattened, _console())
    except Refused as error:
        _console(stderr=True).print(f"refused: {error}", style="bold red")
        raise typer.Exit(1) from None
    except PortError as error:
        _wrong(str(error))


@app.command(epilog="Exit codes: 0 the reference is exact everywhere; 1 it is not; 2 wrong usage; 3 an oracle never answered.")
def certificates(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Only operations with this in their name: gelu, cross_entropy.",
                                        show_default=False)] = "",
    oracle: Annotated[list[str] | None, typer.Option(help="Ask only this oracle; repeat for several.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also the operations on which everybody is exact.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Keep what was measured for the report.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    timeout: Annotated[float, typer.Option(min=0.001, max=86400, metavar="SECONDS", help="Limit for one question.")] = 60.0,
):
    """Which operations are as exact as their type says? Reference and frameworks against mpmath, from 5e-324 to 1.8e308."""
    from nnparity.reports.certificates import command

    names = _oracles(oracle)
    if record and (name or oracle):
        _wrong("--record keeps everything: leave NAME and --oracle away")
    try:
        code = command.run(name, names, _console(), everything=everything, keep=record, as_json=as_json, timeout=timeout)
    except command.WrongName as error:
        _wrong(str(error))
    raise typer.Exit(code)


@app.command()
def explain(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="K31, softmax-diagonal, or an area: gru, softmax.",
                                               show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
):
    """What is this mistake? Symptom, wrong and right formula, the case that exposes it, the fix. Without a name: all of them."""
    from nnparity.reports import catalogue
    from nnparity.reports.commands import explain as pages

    try:
        entries = catalogue.find(name) if name else list(catalogue.CATALOGUE.values())
    except catalogue.NoSuchEntry as error:
        _wrong(str(error))
    console = _console()
    if as_json:
        typer.echo(json.dumps(pages.as_json(entries), indent=1, ensure_ascii=False))
    elif name is None:
        pages.tell_all(console)
    else:
        for entry in entries:
            pages.tell(entry, console)


@app.command(epilog=EXIT_CODES)
def campaign(
    oracle: Annotated[str, typer.Option(help="Which framework answers.", metavar="NAME")] = "torch",
    seeds: Annotated[str, typer.Option(help="Which networks: one a seed, START to STOP - 1.", metavar="START:STOP")] = "0:200",
    shard: Annotated[str, typer.Option(help="Only this part of them: 3/64 is the third of 64.", metavar="NUMBER/SHARDS")] = "",
    seed: Annotated[int | None, typer.Option(min=0, help="One network: every array, and what is left of it where it alarms.",
                                             show_default=False)] = None,
    out: Annotated[Path, typer.Option(help="Folder of the Parquet files; finished shards are not asked again.")] = Path(
        "reports/latest/campaign"),
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes, each with an oracle of its own; 0: one a processor.")] = 0,
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="A dask scheduler, tcp://HOST:PORT, whose workers ask the "
                                           "shards; needs the extra `cluster`.")] = "",
    timeout: Annotated[float, typer.Option(min=0.001, metavar="SECONDS", help="Limit for one network.")] = 60.0,
    detect: Annotated[bool, typer.Option("--detection", help="How small an error is still noticed, in the same networks; asks "
                                         "no framework.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Keep the figures; the report shows them.")] = False,
):
    """Random everyday networks against one framework: false alarms, what cannot be judged, and what is really wrong."""
    from nnparity import oracles
    if find_spec("pyarrow") is None:
        _wrong("a campaign keeps its answers as Parquet, and pyarrow is not installed; pip install -e '.[campaign]'")
    from nnparity.reports.campaign import command, recorded
    from nnparity.reports.campaign.figures import QUIET
    from nnparity.reports.campaign.run import LostWork
    from nnparity.reports.campaign.tell import tell

    console = _console()
    try:
        if detect:
            tables, unjudged, missed = command.detection(seeds, jobs, console)
            if record:
                recorded.record_detection(*command.seeds(seeds), tables, unjudged)
            raise typer.Exit(int(bool(missed)))
        _oracles([oracle])
        if missing := oracles.missing(oracle):
            _wrong(f"{oracle} cannot be asked: {', '.join(missing)} not installed; pip install -e '.[oracles]'")
        if seed is not None:
            rows = command.one(seed, oracle, timeout, console)
            raise typer.Exit(int(not rows["verdict"].isin(QUIET).all()))
        if out.exists() and not out.is_dir():
            _wrong(f"--out {out} is a file; a folder is expected")
        if record and shard:
            _wrong("--record keeps the figures of all seeds: leave --shard away")
        wanted = command.Asked(oracle=oracle, seeds=seeds, shard=shard, out=out, jobs=jobs, timeout=timeout, scheduler=scheduler)
        figures = command.campaign(wanted, console)
        if record:
            recorded.record_campaign(oracle, *command.seeds(seeds), figures)
        tell(figures, console)
    except ValueError as error:
        _wrong(str(error))
    except LostWork as error:
        console.print(str(error), style="bold red")
        raise typer.Exit(3) from None
    raise typer.Exit(int(figures.alarms > 0))


def main():
    """The console script. A fault of our own is told in one line; NNPARITY_DEBUG=1 shows where it happened."""
    from nnparity.cases.recording import RecordingError
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ⊙ or Σ shows a question mark
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
