"""A rewriting of a case's arrays: what an implementation may have done to them before, or to its outputs after, a right formula.

    answer(question)  =  after( world(before(question)) )

Every rewriting is linear, so its adjoint `pull` takes gradients back to the asker's arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass

from nnparity.cases.case import Arrays
from nnparity.reports.diagnosis.cause import Cause


def same(arrays: Arrays) -> Arrays:
    return arrays


@dataclass(frozen=True, kw_only=True)
class Rewrite:
    """A linear rewriting of arrays. `family` keeps two rewritings of the same thing from being combined."""

    cause: Cause
    family: str
    before: Callable[[Arrays], Arrays] = same  # params and inputs of the question -> of the rewritten question
    pull: Callable[[Arrays], Arrays] = same  # its adjoint, on gradients
    after: Callable[[Arrays], Arrays] = same  # outputs of the rewritten question -> as the asker returns them
    undo: Callable[[Arrays], Arrays] = same  # the inverse of `after`, on the asker's outputs
    after_adjoint: Callable[[Arrays], Arrays] = same  # on cotangents


def on(names, function) -> Callable[[Arrays], Arrays]:
    """A rewriting of some arrays by the same function, the others untouched."""
    names = frozenset(names)
    return lambda arrays: {k: function(a) if k in names else a for k, a in arrays.items()}
