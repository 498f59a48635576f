"""Losses in PyTorch: torch.nn.functional where it has the loss and the reduction, tensor arithmetic where it has not."""

import torch
from torch.nn import functional as F

from nnparity.cases.case import Case, Layer
from nnparity.oracles.chain import Built

OWN_REDUCTIONS = ("mean", "sum", "none")


def reduced(losses, reduction: str, batch: int):
    """The losses of elements or examples (batch, ...) reduced as PyTorch has no word for."""
    match reduction:
        case "batch_mean":
            return losses.sum() / batch
        case "feature_mean":
            return losses.mean(-1).sum()
        case "per_class":
            return losses.flatten(0, -2).mean(0)
    return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()


def of_elements(name: str, reduction: str):
    """F.<name>(x, target) under any reduction: (function, how it is written, composed)."""
    function = getattr(F, name)
    if reduction in OWN_REDUCTIONS:
        return (lambda x, t: function(x, t, reduction=reduction)), f"F.{name}(reduction={reduction!r})", False
    return ((lambda x, t: reduced(function(x, t, reduction="none"), reduction, len(x))),
            f"F.{name}(reduction='none') -> {reduction}", True)


def loss(function, built: str, composed: bool) -> Built:
    return Built(built, lambda weights, inputs: {"y": function(inputs["x"], inputs["target"])},  # noqa: ARG005
                 composed=composed)


def squared_error(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """torch.nn.functional.mse_loss; half of it for scale="half"."""
    function, built, composed = of_elements("mse_loss", layer.config.get("reduction", "mean"))
    if layer.config.get("scale", "full") == "half":
        return loss(lambda x, t: function(x, t) / 2, f"{built} / 2", True)
    return loss(function, built, composed)


def binary_cross_entropy(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """F.binary_cross_entropy is clip="log", F.binary_cross_entropy_with_logits the one on logits."""
    config = {"prediction": "probabilities", "clip": "none", "epsilon": 1e-7, "reduction": "mean", **layer.config}
    if config["prediction"] == "logits":
        return loss(*of_elements("binary_cross_entropy_with_logits", config["reduction"]))
    if config["clip"] == "log":
        return loss(*of_elements("binary_cross_entropy", config["reduction"]))

    def composed(x, t):
        p = torch.clamp(x, config["epsilon"], 1 - config["epsilon"]) if config["clip"] == "probability" else x
        return reduced(-weighted(t, torch.log, p) - weighted(1 - t, torch.log1p, -p), config["reduction"], len(x))

    return loss(composed, f"binary cross-entropy from torch.log and log1p, clip={config['clip']!r}", True)


def weighted(t, log, p):
    """t log p, and 0 with a gradient of 0 where t is 0 whatever p is: torch.xlogy's gradient is nan at p = 0."""
    return t * log(torch.where(t == 0, 0.5, p))


def categorical_cross_entropy(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """F.nll_loss(log p) for sparse labels without clipping; anything else from torch.clamp and torch.log."""
    config = {"labels": "one_hot", "clip": "none", "epsilon": 1e-7, "normalise": "none", "reduction": "mean", **layer.config}
    sparse = config["labels"] == "sparse"

    def composed(p, t):
        if config["normalise"] == "before_clip":
            p = p / p.sum(-1, keepdim=True)
        if config["clip"] == "probability":
            p = torch.clamp(p, config["epsilon"], 1 - config["epsilon"])
        if config["normalise"] == "after_clip":
            p = p / p.sum(-1, keepdim=True)
        if sparse:
            losses = F.nll_loss(torch.log(p).movedim(-1, 1), t, reduction="none")
        else:
            losses = -weighted(t, torch.log, p).sum(-1)
        return reduced(losses, config["reduction"], len(p))

    own = sparse and config["clip"] == config["normalise"] == "none" and config["reduction"] in OWN_REDUCTIONS
    if own:
        return loss(lambda p, t: F.nll_loss(torch.log(p).movedim(-1, 1), t, reduction=config["reduction"]),
                    f"F.nll_loss(torch.log(p), reduction={config['reduction']!r})", False)
    return loss(composed, f"cross-entropy from torch.log, clip={config['clip']!r}, normalise={config['normalise']!r}", True)


def softmax_cross_entropy(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """F.cross_entropy, which wants the classes on axis 1, with class numbers or with class probabilities."""
    reduction = layer.config.get("reduction", "mean")
    sparse = layer.config.get("labels", "one_hot") == "sparse"

    def function(x, t):
        x, t = x.movedim(-1, 1), t if sparse else t.movedim(-1, 1)
        if reduction in OWN_REDUCTIONS:
            return F.cross_entropy(x, t, reduction=reduction)
        return reduced(F.cross_entropy(x, t, reduction="none"), reduction, len(x))

    own = reduction in OWN_REDUCTIONS
    return loss(function, f"F.cross_entropy(reduction={reduction!r})" if own else
                f"F.cross_entropy(reduction='none') -> {reduction}", not own)


BUILDERS = {"squared_error": squared_error, "binary_cross_entropy": binary_cross_entropy,
          "categorical_cross_entropy": categorical_cross_entropy, "softmax_cross_entropy": softmax_cross_entropy}
