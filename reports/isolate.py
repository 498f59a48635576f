"""Run an implementation in a process of its own, so that whatever it does, the other rows survive.

A crash, sys.exit, an endless loop or a flood of output costs the case that was asked and no other: the process is
replaced and the next case is asked. Processes are spawned, never forked: a fork after torch or tensorflow was used hangs.

    parent                         child
    start            ->            stdout and stderr go into a pipe; load the implementation
                     <-            {"version"}, or {"failure", "message"}
    case             ->            run it
                     <-            {"outputs", "grads", "built", "composed", "seconds"}, or {"failure", "message"}

Only strings, numbers, and dicts of plain arrays come back.
"""

import contextlib
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from cases.case import Case, Result, Unsupported

DIED = "the process ended without an answer"
PRINTED_CAP = 4096  # characters of an implementation's own output that are kept for each case
# tiny arrays: a second thread only spins, and two pools in one machine spin against each other
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
              "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of asking one case: a result, or a failure ("errored", "timed out", "unsupported") and why."""

    case: Case
    result: Result | None = None
    failure: str = ""
    message: str = ""
    printed: str = ""  # what the implementation wrote to stdout and stderr
    seconds: float = field(default=float("nan"), compare=False)
    version: str = ""
    seen: Mapping | None = None  # what a user's function did besides answering, see reports/watch.py


def answers(implementation, cases: Iterable[Case], timeout: float) -> Iterator[Answer]:
    """One answer for every case, in order, whatever happens. `timeout` in seconds is for one case.

    Importing may take `implementation.import_limit` more. An implementation
    that cannot be imported fails every case with the same message. Close the generator to end the process early.
    """
    child = None
    unusable = None  # the failure of an import: asking again would fail again
    try:
        for case in cases:
            if child is None and unusable is None:
                child = _Child(implementation)
                greeting = child.receive(implementation.import_limit + timeout)
                if "failure" in greeting:
                    unusable = {**greeting, "message": f"while importing: {greeting['message']}"}
            if unusable is not None:
                yield Answer(case=case, **unusable)
                continue
            reply = child.ask(case, timeout)
            reply["printed"] = greeting.pop("printed", "") + reply["printed"]  # what the import said goes to its first case
            yield _answer(case, reply, child.version)
            if not child.alive:
                child.kill()
                child = None
    finally:
        if child is not None:
            child.kill()


def _answer(case, reply, version) -> Answer:
    common = {"case": case, "printed": reply["printed"], "version": version,
              "seconds": reply.get("seconds", float("nan"))}
    if "failure" in reply:
        return Answer(failure=reply["failure"], message=reply["message"], **common)
    result = Result(outputs=reply["outputs"], grads=reply["grads"], built=reply["built"], composed=reply["composed"])
    return Answer(result=result, seen=reply.get("seen"), **common)


class _Child:
    """One process and the two pipes to it."""

    def __init__(self, implementation):
        for pool in ONE_THREAD:
            os.environ.setdefault(pool, "1")  # read when the child imports its libraries
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.output, writes = context.Pipe(duplex=False)
        self.process = context.Process(target=_child, args=(implementation, theirs, writes), daemon=True)
        self.version, self.alive = "", True
        try:
            self.process.start()
        finally:
            theirs.close()
            writes.close()
        os.set_blocking(self.output.fileno(), False)

    def ask(self, case: Case, timeout: float) -> dict:
        with contextlib.suppress(OSError):  # it died between two cases; receive() finds out how
            self.connection.send(case)
        return self.receive(timeout)

    def receive(self, timeout: float) -> dict:
        """The next reply, or the failure that stands in for it, with what was printed meanwhile."""
        deadline = time.monotonic() + timeout
        printed = _Printed()
        reply, sources = None, [self.connection, self.process.sentinel, self.output]
        while reply is None:
            ready = wait(sources, max(0, deadline - time.monotonic()))
            if self.output in ready and not printed.read(self.output.fileno()):
                sources.remove(self.output)  # end of file: the implementation closed its stdout and stderr
            if self.connection in ready:
                try:
                    reply = self.connection.recv()
                except (EOFError, OSError):
                    reply = self._died()
            elif self.process.sentinel in ready:
                reply = self._died()
            elif time.monotonic() >= deadline:
                self.alive = False
                reply = {"failure": "timed out", "message": f"gave no answer within {timeout:g} s and was stopped"}
        printed.read(self.output.fileno(), everything=True)
        self.version = reply.pop("version", self.version)
        return {**reply, "printed": printed.text}

    def _died(self) -> dict:
        self.alive = False
        self.process.join(5)
        ending = _exit_words(self.process.exitcode)
        return {"failure": "errored", "message": f"{DIED}: {ending}"}

    def kill(self):
        """End the process, and what it started, at once."""
        self.alive = False
        if self.process.pid and hasattr(os, "killpg"):
            with contextlib.suppress(OSError):  # it may be gone, or not yet lead its own group
                if os.getpgid(self.process.pid) == self.process.pid:
                    os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.connection.close()
        self.output.close()


def _exit_words(code: int | None) -> str:
    if code is None:
        return "it closed its connection and went on"
    if code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            return f"killed by {name}" + (f" ({signal.strsignal(-code).lower()})" if signal.strsignal(-code) else "")
    return f"exit code {code} (os._exit, or a crash below Python)"


class _Printed:
    """The first characters of what came through a pipe, and how many there were in all."""

    def __init__(self):
        self.kept, self.size = b"", 0

    def read(self, pipe: int, everything: bool = False) -> bool:
        """Take what is there without waiting. False at the end of the file."""
        while True:
            try:
                chunk = os.read(pipe, 1 << 16)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not chunk:
                return False
            self.kept = (self.kept + chunk)[:PRINTED_CAP]
            self.size += len(chunk)
            if not everything:
                return True

    @property
    def text(self) -> str:
        cut = self.size - len(self.kept)
        text = plain(self.kept.decode("utf-8", errors="replace"))
        return text + (f"\n... and {cut:,} more bytes" if cut else "")


def plain(text: str) -> str:
    """Without colour codes and other control characters, so that no one's output can rewrite our table."""
    text = re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", text).replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", text)


# ----------------------------------------------------------------------------------------------- in the child


def _child(implementation, connection, output):
    """Load the implementation, then answer cases until the parent goes away."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is for the parent, which then ends this whole group
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    try:
        run, version = implementation.load()
    except BaseException as error:
        # SystemExit and KeyboardInterrupt of the imported code are its failures too
        connection.send({"failure": "errored", "message": plain(implementation.explain(error))})
        return
    _flush()
    connection.send({"version": version})
    while True:
        try:
            case = connection.recv()
        except EOFError:
            return
        start = time.perf_counter()
        try:
            result = run(case)
            reply = {"outputs": dict(result.outputs), "grads": dict(result.grads), "built": result.built,
                     "composed": result.composed, "seen": getattr(result, "seen", None)}
        except Unsupported as reason:
            reply = {"failure": "unsupported", "message": str(reason)}
        except BaseException as error:
            reply = {"failure": "errored", "message": plain(implementation.explain(error))}
        reply["seconds"] = time.perf_counter() - start
        _flush()
        connection.send(reply)


def _flush():
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the implementation may have closed or replaced it
            stream.flush()


def _leave_with_parent():
    """A parent that was killed cannot clean up: end this process and what it started."""
    multiprocessing.parent_process().join()
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)  # this process leads its own group, see _child
    os._exit(1)
