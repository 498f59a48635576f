"""Pooling in PyTorch."""

import torch
import torch.nn.functional as F

from nnparity.cases.case import Case, Layer
from nnparity.oracles.chain import Built
from nnparity.oracles.layouts.padding import explicit, per_axis
from nnparity.oracles.torch_layers.convolution import pad


def max_pool(layer: Layer, _params, _case: Case) -> Built:
    """torch.nn.functional.max_pool1d, max_pool2d; its own padding is equal on both sides, other padding is F.pad(-inf)."""
    axes = int(layer.kind[-2])
    function = getattr(F, layer.kind)

    def forward(_weights, inputs):
        x = inputs["x"]
        size, stride, pairs = windows(layer, axes, x)
        if symmetric(pairs, size):
            return {"y": function(x, size, stride, [before for before, _ in pairs])}
        return {"y": function(pad(x, pairs, -torch.inf), size, stride)}

    return Built(f"torch.nn.functional.{layer.kind}({written(layer)}), padding by torch.nn.functional.pad(-inf) where it is "
                 "not equal on both sides", forward)


def average_pool(layer: Layer, _params, _case: Case) -> Built:
    """torch.nn.functional.avg_pool1d, avg_pool2d with count_include_pad.

    Its own padding is equal on both sides and at most half the window. Other padding is F.pad; dividing by the cells is then
    the average of x over the average of ones.
    """
    axes = int(layer.kind[-2])
    function = getattr(F, f"avg_pool{axes}d")
    include = layer.config.get("divisor", "window") == "window"
    padding, size = layer.config.get("padding", "valid"), layer.config["size"]
    lopsided = padding in ("same", "same_lower") or not symmetric(padding, None if size == "global" else per_axis(size, axes))

    def forward(_weights, inputs):
        x = inputs["x"]
        size, stride, pairs = windows(layer, axes, x)
        if not lopsided:
            return {"y": function(x, size, stride, [before for before, _ in pairs], count_include_pad=include)}
        y = function(pad(x, pairs), size, stride)
        return {"y": y if include else y / function(pad(torch.ones_like(x), pairs), size, stride)}

    call = f"torch.nn.functional.avg_pool{axes}d({written(layer)}, count_include_pad={include})"
    if lopsided:
        call = f"torch.nn.functional.pad -> avg_pool{axes}d({written(layer)})" + (
            "" if include else ", divided by the same of ones")
    return Built(call, forward, composed=lopsided and not include)


def windows(layer: Layer, axes: int, x):
    """size, stride and the pairs of padding for x."""
    lengths, size = tuple(x.shape[2:]), layer.config["size"]
    size = lengths if size == "global" else per_axis(size, axes)
    stride = per_axis(layer.config.get("stride") or size, axes)
    return size, stride, explicit(layer.config.get("padding", "valid"), lengths, size, stride, (1,) * axes)


def symmetric(pairs, size=None) -> bool:
    """True where PyTorch's own padding will do: equal on both sides and at most half the window."""
    if pairs == "valid":
        return True
    return all(before == after for before, after in pairs) and (
        size is None or all(2 * before <= k for (before, _), k in zip(pairs, size, strict=True)))


def written(layer: Layer) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in layer.config.items() if k != "divisor")


BUILDERS = {"max_pool1d": max_pool, "max_pool2d": max_pool, "average_pool1d": average_pool, "average_pool2d": average_pool}
