"""Slips in the layers written out (reference_impl/plain) as hypotheses, and in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.judges import complex_step
from nnparity.reference_impl.plain import PROGRAMS, Mutant, has_program, mutants, update_slips, world_of_update, written
from nnparity.reference_impl.plain.on_windows import Windowed
from nnparity.reports.comparison.compare import allowance
from nnparity.reports.diagnosis.cause import Cause, Place, Words
from nnparity.reports.diagnosis.hypothesis import ONE_BY_ONE, Hypothesis, Prediction
from nnparity.reports.diagnosis.per_case import per_case
from nnparity.reports.diagnosis.training import TrainingHypothesis

LARGEST = 3000  # numbers in the arrays of a case whose layers are run written out, in loops, a thousand times


@dataclass(frozen=True)
class Generated:
    """One line of a layer, written out, is another."""

    mutant: str  # its id
    place: Place | None = None


class Slipped(NamedTuple):
    """A slip in one layer of a case, or in several that are written out alike."""

    mutant: Mutant
    layers: tuple[str, ...]  # their names

    @property
    def rank(self) -> tuple[float, int]:
        return self.mutant.rank, len(self.layers)


def written_out(case: Case) -> list[Layer]:
    """The layers of a case whose slips are looked at."""
    small = sum(a.size for a in (*case.params.values(), *case.inputs.values())) <= LARGEST
    return [layer for layer in case.layers if has_program(layer)] if small and not case.training else []


def function_of(layer: Layer) -> str:
    return PROGRAMS[layer.kind](layer.kind, layer.config).function


def slips_of(layer: Layer) -> tuple[Mutant, ...]:
    """Every slip of a layer with these options."""
    return mutants(layer.kind, function_of(layer))


def slips(case: Case) -> list[Slipped]:
    """Every slip in each layer written out, then in those alike together; two that loop over windows take too long."""
    single = written_out(case)
    alike: dict[tuple[str, str], list[Layer]] = {}
    for layer in single:
        if issubclass(PROGRAMS[layer.kind], Windowed):
            continue
        alike.setdefault((layer.kind, function_of(layer)), []).append(layer)
    places = [[layer] for layer in single] + [layers for layers in alike.values() if len(layers) > 1]
    return [Slipped(mutant, tuple(layer.name for layer in layers)) for layers in places for mutant in slips_of(layers[0])]


def world_with(chosen: Sequence[Slipped]) -> World | None:
    """The world with these slips in it; None where two of them change one line."""
    layers = dict(RIGHT.layers)
    for kind, name in {(one.mutant.kind, name) for one in chosen for name in one.layers}:
        function = written(kind, tuple(one.mutant for one in chosen if one.mutant.kind == kind and name in one.layers))
        if function is None:
            return None
        layers[f"{kind}@{name}"] = function
    return World(layers)


def hypothesis(case: Case, chosen: Sequence[Slipped]) -> Hypothesis | None:
    """What these slips make of the case."""
    world = world_with(chosen)
    if world is None:
        return None
    return WithSlips(case=case, causes=tuple(cause_of(case, one) for one in chosen), world=world,
                     wrong_forward=any(one.mutant.forward for one in chosen))


class WithSlips(Hypothesis):
    """A hypothesis whose way back may not fit its own forward pass: then the exact gradient is all that follows from it."""

    @cached_property
    def predictions(self) -> tuple[Prediction, ...]:
        try:
            return Hypothesis.predictions.func(self)  # type: ignore[attr-defined]
        except Exception:  # a slip may raise anything
            if sum(a.size for a in self.asked.differentiable.values()) > ONE_BY_ONE:
                return ()
        with np.errstate(all="ignore"):
            result = complex_step(self.asked, self.world)
        if any(a.dtype.kind != "f" for a in (*result.outputs.values(), *result.grads.values())):  # it gives whole numbers
            return ()
        return (Prediction(result=result, allowed=allowance(result, self.noise)),)


def rebuilt(case: Case, wanted: Iterable[Generated]) -> Hypothesis | None:
    """The same slips in another case; None where it has no such layer."""
    if case.training:
        same = {one.causes[0].what: one for one in updates(case)}
        return next((same[what] for what in wanted if what in same), None)
    chosen: list[Slipped] = []
    for what in wanted:
        layers = [layer for layer in case.layers if has_program(layer) and what.place in (None, Place(layer.kind, layer.name))
                  and any(one.id == what.mutant for one in slips_of(layer))]
        if not layers:
            return None
        mutant = next(one for one in slips_of(layers[0]) if one.id == what.mutant)
        chosen.append(Slipped(mutant, tuple(layer.name for layer in layers)))
    return hypothesis(case, chosen)


@per_case
def updates(case: Case) -> tuple[TrainingHypothesis, ...]:
    """Every slip in the update of a training's optimizer."""
    optimizer = case.training.optimizer if case.training else ""
    worlds = [(one, world_of_update(one)) for one in (update_slips(optimizer) if optimizer else ())]
    return tuple(TrainingHypothesis(case=case, causes=(cause_of(case, Slipped(one, ())),), world=world, wrong_forward=True)
                 for one, world in worlds if world)


def cause_of(case: Case, one: Slipped) -> Cause:
    """A slip in words."""
    kind, slip, several = one.mutant.kind, one.mutant.slip, len(case.layers) > 1 and bool(one.layers)
    place = Place(kind, one.layers[0]) if len(one.layers) == 1 and several else None
    where = f" in layer {place.layer or kind}" if place else f" in every {kind} layer" if len(one.layers) > 1 else ""
    side = "" if one.mutant.forward else " on the way back"
    both = ", and on the way back alike" if one.mutant.also else ""
    return Cause(what=Generated(one.mutant.id, place), verdict="mistake", told=Words(
        label=f"{slip.wrong}{where}", title=f"{slip.words}{side}{both}{where}",
        words=f"Written out, the right line is `{slip.right}`; this code computes what `{slip.wrong}` gives.",
        fix=f"Write {slip.right}.", line=slip.right, wrong_line=slip.wrong))
