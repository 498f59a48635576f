"""An index of what all slips in the layers written out make of a case: an answer is looked up, not searched for.

Of each slip's answer one number is kept for each array, its projection on a fixed random vector. The slips that have all of an
answer's numbers are few, and those are compared in full.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from nnparity.cases.case import Arrays, Case, Layer
from nnparity.reference_impl import RIGHT
from nnparity.reference_impl.network import backward, forward
from nnparity.reference_impl.plain import Run, codes_of
from nnparity.reports.diagnosis.generated import Slipped, slips, world_with, written_out
from nnparity.reports.diagnosis.per_case import per_case

NEAR = 1e-6  # of an array's length: projections further apart are of other arrays
DRAWN = 2  # other points at which slips are run that gave the same numbers

Digest = Mapping[str, tuple[tuple[int, ...], float, float]]  # array -> its shape, projection, length


class Indexed(NamedTuple):
    """A slip, and the numbers that it makes."""

    slip: Slipped
    digest: Digest


def digest(arrays: Arrays) -> Digest:
    found = {name: np.asarray(a) for name, a in arrays.items()}
    return {name: (a.shape, float(a.ravel() @ vector(a.size)), float(np.linalg.norm(a))) for name, a in found.items()}


@cache
def vector(size: int) -> np.ndarray:
    rng = np.random.default_rng(size)
    return rng.uniform(0.5, 1.5, size) * rng.choice([-1, 1], size)


def alike(one: Digest, other: Digest) -> frozenset[str]:
    """The arrays that are the same in both, within rounding."""
    return frozenset(name for name, (shape, number, length) in one.items() if name in other and other[name][0] == shape
                     and abs(other[name][1] - number) <= NEAR * (length + other[name][2]) + 1e-300)


@per_case
def outputs_of_slips(case: Case) -> tuple[Indexed, ...]:
    """Every slip that changes the outputs."""
    right = digest(case.returned(RIGHT.forward(case, case.params, case.inputs)))

    def run(one: Slipped) -> Arrays:
        world = world_with([one])
        return case.returned(world.forward(case, case.params, case.inputs)) if world else {}

    return tuple(indexed((one for one in slips(case) if one.mutant.forward), run, right))


@per_case
def gradients_of_slips(case: Case, base: tuple[Slipped, ...] = ()) -> tuple[Indexed, ...]:
    """Every slip that changes gradients alone, beside those of `base`."""
    world = world_with(base)
    if world is None:
        return ()
    _, tape = forward(case, case.params, case.inputs, world.layers)
    runs = {layer.name: run_of(case, layer, tape, mutants_at(base, layer.name)) for layer in written_out(case)}
    order = [layer.name for layer, *_ in tape]
    ways_back: dict[tuple[str, ...], list] = {}  # what lies behind the layers is computed once

    def run(one: Slipped) -> Arrays:
        last = max(map(order.index, one.layers))
        if one.layers not in ways_back:
            ways_back[one.layers] = [(layer, vjp if n <= last else once(vjp), a) for n, (layer, vjp, a) in enumerate(tape)]
        codes = {name: codes_of((*mutants_at(base, name), one.mutant)) for name in one.layers}
        wrong = {name: partial(runs[name].vjp, changed=code) for name, code in codes.items() if code is not None}
        if len(wrong) < len(one.layers):
            return {}
        return kept(case, backward(case, [(layer, wrong.get(layer.name, vjp), a) for layer, vjp, a in ways_back[one.layers]],
                                   case.cotangents))

    try:
        right = digest(kept(case, backward(case, tape, case.cotangents)))
    except Exception:  # a slip may raise anything
        right = {}
    return tuple(indexed((one for one in slips(case) if not one.mutant.forward and one not in base), run, right))


def mutants_at(chosen: Sequence[Slipped], name: str):
    return tuple(one.mutant for one in chosen if name in one.layers)


def run_of(case: Case, layer: Layer, tape, chosen) -> Run:
    """A layer of a chain written out."""
    place = [each.name for each, *_ in tape].index(layer.name)
    x = tape[place - 1][2]["y"] if place else case.inputs["x"]
    with np.errstate(all="ignore"):
        return Run(layer.kind, layer.own(case.params), {**layer.own(case.inputs), "x": x}, layer.config, codes_of(chosen) or {})


def once(vjp: Callable) -> Callable:
    """A vjp that is always asked the same."""
    known: list[Arrays] = []

    def same(cotangents):
        if not known:
            known.append(vjp(cotangents))
        return {**known[0]}

    return same


def kept(case: Case, grads: Arrays) -> Arrays:
    return {name: grads[name] for name in case.differentiable if name in grads}


def indexed(of: Iterable[Slipped], run: Callable[[Slipped], Arrays], right: Digest) -> Iterator[Indexed]:
    """Those that run, give finite numbers, and other ones than the right formula."""
    for one in of:
        try:
            with np.errstate(all="ignore"):
                arrays = run(one)
                numbers = digest(arrays)
        except Exception:  # a slip may raise anything
            continue
        if arrays and all(np.isfinite(length) for _, _, length in numbers.values()) and len(alike(numbers, right)) < len(numbers):
            yield Indexed(one, numbers)


def looked_up(table: Iterable[Indexed], arrays: Arrays) -> list[Slipped]:
    """The slips that make these numbers of every array."""
    numbers = digest(arrays)
    return [slip for slip, made in table if made.keys() == numbers.keys() and len(alike(made, numbers)) == len(numbers)]


def told_once(case: Case, found: Iterable[tuple[Slipped, ...]]) -> list[tuple[Slipped, ...]]:
    """Of slips, or sets of them, that give the same numbers at other points too the likeliest."""
    kinds: dict[Any, tuple[Slipped, ...]] = {}
    for chosen in sorted(found, key=lambda chosen: [one.rank for one in chosen]):
        kinds.setdefault(elsewhere(case, chosen), chosen)
    return list(kinds.values())


def elsewhere(case: Case, chosen: Sequence[Slipped]) -> Any:
    """What slips make of the case at other points, to seven digits."""
    numbers = []
    world = world_with(chosen)
    for seed in range(DRAWN):
        there = drawn(case, np.random.default_rng(seed))
        try:
            with np.errstate(all="ignore"):
                result = world.run(there) if world else None
        except Exception:  # a slip may raise anything
            return None
        for name, (shape, number, _) in digest({**result.outputs, **{f"d{k}": g for k, g in result.grads.items()}}
                                               if result else {}).items():
            numbers.append((name, shape, float(f"{number:.7g}")))
    return tuple(numbers)


def drawn(case: Case, rng: np.random.Generator) -> Case:
    """The case at another point near by; equal numbers stay equal."""
    def moved(arrays: Arrays) -> Arrays:
        fixed = {k: a for k, a in arrays.items() if a.dtype.kind != "f" or k in case.constants}
        scales = {k: rng.uniform(0.5, 1.5, () if k == "x" else a.shape) for k, a in arrays.items()}
        return {k: fixed.get(k, (a * scales[k]).astype(a.dtype)) for k, a in arrays.items()}

    return case.replaced(params=moved(case.params), inputs=moved(case.inputs), cotangents=moved(case.cotangents),
                         exempt="another point")
