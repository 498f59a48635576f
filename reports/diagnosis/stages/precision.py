"""Numbers that agree in float32 where float64 was asked for: some step works in a lower precision. Or gradients that are right to
ten digits where the outputs are exact: finite differences."""

import numpy as np

from nnparity.cases.case import Arrays, Result
from nnparity.reports.comparison.compare import compare
from nnparity.reports.diagnosis.cause import Cause, FiniteDifferences, SinglePrecision, Words
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.match import reconcile
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.stages.conventions import under_conventions

RATIO = np.finfo("float32").eps / np.finfo("float64").eps
SMALLEST = float(np.finfo("float32").eps) / 64  # of an array's largest entry: one constant rounded to float32 leaves this much
LEAST = float(np.finfo("float64").eps) ** (2 / 3) / 64  # that of central differences is eps^(2/3) at the best step


def precision(question: Question) -> list[Explanation]:
    """The right formula, with the error allowed that float32 makes; most numbers are off, not just one, and by as much as float32
    makes of them. An error of 1e-10 is another's: of gradients alone, that of central differences."""
    case, answer = question.case, question.answer
    if case.dtype != "float64" or question.default:
        return []
    predictions = under_conventions(case)[0].predictions
    if not predictions:
        return []
    right = predictions[0]
    wide, expected = reconcile(mapped(answer, lambda a: a.astype("float64")), right.result)
    single = compare(wide, expected, mapped(right.allowed, lambda a: a * RATIO), case.zeros)
    double = compare(wide, expected, right.allowed, case.zeros)
    everywhere = sum(a.wrong for a in double) > sum(a.size for a in double) / 4
    if not (all(a.ok for a in single) and everywhere):
        return []
    error = off_by(wide, expected)
    exact_outputs = all(a.ok for a in double if a.group == "outputs")
    if error > SMALLEST and (not exact_outputs or in_single(answer.grads)):
        cause = single_precision(answer, error)
    elif error > LEAST and exact_outputs:
        cause = finite_differences(error)
    else:
        return []
    return [Explanation(causes=(cause,), agreements=single)]


def single_precision(answer: Result, error: float) -> Cause:
    dtypes = sorted({str(a.dtype) for group in (answer.outputs, answer.grads) for a in group.values()})
    return Cause(what=SinglePrecision(), verdict="precision", told=Words(
        label="float32 inside", title="computed in single precision",
        words=f"Right to about {-np.log10(error):.0f} digits and no further: the formula is right, but some step works in "
              f"float32. The arrays came back as {', '.join(dtypes)}.",
        fix="Look for a float32 constant, weight or cast; in PyTorch torch.set_default_dtype, in Keras dtype='float64'."))


def in_single(grads: Arrays) -> bool:
    """Whether some gradient is made of numbers that float32 has: then it was stored so."""
    return any(g.any() and (g == g.astype("float32")).all() for g in grads.values() if g.size > 1)


def finite_differences(error: float) -> Cause:
    """Where they are more exact than float32 is; else a way back that works in float32 somewhere leaves the same error."""
    digits = f"{-np.log10(error):.0f} digits"
    if error > SMALLEST:
        return Cause(what=FiniteDifferences(coarse=True), verdict="precision", told=Words(
            label="inexact gradients",
            title=f"gradients right to about {digits} only, as finite differences or float32 on the way back leave them",
            words="The outputs are exact. The gradients are right as far as differences (L(θ + h) - L(θ - h)) / 2h are, or as a "
                  "way back that works in float32 somewhere.",
            fix="Look for differences of losses, and for a float32 constant or cast on the way back."))
    return Cause(what=FiniteDifferences(), verdict="precision", told=Words(
        label="finite differences", title="gradients as exact as finite differences are",
        words=f"The outputs are exact, the gradients right to about {digits} and no further: too exact for float32, "
              "and as exact as central differences, (L(θ + h) - L(θ - h)) / 2h, which lose a third of the digits.",
        fix="If the gradients are meant to be differences, nothing is wrong; else write out the derivative."))


def off_by(answer: Result, expected: Result) -> float:
    """The largest error of any array, as a part of the array's largest entry."""
    pairs = [(a, b) for mine, theirs in ((answer.outputs, expected.outputs), (answer.grads, expected.grads))
             for name, b in theirs.items() if (a := mine.get(name)) is not None and a.shape == b.shape and b.any()]
    return max((float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs), default=0.0)


def mapped(result: Result, function) -> Result:
    """A result with every array replaced by function(array)."""
    return Result(outputs={k: function(a) for k, a in result.outputs.items()},
                  grads={k: function(a) for k, a in result.grads.items()})
