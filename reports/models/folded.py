"""Batch normalisations that an exporter put into the kernels in front of them: gamma / √(variance + epsilon) is a factor of every
filter, and what is left a bias.

Where the other model's kernel is that product, the two layers are asked as one, so that right files are not said to lack them.
"""

from collections.abc import Mapping

import numpy as np

from nnparity.oracles.layouts import Layout
from nnparity.oracles.models.op import Op
from nnparity.reports.models.side import Side, canonical

# the axis of a kernel along which its outputs stand
OUTPUTS = {"dense": -1, "conv1d": 0, "conv2d": 0, "conv3d": 0, "conv_transpose1d": 1, "conv_transpose2d": 1}
ROUNDED = 1e-6  # exporters compute the product in single precision
Params = Mapping[str, np.ndarray]


def folded(one: Side, other: Side) -> dict[int, int]:
    """{place of a batch normalisation of `one`: place of the layer in front of it} where `other` has both in one kernel."""
    found = {}
    kernels = [(op.kind, params["kernel"]) for op, params in zip(other.ops, map(other.params.get, range(len(other.ops))))
               if params and op.kind in OUTPUTS]
    made = {v: k for k, op in enumerate(one.ops) for v in op.outputs}
    for k, op in enumerate(one.ops):
        at = made.get(op.inputs[0], -1) if op.kind == "batch_norm" and not op.settings["training"] else -1
        if at < 0 or not foldable(one, at, k):
            continue
        kind, plain = one.ops[at].kind, one.params[at]["kernel"]
        kernel = product(kind, one.params[at], one.params[k], op.settings["epsilon"])["kernel"]
        if any(kind == other_kind and near(kernel, own) and not near(plain, own) for other_kind, own in kernels):
            found[k] = at
    return found


def foldable(side: Side, at: int, k: int) -> bool:
    """Whether a layer's output goes into a normalisation alone, and one of the two has a place for a bias."""
    layer, value = side.ops[at], side.ops[at].outputs[0]
    whole = layer.kind in OUTPUTS and ("transpose" not in layer.kind or layer.settings["groups"] == 1)
    alone = value not in side.trace.outputs and len([op for op in side.ops if value in op.inputs]) == 1
    return whole and alone and "running_mean" in side.params[k] and ("bias" in side.params[at] or "beta" in side.params[k])


def near(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.abs(a - b).max(initial=0) <= ROUNDED * np.abs(a).max(initial=0))


def factor(norm: Params, epsilon: float) -> np.ndarray:
    return norm.get("gamma", 1.0) / np.sqrt(norm["running_variance"] + epsilon)


def along(kind: str, s: np.ndarray, ndim: int) -> np.ndarray:
    """One number for each output, along a kernel's axis of them."""
    return np.moveaxis(s.reshape(-1, *(1,) * (ndim - 1)), 0, OUTPUTS[kind])


def product(kind: str, layer: Params, norm: Params, epsilon: float) -> dict[str, np.ndarray]:
    """W s and (b - m) s + beta, with s = gamma / √(v + epsilon)."""
    s = factor(norm, epsilon)
    bias = (layer.get("bias", 0.0) - norm["running_mean"]) * s + norm.get("beta", 0.0)
    return {"kernel": layer["kernel"] * along(kind, s, layer["kernel"].ndim), "bias": bias}


def parted(kind: str, held: Params, layer: Params, norm: Params, epsilon: float) -> tuple[dict, dict]:
    """The arrays of both with which their product is `held`: the statistics and gamma stay, the rest is what is missing."""
    s = factor(norm, epsilon)
    own = {**layer, "kernel": held["kernel"] / along(kind, s, held["kernel"].ndim)}
    if "beta" in norm:
        return own, {**norm, "beta": held["bias"] - (layer.get("bias", 0.0) - norm["running_mean"]) * s}
    return {**own, "bias": held["bias"] / s + norm["running_mean"]}, dict(norm)


def merged(side: Side, places: Mapping[int, int]) -> Side:
    """The side with such pairs as one call each, which stands where the normalisation stood; in the layer's place nothing is
    computed."""
    for k, at in places.items():
        layer = side.ops[at]
        side.ops[k] = together(side, at, k)
        side.ops[at] = Op(f"{layer.name}.folded", layer.title, "structural", {}, lambda ts: (ts[0],), layer.inputs, layer.outputs)
        side.trace.values[layer.outputs[0]] = side.value(layer.inputs[0])
        side.params[at], side.params[k] = {}, canonical(side.runner, side.ops[k])
        shape = side.shape(layer.inputs[0])
        side.places[at] = [np.arange(int(np.prod(shape))).reshape(shape)]
        side.folded.add(k)
    return side


def together(side: Side, at: int, k: int) -> Op:
    layer, norm = side.ops[at], side.ops[k]
    before, epsilon = (side.params[at], side.params[k]), norm.settings["epsilon"]

    def split(arrays):
        return [{n.partition("/")[2]: a for n, a in arrays.items() if n.startswith(head)} for head in ("layer/", "norm/")]

    def unpack(arrays):
        own, its = split(arrays)
        return product(layer.kind, layer.layout.unpack(own), norm.layout.unpack(its), epsilon)

    def pack(held):
        own, its = parted(layer.kind, held, *before, epsilon)
        return {f"layer/{n}": a for n, a in layer.layout.pack(own).items()} | {
            f"norm/{n}": a for n, a in norm.layout.pack(its).items()}
    weights = {f"layer/{n}": w for n, w in layer.weights.items()} | {f"norm/{n}": w for n, w in norm.weights.items()}
    return Op(f"{layer.name} + {norm.name}", f"{layer.title} + {norm.title}", layer.kind, layer.settings,
              lambda ts: norm.call(layer.call(ts)), layer.inputs, norm.outputs, weights, Layout(pack, unpack), layer.axes,
              layer.where)
