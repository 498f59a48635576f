"""Work on all processors: what a worker's death costs, what an error does, and what stays when the work is left."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest

from nnparity.reports.asking.keeper import below
from nnparity.reports.asking.pool import TRIES, LostWork, working
from nnparity.reports.asking.threads import POOLS

ITEMS = range(6)


def squared(n: int) -> int:
    return n * n


def dies_at(n: int, at: int, times: int, folder: Path) -> int:
    """n², but at one item the process ends, so many times."""
    if n == at:
        before = len(list(folder.iterdir()))
        if before < times:
            (folder / str(before)).touch()
            os._exit(1)
    return n * n


def fails_at_three(n: int) -> int:
    return 1 // (n - 3)


def environment(_) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in POOLS}


def test_every_item_is_done_once():
    with working(squared, ITEMS, jobs=2) as done:
        assert sorted(done) == [(n, n * n) for n in ITEMS]
    assert active_children() == []


def test_nothing_to_do_is_done():
    with working(squared, []) as done:
        assert list(done) == []


def test_a_worker_that_dies_is_replaced(tmp_path):
    with working(partial(dies_at, at=2, times=TRIES - 1, folder=tmp_path), ITEMS, jobs=2) as done:
        assert sorted(done) == [(n, n * n) for n in ITEMS]


def test_a_worker_that_always_dies_is_told(tmp_path):
    with pytest.raises(LostWork, match=f"died {TRIES} times"), \
            working(partial(dies_at, at=0, times=99, folder=tmp_path), [0], jobs=1) as done:
        list(done)
    assert len(list(tmp_path.iterdir())) == TRIES


def test_an_error_of_the_work_is_raised():
    with pytest.raises(ZeroDivisionError), working(fails_at_three, ITEMS, jobs=1) as done:
        list(done)


def test_workers_have_one_thread_unless_somebody_asks_for_more(monkeypatch):
    for pool in POOLS:
        monkeypatch.delenv(pool, raising=False)
    monkeypatch.setenv(POOLS[0], "2")
    with working(environment, [0]) as done:
        ((_, found),) = done
    assert found == {name: "2" if name == POOLS[0] else "1" for name in POOLS}


FOREVER = """
import sys, time
from pathlib import Path
from nnparity.reports.asking.pool import working

def forever(folder):
    (Path(folder) / "begun").touch()
    time.sleep(600)

if __name__ == "__main__":
    with working(forever, [sys.argv[1]], jobs=1) as done:
        list(done)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc: Linux only")
def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    (tmp_path / "forever.py").write_text(FOREVER)
    parent = subprocess.Popen([sys.executable, str(tmp_path / "forever.py"), str(tmp_path)])
    while not (tmp_path / "begun").exists() and parent.poll() is None:
        time.sleep(0.05)
    workers = below(parent.pid)
    assert workers
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    for _ in range(200):
        left = [pid for pid in workers if Path(f"/proc/{pid}").exists()]
        if not left:
            break
        time.sleep(0.05)
    assert not left
