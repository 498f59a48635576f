"""A function in the contract: `function(params, inputs, cotangents) -> outputs, grads`, from a module or a cell of a notebook."""

import copy
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from nnparity.reports.asking.implementations import answer_of
from nnparity.reports.checking.handed_in.handed import Handed

# what a function may leave something in
DATA = (np.ndarray, list, dict, set, bytearray, np.random.Generator, np.random.RandomState)


class Function(Handed):
    """Asked as a function of a user's file is."""

    @property
    def version(self) -> str:
        return f"{self.name} of {getattr(self.obj, '__module__', None) or 'this process'}"

    def answering(self):
        kept = renewed(self.obj)  # as it is before the first call
        asked = partial(partial, answer_of, name=self.name, claimed=self.claimed)
        return asked(self.obj), lambda: asked(renewed(kept))


def named(code: CodeType) -> Iterator[str]:
    """The global names that a function reads, those inside its inner functions too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from named(constant)


def renewed(function: Callable, seen: dict[int, Any] | None = None) -> Callable:
    """The function with copies of the data that it could leave something in: globals, defaults, what it encloses, and those of
    the functions beside it that it calls. What else it may hold, and what is no Python function, stays as it is."""
    if not isinstance(function, FunctionType):
        return function
    seen = {} if seen is None else seen
    if id(function) in seen:
        return seen[id(function)]
    namespace = dict(function.__globals__)
    cells = tuple(type(cell)(copied(cell.cell_contents)) if filled(cell) else cell for cell in function.__closure__ or ())
    new = FunctionType(function.__code__, namespace, function.__name__, copied(function.__defaults__), cells or None)
    new.__kwdefaults__ = copied(function.__kwdefaults__)
    new.__dict__.update(function.__dict__)
    seen[id(function)] = new
    for name in named(function.__code__):
        value = namespace.get(name)
        if isinstance(value, FunctionType) and value.__globals__ is function.__globals__:
            namespace[name] = renewed(value, seen)
        elif isinstance(value, DATA):
            namespace[name] = seen.setdefault(id(value), copied(value))
    return new


def filled(cell) -> bool:
    try:
        return isinstance(cell.cell_contents, DATA)
    except ValueError:  # not bound yet
        return False


def copied(value):
    """A copy; the thing itself where it has none."""
    try:
        return copy.deepcopy(value)
    except Exception:  # __deepcopy__ and __reduce__ of anybody's class may raise anything
        return value


def takes(function: Callable) -> list[str]:
    """The names of its parameters; none of a callable that does not say."""
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []
