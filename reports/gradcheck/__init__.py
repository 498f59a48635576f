"""Is a backward pass the derivative of its forward pass? Of any function, whose formula nobody here knows.

    nest         arrays in dicts, lists and tuples, by a name each
    question     somebody's function as a number that depends on named arrays; their gradients as a dict
    habits       what a function does besides answering: random numbers, state, arrays changed in place
    rounding     how noisy a function is, from differences of high order
    quotient     central differences, extrapolated, with the error of each
    derivative   the right gradient: complex step where the code allows it, else differences
    judge        which elements differ by more than is allowed
    repairs      what it takes to turn their gradient into the right one; factors, places, units, fewer, upstream
    result       the answer, as text, HTML and a table
    gradients    the public door
"""
