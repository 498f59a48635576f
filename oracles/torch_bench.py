"""PyTorch's side of the benchmark. What is timed is the oracle's own layers, forward and the gradient of everything, with all
tensors made beforehand. `about` and `step_of` are called in a process of its own (reports/commands/bench.py).
"""

from functools import partial

import torch

from nnparity.cases.benchmark import question
from nnparity.oracles.chain import Chain
from nnparity.oracles.torch_oracle import FRAMEWORK, version


def about() -> str:
    """The version, and what its products are computed with."""
    torch.set_num_threads(1)
    return (f"{version()}: {torch.backends.cpu.get_cpu_capability()}, "
            f"MKL {'yes' if torch.backends.mkl.is_available() else 'no'}")


def step_of(network: str, size: str, dtype: str):
    """One forward and backward pass, or one of PyTorch's own gradient checks on the same network in float64; None where this
    network has no such size."""
    checked = network.startswith("gradcheck")
    case = question("lstm", size, "float64") if checked else question(network, size, dtype)
    if case is None:
        return None
    chain = Chain(FRAMEWORK, case)
    inputs, cotangents = chain.tensors(case.inputs), chain.tensors(case.cotangents)
    leaves = [*(a for name, a in inputs.items() if name in case.differentiable), *chain.weights]
    if checked:
        for leaf in leaves:
            leaf.requires_grad_()
        return lambda: torch.autograd.gradcheck(lambda *_: tuple(chain.forward(inputs).values()), leaves,
                                                fast_mode=network.endswith("fast"))
    return lambda: FRAMEWORK.pull(partial(chain.forward, inputs), leaves, cotangents)
