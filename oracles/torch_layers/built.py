"""A PyTorch module as a function of its weights."""

import torch


def as_function(module: torch.nn.Module):
    """(weights {name: tensor}, *inputs) -> outputs, so that autograd sees the case's tensors and not the module's own."""
    return lambda weights, *args: torch.func.functional_call(module, weights, args)
