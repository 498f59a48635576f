"""A rewriting of a case's arrays: what an implementation may have done to them before, or to its outputs after, a right formula.

    answer(question)  =  after( world(before(question)) )

Every rewriting is linear, so its adjoint `pull` takes gradients back to the asker's arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass

from nnparity.cases.case import Arrays, Case, Layer
from nnparity.reports.diagnosis.cause import Cause, Rewritten, Words


def same(arrays: Arrays) -> Arrays:
    return arrays


@dataclass(frozen=True, kw_only=True)
class Rewrite:
    """A linear rewriting of arrays."""

    cause: Cause
    before: Callable[[Arrays], Arrays] = same  # params and inputs of the question -> of the rewritten question
    pull: Callable[[Arrays], Arrays] = same  # its adjoint, on gradients
    after: Callable[[Arrays], Arrays] = same  # outputs of the rewritten question -> as the asker returns them
    undo: Callable[[Arrays], Arrays] = same  # the inverse of `after`, on the asker's outputs
    after_adjoint: Callable[[Arrays], Arrays] = same  # on cotangents
    on_the_way_only: bool = False  # the gradient may also be the right formula's, each array's own: `pull` left out

    @property
    def subject(self) -> tuple[str, ...]:
        """Two rewritings of one subject are never combined: see Rewritten."""
        what = self.cause.what
        return what.subject if isinstance(what, Rewritten) else ()


def rewriting(subject: tuple[str, ...], how: str, *, label: str, title: str, words: str, fix: str, of: tuple[str, ...] = (),
              right: str = "", wrong: str = "") -> Cause:
    """A rewriting as a cause, with its words."""
    return Cause(what=Rewritten(subject, how, of), verdict="mistake", told=Words(
        label=label, title=title, words=words, fix=fix, right=right, wrong=wrong))


def on(names, function) -> Callable[[Arrays], Arrays]:
    """A rewriting of some arrays by the same function, the others untouched."""
    names = frozenset(names)
    return lambda arrays: {k: function(a) if k in names else a for k, a in arrays.items()}


def name_among_several(layer: Layer, case: Case) -> str:
    """The layer's name where the chain has several of its kind; empty where its kind says which it is."""
    several = sum(other.kind == layer.kind for other in case.layers) > 1
    return layer.name if several else ""
