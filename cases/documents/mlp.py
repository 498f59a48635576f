"""Builds the cases of the documents' feed-forward networks: a chain of dense layers and a loss, with the arrays given.

Layers are called dense_1, dense_2, ...; a single one is called dense. Documents that write column vectors and store Kᵀ
compute the same numbers: one example is a row of x here.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from nnparity.cases.case import Case, Golden, Layer, Training
from nnparity.cases.documents import of_document
from nnparity.cases.draw import drawer

DTYPES = ("float64", "float32")
HALF_SQUARE = Layer("squared_error", config={"scale": "half", "reduction": "sum"})


def uniform(low: float, high: float):
    """A function `draw(rng, shape)` of evenly distributed numbers, as most of the documents draw their weights."""
    return lambda rng, shape: rng.uniform(low, high, shape)


def normal(scale: float = 1.0):
    """Normal numbers, none closer to zero than a tenth of the scale."""
    return lambda rng, shape: drawer(int(rng.integers(2**31)), scale)(*shape)


def zeros(_rng, shape):
    return np.zeros(shape)


def one_hot(classes: Sequence[int] | np.ndarray, width: int) -> np.ndarray:
    return np.eye(width)[np.asarray(classes)]


def mlp_case(name: str, widths: Sequence[int], activations: Sequence[str | Mapping], *, loss: Layer, x, target, seed: int,
             catches: str, network: str, source: str, flags: tuple[str, ...] = (), weights=None, biases=None,
             bias: Mapping | None = None, loss_alone: bool = False, golden: tuple[Golden, ...] = (), exempt: str = "") -> Case:
    """A chain of dense layers of `widths` (input first) with one activation each: a name, or a config with its options.

    x (batch, widths[0]); target as the loss takes it. `weights(rng, shape)` and `biases(rng, shape)` draw the parameters,
    `bias` is the config of the bias form (a vector by default). `network` is the document's, "N18". `loss_alone` asks for the
    gradient of the loss and nothing else, which is what a document computes: cotangent 1 for the loss, 0 for the outputs.
    Otherwise both are random.
    """
    rng, draw = np.random.default_rng(seed), drawer(seed + 1000)
    weights, biases, bias = weights or normal(0.6), biases or normal(0.6), dict(bias or {})
    form = bias.get("bias", "vector")
    layers, params = [], {}
    for i, (features, units, activation) in enumerate(zip(widths[:-1], widths[1:], activations, strict=True), start=1):
        config = {"activation": activation} if isinstance(activation, str) else dict(activation)
        layer = Layer("dense", f"dense_{i}" if len(widths) > 2 else "dense", {**config, **bias})
        layers.append(layer)
        params[layer.qualify("kernel")] = weights(rng, (features + form.startswith("kernel"), units))
        if form == "vector":
            params[layer.qualify("bias")] = biases(rng, (units,))
    x, target = np.asarray(x, float), np.asarray(target)
    if loss.config.get("labels") != "sparse":
        target = target.astype(float)
    y_shape = (len(x), widths[-1])
    left = y_shape if loss.config.get("reduction") == "none" else ()
    cotangents = ({"y": np.zeros(y_shape), "loss": np.ones(left)} if loss_alone else
                  {"y": draw(*y_shape), "loss": np.asarray(draw(*left))})
    return Case(
        name=name, network=tuple(layers), loss=loss, params=params, cotangents=cotangents, golden=golden, exempt=exempt,
        inputs={"x": x, "target": target}, constants=frozenset({"target"}), sizes=sizes_of(len(x), widths, form),
        catches=catches, flags=flags, **of_document(network, source),
    )


def sizes_of(batch: int, widths: Sequence[int], form: str) -> dict[str, int]:
    """Every axis by name; with a bias row of the kernel also the axis that is one longer."""
    names = ["input", *(f"hidden {i}" for i in range(1, len(widths) - 1)), "output"]
    sizes = {"batch": batch, **dict(zip(names, widths, strict=True))}
    if form.startswith("kernel"):
        sizes |= {f"{name} and bias": width + 1 for name, width in list(zip(names, widths))[:-1]}
    return sizes


def in_both_precisions(*cases: Case) -> tuple[Case, ...]:
    """n07-mlp-{dtype}-generic becomes n07-mlp-float64-generic and n07-mlp-float32-generic."""
    return tuple(case.astype(dtype).replaced(name=case.name.format(dtype=dtype)) for case in cases for dtype in DTYPES)


def trained(case: Case, training: Training) -> Case:
    """The case as a training of its loss."""
    return case.replaced(training=training, cotangents={"loss": np.ones(())}, exempt=case.exempt or "a training")


def one_by_one(n: int) -> tuple[tuple[int], ...]:
    """Per-example steps, in order."""
    return tuple((i,) for i in range(n))
