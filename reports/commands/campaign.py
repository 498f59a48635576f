"""`nnparity campaign`: random networks that nobody chose, against one framework."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from nnparity.reports.commands.shared import chosen_oracles, console_of, wrong


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
        wrong("a campaign keeps its answers as Parquet, and pyarrow is not installed; pip install -e '.[campaign]'")
    from nnparity.reports.campaign import command, recorded
    from nnparity.reports.campaign.run import LostWork
    from nnparity.reports.campaign.tell import tell
    from nnparity.reports.verdicts.verdict import QUIET

    console = console_of()
    try:
        if detect:
            tables, unjudged, missed = command.detection(seeds, jobs, console)
            if record:
                recorded.record_detection(*command.seeds(seeds), tables, unjudged)
            raise typer.Exit(int(bool(missed)))
        chosen_oracles([oracle])
        if missing := oracles.missing(oracle):
            wrong(f"{oracle} cannot be asked: {', '.join(missing)} not installed; pip install -e '.[oracles]'")
        if seed is not None:
            rows = command.one(seed, oracle, timeout, console)
            raise typer.Exit(int(not rows["verdict"].isin(QUIET).all()))
        if out.exists() and not out.is_dir():
            wrong(f"--out {out} is a file; a folder is expected")
        if record and shard:
            wrong("--record keeps the figures of all seeds: leave --shard away")
        wanted = command.Asked(oracle=oracle, seeds=seeds, shard=shard, out=out, jobs=jobs, timeout=timeout, scheduler=scheduler)
        figures = command.campaign(wanted, console)
        if record:
            recorded.record_campaign(oracle, *command.seeds(seeds), figures)
        tell(figures, console)
    except ValueError as error:
        wrong(str(error))
    except LostWork as error:
        console.print(str(error), style="bold red")
        raise typer.Exit(3) from None
    raise typer.Exit(int(figures.alarms > 0))
