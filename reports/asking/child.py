"""One process in which an implementation runs, seen from its parent, and the two pipes to it.

    parent                         worker (reports/asking/keeper.py)
    start            ->            stdout and stderr go into a pipe; load the implementation
                     <-            {"version"}, or {"failure", "message"}
    question         ->            run it
                     <-            {"answer", "seconds"}, or {"failure", "message"}

What comes back is read as plain data (reports/asking/transport.py), and neither reading nor writing waits longer than the time
limit.
"""

import contextlib
import multiprocessing
import os
import pickle
import selectors
import signal
import sys
import time
from selectors import EVENT_READ, EVENT_WRITE
from types import ModuleType
from typing import Any

from nnparity.reports.asking.keeper import LENGTH, PATIENCE, serve
from nnparity.reports.asking.threads import one_thread
from nnparity.reports.asking.transport import Frames, Garbled
from nnparity.reports.comparison.foreign import plain

DIED = "the process ended without an answer"
FAILURES = ("errored", "timed out", "unsupported")
NO_ANSWER: dict[str, Any] = {"failure": "errored", "message": "the process sent something that is no answer"}
LONGEST = 3600.0  # seconds that are waited at once: no system call takes an infinite time limit
PRINTED_CAP = 4096  # characters of an implementation's own output that are kept for each question


class Child:
    """One process and the two pipes to it."""

    def __init__(self, implementation):
        one_thread()  # read when the child imports its libraries
        context = multiprocessing.get_context("spawn")
        key = os.urandom(32)
        self.frames = Frames(key)
        self.connection, theirs = context.Pipe()
        self.output, writes = context.Pipe(duplex=False)
        self.process = context.Process(target=serve, args=(implementation, theirs, writes, key), daemon=True)
        self.version, self.alive = "", True
        try:
            with without_main():
                self.process.start()
        finally:
            theirs.close()
            writes.close()
        for pipe in (self.output, self.connection):
            os.set_blocking(pipe.fileno(), False)

    def ask(self, question, timeout: float) -> dict:
        pickled = pickle.dumps(question)
        return self.exchange(LENGTH.pack(len(pickled)) + pickled, timeout)

    def exchange(self, message: bytes, timeout: float) -> dict:
        """Send, and take the next reply, or the failure that stands in for it, with what was printed meanwhile."""
        deadline = time.monotonic() + timeout
        printed, left = Printed(), memoryview(message)
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
        return None if reply is None else checked(reply, greeting=not self.version)

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
        ending = exit_words(self.process.exitcode)
        return {"failure": "errored", "message": f"{DIED}: {ending}", "ended": True}

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


@contextlib.contextmanager
def without_main():
    """A process that is started meanwhile does not import the script of this one: it may be a user's, and ask at its top."""
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def exit_words(code: int | None) -> str:
    if code is None:
        return "it closed its connection and went on"
    if code < 0:
        with contextlib.suppress(ValueError):
            words = signal.strsignal(-code)
            return f"killed by {signal.Signals(-code).name}" + (f" ({words.lower()})" if words else "")
    return f"exit code {code} (os._exit, or a crash below Python)"


class Printed:
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
            self.take(chunk)
        return True

    def take(self, chunk: bytes) -> None:
        """Keep it, as far as there is room."""
        self.kept = (self.kept + chunk)[:PRINTED_CAP]
        self.size += len(chunk)

    @property
    def text(self) -> str:
        cut = self.size - len(self.kept)
        text = plain(self.kept.decode("utf-8", errors="replace"))
        return text + (f"\n... and {cut:,} more bytes" if cut else "")


def checked(reply, greeting: bool) -> dict:
    """A reply, or the failure that it is none."""
    seconds = reply.get("seconds") if isinstance(reply, dict) else None
    took = {"seconds": seconds} if isinstance(seconds, float) else {}
    match reply:
        case {"failure": str(failure), "message": str(message)} if failure in FAILURES:
            return {"failure": failure, "message": plain(message), **took}
        case {"version": str(version)} if greeting:
            return {"version": plain(version)}
        case {"answer": answer} if not greeting:
            return {"answer": answer, **took}
    return dict(NO_ANSWER)
