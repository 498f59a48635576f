"""PyTorch's side of the benchmark: `python -m nnparity.oracles.torch_bench` answers questions on standard input.

What is timed is the oracle's own modules, forward and torch.autograd.grad for everything, with all tensors made beforehand.
"""

import torch

from nnparity.cases.benchmark import question, serve
from nnparity.oracles.torch_oracle import _build, version


def step_of(network: str, size: str, dtype: str):
    """One forward and backward pass, or one of PyTorch's own gradient checks on the same network in float64."""
    if network.startswith("gradcheck"):
        run, leaves, _ = prepared(question("lstm", size, "float64"))
        return lambda: torch.autograd.gradcheck(lambda *_: tuple(run().values()), leaves, fast_mode=network.endswith("fast"))
    case = question(network, size, dtype)
    if case is None:
        return None
    run, leaves, cotangents = prepared(case)

    def step():
        outputs = run()
        return torch.autograd.grad([outputs[name] for name in cotangents], leaves, list(cotangents.values()))

    return step


def prepared(case):
    """The chain as a function without arguments, its leaves, and the cotangents of its outputs."""
    inputs = {name: torch.tensor(a, requires_grad=True) for name, a in case.inputs.items()}
    layers = [(layer, _build(layer, case)) for layer in case.layers]
    weights = [{name: torch.tensor(a, requires_grad=True) for name, a in made.layout.pack(layer.own(case.params)).items()}
               for layer, made in layers]

    def run():
        outputs, x = {}, inputs["x"]
        for (layer, made), own in zip(layers, weights, strict=True):
            produced = made.forward(own, {**layer.own(inputs), "x": x})
            x = produced["y"]
            outputs |= {layer.qualify(name): a for name, a in produced.items() if name != "y"}
        return {"y": x, **outputs}

    leaves = [*inputs.values(), *(w for own in weights for w in own.values())]
    return run, leaves, {name: torch.tensor(a) for name, a in case.cotangents.items()}


if __name__ == "__main__":
    torch.set_num_threads(1)
    serve({"version": version(), "kernel": f"{torch.backends.cpu.get_cpu_capability()}, "
                                           f"MKL {'yes' if torch.backends.mkl.is_available() else 'no'}"}, step_of)
