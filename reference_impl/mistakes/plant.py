"""Mistakes planted in the reference: copies of its modules with some lines replaced, and of every module that imports those.

Nothing of the right reference is touched; what a world leaves as it is was compiled once and is run anew.
"""

import builtins
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from types import CodeType, ModuleType

from nnparity.reference_impl.mistakes.mistake import Mistake
from nnparity.reference_impl.network import LAYERS
from nnparity.reference_impl.reference import World

ROOT = Path(__file__).parent.parent
PACKAGE = "nnparity.reference_impl"
TOP_LEVEL = re.compile(r"\n\n\n(?=def |class |@)")  # where a module's text falls apart into parts that compile alone
FILES = {str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__"): path
         for path in [*ROOT.glob("*.py"), *ROOT.glob("layers/*.py"), *ROOT.glob("losses/*.py")]
         if path.parent != ROOT or path.stem not in ("__init__", "reference", "judges", "noise")}


class Stale(ValueError):
    """A mistake whose right line the source does not have exactly once: it cannot be planted."""


def plant(*mistakes: Mistake, at: str | None = None) -> World:
    """The world with these mistakes in it; with `at`, in that one layer of a chain only ("dense@head").

    Raises Stale where a right line does not occur exactly once: the layer has changed and the mistake must follow.
    """
    world = _planted(tuple((m.module, right, wrong, m.id) for m in mistakes for right, wrong in m.edits))
    if at is None:
        return world
    return World({**LAYERS, at: world.layers[at.partition("@")[0]]})


def misfit(mistake: Mistake) -> str:
    """Why a mistake cannot be planted in the source as it is; empty where it can."""
    try:
        _edited(tuple((mistake.module, right, wrong, mistake.id) for right, wrong in mistake.edits))
    except Stale as error:
        return str(error)
    return ""


@lru_cache(maxsize=2048)
def _planted(edits: Sequence[tuple[str, str, str, str]]) -> World:
    return world_from(_edited(edits))


def _edited(edits: Sequence[tuple[str, str, str, str]]) -> dict[str, str]:
    """The texts of the modules that these edits (module, right, wrong, id of the mistake) change."""
    texts = {}
    for module, right, wrong, id in edits:
        text = texts.get(module) or source(module)
        if (count := text.count(right)) != 1:
            raise Stale(f"{id}: {right!r} occurs {count} times in {FILES[module].name}, expected once; "
                        "bring reference_impl/mistakes in line with the source")
        texts[module] = text.replace(right, wrong)
    return texts


def world_from(texts: Mapping[str, str]) -> World:
    """The world in which modules ("layers.gru") read as given, and all others as their files do."""
    names = _dependents(frozenset(texts))
    loaded: dict[str, ModuleType] = {}

    def load(name):
        if name not in loaded:
            module = loaded[name] = ModuleType(f"{PACKAGE}.{name}")
            module.__dict__.update(__builtins__={**vars(builtins), "__import__": import_here}, __package__=PACKAGE)
            for part in re.split(TOP_LEVEL, texts.get(name) or source(name)):
                exec(_code(part, str(FILES[name])), module.__dict__)
        return loaded[name]

    def import_here(name, globals=None, locals=None, fromlist=(), level=0):
        inner = name.removeprefix(PACKAGE + ".")
        if inner in names and fromlist:
            return load(inner)
        real = builtins.__import__(name, globals, locals, fromlist, level)
        if name in (PACKAGE, f"{PACKAGE}.layers") and fromlist:
            prefix = "" if name == PACKAGE else "layers."
            changed = {part: load(prefix + part) for part in fromlist if prefix + part in names}
            if changed:
                view = ModuleType(name)
                view.__dict__.update(vars(real), **changed)
                return view
        return real

    network, training = load("network"), load("training")
    return World(network.LAYERS, network, training, dict(texts))


@cache
def source(name: str) -> str:
    """The text of a module as its file has it."""
    return FILES[name].read_text()


@lru_cache(maxsize=8192)
def _code(part: str, file: str) -> CodeType:
    """One function or class of a module, compiled once for all worlds that leave it as it is: compiling is what takes time."""
    return compile(part, file, "exec")


@cache
def _dependents(changed: frozenset[str]) -> frozenset[str]:
    """The changed modules, all that import them directly or not, and always the chain and the training loop."""
    names = set(changed) | {"network", "training"}
    while more := {name for name in FILES if name not in names and uses(name) & names - {"network", "training"}}:
        names |= more
    return frozenset(names)


@cache
def uses(name: str) -> frozenset[str]:
    """The modules of the reference that a module imports."""
    found = set()
    for line in re.findall(rf"^from {PACKAGE}[\w.]* import .*", source(name), re.MULTILINE):
        origin, _, what = line.removeprefix("from ").partition(" import ")
        prefix = origin.removeprefix(PACKAGE).lstrip(".")
        found |= {prefix} | {f"{prefix}.{part.strip()}".lstrip(".") for part in what.strip("() ").split(",")}
    return frozenset(found & FILES.keys())


def modules() -> dict[str, ModuleType]:
    """The right modules by the names that mistakes use."""
    return {name: import_module(f"{PACKAGE}.{name}") for name in FILES}
