"""Mistakes planted in the reference: the wrong function compiled alone, and copies of all that leads to it.

Nothing of the right reference is touched, and what a world leaves as it is it shares with the right one (relink.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module

from nnparity.reference_impl.mistakes.edit import Edit
from nnparity.reference_impl.mistakes.mistake import Mistake
from nnparity.reference_impl.mistakes.relink import Relinked
from nnparity.reference_impl.mistakes.source import FILES, PACKAGE, Missing, functions, reached, span, whole
from nnparity.reference_impl.reference import RIGHT, World

Texts = Mapping[tuple[str, str], str]  # (module, function) -> how it reads


class Stale(ValueError):
    """A mistake that cannot be planted: its function does not say exactly once what it should, or says no more what is Python."""


def plant(*mistakes: Mistake, at: str | None = None) -> World:
    """The world with these mistakes in it; with `at`, in that one layer of a chain only ("dense@head").

    Raises Stale where a right line does not occur exactly once: the layer has changed and the mistake must follow, or another
    mistake has changed the same line.
    """
    try:
        world = _planted(tuple((m.id, m.module, edit) for m in mistakes for edit in m.edits))
    except SyntaxError as error:
        raise Stale(f"{' and '.join(m.id for m in mistakes)}: {error}") from error
    if at is None:
        return world
    return World({**RIGHT.layers, at: world.layers[at.partition("@")[0]]})


def misfit(mistake: Mistake) -> str:
    """Why a mistake cannot be planted in the source as it is; empty where it can."""
    try:
        _edited(tuple((mistake.id, mistake.module, edit) for edit in mistake.edits))
    except Stale as error:
        return str(error)
    return ""


@lru_cache(maxsize=2048)
def _planted(edits: Sequence[tuple[str, str, Edit]]) -> World:
    return world_from(_edited(edits))


def _edited(edits: Sequence[tuple[str, str, Edit]]) -> Texts:
    """The functions that these edits (id of the mistake, module, edit) change, one after the other."""
    texts: dict[tuple[str, str], str] = {}
    for id, module, edit in edits:
        try:
            function, inner = whole(module, edit.function)
            text = texts.get((module, function.name), function.text)
            start, end = span(text, inner)
        except Missing as error:
            raise Stale(f"{id}: {error}; bring reference_impl/mistakes in line with the source") from None
        if (count := text.count(edit.right, start, end)) != 1 or edit.right == edit.wrong:
            found = f"occurs {count} times" if count != 1 else "is both the right and the wrong line"
            raise Stale(f"{id}: {edit.right!r} {found} in {edit.function} of {FILES[module].name}, expected once; "
                        "bring reference_impl/mistakes in line with the source")
        at = text.index(edit.right, start, end)
        texts[module, function.name] = text[:at] + edit.wrong + text[at + len(edit.right):]
    return texts


def world_from(texts: Texts, own: Iterable[str] = ()) -> World:
    """The world in which these functions read as given and all others as they do.

    `own` names modules that the world has copies of, with all that import them, although nothing in them is another.
    """
    names = {f"{PACKAGE}.{name}": name for name in _dependents(frozenset({module for module, _ in texts} | set(own)))}
    classes = {(f"{PACKAGE}.{module}", function.partition(".")[0]) for module, function in texts if "." in function}
    linked = Relinked(map(import_module, names), classes)
    for (module, name), text in texts.items():
        linked.rewrite(f"{PACKAGE}.{module}", name, text, str(FILES[module]), functions(module)[name].line)
    network, training = linked.modules[f"{PACKAGE}.network"], linked.modules[f"{PACKAGE}.training"]
    return World(network.LAYERS, network, training, dict(texts))


@cache
def _dependents(changed: frozenset[str]) -> tuple[str, ...]:
    """The modules from which the chain and the training loop reach a changed one, and always those two."""
    used = reached("network") | reached("training")
    return tuple(sorted({"network", "training"} | {name for name in used if reached(name) & changed}))
