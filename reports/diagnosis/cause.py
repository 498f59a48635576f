"""What may have happened: what it is, as data, and beside it what a person reads about it.

`what` alone says whether two causes are the same, here and everywhere. It is one of the classes below, or whatever else is
hashable and was made for a new kind of cause. The words may change at any time, and nothing else changes with them.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Place(NamedTuple):
    """One layer of a chain."""

    kind: str  # "dense"
    layer: str  # its name, "head"

    def __str__(self):
        return f"{self.kind}@{self.layer}"  # as plant and World.layers have it


@dataclass(frozen=True)
class OtherConvention:
    """A layer, or the optimizer, computes another variant of a convention."""

    layer: str  # the convention's, "gru"
    option: str
    value: Hashable
    at: str = ""  # the name of the layer where a chain has several of the kind and one of them does

    def __str__(self):
        return f"{self.option}={str(self.value).replace(' ', '')}" + (f" in layer {self.at}" if self.at else "")


@dataclass(frozen=True)
class Planted:
    """A mistake of the catalogue, in one layer of the chain or wherever its line is reached."""

    mistake: str  # its id
    place: Place | None = None


@dataclass(frozen=True)
class Rewritten:
    """Arrays that are read or returned in another order, scaled, exchanged, left out. Two rewritings of one subject are never
    combined: one of them undoes or hides the other."""

    subject: tuple[str, ...]  # ("axes", "kernel")
    how: str  # "read as HWIO"
    of: tuple[str, ...] = ()  # the arrays, or the layer, where the subject does not say which


@dataclass(frozen=True)
class Scaled:
    """What came out is a constant times the right one: outputs, the losses of a training, or its steps."""

    what: str  # "output", "loss", "step"
    factor: str  # a known factor's id, or the number to six digits
    arrays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Changed:
    """The same thing done to the right gradients of these arrays."""

    family: str  # "× 2", "transposed"
    arrays: tuple[str, ...]


@dataclass(frozen=True)
class SinglePrecision:
    """The right formula, with float32 somewhere in it."""


@dataclass(frozen=True)
class FiniteDifferences:
    """The right formula's gradients, each a difference of two losses divided by what an element was moved by."""

    coarse: bool = False  # with no more digits than float32 leaves, which may be the cause as well


@dataclass(frozen=True)
class Unexplained:
    """Nothing reproduces the numbers: of the gradients of these arrays; of the whole answer where none is named."""

    gradients: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a person reads. Formulas are LaTeX; `line` and `wrong_line` are source where there is some."""

    label: str  # for the cell of a table: "gru.update=replace", "gates zrn"
    title: str
    words: str = ""  # for a student
    fix: str = ""
    switch: Mapping[str, str] = field(default_factory=dict)  # framework -> the flag that computes the same
    right: str = ""
    wrong: str = ""
    line: str = ""  # of the reference's source
    wrong_line: str = ""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One difference."""

    what: Hashable
    verdict: str = field(compare=False)  # "convention", "mistake", "precision", "unexplained", "known deviation"
    told: Words = field(compare=False)


def joined(causes: Iterable[Cause], note: str = "") -> Words:
    """The words about several causes as one text; `note` is a sentence more."""
    told = [cause.told for cause in causes]

    def text(name: str, between: str = "; ") -> str:
        return between.join(filter(None, (getattr(one, name) for one in told)))

    switch = told[0].switch if len(told) == 1 else {f"{k} ({one.label})": flag for one in told for k, flag in one.switch.items()}
    return Words(label=text("label", " + "), title=text("title"), words=" ".join(filter(None, (text("words", " "), note))),
                 fix=" ".join(dict.fromkeys(one.fix for one in told if one.fix)), switch=switch, right=text("right"),
                 wrong=text("wrong"), line=text("line"), wrong_line=text("wrong_line"))
