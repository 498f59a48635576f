"""What a run has seen of one network, and what is shown of it: sentences and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from nnparity import reference_impl
from nnparity.cases.case import Case, Result, Unsupported
from nnparity.reference_impl import World
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.page.plots import loss_curves


@dataclass(frozen=True)
class Seen:
    """The network's cases of this run by name, and what each oracle has answered."""

    cases: Mapping[str, Case]
    answers: Mapping[str, Mapping[Case, Result | Unsupported]]

    def losses(self, case: Case) -> dict[str, np.ndarray]:
        """Implementation -> the loss before each step, the reference first."""
        losses = {"reference": expectation(case)[0].outputs["loss"]}
        return losses | {name: answer.outputs["loss"] for name, given in self.answers.items()
                         if isinstance(answer := given.get(case), Result)}


@dataclass(frozen=True)
class Shown:
    notes: tuple[str, ...] = ()  # what the numbers say, computed now
    pictures: tuple[Markup, ...] = ()


def trainings(seen: Seen) -> Shown:
    """The losses of all implementations over each training, on top of each other."""
    return Shown(pictures=tuple(loss_curves(f"{case.name}: loss before each step", seen.losses(case))
                                for case in seen.cases.values() if case.training))


def path_of(case: Case) -> Mapping[str, np.ndarray]:
    """A training run by the reference: the loss and every parameter after each step."""
    return reference_impl.run(case).outputs


def planted(*ids: str) -> World:
    """The reference with these mistakes of the catalogue in it; "dense-first-step@head" in that layer alone."""
    chosen = [id.partition("@") for id in ids]
    everywhere = [MISTAKES[id] for id, _, place in chosen if not place]
    world = plant(*everywhere)
    for id, _, place in chosen:
        if place:
            kind = MISTAKES[id].kinds[0]
            world = World({**world.layers, f"{kind}@{place}": plant(*everywhere, MISTAKES[id]).layers[kind]}, world.network,
                          world.training)
    return world


def alike(a: np.ndarray, b: np.ndarray) -> float:
    """The cosine of the angle between two gradients."""
    return float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b)))
