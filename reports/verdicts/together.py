"""The diagnoses of several answers of one implementation, taken together: one fault explains them all, or most of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.tell_apart import Told


@dataclass
class Together:
    """One explanation, and the cases in whose diagnosis it stands."""

    explanation: Explanation  # of the first answer that it explains completely
    cases: list[str] = field(default_factory=list)
    complete: list[str] = field(default_factory=list)  # those of which it reproduces every number
    places: int = 0  # the sum of its places in the diagnoses, 0 for the best

    def add(self, case: str, place: int, explanation: Explanation):
        self.cases.append(case)
        self.places += place
        if explanation.complete:
            self.complete.append(case)
            self.explanation = self.explanation if self.explanation.complete else explanation


def together(rows: Sequence[Row], told: Told | None = None) -> list[Together]:
    """Every explanation once; first the one that reproduces all answers, then by how many it reproduces; where none reproduces
    half of them, what is not explained comes before all causes. Where one more case was asked to tell them apart only those that
    hold there too; where one reproduces all answers only those that do: the others are refuted."""
    found: dict[tuple, Together] = {}
    for row in rows:
        for place, explanation in enumerate(row.diagnosis):
            found.setdefault(explanation.key, Together(explanation)).add(row.case, place, explanation)
    holding = {one.key for one in told.left} if told is not None else set()
    left = [one for key, one in found.items() if not holding or key in holding]
    left.sort(key=lambda one: (-len(one.complete), one.places / len(one.cases), -len(one.cases)))
    wrong = sum(bool(row.diagnosis) for row in rows)
    if left and 2 * len(left[0].complete) < wrong:  # most stay unexplained: that is the headline
        left.sort(key=lambda one: one.explanation.verdict != "unexplained")
    if left and len(left[0].complete) == wrong:
        left = [one for one in left if len(one.complete) == len(left[0].complete)]
    return left
