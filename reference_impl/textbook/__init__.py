"""The recurrent layers once more, statement by statement as a textbook has them and as people write them by hand.

    programs.py    the statements of one step, forward and backward, for each kind and its options
    run.py         a program as a layer function: the loop over time around the statements
    slips.py       how a statement goes wrong, by construction: every name, product, sum, derivative and sign in it
    mutants.py     the slips of a whole program: of a statement, of several that are alike, of the loop
    words.py       what they are called

The layers of reference_impl/layers compute all gates and steps together, which nobody writes by hand: a slip in one gate's line
has no place there. Here it has one. That both compute the same is a test.
"""

from nnparity.reference_impl.textbook.mutants import Mutant, mutants, planted
from nnparity.reference_impl.textbook.programs import PROGRAMS, Program, program
from nnparity.reference_impl.textbook.run import layer

__all__ = ["PROGRAMS", "Mutant", "Program", "layer", "mutants", "planted", "program"]
