"""Several mistakes of a training, found one after another: first those that the first step shows, then those of the next.

The loss of the first step depends on the forward pass alone, the first update of a layer on the mistakes in it and behind it, and
what a loop leaves behind shows from the second step on. So the path is explained from its start, and within a step from the loss
backwards.
"""

import numpy as np

from nnparity.cases.case import Arrays, Case
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.hypothesis import Hypothesis, planted
from nnparity.reports.diagnosis.planting import Planting, forward_mistakes
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.several import MORE, Found, Search, affordable
from nnparity.reports.diagnosis.stages.conventions import under_conventions
from nnparity.reports.diagnosis.training import EARLY, FIRST, TrainingHypothesis, is_path

STARTS = 24  # sets that explain the steps so far and are followed into the next
ENOUGH = 8  # such sets, where one step is all that was looked at: it shows little
TOLD = 3  # sets that give the whole path and are told
LONGER = 2  # steps that take the time of one more case


def step_by_step(question: Question) -> list[Explanation]:
    case = question.case
    if case.training is None or not is_path(question.answer.outputs, case):
        return []
    starts: list[tuple[Planting, ...]] = [()]
    for steps in sorted({length for length in (1, FIRST, EARLY) if length < case.training.steps} | {case.training.steps}):
        starts = explaining(case, question.answer.outputs, steps, starts)
        if not starts:
            return []
    plain = under_conventions(case)[0]
    fewest = [mistakes for mistakes in starts if len(mistakes) == len(starts[0])][:TOLD]
    return question.explain(question.fitting(planted(plain, *mistakes) for mistakes in fewest if mistakes))


def explaining(case: Case, path: Arrays, steps: int, starts: list[tuple[Planting, ...]]) -> list[tuple[Planting, ...]]:
    """Sets of mistakes, these and more, that give the first steps of a path; those of the fewest first."""
    answer = updates(case, path, steps)
    plain = under_conventions(case)[0]

    def predict(mistakes: tuple[Planting, ...]) -> Arrays | None:
        hypothesis: Hypothesis = planted(plain, *mistakes) if mistakes else plain
        ours = hypothesis.path(steps) if isinstance(hypothesis, TrainingHypothesis) else None
        return None if ours is None else updates(case, ours, steps)

    eps = float(np.finfo(case.dtype).eps)
    rounding = {name: np.full(a.shape, 4 * eps * size) for (name, a), size in zip(answer.items(), sizes(case, path, steps))}
    search = Search(answer=answer, allowed=rounding, candidates=forward_mistakes(case), predict=predict,
                    left=int(affordable(case) / (1 + steps / LONGER)))
    found: list[Found] = []
    for start in starts:
        found += [one for one in search.run(start, ENOUGH if steps < FIRST else 1) if search.all_right(one)]
    sets = [each.mistakes for one in found for each in (one, *search.twins_of(one)) if search.all_right(each)]
    if steps == FIRST:  # of more it takes too long, and one shows too little
        search.left = MORE
        fewest = [few for mistakes in sets if mistakes for few in search.fewest(mistakes)]
        sets = [*(fewest or sets), *(other for few in fewest for other in search.exchanged(few))]
    return sorted({frozenset(mistakes): mistakes for mistakes in sets}.values(), key=len)[:STARTS]


def updates(case: Case, path: Arrays, steps: int) -> Arrays:
    """The losses, and what each step adds to each parameter: "kernel@0"."""
    found: dict[str, np.ndarray] = {}
    for name, values in path.items():
        start = case.params.get(name)  # none of a loss; a mistake may give a parameter another shape
        fits = start is not None and values.shape[1:] == start.shape
        added = values - np.concatenate([start[None], values])[:len(values)] if fits else values  # type: ignore[index]
        found |= {f"{name}@{step}": added[step] for step in range(min(steps, len(values)))}
    return found


def sizes(case: Case, path: Arrays, steps: int) -> list[float]:
    """The largest number that each update is the difference of."""
    return [float(np.abs(path[name.rpartition("@")[0]][int(name.rpartition("@")[2])]).max(initial=0))
            for name in updates(case, path, steps)]
