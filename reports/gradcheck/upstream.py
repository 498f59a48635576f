"""Is it the way in? Their backward pass is handed another dL/dy: where that gives the right gradients of all arrays, what it was
changed by is what is missing (or too much) at the output.

    theirs(dL/dy · σ'(z)) is right: the derivative of the activation of the output is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from nnparity.reports.gradcheck.judge import Comparison
from nnparity.reports.gradcheck.nest import as_array, leaves, refilled
from nnparity.reports.gradcheck.question import Question
from nnparity.reports.gradcheck.repair import Repair

OUT = "left out: what is handed back from the output lacks"


def at_the_output(question: Question, comparisons: Mapping[str, Comparison]) -> Repair | None:
    """What is wrong with all arrays, where it is at the output; None where it is not, or where no cotangents are taken."""
    if question.cotangents is None or not question.asks_anew:
        return None
    outputs = {name: as_array(leaf) for name, leaf in leaves(question.outputs(question.start))}
    given = {name: as_array(leaf) for name, leaf in leaves(question.cotangents)}
    if len(outputs) == len(given) == 1:
        outputs = dict(zip(given, outputs.values()))
    if explains(question, comparisons, refilled(question.cotangents, {name: 2 * c for name, c in given.items()}), 1.0, same=True):
        return Repair(
            "cotangents ignored", "the same for every dL/dy: the backward pass does not use the cotangents it is given."
        )
    for name, c in given.items():
        for family, words, other in ways_in(outputs[name], c):
            if np.isfinite(other).all() and explains(question, comparisons, refilled(question.cotangents, {name: other}),
                                                     float(np.abs(other).max() / max(np.abs(c).max(), 1e-300))):
                return Repair(family, f"{words} (output {name})." if len(given) > 1 else f"{words}.")
    return None


def explains(question, comparisons, cotangents, factor, same=False) -> bool:
    """Whether their backward pass, asked with these cotangents, gives every array; with `same`, what it gave before."""
    try:
        found = question.theirs(question.start, cotangents)
    except (ValueError, KeyError, TypeError):
        return False
    if same:
        return all(np.array_equal(found.get(name), comparison.theirs) for name, comparison in comparisons.items())
    return all(name in found and replace(comparison, theirs=found[name]).fits(found[name], max(factor, 1.0))
               for name, comparison in comparisons.items())


def ways_in(y: np.ndarray, c: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    """dL/dy changed by the derivatives of what may have made y."""
    derivatives = {"sigmoid": y * (1 - y), "tanh": 1 - y * y, "ReLU": (y > 0).astype(float)}
    formulas = {"sigmoid": "y(1 - y)", "tanh": "1 - y²", "ReLU": "1 where y > 0"}
    if y.min(initial=0) < 0 or y.max(initial=0) > 1:
        del derivatives["sigmoid"]
    if np.abs(y).max(initial=0) > 1:
        del derivatives["tanh"]
    for name, slope in derivatives.items():
        yield f"{name}' at the output", f"right but for {formulas[name]}, {OUT} the derivative of the {name}", c * slope
        with np.errstate(all="ignore"):
            yield (
                f"{name}' twice at the output",
                f"right but for {formulas[name]}, which is in it twice at the output: the derivative of "
                f"the {name} is applied to what has it already",
                c / slope,
            )
    if y.ndim and y.min(initial=0) >= 0 and np.allclose(y.sum(-1), 1):
        whole = y * (c - (c * y).sum(-1, keepdims=True))
        yield "softmax' at the output", f"right but for y(dy - Σ y dy), {OUT} the derivative of the softmax", whole
        with np.errstate(all="ignore"):
            yield ("softmax' diagonal only", "right but for -yᵢyⱼ, the part of the softmax's derivative beside its diagonal: "
                   "y(1 - y) alone is a sigmoid's", whole / (y * (1 - y)))
    if y.ndim and y.max(initial=0) <= 0 and np.allclose(np.exp(y).sum(-1), 1):
        yield ("log-softmax' at the output", f"right but for dy - p Σ dy, {OUT} the derivative of the log-softmax",
               c - np.exp(y) * c.sum(-1, keepdims=True))
