"""Names that there are, in a few words: all of a few; of many, how many and the nearest to what was asked for."""

from collections.abc import Iterable
from difflib import get_close_matches

FEW = 6
LIKE = 0.4  # of 1: how alike two names have to be


def some(names: Iterable, wanted: object) -> str:
    """kernel, bias; or "75 names, among them gru, gru_cell"."""
    known = list(dict.fromkeys(map(str, names)))
    if len(known) <= FEW:
        return ", ".join(known)
    near = get_close_matches(str(wanted), known, FEW, LIKE) or known[:FEW]
    return f"{len(known)} names, among them {', '.join(near)}"
