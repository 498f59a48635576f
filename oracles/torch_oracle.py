"""PyTorch on the CPU: torch.nn modules where PyTorch has the layer, its primitives where it has not; torch.autograd.

A layer is built by one function of `LAYERS` (oracles/torch_layers): (layer, params, case) -> Built. The runner chains
them, asks autograd for every gradient in one sweep and lays the answers out canonically.
"""

import torch

from cases.case import Case, Layer, Result, Unsupported
from oracles.torch_layers import LAYERS, Built

NAME = "torch"


def version() -> str:
    return f"torch {torch.__version__}"


def run(case: Case) -> Result:
    """Outputs and gradients of the case's chain. Raises Unsupported where `LAYERS` has no such layer."""
    leaves = {name: torch.tensor(a, requires_grad=name in case.differentiable) for name, a in case.inputs.items()}
    outputs, x, weights, built = {}, leaves["x"], [], []
    for layer in case.layers:
        made = _build(layer, case)
        own = {name: torch.tensor(a, requires_grad=True) for name, a in made.layout.pack(layer.own(case.params)).items()}
        produced = made.forward(own, {**layer.own(leaves), "x": x})
        weights.append((layer, made, own))
        built.append(made)
        if layer is case.loss:
            outputs["loss"] = produced["y"]
        else:
            x = produced["y"]
            outputs |= {layer.qualify(name): a for name, a in produced.items() if name != "y"}
    outputs = {"y": x, **outputs}

    inputs = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
    wanted = [*inputs.values(), *(w for *_, own in weights for w in own.values())]
    total = sum((outputs[name] * torch.tensor(cotangent)).sum() for name, cotangent in case.cotangents.items())
    pulled = iter(torch.autograd.grad(total, wanted))
    grads = {name: next(pulled).numpy() for name in inputs}
    for layer, made, own in weights:
        unpacked = made.layout.unpack({name: next(pulled).numpy() for name in own})
        grads |= {layer.qualify(name): g for name, g in unpacked.items()}
    return Result(outputs={name: a.detach().numpy() for name, a in outputs.items()}, grads=grads,
                  built=" -> ".join(made.built for made in built), composed=any(made.composed for made in built))


def _build(layer: Layer, case: Case) -> Built:
    if layer.kind not in LAYERS:
        raise Unsupported(f"the torch oracle has no layer {layer.kind!r}")
    return LAYERS[layer.kind](layer, layer.own(case.params), case)
