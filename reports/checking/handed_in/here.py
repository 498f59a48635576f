"""Asking an object of this very process: a function from a notebook's cell has no file that another process could import.

What it raises, sys.exit included, costs its own case; what it prints is kept; arrays are guarded as in a process of its own
(reports/asking/second_look.py). A time limit interrupts Python between two of its instructions, on systems and in threads where a
program can be interrupted at all. A crash below Python ends everything: name the code by a string to have it run elsewhere.
"""

import contextlib
import io
import signal
import threading
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from nnparity.cases.case import Unsupported
from nnparity.reports.asking.child import PRINTED_CAP
from nnparity.reports.asking.implementations import raised
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.asking.second_look import Watched
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.handed import Handed
from nnparity.reports.comparison.foreign import plain

OURS = str(Path(__file__).parents[3])


class OutOfTime(BaseException):
    """No Exception: an `except Exception` in a user's loop must not swallow it."""


@dataclass(frozen=True)
class InProcess:
    """An implementation that answers where it is."""

    handed: Handed

    @property
    def name(self) -> str:
        return self.handed.name

    def load(self):
        """(run, version), run(case) -> Result with what was seen beside the answer."""
        first, again = self.handed.answering()
        made = iter([first])
        return Watched(lambda: next(made, None) or again(), lambda answer, case: answer(case),
                       self.explain).run, self.handed.version

    def asker(self, timeout: float) -> "Here":
        return Here(self, timeout)

    def explain(self, error: BaseException) -> str:
        """What was raised, and the last line of the user's own that was running."""
        if isinstance(error, NoAnswer):
            return str(error)
        frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(OURS)]
        code = self.handed.code if self.handed.code in frames else next(iter(frames), "")
        return raised(error, Path(code).resolve(), Path(code).name or self.name)


class Here:
    """Asks one question after the other, as an Asker does."""

    def __init__(self, implementation: InProcess, timeout: float):
        self.implementation, self.timeout = implementation, timeout
        self.run: Any = None
        self.version = ""

    def ask(self, question) -> Answer:
        printed = io.StringIO()
        start = time.perf_counter()
        about: dict[str, Any] = {}
        try:
            with quiet(printed), limited(self.timeout):
                if self.run is None:
                    self.run, self.version = self.implementation.load()
                about["result"] = self.run(question)
        except Unsupported as reason:
            about = {"failure": "unsupported", "message": plain(str(reason))}
        except OutOfTime:
            about = {"failure": "timed out", "message": f"gave no answer within {self.timeout:g} s and was stopped"}
        except (Exception, SystemExit) as error:  # Ctrl-C is the person's, not the network's
            about = {"failure": "errored", "message": plain(self.implementation.explain(error))}
        text = plain(printed.getvalue())
        cut = len(text) - PRINTED_CAP
        return Answer(case=question, seconds=time.perf_counter() - start, version=self.version,
                      printed=text[:PRINTED_CAP] + (f"\n... and {cut:,} more characters" if cut > 0 else ""), **about)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        pass


@contextlib.contextmanager
def quiet(printed: io.StringIO):
    """What is printed and warned goes into `printed`; NumPy's and the warnings' settings are as before afterwards."""
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), np.errstate(), \
            warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("default")
        try:
            yield
        finally:
            for text in dict.fromkeys(f"{Path(w.filename).name}:{w.lineno}: {w.category.__name__}: {w.message}" for w in warned):
                print(text, file=printed)


@contextlib.contextmanager
def limited(seconds: float):
    """Raises OutOfTime in the block after so many seconds, where signals can be used. A timer that somebody else has set goes
    on."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_number, _frame):
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    start = time.monotonic()
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(1e-3, left - (time.monotonic() - start)), interval)
