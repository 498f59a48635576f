"""A column as an implementation that is asked snippets: pieces of Python as a reader would paste them, which call their result
`answer`. It runs in a process of its own (whoever starts it sees to that), because a snippet may do anything.

One process answers all snippets of a column, for importing a framework takes seconds. Each has its own names, and what it may
have set for the whole process is reset after it.
"""

import os
import sys
import warnings
from dataclasses import dataclass

import numpy as np

from nnparity.oracles.atlas.columns import Column
from nnparity.oracles.tensors import as_numpy

# a mistake in the snippet itself, never a framework that refuses
OWN_MISTAKES = (SyntaxError, NameError, ImportError, AttributeError)


@dataclass(frozen=True)
class Outcome:
    """What came of a snippet: a value, or an error that it raised, or why it gave neither."""

    value: np.ndarray | str | None = None
    raised: str = ""  # "RuntimeError: padding='same' is not supported for strided convolutions"
    broken: str = ""


@dataclass(frozen=True)
class Snippets:
    """A column, to be asked snippets. `load` and what it returns are called in the other process."""

    column: Column
    import_limit: float = 60.0  # seconds to start Python; a snippet imports its framework itself

    def load(self):
        os.environ.update(self.column.environment)
        sys.path[:] = [folder for folder in sys.path if folder not in ("", os.getcwd())]  # a folder keras/ here is not Keras
        warnings.simplefilter("ignore")
        exec(self.column.start, {})
        return self.run, self.column.version

    def explain(self, error: BaseException) -> str:
        return f"{type(error).__name__}: {error}"

    def run(self, code: str) -> Outcome:
        outcome = answer(code)
        exec(self.column.reset, {})
        return outcome


def answer(code: str) -> Outcome:
    """Run one snippet. Only plain numbers, booleans and text come back."""
    names = {"__name__": "__main__"}
    try:
        exec(compile(code, "<snippet>", "exec"), names)  # text of this repository, which is what is measured
    except OWN_MISTAKES as error:
        return Outcome(broken=f"{type(error).__name__}: {error}")
    except Exception as error:  # whatever a framework raises where it refuses
        return Outcome(raised=f"{type(error).__name__}: {error}")
    try:
        return Outcome(value=plain_value(names["answer"]))
    except Exception as error:
        return Outcome(broken=f"`answer` is missing or no array of numbers: {type(error).__name__}: {error}")


def plain_value(value) -> np.ndarray | str:
    """Text, or an array of numbers that NumPy knows by itself. Raises TypeError or ValueError for anything else."""
    if isinstance(value, str):
        return value
    array = np.asarray([as_numpy(a) for a in value] if isinstance(value, list | tuple) else as_numpy(value))
    if array.dtype.kind == "O":
        raise TypeError(f"got {value!r}"[:100])
    return array if array.dtype.kind in "biuf" else array.astype("float64")  # bfloat16 and its like
