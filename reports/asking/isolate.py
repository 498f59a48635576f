"""Run an implementation in a process of its own, so that whatever it does, the other rows survive.

A crash, sys.exit, an endless loop, a flood of output or bytes written into our own pipes cost the case that was asked and no
other: the process is replaced and the next case is asked. Processes are spawned (reports/asking/keeper.py).

    parent                         worker
    start            ->            stdout and stderr go into a pipe; load the implementation
                     <-            {"version"}, or {"failure", "message"}
    case             ->            run it
                     <-            {"outputs", "grads", "built", "composed", "seen", "seconds"}, or {"failure", "message"}

What comes back is read as plain data (reports/asking/transport.py), and neither reading nor writing waits longer than the time
limit.
"""

import contextlib
import multiprocessing
import os
import pickle
import re
import selectors
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from selectors import EVENT_READ, EVENT_WRITE

from nnparity.cases.case import Case, Result
from nnparity.reports.asking.keeper import LENGTH, PATIENCE, serve
from nnparity.reports.asking.transport import Frames, Garbled

DIED = "the process ended without an answer"
FAILURES = ("errored", "timed out", "unsupported")
LONGEST = 3600.0  # seconds that are waited at once: no system call takes an infinite time limit
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
    seen: Mapping | None = None  # what a user's function did besides answering, see reports/asking/second_look.py


def answers(implementation, cases: Iterable[Case], timeout: float) -> Iterator[Answer]:
    """One answer for every case, in order, whatever happens. `timeout` in seconds is for one case.

    Importing may take `implementation.import_limit` more. An implementation
    that cannot be imported fails every case with the same message. Close the generator to end the process early.
    """
    child = None
    unusable = None  # the failure of an import: asking again would fail again
    try:
        for case in cases:
            if child is not None and child.spent():
                child.kill()
                child = None
            if child is None and unusable is None:
                child = _Child(implementation)
                greeting = child.exchange(b"", implementation.import_limit + timeout)
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
    common = {"case": case, "printed": reply["printed"], "version": version, "seconds": float(reply.get("seconds", "nan"))}
    if "outputs" not in reply:
        return Answer(failure=reply["failure"], message=reply["message"], **common)
    result = Result(outputs=reply["outputs"], grads=reply["grads"], built=reply["built"], composed=reply["composed"])
    return Answer(result=result, seen=reply.get("seen"), **common)


def _checked(reply, greeting: bool) -> dict:
    """A reply, or the failure that it is none."""
    match reply:
        case {"failure": str(failure), "message": str(message)} if failure in FAILURES:
            return {**reply, "message": plain(message)}
        case {"version": str(version)} if greeting:
            return {"version": plain(version)}
        case {"outputs": dict(), "grads": dict(), "built": str(), "composed": bool()}:
            return reply
    return {"failure": "errored", "message": "the process sent something that is no answer"}


class _Child:
    """One process and the two pipes to it."""

    def __init__(self, implementation):
        for pool in ONE_THREAD:
            os.environ.setdefault(pool, "1")  # read when the child imports its libraries
        context = multiprocessing.get_context("spawn")
        key = os.urandom(32)
        self.frames = Frames(key)
        self.connection, theirs = context.Pipe()
        self.output, writes = context.Pipe(duplex=False)
        self.process = context.Process(target=serve, args=(implementation, theirs, writes, key), daemon=True)
        self.version, self.alive = "", True
        try:
            self.process.start()
        finally:
            theirs.close()
            writes.close()
        for pipe in (self.output, self.connection):
            os.set_blocking(pipe.fileno(), False)

    def ask(self, case: Case, timeout: float) -> dict:
        pickled = pickle.dumps(case)
        return self.exchange(LENGTH.pack(len(pickled)) + pickled, timeout)

    def exchange(self, message: bytes, timeout: float) -> dict:
        """Send, and take the next reply, or the failure that stands in for it, with what was printed meanwhile."""
        deadline = time.monotonic() + timeout
        printed, left = _Printed(), memoryview(message)
        reply, connection, output = None, self.connection.fileno(), self.output.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(connection, EVENT_READ | (EVENT_WRITE if left else 0))
            for source in (output, self.process.sentinel):
                selector.register(source, EVENT_READ)
            while reply is None:
                ready = {key.fd: event for key, event in selector.select(min(max(0, deadline - time.monotonic()), LONGEST))}
                if output in ready and not printed.read(output):
                    selector.unregister(output)  # end of file: the implementation closed its stdout and stderr
                if ready.get(connection, 0) & EVENT_WRITE:
                    left = self._send(left)
                    if not left:
                        selector.modify(connection, EVENT_READ)
                if ready.get(connection, 0) & EVENT_READ:
                    reply = self._receive(connection)
                elif self.process.sentinel in ready:
                    if self.process.exitcode is None:
                        selector.unregister(self.process.sentinel)  # somebody wrote into it
                    else:
                        reply = self._died()
                if reply is None and time.monotonic() >= deadline:
                    self.alive = False
                    reply = {"failure": "timed out", "message": f"gave no answer within {timeout:g} s and was stopped"}
        printed.read(output, pieces=4)  # a pipe holds one or two
        self.version = reply.pop("version", self.version)
        return {**reply, "printed": printed.text}

    def _send(self, left: memoryview) -> memoryview:
        """What is left to send. Nothing once the other side is gone: reading finds out how."""
        try:
            return left[os.write(self.connection.fileno(), left[:1 << 16]):]
        except BlockingIOError:
            return left
        except OSError:
            return left[:0]

    def _receive(self, connection: int) -> dict | None:
        """What is there to read, if it completes a reply."""
        try:
            piece = os.read(connection, 1 << 20)
        except BlockingIOError:
            return None
        except OSError:
            piece = b""
        if not piece:
            return self._died()
        try:
            reply = self.frames.feed(piece)
        except Garbled as error:
            self.alive = False
            return {"failure": "errored", "message": "something was written into a file descriptor that belongs to nnparity "
                    f"({error}); the process was stopped"}
        return None if reply is None else _checked(reply, greeting=not self.version)

    def spent(self) -> bool:
        """Whether it cannot be asked again: it ended behind its answer, or sent more than that."""
        try:
            os.read(self.connection.fileno(), 1)  # something, or the end
        except BlockingIOError:
            return bool(self.frames.buffer)
        except OSError:
            pass
        return True

    def _died(self) -> dict:
        self.alive = False
        self._ended(PATIENCE)
        ending = _exit_words(self.process.exitcode)
        return {"failure": "errored", "message": f"{DIED}: {ending}"}

    def _ended(self, seconds: float):
        """Wait for the end of the process. `join` with a time limit trusts a pipe into which anybody may write."""
        deadline = time.monotonic() + seconds
        while self.process.exitcode is None and time.monotonic() < deadline:
            time.sleep(0.001)

    def kill(self):
        """End the process, and what it started, at once."""
        self.alive = False
        if self.process.pid:
            with contextlib.suppress(OSError):  # it may be gone
                self.process.terminate()  # the keeper ends what is below it
            self._ended(1.5 * PATIENCE)
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

    def read(self, pipe: int, pieces: int = 1) -> bool:
        """Take what is there without waiting, so many pieces of it at most: there may be no end. False at the end of the file."""
        for _ in range(pieces):
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
