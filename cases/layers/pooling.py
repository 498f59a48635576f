"""Pooling's questions: maximum and average, one and two axes, both divisors, ties."""

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer
from nnparity.cases.layers.convolution import output_lengths

SIZES_1D = {"batch": 2, "channels": 3, "length": 13}
SIZES_2D = {"batch": 2, "channels": 3, "height": 11, "width": 8}
WINDOW = "an incomplete last window kept (C8), stride taken for size, cells of two windows that overlap counted once"
PAD = "cells of padding that win against negative numbers: zeros in place of -inf (C7)"
DIVISOR = "padding counted in the divisor, or not, where it should be the other way (C6)"

# (layer, point) -> (options in 1-D, options in 2-D, what it catches)
POINTS = {
    ("max_pool", "generic"): ({"size": 3}, {"size": (2, 3)}, WINDOW),
    ("max_pool", "overlap"): ({"size": 4, "stride": 2}, {"size": (4, 3), "stride": (2, 1)}, WINDOW),
    ("max_pool", "same"): ({"size": 4, "stride": 3, "padding": "same"},
                           {"size": (2, 4), "stride": 3, "padding": "same"}, PAD),
    ("max_pool", "same_lower"): ({"size": 4, "stride": 3, "padding": "same_lower"},
                                 {"size": (2, 4), "stride": (2, 3), "padding": "same_lower"}, PAD),
    ("max_pool", "explicit"): ({"size": 3, "stride": 2, "padding": ((1, 1),)},
                               {"size": (3, 4), "stride": 2, "padding": ((0, 2), (2, 1))}, PAD),
    ("max_pool", "global"): ({"size": "global"}, {"size": "global"}, WINDOW),
    ("average_pool", "generic"): ({"size": 3}, {"size": (2, 3)}, WINDOW),
    ("average_pool", "overlap"): ({"size": 4, "stride": 2}, {"size": (4, 3), "stride": (2, 1)}, WINDOW),
    ("average_pool", "same-window"): ({"size": 4, "stride": 3, "padding": "same", "divisor": "window"},
                                      {"size": (2, 4), "stride": 3, "padding": "same", "divisor": "window"}, DIVISOR),
    ("average_pool", "same-cells"): ({"size": 4, "stride": 3, "padding": "same", "divisor": "cells"},
                                     {"size": (2, 4), "stride": 3, "padding": "same", "divisor": "cells"}, DIVISOR),
    ("average_pool", "explicit-window"): ({"size": 3, "stride": 2, "padding": ((1, 1),), "divisor": "window"},
                                          {"size": (2, 4), "padding": ((1, 1), (2, 2)), "divisor": "window"}, DIVISOR),
    ("average_pool", "explicit-cells"): ({"size": 3, "stride": 2, "padding": ((1, 1),), "divisor": "cells"},
                                         {"size": (2, 4), "padding": ((1, 0), (2, 1)), "divisor": "cells"}, DIVISOR),
    ("average_pool", "global"): ({"size": "global"}, {"size": "global"}, WINDOW),
}


def pool_case(name, kind, config, sizes, *, seed, catches, draw_x=None, exempt="") -> Case:
    """One pooling layer at one random point; x and cotangent are unit normal."""
    draw = drawer(seed)
    B, C, *spatial = sizes.values()
    size = config["size"]
    size = tuple(spatial) if size == "global" else size if isinstance(size, tuple) else (size,) * len(spatial)
    out = output_lengths(spatial, size, config.get("stride", size), padding=config.get("padding", "valid"))
    return Case(name=name, group=kind, network=(Layer(kind, config=config),), sizes=sizes, params={},
                inputs={"x": (draw_x or draw)(B, C, *spatial)}, cotangents={"y": draw(B, C, *out)},
                catches=catches, exempt=exempt)


def points(dtype):
    for seed, ((layer, point), (options_1d, options_2d, catches)) in enumerate(POINTS.items(), start=300):
        for axes, config, sizes in ((1, options_1d, SIZES_1D), (2, options_2d, SIZES_2D)):
            yield pool_case(f"{layer}{axes}d-{point}-{dtype}", f"{layer}{axes}d", config, sizes, seed=seed,
                            catches=catches).astype(dtype)


def small_integers(*shape):
    """0, 1 and 2 in random order: most windows hold their maximum more than once."""
    return np.random.default_rng(330).integers(0, 3, shape).astype(float)


def ties(dtype):
    for axes, size, sizes in ((1, 4, SIZES_1D), (2, (3, 2), SIZES_2D)):
        yield pool_case(f"max_pool{axes}d-ties-{dtype}", f"max_pool{axes}d", {"size": size, "stride": 2}, sizes, seed=331,
                        draw_x=small_integers, catches="a gradient shared among equal maxima, or sent to the last (C9)",
                        exempt="whole numbers, so that maxima are equal on purpose").astype(dtype)


# At a tie the maximum has no derivative: these are compared with the frameworks' choice, and judged by nobody else.
CASES = tuple(case for dtype in ("float64", "float32") for case in (*points(dtype), *ties(dtype)))
