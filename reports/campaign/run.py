"""All shards of a campaign: those that are not finished are asked, each in a worker process with an oracle process of its own."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path

from nnparity.reports.asking.implementations import Oracle
from nnparity.reports.campaign import store
from nnparity.reports.campaign.shard import Shard, asking, records

TRIES = 3  # a worker that dies, for want of memory for example, is replaced; its shard is asked again
PER_SHARD = 100  # networks, where nobody says how many shards there are


class LostWork(RuntimeError):
    """Work whose process died again and again."""


def split(oracle: str, start: int, stop: int, shards: int = 0) -> list[Shard]:
    """All shards of the seeds. Raises ValueError for seeds that are none."""
    shards = shards or max(1, (stop - start) // PER_SHARD)
    return [Shard(oracle, start, stop, number, shards) for number in range(1, min(shards, stop - start) + 1)]


def answered(shard: Shard, timeout: float) -> bytes:
    """What a worker does: the shard's Parquet file, as bytes. A pure function, so that any worker may do it, or do it again."""
    import numpy as np

    with np.errstate(all="ignore"), asking(Oracle(shard.oracle), timeout) as asker:
        return store.encode(records(shard, asker), store.key(shard, timeout))


def run(shards: Iterable[Shard], folder: Path, timeout: float, on_shard: Callable[[Shard], None], *, jobs: int = 0,
        scheduler: str = "", work: Callable[[Shard, float], bytes] = answered) -> None:
    """Ask what is not finished and save it. `on_shard` is told of each shard, also of those that were finished before.

    `work` is what a worker does. Raises LostWork where shards could not be asked, WrongCluster for a scheduler that is none.
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
        done = on_cluster(scheduler, work, left, timeout)
    else:
        done = locally(partial(work, timeout=timeout), left, jobs or processors())
    for shard, content in done:
        store.save(folder, shard, content)
        on_shard(shard)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def leave_with_parent() -> None:
    """A parent that was killed cannot clean up: its workers end by themselves, and with them the frameworks that they ask."""
    def wait():
        parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def locally(work: Callable, items: Sequence, jobs: int) -> Iterator[tuple]:
    """(item, work(item)) as they are finished, by `jobs` worker processes. Raises LostWork where workers died again and again."""
    left = list(items)
    for _ in range(TRIES):
        failed = []
        with ProcessPoolExecutor(min(jobs, len(left)), mp_context=get_context("spawn"), initializer=leave_with_parent) as pool:
            asked = {pool.submit(work, item): item for item in left}
            try:
                for future in as_completed(asked):
                    try:
                        done = future.result()
                    except BrokenProcessPool:  # one worker died, and with it the pool
                        failed.append(asked[future])
                        continue
                    yield asked[future], done
            except BaseException:  # Ctrl-C included: what waits is not begun
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        left = failed
        if not left:
            return
    raise LostWork(f"{len(left)} parts could not be done: the worker process died {TRIES} times; the first is {left[0]}")
