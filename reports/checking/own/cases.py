"""Cases of somebody's own network, drawn under the rules of ours: weights and biases random and non-zero, at a scale at which
units neither saturate nor stay linear; lengths that are left open are odd and differ from all others; more than one batch.

A network with a loss is asked for the gradients of the loss, which are what it is trained by: its cotangent is one, those of all
other outputs are zero, so that a function may leave them aside. One without is asked to multiply back from a random cotangent.
Where the last states of recurrent layers go nowhere, nobody is asked for them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer
from nnparity.cases.kinds import KINDS, RECURRENT
from nnparity.cases.layers.gru import gru_params
from nnparity.cases.layers.lstm import lstm_params
from nnparity.cases.layers.simple_rnn import rnn_params
from nnparity.cases.rules import InvalidCase
from nnparity.reference_impl.layers.windows import windows
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.own.plan import CONVOLUTIONS, POOLS, Plan, Planned

SEED = 9000
ODD = (5, 7, 11, 13, 17, 19, 23, 29, 31, 37)  # lengths for axes that are left open
BIAS = 0.3  # of a pre-activation of about one
RECTIFIED = ("relu", "relu6", "leaky_relu", "elu", "silu", "gelu", "softplus")
WHY = "somebody's own sizes, whatever they are"
LOSS_ALONE = "a network with a loss is asked for its gradients: cotangent one of the loss, zero of everything else"
MOST = 20_000_000  # numbers in a network: beyond, an answer takes minutes


def chain_of(plan: Plan) -> tuple[tuple[Layer, ...], Layer | None]:
    """The layers with their names: dense_1, dense_2, and lstm where there is one of a kind."""
    kinds = [layer.kind for layer in plan.layers]
    layers = []
    for i, layer in enumerate(plan.layers):
        name = layer.kind if kinds.count(layer.kind) == 1 else f"{layer.kind}_{kinds[:i + 1].count(layer.kind)}"
        config = dict(layer.config)
        if layer.kind in POOLS:
            config["size"] = layer.sizes["size"]
        if layer.kind == "dense" and not layer.bias:
            config["bias"] = "none"
        layers.append(Layer(layer.kind, name, config))
    return tuple(layers), Layer(plan.loss.kind, "", dict(plan.loss.config)) if plan.loss else None


def drawn(plan: Plan, x: Sequence[int | None], seed: int, name: str, catches: str) -> Case:
    """One case of the network with an x of this shape. Raises WrongRequest where the layers do not fit."""
    weights = drawer(seed + 1)
    layers, loss = chain_of(plan)
    taken = {n for layer in plan.layers for n in layer.sizes.values() if isinstance(n, int)}
    shape = tuple(opened(x, taken))
    inputs: dict[str, np.ndarray] = {"x": given(plan, shape, seed)}
    shape = inputs["x"].shape
    sizes = {f"x axis {i}": n for i, n in enumerate(shape)}
    params: dict[str, np.ndarray] = {}
    left: set[str] = set()
    for i, (layer, planned) in enumerate(zip(layers, plan.layers)):
        before_it = shape
        try:
            own, shape = params_and_shape(planned, shape, weights)
        except Misfit as misfit:
            before = f" behind {' '.join(map(str, plan.layers[:i]))}" if i else ""
            raise WrongRequest(f"{planned}{before}: {misfit}") from None
        if planned.kind == "flatten":
            flat = Layer("flatten", layer.name, {"axes": len(before_it) - 1, **layer.config})
            layers = (*layers[:i], flat, *layers[i + 1:])
        params |= {layer.qualify(key): a for key, a in own.items()}
        left |= {layer.qualify(f"{s}_n") for s in KINDS[planned.kind].states}
        sizes |= {f"{layer.name} {j}": n for j, n in enumerate(shape)}
    if sum(a.size for a in params.values()) > MOST:
        raise WrongRequest(f"{sum(a.size for a in params.values()):,} weights are too many; at most {MOST:,}",
                           "A smaller network with the same layers shows the same mistakes")
    draw = drawer(seed + 2)
    cotangents: dict[str, np.ndarray] = {"y": draw(*shape)}
    if loss:
        loss = with_axes(loss, len(shape))
        if plan.of_input and shape != inputs["x"].shape:
            raise WrongRequest(f"the output {shape} has not the shape of the input {inputs['x'].shape} that it is compared with")
        inputs["target"] = inputs["x"].copy() if plan.of_input else target(loss, shape, seed)
        cotangents = {"y": np.zeros(shape), "loss": np.ones(())}
    about: dict[str, Any] = dict(
        name=name, group="", network=layers, loss=loss, params=params, inputs=inputs, cotangents=cotangents, sizes=sizes,
        catches=catches, left=frozenset(left), l2=plan.l2,
        constants=frozenset([*(["target"] if loss else []), *(["x"] if plan.one_hot else [])]))
    if loss:
        return Case(**about, exempt=LOSS_ALONE)
    try:
        return Case(**about)
    except InvalidCase:
        return Case(**about, exempt=WHY)


class Misfit(ValueError):
    """A layer cannot stand behind the one before it."""


def opened(x: Sequence[int | None], taken: set[int]) -> Iterator[int]:
    """The shape with an odd length, that of no other axis, for each None."""
    used = {*taken, *(n for n in x if n)}
    for n in x:
        if n is None:
            n = next(m for m in ODD if m not in used)
            used.add(n)
        yield n


def given(plan: Plan, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """x: tokens for an embedding, one-hot rows where that is said, else normal numbers."""
    first, rng = plan.layers[0], np.random.default_rng(seed)
    if plan.one_hot:
        return np.eye(plan.one_hot)[rng.integers(0, plan.one_hot, shape)]
    return rng.integers(0, first.sizes["vocabulary"], shape) if first.kind == "embedding" else drawer(seed)(*shape)


def params_and_shape(layer: Planned, shape: tuple[int, ...], draw) -> tuple[dict[str, np.ndarray], tuple[int, ...]]:
    """The layer's random parameters and the shape of its y, for an x of this shape. Raises Misfit."""
    kind, sizes, features = layer.kind, layer.sizes, shape[-1] if shape else 0
    needs = {**dict.fromkeys(RECURRENT, 3), "conv1d": 3, "max_pool1d": 3, "average_pool1d": 3, "conv2d": 4, "max_pool2d": 4,
             "average_pool2d": 4}.get(kind)
    if needs and len(shape) != needs:
        axes = ", ".join(KINDS[kind].inputs["x"]).replace("channels/groups", "channels")
        raise Misfit(f"its x has {needs} axes ({axes}), and what it gets has {len(shape)}: {shape}")
    if kind == "dense":
        units = sizes["units"]
        gain = math.sqrt(2) if layer.config.get("activation") in RECTIFIED else 1.0
        own = {"kernel": draw(features, units) * (gain / math.sqrt(features)), "bias": draw(units) * BIAS}
        return own if layer.bias else {"kernel": own["kernel"]}, (*shape[:-1], units)
    if kind in RECURRENT:
        return recurrent_params(layer, features, draw), (*shape[:-1], sizes["units"])
    if kind in CONVOLUTIONS or kind in POOLS:
        return windowed(layer, shape, draw)
    if kind == "flatten":
        if len(shape) < 3:
            raise Misfit(f"there is nothing to flatten in {shape}")
        return {}, (shape[0], math.prod(shape[1:]))
    if kind == "embedding":
        return {"table": draw(sizes["vocabulary"], sizes["features"])}, (*shape, sizes["features"])
    if kind in ("layer_norm", "batch_norm"):
        n = features if kind == "layer_norm" or layer.config.get("axis") == -1 else shape[1]
        return {"gamma": 1 + draw(n) * BIAS, "beta": draw(n) * BIAS}, shape
    return {}, shape


def recurrent_params(layer: Planned, features: int, draw) -> dict[str, np.ndarray]:
    """Each kind's arrays, kernels so wide that a pre-activation is about one whatever the widths."""
    kind, units, config = layer.kind, layer.sizes["units"], layer.config
    if kind == "lstm":
        arrays = lstm_params(draw, features, units, config)
    elif kind == "gru":
        arrays = gru_params(draw, features, units, config["recurrent_bias"])
    else:
        arrays = rnn_params(draw, features, units, config["recurrent_bias"])
    scale = {"kernel": 1 / math.sqrt(features), "recurrent_kernel": 1 / math.sqrt(units)}
    return {name: a * scale.get(name, BIAS) for name, a in arrays.items()}


def windowed(layer: Planned, shape: tuple[int, ...], draw) -> tuple[dict[str, np.ndarray], tuple[int, ...]]:
    kind, config, n = layer.kind, layer.config, KINDS[layer.kind].windows
    size = layer.sizes["size"]
    if size == "global":
        return {}, (*shape[:2], *(1,) * n)
    size = (size,) * n if isinstance(size, int) else tuple(size)
    if len(size) != n:
        raise Misfit(f"a window of {n} lengths is expected, got {size}")
    stride = config.get("stride") or (size if kind in POOLS else 1)
    try:
        slide = windows(kind, shape[2:], size, stride, config.get("padding", "valid"), config.get("dilation", 1))
    except ValueError as error:
        raise Misfit(str(error)) from None
    out = tuple(slide.out)
    if kind in POOLS:
        return {}, (*shape[:2], *out)
    filters, inner = layer.sizes["filters"], shape[1] // config.get("groups", 1)
    gain = math.sqrt(2) if config.get("activation") in RECTIFIED else 1.0
    own = {"kernel": draw(filters, inner, *size) * (gain / math.sqrt(inner * math.prod(size))), "bias": draw(filters) * BIAS}
    return own if layer.bias else {"kernel": own["kernel"]}, (shape[0], filters, *out)


def with_axes(loss: Layer, axes: int) -> Layer:
    """Losses count the axes that they reduce."""
    return loss if axes == 2 else Layer(loss.kind, loss.name, {"axes": axes, **loss.config})


def target(loss: Layer, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Classes for a cross-entropy, one-hot unless its labels are sparse; 0 and 1 for a binary one; else normal numbers."""
    rng = np.random.default_rng(seed + 3)
    if loss.kind in ("softmax_cross_entropy", "categorical_cross_entropy"):
        labels = rng.integers(0, shape[-1], shape[:-1])
        return labels if loss.config.get("labels") == "sparse" else np.eye(shape[-1])[labels]
    if loss.kind == "binary_cross_entropy":
        return rng.integers(0, 2, shape).astype(float)
    return drawer(seed + 3)(*shape)


POINTS: Mapping[str, tuple[int, str]] = {"generic": (0, "whatever is wrong at the sizes that are used"),
                                         "one": (1, "an example that is mixed with its neighbours"),
                                         "few": (3, "a sum over the batch that should be a mean, or the other way round")}


def cases_of(plan: Plan, x: Sequence[int | None], label: str, *, float32: bool = False) -> list[Case]:
    """The cases that are asked: at the sizes that were said, with a batch of one, and with a batch of another length."""
    made = []
    for i, (point, (batch, catches)) in enumerate(POINTS.items()):
        if batch == 1 and any(layer.kind == "batch_norm" for layer in plan.layers) or batch == x[0] and batch:
            continue
        made.append(drawn(plan, (batch or x[0], *x[1:]), SEED + 10 * i, f"{label}-{{}}-{point}", catches))
    return [case.replaced(name=case.name.format(dtype)).astype(dtype)
            for dtype in ("float64", *(["float32"] if float32 else [])) for case in made]


def others_of(plan: Plan, x: Sequence[int | None], label: str) -> list[Case]:
    """Further cases, with other batches: what tells two causes apart that gave the same numbers."""
    return [drawn(plan, (batch, *x[1:]), SEED + 500 + batch, f"{label}-float64-batch_of_{batch}", "two causes that look the same")
            for batch in (2, 4, 6)]


