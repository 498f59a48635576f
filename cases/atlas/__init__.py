"""The atlas of conventions. Every module of this folder that holds a tuple ROWS adds its rows: the listing is the list.

A row is an `AtlasRow` (cases/convention.py). What each column answered when it was last recorded lies in
recorded/<module>.json.
"""

from functools import cache
from importlib import import_module
from pathlib import Path

from nnparity.cases.convention import AtlasRow

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


@cache
def atlas() -> dict[str, AtlasRow]:
    """id -> row, in file order. Raises ValueError where two rows share an id."""
    rows = [row for module in MODULES for row in rows_of(module)]
    ids = [row.id for row in rows]
    if len(set(ids)) < len(ids):
        raise ValueError(f"two rows of the atlas share an id: {sorted({i for i in ids if ids.count(i) > 1})}")
    return dict(zip(ids, rows))


def rows_of(module: str) -> tuple[AtlasRow, ...]:
    """The rows of one module; none where it only helps the others."""
    return tuple(getattr(import_module(f"nnparity.cases.atlas.{module}"), "ROWS", ()))
