"""The same shards on a dask.distributed cluster: the same answers, also where a worker is killed in the middle."""

import os
import signal
from importlib.util import find_spec

import pandas as pd
import pytest
from campaign_doubles import answered

from nnparity.reports.campaign import cluster, store
from nnparity.reports.campaign.run import run, split

SHARDS = split("torch", 0, 12, 6)

pytestmark = [
    pytest.mark.skipif(find_spec("distributed") is None, reason="dask.distributed not installed; pip install -e '.[cluster]'"),
    pytest.mark.filterwarnings("ignore"),  # distributed's own, on machines of every kind
]


@pytest.fixture(scope="module")
def two_workers():
    """A scheduler and two worker processes, each with a nanny that replaces it."""
    import dask
    from distributed import LocalCluster

    processes = dict(n_workers=2, threads_per_worker=1, processes=True, memory_limit=None)
    with (dask.config.set({"distributed.worker.daemon": False}),
          LocalCluster(dashboard_address=None, host="127.0.0.1", **processes) as started):
        yield started


def rows(folder):
    return store.load(folder, SHARDS).drop(columns=list(store.NOT_REPEATED))


def test_a_killed_worker_loses_nothing(two_workers, tmp_path):
    killed = []

    def kill_one(_shard):
        if not killed:
            killed.append(next(iter(two_workers.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    run(SHARDS, tmp_path / "cluster", 30.0, kill_one, scheduler=two_workers.scheduler_address, work=answered)
    for shard in SHARDS:
        store.save(tmp_path, shard, answered(shard, 30.0))
    assert killed
    pd.testing.assert_frame_equal(rows(tmp_path / "cluster"), rows(tmp_path))


def test_workers_of_another_program_are_refused(two_workers, monkeypatch):
    ours = store.program("torch")
    monkeypatch.setattr(store, "program", lambda _: {**ours, "sources": "of yesterday"})
    from distributed import Client
    with Client(two_workers.scheduler_address, set_as_default=False) as client:
        monkeypatch.setattr(client, "run", lambda *_: {"tcp://one": (ours, False)})
        with pytest.raises(cluster.WrongCluster, match="same checkout"):
            cluster.compare_workers(client, SHARDS[0])
        monkeypatch.setattr(client, "run", lambda *_: {"tcp://one": (ours, True)})
        with pytest.raises(cluster.WrongCluster, match="DAEMON=False"):
            cluster.compare_workers(client, SHARDS[0])
        monkeypatch.setattr(client, "run", lambda *_: {})
        with pytest.raises(cluster.WrongCluster, match="no worker"):
            cluster.compare_workers(client, SHARDS[0])


def test_an_address_without_a_scheduler(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 0.2)
    with pytest.raises(cluster.WrongCluster, match="no dask scheduler at"):
        run(SHARDS, tmp_path, 1.0, lambda _: None, scheduler="tcp://127.0.0.1:9", work=answered)
