"""All shards of a campaign: those that are not finished are asked, each in a worker process with an oracle process of its own."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from nnparity.reports.asking.implementations import Oracle
from nnparity.reports.asking.isolate import Asker
from nnparity.reports.asking.pool import LostWork as LostWork  # which `run` raises
from nnparity.reports.asking.pool import working
from nnparity.reports.campaign import store
from nnparity.reports.campaign.shard import Shard, records

PER_SHARD = 100  # networks, where nobody says how many shards there are


def split(oracle: str, start: int, stop: int, shards: int = 0) -> list[Shard]:
    """All shards of the seeds. Raises ValueError for seeds that are none."""
    shards = shards or max(1, (stop - start) // PER_SHARD)
    return [Shard(oracle, start, stop, number, shards) for number in range(1, min(shards, stop - start) + 1)]


def answered(shard: Shard, timeout: float) -> bytes:
    """What a worker does: the shard's Parquet file, as bytes. A pure function, so that any worker may do it, or do it again."""
    import numpy as np

    with np.errstate(all="ignore"), Asker(Oracle(shard.oracle), timeout) as asker:
        return store.encode(records(shard, asker), store.key(shard, timeout))


def run(shards: Iterable[Shard], folder: Path, timeout: float, on_shard: Callable[[Shard], None], *, jobs: int = 0,
        scheduler: str = "", work: Callable[..., bytes] = answered) -> None:
    """Ask what is not finished and save it. `on_shard` is told of each shard, also of those that were finished before.

    `work(shard, timeout)` is what a worker does. Raises LostWork where shards could not be asked, WrongCluster for a scheduler
    that is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left: list[Shard] = []
    for shard in shards:
        if store.finished(folder, shard, store.key(shard, timeout)):
            on_shard(shard)
        else:
            left.append(shard)
    if not left:
        return
    if scheduler:
        from nnparity.reports.campaign.cluster import on_cluster
        answering: AbstractContextManager[Iterator[tuple[Shard, bytes]]] = nullcontext(on_cluster(scheduler, work, left, timeout))
    else:
        answering = working(partial(work, timeout=timeout), left, jobs)
    with answering as done:
        for shard, content in done:
            store.save(folder, shard, content)
            on_shard(shard)
