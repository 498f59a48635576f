"""A PyTorch model that is asked: run whole, or one of its calls on other numbers, with gradients by autograd."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np
import torch

from nnparity.oracles.models.compute import compute
from nnparity.oracles.models.op import Op, Trace
from nnparity.oracles.tensors import as_numpy
from nnparity.oracles.torch_models import primitives
from nnparity.oracles.torch_models.trace import is_leaf, tensors, traced

NAME = "torch"
Pulled = tuple[list[np.ndarray], list[np.ndarray], dict[str, np.ndarray]]


class Runner:
    """A copy of the model in float64; the person's own is left as it is."""

    name = NAME

    def __init__(self, model: torch.nn.Module, inputs: Sequence[np.ndarray] | None = None):  # noqa: ARG002
        self.own = deepcopy(model).to(device="cpu")
        self.model = deepcopy(self.own).double()
        self.parts: dict[str, tuple[int, ...]] = {}  # linear layers that are recorded as several side by side

    def trace(self, inputs: Sequence[np.ndarray], training: bool = False, replace: Mapping[int, Callable] | None = None) -> Trace:
        """What it computes on these inputs. Its weights and running statistics are afterwards as they were."""
        state = {name: a.clone() for name, a in self.model.state_dict().items()}
        self.model.train(training)
        try:
            with in_double():
                return traced(self.model, [tensor(a) for a in inputs], replace or {}, self.parts)
        finally:
            self.model.load_state_dict(state)

    def plain(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the model returns in evaluation, nothing being recorded."""
        self.model.eval()
        with torch.no_grad(), in_double():
            out = self.model(*[tensor(a) for a in inputs])
        return [as_numpy(t) for t in tensors(out)]

    def as_it_is(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the model returns in evaluation in its own precision."""
        self.own.eval()
        dtype = next((p.dtype for p in self.own.parameters() if p.is_floating_point()), torch.float32)
        with torch.no_grad():
            out = self.own(*[t.to(dtype) if t.is_floating_point() else t for t in map(tensor, inputs)])
        return [as_numpy(t.double()) for t in tensors(out)]

    def parameters(self) -> dict[str, torch.Tensor]:
        """Those of the person's own model, by their paths."""
        return {name: p.detach() for name, p in self.own.named_parameters()}

    def arrays(self, op: Op) -> dict[str, np.ndarray]:
        """The weights of a call, as it has them."""
        return {name: as_numpy(a) for name, a in op.weights.items()}

    def assign(self, op: Op, arrays: Mapping[str, np.ndarray]) -> None:
        with torch.no_grad():
            for name, a in arrays.items():
                op.weights[name].copy_(torch.tensor(np.ascontiguousarray(a)))

    def run(self, op: Op, inputs: Sequence[np.ndarray], cotangent: np.ndarray | None = None) -> Pulled:
        """(outputs, gradients of the inputs, of the weights by their own names, or running statistics after it)."""
        leaves = {name: a for name, a in op.weights.items() if a.requires_grad}
        stats = {name: a for name, a in op.weights.items() if not a.requires_grad}
        before = {name: a.clone() for name, a in stats.items()}
        tensors = [tensor(a) for a in inputs]
        if cotangent is None:
            with torch.no_grad():
                found = op.call(tensors)
            return [as_numpy(t) for t in found], [], self.restored(stats, before)
        with torch.enable_grad():
            outputs, of_inputs, of_weights = pulled(op.call, tensors, leaves, cotangent)
        return outputs, of_inputs, {**of_weights, **self.restored(stats, before)}

    def restored(self, stats, before) -> dict[str, np.ndarray]:
        after = {name: as_numpy(a).copy() for name, a in stats.items()}
        with torch.no_grad():
            for name, a in stats.items():
                a.copy_(before[name])
        return after

    def compute(self, kind: str, settings: Mapping, params: Mapping[str, np.ndarray], inputs: Sequence[np.ndarray],
                cotangent: np.ndarray | None = None) -> tuple[dict[str, np.ndarray], list, dict[str, np.ndarray]]:
        """The formula of a layer in PyTorch's own operations: (outputs, gradients of inputs, of weights)."""
        tensors, leaves = [tensor(a) for a in inputs], {name: torch.tensor(a) for name, a in params.items()}
        for a in leaves.values():
            a.requires_grad_(a.is_floating_point() and cotangent is not None)
        with torch.enable_grad():
            outputs: dict[str, Any] = {}

            def forward(given):
                outputs.update(compute(primitives, kind, settings, leaves, given))
                return (outputs["y"],)
            if cotangent is None:
                forward(tensors)
                return {name: as_numpy(a) for name, a in outputs.items()}, [], {}
            _, of_inputs, of_weights = pulled(forward, tensors, leaves, cotangent)
        return {name: as_numpy(a) for name, a in outputs.items()}, of_inputs, of_weights

    def native(self, kind: str, settings: Mapping, params: Mapping[str, np.ndarray]) -> Callable:
        """The formula as a function of tensors, to stand in a model's place of a call."""
        leaves = {name: torch.tensor(a) for name, a in params.items()}
        return lambda tensors: compute(primitives, kind, settings, leaves, tensors)["y"]

    def free(self) -> dict[str, torch.Tensor]:
        """Parameters that none of PyTorch's own layers has, by their paths."""
        owners = dict(self.model.named_modules())
        return {name: p for name, p in self.model.named_parameters() if not is_leaf(owners[name.rpartition(".")[0]])}

    def vocabularies(self) -> list[int]:
        """How many words each embedding knows."""
        return [m.num_embeddings for m in self.model.modules() if isinstance(m, torch.nn.Embedding)]

    def masks(self) -> bool:
        return False

    cut = staticmethod(lambda t, where: t[where])
    permuted = staticmethod(lambda t, order: t.permute(tuple(order)))


@contextmanager
def in_double() -> Iterator[None]:
    """While a model runs in float64 so does what its forward() makes anew, as a first state of zeros."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def tensor(a: np.ndarray) -> torch.Tensor:
    a = np.asarray(a)
    made = torch.tensor(a.astype(float) if np.issubdtype(a.dtype, np.floating) else a)
    return torch.empty(made.shape, dtype=made.dtype).copy_(made)  # axes that were moved, or have one element, leave no traces


def pulled(forward: Callable, tensors, leaves: Mapping, cotangent: np.ndarray) -> Pulled:
    wanted = [t for t in tensors if t.is_floating_point()]
    for t in wanted:
        t.requires_grad_()
    outputs = forward([t.clone() for t in tensors])  # a copy: it may be changed in place
    every = [*wanted, *leaves.values()]
    grads = (torch.autograd.grad([outputs[0]], every, [torch.tensor(cotangent)], allow_unused=True)
             if every and outputs[0].requires_grad else [None] * len(every))
    arrays = [np.zeros(tuple(t.shape)) if g is None else as_numpy(g) for t, g in zip(every, grads)]
    found = iter(arrays)
    of_inputs = [next(found) if t.is_floating_point() else np.zeros(0) for t in tensors]
    return [as_numpy(t) for t in outputs], of_inputs, dict(zip(leaves, found))
