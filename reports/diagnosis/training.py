"""Hypotheses about the path of a training, and paths: the loss and every parameter of each step.

A path of hundreds of steps is run as a whole only where its first steps fit: most hypotheses are refuted by three.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nnparity.cases.case import Arrays, Case, Result, Training
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.comparison.compare import allowance
from nnparity.reports.diagnosis.hypothesis import Hypothesis, Prediction
from nnparity.reports.diagnosis.rough import finite, near

FIRST = 3  # steps that are tried before the whole path
EARLY = 12  # steps after which every option has shown whether it does anything: rates fall after ten
LARGEST = 1e30  # beyond this a path that diverges is not followed: float32 ends at 3e38


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingHypothesis(Hypothesis):
    """Its answer is the path, and so is what it matches."""

    loss_factor: float = 1.0  # of the losses that are reported

    @property
    def training(self) -> Training:
        """Raises ValueError for a case that is none."""
        if self.case.training is None:
            raise ValueError(f"{self.case.name} is no training")
        return self.case.training

    @cached_property
    def outputs(self) -> Arrays | None:
        return self.path(self.training.steps)

    def path(self, steps: int) -> Arrays | None:
        """The first steps of the path, as far as it stays finite; None where nothing of it can be run."""
        case = self.case.replaced(training=replace(self.training, steps=steps))
        try:
            with np.errstate(all="ignore"):
                path = self.world.run(case).outputs
        except Exception:  # a planted line may raise anything on shapes that it was not written for: no hypothesis
            return None
        return finite_steps({**path, "loss": path["loss"] * path["loss"].dtype.type(self.loss_factor)})

    def matching(self, answer: Result) -> Iterator[Hypothesis]:
        steps = self.training.steps
        if not is_path(answer.outputs, self.case):
            return
        for length in (min(FIRST, steps), steps):
            path = self.path(length) if length < steps else self.outputs
            if path is None or not near({k: b[None] for k, b in path.items()}, cut(answer.outputs, len(path["loss"]))).all():
                return
        if self.outputs and len(self.outputs["loss"]) == steps_that_are_finite(answer.outputs):
            yield self

    @cached_property
    def predictions(self) -> tuple[Prediction, ...]:
        """The path with the error allowed around it, measured with this hypothesis's own rounding: a wrong training may magnify
        it far beyond the right one's. `matching` keeps it below a millionth."""
        if self.outputs is None:
            return ()
        with np.errstate(all="ignore"):
            steps = len(self.outputs["loss"])
            case = self.case.replaced(training=replace(self.training, steps=steps))
            noise = rounding_noise(case, self.world)
        if not finite(noise.outputs):
            return ()
        path = Result(outputs=self.outputs, grads={})
        noise = Result(grads={}, outputs={**noise.outputs, "loss": noise.outputs["loss"] * abs(self.loss_factor)})
        return (Prediction(result=path, allowed=allowance(path, noise)),)


def distinct(hypotheses: list[TrainingHypothesis]) -> list[TrainingHypothesis]:
    """Without those that take the same path as one before: an option that does nothing here explains nothing."""
    kept, paths = [], set()
    for hypothesis in hypotheses:
        path = hypothesis.path(min(EARLY, hypothesis.training.steps))
        key = None if path is None else b"".join(a.tobytes() for a in path.values())
        if key is not None and key not in paths:
            kept.append(hypothesis)
            paths.add(key)
    return kept


def is_path(outputs: Arrays, case: Case) -> bool:
    """Whether an answer to a training has the loss and every parameter for each step."""
    if case.training is None:
        return False
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


def finite_steps(path: Arrays) -> Arrays | None:
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
