"""keras.layers.MultiHeadAttention as the calls that it is: three dense layers, the attention of each head, a dense layer."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

from nnparity.oracles.keras_models import primitives
from nnparity.oracles.layouts import Layout
from nnparity.oracles.models.compute import attention
from nnparity.oracles.models.layouts import of
from nnparity.oracles.tensors import as_numpy


def flat(rows: int) -> Layout:
    """A kernel with an axis for heads and one for their width, as a matrix whose rows are its first `rows` axes."""
    shapes: dict[str, tuple[int, ...]] = {}

    def unpack(arrays):
        shapes.update({name: a.shape for name, a in arrays.items()})
        return {name: a.reshape(int(np.prod(a.shape[:rows])), -1) if name == "kernel" else a.reshape(-1)
                for name, a in arrays.items()}

    def pack(params):
        return {name: a.reshape(shapes[name]) for name, a in params.items()}
    return Layout(pack, unpack)


def parted(recorder, la: L.Dense, x, columns: Sequence[int]):
    """One dense layer without activation as several that stand side by side, so many columns each; their weights are kept by the
    recorder, and begin as the layer's."""
    ends = [sum(columns[:k + 1]) for k in range(len(columns))]
    ys = []
    for n, end in zip(columns, ends):
        name = f"{la.name}[{end - n}:{end}]"
        own = recorder.held.setdefault(name, {w.name: keras.Variable(w[..., end - n:end], dtype="float64", name=w.name)
                                              for w in la.weights})

        def call(ts, own=own):
            y = tf.cast(ts[0], "float64") @ own["kernel"].value
            return (y + own["bias"].value if "bias" in own else y,)
        ys.append(recorder.step(name, "dense", {}, call, [x], {"weights": own, "layout": of("keras", "dense"), "title": "Dense"}))
    return recorder.step(f"{la.name}.joined", "structural", {}, lambda ts: (tf.concat(list(ts), -1),), ys)


def readable(la: Any, args, kwargs, known) -> bool:
    """Without masks but that of time, in evaluation or without dropout, on sequences."""
    masked = any(getattr(t, "_keras_mask", None) is not None for t in known)
    plain = ("training", "use_causal_mask", "query", "key", "value")
    options = [k for k, v in kwargs.items() if k not in plain and v is not None and v is not False]
    return (type(la) is L.MultiHeadAttention and len(known) in (2, 3) and all(len(t.shape) == 3 for t in known) and not masked
            and not options and len(args) <= 3 and la.dropout == 0)


def multi_head(recorder, la: Any, args, kwargs):
    """softmax(q kᵀ / √d) v of every head between dense layers; None where that is not what the layer gives."""
    given = dict(zip(("query", "value", "key"), args)) | {k: v for k, v in kwargs.items() if k in ("query", "value", "key")}
    if given.get("key") is None:
        given["key"] = given["value"]
    weights: dict[str, dict[str, Any]] = {}
    for w in la.weights:
        *_, owner, name = w.path.split("/")
        weights.setdefault(owner, {})[name] = w
    H, causal = la.num_heads, bool(kwargs.get("use_causal_mask", False))

    def dense(role, x, rows):
        own = weights[role]

        def call(ts):
            matrix = tf.reshape(own["kernel"], (int(np.prod(own["kernel"].shape[:rows])), -1))
            y = tf.cast(ts[0], matrix.dtype) @ matrix  # the first layer of a model is handed its input as it is
            return (y + tf.reshape(own["bias"], (-1,)) if "bias" in own else y,)
        layout = flat(rows)
        layout.unpack({name: as_numpy(w) for name, w in own.items()})
        return recorder.step(f"{la.name}.{role}", "dense", {}, call, [x], {"weights": own, "layout": layout, "title": "Dense"})

    def apart(ts):
        x = tf.reshape(ts[0], (ts[0].shape[0], ts[0].shape[1], H, -1))
        return (tf.transpose(x, (0, 2, 1, 3)),)
    heads = [recorder.step(f"{la.name}.{role}.heads", "structural", {}, apart, [dense(role, given[role], 1)])
             for role in ("query", "key", "value")]

    def mixing(ts):
        return (attention(primitives, {"causal": causal, "scale": None}, {}, ts)["y"],)
    mixed = recorder.step(f"{la.name}.attention", "attention", {"causal": causal, "scale": None}, mixing, heads)

    def joined(ts):
        x = tf.transpose(ts[0], (0, 2, 1, 3))
        return (tf.reshape(x, (x.shape[0], x.shape[1], -1)),)
    together = recorder.step(f"{la.name}.joined", "structural", {}, joined, [mixed])
    return dense("attention_output", together, 2)
