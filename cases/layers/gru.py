"""The GRU's questions: ten formulas (see reference_impl/layers/gru.py), each at five points, in two precisions."""

import numpy as np

from nnparity.cases.case import Case, Golden, Layer
from nnparity.cases.draw import drawer

# name of the variant -> the conventions it stands for
VARIANTS = {
    f"{name}{suffix}": {"reset": reset, "recurrent_bias": recurrent_bias, "update": update}
    for suffix, update in (("", "keep"), ("_replace", "replace"))
    for name, reset, recurrent_bias in (
        ("after", "after", "inside"),
        ("after_outside", "after", "outside"),
        ("after_nobias", "after", "none"),
        ("before", "before", "outside"),
        ("before_nobias", "before", "none"),
    )
}

SIZES = {"batch": 2, "time": 5, "input": 7, "hidden": 4}
SQUARE = dict.fromkeys(SIZES, 3)

POINTS = {
    "generic": dict(seed=10, sizes=SIZES, scale=0.5,
                    catches="gate order, reset before or after the product, update gate swapped, exchanged axes"),
    "square": dict(seed=11, sizes=SQUARE, scale=0.5, exempt="the square twin: every axis as long as the gate count",
                   catches="transposed kernels and exchanged axes that are no shape error when all sizes are equal"),
    "linear": dict(seed=12, sizes=SIZES, scale=0.05,
                   catches="a bias left out, doubled or merged, where the activations hardly bend"),
    "saturated": dict(seed=13, sizes=SIZES, scale=1.0,
                      catches="precision lost in gates close to 0 and 1; derivatives taken at the wrong point"),
    "long": dict(seed=14, sizes={"batch": 4, "time": 12, "input": 2, "hidden": 5}, scale=0.4,
                 catches="a gradient that stops, doubles or decays on its way back through time"),
    "stateless": dict(seed=15, sizes=SIZES, scale=0.5, h0=False,
                      catches="an initial state that is not zero when none is given"),
}


def gru_params(draw, input: int, hidden: int, recurrent_bias: str = "inside") -> dict[str, np.ndarray]:
    """Random parameters in the layouts of the reference."""
    params = {"kernel": draw(3, input, hidden), "recurrent_kernel": draw(3, hidden, hidden), "bias": draw(3, hidden)}
    return params if recurrent_bias == "none" else {**params, "recurrent_bias": draw(3, hidden)}


def gru_case(name, config, *, seed, sizes, scale, catches, h0=True, exempt="", flags=(), default=False) -> Case:
    """One GRU at one random point: states and cotangents are unit normal, parameters normal times `scale`."""
    B, T, I, H = (sizes[axis] for axis in ("batch", "time", "input", "hidden"))
    draw, draw_params = drawer(seed), drawer(seed + 1000, scale)
    return Case(
        name=name, group="gru", network=(Layer("gru", config=config, default=default),), sizes=sizes, catches=catches,
        flags=flags, exempt=exempt,
        params=gru_params(draw_params, I, H, config.get("recurrent_bias", "inside")),
        inputs={"x": draw(B, T, I), **({"h0": draw(B, H)} if h0 else {})},
        cotangents={"y": draw(B, T, H), "h_n": draw(B, H)},
    )


HAND = "the answer's hand calculation in document N10"
KERAS = "Keras output quoted in document N10"


def ones_case(name, *, h0=0.0, dtype="float64", golden) -> Case:
    """N10: one unit, every weight one, every bias zero, two steps of input one. The cotangents are ours."""
    draw = drawer(100)
    return Case(
        name=name, group="gru", documents=("N10",), flags=("K24",), network=(Layer("gru", config=VARIANTS["after"]),),
        sizes={"batch": 1, "time": 2, "input": 1, "hidden": 1},
        params={"kernel": np.ones((3, 1, 1)), "recurrent_kernel": np.ones((3, 1, 1)),
                "bias": np.zeros((3, 1)), "recurrent_bias": np.zeros((3, 1))},
        inputs={"x": np.ones((1, 2, 1)), "h0": np.full((1, 1), h0)},
        cotangents={"y": draw(1, 2, 1), "h_n": draw(1, 1)},
        catches="the update gate on the candidate: 0.5567 instead of 0.2048 at the first step (K24)",
        exempt="the figures of document N10: one unit, weights all one, biases zero",
        source="N10: document 002, third question", golden=golden,
    ).astype(dtype)


N10 = (
    ones_case("gru-n10-float32", dtype="float32", golden=(
        Golden("y", (0, 0, 0), "0.20482421", KERAS), Golden("y", (0, 1, 0), "0.34675306", KERAS),
        Golden("y", (0, 0, 0), "0.55", "the question's hand calculation in document N10", mistaken=True))),
    ones_case("gru-n10-float64", golden=(
        Golden("y", (0, 0, 0), "0.20482421480989209", HAND, decimals=12,
               why="the answer rounds σ(1) to 0.73105857863 and tanh(1) to 0.761594155956 before it multiplies"),
        Golden("y", (0, 1, 0), "0.346753079407", HAND, decimals=8,
               why="the answer goes on from the state rounded to 0.20482421"))),
    ones_case("gru-n10-rounded_state-float64", h0=0.20482421, golden=(
        Golden("y", (0, 0, 0), "0.346753079407", HAND),)),
)


def shown_by(config) -> tuple[str, ...]:
    """The documents' mistakes that every point shows: h in place of its gradient, cut off in time; z swapped where it keeps."""
    return ("K09", "K20", "K24") if config["update"] == "keep" else ("K09", "K20")


CASES = (
    *(gru_case(f"gru-{variant}-{dtype}-{point}", config, flags=shown_by(config), **fixture).astype(dtype)
      for variant, config in VARIANTS.items() for point, fixture in POINTS.items() for dtype in ("float64", "float32")),
    *N10,
)

PROBES = tuple(
    gru_case(f"gru-default-float64-{point}", {}, default=True, **POINTS[point]) for point in ("generic", "square"))
