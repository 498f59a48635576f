"""One layer as PyTorch builds it."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from nnparity.oracles.layouts import IDENTITY, Layout


@dataclass(frozen=True)
class Built:
    """One layer: the call that was built, how its weights are laid out, and its forward pass on tensors."""

    built: str
    forward: Callable  # (weights {name: tensor}, inputs {name: tensor}) -> outputs {name: tensor}
    layout: Layout = IDENTITY
    composed: bool = False


def as_function(module: torch.nn.Module):
    """A module as a function of its weights, so that autograd sees the case's tensors and not the module's own."""
    return lambda weights, *args: torch.func.functional_call(module, weights, args)
