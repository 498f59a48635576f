"""What an entry of the catalogue holds. A mistake is a wrong formula with a name, written as the smallest change to the right
one: pieces of a function of the reference are replaced (edit.py, plant.py), so that the wrong implementation never drifts from
the right one, and both can be shown side by side. A trouble (troubles/) is no wrong formula: its gradients are right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.reference_impl.defaults import activation_defaults, defaults
from nnparity.reference_impl.mistakes.edit import Edit

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


def always(_case: Case) -> bool:
    return True


@dataclass(frozen=True, kw_only=True, eq=False)
class Mistake(Entry):
    """A wrong formula, and the edit of the reference that computes it.

    part       "forward" changes outputs, "backward" only gradients, "training" only the path of a training
    module     whose functions it changes: "layers.gru", "activations", "network", "optimizers", ...
    edit       the change that a person is shown first
    also       further ones, in this function or another of the module, where one does not do
    kinds      the layer kinds that it changes; empty for any
    config     options under which its line is reached; a tuple stands for any of its values
    optimizers the optimizers that it changes; empty for any
    depth      how many layers a chain needs before it shows
    needs      what the arrays of a case must have for it to show, one of NEEDS
    only       parts of the names of the cases whose sizes or numbers show it ("ties", "square"); empty for all
    blind      parts of the names of cases on which the wrong formula happens to give the right numbers; tested too
    shows      what else a case needs: batches, biases, a rate that changes
    own_gradient  whether the gradient that goes with its wrong outputs is wrong for them too; with the right one it is another
               mistake
    """

    part: str
    module: str
    edit: Edit
    also: tuple[Edit, ...] = ()
    kinds: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    optimizers: tuple[str, ...] = ()
    depth: int = 1
    needs: str = ""
    only: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    shows: Callable[[Case], bool] = always
    own_gradient: bool = False

    def __post_init__(self):
        super().__post_init__()
        if self.needs and self.needs not in NEEDS:
            raise ValueError(f"{self.id}: needs={self.needs!r} is not one of {', '.join(NEEDS)}")
        if self.part not in PARTS:
            raise ValueError(f"{self.id}: part {self.part!r} is not one of {', '.join(PARTS)}")

    @property
    def edits(self) -> tuple[Edit, ...]:
        return (self.edit, *self.also)

    @property
    def right(self) -> str:
        return self.edit.right

    @property
    def wrong(self) -> str:
        return self.edit.wrong

    @property
    def whole_chain(self) -> bool:
        """It changes how layers are chained or trained, not what one of them computes."""
        return self.module in ("network", "training", "optimizers")

    def touches(self, layer: Layer) -> bool:
        """Whether this layer, with its options, runs through the changed line."""
        if self.kinds and layer.kind not in self.kinds:
            return False
        config = {**defaults(layer.kind), **activation_defaults(layer), **layer.config}
        return all(config.get(option, wanted) in (wanted if isinstance(wanted, tuple) else (wanted,))
                   for option, wanted in self.config.items())

    def reaches(self, case: Case) -> bool:
        """Whether the case can show it at all."""
        if max(len(case.network), 1) < self.depth or (self.needs and not NEEDS[self.needs](self, case)) or not self.shows(case):
            return False
        if self.part == "training" and not case.training:
            return False
        if self.optimizers and not (case.training and case.training.optimizer in self.optimizers
                                    and self._matches(case.training.config)):
            return False
        return self.whole_chain or any(self.touches(layer) for layer in case.layers)

    def _matches(self, config) -> bool:
        config = {**defaults(self.optimizers[0]), **config}
        return all(config.get(option, wanted) in (wanted if isinstance(wanted, tuple) else (wanted,))
                   for option, wanted in self.config.items())


def large(_mistake, case: Case) -> bool:
    return any((a > 709).any() for a in (*case.params.values(), *case.inputs.values()))


def clipped(_mistake, case: Case) -> bool:
    x = case.inputs["x"]
    return not case.network and bool(((x < 1e-7) | (x > 1 - 1e-7)).any())


def equal_widths(_mistake, case: Case) -> bool:
    """Whether a dense layer's input is as wide as that of the layer before it."""
    dense = [(case.params[a.qualify("kernel")], case.params[b.qualify("kernel")]) for a, b in pairwise(case.network)
             if b.kind == "dense" and a.qualify("kernel") in case.params]
    return any(a.shape[-2] == b.shape[-2] for a, b in dense)


def examples_as_inputs(mistake, case: Case) -> bool:
    """Whether a layer sees as many examples as it has inputs, and (examples, inputs) takes up (inputs, units). What the first
    layer of a training sends back is not seen."""
    if case.inputs["x"].ndim != 2:
        return False
    examples = len(case.training.batches[0]) if case.training and case.training.batches else len(case.inputs["x"])
    touched = (layer for layer in case.network[bool(case.training):] if mistake.touches(layer))
    kernels = (case.params.get(layer.qualify("kernel")) for layer in touched)
    return any(K is not None and K.ndim == 2 and len(K) == examples and K.shape[1] in (1, examples) for K in kernels)


def mixed(_mistake, case: Case) -> bool:
    """Whether two dense layers, one behind the other, have different activations."""
    return any(a.kind == b.kind == "dense" and a.config.get("activation") != b.config.get("activation")
               for a, b in pairwise(case.network))


def equal_widths_at_the_end(_mistake, case: Case) -> bool:
    """Whether the last dense layer's input is as wide as that of the layer before it."""
    widths = [case.params[layer.qualify("kernel")].shape[-2] for layer in case.network[-2:] if layer.kind == "dense"]
    return len(widths) == 2 and widths[0] == widths[1]


def cotangent(*names):
    """Whether these outputs have upstream gradients that are neither one for the loss nor zero for the outputs."""
    def has(_mistake, case: Case) -> bool:
        telling: dict[str, Callable] = {"loss": lambda a: (a != 1).any(), "y": np.any}
        return not case.training and all(name in case.cotangents and telling[name](case.cotangents[name]) for name in names)
    return has


def examples_at_once(case) -> int:
    """How many a forward pass sees: a training may take them one by one."""
    batches = case.training.batches if case.training else ()
    return max(map(len, batches)) if batches else len(case.inputs["x"])


NEEDS = {  # what arrays must have for a mistake to show
    "batch": lambda _, case: case.inputs["x"].shape[:1] > (1,) and examples_at_once(case) > 1,  # several examples
    "sequence": lambda _, case: case.inputs["x"].ndim > 2,  # time steps
    "square": lambda mistake, case: any(square(la, case) for la in case.network if mistake.touches(la)),  # no shape complains
    "equal widths": equal_widths,
    "examples as inputs": examples_as_inputs,
    "two kernels": lambda _, case: sum(name.endswith("kernel") for name in case.params) > 1,  # several layers that learn
    "mixed": mixed,
    "equal widths at the end": equal_widths_at_the_end,
    "clipped": clipped,  # probabilities beyond the bounds of a clip
    "large": large,  # numbers whose exp overflows
    "loss cotangent": cotangent("loss"), "output cotangent": cotangent("y"), "both cotangents": cotangent("loss", "y"),
}


def square(layer: Layer, case: Case) -> bool:
    """Whether a layer has as many units as inputs, a row of the kernel for the bias not counted."""
    kernel = case.params.get(layer.qualify("kernel"))
    bias_row = str(layer.config.get("bias", "")).startswith("kernel")
    return kernel is not None and kernel.ndim > 1 and kernel.shape[0] - bias_row == kernel.shape[-1]


def latex(formula: str) -> str:
    """A formula that is typeset even where it has no command: a page takes a text without a backslash for source code."""
    return formula if "\\" in formula else rf"{formula} \;"
