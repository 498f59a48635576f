"""`nnparity.gradients`: is your backward pass the derivative of your forward pass?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from nnparity.reports.comparison.names import some
from nnparity.reports.gradcheck.derivative import Derivative
from nnparity.reports.gradcheck.factors import beside, known_factors, sizes
from nnparity.reports.gradcheck.fewer import with_one_example
from nnparity.reports.gradcheck.habits import Unanswerable, accumulates, settled
from nnparity.reports.gradcheck.judge import UNITS, Comparison, rounding_of, second_opinion
from nnparity.reports.gradcheck.nest import as_array, leaves, refilled
from nnparity.reports.gradcheck.question import Question, takes, total
from nnparity.reports.gradcheck.repair import Around, Repair
from nnparity.reports.gradcheck.repairs import repaired
from nnparity.reports.gradcheck.result import ArrayGradient, Gradients
from nnparity.reports.gradcheck.rounding import EPS, scale
from nnparity.reports.gradcheck.units import FAMILY
from nnparity.reports.gradcheck.upstream import at_the_output

ELEMENTS = 500
METHODS = ("auto", "differences")
COARSE = 1e-2  # an allowed error of this part of the gradient could hide a fault
NOTHING = 1e-6  # of the largest gradient: where the allowed error is below it, a gradient is zero and not unknown
VAGUE = (FAMILY, "some places")


def gradients(f: Callable, params: Any, grads: Any = None, *, inputs: Any = None, cotangents: Any = None, method: str = "auto",
              elements: int = ELEMENTS, seed: int = 0, rtol: float = 0.0) -> Gradients:
    """Whether `grads` is the derivative of `f` by every array of `params`, and if not, what happened to it.

        nnparity.gradients(loss, {"W": W, "b": b}, {"W": dW, "b": db})        loss(params) -> a number
        nnparity.gradients(loss, {"W": W, "b": b}, backward)                  backward(params) -> {"W": ..., "b": ...}
        nnparity.gradients(loss_and_grads, params)                            f(params) -> (loss, grads)
        nnparity.gradients(layer, (x, W, b), (dx, dW, db), cotangents=dy)     layer(x, W, b) -> y, an array; dy = dL/dy
        nnparity.gradients(loss, net.params, grads)                           loss() reads net.params; they are moved in place

    f           called as f(params), f(*params) where params is a tuple, and with `inputs` behind. Returns one number, or arrays
    params      arrays in any nest of dicts, lists and tuples, or one array. Converted to float64; what has no gradient is
                constant
    grads       the same nest of arrays (or names such as dW, grad_W), or a function of the same arguments that returns it, and
                takes `cotangents` behind them where there are any; None where f returns (output, grads) itself
    inputs      data that f takes as its last argument; arrays of a dict that `grads` has a gradient of are checked like params.
                With it, and `grads` a function, one example alone is asked where that says more
    cotangents  dL/d(output) in the form of f's output, where that is not one number; drawn at random where `grads` is a function
    that
                takes them and none are given
    method      "auto": the complex step for each array for which the code allows it; "differences": never
    elements    the largest number of elements of an array that are taken one by one, else as many at random and four directions
    rtol        allowed beside rounding, relative to each element; 0: exact to rounding

    Nothing is written to what is handed in, and random states are put back. Raises ValueError where a request makes no sense: no
    array has a gradient, f returns no number, shapes of cotangents do not fit; and what f raises itself.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r}: choose one of {', '.join(METHODS)}")
    if elements < 1:
        raise ValueError(f"elements={elements}: at least one element of each array must be taken")
    question = posed(Question(f=f, grads=grads, params=params, inputs=inputs, cotangents=cotangents), seed)
    first = question.theirs(question.own)
    numbers = question.numbers
    start = {name: numbers[name].astype(float) for name in numbers if name in first and numbers[name].size}
    if not start:
        raise ValueError(f"no gradient has the name of an array: gradients of {some(first, '')}; arrays {some(numbers, '')}")
    question = replace(question, start=start)
    name_of_f = getattr(f, "__name__", type(f).__name__).replace("<lambda>", "f")
    absent = {name: ArrayGradient(name=name, shape=a.shape, verdict="not returned") for name, a in numbers.items()
              if name not in start and a.dtype.kind == "f" and name in dict(leaves(params, question.names))}
    notes = [f"{name}: a gradient of no array of this name, left aside" for name in first if name not in numbers]
    try:
        question, habits = settled(question)
    except Unanswerable as problem:
        unknown = {name: ArrayGradient(name=name, shape=a.shape, verdict="cannot judge") for name, a in start.items()}
        return Gradients(function=name_of_f, arrays=unknown | absent, notes=tuple(notes), problem=str(problem))
    if question.asks_anew and any(numbers[name].dtype != float for name in start):
        first = question.theirs(start)
    added = accumulates(question, first)
    if added:
        notes.append(f"the gradients of {', '.join(added)} are added to those of earlier calls: set them to zero before each.")
    theirs = {name: first[name] for name in start}
    checked = Check(question, theirs, method, elements, seed, rtol)
    found = checked.explained(anew=not added)
    arrays = {name: told(name, checked.comparisons[name], found.get(name), checked.largest) for name in start}
    if question.inputs is None and question.asks_anew and any(a.family == "unexplained" for a in arrays.values()):
        notes.append("hand the data in as inputs=, and f and grads are asked with one example alone, which may say more.")
    return Gradients(function=name_of_f, arrays=arrays | absent, notes=tuple(notes + habits))


def assert_gradients(f: Callable, params: Any, grads: Any = None, **how: Any) -> None:
    """`gradients(...)` for one line of a test: raises AssertionError, with the diagnosis as its message, where it is not
    right."""
    found = gradients(f, params, grads, **how)
    if not found.ok:
        raise AssertionError("\n" + found.explain())


def posed(question: Question, seed: int) -> Question:
    """The question with cotangents, where f returns arrays: those given, or random ones where their backward pass takes them."""
    question = replace(question, in_place=question.reads_params)
    with question.called({}) as arguments:
        wanted = question.cotangents is None and callable(question.grads) and takes(question.grads, len(arguments) + 1)
    outputs = question.outputs(question.own)
    if wanted and any(np.size(leaf) != 1 for _, leaf in leaves(outputs)):
        rng = np.random.default_rng(seed)
        drawn = {name: rng.standard_normal(as_array(leaf).shape) for name, leaf in leaves(outputs)}
        question = replace(question, cotangents=refilled(outputs, drawn))
    total(outputs, question.cotangents)  # raises what is wrong with them
    return question


class Check:
    """All arrays of one question: measured, compared, and explained."""

    def __init__(self, question: Question, theirs: Mapping[str, np.ndarray], method: str, elements: int, seed: int, rtol: float):
        self.question, self.settings = question, (method, elements, seed, rtol)
        derivative = Derivative(question, seed)
        rounding = rounding_of(question, derivative, dict(theirs))
        self.comparisons = {
            name: Comparison(derivative.of(name, elements, method), theirs[name].astype(float), rounding[name], rtol)
            for name in theirs
        }
        self.largest = max((c.measured.rms for c in self.comparisons.values() if np.isfinite(c.measured.rms)), default=0.0)
        units = {name: scale(question.start[name]) for name in theirs}  # a derivative times this is in the units of f
        largest = max(
            (c.measured.rms * units[name] for name, c in self.comparisons.items() if np.isfinite(c.measured.rms)), default=0.0
        )
        unseen = EPS * (EPS**0.5 if question.asks_anew else UNITS)  # rounding of numbers that are given cannot be measured
        for name, comparison in self.comparisons.items():
            comparison.least = unseen * largest / units[name]
            if comparison.same_shape and np.isfinite(comparison.theirs).all():
                second_opinion(derivative, comparison, partial(derivative.of, name, elements, "differences"))
                comparison.search(derivative)

    @property
    def wrong(self) -> list[str]:
        return [
            name
            for name, c in self.comparisons.items()
            if not c.same_shape or not np.isfinite(c.theirs).all() or c.wrong.any() or any(c.astray(c.theirs))
        ]

    def repairs(self, names: Iterable[str]) -> dict[str, Repair | None]:
        reach = sizes(self.question.params, self.question.inputs, self.question.cotangents, beside(self.question.f),
                      beside(self.question.grads if callable(self.question.grads) else None))
        around = Around(params=self.question.start, comparisons=self.comparisons, factors=list(known_factors(reach)))
        return {name: repaired(name, around) if np.isfinite(self.comparisons[name].theirs).all() else None for name in names}

    def explained(self, anew: bool) -> dict[str, Repair | None]:
        """What happened to each wrong array; `anew`: their gradients may be asked again."""
        wrong = self.wrong
        found = self.repairs(wrong)
        vague = [name for name, repair in found.items() if repair is None or repair.family in VAGUE]
        if anew and vague:
            if whole := at_the_output(self.question, self.comparisons):
                return dict.fromkeys(wrong, whole)
            found |= with_one_example(self.question, self.comparisons, vague, self.again)
        return found

    def again(self, question: Question, names: list[str]) -> dict[str, tuple[Comparison, Repair | None]]:
        """Another, smaller question asked in the same way."""
        theirs = question.theirs(question.start)
        smaller = Check(question, {name: theirs[name] for name in names}, *self.settings)
        found = smaller.repairs(smaller.wrong)
        return {name: (smaller.comparisons[name], found.get(name)) for name in names}


def told(name: str, comparison: Comparison, repair: Repair | None, largest: float) -> ArrayGradient:
    """The answer for one array."""
    m, theirs = comparison.measured, comparison.theirs
    shown: dict[str, Any] = dict(
        name=name, shape=m.shape, method=m.method, checked=len(m.index), theirs=theirs, derivative=m.full
    )
    if not np.isfinite(theirs).all():
        n = int((~np.isfinite(theirs)).sum())
        return ArrayGradient(
            **shown, verdict="malformed", family="not finite", words=f"nan or inf at {n} of {theirs.size} elements."
        )
    if not comparison.same_shape:
        words = (
            repair.words
            if repair
            else f"of the shape {theirs.shape}; the array is {m.shape}, and nothing makes one of the other."
        )
        return ArrayGradient(
            **shown, verdict="wrong" if repair else "malformed", family=repair.family if repair else "shape", words=words
        )
    wrong, units, allowed = comparison.wrong, comparison.units, comparison.allowed()
    beside = ~wrong if wrong.any() else np.isin(np.arange(len(wrong)), list(comparison.kinks))  # what is not shown
    at = int(np.argmax(np.where(beside, -1.0, units)))
    place = np.unravel_index(m.index[at], m.shape)
    shown |= dict(
        worst=tuple(int(i) for i in place),
        got=float(theirs[place]),
        right=float(m.value[at]),
        stated=float(allowed[at]),
        error=float(abs(theirs[place] - m.value[at])),
        units=float(units[at]),
        kinks=len(comparison.kinks),
    )
    if wrong.any() or any(comparison.astray(theirs)):
        words = repair.words if repair else "unexplained: " + apart(comparison)
        return ArrayGradient(**shown, verdict="wrong", family=repair.family if repair else "unexplained", words=words)
    typical = float(np.median(allowed))
    if (
        not typical <= COARSE * max(m.rms, NOTHING * largest)
        and (theirs.any() or not np.isfinite(typical))
        and typical > EPS * largest
    ):
        return ArrayGradient(
            **shown,
            verdict="cannot judge",
            words=f"known to ±{typical:.1g} only, which could hide a fault: f is noisy or jumps near these arrays.",
        )
    if comparison.kinks:
        return ArrayGradient(
            **shown,
            verdict="kink",
            words=f"{shown['kinks']} of {len(m.index)} elements are at a kink of f, where the "
            "derivatives from both sides differ; theirs lies between them. The others are right.",
        )
    return ArrayGradient(**shown, verdict="right")


def apart(comparison: Comparison) -> str:
    """How far off an unexplained array is, in numbers that do not depend on its units."""
    m = comparison.measured
    taken = comparison.theirs.reshape(-1)[m.index]
    norms = float(np.linalg.norm(taken)), float(np.linalg.norm(m.value))
    if not all(norms):
        return "the derivative is zero." if not norms[1] else "zero where it was taken."
    cosine = float(taken @ m.value) / (norms[0] * norms[1])
    return (
        f"{int(comparison.wrong.sum())} of {len(m.index)} elements differ; it is {norms[0] / norms[1]:.4g} times as long as the "
        f"derivative, and it points {'the same' if cosine > 0.99 else 'nearly the same' if cosine > 0.9 else 'another'} way "
        f"(cosine {cosine:.4f})."
    )
