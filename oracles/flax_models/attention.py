"""nnx.MultiHeadAttention as the calls that it is: three dense layers, the attention of each head, a dense layer."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import nn as N

from nnparity.oracles.flax_models import primitives, read
from nnparity.oracles.flax_models.layer import Layer, placed, pure
from nnparity.oracles.layouts.layout import Layout
from nnparity.oracles.models.compute import attention


def dense(original: Callable, m: nnx.Module, name: str, x: Any) -> Any:
    """nnx.LinearGeneral as a dense layer: what it contracts, and what it makes, is one axis there."""
    n, made = len(m.axis), m.out_features
    weights = read.weights_of(m)

    def call(layer, inputs):
        y = original(layer, inputs[0].reshape(*inputs[0].shape[:-1], *m.in_features))
        return (y.reshape(*y.shape[:y.ndim - len(made)], -1),)
    shapes = {key: tuple(v.shape) for key, v in weights.items()}
    layout = Layout(lambda params: {key: a.reshape(shapes[key]) for key, a in params.items()},
                    lambda arrays: {key: a.reshape(int(np.prod(a.shape[:n])), -1) if key == "kernel" else a.reshape(-1)
                                    for key, a in arrays.items()})
    layer = Layer(name, type(m).__name__, "dense", {}, pure(m, weights, call), "", weights, layout)
    flat = x if n == 1 else x.reshape(*x.shape[:x.ndim - n], -1)
    y, = placed(layer, [flat])
    return y if len(made) == 1 else y.reshape(*y.shape[:-1], *made)


def flat(m: nnx.Module, ndim: int) -> bool:
    """Whether it contracts its last axes, as a dense layer does."""
    return isinstance(m, N.linear.LinearGeneral) and not m.batch_axis and read.last(m.axis, ndim) == len(m.axis)


# options of an attention that are read below, or do not change its numbers in float64 without dropout
UNSEEN = ("is_causal", "scale", "dtype", "precision", "promote_dtype", "broadcast_dropout", "module", "dropout_rng")


def heads(name: str, original: Callable) -> Callable:
    """nnx.dot_product_attention and jax.nn's, (batch, time, heads, width), as the attention of each head."""
    def call(q, k, v, bias=None, mask=None, **options):
        plain = {o: value for o, value in options.items() if o not in UNSEEN}
        off = not plain.get("dropout_rate") or plain.get("deterministic")
        plain = {o: value for o, value in plain.items() if o not in ("dropout_rate", "deterministic") and value is not None}
        if bias is not None or plain or not off or q.ndim != 4 or q.shape[2] != k.shape[2]:
            return original(q, k, v, bias, mask, **options)
        return mixed(name, q, k, v, mask, bool(options.get("is_causal")), options.get("scale"))
    return call


def mixed(name: str, q: Any, k: Any, v: Any, mask: Any, causal: bool, scale: Any) -> Any:
    def call(weights, inputs):  # noqa: ARG001
        if len(inputs) == 3:
            return (attention(primitives, {"causal": causal, "scale": scale}, {}, inputs)["y"],), {}
        q, k, v, seen = inputs
        scores = jnp.matmul(q, k.swapaxes(-1, -2)) * (scale or q.shape[-1] ** -0.5)
        if causal:
            seen = seen & jnp.tril(jnp.ones(scores.shape[-2:], bool))
        scores = jnp.where(seen, scores, jnp.finfo(scores.dtype).min)
        return (jnp.matmul(jax.nn.softmax(scores, axis=-1), v),), {}

    def describe(inputs):
        """A mask that hides nothing, or what comes later, is none of its own."""
        if len(inputs) == 3:
            return {}
        seen = np.broadcast_to(np.asarray(inputs[3], bool), (*inputs[0].shape[:-1], inputs[1].shape[-2]))
        if np.all(seen == np.tril(np.ones(seen.shape[-2:], bool))):
            return {"causal": True}
        return {} if seen.all() else {"masked": True}
    settings = {"causal": causal, "scale": scale}
    layer = Layer(f"{name}.attention".strip("."), "attention", "attention", settings, call, asked=3, describe=describe)
    given = [a.swapaxes(1, 2) for a in (q, k, v)]
    y, = placed(layer, given + ([] if mask is None else [mask]))
    return y.swapaxes(1, 2)
