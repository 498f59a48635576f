"""Slips in the layers written out (reference_impl/plain): all of them are run once for a case, and an answer is looked up.

What each slip makes of a case is kept as one number for each array, its projection on a fixed random vector: the answers that
have all these numbers are few, and these are compared in full.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import numpy as np

from nnparity.cases.case import Arrays, Case, Layer, Result
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.judges import complex_step
from nnparity.reference_impl.network import backward, forward
from nnparity.reference_impl.plain import PROGRAMS, Mutant, Run, code_of, has_program, mutants, written
from nnparity.reports.comparison.compare import allowance
from nnparity.reports.diagnosis.cause import Cause, Place, Words
from nnparity.reports.diagnosis.hypothesis import Hypothesis, Prediction
from nnparity.reports.diagnosis.per_case import per_case

NEAR = 1e-6  # of an array's length: projections further apart are of other arrays
LARGEST = 3000  # numbers in the arrays of a case whose layers are run written out, in loops, a thousand times
DRAWN = 2  # other points at which slips are run that gave the same numbers

Digest = Mapping[str, tuple[tuple[int, ...], float]]  # array -> its shape, its projection


@dataclass(frozen=True)
class Generated:
    """One line of a layer, written out, is another."""

    mutant: str  # its id
    place: Place | None = None


Layers = tuple[Layer, ...]


@dataclass(frozen=True, eq=False)
class Slipped:
    """A slip in one layer of a case, or in all that are alike, and the numbers that it makes."""

    mutant: Mutant
    layers: Layers
    digest: Digest


def written_out(case: Case) -> list[Layer]:
    """The layers of a case whose slips are looked at."""
    small = sum(a.size for a in (*case.params.values(), *case.inputs.values())) <= LARGEST
    return [layer for layer in case.layers if has_program(layer)] if small and not case.training else []


def places(case: Case) -> list[Layers]:
    """Each layer written out by itself, then those that are written out alike together."""
    single = written_out(case)
    alike: dict[tuple[str, str], list[Layer]] = {}
    for layer in single:
        alike.setdefault((layer.kind, function_of(layer)), []).append(layer)
    return [*((layer,) for layer in single), *(tuple(layers) for layers in alike.values() if len(layers) > 1)]


def function_of(layer: Layer) -> str:
    return PROGRAMS[layer.kind](layer.kind, layer.config).function


def slips_of(layer: Layer) -> tuple[Mutant, ...]:
    """Every slip of a layer with these options."""
    return mutants(layer.kind, function_of(layer))


def world_with(layers: Layers, *chosen: Mutant) -> World | None:
    """The world in which these layers of a chain have these slips."""
    functions = {f"{layer.kind}@{layer.name}": written(layer.kind, chosen) for layer in layers}
    known = {name: function for name, function in functions.items() if function}
    return World({**RIGHT.layers, **known}) if len(known) == len(layers) else None


def hypothesis(case: Case, layers: Layers, *chosen: Mutant) -> Hypothesis | None:
    world = world_with(layers, *chosen)
    if world is None:
        return None
    causes = tuple(cause_of(case, layers, one) for one in chosen)
    return WithSlips(case=case, causes=causes, world=world, wrong_forward=any(one.forward for one in chosen))


class WithSlips(Hypothesis):
    """A hypothesis whose way back may not fit its own forward pass: then the exact gradient is all that follows from it."""

    @cached_property
    def predictions(self) -> tuple[Prediction, ...]:
        try:
            return Hypothesis.predictions.func(self)  # type: ignore[attr-defined]
        except Exception:  # see Hypothesis.outputs
            with np.errstate(all="ignore"):
                result = complex_step(self.asked, self.world)
            return (Prediction(result=result, allowed=allowance(result, self.noise)),)


def rebuilt(case: Case, wanted: Iterable[Generated]) -> Hypothesis | None:
    """The same slips in another case; None where it has no such layer."""
    found: dict[tuple[str, ...], tuple[Layers, list[Mutant]]] = {}
    for what in wanted:
        layers = tuple(layer for layer in case.layers if has_program(layer)
                       and what.place in (None, Place(layer.kind, layer.name))
                       and any(one.id == what.mutant for one in slips_of(layer)))
        if not layers:
            return None
        mutant = next(one for one in slips_of(layers[0]) if one.id == what.mutant)
        found.setdefault(tuple(layer.name for layer in layers), (layers, []))[1].append(mutant)
    if len(found) != 1:
        return None
    ((layers, chosen),) = found.values()
    return hypothesis(case, layers, *chosen)


# ------------------------------------------------------------------------------------------------------------ the index


@per_case
def outputs_of_slips(case: Case) -> tuple[Slipped, ...]:
    """Every slip that changes the outputs, with their digest."""
    right = digest(RIGHT.forward(case, case.params, case.inputs))

    def run(layers: Layers, mutant: Mutant) -> Arrays:
        world = world_with(layers, mutant)
        return case.returned(world.forward(case, case.params, case.inputs)) if world else {}

    return tuple(slipped(case, True, run, right))


@per_case
def gradients_of_slips(case: Case) -> tuple[Slipped, ...]:
    """Every slip that changes gradients alone, with their digest."""
    _, tape = forward(case, case.params, case.inputs)
    right = digest(kept(case, backward(case, tape, case.cotangents)))
    runs = {layer.name: run_of(case, layer, tape) for layer in written_out(case)}
    ways_back: dict[tuple[str, ...], list] = {}  # what lies behind the layers is computed once

    def run(layers: Layers, mutant: Mutant) -> Arrays:
        last = max(case.layers.index(layer) for layer in layers)
        key = tuple(layer.name for layer in layers)
        if key not in ways_back:
            ways_back[key] = [(layer, vjp if n <= last else once(vjp), a) for n, (layer, vjp, a) in enumerate(tape)]
        wrong = {name: partial(runs[name].vjp, changed=code_of(mutant)) for name in key}
        changed = [(layer, wrong.get(layer.name, vjp), a) for layer, vjp, a in ways_back[key]]
        return kept(case, backward(case, changed, case.cotangents))

    return tuple(slipped(case, False, run, right))


def run_of(case: Case, layer: Layer, tape: Sequence[tuple[Layer, Callable, Arrays]]) -> Run:
    """A layer of a chain written out."""
    place = case.layers.index(layer)
    x = tape[place - 1][2]["y"] if place else case.inputs["x"]
    return Run(layer.kind, layer.own(case.params), {**layer.own(case.inputs), "x": x}, layer.config, {})


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


def slipped(case: Case, of_outputs: bool, run: Callable[[Layers, Mutant], Arrays], right: Digest) -> Iterator[Slipped]:
    for layers in places(case):
        for mutant in slips_of(layers[0]):
            if mutant.forward != of_outputs:
                continue
            try:
                with np.errstate(all="ignore"):
                    arrays = run(layers, mutant)
                    if not arrays or not all(np.isfinite(a).all() for a in arrays.values()):
                        continue
                    numbers = digest(arrays)
            except Exception:  # a slip may raise anything
                continue
            if not alike(numbers, right, arrays):
                yield Slipped(mutant, layers, numbers)


def digest(arrays: Arrays) -> Digest:
    return {name: (a.shape, float(a.ravel() @ vector(a.size))) for name, a in ((n, np.asarray(b)) for n, b in arrays.items())}


@cache
def vector(size: int) -> np.ndarray:
    return np.random.default_rng(size).uniform(0.5, 1.5, size) * np.random.default_rng(size + 1).choice([-1, 1], size)


def alike(one: Digest, other: Digest, arrays: Arrays) -> bool:
    """Whether two digests are the same within rounding of these arrays."""
    return one.keys() == other.keys() and all(
        one[name][0] == other[name][0] and abs(one[name][1] - other[name][1]) <= NEAR * (float(np.linalg.norm(a)) + 1e-300)
        for name, a in arrays.items())


# ----------------------------------------------------------------------------------------------------------- the lookup


def looked_up(table: Sequence[Slipped], arrays: Arrays) -> list[Slipped]:
    """The slips that make these numbers of every array."""
    numbers = digest(arrays)
    return [one for one in table if alike(one.digest, numbers, arrays)]


def told_once(case: Case, found: Iterable[Slipped]) -> list[Slipped]:
    """Of the slips that give the same numbers at other points too the likeliest."""
    kinds: dict[Any, Slipped] = {}
    for one in sorted(found, key=lambda one: (one.mutant.rank, len(one.layers))):
        kinds.setdefault(elsewhere(case, one), one)
    return list(kinds.values())


def elsewhere(case: Case, one: Slipped) -> Any:
    """What a slip makes of the case at other points, to eight digits."""
    numbers = []
    world = world_with(one.layers, one.mutant)
    for seed in range(DRAWN):
        rng = np.random.default_rng(seed)

        def moved(arrays: Arrays, rng=rng) -> Arrays:
            return {k: (a * rng.uniform(0.5, 1.5, a.shape)).astype(a.dtype) if a.dtype.kind == "f" and k not in case.constants
                    else a for k, a in arrays.items()}

        there = case.replaced(params=moved(case.params), inputs=moved(case.inputs), cotangents=moved(case.cotangents),
                              exempt="another point")
        try:
            with np.errstate(all="ignore"):
                result = world.run(there) if world else Result(outputs={}, grads={})
        except Exception:
            return None
        for name, (shape, number) in digest({**result.outputs, **{f"d{k}": g for k, g in result.grads.items()}}).items():
            numbers.append((name, shape, float(f"{number:.8g}")))
    return tuple(numbers)


# ------------------------------------------------------------------------------------------------------------ in words


def cause_of(case: Case, layers: Layers, one: Mutant) -> Cause:
    place = Place(layers[0].kind, layers[0].name) if len(layers) == 1 < len(case.layers) else None
    where = f" in layer {place.layer or place.kind}" if place else f" in every {layers[0].kind} layer" if len(layers) > 1 else ""
    side = "" if one.forward and not one.also else " on the way back" if not one.forward else ", and on the way back alike"
    slip = one.slip
    return Cause(what=Generated(one.id, place), verdict="mistake", told=Words(
        label=f"{slip.wrong}{where}", title=f"{slip.words}{side}{where}",
        words=f"Written out, the right line is `{slip.right}`; this code computes what `{slip.wrong}` gives.",
        fix=f"Write {slip.right}.", line=slip.right, wrong_line=slip.wrong))
