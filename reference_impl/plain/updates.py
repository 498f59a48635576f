"""Slips in the update of an optimizer. Its function in reference_impl/optimizers.py is written as people write it already."""

import ast
from functools import cache

from nnparity.reference_impl.mistakes.plant import world_from
from nnparity.reference_impl.mistakes.source import functions
from nnparity.reference_impl.plain.mutants import Mutant
from nnparity.reference_impl.plain.slips import slips
from nnparity.reference_impl.reference import World


@cache
def update_slips(optimizer: str) -> tuple[Mutant, ...]:
    """All slips in the update of an optimizer, the likeliest first."""
    text = functions("optimizers")[optimizer].text
    found = slips(ast.parse(text).body[0])  # type: ignore[arg-type]
    return tuple(sorted((Mutant(optimizer, optimizer, slip) for slip in found), key=lambda one: one.rank))


@cache
def world_of_update(mutant: Mutant) -> World | None:
    """The world in which the optimizer has this slip; None where that is no Python."""
    text = mutant.slip.applied(functions("optimizers")[mutant.kind].text)
    try:
        return world_from({("optimizers", mutant.kind): text + "\n"})
    except SyntaxError:
        return None
