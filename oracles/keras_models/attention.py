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
from nnparity.oracles.models.op import Said
from nnparity.oracles.tensors import as_numpy

NAMES = ("query", "value", "key")


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


def readable(la: Any, args, kwargs) -> bool:
    """On sequences, and where the weights of the attention are not asked for."""
    plain = ("training", "use_causal_mask", "attention_mask", *NAMES, *(f"{name}_mask" for name in NAMES))
    options = [k for k, v in kwargs.items() if k not in plain and v is not None and v is not False]
    given = [t for t in (*args, *(kwargs.get(name) for name in NAMES)) if t is not None]
    return (type(la) is L.MultiHeadAttention and len(given) in (2, 3) and all(len(t.shape) == 3 for t in given)
            and not options and len(args) <= 3)


def mask_of(la: L.MultiHeadAttention, given, kwargs) -> Any:
    """What hides scores besides time, as the layer computes it; None for nothing."""
    masks = {f"{name}_mask": kwargs.get(f"{name}_mask", getattr(given.get(name), "_keras_mask", None)) for name in NAMES}
    own = kwargs.get("attention_mask")
    if own is None and all(mask is None for mask in masks.values()):
        return None
    return la._compute_attention_mask(given["query"], given["value"], **masks, attention_mask=own,
                                      use_causal_mask=bool(kwargs.get("use_causal_mask", False)))


def said(recorder, la: L.MultiHeadAttention, mask: Any, causal: bool, kwargs, heads) -> Said | None:
    """The attention with what hides scores, a value of the trace where it is handed in, else an array."""
    if mask is None:
        return None
    own = kwargs.get("attention_mask")
    alone = (own is not None and not causal and own.shape == mask.shape
             and np.array_equal(np.array(as_numpy(own), bool), as_numpy(mask)))
    given = recorder.at[id(own)] if alone and id(own) in recorder.at else np.array(as_numpy(mask), bool)
    return Said("attention", {"scale": float(la.key_dim) ** -0.5, "hidden": -1e30, "masks": (("heads", "keeps"),)},
                (*(recorder.number(h) for h in heads), given))


def multi_head(recorder, la: Any, args, kwargs, training: bool):
    """softmax(q kᵀ / √d) v of every head between dense layers; what is drawn in training is left out."""
    given = dict(zip(NAMES, args)) | {k: v for k, v in kwargs.items() if k in NAMES}
    mask = mask_of(la, given, kwargs)
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
        if mask is not None:
            q, k, v = (tf.transpose(t, (0, 2, 1, 3)) for t in ts)
            y, _ = la._compute_attention(q, k, v, attention_mask=mask, training=False)
            return (tf.transpose(y, (0, 2, 1, 3)),)
        return (attention(primitives, {"causal": causal, "scale": None}, {}, ts)["y"],)
    settings: dict[str, Any] = {"causal": causal, "scale": None} if mask is None else {}
    settings |= {"dropout": float(la.dropout)} if training and la.dropout else {}
    mixed = recorder.step(f"{la.name}.attention", "code" if mask is not None else "attention", settings, mixing, heads,
                          {"title": "attention", "said": None if training else said(recorder, la, mask, causal, kwargs, heads)})

    def joined(ts):
        x = tf.transpose(ts[0], (0, 2, 1, 3))
        return (tf.reshape(x, (x.shape[0], x.shape[1], -1)),)
    together = recorder.step(f"{la.name}.joined", "structural", {}, joined, [mixed])
    return dense("attention_output", together, 2)
