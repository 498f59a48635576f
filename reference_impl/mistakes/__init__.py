"""The catalogue of known mistakes and `plant`, which makes a wrong world of one. Every module of this folder that holds a tuple
MISTAKES or TROUBLES adds its entries: the listing is the list."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from cases.case import Case
from reference_impl.mistakes.mistake import Entry, Mistake
from reference_impl.mistakes.plant import misfit, plant
from reference_impl.mistakes.troubles import Trouble

MODULES = tuple(import_module(f"reference_impl.mistakes.{path.stem}") for path in sorted(Path(__file__).parent.glob("*.py"))
                if path.stem not in ("__init__", "detectors", "mistake", "plant", "restore", "setups"))
MISTAKES: dict[str, Mistake] = {entry.id: entry for module in MODULES for entry in getattr(module, "MISTAKES", ())}
TROUBLES: dict[str, Trouble] = {entry.id: entry for module in MODULES for entry in getattr(module, "TROUBLES", ())}
# mistakes and troubles alike: what a person looks up
CATALOGUE: dict[str, Entry] = {entry.id: entry for module in MODULES
                               for entry in (*getattr(module, "MISTAKES", ()), *getattr(module, "TROUBLES", ()))}


@cache
def stale() -> Mapping[str, str]:
    """The mistakes that cannot be planted any more because the source has another line: id -> why. None on the right source."""
    return {id: why for id, mistake in MISTAKES.items() if (why := misfit(mistake))}


def reaching(case: Case, part: str | None = None) -> tuple[Mistake, ...]:
    """The mistakes that a case can show, all or only those of one part ("forward", "backward", "training"). Stale ones are left
    out: they are no hypothesis."""
    return tuple(m for m in MISTAKES.values() if part in (None, m.part) and m.id not in stale() and m.reaches(case))


__all__ = ["CATALOGUE", "MISTAKES", "TROUBLES", "Entry", "Mistake", "Trouble", "plant", "reaching", "stale"]
