"""Copies of modules whose functions call each other's copies, made of the compiled functions as they are.

A function looks up what it calls in the globals of its module. The same code with the globals of a copy calls the copies; nothing
is read, compiled or run again, and the original modules stay as they are.
"""

from collections.abc import Iterable
from operator import is_not
from types import CellType, FunctionType, ModuleType
from typing import Any

COPIED = frozenset({FunctionType, ModuleType, dict, tuple, list, type})  # what can hold a function of a module


class Relinked:
    """`modules` copied. `classes` names those of their classes that are copied too ("Windows"), by module: the others are shared,
    so that an object of theirs is known on both sides."""

    def __init__(self, modules: Iterable[ModuleType], classes: Iterable[tuple[str, str]] = ()):
        originals = list(modules)
        self.modules = {module.__name__: ModuleType(module.__name__) for module in originals}
        self.functions: dict[tuple[str, str], FunctionType] = {}  # the copies by module and name
        self._copy_of = {id(vars(module)): self.modules[module.__name__] for module in originals}
        self._classes = frozenset(classes)
        self._twins: dict[int, Any] = {}
        for module in originals:
            names = vars(module)
            vars(self.modules[module.__name__]).update(names, **{
                name: self.twin(value) for name, value in names.items() if type(value) in COPIED and not name.startswith("__")})

    def twin(self, value: Any) -> Any:
        """What stands in the copies for this value: itself where nothing of the copied modules is in it."""
        if type(value) not in COPIED or type(value) is FunctionType and id(value.__globals__) not in self._copy_of:
            return value
        if id(value) not in self._twins:
            self._twins[id(value)] = self._made(value)
        return self._twins[id(value)]

    def _made(self, value: Any) -> Any:
        if type(value) is FunctionType:
            return self._function(value)
        if type(value) is ModuleType:
            return self._copy_of.get(id(vars(value)), value)
        if type(value) is dict:
            twins = {key: self.twin(each) for key, each in value.items()}
            return twins if any(map(is_not, twins.values(), value.values())) else value
        if type(value) in (tuple, list):
            parts = [self.twin(each) for each in value]
            return type(value)(parts) if any(map(is_not, parts, value)) else value
        if type(value) is type and (value.__module__, value.__qualname__) in self._classes:
            members = {name: self.twin(each) for name, each in vars(value).items() if name not in ("__dict__", "__weakref__")}
            return type(value)(value.__name__, value.__bases__, members)
        return value

    def _function(self, original: FunctionType) -> FunctionType:
        cells = tuple(CellType() for _ in original.__closure__ or ())
        module = self._copy_of[id(original.__globals__)]
        copy = FunctionType(original.__code__, vars(module), original.__name__, None, cells)
        self._twins[id(original)] = copy  # before what it holds, which may be itself
        self.functions[module.__name__, original.__code__.co_qualname] = copy
        for cell, old in zip(cells, original.__closure__ or ()):
            cell.cell_contents = self.twin(old.cell_contents)
        copy.__defaults__, copy.__kwdefaults__ = self.twin(original.__defaults__), self.twin(original.__kwdefaults__)
        if attributes := vars(original):
            vars(copy).update(self.twin(attributes))
        return copy

    def rewrite(self, module: str, name: str, text: str, file: str, line: int) -> None:
        """Gives the copy of a function the body and the defaults of this text of it."""
        written: dict[str, Any] = {}
        exec(compile("\n" * (line - 1) + text, file, "exec"), vars(self.modules[module]), written)
        (function,) = written.values()
        copy = self.functions[module, name]
        copy.__code__, copy.__defaults__, copy.__kwdefaults__ = function.__code__, function.__defaults__, function.__kwdefaults__
