"""`nnparity report`: ask every oracle every case, judge, prove that the suite can fail, write the page and the tables."""

import shlex
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any

import typer

from nnparity.reports.commands.shared import chosen_oracles, console_of, must_be_writable, seconds, wrong


def report(
    oracle: Annotated[list[str] | None, typer.Option(help="Ask only this oracle; repeat for several.")] = None,
    case: Annotated[str, typer.Option(help="Ask only cases with this in their name.", metavar="SUBSTRING")] = "",
    record: Annotated[bool, typer.Option("--record", help="Replace the recorded answers by these.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports/latest"),
    timeout: Annotated[float, typer.Option(callback=seconds, metavar="SECONDS", help="Limit for one case.")] = 60.0,
    baseline: Annotated[Path | None, typer.Option(help="Say what has changed since the report in this folder.")] = None,
    single_file: Annotated[bool, typer.Option("--single-file", help="One page that needs no other file, as for mail.")] = False,
):
    """Ask every oracle every case, compare, and write the report: a small site to open in a browser, and tables."""
    from nnparity import cases
    from nnparity.oracles.atlas.columns import COLUMNS
    from nnparity.reference_impl.mistakes import MISTAKES
    from nnparity.reports.atlas import view
    from nnparity.reports.campaign import recorded as campaign_figures
    from nnparity.reports.commands import conventions_told, report_told
    from nnparity.reports.page import baseline as baselines
    from nnparity.reports.page import page, sections, site, tables
    from nnparity.reports.selfproof import kill_matrix, mutation
    from nnparity.reports.verdicts import golden
    from nnparity.reports.verdicts.ask_oracles import ask_oracles, drifts
    from nnparity.reports.verdicts.row import exit_code
    from nnparity.reports.verdicts.witnesses import no_answer

    names = chosen_oracles(oracle)
    if record and case:
        wrong("--record replaces whole recordings: leave --case away")
    chosen = [c for c in cases.all_cases() if case in c.name]
    probes = [c for c in cases.all_probes() if case in c.name]
    large = [c for c in cases.large_cases() if case in c.name]
    if not chosen and not large:
        wrong(f"no case matches {case!r}; `nnparity list` shows them all")
    must_be_writable(out)
    try:
        before = baselines.read(baseline) if baseline else None  # now: it may be the folder that is written to
    except ValueError as error:
        wrong(str(error))

    console = console_of()
    sound = [c for c in chosen if not no_answer(c)]  # what the reference cannot compute is told in the rows
    rows_of_atlas = () if case else view.rows_about(None)
    with kill_matrix.planting(sound) as planted:  # on all cores, while the frameworks are asked
        run = ask_oracles(names, [*chosen, *large], probes, timeout, console)
        generated = f"nnparity {installed_version('nnparity')}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        cells = conventions_told.measured(rows_of_atlas, COLUMNS, console) if rows_of_atlas else {}
        with console.status("training the documents' networks") as status:
            figures = golden.golden_rows(sound)
            networks = sections.sections(run.rows, figures, [*sound, *large], run.answers)
            kills = planted(lambda done: status.update(f"planting mistakes: {done} of {len(MISTAKES)}"))
    parts: dict[str, Any] = dict(
        kill_matrix=kills, atlas=(rows_of_atlas, cells), conventions=run.measured, probes=run.probes, golden=figures,
        networks=networks, mutation=mutation.load(), campaign=campaign_figures.load(), generated=generated)
    changes = None
    if baseline and before:
        changes = baselines.changes(baseline, before, tables.frame(run.rows), tables.cells_frame(cells))
    path = page.write(out, run.rows, **parts) if single_file else site.write(
        out, run.rows, repeat=repeated(oracle, case), changes=changes, **parts)
    tables.write(out, run.rows, cells=cells, kills=kills)
    report_told.summary(tuple(run.rows), console)
    if changes:
        baselines.write(out, changes)
        report_told.since(changes, console)
    changed, unusable = drifts(run)
    report_told.beside_the_rows(run.missing, changed, console)
    if record:
        unusable = recorded(names, run, console)
    for words in unusable:
        console.print(f"recording: {words}", style="bold red", soft_wrap=True)
    console.print(f"report: {path}", style="bold", soft_wrap=True)
    raise typer.Exit(exit_code(run.rows) or (3 if unusable else 1 if changed and not record else 0))


def repeated(oracle: list[str] | None, case: str) -> str:
    """The command that asks the same again."""
    return shlex.join(["nnparity", "report", *(word for name in oracle or () for word in ("--oracle", name)),
                       *(["--case", case] if case else [])])


def recorded(names, run, console) -> list[str]:
    """Keeps the answers of each oracle that has answered every case; why the others are not kept."""
    from nnparity.cases import recording

    incomplete = []
    for name in names:
        if name in run.missing:
            continue
        if name not in run.complete:
            incomplete.append(f"{name}: not recorded, because some cases have no answer")
            continue
        before = {file.name: file.read_bytes() for file in recording.FOLDER.glob(f"{name}-*")}
        written = recording.record(name, run.versions.get(name, ""), run.answers[name])
        changed = [file.name for file in written if file.read_bytes() != before.get(file.name)]
        console.print(f"recorded {name}: {', '.join(changed) or 'nothing has changed'}", soft_wrap=True)
    return incomplete
