"""A match: what a hypothesis predicts beside an answer, compared once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnparity.cases.case import Result
from nnparity.reports.comparison.compare import Agreement, compare
from nnparity.reports.diagnosis.hypothesis import Hypothesis, Prediction
from nnparity.reports.diagnosis.rough import finite
from nnparity.reports.diagnosis.training import shortened


@dataclass(frozen=True, kw_only=True, eq=False)
class Match:
    """`answer` and `expected` are what can be compared of both; `agreements` are the comparison."""

    hypothesis: Hypothesis
    prediction: Prediction
    answer: Result
    expected: Result
    agreements: tuple[Agreement, ...]

    @property
    def complete(self) -> bool:
        return all(a.ok for a in self.agreements)

    @cached_property
    def outputs_right(self) -> bool:
        agreements = self.agreements
        if not finite(self.expected.outputs):  # whether inf or nan matters, where the gradients are to follow from it
            agreements = compare(outputs_of(self.answer), outputs_of(self.expected), self.prediction.allowed,
                                 self.hypothesis.case.zeros)
        return all(a.ok for a in agreements if a.group == "outputs")

    @cached_property
    def right(self) -> frozenset[str]:
        """The arrays whose gradients are as predicted."""
        return frozenset(a.array for a in self.agreements if a.group == "grads" and a.ok)

    @property
    def wrong(self) -> list[str]:
        """The arrays whose gradients are not."""
        return [a.array for a in self.agreements if a.group == "grads" and not a.ok]


def matched(hypothesis: Hypothesis, prediction: Prediction, answer: Result) -> Match:
    """The answer beside what is predicted."""
    answer, expected = reconcile(answer, prediction.result)
    got, wanted = finite_alike(answer, expected)
    zeros = hypothesis.case.zeros if finite(expected.outputs) else frozenset({*got.outputs, *got.grads})
    unused = {name for name, g in wanted.grads.items() if hypothesis.causes and not g.any()}  # of a bias that is left out
    still = {name for name, a in wanted.outputs.items() if hypothesis.case.training and not a.any()}  # never moved from zero
    return Match(hypothesis=hypothesis, prediction=prediction, answer=answer, expected=expected,
                 agreements=compare(got, wanted, prediction.allowed, zeros | unused | still))


def outputs_of(result: Result) -> Result:
    return Result(outputs=result.outputs, grads={})


def reconcile(answer: Result, expected: Result) -> tuple[Result, Result]:
    """Compare what can be compared: an answer without any gradient is judged by its outputs; a parameter that the hypothesis's
    formula does not have may be missing from the answer or have a gradient of zero."""
    if not answer.grads:
        return shortened(answer, expected), outputs_of(expected)
    unused = {name for name, g in answer.grads.items() if name not in expected.grads and not g.any()}
    return Result(outputs=answer.outputs, grads={k: g for k, g in answer.grads.items() if k not in unused}), expected


def finite_alike(answer: Result, expected: Result) -> tuple[Result, Result]:
    """Where a hypothesis is that something overflows: what is not finite on either side is left out of the comparison. Whether
    it is inf or nan, and which sums it has spread to, depends on how the rest is written."""
    if finite(expected.outputs):
        return answer, expected

    def masked(mine, others):
        return {name: np.where(np.isfinite(a) & np.isfinite(others[name]), a, 0) if name in others
                and others[name].shape == a.shape else a for name, a in mine.items()}

    return (Result(outputs=masked(answer.outputs, expected.outputs), grads=masked(answer.grads, expected.grads)),
            Result(outputs=masked(expected.outputs, answer.outputs), grads=masked(expected.grads, answer.grads)))
