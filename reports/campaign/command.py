"""The command `nnparity campaign`: seeds, shards, figures."""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from reports.campaign import store
from reports.campaign.figures import Figures
from reports.campaign.run import run, split
from reports.campaign.shard import Shard, asked, asking
from reports.campaign.tell import tell
from reports.implementations import Oracle


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
    """Ask, save, tell. Raises ValueError for wrong seeds or shards, LostWork."""
    chosen = shards(wanted.oracle, wanted.seeds, wanted.shard)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("networks", total=sum(len(shard.seeds) for shard in chosen))
        run(chosen, wanted.out, wanted.timeout, lambda shard: progress.advance(bar, len(shard.seeds)), jobs=wanted.jobs,
            scheduler=wanted.scheduler)
    figures = Figures(store.load(wanted.out, chosen))
    tell(figures, console)
    return figures


def one(seed: int, oracle: str, timeout: float, console: Console) -> pd.DataFrame:
    """One network, asked again: its rows, and what is left of it where it alarms."""
    from reports.campaign.find import words
    from reports.campaign.plan import draw

    with asking(Oracle(oracle), timeout) as asker:
        rows = pd.DataFrame(asked(seed, asker, oracle))[list(store.COLUMNS)]
    console.print(f"campaign-{seed}: {words(draw(seed))}", soft_wrap=True)
    console.print(rows[["path", "verdict", "error", "allowed", "epsilons", "size"]].to_string(index=False))
    return rows
