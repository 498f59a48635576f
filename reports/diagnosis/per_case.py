"""What depends on a case alone is kept for the next answer to it."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

KEPT = 16  # cases, of each function
T = TypeVar("T")


def per_case(function: Callable[..., T]) -> Callable[..., T]:
    """A function of a case, computed once for each of the last KEPT cases."""
    return lru_cache(maxsize=KEPT)(function)
