"""The benchmark's questions: five networks in four sizes, and the clock that both sides are timed with.

Each side runs in its own process and answers questions one at a time, so that neither finds the other's threads or memory. A
step is the forward pass and the gradient of everything: parameters, inputs, initial states.
"""

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer
from nnparity.cases.layers.gru import VARIANTS as GRU_VARIANTS
from nnparity.cases.layers.gru import gru_case
from nnparity.cases.layers.lstm import VARIANTS as LSTM_VARIANTS
from nnparity.cases.layers.lstm import lstm_case
from nnparity.cases.layers.simple_rnn import rnn_case

SIZES = ("tiny", "small", "medium", "large")
DTYPES = ("float64", "float32")
SEQUENCE = {  # batch, time, input, hidden
    "tiny": (2, 5, 3, 4), "small": (8, 20, 16, 32), "medium": (32, 100, 64, 128), "large": (64, 200, 256, 512)}
DENSE = {  # batch, input, hidden, hidden, output
    "tiny": (2, 3, 4, 4, 2), "small": (8, 16, 32, 32, 10), "medium": (64, 128, 256, 256, 10),
    "large": (256, 784, 1024, 1024, 10)}
IMAGE = {  # batch, channels, height = width, filters, filters, output
    "tiny": (2, 1, 8, 2, 3, 2), "small": (8, 1, 28, 8, 16, 10), "medium": (32, 3, 32, 16, 32, 10)}

ABOUT: dict[str, Any] = dict(catches="time", exempt="a benchmark")
RECURRENT: dict[str, tuple[Callable[..., Case], Mapping[str, Any]]] = {
    "lstm": (lstm_case, LSTM_VARIANTS["two_biases"]),
    "gru": (gru_case, GRU_VARIANTS["after"]),
    "gru_before": (gru_case, GRU_VARIANTS["before"]),
    "simple_rnn": (rnn_case, {"recurrent_bias": "separate", "activation": "tanh"}),
}
NETWORKS = (*RECURRENT, "mlp", "cnn")


def question(network: str, size: str, dtype: str) -> Case | None:
    """The case that is timed; None where this network has no such size."""
    if network in RECURRENT:
        make, config = RECURRENT[network]
        lengths = dict(zip(("batch", "time", "input", "hidden"), SEQUENCE[size], strict=True))
        return make(f"{network}-{size}", config, seed=1, sizes=lengths, scale=lengths["hidden"] ** -0.5, **ABOUT).astype(dtype)
    if network == "mlp":
        return mlp(*DENSE[size]).astype(dtype)
    return cnn(*IMAGE[size]).astype(dtype) if size in IMAGE else None


def mlp(batch, *widths) -> Case:
    """Dense layers with ReLU between them."""
    draw, layers = drawer(2), []
    params: dict[str, np.ndarray] = {}
    for n, (features, units) in enumerate(zip(widths, widths[1:])):
        layers.append(Layer("dense", f"dense{n}", {"activation": "relu" if n + 2 < len(widths) else "linear"}))
        params |= {f"dense{n}/kernel": draw(features, units) * features ** -0.5, f"dense{n}/bias": draw(units)}
    return Case(name="mlp", network=tuple(layers), params=params, inputs={"x": draw(batch, widths[0])},
                cotangents={"y": draw(batch, widths[-1])}, sizes={}, **ABOUT)


def cnn(batch, channels, width, *filters_then_output) -> Case:
    """Two 3 × 3 convolutions with ReLU, flattened into a dense layer."""
    draw, layers = drawer(3), []
    params: dict[str, np.ndarray] = {}
    *filters, output = filters_then_output
    for n, (c, f) in enumerate(zip((channels, *filters), filters)):
        layers.append(Layer("conv2d", f"conv{n}", {"activation": "relu"}))
        params |= {f"conv{n}/kernel": draw(f, c, 3, 3) * (9 * c) ** -0.5, f"conv{n}/bias": draw(f)}
    features = filters[-1] * (width - 2 * len(filters)) ** 2
    layers += [Layer("flatten", "flatten", {"axes": 3}), Layer("dense", "head")]
    params |= {"head/kernel": draw(features, output) * features ** -0.5, "head/bias": draw(output)}
    return Case(name="cnn", network=tuple(layers), params=params, inputs={"x": draw(batch, channels, width, width)},
                cotangents={"y": draw(batch, output)}, sizes={}, **ABOUT)


def seconds(step: Callable[[], object], budget: float) -> float:
    """Median time of one call, from as many as fit into the budget, at least three after two to warm up."""
    for _ in range(2):
        step()
    times: list[float] = []
    while len(times) < 3 or sum(times) < budget:
        start = perf_counter()
        step()
        times.append(perf_counter() - start)
    return median(times)
