"""Dense and small layers in PyTorch."""

import math

import torch
from torch.nn import functional as F

from nnparity.cases.case import Case, Layer, Unsupported
from nnparity.oracles.chain import Built
from nnparity.oracles.layouts import LAYOUTS
from nnparity.oracles.torch_layers.built import as_function

WITHOUT_OVERFLOW = {torch.float64: 700.0, torch.float32: 80.0}  # exp of it is finite, and log(1 + exp(a)) is a long before


def activation_function(name: str, options):
    """(function, how it is written, whether it is put together by hand) of an activation with its options."""
    match name, options:
        case "linear", {}:
            return (lambda a: a), "", False
        case "sigmoid", {"beta": beta}:
            return (lambda a: torch.sigmoid(beta * a)), f"torch.sigmoid({beta} * a)", True
        case "sigmoid" | "tanh", {}:
            return getattr(torch, name), f"torch.{name}", False
        case "hard_sigmoid", {"form": "fifth"}:
            return (lambda a: torch.clamp((a + 2.5) / 5, 0, 1)), "torch.clamp((a + 2.5) / 5, 0, 1)", True
        case "hard_sigmoid", {}:
            return F.hardsigmoid, "F.hardsigmoid", False
        case "leaky_relu", {}:
            keywords = {"negative_slope": options.get("slope", 0.01)}
        case "elu", {}:
            keywords = {"alpha": options.get("alpha", 1.0)}
        case "gelu", {}:
            keywords = {"approximate": "tanh" if options.get("approximate") == "tanh" else "none"}
        case "softplus", {"threshold": threshold} if threshold < math.inf:
            keywords = {"threshold": threshold}
        case "softplus", {}:  # PyTorch's own threshold is 20; its log1p(exp(a)) overflows beyond 709, in float32 beyond 88
            double, single = WITHOUT_OVERFLOW.values()
            return ((lambda a: F.softplus(a, threshold=WITHOUT_OVERFLOW[a.dtype])),
                    f"F.softplus(threshold={double}), {single} in float32", False)
        case "softmax" | "log_softmax", {}:
            keywords = {"dim": options.get("axis", -1)}
        case "relu" | "relu6" | "selu" | "silu", {}:
            keywords = {}
        case _:
            raise Unsupported(f"torch: no activation {name!r} with {dict(options)}")
    function = getattr(F, name)
    written = ", ".join(f"{k}={v!r}" for k, v in keywords.items())
    return (lambda a: function(a, **keywords)), f"F.{name}({written})" if written else f"F.{name}", False


def dense(layer: Layer, params, case: Case) -> Built:
    """torch.nn.Linear and a function; a bias row of the kernel is a Linear without bias on an input with one more column."""
    options = dict(layer.config)
    bias, bias_input = options.pop("bias", "vector"), options.pop("bias_input", 1.0)
    function, written, composed = activation_function(options.pop("activation", "linear"), options)
    features, units = params["kernel"].shape
    call = as_function(torch.nn.Linear(features, units, bias=bias == "vector", dtype=getattr(torch, str(case.dtype))))

    def forward(weights, inputs):
        x = inputs["x"]
        if bias.startswith("kernel"):
            constant = torch.full_like(x[..., :1], bias_input)
            x = torch.cat([constant, x] if bias == "kernel_first_row" else [x, constant], -1)
        return {"y": function(call(weights, x))}

    built = f"torch.nn.Linear({features}, {units}{'' if bias == 'vector' else ', bias=False'})"
    if bias.startswith("kernel"):
        built = f"torch.cat with {bias_input:g} -> {built}"
    return Built(f"{built} -> {written}" if written else built, forward, LAYOUTS["torch"]["dense"], composed)


def activation(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """torch.nn.functional's activation alone."""
    options = dict(layer.config)
    function, written, composed = activation_function(options.pop("function"), options)
    return Built(written or "x", lambda weights, inputs: {"y": function(inputs["x"])}, composed=composed)  # noqa: ARG005


def flatten(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """torch.nn.Flatten; in its own layout, channels first, for order="channels_first"."""
    axes, channels_first = layer.config["axes"], layer.config.get("order") == "channels_first"
    module = torch.nn.Flatten(start_dim=-axes)

    def forward(weights, inputs):  # noqa: ARG001
        return {"y": module(torch.movedim(inputs["x"], -1, -axes) if channels_first else inputs["x"])}

    return Built(f"{'channels first -> ' if channels_first else ''}torch.nn.Flatten(start_dim={-axes})", forward)


def dropout(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """By hand: torch.nn.Dropout draws its own mask and takes none."""
    divisor = 1 - layer.config["rate"] if layer.config.get("scaling", "inverted") == "inverted" else 1.0

    def forward(weights, inputs):  # noqa: ARG001
        return {"y": inputs["x"] * inputs["mask"] / divisor}

    return Built("x * mask / (1 - rate)" if divisor != 1 else "x * mask", forward, composed=True)


def embedding(layer: Layer, params, case: Case) -> Built:  # noqa: ARG001
    """torch.nn.Embedding."""
    vocabulary, features = params["table"].shape
    call = as_function(torch.nn.Embedding(vocabulary, features, dtype=getattr(torch, str(case.dtype))))
    return Built(f"torch.nn.Embedding({vocabulary}, {features})",
                 lambda weights, inputs: {"y": call(weights, inputs["x"])}, LAYOUTS["torch"]["embedding"])


def sum_features(_layer: Layer, _params, _case: Case) -> Built:
    """torch.Tensor.sum over the last axis."""
    return Built("x.sum(-1, keepdim=True)", lambda _weights, inputs: {"y": inputs["x"].sum(-1, keepdim=True)})


def transpose(_layer: Layer, _params, _case: Case) -> Built:
    """torch.Tensor.mT."""
    return Built("x.mT", lambda _weights, inputs: {"y": inputs["x"].mT})


BUILDERS = {
    "sum": sum_features, "transpose": transpose,
    "dense": dense, "activation": activation, "flatten": flatten, "dropout": dropout, "embedding": embedding}
