"""What may have happened, with its name."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One difference, in words. Formulas are LaTeX; `line` and `wrong_line` are source where there is some."""

    verdict: str  # "convention", "mistake", "precision", "unexplained"
    id: str
    title: str
    words: str
    fix: str = ""
    switch: dict = field(default_factory=dict)
    right: str = ""
    wrong: str = ""
    line: str = ""
    wrong_line: str = ""
