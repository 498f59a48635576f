"""What a diagnosis says: causes that reproduce an answer's numbers together, or as much of them as was found."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from nnparity.reference_impl.mistakes import MISTAKES
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.diagnosis.cause import Cause, Planted, Words, joined
from nnparity.reports.diagnosis.changes import Change
from nnparity.reports.diagnosis.match import Match

IN_CHAIN = frozenset(mistake.id for mistake in MISTAKES.values() if mistake.module == "network")
ORDER = ("unexplained", "mistake", "precision", "convention", "known deviation")  # of several causes the worst is the verdict


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """`complete` says that every array matches to rounding under these causes; otherwise `agreements` shows which do.

    `key` says what it is: what is decided is decided by that, and nothing by what people read. Raises ValueError without a cause.
    """

    causes: tuple[Cause, ...]
    note: str = ""  # a sentence more for people
    agreements: tuple[Agreement, ...] = ()
    complete: bool = True
    hypothesis: tuple[Hashable, ...] = ()  # what the causes of its forward pass and the planted mistakes are
    changes: tuple[Change, ...] = ()  # of single gradients

    def __post_init__(self):
        if not self.causes:
            raise ValueError("an explanation names a cause")

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What the causes are. Two explanations with the same key are the same, of whatever answers."""
        return tuple(cause.what for cause in self.causes)

    @property
    def verdict(self) -> str:
        return min((cause.verdict for cause in self.causes), key=ORDER.index)

    @cached_property
    def told(self) -> Words:
        """All that a person reads."""
        return joined(self.causes, self.note)

    @property
    def label(self) -> str:
        """For the cell of a table; nothing reads it back."""
        return self.told.label

    @property
    def title(self) -> str:
        return self.told.title

    @property
    def words(self) -> str:
        return self.told.words

    @property
    def fix(self) -> str:
        return self.told.fix

    @property
    def switch(self) -> Mapping[str, str]:
        return self.told.switch


def explanation(match: Match, *more: Cause, agreements: Iterable[Agreement] = (), complete: bool = True,
                changes: tuple[Change, ...] = ()) -> Explanation:
    """The causes of a match's hypothesis, and some more, as what explains an answer."""
    own = match.hypothesis.causes
    return Explanation(causes=(*own, *more), note=match.prediction.note, agreements=tuple(agreements) or match.agreements,
                       complete=complete, hypothesis=tuple(cause.what for cause in own), changes=changes)


def rank(explanation: Explanation):
    """Complete before partial, few wrong arrays before many, few causes before many, conventions before mistakes, a mistake
    inside a layer before one that runs through the whole chain."""
    return (not explanation.complete, sum(not a.ok for a in explanation.agreements), len(explanation.causes),
            explanation.verdict != "convention", sum(runs_through_the_chain(cause) for cause in explanation.causes))


def runs_through_the_chain(cause: Cause) -> bool:
    return isinstance(cause.what, Planted) and cause.what.mistake in IN_CHAIN


def ranked(found: Iterable[Explanation]) -> list[Explanation]:
    """The best first. A cause that changes nothing beside one that explains it all is no news: an explanation goes whose causes
    include all of a better one's."""
    distinct: dict[frozenset, Explanation] = {}
    for one in sorted(found, key=rank):
        causes = frozenset(one.key)
        if not any(simpler <= causes and (other.complete or not one.complete) for simpler, other in distinct.items()):
            distinct[causes] = one
    return list(distinct.values())
