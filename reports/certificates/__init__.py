"""How exact each operation is: the reference, and each framework, against mpmath on one grid of all magnitudes.

    questions.py   what is asked: the grid of arguments, and a case for each operation and precision
    functions.py   the exact elementwise functions and their derivatives, written out for mpmath
    rows.py        those of a row of numbers: softmax, losses over classes, normalisation
    measure.py     the error of an answer, in units in the last place
    ask.py         ask the frameworks, each in a process of its own; record and load
    tell.py        the table
    command.py     the command
"""
