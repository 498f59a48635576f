"""The LSTM's questions: its conventions and its truncated gradient (see reference_impl/layers/lstm.py) at several points."""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.conventions.lstm import PLAIN
from nnparity.cases.draw import drawer

# name of the variant -> its conventions, all of them written out
VARIANTS = {
    "two_biases": PLAIN,
    "one_bias": PLAIN | {"recurrent_bias": "none"},
}
OPTIONS = {
    "relu": PLAIN | {"recurrent_bias": "none", "activation": "relu", "cell_activation": "relu"},
    "hard_gates": PLAIN | {"recurrent_bias": "none", "gate_activation": "hard_sigmoid"},
    "linear_cell": PLAIN | {"recurrent_bias": "none", "cell_activation": "linear"},
    "forget_bias": PLAIN | {"forget_bias": 1.0},
    "peepholes": PLAIN | {"recurrent_bias": "none", "peepholes": True},
    "truncated2": PLAIN | {"truncate": 2},
    "truncated2_peepholes": PLAIN | {"truncate": 2, "peepholes": True},
}

SIZES = {"batch": 2, "time": 6, "input": 7, "hidden": 5}
SQUARE = dict.fromkeys(SIZES, 4)

POINTS = {
    "generic": dict(seed=20, sizes=SIZES, scale=0.5,
                    catches="gate order, the cell state mistaken for the output, exchanged axes, an option left out"),
    "square": dict(seed=21, sizes=SQUARE, scale=0.5, exempt="the square twin: every axis as long as the gate count",
                   catches="transposed kernels and exchanged axes that are no shape error when all sizes are equal"),
    "linear": dict(seed=22, sizes=SIZES, scale=0.05,
                   catches="a bias left out, doubled or merged, where the activations hardly bend"),
    "saturated": dict(seed=23, sizes=SIZES, scale=1.0,
                      catches="precision lost in gates close to 0 and 1; derivatives taken at the wrong point"),
    "long": dict(seed=24, sizes={"batch": 6, "time": 12, "input": 2, "hidden": 5}, scale=0.4,
                 catches="a gradient that stops, doubles or decays on its way back through time"),
    "stateless": dict(seed=25, sizes=SIZES, scale=0.5, states=(),
                      catches="an initial state that is not zero when none is given"),
}
ONE_STATE: dict[str, Any] = dict(seed=26, sizes=SIZES, scale=0.5, states=("c0",),
                                 catches="the initial cell state taken for the initial state, when only one of them is given")


def lstm_params(draw, input: int, hidden: int, config) -> dict[str, np.ndarray]:
    """Random parameters in the layouts of the reference."""
    params = {"kernel": draw(4, input, hidden), "recurrent_kernel": draw(4, hidden, hidden), "bias": draw(4, hidden)}
    if config.get("recurrent_bias", "separate") == "separate":
        params["recurrent_bias"] = draw(4, hidden)
    if config.get("peepholes"):
        params["peephole"] = draw(3, hidden)
    return params


def lstm_case(name, config, *, seed, sizes, scale, catches, states=("h0", "c0"), exempt="", flags=(), default=False) -> Case:
    """One LSTM at one random point: states and cotangents are unit normal, parameters normal times `scale`."""
    B, T, I, H = (sizes[axis] for axis in ("batch", "time", "input", "hidden"))
    draw, draw_params = drawer(seed), drawer(seed + 1000, scale)
    params = lstm_params(draw_params, I, H, config)
    return Case(
        name=name, group="lstm", network=(Layer("lstm", config={} if default else config, default=default),), catches=catches,
        flags=flags, exempt=exempt, sizes=sizes | ({"peepholes": 3} if config.get("peepholes") else {}), params=params,
        inputs={"x": draw(B, T, I), **{state: draw(B, H) for state in states}},
        cotangents={"y": draw(B, T, H), "h_n": draw(B, H), "c_n": draw(B, H)},
    )


# a window of one step: the initial states take no gradient at all, so none are given
OWN_STEP = PLAIN | {"truncate": 0}


def shown_by(config) -> tuple[str, ...]:
    """The documents' mistakes that every point shows: states in place of their gradients, the output gate's way back lost, a
    delta rebound. With a truncated gradient only what happens within one step is certain."""
    return ("K09", "K10", "K17", "K18", "K19", "K20") if config["truncate"] is None else ("K18",)


CASES = tuple(
    lstm_case(f"lstm-{variant}-{dtype}-{point}", config, flags=shown_by(config), **fixture).astype(dtype)
    for variants, points in ((VARIANTS, POINTS | {"one_state": ONE_STATE}),
                             (OPTIONS, {k: POINTS[k] for k in ("generic", "square", "stateless")}),
                             ({"truncated0": OWN_STEP}, {k: POINTS[k] | {"states": ()} for k in ("generic", "square")}))
    for variant, config in variants.items() for point, fixture in points.items() for dtype in ("float64", "float32"))

PROBES = tuple(
    lstm_case(f"lstm-default_{variant}-float64-{point}", config, default=True, **POINTS[point])
    for variant, config in VARIANTS.items() for point in ("generic", "square"))
