"""Several mistakes at once, found one after another: each step adds the mistake, or the two or three that only show together, that
make more pieces of the answer right and none wrong.

In a chain the gradients of a layer depend on the mistakes in it and in the layers behind it, so the search goes backwards from
the loss: N mistakes in N layers are N searches for one, and no search for N of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from nnparity.cases.case import Arrays
from nnparity.reports.diagnosis.pieces import Pieces, pieces
from nnparity.reports.diagnosis.planting import Planting

WIDTH = 6  # sets of mistakes that are followed at once
STEPS = 6
TOGETHER = 3  # mistakes that are added in one step at most
TRIED = 9000  # sets in all


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """A set of mistakes, what follows from it, and which pieces of the answer that makes right."""

    mistakes: tuple[Planting, ...]
    predicted: Arrays
    pieces: Pieces

    @property
    def worth(self) -> tuple[int, int, int]:
        return len(self.pieces.right), len(self.pieces), -len(self.mistakes)


@dataclass(kw_only=True, eq=False)
class Search:
    """`predict` says what follows from a set of mistakes; None where they make no formula."""

    answer: Arrays
    allowed: Arrays
    candidates: Sequence[Planting]
    predict: Callable[[tuple[Planting, ...]], Arrays | None]
    left: int = TRIED  # sets that may still be tried
    tried: dict[frozenset[Planting], Found | None] = field(default_factory=dict)
    alike: dict[Planting, set[Planting]] = field(default_factory=dict)  # mistakes that gave the same numbers somewhere

    def found(self, mistakes: tuple[Planting, ...]) -> Found | None:
        """What a set of mistakes makes right; None where it is no formula or too many were tried."""
        key = frozenset(mistakes)
        if key not in self.tried:
            if self.left <= 0:
                return None
            self.left -= 1
            predicted = self.predict(mistakes)
            self.tried[key] = None if predicted is None else Found(
                mistakes=mistakes, predicted=predicted, pieces=pieces(self.answer, predicted, self.allowed))
        return self.tried[key]

    def all_right(self, one: Found) -> bool:
        return one.pieces.right == self.answer.keys()

    def run(self, start: tuple[Planting, ...] = ()) -> list[Found]:
        """Every set on the way, the best first."""
        first = self.found(start)
        beam, seen = [first] if first else [], [first] if first else []
        for _ in range(STEPS):
            if any(map(self.all_right, beam)):
                break
            grown = {frozenset(new.mistakes): new for one in beam for new in self.steps(one)}
            beam = self.different(sorted(grown.values(), key=lambda one: one.worth, reverse=True))[:WIDTH]
            seen += beam
            if not beam:
                break
        return sorted(seen, key=lambda one: one.worth, reverse=True)

    def steps(self, one: Found) -> list[Found]:
        """The sets that are better by one mistake; where there are none, by two or three that show together only."""
        better, moving = [], []
        for mistake in self.candidates:
            more = self.found((*one.mistakes, mistake)) if mistake not in one.mistakes else None
            if more is None or not more.pieces.keep(one.pieces):
                continue
            if len(more.pieces) > len(one.pieces):
                better.append(more)
            elif moves := self.moved(one, more):
                moving.append((mistake, moves))
        return better or self.together(one, moving)

    def moved(self, one: Found, more: Found) -> frozenset[str]:
        """The arrays that are wrong and that one more mistake changes."""
        wrong = self.answer.keys() - one.pieces.right
        return frozenset(name for name in wrong & one.predicted.keys() if name not in more.predicted
                         or not same(one.predicted[name], more.predicted[name]))

    def together(self, one: Found, moving: Sequence[tuple[Planting, frozenset[str]]]) -> list[Found]:
        """Two or three more at once, of those that move one array: first the array that the fewest move, which is nearest to the
        loss."""
        by_array = {name: [mistake for mistake, moves in moving if name in moves] for name in self.answer}
        nearest = sorted((mistakes for mistakes in by_array.values() if len(mistakes) > 1), key=len)
        for count in range(2, TOGETHER + 1):
            for mistakes in nearest:
                tried = (self.found((*one.mistakes, *more)) for more in combinations(mistakes, count))
                better = [new for new in tried if new and new.pieces.keep(one.pieces) and len(new.pieces) > len(one.pieces)]
                if better:
                    return better
        return []

    def different(self, sets: Iterable[Found]) -> list[Found]:
        """One of those that give the same numbers, that of the fewest mistakes; which stood in its place is remembered."""
        kept: dict[bytes, Found] = {}
        for one in sets:
            other = kept.setdefault(fingerprint(one.predicted), one)
            mine, others = ({*a.mistakes} - {*b.mistakes} for a, b in ((one, other), (other, one)))
            if len(mine) == len(others) == 1:
                self.alike.setdefault(*others, set()).update(mine)
        return list(kept.values())

    def fewest(self, one: Found) -> Iterator[tuple[Planting, ...]]:
        """The sets that make everything right: the smallest part of this one that does, and others with a mistake in it replaced
        by one that gave the same numbers."""
        parts = (part for count in range(len(one.mistakes) + 1) for part in combinations(one.mistakes, count))
        smallest = next(part for part in parts if (found := self.found(part)) and self.all_right(found) or part == one.mistakes)
        yield smallest
        for mistake in smallest:
            for other in self.alike.get(mistake, ()):
                chosen = tuple(other if m is mistake else m for m in smallest)
                if (found := self.found(chosen)) and self.all_right(found):
                    yield chosen


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool((np.abs(a - b) <= 1e-12 * np.abs(a).max(initial=0)).all())


def fingerprint(arrays: Arrays) -> bytes:
    """The same for the same numbers to eight digits."""
    with np.errstate(all="ignore"):
        return b"".join((np.round(a / (np.abs(a).max(initial=0) or 1), 8) + 0.0).tobytes() for a in arrays.values())
