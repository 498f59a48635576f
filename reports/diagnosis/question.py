"""The question that a diagnosis answers, and what is known about it so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.diagnosis.batch import Batch
from nnparity.reports.diagnosis.cause import OtherConvention
from nnparity.reports.diagnosis.explanation import Explanation, explanation
from nnparity.reports.diagnosis.gradients import explain_gradients
from nnparity.reports.diagnosis.hypothesis import Hypothesis
from nnparity.reports.diagnosis.match import Match, matched

SIMPLEST = 4  # hypotheses with the right outputs whose gradients are looked at


@dataclass(kw_only=True, eq=False)
class Question:
    """Why is this answer not the case's? `hints` are explanations of the same implementation's other answers; `brief` looks for
    single causes only."""

    case: Case
    answer: Result
    hints: tuple[Explanation, ...] = ()
    brief: bool = False
    found: list[Explanation] = field(default_factory=list)
    compared: dict[Hypothesis, tuple[Match, ...]] = field(default_factory=dict)  # those whose outputs fit

    @property
    def default(self) -> bool:
        """Whether a default construction was asked: there is no formula that the answer should have."""
        return any(layer.default for layer in self.case.network)

    @property
    def explained(self) -> bool:
        return any(one.complete for one in self.found)

    @property
    def explained_by_one(self) -> bool:
        """By one cause: two are asked for only where there is none."""
        return any(one.complete and len(one.causes) == 1 for one in self.found)

    def add(self, explanations: Iterable[Explanation]):
        """Keep these, but for those of which fewer causes, or none, explain as much: what was added to them says nothing, or
        cancels."""
        self.found += [one for one in explanations if not self.idle(one)]

    def idle(self, one: Explanation) -> bool:
        """Whether some of its causes, or none of them, make as many arrays right; of an option that changes gradients alone,
        whether it leaves most of those unexplained that are wrong without it."""
        causes = {*one.hypothesis}
        if not causes or one.changes or one.complete and len(causes) == 1:
            return False
        fewer = [match for hypothesis, matches in self.compared.items()
                 if {cause.what for cause in hypothesis.causes} < causes for match in matches]
        right = self.worth(one.agreements, one.complete)
        if any(self.worth(match.agreements, one.complete) >= right for match in fewer):
            return True
        option = not one.complete and any(isinstance(what, OtherConvention) for what in causes)
        return option and any(2 * (right - self.worth(match.agreements, False)) < len(match.wrong)
                              for match in fewer if match.outputs_right)

    def worth(self, agreements: Iterable[Agreement], complete: bool) -> int:
        """How many arrays are right; where not all of them are, zeros say nothing: many formulas have them."""
        return sum(a.ok and (complete or bool(self.answer_of(a).any())) for a in agreements)

    def answer_of(self, agreement: Agreement) -> np.ndarray:
        arrays = self.answer.outputs if agreement.group == "outputs" else self.answer.grads
        return arrays.get(agreement.array, np.zeros(()))

    @property
    def depth(self) -> int:
        """How far it is worth to look for other outputs. 0: no further, since the case's own formula gives them and what is left
        is in the gradients. 1: for one cause, since a brief look is wanted, or since that formula nearly gives the outputs and
        what is left is in the last digits. 2: for two causes at once."""
        own = [match for hypothesis, matches in self.compared.items() if not hypothesis.causes for match in matches]
        if any(match.outputs_right for match in own):
            return 0
        nearly = any(not hypothesis.causes for hypothesis in self.compared)
        return 1 if nearly or self.brief else 2

    def fitting(self, hypotheses: Iterable[Hypothesis | Batch]) -> list[Hypothesis]:
        """Those whose outputs are roughly the answer's."""
        return [hypothesis for one_or_many in hypotheses for hypothesis in one_or_many.matching(self.answer)]

    def matches(self, hypothesis: Hypothesis) -> tuple[Match, ...]:
        """The answer beside everything that follows from a hypothesis, compared once."""
        if hypothesis not in self.compared:
            self.compared[hypothesis] = tuple(matched(hypothesis, prediction, self.answer)
                                              for prediction in hypothesis.predictions)
        return self.compared[hypothesis]

    def whole(self, hypothesis: Hypothesis) -> list[Explanation]:
        """The hypothesis by itself, if it gives every array to rounding."""
        complete = [match for match in self.matches(hypothesis) if match.complete]
        return [explanation(complete[0])] if complete and hypothesis.causes else []

    def gradients(self, hypothesis: Hypothesis, *, pairs: bool) -> list[Explanation]:
        """The hypothesis and what happened to the gradients; with `pairs` also two mistakes of the backward pass."""
        return [one for match in self.matches(hypothesis) for one in explain_gradients(match, pairs=pairs)]

    def explain(self, fitting: Iterable[Hypothesis], *, pairs: bool | None = None) -> list[Explanation]:
        """What these hypotheses explain: everything by themselves, else with something in the gradients. Of many that give the
        same outputs those with the fewest causes are taken: what is left to explain is the gradients. `pairs` as in `gradients`,
        for the simplest of them; by default where no brief look is wanted."""
        fitting, pairs = list(fitting), not self.brief if pairs is None else pairs
        if whole := [one for hypothesis in fitting for one in self.whole(hypothesis)]:
            return whole
        simplest = sorted(fitting, key=lambda hypothesis: len(hypothesis.causes))[:SIMPLEST]
        found: list[Explanation] = []
        for place, hypothesis in enumerate(simplest):
            if any(one.complete for one in found) and len(hypothesis.causes) > len(simplest[0].causes):
                break  # the same with a cause more
            found += self.gradients(hypothesis, pairs=pairs and place == 0)
        return found
