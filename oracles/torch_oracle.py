"""PyTorch on the CPU: torch.nn modules where PyTorch has the layer, its primitives where it has not; torch.autograd.

A layer is built by one function of `LAYERS` (oracles/torch_layers): (layer, params, case) -> Built. The runner chains
them, asks autograd for every gradient in one sweep and lays the answers out canonically.
"""

import numpy as np
import torch

from nnparity.cases.case import Case, Layer, Result, Unsupported
from nnparity.oracles.torch_layers import LAYERS, Built, optimizers

NAME = "torch"


def version() -> str:
    return f"torch {torch.__version__}"


def run(case: Case) -> Result:
    """Outputs and gradients of the case's chain, or the path of its training.

    Raises Unsupported where `LAYERS` has no such layer or torch.optim no such optimizer.
    """
    network = [(layer, made := _build(layer, case), _weights(made.layout.pack(layer.own(case.params))))
               for layer in case.layers]
    built = dict(composed=any(made.composed for _, made, _ in network))
    if case.training:
        return Result(outputs=train(case, network), grads={}, built=optimizers.written(case.training), **built)
    leaves = {name: torch.tensor(a, requires_grad=name in case.differentiable) for name, a in case.inputs.items()}
    outputs = _forward(case, network, leaves)
    inputs = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
    wanted = [*inputs.values(), *(w for *_, own in network for w in own.values())]
    total = sum((outputs[name] * torch.tensor(cotangent)).sum() for name, cotangent in case.cotangents.items())
    pulled = iter(torch.autograd.grad(total, wanted))
    grads = {name: next(pulled).numpy() for name in inputs}
    for layer, made, own in network:
        unpacked = made.layout.unpack({name: next(pulled).numpy() for name in own})
        grads |= {layer.qualify(name): g for name, g in unpacked.items()}
    return Result(outputs={name: a.detach().numpy() for name, a in outputs.items()}, grads=grads,
                  built=" -> ".join(made.built for _, made, _ in network), **built)


def train(case: Case, network) -> dict[str, np.ndarray]:
    """The loss before and every parameter after each step of torch.optim's optimizer."""
    training = case.training
    optimizer = optimizers.build(training, [w for *_, own in network for w in own.values()])
    path = {"loss": []}
    for step in range(training.steps):
        for group in optimizer.param_groups:
            group["lr"] = optimizers.rate(training, step)
        optimizer.zero_grad()
        loss = _forward(case, network, {name: torch.tensor(a) for name, a in training.batch(case, step).items()})["loss"]
        loss.backward()
        optimizer.step()
        path["loss"].append(loss.detach().numpy())
        for layer, made, own in network:
            for name, a in made.layout.unpack({name: w.detach().numpy().copy() for name, w in own.items()}).items():
                path.setdefault(layer.qualify(name), []).append(a)
    return {name: np.stack(values) for name, values in path.items()}


def _forward(case: Case, network, leaves) -> dict[str, torch.Tensor]:
    outputs, x = {}, leaves["x"]
    for layer, made, own in network:
        produced = made.forward(own, {**layer.own(leaves), "x": x})
        if layer is case.loss:
            outputs["loss"] = produced["y"]
        else:
            x = produced["y"]
            outputs |= {layer.qualify(name): a for name, a in produced.items() if name != "y"}
    return {"y": x, **outputs}


def _weights(packed) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(a, requires_grad=True) for name, a in packed.items()}


def _build(layer: Layer, case: Case) -> Built:
    if layer.kind not in LAYERS:
        raise Unsupported(f"the torch oracle has no layer {layer.kind!r}")
    return LAYERS[layer.kind](layer, layer.own(case.params), case)
