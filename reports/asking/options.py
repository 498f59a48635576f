"""The options that a function is given, and those that it looks at: what it has no option for is not held against it.

A function gets them as `config`, or one by one where its signature has their names (`stride=1, padding="valid"`). What it never
looked at it cannot have: its answer is then that of the plain option, or of the one that was claimed for it.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nnparity.cases.case import Case, Layer, Unsupported
from nnparity.cases.kinds import RECURRENT
from nnparity.reference_impl.defaults import activation_defaults, defaults


class Options(dict):
    """A dict that knows which of its keys were looked at; who goes through all of it has looked at all."""

    def __init__(self, *given: Any, **named: Any):
        super().__init__(*given, **named)
        self.read: set[str] = set()

    def __getitem__(self, key):
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.read.add(key)
        return super().get(key, default)

    def pop(self, key, *default):
        self.read.add(key)
        return super().pop(key, *default)

    def __contains__(self, key):
        self.read.add(key)
        return super().__contains__(key)

    def __iter__(self):
        self.read.update(super().keys())
        return super().__iter__()

    def keys(self):
        self.read.update(super().keys())
        return super().keys()

    def values(self):
        self.read.update(super().keys())
        return super().values()

    def items(self):
        self.read.update(super().keys())
        return super().items()

    def copy(self):
        return dict(self.items())


def options_of_layer(layer: Layer) -> dict[str, Any]:
    """Every option of a layer and of its activation, those at their default included. A recurrent layer takes no option of its
    activation."""
    of_activation = {} if layer.kind in RECURRENT else activation_defaults(layer)
    options = {**defaults(layer.kind), **of_activation, **layer.config}
    return {**options, **stride(options, options.get("size"))}


def stride(options: Mapping[str, Any], size: Any) -> dict[str, Any]:
    """{"stride": its size} of a pooling that says none; one window over everything never moves, and has none."""
    return {"stride": size} if options.get("stride", 1) is None and size != "global" else {}


def options_of_case(case: Case) -> Options:
    """Of one layer its options; of a chain those of every layer by its name."""
    if len(case.layers) == 1:
        return Options(options_of_layer(case.layers[0]))
    return Options({layer.name or layer.kind: options_of_layer(layer) for layer in case.layers})


def in_signature(function: Callable, options: dict[str, Any]) -> dict[str, Any]:
    """The options that a function takes one by one; all of them where it takes whatever comes."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return {name: options[name] for name in options}
    named = {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
    return {name: options[name] for name in tuple(dict.keys(options)) if name in named}


def overlooked(kind: str, options: Options, claimed: Mapping[str, Any]) -> dict[str, Any]:
    """{option: the plain or claimed value} of the options that were not looked at and are not that."""
    plain = {**defaults(kind), **claimed}
    plain |= stride(plain, dict.get(options, "size"))
    return {name: plain[name] for name in dict.keys(options)
            if name in plain and name not in options.read and dict.get(options, name) != plain[name]}


def overlooked_by_update(optimizer: str, options: Options, claimed: Mapping[str, Any]) -> dict[str, Any]:
    """Of an optimizer: its numbers too where they are the default. What it never looked at it has written into it."""
    numbers = {name: value for name, value in defaults(optimizer).items()
               if isinstance(value, float) and name not in options.read and name not in claimed}
    return {**overlooked(optimizer, options, claimed), **numbers}


def without_option(left: Iterable[str]) -> str:
    """Why a case is not asked."""
    return f"no option {', '.join(left)} is looked at"


def called(function: Callable, given: list, case: Case, claimed: Mapping[str, Any], name: str) -> tuple[Any, dict[str, Any]]:
    """(what a function of a layer or chain returned, the options of the case that it overlooked).

    Raises Unsupported where it fails on a case that has such options."""
    options = options_of_case(case)
    kind = case.layers[0].kind
    more: dict[str, Any] = {"config": options} if "config" in inspect.signature(function).parameters else {}
    if len(case.layers) == 1:
        more |= in_signature(function, options)
        options.read &= more.keys()  # so far

    def left() -> dict[str, Any]:
        return overlooked(kind, options, claimed) if len(case.layers) == 1 else {}
    try:
        returned = function(*given, **more)
    except Exception as error:
        if isinstance(error, NotImplementedError):
            raise Unsupported(f"{name} raised NotImplementedError: {error}") from error
        if unread := left():
            raise Unsupported(without_option(unread)) from error
        raise
    return returned, left()
