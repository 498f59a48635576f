"""The same shards on a dask.distributed cluster: any worker may answer any shard, and do it again where another one died.

Nothing here is imported unless a scheduler is given. A worker starts an oracle process, which a daemonic process may not: start
workers with DASK_DISTRIBUTED__WORKER__DAEMON=False. They need the same checkout and the same packages as the client; both are
compared before anything is asked.
"""

import multiprocessing
from collections.abc import Callable, Iterator

from nnparity.reports.asking.pool import LostWork
from nnparity.reports.campaign import store
from nnparity.reports.campaign.shard import Shard

CONNECT = 10.0  # seconds to reach the scheduler
RETRIES = 3  # deaths of a worker that one shard survives


class WrongCluster(ValueError):
    """A scheduler that cannot be reached, workers of another program, or none."""


def on_cluster(address: str, work: Callable, shards: list[Shard], timeout: float) -> Iterator[tuple[Shard, bytes]]:
    """(shard, file) as they are finished. Raises WrongCluster, and LostWork where a shard killed worker after worker."""
    try:
        from distributed import Client, as_completed
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        raise WrongCluster(f"--scheduler needs dask.distributed ({error}); pip install -e '.[cluster]'") from error

    try:
        client = Client(address, timeout=CONNECT)
    except (OSError, ValueError, TimeoutError) as error:
        raise WrongCluster(f"no dask scheduler at {address}: {error}") from error
    with client:
        compare_workers(client, shards[0])
        asked = {client.submit(work, shard, timeout, key=f"campaign-{shard.name}-{store.sources()[:12]}", retries=RETRIES,
                               pure=False): shard for shard in shards}
        lost = []
        for future in as_completed(asked):
            try:
                content = future.result()
            except (KilledWorker, FutureCancelledError) as error:
                lost.append(f"{asked[future].number}/{asked[future].shards} ({type(error).__name__})")
                continue
            yield asked[future], content
            future.release()  # the file is here: the cluster need not keep it
        if lost:
            raise LostWork(f"{len(lost)} shards could not be asked: their workers died again and again; {', '.join(lost)}")


def compare_workers(client, shard: Shard):
    """Raises WrongCluster where there is no worker, or one that has another program or other versions than we have."""
    ours = store.program(shard.oracle)
    theirs = client.run(worker_program, shard.oracle)
    if not theirs:
        raise WrongCluster("the scheduler has no worker; start some with `dask worker`, see README")
    for worker, (program, daemonic) in theirs.items():
        if daemonic:
            raise WrongCluster(f"worker {worker} may start no process, and each needs one for its oracle; start workers with "
                               "DASK_DISTRIBUTED__WORKER__DAEMON=False")
        if program != ours:
            raise WrongCluster(f"worker {worker} runs {program}, this is {ours}: the same checkout and packages are needed")


def worker_program(oracle: str) -> tuple[dict, bool]:
    """What a worker runs, and whether it is a daemonic process."""
    return store.program(oracle), multiprocessing.current_process().daemon
