"""What the rows of the atlas compute: small formulas, one file a group, each a function of keywords that gives an array.

`FORMULAS` has every public function of this folder's modules, by name: the listing is the list. A variant's value is
FORMULAS[probe.compute](**probe.arguments, option=variant.value).
"""

from collections.abc import Callable
from importlib import import_module
from inspect import getmembers, isfunction
from pathlib import Path

from nnparity.cases.convention import REFUSES, AtlasRow, Variant


def _functions() -> dict[str, Callable]:
    found: dict[str, Callable] = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        module = import_module(f"{__name__}.{path.stem}")
        for name, function in getmembers(module, isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                if name in found:
                    raise ValueError(f"two formulas are called {name}: {found[name].__module__} and {module.__name__}")
                found[name] = function
    return found


FORMULAS = _functions()


def value(row: AtlasRow, variant: Variant):
    """What this variant answers to the row's probe: an array, text, or a distribution function; None where it refuses.

    Raises ValueError where there is no such formula.
    """
    if variant.value == REFUSES:
        return None
    if row.probe.compute not in FORMULAS:
        raise ValueError(f"{row.id}: there is no formula {row.probe.compute!r}; there are {', '.join(sorted(FORMULAS))}")
    return FORMULAS[row.probe.compute](**row.probe.arguments, **(variant.config or {row.option: variant.value}))
