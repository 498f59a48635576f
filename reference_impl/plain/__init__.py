"""The layers that have no time, once more: in loops and one line a formula, as people write them by hand.

    windows.py, rows.py, losses.py    the formulas, a function forward and one backward for each
    program.py, programs.py           which of them a layer runs, and how its arrays get into them and out:
    on_windows.py, on_rows.py         ... of each kind
    changes.py, slips.py              what goes wrong in one part of a formula, and in one line, by construction
    mutants.py                        all slips of a layer, and the layer function with some of them in it
    updates.py                        the same of the optimizers

The layers of reference_impl/layers work on whole arrays, in forms that lose no digits. A slip in the line of a loop has no place
there. Here it has one. That both compute the same is a test.
"""

from nnparity.reference_impl.plain.mutants import Mutant, Run, codes_of, mutants, written
from nnparity.reference_impl.plain.programs import PROGRAMS, has_program
from nnparity.reference_impl.plain.updates import update_slips, world_of_update

__all__ = ["PROGRAMS", "Mutant", "Run", "codes_of", "has_program", "mutants", "update_slips", "world_of_update",
           "written"]
