"""The answer of a gradient check, for people: a table and a sentence for each array that is not the derivative."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 80
RIGHT = ("right", "kink")
WRONG = ("wrong", "malformed")
VERDICTS = ("right", "kink", "wrong", "malformed", "cannot judge", "not returned")


@dataclass(frozen=True, kw_only=True, repr=False)
class ArrayGradient:
    """One array. `error` is |theirs - derivative| where it is furthest off, and `stated` what is allowed there, in the units of f
    per unit of the array; `units` is one divided by the other: 1 and below is right."""

    name: str
    shape: tuple[int, ...]
    verdict: str  # one of VERDICTS
    words: str = ""  # what happened to it, a sentence
    family: str = ""  # the same as an id: "× 4", "transposed"; "unexplained"
    error: float = float("nan")
    stated: float = float("nan")
    units: float = float("nan")
    worst: tuple[int, ...] = ()
    got: float = float("nan")  # theirs there
    right: float = float("nan")  # the derivative there
    method: str = ""  # "complex step", "differences"
    checked: int = 0  # elements, of `size`
    kinks: int = 0  # of them, elements where f has a kink
    theirs: np.ndarray | None = None
    derivative: np.ndarray | None = None  # nan where it was not taken

    @property
    def ok(self) -> bool:
        return self.verdict in (*RIGHT, "not returned")

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def __repr__(self) -> str:
        return f"{self.name}: {self.verdict}{f'. {self.words}' if self.words else ''}"


@dataclass(frozen=True, kw_only=True, repr=False)
class Gradients:
    """Whether gradients are the derivative of f. True where they are; `arrays` has the answer for each array."""

    function: str
    arrays: Mapping[str, ArrayGradient]
    notes: tuple[str, ...] = ()  # about the function and not about an array
    problem: str = ""  # why nothing can be said

    @property
    def ok(self) -> bool:
        """Every array that was returned is right, and at least one was asked about."""
        asked = [a for a in self.arrays.values() if a.verdict != "not returned"]
        return not self.problem and bool(asked) and all(a.ok for a in asked)

    def __bool__(self) -> bool:
        return self.ok

    @property
    def headline(self) -> str:
        asked = [a for a in self.arrays.values() if a.verdict != "not returned"]
        if self.problem:
            return f"gradients of {self.function}: cannot judge"
        wrong, unknown = [a for a in asked if a.verdict in WRONG], [a for a in asked if a.verdict == "cannot judge"]
        if self.ok:
            return f"gradients of {self.function}: right, {len(asked)} array{'s' * (len(asked) != 1)}"
        counted = [
            f"{len(some)} of {len(asked)} {what}" for some, what in ((wrong, "wrong"), (unknown, "cannot be judged")) if some
        ]
        return f"gradients of {self.function}: {', '.join(counted)}"

    def sentences(self) -> list[str]:
        """What happened, each thing once with all arrays to which it did."""
        told: dict[str, list[str]] = {}
        for a in self.arrays.values():
            if a.words:
                told.setdefault(a.words, []).append(a.name)
        return [f"{', '.join(names)}: {words}" for words, names in told.items()]

    def rows(self) -> list[tuple[str, ...]]:
        """The table: a head, and a row for each array."""
        head: tuple[str, ...] = ("array", "shape", "verdict", "worst at", "theirs", "derivative", "units", "checked")
        return [head] + [
            (
                a.name,
                str(a.shape),
                a.verdict,
                str(list(a.worst)) if not np.isnan(a.units) else "",
                number(a.got),
                number(a.right),
                units(a.units),
                f"{'all' if a.checked == a.size else f'{a.checked} of {a.size}'}, {SHORT[a.method]}" if a.method else "",
            )
            for a in self.arrays.values()
        ]

    def explain(self) -> str:
        """The whole answer as text, 80 columns wide where names and shapes are short."""
        rows = self.rows()
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows] if self.arrays else []
        told = [
            fill(text, WIDTH, subsequent_indent="  ", break_long_words=False)
            for text in ([self.problem] if self.problem else []) + self.sentences() + [f"note: {note}" for note in self.notes]
        ]
        return "\n".join([self.headline, *table, *told])

    __repr__ = __str__ = explain

    def _repr_html_(self) -> str:
        head, *body = self.rows()
        table = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in body)
        heads = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        told = ([self.problem] if self.problem else []) + self.sentences() + [f"note: {note}" for note in self.notes]
        return (f"<p><b>{escape(self.headline)}</b></p><table><tr>{heads}</tr>{table}</table>"
                + "".join(f"<p>{escape(text)}</p>" for text in told))

    def frame(self) -> "pd.DataFrame":
        """One row an array: name, shape, verdict, family, words, error, stated, units, worst, got, right, method, checked,
        kinks."""
        import pandas as pd

        columns = (
            "name",
            "shape",
            "verdict",
            "family",
            "words",
            "error",
            "stated",
            "units",
            "worst",
            "got",
            "right",
            "method",
            "checked",
            "kinks",
        )
        return pd.DataFrame([[getattr(a, column) for column in columns] for a in self.arrays.values()], columns=list(columns))


SHORT = {"complex step": "complex", "differences": "quotients"}


def number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6g}"


def units(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2g}"
