"""The tables of a report: every column with its type and what it says, and three questions that pandas answers from them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """`columns`: name -> (type as pandas has it, what it says)."""

    words: str
    columns: Mapping[str, tuple[str, str]]


ROWS = Table("One line for each array of each row, and one for each row without an answer. A row is one case on one "
             "implementation.", {
    "case": ("str", "name of the case"),
    "network": ("str", "its layers: gru, dense -> softmax"),
    "implementation": ("str", "who answered: torch, keras, a file"),
    "version": ("str", "with which version"),
    "verdict": ("str", "what became of the row, one of the words on the page of words"),
    "built": ("str", "what was run, as one would type it"),
    "composed": ("bool", "whether it was put together from the framework's primitives"),
    "path": ("str", "the array: outputs/y, grads/kernel; empty where no answer came"),
    "alone": ("str", "who stands alone on that array: an implementation, reference, or nobody"),
    "error": ("float64", "largest difference ÷ what rounding allows at that element: up to 1 agrees"),
    "allowed": ("float64", "what is allowed there, in the array's own units"),
    "epsilons": ("float64", "the difference in epsilons of the array's largest entry"),
    "worst": ("str", "index of that element: 0,2,1"),
    "got": ("float64", "what the implementation has there"),
    "expected": ("float64", "what the reference has there"),
    "wrong": ("int64", "how many elements are beyond what is allowed"),
    "size": ("int64", "how many elements the array has"),
    "problem": ("str", "why the array could not be compared: a shape, a missing array"),
    "diagnosis": ("str", "the best cause, by its label: K31, gru.reset=before"),
    "diagnosis_title": ("str", "the same in words"),
    "message": ("str", "why there is no answer; who stands alone"),
    "printed": ("str", "what the implementation wrote to the terminal"),
    "seconds": ("float64", "how long the whole row took"),
})
CELLS = Table("One line for each convention of the atlas and each framework: what its defaults compute.", {
    "convention": ("str", "the question, by its id: gru.reset"),
    "layer": ("str", "what it is about"),
    "group": ("str", "its topic"),
    "column": ("str", "the framework"),
    "version": ("str", "with which version it was measured"),
    "state": ("str", "matched, unmatched, absent, not installed, broken"),
    "variant": ("str", "the formula that it computes; empty where it matches none"),
    "message": ("str", "why not"),
})
KILLS = Table("One line for each planted mistake and each case that it was planted in.", {
    "mistake": ("str", "its id in the catalogue"),
    "title": ("str", "what it is"),
    "kind": ("str", "forward, backward or training"),
    "area": ("str", "the catalogue's section"),
    "case": ("str", "the case that was asked"),
    "noticed": ("bool", "whether the comparison noticed it"),
})
TABLES = {"rows": ROWS, "cells": CELLS, "kills": KILLS}

EXAMPLES = {
    "Which layers use up most of what rounding allows?": '''\
import pandas as pd
rows = pd.read_csv("rows.csv")
numbers = rows[rows["error"] > 0]
print(numbers.groupby(["network", "implementation"])["error"].quantile(0.95).sort_values(ascending=False).head(10))
''',
    "On which conventions do PyTorch and Keras differ?": '''\
import pandas as pd
cells = pd.read_csv("cells.csv").query("state == 'matched'")
side = cells.pivot(index="convention", columns="column", values="variant").reindex(columns=["torch", "keras"]).dropna()
print(side[side["torch"] != side["keras"]])
''',
    "Which cases notice the most mistakes, and which mistakes hang on a single case?": '''\
import pandas as pd
kills = pd.read_csv("kills.csv").query("noticed")
print(kills["case"].value_counts().head(10))
print(kills.groupby("mistake").filter(lambda own: len(own) == 1)[["mistake", "case"]])
''',
}
