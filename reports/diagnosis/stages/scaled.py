"""What came out is a constant times the right one: the outputs, or the steps or losses of a training."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reports.diagnosis.cause import Cause, Scaled, Words
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.factors import FACTORS, common_factor, known_factors
from nnparity.reports.diagnosis.hypothesis import rewritten
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.rewritings import Rewrite
from nnparity.reports.diagnosis.stages.conventions import under_conventions
from nnparity.reports.diagnosis.training import LARGEST, TrainingHypothesis, is_path


def scaled_training(question: Question) -> list[Explanation]:
    """Before two mistakes are looked for: one factor is a simpler cause."""
    return question.explain(with_scaled_path(question.case, question.answer))


def scaled_outputs(question: Question) -> list[Explanation]:
    return question.explain(with_scaled_outputs(question), pairs=True)


# ------------------------------------------------------------------------------------------------------------ outputs


def with_scaled_outputs(question: Question) -> Iterator:
    """The case's own formula, each output times what it is off by; nothing where one of them is off by more than a factor."""
    case, answer = question.case, question.answer
    if question.default or case.training:
        return
    plain = under_conventions(case)[0]
    if plain.outputs is None or plain.outputs.keys() != answer.outputs.keys():
        return
    scales, meant = {}, {}
    for name, b in plain.outputs.items():
        a = answer.outputs[name]
        factor = None
        if a.shape == b.shape:
            factor = common_factor(a, b) if b.size > 1 else float(a.flat[0] / b.flat[0]) if b.any() else None
        if factor is None or not 1 / LARGEST < abs(factor) < LARGEST:  # cotangents are multiplied by it, in float32 too
            return
        if abs(factor - 1) > 1e-6:
            known = next(known_factors(factor, case), None)
            if b.size == 1 and known is None:
                return  # every number is a multiple of every other
            scales[name], meant[name] = factor, known
    if not scales:
        return

    def scale(arrays):
        return {k: a * a.dtype.type(scales[k]) if k in scales else a for k, a in arrays.items()}

    arrays = tuple(scales)
    names, factor, known = ", ".join(arrays), scales[arrays[0]], meant[arrays[0]]
    what = Scaled("output", known.id if known else f"× {factor:.6g}", arrays)
    off = known.words(case) if known else f"off by the constant factor {factor:.6g}"
    cause = Cause(what=what, verdict="mistake", told=Words(
        label=f"output {what.factor} of {names}", title=f"output {names} is {off}",
        words=f"{names} is {factor:.9g} times the reference's.",
        fix=known.fix if known else "One factor for the whole output: look for a scale or a missing constant."))
    yield rewritten(plain, (Rewrite(cause=cause, after=scale, after_adjoint=scale),))


# ---------------------------------------------------------------------------------------------------------- trainings


def with_scaled_path(case: Case, answer: Result) -> Iterator[TrainingHypothesis]:
    """Every step, or every loss, is the same multiple of the right one: the training at another learning rate, its losses times a
    factor. Both factors are read off the first step; the whole path has to follow from them."""
    if not case.training or not is_path(answer.outputs, case):
        return
    first = TrainingHypothesis(case=case).path(1)
    if first is None:
        return
    factors = (factor_of(answer.outputs[name][0] - p, first[name][0] - p, case) for name, p in case.params.items())
    steps = [factor for factor in factors if factor is not None]
    step = steps[0] if steps and np.ptp(steps) <= 1e-6 * abs(steps[0]) else 1.0
    loss = factor_of(answer.outputs["loss"][:1], first["loss"], case) or 1.0
    rates = tuple(step * case.training.rate(i) for i in range(case.training.steps))
    slower = case.replaced(training=replace(case.training, learning_rates=rates))
    if abs(step - 1) > 1e-6:
        yield TrainingHypothesis(causes=(scale_cause("step", step, case),), case=slower)
    if abs(loss - 1) > 1e-6:
        yield TrainingHypothesis(causes=(scale_cause("loss", loss, case),), case=case, loss_factor=loss)
        if abs(step - 1) > 1e-6:
            yield TrainingHypothesis(causes=(scale_cause("loss", loss, case), scale_cause("step", step, case)), case=slower,
                                     loss_factor=loss)


def factor_of(got: np.ndarray, right: np.ndarray, case: Case) -> float | None:
    """got / right where that is one number: the exact value of a known factor or of a whole number or its inverse, if near."""
    if not right.any() or not np.isfinite(got).all():
        return None
    factor = common_factor(got, right) if right.size > 1 else float(got.item() / right.item())
    if not factor or not 1 / LARGEST < abs(factor) < LARGEST:
        return None
    near = [known.value(case) for known in FACTORS] + [round(factor), 1 / round(1 / factor) if abs(factor) < 1 else None]
    return next((value for value in near if value and abs(factor - value) <= 1e-9 * abs(value)), factor)


SAID = {"step": "The whole path is that of a learning rate {factor:.9g} times the given one.",
        "loss": "Each loss that was returned is {factor:.9g} times the loss of its step."}


def scale_cause(what: str, factor: float, case: Case) -> Cause:
    """A factor of every step or loss, in words with its meaning where it has one."""
    known = next(known_factors(factor, case), None)
    number = f"{factor:.6g}"
    means = known.words(case) if known else f"{number} times the right one"
    scaled = Scaled(what, known.id if known else f"× {number}")
    return Cause(what=scaled, verdict="mistake", told=Words(
        label=f"{what} {scaled.factor}", title=f"every {what} is {means}", words=SAID[what].format(factor=factor),
        fix=known.fix if known else "Look for a factor in the loss, its gradient or the learning rate."))
