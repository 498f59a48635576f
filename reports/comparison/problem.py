"""What makes it impossible to compare an array number by number: what it is, and beside it what a person reads."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    MISSING = "no array of this name"
    UNKNOWN = "nobody asked for an array of this name"
    NOT_NUMBERS = "no array of numbers can be made of it"
    SHAPE = "another shape"
    DTYPE = "another dtype"
    EMPTY = "no element"
    ZERO = "zero everywhere on both sides"
    NOT_FINITE = "nan or infinity where there is none on the other side"
    NOTHING = "nothing but nan"
    NO_REFERENCE = "the reference has no answer"
    DERIVATIVE = "not the derivative that the complex step gives"


@dataclass(frozen=True)
class Problem:
    """Two problems are of one kind or not, whatever their words say; a formatted problem is its words."""

    kind: Kind
    words: str

    def __str__(self):
        return self.words
