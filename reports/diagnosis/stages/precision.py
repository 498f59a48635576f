"""Numbers that agree in float32 where float64 was asked for: some step works in a lower precision."""

import numpy as np

from nnparity.cases.case import Result
from nnparity.reports.comparison.compare import compare
from nnparity.reports.diagnosis.cause import Cause, SinglePrecision, Words
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.match import reconcile
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.stages.conventions import under_conventions

RATIO = np.finfo("float32").eps / np.finfo("float64").eps
SMALLEST = float(np.finfo("float32").eps) / 64  # of an array's largest entry: one constant rounded to float32 leaves this much


def precision(question: Question) -> list[Explanation]:
    """The right formula, with the error allowed that float32 makes; most numbers are off, not just one, and by as much as float32
    makes of them: an error of 1e-10 is another's."""
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
    if not (all(a.ok for a in single) and everywhere and off_by(wide, expected) > SMALLEST):
        return []
    worst = max(a.epsilons for a in double)
    dtypes = sorted({str(a.dtype) for group in (answer.outputs, answer.grads) for a in group.values()})
    cause = Cause(what=SinglePrecision(), verdict="precision", told=Words(
        label="float32 inside", title="computed in single precision",
        words=f"Right to about {-np.log10(worst * np.finfo('float64').eps):.0f} digits and no further "
              f"({worst:.2g} epsilons of float64): the formula is right, but some step works in float32. "
              f"The arrays came back as {', '.join(dtypes)}.",
        fix="Look for a float32 constant, weight or cast; in PyTorch torch.set_default_dtype, in Keras dtype='float64'."))
    return [Explanation(causes=(cause,), agreements=single)]


def off_by(answer: Result, expected: Result) -> float:
    """The largest error of any array, as a part of the array's largest entry."""
    pairs = [(a, b) for mine, theirs in ((answer.outputs, expected.outputs), (answer.grads, expected.grads))
             for name, b in theirs.items() if (a := mine.get(name)) is not None and a.shape == b.shape and b.any()]
    return max((float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs), default=0.0)


def mapped(result: Result, function) -> Result:
    """A result with every array replaced by function(array)."""
    return Result(outputs={k: function(a) for k, a in result.outputs.items()},
                  grads={k: function(a) for k, a in result.grads.items()})
