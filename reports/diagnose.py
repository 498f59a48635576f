"""Why do two answers differ? (Being written: see Explanation for what it will say.)"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.compare import Agreement


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One cause that reproduces an answer's numbers, or, where none does, where the numbers part.

    `complete` says that every array matches to rounding under this cause; otherwise `agreements` shows which do.
    """

    verdict: str  # "convention", "mistake", "precision", "unexplained"
    id: str  # "gru.update=replace", "K24"
    title: str
    words: str  # for a student
    fix: str = ""
    switch: Mapping[str, str] = field(default_factory=dict)  # framework -> the flag that computes the same
    right: str = ""  # LaTeX
    wrong: str = ""  # LaTeX
    agreements: tuple[Agreement, ...] = ()
    complete: bool = True


def diagnose(case, answer) -> tuple[Explanation, ...]:
    return ()
