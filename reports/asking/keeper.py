"""The process in which an implementation runs, and its keeper.

    parent  --spawn-->  keeper  --fork-->  worker: loads the implementation and answers
                                              +-- whatever it starts, daemons and sessions of their own included

The keeper runs no code but this. It adopts every orphan below it (on Linux, where a process can ask for that), and when the
worker ends, the parent tells it to end (SIGTERM) or is gone, it kills all that is left and ends as the worker did. The fork
comes before anything is loaded: a fork after torch or tensorflow was used hangs.
"""

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import signal
import struct
import sys
import threading
import time
from dataclasses import fields, is_dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

from nnparity.cases.case import Unsupported
from nnparity.reports.asking.transport import TooLarge, encode

LENGTH = struct.Struct(">Q")  # in front of a pickled question, on its way to the worker
PATIENCE = 3.0  # seconds in which everything below a keeper is killed
SET_DEATH_SIGNAL, SET_SUBREAPER = 1, 36  # of prctl(2)
WAKES = (signal.SIGTERM, signal.SIGCHLD) if hasattr(signal, "SIGCHLD") else ()


def serve(implementation, connection, output, key: bytes):
    """What the parent starts: the worker answers, the keeper stays behind it and never returns."""
    if hasattr(os, "fork"):
        keep(connection, output)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    answer(implementation, connection.fileno(), key)


# ---------------------------------------------------------------------------------------------------- the keeper


def keep(connection, output) -> None:
    """Fork. Returns in the worker; the keeper waits for its end, or to be told to end it."""
    os.setsid()  # Ctrl-C is for the parent, which then ends this whole tree
    prctl(SET_SUBREAPER, 1)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WAKES)
    worker = os.fork()
    if worker == 0:
        prctl(SET_DEATH_SIGNAL, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.setsid()  # what it sends to its own group does not reach the keeper
        close_others(connection.fileno(), output.fileno())
        return
    connection.close()
    output.close()
    threading.Thread(target=end_with_parent, daemon=True).start()
    status = None
    while status is None and signal.sigwait(WAKES) != signal.SIGTERM:
        status = reaped(worker)
    with contextlib.suppress(OSError):  # all of its group is gone
        os.killpg(worker, signal.SIGKILL)
    end_all(worker)
    end_like(status)


def end_with_parent():
    """A parent that was killed cannot clean up."""
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)


def reaped(worker: int) -> int | None:
    """Take the status of every child that ended; that of the worker, or None while it runs."""
    status = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            status = ended[1] if ended[0] == worker else status
    return status


def end_all(worker: int):
    """Kill what is below this process until nothing is. What ends leaves its children to this process, where it may adopt."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for pid in below(os.getpid()) or {worker}:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(0.001)
            continue
        return  # no child is left


def below(root: int) -> set[int]:
    """The processes that descend from one, as /proc tells; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # it ended meanwhile
            children.setdefault(int(stat.read_bytes().rpartition(b")")[2].split()[1]), []).append(int(stat.parent.name))
    found: set[int] = set()
    left = [root]
    while left:
        new = set(children.get(left.pop(), ())) - found
        found |= new
        left += new
    return found


def end_like(status: int | None):
    """End as the worker did, so that the parent can say how that was."""
    if status is not None and os.WIFSIGNALED(status):
        by = os.WTERMSIG(status)
        with contextlib.suppress(ImportError, OSError, ValueError):
            import resource
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one dump is enough
        with contextlib.suppress(OSError, ValueError):  # SIGKILL has no handler
            signal.signal(by, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [by])
        os.kill(os.getpid(), by)
    os._exit(os.WEXITSTATUS(status) if status is not None and os.WIFEXITED(status) else 0)


def prctl(option: int, value: int):
    """Linux's prctl(2); elsewhere nothing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


# ---------------------------------------------------------------------------------------------------- the worker


def close_others(*own: int):
    """Leave no descriptor open that anybody but the worker uses: its parent's pipes, and the one to the process that unlinks
    shared memory for the parent: what is written into that are orders. Code that uses multiprocessing starts its own."""
    for descriptor in range(3, 256):
        if descriptor not in own:
            with contextlib.suppress(OSError):
                os.close(descriptor)
    with contextlib.suppress(AttributeError):
        tracker: Any = resource_tracker._resource_tracker
        tracker._fd = tracker._pid = None


def answer(implementation, descriptor: int, key: bytes):
    """Load the implementation, say so, then answer questions until the parent goes away."""
    def send(message):
        flush()
        try:
            frame = encode(message, key)
        except (TooLarge, TypeError) as error:
            frame = encode({"failure": "errored", "message": f"no answer that can be sent: {error}"}, key)
        write(descriptor, frame)
    try:
        run, version = implementation.load()
    except BaseException as error:
        # SystemExit and KeyboardInterrupt of the imported code are its failures too
        send({"failure": "errored", "message": implementation.explain(error)})
        return
    send({"version": version})
    while (question := receive(descriptor)) is not None:
        start = time.perf_counter()
        try:
            reply = {"answer": as_data(run(question))}
        except Unsupported as reason:
            reply = {"failure": "unsupported", "message": str(reason)}
        except BaseException as error:
            reply = {"failure": "errored", "message": implementation.explain(error)}
        send({**reply, "seconds": time.perf_counter() - start})


def as_data(answer):
    """What can be sent: of a dataclass its fields."""
    return {f.name: getattr(answer, f.name) for f in fields(answer)} if is_dataclass(answer) else answer


def receive(descriptor: int):
    """The next question; None where the parent is gone."""
    length = read(descriptor, LENGTH.size)
    return pickle.loads(read(descriptor, LENGTH.unpack(length)[0])) if length else None


def read(descriptor: int, size: int) -> bytes:
    """So many bytes, or none at the end of the file."""
    found = bytearray()
    while len(found) < size:
        piece = os.read(descriptor, min(size - len(found), 1 << 20))
        if not piece:
            return b""
        found += piece
    return bytes(found)


def write(descriptor: int, data: bytes):
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left):]


def flush():
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the implementation may have closed or replaced it
            stream.flush()
