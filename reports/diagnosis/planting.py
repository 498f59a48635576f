"""Mistakes of the catalogue as parts of a hypothesis: which ones a case can show, where, and the world with them in it."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice, permutations

from nnparity.cases.case import Case
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.mistakes import Mistake, plant, reaching
from nnparity.reports.diagnosis.cause import Cause, Place, Planted, Words
from nnparity.reports.diagnosis.per_case import per_case

ORDERS = 6  # in which several mistakes of one layer are planted, until one makes Python

Planting = tuple[Mistake, Place | None]  # everywhere, or in one layer of the chain


def placed(case: Case, mistakes: Sequence[Mistake]) -> list[Planting]:
    """Each mistake everywhere, and, in a chain with several layers that it touches, in each of them alone."""
    found: list[Planting] = []
    for mistake in mistakes:
        found.append((mistake, None))
        touched = [layer for layer in case.layers if mistake.touches(layer)] if not mistake.whole_chain else []
        if len(touched) > 1:
            found += [(mistake, Place(layer.kind, layer.name)) for layer in touched]
    return found


@per_case
def forward_mistakes(case: Case) -> list[Planting]:
    """Mistakes that may change the outputs; of a training every mistake changes the path."""
    return placed(case, reaching(case) if case.training else reaching(case, "forward"))


@per_case
def backward_mistakes(case: Case) -> list[Planting]:
    """Mistakes that change gradients alone."""
    return [] if case.training else placed(case, reaching(case, "backward"))


@lru_cache(maxsize=16384)
def world_of(chosen: tuple[Planting, ...]) -> World:
    """The world with these mistakes in it; one without a layer function where two change the same line.

    Of several each layer is planted by itself, and so is the chain: what one more mistake leaves alone was made before. Only the
    training loop is planted together with everything: it may look into the layers itself.
    """
    try:
        if len(chosen) == 1:
            ((mistake, place),) = chosen
            return plant(mistake, at=str(place) if place else None)
        loop = any(mistake.module == "training" for mistake, _ in chosen)
        chain = [mistake for mistake, place in chosen if place is None and (loop or mistake.whole_chain)]
        world = in_some_order(chain) if chain else RIGHT
        layers = dict(world.layers)
        for kind in RIGHT.layers:
            everywhere = changing(kind, chosen)
            if everywhere and not loop:
                layers[kind] = in_some_order(everywhere).layers[kind]
        for place in dict.fromkeys(place for _, place in chosen if place is not None):
            there = [mistake for mistake, where in chosen if where == place]
            layers[str(place)] = in_some_order([*changing(place.kind, chosen), *there]).layers[place.kind]
        return World(layers, world.network, world.training)
    except ValueError:
        return World({})


def in_some_order(mistakes: Sequence[Mistake]) -> World:
    """These mistakes planted one after the other, in the first order in which the text of each is still there. Raises ValueError
    where there is none, or one is there twice."""
    if len(set(mistakes)) < len(mistakes):
        raise ValueError("the same mistake twice")
    for ordered in islice(permutations(mistakes), ORDERS):
        try:
            return plant(*ordered)
        except ValueError:
            continue
    raise ValueError("two of these mistakes change the same text")


def changing(kind: str, chosen: tuple[Planting, ...]) -> list[Mistake]:
    """Those that change every layer of a kind."""
    return [mistake for mistake, place in chosen
            if place is None and not mistake.whole_chain and (not mistake.kinds or kind in mistake.kinds)]


@lru_cache(maxsize=4096)
def cause_of(mistake: Mistake, place: Place | None = None) -> Cause:
    """A planted mistake as a cause, in the words of the catalogue."""
    where = f" in layer {place.layer or place.kind}" if place else ""
    source = f" ({mistake.source})" if mistake.source and "/" not in mistake.source else ""
    return Cause(what=Planted(mistake.id, place), verdict="mistake", told=Words(
        label=mistake.id + (f" at {place}" if place else ""), title=mistake.title + where + source, words=mistake.symptom,
        fix=mistake.fix, right=mistake.correct, wrong=mistake.mistaken, line=mistake.right, wrong_line=mistake.wrong))
