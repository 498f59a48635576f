"""Convolution in PyTorch."""

import warnings

import torch.nn.functional as F

from nnparity.cases.case import Case, Layer
from nnparity.oracles.chain import Built
from nnparity.oracles.layouts import LAYOUTS
from nnparity.oracles.layouts.padding import explicit, per_axis
from nnparity.oracles.torch_layers.dense import activation_function


def conv(layer: Layer, params, _case: Case) -> Built:
    """torch.nn.functional.conv1d, conv2d. padding="same" exists at stride 1; where it does not, F.pad goes before."""
    size = params["kernel"].shape[2:]
    axes = len(size)
    options = dict(layer.config)
    stride, dilation = (per_axis(options.pop(name, 1), axes) for name in ("stride", "dilation"))
    groups, padding = options.pop("groups", 1), options.pop("padding", "valid")
    activation, written, composed = activation_function(options.pop("activation", "linear"), options)
    function = getattr(F, layer.kind)
    built_in = padding == "valid" or (padding == "same" and set(stride) == {1})

    def forward(weights, inputs):
        x, own = inputs["x"], padding
        if not built_in:
            x, own = pad(x, explicit(padding, x.shape[2:], size, stride, dilation)), "valid"
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Using padding='same' with even kernel")  # it may be slow
            a = function(x, weights["weight"], weights.get("bias"), stride, own, dilation, groups)
        return {"y": activation(a)}

    before = "" if built_in else f"torch.nn.functional.pad({padding}) -> "
    return Built(f"{before}torch.nn.functional.{layer.kind}(stride={stride}, dilation={dilation}, groups={groups}, "
                 f"padding={padding if built_in else 'valid'!r}){f' -> {written}' if written else ''}", forward,
                 LAYOUTS["torch"][layer.kind], composed)


def pad(x, pairs, value=0.0):
    """F.pad, which wants the last axis first."""
    return F.pad(x, [cells for pair in reversed(pairs) for cells in pair], value=value)


BUILDERS = {"conv1d": conv, "conv2d": conv}
