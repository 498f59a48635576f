"""Several mistakes at once, found one after another: each step adds the mistake, or the two or three that only show together,
that make more pieces of the answer right and none wrong.

In a chain the gradients of a layer depend on the mistakes in it and in the layers behind it, so the search goes backwards from
the loss: N mistakes in N layers are N searches for one, and no search for N of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, product
from math import comb

import numpy as np

from nnparity.cases.case import Arrays, Case
from nnparity.cases.kinds import RECURRENT
from nnparity.reports.diagnosis.pieces import Pieces, pieces
from nnparity.reports.diagnosis.planting import Planting

STEPS = 40  # sets that are taken further
TOGETHER = 3  # mistakes that are added in one step at most
TRIED = 6000  # sets in all, of a small network without recurrence
NUMBERS = 20_000  # in the arrays of one that takes twice the time
MORE = 2000  # when one is found and is to be made as small as can be
TWINS = 12  # sets with the same numbers that are looked at where one of them leads no further
ALL = 1500  # sets of mistakes that change an array, up to which each is tried
ALIKE = 40  # sets of mistakes that change an array alike


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
    left: int  # sets that may still be tried
    tried: dict[frozenset[Planting], Found | None] = field(default_factory=dict)
    first: dict[bytes, Found] = field(default_factory=dict)  # the sets that are followed, by what follows from them
    twins: dict[bytes, list[Found]] = field(default_factory=dict)  # the sets that are not followed, by what follows from them
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

    def run(self, start: tuple[Planting, ...] = (), enough: int = 1) -> list[Found]:
        """Every set on the way, the best first. Always the best is taken further, until so many make everything right."""
        first = self.found(start)
        seen = [first] if first else []
        waiting = [one for one in seen if not self.all_right(one)]
        for _ in range(STEPS):
            if not waiting or self.left <= 0 or sum(map(self.all_right, seen)) >= enough:
                break
            best = max(waiting, key=lambda one: one.worth)
            waiting.remove(best)
            new = self.different(sorted(self.further(best), key=lambda one: one.worth, reverse=True))
            waiting += [one for one in new if not self.all_right(one)]
            seen += new
        return sorted(seen, key=lambda one: one.worth, reverse=True)

    def further(self, one: Found) -> list[Found]:
        """The sets that are better by one mistake; else those that others with the same numbers so far lead to, since they part
        later; else those that are better by two or three."""
        better, moving = self.by_one(one)
        for twin in self.twins_of(one):
            better = better or self.by_one(twin)[0]
        return better or self.together(one, moving)

    def twins_of(self, one: Found) -> list[Found]:
        """Other sets with the same numbers."""
        return self.twins.get(fingerprint(one.predicted), [])[:TWINS]

    def by_one(self, one: Found) -> tuple[list[Found], list[Found]]:
        """The sets with one mistake more that are better, and those that are no worse."""
        better: list[Found] = []
        moving: list[Found] = []
        for mistake in self.candidates:
            more = self.found((*one.mistakes, mistake)) if mistake not in one.mistakes else None
            if more is not None and more.pieces.keep(one.pieces):
                (better if len(more.pieces) > len(one.pieces) else moving).append(more)
        return better, moving

    def together(self, one: Found, moving: Sequence[Found]) -> list[Found]:
        """Two or three more at once, of those that change one array: first the array that the fewest change, which is nearest to
        the loss."""
        wrong = [name for name in self.answer if name not in one.pieces.right]
        groups = sorted(filter(None, (changing(name, one, moving) for name in wrong)), key=len)
        for count in range(2, TOGETHER + 1):
            for alike in groups:
                if self.left <= 0:
                    return []
                if better := list(filter(None, (self.better(one, more) for more in self.chosen(one, alike, count)))):
                    return better
        return []

    def chosen(self, one: Found, alike: Sequence[Sequence[Planting]], count: int) -> Iterator[tuple[Planting, ...]]:
        """All sets of so many mistakes. Where they are too many, of those that change the array alike the first is tried, and the
        others where that one does it; and two of them, since two derivatives in the wrong place are one twice over."""
        mistakes = [mistake for group in alike for mistake in group]
        if comb(len(mistakes), count) <= ALL:
            yield from combinations(mistakes, count)
            return
        for groups in combinations(alike, count):
            if self.better(one, [group[0] for group in groups]):
                yield from islice(product(*groups), ALIKE)
        for group in alike if count == 2 else ():
            yield from islice(combinations(group, 2), ALIKE)

    def better(self, one: Found, more: Iterable[Planting]) -> Found | None:
        """The set with some mistakes more, where they make more pieces right and none wrong."""
        new = self.found((*one.mistakes, *more))
        return new if new and new.pieces.keep(one.pieces) and len(new.pieces) > len(one.pieces) else None

    def different(self, sets: Iterable[Found]) -> list[Found]:
        """One of those that give the same numbers, that of the fewest mistakes, where it was not met before; which stood in its
        place is remembered."""
        new = []
        for one in sets:
            other = self.first.setdefault(key := fingerprint(one.predicted), one)
            if one is other:
                new.append(one)
            elif one not in self.twins.get(key, []):
                self.twins.setdefault(key, []).append(one)
            mine, others = ({*a.mistakes} - {*b.mistakes} for a, b in ((one, other), (other, one)))
            if len(mine) == len(others) == 1:
                self.alike.setdefault(others.pop(), set()).update(mine)
        return new

    def fewest(self, mistakes: tuple[Planting, ...]) -> Iterator[tuple[Planting, ...]]:
        """The sets that make everything right: the smallest part of this one that does, or with one mistake where it has several,
        and others with a mistake in it replaced by one that gave the same numbers."""
        smallest = fewer = self.part(mistakes)
        while fewer:
            smallest, fewer = fewer, self.part(next(self.with_one_for_several(fewer), ()))
        yield smallest
        for mistake in smallest:
            for other in self.alike.get(mistake, ()):
                if self.whole(chosen := tuple(other if m is mistake else m for m in smallest)):
                    yield chosen

    def exchanged(self, mistakes: tuple[Planting, ...]) -> Iterator[tuple[Planting, ...]]:
        """Sets with another in the place of one of these that make everything right too."""
        for mistake in mistakes:
            sets = (tuple(other if each == mistake else each for each in mistakes) for other in self.candidates
                    if other not in mistakes)
            yield from filter(self.whole, sets)

    def whole(self, mistakes: tuple[Planting, ...]) -> bool:
        found = self.found(mistakes)
        return found is not None and self.all_right(found)

    def part(self, mistakes: tuple[Planting, ...]) -> tuple[Planting, ...]:
        """The smallest part of these that makes everything right; they themselves where none does."""
        parts = (part for count in range(1, len(mistakes)) for part in combinations(mistakes, count))
        return next(filter(self.whole, parts), mistakes)

    def with_one_for_several(self, mistakes: tuple[Planting, ...]) -> Iterator[tuple[Planting, ...]]:
        """Sets with one mistake in the place of three or two of these that make everything right too."""
        for count in (3, 2):
            for gone in combinations(mistakes, count):
                rest = tuple(mistake for mistake in mistakes if mistake not in gone)
                yield from filter(self.whole, ((*rest, other) for other in self.candidates if other not in mistakes))


def affordable(case: Case) -> int:
    """How many sets may be tried: a recurrent network takes longer, and a large one."""
    recurrent = any(layer.kind in RECURRENT for layer in case.network)
    return int(TRIED / (1 + recurrent + sum(a.size for a in case.differentiable.values()) / NUMBERS))


def changing(name: str, one: Found, moving: Iterable[Found]) -> list[list[Planting]]:
    """The mistakes that change an array, those that make the same of it in one list."""
    alike: dict[bytes, list[Planting]] = {}
    for more in moving:
        if name in more.predicted:
            alike.setdefault(fingerprint({name: more.predicted[name]}), []).append(more.mistakes[-1])
    if name in one.predicted:
        alike.pop(fingerprint({name: one.predicted[name]}), None)
    return list(alike.values())


def fingerprint(arrays: Arrays) -> bytes:
    """The same for the same numbers to eight digits."""
    with np.errstate(all="ignore"):
        return b"".join((np.round(a / scale, 8) + 0.0).tobytes() for a in arrays.values()
                        for scale in (10.0 ** np.ceil(np.log10(np.abs(a).max(initial=0) or 1)),))
