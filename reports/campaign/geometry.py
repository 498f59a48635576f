"""Which arrays each kind of layer takes and gives, from a description of the layer and the shape of what enters it.

    link, shape of x  ->  shapes of parameters, of further inputs, and of outputs

Layouts are those of reference_impl/layers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from nnparity.cases.kinds import KINDS, RECURRENT
from nnparity.cases.layers.convolution import output_lengths

Shape = tuple[int, ...]


class Misfit(ValueError):
    """A layer that does not fit the shape before it."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """One layer of a plan: what it is, how many units (filters, features, tokens) it has, and what is given beside x."""

    kind: str
    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    units: int = 0  # units, filters, hidden units, features of an embedding
    taps: Shape = ()  # size of a convolution's kernel
    without: tuple[str, ...] = ()  # optional arrays that are left out: a bias, gamma, an initial state, running statistics


@dataclass(frozen=True)
class Shapes:
    """The arrays of one layer: name -> shape. `work` counts multiplications of the forward pass."""

    params: dict[str, Shape]
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    work: int

    @property
    def y(self) -> Shape:
        return self.outputs["y"]


def shapes(link: Link, x: Shape, *, vocabulary: int = 0) -> Shapes:
    """Raises Misfit where the layer cannot follow an x of this shape."""
    params, inputs, outputs, work = RULES[link.kind](link, x, vocabulary)
    if min(prod(s) for s in (*params.values(), *outputs.values())) < 1:
        raise Misfit(f"{link.kind} gives nothing for x of shape {x}")
    params, inputs = ({k: s for k, s in group.items() if k not in link.without} for group in (params, inputs))
    outputs = {k: s for k, s in outputs.items() if k not in link.without}
    return Shapes(params, inputs, outputs, max(work, prod(outputs["y"])))


def needs(condition: bool, words: str):
    if not condition:
        raise Misfit(words)


def same_shape(link, x, _):
    if axis := link.config.get("axis"):
        needs(len(x) >= 1 - axis and x[axis] > 1, "softmax needs two classes on its axis")
    elif link.config.get("function") in ("softmax", "log_softmax"):
        needs(x[-1] > 1, "softmax needs two classes")
    return {}, {}, {"y": x}, 4 * prod(x)


def dropout(_link, x, _):
    return {}, {"mask": x}, {"y": x}, prod(x)


def dense(link, x, _):
    needs(len(x) in (2, 3), "dense stands behind features or a sequence of them")
    needs(link.units > 1 or link.config.get("activation") not in ("softmax", "log_softmax"), "softmax needs two classes")
    bias = link.config.get("bias", "vector")
    params = {"kernel": (x[-1] + bias.startswith("kernel"), link.units)} | ({"bias": (link.units,)} if bias == "vector" else {})
    return params, {}, {"y": (*x[:-1], link.units)}, prod(x) * link.units


def conv(link, x, _):
    axes, groups = KINDS[link.kind].windows, link.config.get("groups", 1)
    needs(len(x) == axes + 2 and len(link.taps) == axes, f"{link.kind} stands behind (batch, channels) and {axes} axes")
    needs(x[1] % groups == 0 and link.units % groups == 0, "channels and filters that divide into the groups")
    out = lengths(link, x[2:], link.taps)
    params = {"kernel": (link.units, x[1] // groups, *link.taps), "bias": (link.units,)}
    y = (x[0], link.units, *out)
    return params, {}, {"y": y}, prod(y) * prod(params["kernel"][1:])


def pool(link, x, _):
    axes = KINDS[link.kind].windows
    needs(len(x) == axes + 2, f"{link.kind} stands behind (batch, channels) and {axes} axes")
    size = link.config["size"]
    size = x[2:] if size == "global" else size
    y = (*x[:2], *lengths(link, x[2:], size))
    return {}, {}, {"y": y}, prod(y) * prod(size)


def lengths(link, spatial, size):
    """Positions of a window; Misfit where there is none."""
    options = {k: link.config[k] for k in ("stride", "dilation", "padding") if k in link.config}
    if link.taps == ():
        options.setdefault("stride", size)
    out = output_lengths(spatial, size, **options)
    needs(min(out) >= 1, f"a window of {size} does not fit into {spatial}")
    return tuple(out)


def recurrent(link, x, _):
    needs(len(x) == 3, f"{link.kind} stands behind a sequence")
    (B, T, I), H, kind = x, link.units, KINDS[link.kind]
    lengths_of = {"batch": B, "time": T, "input": I, "hidden": H, "gates": len(kind.gates), "peepholes": len(kind.peepholes)}
    params, inputs, outputs = ({name: tuple(lengths_of[axis] for axis in axes) for name, axes in group.items()}
                               for group in (kind.params, kind.inputs, kind.outputs))
    left_out = {"x", *(("recurrent_bias",) if link.config["recurrent_bias"] == "none" else ()),
                *(() if link.config.get("peepholes") else ("peephole",))}
    params, inputs = ({name: shape for name, shape in group.items() if name not in left_out} for group in (params, inputs))
    return params, inputs, outputs, B * T * (I + H) * H * max(len(kind.gates), 1) + 2000 * T


def batch_norm(link, x, _):
    needs(len(x) >= 2, "batch_norm needs channels")
    C = x[link.config["axis"]]
    training = link.config["mode"] == "training"
    needs(not training or prod(x) // C > 1, "a batch of one has no variance")
    running = {"running_mean": (C,), "running_variance": (C,)}
    return {"gamma": (C,), "beta": (C,)}, running, {"y": x, **(running if training else {})}, 8 * prod(x)


def layer_norm(_link, x, _):
    needs(x[-1] > 1, "a layer_norm over one feature is a constant")
    return {"gamma": x[-1:], "beta": x[-1:]}, {}, {"y": x}, 8 * prod(x)


def flatten(link, x, _):
    needs(len(x) > 2 and link.config["axes"] == len(x) - 1, "flatten needs axes to flatten")
    return {}, {}, {"y": (x[0], prod(x[1:]))}, prod(x)


def transpose(_link, x, _):
    needs(len(x) == 3, "transpose stands between a sequence and a signal")
    return {}, {}, {"y": (x[0], x[2], x[1])}, prod(x)


def sum_features(_link, x, _):
    return {}, {}, {"y": (*x[:-1], 1)}, prod(x)


def embedding(link, x, vocabulary):
    needs(len(x) == 2 and vocabulary > 0, "an embedding stands behind tokens")
    return {"table": (vocabulary, link.units)}, {}, {"y": (*x, link.units)}, prod(x) * link.units


RULES = {
    "activation": same_shape, "dropout": dropout, "dense": dense, "conv1d": conv, "conv2d": conv,
    "max_pool1d": pool, "max_pool2d": pool, "average_pool1d": pool, "average_pool2d": pool,
    **dict.fromkeys(RECURRENT, recurrent),
    "batch_norm": batch_norm, "layer_norm": layer_norm, "flatten": flatten, "transpose": transpose, "sum": sum_features,
    "embedding": embedding,
}
