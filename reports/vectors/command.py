"""A program in any language that is asked in JSON lines: a question is a line on its stdin, the answer a line on its stdout.

    >  {"id": "lstm-two_biases-float64-generic", "layers": [...], "params": {"kernel": {"shape": [...], "data": [...]}, ...}, ...}
    <  {"id": "lstm-two_biases-float64-generic", "outputs": {"y": ..., ...}, "grads": {"kernel": ..., ...}}

It is started once, asked one question after the other, and may crash, hang, or print what it likes: that costs the question that
was asked, and it is started anew for the next one. What is no line of JSON is kept as printed, as is everything on stderr.
"""

import contextlib
import json
import os
import selectors
import shlex
import signal
import subprocess
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Self

from nnparity.cases.case import Case
from nnparity.reports.asking.child import Printed
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.asking.threads import POOLS
from nnparity.reports.comparison.foreign import plain
from nnparity.reports.vectors.answers import answer_of, check, whole
from nnparity.reports.vectors.arrays import Unreadable
from nnparity.reports.vectors.questions import question

LARGEST = 2**28  # bytes of one line
ANSWERED = {"id", "outputs", "grads", "error", "unsupported"}  # one of them makes an object an answer
PATIENCE = 0.5  # seconds that a program has to end by itself when its stdin is closed


@dataclass(frozen=True)
class Command:
    """A command line, as a shell would split it; no shell runs it."""

    line: str

    @property
    def words(self) -> list[str]:
        """Raises ValueError where quotes are left open, or nothing is there."""
        words = shlex.split(self.line)
        if not words:
            raise ValueError("an empty command")
        return words

    @property
    def name(self) -> str:
        return " ".join(self.words)

    def asker(self, timeout: float) -> "Lines":
        return Lines(self, timeout)


class Lines:
    """Asks one question after the other, as reports/asking/isolate.py's Asker does."""

    def __init__(self, command: Command, timeout: float):
        self.command, self.timeout = command, timeout
        self.process: subprocess.Popen | None = None
        self.pending = bytearray()  # read, and no whole line yet
        self.lines: deque[bytearray] = deque()  # read, and not yet looked at
        self.printed = Printed()

    def ask(self, case: Case) -> Answer:
        start = time.perf_counter()
        self.printed = Printed()
        try:
            self.start()
            one = self.reply(case)
        except Failed as failed:
            self.close()
            about: dict[str, Any] = {"failure": failed.verdict, "message": str(failed), "ended": True}
            return Answer(case=case, printed=self.printed.text, seconds=time.perf_counter() - start, **about)
        answer = answer_of(one, case, f"the answer to {case.name}", built=self.command.name)
        return Answer(case=case, result=answer.result, failure=answer.failure, message=answer.message,
                      printed=self.printed.text, seconds=time.perf_counter() - start, version=self.command.name)

    def start(self) -> None:
        """Start the program unless it runs. Raises Failed."""
        if self.process is not None:
            return
        self.pending, environment = bytearray(), {**dict.fromkeys(POOLS, "1"), **os.environ}
        self.lines.clear()
        try:
            self.process = subprocess.Popen(self.command.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, env=environment, start_new_session=True, bufsize=0)
        except OSError as error:
            raise Failed(f"{self.command.words[0]} cannot be started: {error.strerror}") from None
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)

    def reply(self, case: Case) -> dict[str, Any]:
        """The answer to one question. Raises Failed."""
        process, deadline, strange = self.process, time.monotonic() + self.timeout, 0
        assert process and process.stdin and process.stdout and process.stderr
        left = memoryview(json.dumps(question(case, decimal=True), separators=(",", ":")).encode() + b"\n")
        stdin, stdout, stderr = (pipe.fileno() for pipe in (process.stdin, process.stdout, process.stderr))
        with selectors.DefaultSelector() as selector:
            selector.register(stdin, selectors.EVENT_WRITE)
            for pipe in (stdout, stderr):
                selector.register(pipe, selectors.EVENT_READ)
            while True:
                while self.lines:
                    found = as_answer(line := self.lines.popleft())
                    if found is not None:
                        self.printed.read(stderr, pieces=4)  # what was written there before the answer
                        return self.checked(found, case)
                    strange += 1
                    self.printed.take(bytes(line) + b"\n")
                if time.monotonic() >= deadline:  # looked at between any two pieces: there may be no end of them
                    said = f"; it printed {strange:,} lines that are no answer" if strange else ""
                    said = said or ("; it printed the beginning of a line and no end of it" if self.pending else "")
                    raise Failed(f"gave no answer within {self.timeout:g} s and was stopped{said}", "timed out")
                ready = {key.fd for key, _ in selector.select(max(0, deadline - time.monotonic()))}
                if stderr in ready and not self.printed.read(stderr):
                    selector.unregister(stderr)
                if stdin in ready:
                    left = sent(stdin, left)
                    if not left:
                        selector.unregister(stdin)
                if stdout in ready and not self.read(stdout):
                    raise Failed(self.ended(stderr))

    def read(self, stdout: int) -> bool:
        """Take what is there to read; False at the end. Raises Failed where a line is too long."""
        piece = os.read(stdout, 1 << 20)
        self.pending += piece
        if b"\n" in piece:
            *lines, self.pending = self.pending.split(b"\n")
            self.lines += [line for line in lines if line.strip()]
        if len(self.pending) > LARGEST:
            raise Failed(f"printed a line of more than {LARGEST:,} bytes and was stopped")
        if not piece and self.pending.strip():  # a last line needs no end
            self.lines.append(self.pending)
            self.pending = bytearray()
            return True
        return bool(piece)

    def checked(self, found: dict, case: Case) -> dict[str, Any]:
        """The answer, if it is one to this question. Raises Failed."""
        if "id" not in found:
            raise Failed(f'gave an answer without an "id": that of its question stands in each, here {case.name!r}')
        if found.get("id") != case.name:
            raise Failed(f"answered {str(found.get('id'))[:80]!r} where {case.name!r} was asked: one answer for each question, "
                         f"with its id, in the order that they come")
        try:
            check(found, "answer", "the answer")
        except Unreadable as error:
            raise Failed(str(error)) from None
        return found

    def ended(self, stderr: int) -> str:
        """How the program ended, in words."""
        process = self.process
        assert process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        self.printed.read(stderr, pieces=4)
        if (code := process.returncode) is None:
            return "closed its stdout without an answer, and went on"
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"ended without an answer: killed by {signal.Signals(-code).name} ({str(signal.strsignal(-code)).lower()})"
        return f"ended without an answer: exit code {code}"

    def close(self) -> None:
        """End the program, and what it started: first by closing its stdin, which is how it knows that nothing more is asked."""
        process, self.process = self.process, None
        if process is None:
            return
        assert process.stdin and process.stdout and process.stderr
        with contextlib.suppress(OSError):
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.close()


class Failed(Exception):
    """No answer came, and why; `verdict` as a row has it."""

    def __init__(self, message: str, verdict: str = "errored"):
        super().__init__(plain(message))
        self.verdict = verdict


def as_answer(line: bytes | bytearray) -> dict | None:
    """A line of JSON that is an answer, or is meant to be one; None for any other line: people's logs are JSON, too."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        found = json.loads(line, parse_int=whole)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.keys() & ANSWERED else None


def sent(pipe: int, left: memoryview) -> memoryview:
    """What is left to send. Nothing once the other side is gone: reading finds out how."""
    try:
        return left[os.write(pipe, left[:1 << 16]):]
    except BlockingIOError:
        return left
    except OSError:
        return left[:0]
