"""Convolution's questions: one and two axes, every option of reference_impl/layers/convolution.py, and a chain."""

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer

SIZES_1D = {"batch": 2, "channels": 3, "length": 13, "filters": 5, "kernel": 4}
SIZES_2D = {"batch": 2, "channels": 3, "height": 11, "width": 8, "filters": 6, "kernel height": 4, "kernel width": 5}
GROUPS_1D = {"batch": 2, "channels": 8, "channels of a group": 4, "length": 13, "filters": 6, "kernel": 3}
GROUPS_2D = {"batch": 2, "channels": 8, "channels of a group": 4, "height": 11, "width": 9, "filters": 6,
             "kernel height": 3, "kernel width": 5}
SQUARE_1D = dict.fromkeys(SIZES_1D, 3) | {"length": 5}
SQUARE_2D = dict.fromkeys(SIZES_2D, 3) | {"height": 5, "width": 5}

# point -> (options in 1-D, options in 2-D, what it catches)
POINTS = {
    "generic": ({}, {}, "a flipped kernel, exchanged axes, each filter paired with one channel only (K05)"),
    "square": ({}, {}, "transposed kernels and exchanged axes that are no shape error when all sizes are equal"),
    "stride2": ({"stride": 2}, {"stride": (2, 3)}, "positions counted without the stride, strides of two axes exchanged"),
    "dilation": ({"dilation": 3}, {"dilation": (3, 1)}, "a dilated kernel read as a dense one, dilations exchanged"),
    "dilation-stride": ({"dilation": 2, "stride": 3}, {"dilation": (2, 1), "stride": (1, 2)},
                        "stride and dilation exchanged"),
    "groups": ({"groups": 2}, {"groups": 2}, "groups interleaved instead of side by side, or left out"),
    "same": ({"padding": "same"}, {"padding": "same"}, "the odd cell of 'same' at the start where the kernel is even (C4)"),
    "same-stride2": ({"padding": "same", "stride": 2}, {"padding": "same", "stride": 2},
                     "'same' at stride 2 padded equally on both sides (C3)"),
    "same_lower": ({"padding": "same_lower"}, {"padding": "same_lower", "stride": 3},
                   "the odd cell of padding at the end where it belongs at the start"),
    "explicit": ({"padding": ((3, 1),)}, {"padding": ((1, 2), (0, 3)), "stride": (1, 2)},
                 "padding before and after, or of two axes, exchanged"),
    "nobias": ({}, {}, "a bias where there is none"),
    "relu": ({"activation": "relu"}, {"activation": "relu"},
             "the activation's derivative left out, or put in place of the upstream gradient (K01)"),
}
FLAGS = {"generic": ("K05",), "relu": ("K01",)}


def conv_case(name, kind, config, sizes, *, seed, catches, bias=True, exempt="", group="", **about) -> Case:
    """One convolution at one random point: x and cotangents are unit normal, parameters normal times one half.

    `group` where it is not the kind.
    """
    draw, draw_params = drawer(seed), drawer(seed + 1000, 0.5)
    B, C, F = sizes["batch"], sizes["channels"], sizes["filters"]
    spatial = [sizes[axis] for axis in ("length", "height", "width") if axis in sizes]
    kernel = [sizes[axis] for axis in ("kernel", "kernel height", "kernel width") if axis in sizes]
    out = output_lengths(spatial, kernel, **config)
    params = {"kernel": draw_params(F, C // config.get("groups", 1), *kernel), **({"bias": draw_params(F)} if bias else {})}
    return Case(name=name, group=group or kind, network=(Layer(kind, config=config),), sizes=sizes, params=params,
                inputs={"x": draw(B, C, *spatial)}, cotangents={"y": draw(B, F, *out)},
                catches=catches, exempt=exempt, **about)


def output_lengths(lengths, size, stride=1, dilation=1, padding="valid", **_):
    """How many positions a window of `size` has along axes of these lengths."""
    def of(option):
        return option if isinstance(option, tuple) else (option,) * len(lengths)

    if padding in ("same", "same_lower"):
        return [-(-n // s) for n, s in zip(lengths, of(stride), strict=True)]
    pads = ((0, 0),) * len(lengths) if padding == "valid" else padding
    return [(n + sum(pad) - (k - 1) * d - 1) // s + 1
            for n, k, s, d, pad in zip(lengths, size, of(stride), of(dilation), pads, strict=True)]


def points(dtype):
    for seed, (point, (options_1d, options_2d, catches)) in enumerate(POINTS.items(), start=200):
        for kind, config, generic, square, groups in (("conv1d", options_1d, SIZES_1D, SQUARE_1D, GROUPS_1D),
                                                      ("conv2d", options_2d, SIZES_2D, SQUARE_2D, GROUPS_2D)):
            sizes = {"square": square, "groups": groups}.get(point, generic)
            exempt = "the square twin: channels, filters and kernel all of length 3" if point == "square" else ""
            yield conv_case(f"{kind}-{point}-{dtype}", kind, config, sizes, seed=seed, catches=catches, exempt=exempt,
                            bias=point != "nobias", flags=FLAGS.get(point, ())).astype(dtype)


def chain_case(name) -> Case:
    """Convolution with relu, max-pooling, convolution: the cotangent of the last output flows back through all three."""
    draw, draw_params = drawer(230), drawer(1230, 0.5)
    return Case(
        name=name, group="conv2d",
        network=(Layer("conv2d", "first", {"activation": "relu", "padding": "same"}),
                 Layer("max_pool2d", "pool", {"size": 2}),
                 Layer("conv2d", "second", {"activation": "tanh", "stride": (1, 2)})),
        sizes={"batch": 2, "channels": 3, "height": 12, "width": 11, "filters of the first": 5, "kernel": 4,
               "filters of the second": 6, "width of the second kernel": 1},
        params={"first/kernel": draw_params(5, 3, 4, 4), "first/bias": draw_params(5),
                "second/kernel": draw_params(6, 5, 4, 1) / 2, "second/bias": draw_params(6)},
        inputs={"x": draw(2, 3, 12, 11)}, cotangents={"y": draw(2, 6, 3, 3)},
        catches="an upstream gradient that a layer inside the chain replaces or drops")


def classifier_case(name) -> Case:
    """A small image classifier without its loss: convolution, batch normalisation, max-pooling, flatten, dense."""
    draw, draw_params = drawer(240), drawer(1240, 0.5)
    return Case(
        name=name, group="conv2d",
        network=(Layer("conv2d", "first", {"activation": "relu"}),
                 Layer("batch_norm", "norm", {"epsilon": 1e-3, "momentum": 0.8}),
                 Layer("max_pool2d", "pool", {"size": (2, 3)}),
                 Layer("flatten", "flat", {"axes": 3}),
                 Layer("dense", "head", {"activation": "tanh"})),
        sizes={"batch": 2, "channels": 3, "height": 9, "width": 8, "filters": 5, "kernel": 4, "features": 30, "units": 6,
               "width of the kernel": 1},
        params={"first/kernel": draw_params(5, 3, 4, 1), "first/bias": draw_params(5), "norm/gamma": draw(5),
                "norm/beta": draw(5), "head/kernel": draw_params(30, 6) / 2, "head/bias": draw_params(6)},
        inputs={"x": draw(2, 3, 9, 8), "norm/running_mean": draw(5), "norm/running_variance": 1 + draw(5)**2},
        cotangents={"y": draw(2, 6)}, constants=frozenset({"norm/running_mean", "norm/running_variance"}),
        observed=frozenset({"norm/running_mean", "norm/running_variance"}),
        catches="channels, rows and columns flattened in another order than the dense kernel's rows (C12)")


CASES = (*points("float64"), *points("float32"),
         *(case.astype(dtype) for dtype in ("float64", "float32")
           for case in (chain_case(f"conv2d-chain-{dtype}"), classifier_case(f"conv2d-chain-classifier-{dtype}"))))
