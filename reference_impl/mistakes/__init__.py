"""The catalogue of known mistakes, one file an area, and `plant`, which makes a wrong world of one."""

from cases.case import Case
from reference_impl.mistakes import gru
from reference_impl.mistakes.mistake import Entry, Mistake
from reference_impl.mistakes.plant import plant

MODULES = (gru,)
MISTAKES: dict[str, Mistake] = {mistake.id: mistake for module in MODULES for mistake in module.MISTAKES}


def reaching(case: Case, part: str | None = None) -> tuple[Mistake, ...]:
    """The mistakes that a case can show, all or only those of one part ("forward", "backward", "training")."""
    return tuple(m for m in MISTAKES.values() if part in (None, m.part) and m.reaches(case))


__all__ = ["MISTAKES", "Entry", "Mistake", "plant", "reaching"]
