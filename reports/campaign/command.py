"""The command `nnparity campaign`: seeds, shards, figures."""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from nnparity.reports.asking.implementations import Oracle
from nnparity.reports.asking.isolate import Asker
from nnparity.reports.asking.pool import working
from nnparity.reports.campaign import detection as measure
from nnparity.reports.campaign import store
from nnparity.reports.campaign.figures import Figures
from nnparity.reports.campaign.find import words
from nnparity.reports.campaign.plan import draw
from nnparity.reports.campaign.run import run, split
from nnparity.reports.campaign.shard import Shard, asked
from nnparity.reports.campaign.tell import arrays_table, finding, tell_detection
from nnparity.reports.verdicts.verdict import QUIET

PART = 10  # networks of the detection table that one worker takes at a time


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    oracle: str
    seeds: str
    shard: str
    out: Path
    jobs: int
    timeout: float
    scheduler: str


def seeds(text: str) -> tuple[int, int]:
    """"0:2000" -> (0, 2000). Raises ValueError saying what is expected."""
    if not (match := re.fullmatch(r"(\d+):(\d+)", text)):
        raise ValueError(f"seeds {text!r}: expected START:STOP, as in 0:2000")
    return int(match[1]), int(match[2])


def shards(oracle: str, range_: str, shard: str) -> list[Shard]:
    """The shards that are asked for: "3/64" is one, "" are all. Raises ValueError for anything else."""
    start, stop = seeds(range_)
    if not shard:
        Shard(oracle, start, stop)  # raises for seeds that hold nothing
        return split(oracle, start, stop)
    if not (match := re.fullmatch(r"(\d+)/(\d+)", shard)):
        raise ValueError(f"shard {shard!r}: expected NUMBER/SHARDS, as in 3/64")
    return [Shard(oracle, start, stop, int(match[1]), int(match[2]))]


def campaign(wanted: Asked, console: Console) -> Figures:
    """Ask and save. Raises ValueError for wrong seeds or shards, LostWork."""
    chosen = shards(wanted.oracle, wanted.seeds, wanted.shard)
    with bar(console) as progress:
        task = progress.add_task("networks", total=sum(len(shard.seeds) for shard in chosen))
        run(chosen, wanted.out, wanted.timeout, lambda shard: progress.advance(task, len(shard.seeds)), jobs=wanted.jobs,
            scheduler=wanted.scheduler)
    return Figures(store.load(wanted.out, chosen))


def detection(range_: str, jobs: int, console: Console) -> tuple[dict, float, list[str]]:
    """(rates by dtype, share that cannot be judged, layers that miss the target), from the reference's own answers.

    Raises ValueError for wrong seeds, LostWork.
    """
    start, stop = seeds(range_)
    Shard("", start, stop)  # raises for seeds that hold nothing
    parts = [range(first, min(first + PART, stop)) for first in range(start, stop, PART)]
    with bar(console) as progress:
        task = progress.add_task("networks", total=stop - start)
        found = []
        with working(measure.part, parts, jobs) as measured:
            for part, records in measured:
                found += records
                progress.advance(task, len(part))
    rows = pd.DataFrame(found).sort_values(["seed", "path", "size"], ignore_index=True)
    tables = measure.rates(rows)
    unjudged = 1 - float(rows.drop_duplicates(["seed", "path"])["judged"].mean())
    missed = measure.below(tables)
    tell_detection(tables, unjudged, missed, console)
    return tables, unjudged, missed


def bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def one(seed: int, oracle: str, timeout: float, console: Console) -> pd.DataFrame:
    """One network, asked again: its rows, and what is left of it where it alarms."""
    with Asker(Oracle(oracle), timeout) as asker:
        rows = pd.DataFrame(asked(seed, asker, oracle))[list(store.COLUMNS)]
    console.print(f"campaign-{seed}: {words(draw(seed))}", soft_wrap=True)
    console.print(arrays_table(rows))
    if not (alarming := rows[~rows["verdict"].isin(QUIET)]).empty:
        finding(next(alarming.head(1).itertuples()), console)
    elif reason := rows["message"].iloc[0]:
        console.print(f"{rows['row_verdict'].iloc[0]}: {reason}", soft_wrap=True, markup=False)
    return rows
