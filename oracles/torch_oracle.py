"""PyTorch on the CPU: torch.nn modules where PyTorch has the layer, its primitives where it has not; torch.autograd.

A layer is built by one function of oracles/torch_layers; oracles/chain.py runs the chain of them.
"""

import torch

from nnparity.cases.case import Case, Result
from nnparity.oracles import chain
from nnparity.oracles.tensors import as_numpy
from nnparity.oracles.torch_layers import BUILDERS, optimizers

NAME = "torch"


class Torch:
    """PyTorch, as oracles/chain.py asks for it."""

    name, layers = NAME, BUILDERS
    tensor = weight = staticmethod(torch.tensor)
    array = staticmethod(as_numpy)

    def version(self) -> str:
        return f"torch {torch.__version__}"

    def squared(self, tensor):
        return tensor.square().sum()

    def pull(self, forward, leaves, cotangents):
        for leaf in leaves:
            leaf.requires_grad_()
        outputs = forward()
        return outputs, torch.autograd.grad([outputs[name] for name in cotangents], leaves, list(cotangents.values()))

    def optimizer(self, training, weights):
        optimizer = optimizers.build(training, weights)

        def update(step, grads):
            for group in optimizer.param_groups:
                group["lr"] = optimizers.rate(training, step)
            for w, g in zip(weights, grads, strict=True):
                w.grad = g
            optimizer.step()

        return optimizers.written(training), update


FRAMEWORK = Torch()
version = FRAMEWORK.version


def run(case: Case) -> Result:
    """Outputs and gradients of the case's chain, or the path of its training.

    Raises Unsupported where `BUILDERS` has no such layer or torch.optim no such optimizer.
    """
    return chain.run(FRAMEWORK, case)
