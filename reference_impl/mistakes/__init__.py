"""The catalogue of known mistakes and `plant`, which makes a wrong world of one. Every module of entries/ that holds a tuple
MISTAKES adds its entries: the listing is the list."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from nnparity.cases.case import Case
from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Entry, Mistake
from nnparity.reference_impl.mistakes.plant import misfit, plant
from nnparity.reference_impl.mistakes.troubles import entries as troubles
from nnparity.reference_impl.mistakes.troubles.entries import Trouble

MODULES = tuple(import_module(f"{__name__}.entries.{path.stem}")
                for path in sorted((Path(__file__).parent / "entries").glob("[a-z]*.py")))
MISTAKES: dict[str, Mistake] = {entry.id: entry for module in MODULES for entry in getattr(module, "MISTAKES", ())}
TROUBLES: dict[str, Trouble] = {entry.id: entry for entry in troubles.TROUBLES}
# mistakes and troubles alike: what a person looks up
CATALOGUE: dict[str, Entry] = {**MISTAKES, **TROUBLES}


@cache
def stale() -> Mapping[str, str]:
    """The mistakes that cannot be planted any more because the source has another line: id -> why. None on the right source."""
    return {id: why for id, mistake in MISTAKES.items() if (why := misfit(mistake))}


def reaching(case: Case, part: str | None = None) -> tuple[Mistake, ...]:
    """The mistakes that a case can show, all or only those of one part ("forward", "backward", "training"). Stale ones are left
    out: they are no hypothesis."""
    return tuple(m for m in MISTAKES.values() if part in (None, m.part) and m.id not in stale() and m.reaches(case))


__all__ = ["CATALOGUE", "MISTAKES", "TROUBLES", "Edit", "Entry", "Line", "Mistake", "Trouble", "misfit", "plant", "reaching",
           "stale"]
