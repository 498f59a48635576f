"""What an entry of the catalogue holds. A mistake is a wrong formula with a name, written as the smallest change to the right one.

It is planted by replacing lines of the reference's source (plant.py), so the wrong implementation can never drift from the
right one, and both can be shown side by side. A trouble (troubles.py) is no wrong formula: its gradients are right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cases.case import Case, Layer
from reference_impl.layers import convolution, pooling
from reference_impl.network import LAYERS
from reference_impl.optimizers import OPTIMIZERS

PARTS = ("forward", "backward", "training")
AREAS = ("activation", "dense", "chain", "softmax", "loss", "convolution", "pooling", "normalisation", "embedding", "dropout",
         "recurrent", "lstm", "gru", "optimizer", "training", "data", "weights")


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """What a person reads about one mistake. Formulas are LaTeX; `correct` and `mistaken` show the smallest difference."""

    id: str  # "softmax-diagonal"
    area: str  # the section of the catalogue, one of AREAS
    title: str
    symptom: str  # what one sees, one sentence
    fix: str
    correct: str
    mistaken: str
    source: str = ""  # "K31", or the address of a public thread
    case: str = ""  # the name of a case that exposes it

    def __post_init__(self):
        if self.area not in AREAS:
            raise ValueError(f"{self.id}: area {self.area!r} is not one of {', '.join(AREAS)}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Mistake(Entry):
    """`right` is what reference_impl/<module>.py says, exactly once; `wrong` is what stands there instead; `also` are further
    such pairs where one line does not do.

    part       "forward" changes outputs, "backward" only gradients, "training" only the path of a training
    module     "layers.gru", "activations", "network", "optimizers", ...
    kinds      the layer kinds that it changes; empty for any
    config     options under which its line is reached; a tuple stands for any of its values
    optimizers the optimizers that it changes; empty for any
    depth      how many layers a chain needs before it shows
    """

    part: str
    module: str
    right: str
    wrong: str
    also: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    optimizers: tuple[str, ...] = ()
    depth: int = 1

    def __post_init__(self):
        super().__post_init__()
        if self.part not in PARTS:
            raise ValueError(f"{self.id}: part {self.part!r} is not one of {', '.join(PARTS)}")

    @property
    def edits(self) -> tuple[tuple[str, str], ...]:
        return ((self.right, self.wrong), *self.also)

    @property
    def whole_chain(self) -> bool:
        """It changes how layers are chained or trained, not what one of them computes."""
        return self.module in ("network", "training", "optimizers")

    def touches(self, layer: Layer) -> bool:
        """Whether this layer, with its options, runs through the changed line."""
        if self.kinds and layer.kind not in self.kinds:
            return False
        config = {**defaults(layer.kind), **layer.config}
        return all(config.get(option, wanted) in (wanted if isinstance(wanted, tuple) else (wanted,))
                   for option, wanted in self.config.items())

    def reaches(self, case: Case) -> bool:
        """Whether the case can show it at all."""
        if len(case.network) < self.depth:
            return False
        if self.part == "training" and not case.training:
            return False
        if self.optimizers and not (case.training and case.training.optimizer in self.optimizers
                                    and self._matches(case.training.config)):
            return False
        return self.whole_chain or any(self.touches(layer) for layer in case.layers)

    def _matches(self, config) -> bool:
        return all(config.get(option, wanted) in (wanted if isinstance(wanted, tuple) else (wanted,))
                   for option, wanted in self.config.items())


def defaults(kind: str) -> Mapping[str, Any]:
    """The options of a layer kind or optimizer that are set where a case names none."""
    behind = {"conv1d": convolution.convolution, "conv2d": convolution.convolution, "max_pool1d": pooling.max_pool,
              "max_pool2d": pooling.max_pool, "average_pool1d": pooling.average_pool, "average_pool2d": pooling.average_pool}
    return getattr(behind.get(kind) or LAYERS.get(kind) or OPTIMIZERS.get(kind), "__kwdefaults__", None) or {}
