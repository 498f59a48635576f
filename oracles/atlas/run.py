"""Run snippets: pieces of Python as a reader would paste them, in a process of their own, and take what they call `answer`.

    parent                              child (python -m nnparity.oracles.atlas.run, with the column's environment)
    {"reset", "limit", "snippets"}  ->   a JSON object on stdin
                                   <-   a line of JSON for each snippet, when it is done: {"id"} with {"value", "dtype"},
                                        {"raised"} or {"broken"}

One process runs all snippets of a column, because importing a framework takes seconds. Each has its own names, and what it
may have set for the whole process is reset after it. A snippet that ends the process or takes longer than `LIMIT` costs
itself alone: the rest is asked in a new process.
"""

import json
import os
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnparity.oracles.atlas.columns import Column

LIMIT = 120  # seconds for one snippet, the import of its framework included
# a mistake in the snippet itself, never a framework that refuses
OWN_MISTAKES = (SyntaxError, NameError, ImportError, AttributeError)
# tiny arrays: a second thread only spins, and TensorFlow's pools do so on every core
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
                            "TF_NUM_INTEROP_THREADS"), "1")


@dataclass(frozen=True)
class Outcome:
    """What came of a snippet: a value, or an error that it raised, or why it gave neither."""

    value: np.ndarray | str | None = None
    raised: str = ""  # "RuntimeError: padding='same' is not supported for strided convolutions"
    broken: str = ""


def run(column: Column, snippets: Mapping[str, str]) -> dict[str, Outcome]:
    """The outcome of every snippet, by its id."""
    outcomes, remaining = {}, dict(snippets)
    while remaining:
        got, ending = _child(column, remaining)
        outcomes |= got
        remaining = {name: code for name, code in remaining.items() if name not in got}
        if remaining:
            outcomes[next(iter(remaining))] = Outcome(broken=ending)
            del remaining[next(iter(remaining))]
    return outcomes


def _child(column, snippets):
    """The outcomes that one process gave before it ended, and how it ended."""
    environment = {**os.environ, **ONE_THREAD, **column.environment}
    done = subprocess.run([sys.executable, "-P", "-m", "nnparity.oracles.atlas.run"], env=environment, text=True,
                          input=json.dumps({"reset": column.reset, "limit": LIMIT, "snippets": snippets}), capture_output=True)
    outcomes = {}
    for line in done.stdout.splitlines():
        told = json.loads(line)
        name = told.pop("id")
        outcomes[name] = _outcome(told)
    # SIGALRM, which not every platform has
    how = "took too long" if done.returncode == -14 else f"ended the process with {done.returncode}"
    return outcomes, f"{how}: {done.stderr[-300:]}"


def _outcome(told) -> Outcome:
    if "value" in told:
        dtype = told["dtype"]
        return Outcome(value=told["value"] if dtype == "str" else np.array(told["value"], dtype))
    return Outcome(**told)


def _answer(code: str) -> dict:
    """Run one snippet. Only plain numbers, booleans and text come back."""
    names = {"__name__": "__main__"}
    try:
        exec(compile(code, "<snippet>", "exec"), names)  # text of this repository, which is what is measured
    except OWN_MISTAKES as error:
        return {"broken": _one_line(error)}
    except Exception as error:  # whatever a framework raises where it refuses
        return {"raised": _one_line(error)}
    try:
        return _plain(names["answer"])
    except Exception as error:
        return {"broken": f"`answer` is missing or no array of numbers: {_one_line(error)}"}


def _plain(answer) -> dict:
    if isinstance(answer, str):
        return {"value": answer, "dtype": "str"}
    array = np.asarray([_array(a) for a in answer] if isinstance(answer, list | tuple) else _array(answer))
    if array.dtype.kind == "O":
        raise TypeError(f"got {answer!r}"[:100])
    if array.dtype.kind not in "biuf":
        array = array.astype("float64")  # bfloat16 and its like; raises for what is no number
    return {"value": array.tolist(), "dtype": array.dtype.str}


def _array(answer):
    """A tensor that records its gradient converts only after detach()."""
    return np.asarray(answer.detach().cpu() if hasattr(answer, "detach") else answer)


def _one_line(error) -> str:
    text = re.sub(r"\x1b\[[\d;]*m", "", f"{type(error).__name__}: {error}")  # without the colours of a terminal
    return " ".join(text.split())[:300]


def main():
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever snippets and frameworks print is no reply
    asked = json.load(sys.stdin)
    warnings.simplefilter("ignore")
    for name, code in asked["snippets"].items():
        if hasattr(signal, "alarm"):
            signal.alarm(asked["limit"])  # its default action ends the process
        told = _answer(code)
        replies.write(json.dumps({"id": name, **told}) + "\n")
        replies.flush()
        exec(asked["reset"], {})


if __name__ == "__main__":
    main()
