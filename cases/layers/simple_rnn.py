"""The simple (Elman) recurrent layer's questions (see reference_impl/layers/simple_rnn.py)."""

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer

# name of the variant -> the options it stands for
VARIANTS = {
    "tanh": {"recurrent_bias": "separate", "activation": "tanh"},
    "tanh_one_bias": {"recurrent_bias": "none", "activation": "tanh"},
    "relu": {"recurrent_bias": "separate", "activation": "relu"},
    "relu_one_bias": {"recurrent_bias": "none", "activation": "relu"},
    "sigmoid": {"recurrent_bias": "separate", "activation": "sigmoid"},
    "sigmoid_one_bias": {"recurrent_bias": "none", "activation": "sigmoid"},
}

SIZES = {"batch": 2, "time": 5, "input": 3, "hidden": 4}
SQUARE = dict.fromkeys(SIZES, 3)

POINTS = {
    "generic": dict(seed=37, sizes=SIZES, scale=0.5, catches="a wrong activation, exchanged kernels, exchanged axes"),
    "square": dict(seed=31, sizes=SQUARE, scale=0.5, exempt="the square twin: every axis equally long",
                   catches="transposed kernels and exchanged axes that are no shape error when all sizes are equal"),
    "linear": dict(seed=32, sizes=SIZES, scale=0.05,
                   catches="a bias left out, doubled or merged, where the activation hardly bends"),
    "saturated": dict(seed=33, sizes=SIZES, scale=1.0,
                      catches="derivatives taken at the wrong point, where the activation is far from linear"),
    "long": dict(seed=34, sizes={"batch": 4, "time": 12, "input": 2, "hidden": 5}, scale=0.4,
                 catches="a gradient that stops, doubles or decays on its way back through time"),
    "stateless": dict(seed=35, sizes=SIZES, scale=0.5, h0=False,
                      catches="an initial state that is not zero when none is given"),
}


def rnn_params(draw, input: int, hidden: int, recurrent_bias: str = "separate") -> dict[str, np.ndarray]:
    """Random parameters in the layouts of the reference."""
    params = {"kernel": draw(input, hidden), "recurrent_kernel": draw(hidden, hidden), "bias": draw(hidden)}
    return params if recurrent_bias == "none" else {**params, "recurrent_bias": draw(hidden)}


def rnn_case(name, config, *, seed, sizes, scale, catches, h0=True, exempt="", flags=(), default=False) -> Case:
    """One layer at one random point: states and cotangents are unit normal, parameters normal times `scale`."""
    B, T, I, H = (sizes[axis] for axis in ("batch", "time", "input", "hidden"))
    draw, draw_params = drawer(seed), drawer(seed + 1000, scale)
    return Case(
        name=name, group="simple_rnn", network=(Layer("simple_rnn", config={} if default else config, default=default),),
        catches=catches, sizes=sizes, flags=flags, exempt=exempt, params=rnn_params(draw_params, I, H, config["recurrent_bias"]),
        inputs={"x": draw(B, T, I), **({"h0": draw(B, H)} if h0 else {})},
        cotangents={"y": draw(B, T, H), "h_n": draw(B, H)},
    )


CASES = tuple(
    rnn_case(f"simple_rnn-{variant}-{dtype}-{point}", config, flags=("K09", "K20"), **fixture).astype(dtype)
    for variant, config in VARIANTS.items() for point, fixture in POINTS.items() for dtype in ("float64", "float32"))

PROBES = tuple(
    rnn_case(f"simple_rnn-default_{biases}-float64-{point}", {"recurrent_bias": recurrent_bias}, default=True,
             **POINTS[point])
    for biases, recurrent_bias in (("two_biases", "separate"), ("one_bias", "none")) for point in ("generic", "square"))
