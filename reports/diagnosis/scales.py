"""Answers that are right but for a constant factor, or but for the precision they were computed in."""

from collections.abc import Iterator

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reports.comparison.compare import compare
from nnparity.reports.diagnosis.candidate import rewritten
from nnparity.reports.diagnosis.explanation import Explanation, reconcile
from nnparity.reports.diagnosis.factors import common_factor, known_factors
from nnparity.reports.diagnosis.gradients import explain, explain_gradients
from nnparity.reports.diagnosis.rewritings import Cause, Rewrite
from nnparity.reports.diagnosis.search import tiers

LARGEST = 1e30  # factor of an output: cotangents are multiplied by it, and measured in float32, which ends at 3e38


def scaled_outputs(case: Case, answer: Result) -> Iterator[Explanation]:
    """Outputs that are a constant times the right ones."""
    if any(layer.default for layer in case.network) or case.training:
        return
    plain = next(tiers(case))[0]
    expected = plain.outputs
    if expected is None or expected.keys() != answer.outputs.keys():
        return
    scales, meant = {}, {}
    for name, b in expected.items():
        a = answer.outputs[name]
        factor = None
        if a.shape == b.shape:
            factor = common_factor(a, b) if b.size > 1 else float(a.flat[0] / b.flat[0]) if b.any() else None
        if factor is None or not 1 / LARGEST < abs(factor) < LARGEST:
            return
        if abs(factor - 1) > 1e-6:
            known = next(known_factors(factor, case), None)
            if b.size == 1 and known is None:
                return  # every number is a multiple of every other
            scales[name], meant[name] = factor, known
    if not scales:
        return
    names, factor = list(scales), next(iter(scales.values()))

    def scale(arrays):
        return {k: a * a.dtype.type(scales[k]) if k in scales else a for k, a in arrays.items()}

    known = meant[names[0]]
    what = known.words(case) if known else f"off by the constant factor {factor:.6g}"
    rewrite = Rewrite(family="scale", after=scale, after_adjoint=scale, cause=Cause(
        verdict="mistake", id=f"output {known.id if known else f'× {factor:.6g}'} of {', '.join(names)}",
        title=f"output {', '.join(names)} is {what}", words=f"{', '.join(names)} is {factor:.9g} times the reference's.",
        fix=known.fix if known else "One factor for the whole output: look for a scale or a missing constant."))
    candidate = rewritten(plain, (rewrite,))
    yield from list(explain(candidate, answer)) or explain_gradients(candidate, answer)


def precision(case: Case, answer: Result) -> Iterator[Explanation]:
    """Numbers that agree in float32 where float64 was asked for: some step works in a lower precision."""
    if case.dtype != "float64" or any(layer.default for layer in case.network):
        return
    wide = mapped(answer, lambda a: a.astype("float64"))
    _, expected, allowed = next(next(tiers(case))[0].answers())
    wide, expected = reconcile(wide, expected)
    ratio = np.finfo("float32").eps / np.finfo("float64").eps
    single = compare(wide, expected, mapped(allowed, lambda a: a * ratio), case.zeros)
    double = compare(wide, expected, allowed, case.zeros)
    everywhere = sum(a.wrong for a in double) > sum(a.size for a in double) / 4  # not just one wrong element
    if all(a.ok for a in single) and everywhere:
        worst = max(a.epsilons for a in double)
        dtypes = sorted({str(a.dtype) for group in (answer.outputs, answer.grads) for a in group.values()})
        yield Explanation(
            verdict="precision", id="float32 inside", title="computed in single precision",
            words=f"Right to about {-np.log10(worst * np.finfo('float64').eps):.0f} digits and no further "
                  f"({worst:.2g} epsilons of float64): the formula is right, but some step works in float32. "
                  f"The arrays came back as {', '.join(dtypes)}.",
            fix="Look for a float32 constant, weight or cast; in PyTorch torch.set_default_dtype, in Keras dtype='float64'.",
            agreements=single)


def mapped(result: Result, function) -> Result:
    """A result with every array replaced by function(array)."""
    return Result(outputs={k: function(a) for k, a in result.outputs.items()},
                  grads={k: function(a) for k, a in result.grads.items()})
