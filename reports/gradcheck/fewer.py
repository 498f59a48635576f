"""One example alone: a smaller question isolates what a sum over a batch hides.

Where the data are handed in as `inputs` and the gradients can be asked again, f and they are asked with one example. Whatever is
right then has its fault in the sum over examples; whatever is wrong then is a plain product, which says more.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnparity.reports.gradcheck.judge import Comparison
from nnparity.reports.gradcheck.nest import as_array, is_number, leaves, refilled
from nnparity.reports.gradcheck.question import Question
from nnparity.reports.gradcheck.repair import Repair

Compare = Callable[[Question, list[str]], Mapping[str, tuple[Comparison, Repair | None]]]


def with_one_example(question: Question, comparisons: Mapping[str, Comparison], wrong: list[str],
                     compare: Compare) -> dict[str, Repair]:
    """What one example alone says about arrays that nothing else explains."""
    n = batch(question.inputs)
    params = {name for name, _ in leaves(question.params, question.names)}
    asked = [name for name in wrong if name in params]
    if not asked or n < 2 or not question.asks_anew or question.in_place:
        return {}
    try:
        found = compare(only(question, n, 0, params), asked)
        ends = {word: only(question, n, i, params) for word, i in (("first", 0), ("last", n - 1))}
        alone = {word: one.theirs(one.start) for word, one in ends.items()}
    except Exception:  # code that takes a batch only, or another number of examples than it was made for
        return {}
    told = {}
    for name, (comparison, repair) in found.items():
        if comparison.wrong.any():
            if repair:
                told[name] = Repair(f"one example: {repair.family}", f"with one example alone {repair.words}")
            continue
        told[name] = Repair(
            "sum over examples",
            "right for one example alone: the fault is in the sum over examples. An outer product, "
            "a mean or an = where += belongs.",
        )
        for word, theirs in alone.items():
            if proportional(comparisons[name].theirs, theirs[name]):
                told[name] = Repair(
                    f"{word} example only",
                    f"that of the {word} example alone: the sum over examples is missing, or each overwrites the one before.",
                )
    return told


def batch(inputs: Any) -> int:
    """The number of examples: the first axis that most of the inputs share; 0 where there is none."""
    lengths = Counter(len(as_array(leaf)) for _, leaf in leaves(inputs) if is_number(leaf) and np.ndim(leaf))
    return lengths.most_common(1)[0][0] if lengths else 0


def only(question: Question, n: int, i: int, params: set[str]) -> Question:
    """The question with example i alone."""
    def cut(nest):
        return refilled(nest, {name: as_array(leaf)[i:i + 1] for name, leaf in leaves(nest)
                               if is_number(leaf) and np.ndim(leaf) and len(as_array(leaf)) == n})

    start = {name: a for name, a in question.start.items() if name in params}
    return replace(question, inputs=cut(question.inputs), start=start,
                   cotangents=None if question.cotangents is None else cut(question.cotangents))


def proportional(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape or not b.any():
        return False
    k = float(np.vdot(a, b) / np.vdot(b, b))
    return bool(k) and bool(np.abs(a - k * b).max() <= 1e-9 * np.abs(a).max())
