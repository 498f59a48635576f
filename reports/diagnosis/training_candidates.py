"""Hypotheses about the path of a training: under another convention, with a mistake in the update, the loop or a layer, with two.

A path of hundreds of steps is run as a whole only where its first steps fit: most hypotheses are refuted by three.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from nnparity.cases.case import Arrays, Case, Result
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.comparison.compare import allowance
from nnparity.reports.diagnosis.candidate import Candidate, forward_mistakes, near, planted
from nnparity.reports.diagnosis.factors import FACTORS, common_factor, known_factors
from nnparity.reports.diagnosis.rewritings import Cause
from nnparity.reports.diagnosis.variants import variants

FIRST = 3  # steps that are tried before the whole path
EARLY = 12  # steps after which every option has shown whether it does anything: rates fall after ten
PAIRS = 1500  # of two mistakes that are tried at most
LARGEST = 1e30  # beyond this a path that diverges is not followed: float32 ends at 3e38


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingCandidate(Candidate):
    """One hypothesis about a training. Its answer is the path, and so is what it matches."""

    loss_factor: float = 1.0  # of the losses that are reported

    @cached_property
    def outputs(self) -> Arrays | None:
        return self.path(self.case.training.steps)

    def path(self, steps: int) -> Arrays | None:
        """The first steps of the path, as far as it stays finite; None where nothing of it can be run."""
        case = self.case.replaced(training=replace(self.case.training, steps=steps))
        try:
            with np.errstate(all="ignore"):
                path = self.world.run(case).outputs
        except Exception:  # a planted line may raise anything on shapes that it was not written for: no hypothesis
            return None
        return finite({**path, "loss": path["loss"] * path["loss"].dtype.type(self.loss_factor)})

    def matching(self, answer: Result) -> Iterator[Candidate]:
        steps = self.case.training.steps
        if not is_path(answer.outputs, self.case):
            return
        for length in (min(FIRST, steps), steps):
            path = self.path(length) if length < steps else self.outputs
            if path is None or not near({k: b[None] for k, b in path.items()}, cut(answer.outputs, len(path["loss"]))).all():
                return
        if len(self.outputs["loss"]) == steps_that_are_finite(answer.outputs):
            yield self

    def answers(self) -> Iterator[tuple[str, Result, Result]]:
        """The path with the error allowed around it, measured with this hypothesis's own rounding: a wrong training may magnify
        it far beyond the right one's. `matching` keeps it below a millionth."""
        if self.outputs is None:
            return
        with np.errstate(all="ignore"):
            steps = len(self.outputs["loss"])
            case = self.case.replaced(training=replace(self.case.training, steps=steps))
            noise = rounding_noise(case, self.world)
        expected = Result(outputs=self.outputs, grads={})
        if all(np.isfinite(a).all() for a in noise.outputs.values()):
            noise = Result(grads={}, outputs={**noise.outputs, "loss": noise.outputs["loss"] * abs(self.loss_factor)})
            yield "", expected, allowance(expected, noise)


def is_path(outputs: Arrays, case: Case) -> bool:
    """Whether an answer has the loss and every parameter for each step."""
    steps = case.training.steps
    shapes = {"loss": (steps,), **{name: (steps, *p.shape) for name, p in case.params.items()}}
    return {name: a.shape for name, a in outputs.items()} == shapes


def steps_that_are_finite(path: Arrays) -> int:
    """How many steps come before the first that is not finite or beyond LARGEST."""
    with np.errstate(all="ignore"):
        fine = np.all([(np.abs(a.reshape(len(a), -1)) < LARGEST).all(1) for a in path.values()], axis=0)
    return len(fine) if fine.all() else int(fine.argmin())


def cut(path: Arrays, steps: int) -> dict[str, np.ndarray]:
    return {name: a[:steps] for name, a in path.items()}


def finite(path: Arrays) -> Arrays | None:
    """The steps that are finite; None where the first is not."""
    steps = steps_that_are_finite(path)
    return cut(path, steps) if steps else None


def shortened(answer: Result, expected: Result) -> Result:
    """The first steps of a path that diverges, as many as can be compared; any other answer stays as it is."""
    loss, ours = answer.outputs.get("loss"), expected.outputs.get("loss")
    if loss is None or ours is None or loss.ndim != 1 or ours.ndim != 1 or len(ours) >= len(loss):
        return answer
    if any(a.ndim == 0 or len(a) != len(loss) for a in answer.outputs.values()):
        return answer
    diverges = steps_that_are_finite(answer.outputs) == len(ours)
    return Result(outputs=cut(answer.outputs, len(ours)), grads={}, built=answer.built) if diverges else answer


def training_candidates(case: Case) -> Iterator[list[Candidate]]:
    """Tiers of hypotheses: conventions; one mistake; one mistake under another convention; two mistakes of update or loop."""
    plain = distinct([TrainingCandidate(causes=causes, case=variant) for causes, variant in variants(case)])
    yield plain
    mistakes = forward_mistakes(case)
    yield [planted(plain[0], m) for m in mistakes]
    loop = [m for m in mistakes if m[0].whole_chain]
    yield [planted(c, m) for c in plain[1:] for m in loop]
    yield [planted(plain[0], a, b) for a, b in list(combinations(loop, 2))[:PAIRS]]


def distinct(candidates: list[Candidate]) -> list[Candidate]:
    """Without those that take the same path as one before: an option that does nothing here explains nothing."""
    kept, paths = [], set()
    for candidate in candidates:
        path = candidate.path(min(EARLY, candidate.case.training.steps))
        key = None if path is None else b"".join(a.tobytes() for a in path.values())
        if key is not None and key not in paths:
            kept.append(candidate)
            paths.add(key)
    return kept


def scaled(case: Case, answer: Result) -> Iterator[Candidate]:
    """Every step, or every loss, is the same multiple of the right one: the training at another learning rate, its losses times a
    factor. Both factors are read off the first step; the whole path has to follow from them."""
    if not case.training or not is_path(answer.outputs, case):
        return
    first = TrainingCandidate(case=case).path(1)
    if first is None:
        return
    steps = [factor_of(answer.outputs[name][0] - p, first[name][0] - p, case) for name, p in case.params.items()]
    steps = [factor for factor in steps if factor is not None]
    step = steps[0] if steps and np.ptp(steps) <= 1e-6 * abs(steps[0]) else 1.0
    loss = factor_of(answer.outputs["loss"][:1], first["loss"], case) or 1.0
    rates = tuple(step * case.training.rate(i) for i in range(case.training.steps))
    slower = case.replaced(training=replace(case.training, learning_rates=rates))
    if abs(step - 1) > 1e-6:
        yield TrainingCandidate(causes=(scale_cause("step", step, case),), case=slower)
    if abs(loss - 1) > 1e-6:
        yield TrainingCandidate(causes=(scale_cause("loss", loss, case),), case=case, loss_factor=loss)
        if abs(step - 1) > 1e-6:
            yield TrainingCandidate(causes=(scale_cause("loss", loss, case), scale_cause("step", step, case)), case=slower,
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


def scale_cause(what: str, factor: float, case: Case) -> Cause:
    """In words, with the factor's meaning where it has one."""
    known = next(known_factors(factor, case), None)
    words = {"step": f"The whole path is that of a learning rate {factor:.9g} times the given one.",
             "loss": f"Each loss that was returned is {factor:.9g} times the loss of its step."}[what]
    return Cause(verdict="mistake", id=f"{what} {known.id if known else f'× {factor:.6g}'}",
                 title=f"every {what} is {known.words(case) if known else f'{factor:.6g} times the right one'}", words=words,
                 fix=known.fix if known else "Look for a factor in the loss, its gradient or the learning rate.")
