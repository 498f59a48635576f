"""Normalisation in PyTorch."""

import torch
import torch.nn.functional as F

from nnparity.cases.case import Case, Layer
from nnparity.oracles.chain import Built
from nnparity.oracles.layouts import LAYOUTS

RUNNING = ("running_mean", "running_variance")


def batch_norm(layer: Layer, _params, case: Case) -> Built:
    """torch.nn.functional.batch_norm: channels on axis 1, momentum the weight of the new, running variance over n-1.

    It moves copies of the running statistics in place, without gradient. Two things it does not have and that are put
    together here: a running variance over n, and gradients by the running statistics in inference.
    """
    options = {"mode": "training", "axis": 1, "epsilon": 1e-5, "momentum": 0.9, "momentum_of": "old",
               "running_divisor": "n", **layer.config}
    training, axis, epsilon = options["mode"] == "training", options["axis"], options["epsilon"]
    new = options["momentum"] if options["momentum_of"] == "new" else 1 - options["momentum"]
    by_statistics = not training and any(layer.qualify(name) in case.differentiable for name in RUNNING)
    own_variance = training and options["running_divisor"] == "n" and layer.qualify("running_variance") in case.inputs

    def forward(weights, inputs):
        x = inputs["x"].movedim(axis, 1)
        if by_statistics:
            def wide(v):
                return v.reshape(-1, *(1,) * (x.ndim - 2))
            x_hat = (x - wide(inputs["running_mean"])) / torch.sqrt(wide(inputs["running_variance"]) + epsilon)
            y = x_hat * wide(weights["weight"]) + wide(weights["bias"])
            return {"y": y.movedim(1, axis)}
        running = {name: inputs[name].detach().clone() for name in RUNNING if name in inputs}
        y = F.batch_norm(x, running.get("running_mean"), running.get("running_variance"), weights.get("weight"),
                         weights.get("bias"), training, new, epsilon)
        if own_variance:
            biased = x.detach().var([i for i in range(x.ndim) if i != 1], unbiased=False)
            running["running_variance"] = (1 - new) * inputs["running_variance"] + new * biased
        return {"y": y.movedim(1, axis), **(running if training else {})}

    built = f"torch.nn.functional.batch_norm(training={training}, momentum={new:.4g}, eps={epsilon})"
    if axis == -1:
        built = f"movedim(-1, 1) -> {built} -> movedim(1, -1)"
    if own_variance:
        built += ", running variance over n by torch.var"
    if by_statistics:
        built = "batch normalisation from torch.sqrt: batch_norm has no gradient by its running statistics"
    return Built(built, forward, LAYOUTS["torch"]["batch_norm"], composed=own_variance or by_statistics)


def layer_norm(layer: Layer, _params, _case: Case) -> Built:
    """torch.nn.functional.layer_norm over the last axis."""
    epsilon = layer.config.get("epsilon", 1e-5)

    def forward(weights, inputs):
        x = inputs["x"]
        return {"y": F.layer_norm(x, x.shape[-1:], weights.get("weight"), weights.get("bias"), epsilon)}

    return Built(f"torch.nn.functional.layer_norm(eps={epsilon})", forward, LAYOUTS["torch"]["layer_norm"])


BUILDERS = {"batch_norm": batch_norm, "layer_norm": layer_norm}
