"""The questions, as data. Every module of this folder that holds a tuple CASES adds its cases: the listing is the list."""

from functools import cache
from importlib import import_module
from pathlib import Path

from cases.case import Case

NOT_CASES = {"__init__", "case", "convention", "draw", "mlp", "networks", "recording"}
MODULES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in NOT_CASES)


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case that has a reference answer, in file order."""
    return _gather("CASES")


@cache
def all_probes() -> tuple[Case, ...]:
    """Every question about a default construction (`GRU(4)`): the answer is matched against the variants."""
    return _gather("PROBES")


def _gather(attribute: str) -> tuple[Case, ...]:
    found = [case for name in MODULES for case in getattr(import_module(f"cases.{name}"), attribute, ())]
    names = [case.name for case in found]
    if len(set(names)) < len(names):
        raise ValueError(f"two cases share a name: {sorted({n for n in names if names.count(n) > 1})}")
    return tuple(found)
