"""Work for all processors: a pure function of one item, done by worker processes as each becomes free.

Workers are spawned (a fork after torch or tensorflow was used hangs) and end with their parent. What they do is ours; code of
other people runs as reports/asking/isolate.py says.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process

from nnparity.reports.asking.threads import one_thread

TRIES = 3  # a worker that dies, for want of memory for example, is replaced; its item is done again


class LostWork(RuntimeError):
    """Work whose process died again and again."""


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def working(work: Callable, items: Iterable, jobs: int = 0) -> Iterator[Iterator[tuple]]:
    """`jobs` processes, or one for each processor, begin at once; what is yielded gives (item, work(item)) as they are finished.

    Iterating raises LostWork where workers died again and again, and whatever `work` raises. Where the block is left by an
    exception, Ctrl-C included, what waits is not begun.
    """
    pools: list[ProcessPoolExecutor] = []

    def begin(items: list) -> dict[Future, object]:
        pools.append(_pool(min(jobs or processors(), max(1, len(items)))))
        return {pools[-1].submit(work, item): item for item in items}

    try:
        yield _finished(begin(list(items)), begin)
    except BaseException:
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        raise
    for pool in pools:
        pool.shutdown(cancel_futures=True)


def _pool(jobs: int) -> ProcessPoolExecutor:
    one_thread()
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=leave_with_parent)


def _finished(asked: dict[Future, object], begin: Callable) -> Iterator[tuple]:
    """(item, what was done) of all that was asked; what was lost with a worker is begun again."""
    for tries in range(1, TRIES + 1):
        lost = []
        for future in as_completed(asked):
            try:
                done = future.result()
            except BrokenProcessPool:  # one worker died, and with it the pool
                lost.append(asked[future])
                continue
            yield asked[future], done
        if not lost:
            return
        if tries < TRIES:
            asked = begin(lost)
    raise LostWork(f"{len(lost)} parts could not be done: the worker process died {TRIES} times; the first is {lost[0]}")


def leave_with_parent() -> None:
    """A parent that was killed cannot clean up: its workers end by themselves, and with them the processes that they ask."""
    def wait():
        parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
