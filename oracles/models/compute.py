"""Each kind of layer as its formula, in neutral settings, on the primitives of a framework: what a candidate is built from.

`compute(ops, kind, settings, params, inputs) -> {"y": ..., ...}`; tensors have our axes: batch, channels, height, width and
batch, time, features. `ops` is the framework (oracles/torch_models/primitives.py, oracles/keras_models/primitives.py). The
formulas are those of reference_impl/layers, of which an oracle must not know; tests hold both against the frameworks' own layers.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnparity.oracles.layouts.padding import explicit, per_axis
from nnparity.oracles.models.functions import activation
from nnparity.oracles.models.recurrent import bidirectional, gru, lstm, simple_rnn


def dense(ops, s, p, xs):
    """y = x W + b."""
    del s
    return {"y": _plus(ops.matmul(xs[0], p["kernel"]), p.get("bias"))}


def embedding(ops, s, p, xs):
    """Rows of a table, of which one, `padding_row`, may be kept as it is: nothing is learnt there."""
    table, row = p["table"], s.get("padding_row")
    if row is not None:
        learnt = ops.constant((np.arange(int(table.shape[0])) != row)[:, None].astype(float))
        table = table * learnt + ops.fixed(table) * (1 - learnt)
    return {"y": ops.take(table, xs[0])}


def conv(ops, s, p, xs):
    x, kernel = xs[0], p["kernel"]
    size, stride, dilation = _window(kernel.shape[2:], s)
    pairs = explicit(s["padding"], x.shape[2:], size, stride, dilation)
    y = ops.conv(_padded(ops, x, pairs, s.get("fill", "zeros")), kernel, stride, dilation, s["groups"])
    return {"y": _plus(y, _channels(ops, p.get("bias"), len(x.shape)))}


# what stands in the padding besides zeros: numbers of the image, by numpy's names
FILLS = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _padded(ops, x, pairs, fill):
    if fill == "zeros":
        return ops.pad(x, ((0, 0), (0, 0), *pairs), 0.0)
    for axis, pair in enumerate(pairs, 2):
        n = int(x.shape[axis])
        x = ops.along(x, np.eye(n)[np.pad(np.arange(n), pair, mode=FILLS[fill])], axis)
    return x


def conv_transpose(ops, s, p, xs):
    """The gradient of a convolution, of which `crop` cells are cut off at each end; less than none are zeros."""
    x, kernel = xs[0], p["kernel"]
    size, stride, dilation = _window(kernel.shape[2:], s)
    full = ops.conv_transpose(x, kernel, stride, dilation, s["groups"])
    crop = s["crop"]
    if isinstance(crop, str):
        wanted = [n * st + (max(k - st, 0) if crop == "valid" else 0) for n, k, st in zip(x.shape[2:], size, stride)]
        extra = [n - w for n, w in zip(full.shape[2:], wanted)]
        crop = [(0, e) if crop == "valid" else (e // 2, e - e // 2) if e > 0 else (0, e) for e in extra]
    y = ops.pad(full, ((0, 0), (0, 0), *((0, max(-after, 0)) for _, after in crop)), 0.0)
    for axis, (before, after) in enumerate(crop, 2):
        y = ops.cut(y, axis, before, y.shape[axis] - max(after, 0))
    return {"y": _plus(y, _channels(ops, p.get("bias"), len(x.shape)))}


def max_pool(ops, s, p, xs):
    del p
    pairs, size, stride = _pooled(s, xs[0])
    return {"y": ops.max_pool(ops.pad(xs[0], ((0, 0), (0, 0), *pairs), -np.inf), size, stride)}


def average_pool(ops, s, p, xs):
    """The sum of a window divided by its size ("window") or by how many of its cells are none of padding ("cells"); cells behind
    the padding, of a last window that is not whole, are never counted."""
    del p
    x = xs[0]
    whole, size, stride = _pooled(s, x)
    pairs, _, _ = _pooled({**s, "ceil": False}, x)
    every, counted = ((0, 0), (0, 0), *whole), ((0, 0), (0, 0), *pairs)
    mean = ops.average_pool(ops.pad(x, every, 0.0), size, stride)
    if not any(map(any, whole)) or s["divisor"] == "window" and whole == pairs:
        return {"y": mean}
    cells = ops.pad(x * 0 + 1, counted, 1.0 if s["divisor"] == "window" else 0.0)
    behind = ((0, 0), (0, 0), *((0, b - a) for (_, a), (_, b) in zip(pairs, whole)))
    return {"y": mean / ops.average_pool(ops.pad(cells, behind, 0.0), size, stride)}


def _pooled(s, x):
    axes = len(x.shape) - 2
    size = per_axis(s["size"], axes)
    stride = per_axis(s["stride"] or size, axes)
    pairs = explicit(s["padding"], x.shape[2:], size, stride, (1,) * axes)
    if s.get("ceil"):
        pairs = tuple((before, after + -(n + before + after - k) % st)
                      for n, (before, after), k, st in zip(x.shape[2:], pairs, size, stride))
    return pairs, size, stride


def batch_norm(ops, s, p, xs):
    """y = gamma (x - m) / sqrt(v + epsilon) + beta, with the statistics of the batch in training."""
    x, ndim = xs[0], len(xs[0].shape)
    axes = tuple(i for i in range(ndim) if i != 1)
    shaped = {name: _channels(ops, a, ndim) for name, a in p.items()}
    outputs = {}
    mean, variance = shaped.get("running_mean"), shaped.get("running_variance")
    if s["training"] or mean is None:
        mean = ops.mean(x, axes)
        variance = ops.mean((x - mean) ** 2, axes)
        n = int(np.prod([x.shape[i] for i in axes]))
        if "running_mean" in p:
            old, new = s["momentum"], 1 - s["momentum"]
            unbiased = variance * (n / (n - 1)) if s["running_divisor"] == "n-1" and n > 1 else variance
            outputs = {"running_mean": old * p["running_mean"] + new * ops.flat(mean),
                       "running_variance": old * p["running_variance"] + new * ops.flat(unbiased)}
    if s.get("divisor") == "n-1" and s["training"]:  # by hand it is also written with the variance of a sample
        n = int(np.prod([x.shape[i] for i in axes]))
        variance = variance * (n / (n - 1))
    outside = s.get("epsilon_in") == "outside"
    y = (x - mean) / (ops.sqrt(variance) + s["epsilon"] if outside else ops.sqrt(variance + s["epsilon"]))
    return {"y": _scaled(y, shaped), **outputs}


def layer_norm(ops, s, p, xs):
    """Over the last axes."""
    x = xs[0]
    axes = tuple(range(len(x.shape) - s["axes"], len(x.shape)))
    centred = x - ops.mean(x, axes)
    return {"y": _scaled(centred / _deviation(ops, centred, axes, s), p)}


def _deviation(ops, centred, axes, s):
    """√(v + epsilon); by hand it is also written with the variance of a sample, or with epsilon outside the root."""
    n = int(np.prod([centred.shape[i] for i in axes]))
    variance = ops.mean(centred**2, axes) * (n / (n - 1) if s.get("divisor") == "n-1" else 1.0)
    return ops.sqrt(variance) + s["epsilon"] if s.get("epsilon_in") == "outside" else ops.sqrt(variance + s["epsilon"])


def rms_norm(ops, s, p, xs):
    x = xs[0]
    return {"y": _scaled(x / _deviation(ops, x, (len(x.shape) - 1,), s), p)}


def group_norm(ops, s, p, xs):
    x = xs[0]
    groups = s["groups"] if s["groups"] > 0 else x.shape[1]
    parted = ops.reshape(x, (x.shape[0], groups, -1))
    centred = parted - ops.mean(parted, (2,))
    y = ops.reshape(centred / ops.sqrt(ops.mean(centred**2, (2,)) + s["epsilon"]), tuple(x.shape))
    return {"y": _scaled(y, {name: _channels(ops, a, len(x.shape)) for name, a in p.items()})}


def upsample(ops, s, p, xs):
    """Every axis is multiplied by the matrix of its interpolation."""
    del p
    y = xs[0]
    for axis, n in enumerate(s["size"], 2):
        y = ops.along(y, interpolation(y.shape[axis], n, s["method"], s["grid"]), axis)
    return {"y": y}


# of a place between two points, in ONNX's words; what lies halfway goes down or up
ROUNDINGS: dict[str, Callable] = {"floor": np.floor, "ceil": np.ceil, "round_prefer_floor": lambda place: np.ceil(place - 0.5),
             "round_prefer_ceil": lambda place: np.floor(place + 0.5)}


def interpolation(n: int, m: int, method: str, grid: str) -> np.ndarray:
    """(m, n): the weight of each of n points in each of m. The place of point i is (i + 1/2) n/m - 1/2 ("half_pixel"),
    i (n - 1)/(m - 1) ("align_corners") or i n/m ("asymmetric"). The nearest point is the one below on the asymmetric grid, else
    the closer one, unless the grid says how its places are rounded: "half_pixel, floor"."""
    i = np.arange(m)
    grid, _, rounding = grid.partition(", ")
    place = {"half_pixel": (i + 0.5) * n / m - 0.5, "align_corners": i * (n - 1) / max(m - 1, 1), "asymmetric": i * n / m}[grid]
    matrix = np.zeros((m, n))
    if method == "nearest":
        nearest = ROUNDINGS[rounding or ("floor" if grid == "asymmetric" else "round_prefer_ceil")]
        matrix[i, np.clip(nearest(place), 0, n - 1).astype(int)] = 1
        return matrix
    place = np.clip(place, 0, n - 1)
    low = np.floor(place).astype(int)
    np.add.at(matrix, (i, low), 1 - (place - low))
    np.add.at(matrix, (i, np.minimum(low + 1, n - 1)), place - low)
    return matrix


def mean(ops, s, p, xs):
    """Over axes of the tensor; over time only of the steps that are `valid` (batch, time), None standing for all."""
    del p
    x, over = xs[0], tuple(s["over"])
    y = ops.mean(x, over)
    if s.get("valid"):
        seen = np.array(s["valid"], float)
        seen = seen.reshape([len(seen), *(seen.shape[1] if axis in over else 1 for axis in range(1, len(x.shape)))])
        y = ops.mean(x * ops.constant(seen), over) / ops.constant(seen.mean(over, keepdims=True))
    return {"y": y if s["keep"] else ops.drop(y, tuple(s["over"]))}


def maximum(ops, s, p, xs):
    del p
    y = ops.largest(xs[0], tuple(s["over"]))
    return {"y": y if s["keep"] else ops.drop(y, tuple(s["over"]))}


def concatenate(ops, s, p, xs):
    del p
    return {"y": ops.concatenate(list(xs), s["axis"])}


def dropout(ops, s, p, xs):
    del ops, s, p
    return {"y": xs[0]}


def prelu(ops, s, p, xs):
    """x where it is positive, else a x with a slope a for each channel."""
    del s
    slope = p["slope"]
    shaped = _channels(ops, slope, len(xs[0].shape)) if len(slope.shape) == 1 else slope
    return {"y": ops.maximum(xs[0], 0.0) + shaped * ops.minimum(xs[0], 0.0)}


def attention(ops, s, p, xs):
    """softmax(q kᵀ · scale + mask) v; q (..., queries, width), k and v (..., keys, width)."""
    del p
    q, k, v = xs if len(xs) == 3 else (xs[0], xs[1], xs[1])
    scores = ops.matmul(q, ops.transposed(k)) * (s["scale"] or q.shape[-1] ** -0.5)
    if s["causal"]:
        later = np.triu(np.ones((int(q.shape[-2]), int(k.shape[-2]))), 1) * -1e300
        scores = scores + ops.constant(later)
    return {"y": ops.matmul(ops.softmax(scores, s.get("axis", -1)), v)}


def arithmetic(f: Callable) -> Callable:
    """f(x0, x1), element by element."""
    return lambda ops, s, p, xs: {"y": f(*xs)}


def _plus(y, bias):
    return y if bias is None else y + bias


def _channels(ops, a, ndim):
    """(channels,) as (1, channels, 1, 1)."""
    return None if a is None else ops.reshape(a, (1, -1, *(1,) * (ndim - 2)))


def _scaled(y, p):
    y = y * p["gamma"] if "gamma" in p else y
    return y + p["beta"] if "beta" in p else y


def _window(size, s):
    size = tuple(int(n) for n in size)
    return size, per_axis(s["stride"], len(size)), per_axis(s["dilation"], len(size))


COMPUTE = {
    "dense": dense, "embedding": embedding, "conv1d": conv, "conv2d": conv, "conv3d": conv, "conv_transpose1d": conv_transpose,
    "conv_transpose2d": conv_transpose, "max_pool1d": max_pool, "max_pool2d": max_pool, "average_pool1d": average_pool,
    "average_pool2d": average_pool, "batch_norm": batch_norm, "layer_norm": layer_norm, "rms_norm": rms_norm,
    "group_norm": group_norm, "upsample": upsample, "mean": mean, "max": maximum, "concatenate": concatenate, "dropout": dropout,
    "prelu": prelu, "attention": attention, "activation": activation, "simple_rnn": simple_rnn, "lstm": lstm, "gru": gru,
    "bidirectional": bidirectional,
}
# of two tensors: with a number of its own such a call is a function of one
ARITHMETIC = {"add": arithmetic(operator.add), "subtract": arithmetic(operator.sub), "multiply": arithmetic(operator.mul),
              "divide": arithmetic(operator.truediv)}


def compute(ops: Any, kind: str, settings: Mapping[str, Any], params: Mapping[str, Any], inputs: Sequence[Any]) -> dict[str, Any]:
    """Raises KeyError for a kind whose formula is not here."""
    return (COMPUTE if kind in COMPUTE else ARITHMETIC)[kind](ops, settings, params, inputs)
