"""The questions, as data. Every module of layers/ and documents/ that holds a tuple CASES adds its
cases: the listing is the list."""

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path

from nnparity.cases.case import Case

MODULES = [f"{__name__}.{folder}.{path.stem}" for folder in ("layers", "documents")
           for path in sorted((Path(__file__).parent / folder).glob("[a-z]*.py"))]


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case that has a reference answer, in file order."""
    return _gather("CASES")


@cache
def all_probes() -> tuple[Case, ...]:
    """Every question about a default construction (`GRU(4)`): the answer is matched against the variants."""
    return _gather("PROBES")


@cache
def large_cases() -> tuple[Case, ...]:
    """Cases whose answers are too large for a recording: every report asks the frameworks anew. A module has them as LARGE, a
    tuple of functions, so that nobody makes millions of numbers who does not ask for them."""
    return tuple(make() for name in MODULES for make in getattr(import_module(name), "LARGE", ()))


def named(name: str) -> Case:
    """The case or probe of this name. Raises KeyError, which says what is called so nearly."""
    try:
        return _by_name()[name]
    except KeyError:
        near = get_close_matches(name, _by_name(), n=3)
        raise KeyError(f"no case is called {name!r}" + (f"; do you mean {', '.join(near)}?" if near else "")) from None


@cache
def _by_name() -> dict[str, Case]:
    return {case.name: case for case in (*all_cases(), *all_probes(), *large_cases())}


def _gather(attribute: str) -> tuple[Case, ...]:
    found = [case for name in MODULES for case in getattr(import_module(name), attribute, ())]
    names = [case.name for case in found]
    if len(set(names)) < len(names):
        raise ValueError(f"two cases share a name: {sorted({n for n in names if names.count(n) > 1})}")
    if lost := [case.name for case in found if not case.group]:
        raise ValueError(f"cases without a group, which no recording could keep: {lost}")
    return tuple(found)
