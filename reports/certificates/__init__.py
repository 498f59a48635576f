"""How exact each operation is: the reference, and each framework, against mpmath on one grid of all magnitudes.

    question.py    a question: the grid of arguments, and a case for each precision
    elementwise.py in_rows.py questions.py      what is asked
    functions.py   the exact elementwise functions and their derivatives, written out for mpmath
    rows.py        those of a row of numbers: softmax, losses over classes, normalisation
    measure.py     the error of an answer, in units in the last place
    certificate.py what was measured, as data, recorded and loaded
    ask.py         ask the frameworks, each in a process of its own
    tell.py        the table
    command.py     the command

What was recorded can be read without mpmath, and is given here.
"""

from nnparity.reports.certificates.certificate import ENOUGH, recorded

__all__ = ["ENOUGH", "recorded"]
