"""One way to ask a framework: a case's chain is built, run, differentiated and trained here, whichever framework it is.

    Built       one layer or loss, as one of the framework's `layers` makes it
    Framework   what an oracle brings: its layers, and seven small functions on its tensors
    Chain       the layers of a case with their weights: forward(inputs) -> outputs
    run         case -> Result: outputs and gradients, or the path of a training

The gradient of everything is taken in one sweep back from the cotangents: Σ over outputs o of (∂o/∂leaf)ᵀ · cotangent of o.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from nnparity.cases.case import Arrays, Case, Layer, Result, Training, Unsupported
from nnparity.oracles.layouts import IDENTITY, Layout

Tensor = Any  # of one framework
Tensors = Mapping[str, Tensor]


@dataclass(frozen=True)
class Built:
    """One layer as a framework builds it."""

    built: str  # the call, as one would type it
    forward: Callable[[Tensors, Tensors], Tensors]  # (weights, inputs) -> outputs
    layout: Layout = IDENTITY  # how the framework stores the weights
    composed: bool = False  # the framework has no such layer: put together from its primitives
    variables: Tensors | None = None  # weights that the layer keeps itself; else they are made of the packed parameters


Build = Callable[[Layer, Arrays, Case], Built]  # (layer, its parameters, case); raises Unsupported


class Framework(Protocol):
    """A framework with automatic differentiation."""

    name: str

    @property
    def layers(self) -> Mapping[str, Build]:
        """By kind, losses too."""

    def version(self) -> str:
        """The framework and its version, as the report shows it."""

    def tensor(self, array: np.ndarray) -> Tensor:
        """An input or a cotangent, in the array's dtype."""

    def weight(self, array: np.ndarray) -> Tensor:
        """A parameter that the framework's optimizers can change."""

    def array(self, tensor: Tensor) -> np.ndarray:
        """The numbers of a tensor; of a sparse gradient, with its zeros."""

    def squared(self, tensor: Tensor) -> Tensor:
        """Σ w² over all its elements."""

    def pull(self, forward: Callable[[], Tensors], leaves: list[Tensor], cotangents: Tensors) -> tuple[Tensors, list[Tensor]]:
        """The outputs of `forward`, and the gradient by each of `leaves`, which it reads, pulled back from the cotangents."""

    def optimizer(self, training: Training, weights: list[Tensor]) -> tuple[str, Callable[[int, list[Tensor]], None]]:
        """(how it is written, update(step, gradients), which changes the weights). Raises Unsupported."""


class Chain:
    """The layers of a case as a framework builds them. Raises Unsupported for a kind that is not among its layers."""

    def __init__(self, framework: Framework, case: Case):
        self.framework, self.case = framework, case
        self.links: list[tuple[Layer, Built, Tensors]] = []  # with the weights
        for layer in case.layers:
            if layer.kind not in framework.layers:
                raise Unsupported(f"the {framework.name} oracle has no layer {layer.kind!r}")
            params = layer.own(case.params)
            made = framework.layers[layer.kind](layer, params, case)
            weights = made.variables
            if weights is None:
                weights = {name: framework.weight(a) for name, a in made.layout.pack(params).items()}
            self.links.append((layer, made, weights))

    @property
    def built(self) -> str:
        return " -> ".join(made.built for _, made, _ in self.links)

    @property
    def composed(self) -> bool:
        return any(made.composed for _, made, _ in self.links)

    @property
    def weights(self) -> list[Tensor]:
        """Of all layers, in the order of the chain."""
        return [w for *_, weights in self.links for w in weights.values()]

    def tensors(self, arrays: Arrays) -> dict[str, Tensor]:
        return {name: self.framework.tensor(a) for name, a in arrays.items()}

    def forward(self, inputs: Tensors) -> dict[str, Tensor]:
        """Every output of the chain: `y` of its last layer, the loss, and what layers give beside (`h_n`, `gru/h_n`)."""
        outputs, x = {}, inputs["x"]
        for layer, made, weights in self.links:
            produced = made.forward(weights, {**layer.own(inputs), "x": x})
            if layer is self.case.loss:
                outputs["loss"] = produced["y"]
            else:
                x = produced["y"]
                outputs |= {layer.qualify(name): a for name, a in produced.items() if name != "y"}
        if self.case.l2:
            outputs["loss"] = outputs["loss"] + self.case.l2 / 2 * sum(map(self.framework.squared, self.penalised))
        return {name: a for name, a in {"y": x, **outputs}.items() if name not in self.case.left}

    @property
    def penalised(self) -> list[Tensor]:
        """The kernels, as the framework stores them: their squares are the same in any layout."""
        return [w for layer, _, weights in self.links if "kernel" in layer.own(self.case.params)
                for name, w in weights.items() if "bias" not in name and name != "peephole"]

    def canonical(self, tensors: list[Tensor]) -> dict[str, np.ndarray]:
        """The weights, or their gradients, in the layouts of the case. Takes them in the order of `weights`."""
        left = iter(tensors)
        found: dict[str, np.ndarray] = {}
        for layer, made, weights in self.links:
            own = {name: self.framework.array(next(left)) for name in weights}
            found |= {layer.qualify(name): a for name, a in made.layout.unpack(own).items()}
        return found


def run(framework: Framework, case: Case) -> Result:
    """Outputs and gradients of the case's chain, or the path of its training.

    Raises Unsupported where the framework has no such layer or optimizer.
    """
    chain = Chain(framework, case)
    if case.training:
        path, written = train(chain, case.training)
        return Result(outputs=path, grads={}, built=written, composed=chain.composed)
    inputs = chain.tensors(case.inputs)
    leaves = {name: a for name, a in inputs.items() if name in case.differentiable}
    outputs, pulled = framework.pull(partial(chain.forward, inputs), [*leaves.values(), *chain.weights],
                                     chain.tensors(case.cotangents))
    grads = {name: framework.array(g) for name, g in zip(leaves, pulled)}
    return Result(outputs={name: framework.array(a) for name, a in outputs.items()},
                  grads=grads | chain.canonical(pulled[len(leaves):]), built=chain.built, composed=chain.composed)


def train(chain: Chain, training: Training) -> tuple[dict[str, np.ndarray], str]:
    """(the loss before and every parameter after each step, how the optimizer is written)."""
    framework, case = chain.framework, chain.case
    written, update = framework.optimizer(training, chain.weights)
    one = {"loss": framework.tensor(np.ones((), case.dtype))}
    path: dict[str, list[np.ndarray]] = {}
    for step in range(training.steps):
        batch = chain.tensors(training.batch(case, step))
        outputs, grads = framework.pull(partial(chain.forward, batch), chain.weights, one)
        update(step, grads)
        moved = {"loss": framework.array(outputs["loss"]), **chain.canonical(chain.weights)}
        for name, a in moved.items():
            path.setdefault(name, []).append(np.array(a))  # what an optimizer changes in place is not the path
    return {name: np.stack(values) for name, values in path.items()}, written
