"""Normalisation's questions: batch or running statistics, where channels stand, what momentum weighs, which variance."""

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer

FLAT = {"batch": 7, "channels": 4}
SEQUENCE = {"batch": 2, "channels": 5, "length": 6}
IMAGE = {"batch": 2, "channels": 5, "height": 4, "width": 3}
SQUARE = dict.fromkeys(IMAGE, 3)

STATISTICS = "no gradient through the batch's mean or variance; statistics taken over the wrong axes"
RUNNING = "momentum weighing the new statistics instead of the old (N1), running variance over n or n-1 (N2)"
FROZEN = "the batch's own statistics used in inference"

# point -> (sizes, config, what it catches)
POINTS = {
    "training": (FLAT, {"axis": 1, "epsilon": 1e-3}, STATISTICS),
    "training-sequence": (SEQUENCE, {"axis": 1, "epsilon": 1e-5}, STATISTICS),
    "training-image": (IMAGE, {"axis": 1, "epsilon": 1e-3}, STATISTICS),
    "training-last": (IMAGE, {"axis": -1, "epsilon": 1e-3}, "channels looked for on the wrong axis (N4)"),
    "training-square": (SQUARE, {"axis": 1, "epsilon": 1e-3}, "exchanged axes that are no shape error"),
    "training-epsilon": (FLAT, {"axis": 1, "epsilon": 0.5}, "epsilon outside of the square root, or left out (N3)"),
    "old-n": (FLAT, {"momentum": 0.8, "momentum_of": "old", "running_divisor": "n"}, RUNNING),
    "new-n": (SEQUENCE, {"momentum": 0.3, "momentum_of": "new", "running_divisor": "n"}, RUNNING),
    "old-unbiased": (IMAGE, {"momentum": 0.7, "momentum_of": "old", "running_divisor": "n-1"}, RUNNING),
    "new-unbiased": (FLAT, {"momentum": 0.1, "momentum_of": "new", "running_divisor": "n-1"}, RUNNING),
    "last-unbiased": (SEQUENCE, {"axis": -1, "momentum": 0.6, "momentum_of": "new", "running_divisor": "n-1"}, RUNNING),
    "inference": (FLAT, {"mode": "inference", "epsilon": 1e-3}, FROZEN),
    "inference-image": (IMAGE, {"mode": "inference"}, FROZEN),
    "inference-last": (SEQUENCE, {"mode": "inference", "axis": -1}, FROZEN),
    "inference-statistics": (IMAGE, {"mode": "inference"}, "the derivative by the variance: its power -3/2, its factor 1/2"),
}


def batch_norm_case(name, config, sizes, *, seed, catches, exempt="", by_statistics=False) -> Case:
    """One batch normalisation of numbers around 0.7 with standard deviation 1.5; gamma and beta are unit normal.

    Training returns the moved running statistics, which take no gradient; inference gives none by them either (no
    framework's layer does), unless `by_statistics`.
    """
    config = {"mode": "training", "axis": 1} | config
    draw = drawer(seed)
    shape = list(sizes.values())
    if config["axis"] == -1:
        shape = [shape[0], *shape[2:], shape[1]]
    C = sizes["channels"]
    running = ("running_mean", "running_variance")
    return Case(
        name=name, group="batch_norm", network=(Layer("batch_norm", config=config),), sizes=sizes, catches=catches, exempt=exempt,
        params={"gamma": draw(C), "beta": draw(C)},
        inputs={"x": 1.5 * draw(*shape) + 0.7, "running_mean": draw(C), "running_variance": 0.5 + np.abs(draw(C))},
        cotangents={"y": draw(*shape)}, constants=frozenset(() if by_statistics else running),
        observed=frozenset(running if config["mode"] == "training" else ()))


def batch_norm_points(dtype):
    for seed, (point, (sizes, config, catches)) in enumerate(POINTS.items(), start=400):
        exempt = "the square twin: every axis of length 3" if sizes is SQUARE else ""
        yield batch_norm_case(f"batch_norm-{point}-{dtype}", config, sizes, seed=seed, catches=catches, exempt=exempt,
                              by_statistics=point == "inference-statistics").astype(dtype)


def layer_norm_points(dtype):
    catches = "no gradient through mean or variance; statistics over the batch; epsilon's place and size (N6)"
    for seed, (point, sizes, epsilon, exempt) in enumerate((
            ("generic", {"batch": 3, "features": 7}, 1e-5, ""),
            ("sequence", {"batch": 2, "time": 5, "features": 6}, 1e-3, ""),
            ("epsilon", {"batch": 3, "features": 7}, 0.5, ""),
            ("square", {"batch": 4, "time": 4, "features": 4}, 1e-3, "the square twin: every axis of length 4")), start=430):
        draw = drawer(seed)
        F = sizes["features"]
        yield Case(name=f"layer_norm-{point}-{dtype}", group="layer_norm", sizes=sizes,
                   network=(Layer("layer_norm", config={"epsilon": epsilon}),), catches=catches, exempt=exempt,
                   params={"gamma": draw(F), "beta": draw(F)},
                   inputs={"x": 1.5 * draw(*sizes.values()) + 0.7},
                   cotangents={"y": draw(*sizes.values())}).astype(dtype)


CASES = tuple(case for dtype in ("float64", "float32") for case in (*batch_norm_points(dtype), *layer_norm_points(dtype)))
