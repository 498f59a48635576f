"""How arguments are written."""

from collections.abc import Sequence
from math import isfinite


def arguments(*given, **named) -> str:
    """'3, 5, stride=2'; what is named and None is left out."""
    by_name = [f"{name}={a!r}" for name, a in named.items() if a is not None]
    return ", ".join([*map(repr, given), *by_name]).replace("'", '"')


def literal(value: float) -> str:
    """A number of Python's; what is not finite by its name."""
    return repr(value) if isfinite(value) else f'float("{value}")'


def one_if_alike(numbers: Sequence[int], usual: int | None = None):
    """3 for (3, 3); None for what is usual and need not be written."""
    plain = tuple(int(n) for n in numbers)
    if len(set(plain)) > 1:
        return plain
    return None if plain[0] == usual else plain[0]
