"""The arrays of an object, by the path at which they stand: W, params['W1'], grads[0]."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

TOKEN = re.compile(r"\.?([A-Za-z_]\w*)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")


def arrays_in(obj: Any) -> dict[str, np.ndarray]:
    """Arrays of numbers that are attributes, or stand in a dict or list that is one; each once, however many names it has."""
    found: dict[str, np.ndarray] = {}
    for path, value in walked(obj):
        known = any(value is array for array in found.values())
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim and not known:
            found[path] = value
    return found


def walked(obj: Any) -> Iterator[tuple[str, Any]]:
    attributes = list(getattr(obj, "__dict__", {}).items())
    for name, value in attributes:
        if not isinstance(value, Mapping | list | tuple):
            yield name, value
    for name, value in attributes:
        if isinstance(value, Mapping):
            yield from ((f"{name}[{key!r}]", one) for key, one in value.items() if isinstance(key, str))
        elif isinstance(value, list | tuple):
            yield from ((f"{name}[{i}]", one) for i, one in enumerate(value))


def steps(path: str) -> list[tuple[bool, Any]]:
    """(whether it is an item, its key) for each step of a path. Raises ValueError for what is none."""
    found, at = [], 0
    while at < len(path):
        match = TOKEN.match(path, at)
        if not match:
            raise ValueError(f"{path!r} is no path: W, params['W'] and grads[0] are")
        name, single, double, number = match.groups()
        found.append((False, name) if name else (True, int(number) if number else single if single is not None else double))
        at = match.end()
    return found


def value_at(obj: Any, path: str) -> Any:
    """What stands there. Raises AttributeError, KeyError, IndexError or TypeError where nothing does."""
    for item, key in steps(path):
        obj = obj[key] if item else getattr(obj, key)
    return obj


def there(obj: Any, path: str) -> bool:
    try:
        return value_at(obj, path) is not None
    except (AttributeError, KeyError, IndexError, TypeError):
        return False


def put(obj: Any, path: str, array: np.ndarray) -> None:
    """Into the array that stands there, so that whoever else holds it sees it too; in its place where that is of another
    dtype."""
    old = value_at(obj, path)
    if isinstance(old, np.ndarray) and old.shape == array.shape and old.dtype == array.dtype and old.flags.writeable:
        old[...] = array
        return
    *before, (item, key) = steps(path)
    for is_item, step in before:
        obj = obj[step] if is_item else getattr(obj, step)
    if item:
        obj[key] = array.copy()
    else:
        setattr(obj, key, array.copy())
