"""Somebody's torch.nn.Module as a function of its weights, with gradients by autograd."""

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from nnparity.oracles.tensors import as_numpy

Arrays = Mapping[str, np.ndarray]


def shapes(module: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    """Its parameters by their names."""
    return {name: tuple(p.shape) for name, p in module.named_parameters()}


@contextmanager
def precision(dtype: np.dtype):
    """What a module makes meanwhile (torch.zeros of its state) has the dtype of a case."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, str(dtype)))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def pulled(module: torch.nn.Module, weights: Arrays, inputs: Arrays, differentiable: Mapping, forward: Callable,
           cotangents: Arrays,
           dtype: np.dtype) -> tuple[dict[str, np.ndarray], dict[str, Any], dict[str, Any]]:
    """(outputs, gradients of weights, of inputs): `forward(call, tensors) -> {name: tensor}` runs `call`, the module with these
    weights. A leaf that the outputs do not depend on has the gradient zero. The module's own parameters stay as they are."""
    with precision(dtype):
        module = module.to(device="cpu", dtype=getattr(torch, str(dtype)))
        leaves = {name: torch.tensor(a, requires_grad=True) for name, a in weights.items()}
        tensors = {name: torch.tensor(a) for name, a in inputs.items()}
        wanted = {name: tensors[name].requires_grad_() for name in tensors if name in differentiable}
        outputs = forward(lambda *arguments: torch.func.functional_call(module, leaves, arguments), tensors)
        shared = [name for name in cotangents if name in outputs]
        every = [*leaves.values(), *wanted.values()]
        upstream = [torch.tensor(cotangents[name]) for name in shared]
        grads = torch.autograd.grad([outputs[name] for name in shared], every, upstream, allow_unused=True)
    found = [np.zeros(leaf.shape, dtype) if g is None else as_numpy(g) for g, leaf in zip(grads, every, strict=True)]
    return ({name: as_numpy(a) for name, a in outputs.items()}, dict(zip(leaves, found)), dict(zip(wanted, found[len(leaves):])))


def ready(module: torch.nn.Module, x: np.ndarray) -> torch.nn.Module:  # noqa: ARG001
    """The module as a network is asked: dropout as in evaluation, batch normalisation as in training."""
    module.eval()
    for part in module.modules():
        if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
            part.train()
    return module


def stack(steps: list) -> torch.Tensor:
    return torch.stack(steps, 1)


def options(module: Any) -> dict[str, Any]:
    """What an instance of PyTorch's own layers was built with, in our words. Raises ValueError for more than one layer."""
    if getattr(module, "num_layers", 1) != 1 or getattr(module, "bidirectional", False) or getattr(module, "proj_size", 0):
        raise ValueError("several layers, directions or a projection: one layer in one direction is asked")
    if isinstance(module, torch.nn.RNN):
        return {"activation": module.nonlinearity}
    if isinstance(module, torch.nn.Conv1d | torch.nn.Conv2d):
        if module.padding_mode != "zeros":
            raise ValueError(f"padding_mode={module.padding_mode!r}: only zeros are asked")
        pads = module.padding if isinstance(module.padding, str) else tuple((n, n) for n in module.padding)
        own = {"stride": module.stride, "dilation": module.dilation, "groups": module.groups}
        plain = {name: value for name, value in own.items() if value not in (1, (1,), (1, 1))}
        return plain | ({} if pads == "valid" or not isinstance(pads, str) and not any(map(any, pads)) else {"padding": pads})
    return {"epsilon": module.eps} if isinstance(module, torch.nn.LayerNorm) else {}


def recurrent_options(cls: type, config: Mapping[str, Any]) -> dict[str, Any]:
    """What a recurrent class of PyTorch's own, whose constructor takes *args and **kwargs, is built with."""
    if not issubclass(cls, torch.nn.RNNBase):
        return {}
    return {"batch_first": True} | ({"nonlinearity": config["activation"]} if issubclass(cls, torch.nn.RNN) and "activation"
                                    in config else {})


def axes(module: Any) -> str:
    """The order of the axes of x, where it is not ours."""
    return "time batch features" if getattr(module, "batch_first", None) is False and hasattr(module, "hidden_size") else ""


def state(array, name: str, module: Any):  # noqa: ARG001
    """An initial state as the module takes it: PyTorch's layers have one for each of their layers."""
    return array[None] if isinstance(module, torch.nn.RNNBase) else array
