"""Nests of lists, tuples and dicts that a call takes or gives, and the tensors in them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any


def tensors(nest: Any, kind: Any) -> Iterator[Any]:
    """All tensors of a kind (a class or several), in order."""
    if isinstance(nest, kind):
        yield nest
    elif isinstance(nest, (list, tuple)):
        for part in nest:
            yield from tensors(part, kind)
    elif isinstance(nest, dict):
        for part in nest.values():
            yield from tensors(part, kind)


def exchanged(nest: Any, kind: Any, by: Callable[[Any], Any]) -> Any:
    """The nest with `by(tensor)` in the place of each tensor of a kind; a named tuple stays one."""
    if isinstance(nest, kind):
        return by(nest)
    if isinstance(nest, (list, tuple)):
        made = [exchanged(part, kind, by) for part in nest]
        return type(nest)(*made) if hasattr(nest, "_fields") else made if isinstance(nest, list) else tuple(made)
    if isinstance(nest, dict):
        return {key: exchanged(part, kind, by) for key, part in nest.items()}
    return nest


def replayed(func: Callable, args: Any, kwargs: Any, known: Sequence[Any], kind: Any) -> Callable:
    """`func` as a function of tensors that stand in the places of the known ones; it returns all tensors of what comes out."""
    place = {id(t): k for k, t in enumerate(known)}

    def call(ts):
        def by(t):
            return ts[place[id(t)]] if id(t) in place else t
        return tuple(tensors(func(*exchanged(args, kind, by), **exchanged(kwargs, kind, by)), kind))
    return call
