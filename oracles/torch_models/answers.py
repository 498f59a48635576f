"""A PyTorch model's answers: modules without children are its layers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import nn

from nnparity.oracles.models import nest
from nnparity.oracles.models.answers import Answers, Called, Forced, cotangent
from nnparity.oracles.tensors import as_numpy
from nnparity.oracles.torch_models.trace import tensors


class Model:
    """A copy of the model; the person's own is left as it is."""

    backend = "torch"

    def __init__(self, model: nn.Module, inputs: Sequence[np.ndarray], dtype: str):  # noqa: ARG002
        self.model = deepcopy(model).to(device="cpu", dtype=getattr(torch, dtype))
        self.dtype = getattr(torch, dtype)
        self.names = {m: name or type(m).__name__ for name, m in self.model.named_modules()}

    @property
    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__}

    def weights(self) -> dict[str, np.ndarray]:
        return {name: as_numpy(a).copy() for name, a in self.model.state_dict().items()}

    def load(self, weights: Mapping[str, np.ndarray]) -> None:
        """Raises ValueError where they do not fit."""
        try:
            self.model.load_state_dict({name: torch.tensor(a) for name, a in weights.items()})
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    def ask(self, inputs: Sequence[np.ndarray], training: bool, forced: Sequence[Called] | None = None,
            gradients: bool = True) -> Answers:
        state = deepcopy(self.model.state_dict())
        given = [torch.tensor(a, dtype=self.dtype if a.dtype.kind == "f" else None) for a in inputs]
        for t in given:
            t.requires_grad_(t.is_floating_point() and gradients)
        self.model.train(training)
        self.model.zero_grad()
        found = Answers([], [])
        try:
            with torch.set_grad_enabled(gradients), without_draws(self.model), self.recorded(found, forced):
                outputs = [t for t in tensors(self.model(*given)) if t.is_floating_point()]
            found.outputs = [as_numpy(t) for t in outputs]
            if gradients:
                sum((t * torch.tensor(cotangent(k, t), dtype=t.dtype)).sum() for k, t in enumerate(outputs)).backward()
                found.gradients = {f"input {k}": as_numpy(t.grad) for k, t in enumerate(given) if t.grad is not None}
                found.gradients |= {name: as_numpy(p.grad) for name, p in self.model.named_parameters() if p.grad is not None}
            if training:
                found.after = {name: as_numpy(a).copy() for name, a in self.model.named_buffers() if a.is_floating_point()}
        finally:
            self.model.load_state_dict(state)
        return found

    @contextmanager
    def recorded(self, found: Answers, forced: Sequence[Called] | None):
        place = Forced(forced)

        def before(module, args):
            if forced is None or any(True for _ in module.children()):
                return None
            call = place.next(type(module).__name__, list(tensors(args)))
            self.given[module] = (list(tensors(args)), call)
            return None if call is None else put(args, iter(call.inputs))

        def after(module, args, out):
            if any(True for _ in module.children()):
                return None
            own, call = self.given.pop(module, (list(tensors(args)), None))
            found.layers.append(Called(self.names[module], type(module).__name__, [as_numpy(t).copy() for t in own],
                                       [as_numpy(t).copy() for t in tensors(out)]))
            return None if call is None else put(out, iter(call.outputs))
        self.given: dict[nn.Module, Any] = {}
        handles = [h for m in self.names for h in (m.register_forward_pre_hook(before), m.register_forward_hook(after))]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def put(given: Any, arrays: Iterator[np.ndarray]) -> Any:
    """The nest with these arrays in the places of its tensors."""
    return nest.exchanged(given, torch.Tensor, lambda t: torch.tensor(next(arrays)).to(t.dtype))


@contextmanager
def without_draws(model: nn.Module):
    """No module drops."""
    rates = [(m, name, getattr(m, name)) for m in model.modules() for name in ("p", "dropout")
             if isinstance(getattr(m, name, None), float) and isinstance(m, (nn.modules.dropout._DropoutNd, nn.RNNBase,
                                                                             nn.MultiheadAttention))]
    for m, name, _ in rates:
        setattr(m, name, 0.0)
    try:
        yield
    finally:
        for m, name, rate in rates:
            setattr(m, name, rate)
