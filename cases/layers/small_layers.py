"""Layers of one line: flatten, dropout, embedding, and an activation on its own."""

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer

DTYPES = ("float64", "float32")
IMAGE = {"batch": 2, "height": 3, "width": 4, "channels": 5}


def elementwise_case(name, layer, *, seed, catches, shape, sizes, rate=None, scale=1.0, at_least=-np.inf) -> Case:
    """A layer without parameters whose output has the shape of x, but for flatten; a mask where there is a rate. x is cut off
    below `at_least`."""
    draw = drawer(seed)
    mask = {} if rate is None else {"mask": (np.random.default_rng(seed).random(shape) >= rate).astype("float64")}
    y = (shape[0], int(np.prod(shape[1:]))) if layer.kind == "flatten" else shape
    return Case(name=name, group=layer.kind, network=(layer,), sizes=sizes, catches=catches, params={}, constants=frozenset(mask),
                inputs={"x": np.maximum(scale * draw(*shape), at_least), **mask}, cotangents={"y": draw(*y)})


def flatten_dense_case(name, order) -> Case:
    """An image flattened into a dense layer, the place where the order of the axes does harm."""
    draw, draw_params = drawer(405), drawer(1405, 0.3)
    return Case(
        name=name, group="flatten", network=(Layer("flatten", "flatten", {"axes": 3, "order": order}), Layer("dense", "head")),
        sizes={**IMAGE, "flat": 60, "output": 7}, catches="the rows of a dense kernel in the order of the other layout",
        params={"head/kernel": draw_params(60, 7), "head/bias": draw_params(7)},
        inputs={"x": draw(*IMAGE.values())}, cotangents={"y": draw(2, 7)})


def embedding_case(name) -> Case:
    """Tokens that repeat within and across examples, and some that do not occur; a dense head behind."""
    draw, draw_params = drawer(406), drawer(1406, 0.5)
    return Case(
        name=name, group="embedding", network=(Layer("embedding", "embedding"), Layer("dense", "head", {"activation": "tanh"})),
        sizes={"batch": 2, "time": 5, "vocabulary": 8, "features": 3, "output": 4},
        catches="the gradient of a token that occurs twice counted once",
        params={"embedding/table": draw_params(8, 3), "head/kernel": draw_params(3, 4), "head/bias": draw_params(4)},
        inputs={"x": np.array([[1, 6, 1, 0, 1], [4, 0, 6, 3, 7]])}, cotangents={"y": draw(2, 5, 4)})


def alone_embedding_case(name) -> Case:
    """One embedding: x holds integers alone, so the parameters alone take a gradient."""
    return Case(
        name=name, group="embedding", network=(Layer("embedding"),),
        sizes={"batch": 3, "time": 4, "vocabulary": 7, "features": 5},
        catches="a token that is no row number; a row that no token names must have gradient zero",
        params={"table": drawer(1407)(7, 5)}, inputs={"x": np.array([[2, 5, 2, 0], [1, 2, 6, 5], [0, 5, 5, 5]])},
        cotangents={"y": drawer(407)(3, 4, 5)})


SMALL = {
    "flatten-as_stored": dict(layer=Layer("flatten", config={"axes": 3}), seed=400, shape=tuple(IMAGE.values()), sizes=IMAGE,
                              catches="numbers that change places"),
    "flatten-channels_first": dict(layer=Layer("flatten", config={"axes": 3, "order": "channels_first"}), seed=401,
                                   shape=tuple(IMAGE.values()), sizes=IMAGE,
                                   catches="a channels-last image flattened in the order of the other layout"),
    "dropout-inverted": dict(layer=Layer("dropout", config={"rate": 0.3}), seed=402, rate=0.3, shape=(6, 7),
                             sizes={"batch": 6, "features": 7}, catches="scaled by the rate, or not scaled back"),
    "dropout-noscale": dict(layer=Layer("dropout", config={"rate": 0.3, "scaling": "none"}), seed=403, rate=0.3, shape=(6, 7),
                            sizes={"batch": 6, "features": 7}, catches="scaled back though the convention does not"),
    "dropout-zeros": dict(layer=Layer("dropout", config={"rate": 0.4}), seed=410, rate=0.4, shape=(6, 7), at_least=0.0,
                          sizes={"batch": 6, "features": 7},
                          catches="a mask taken for the zeros of x or y, which are zero behind a ReLU too"),
    "activation-softmax_axis": dict(layer=Layer("activation", config={"function": "softmax", "axis": -2}), seed=404,
                                    shape=(2, 3, 5), sizes={"batch": 2, "time": 3, "features": 5},
                                    catches="a softmax along the last axis"),
    "activation-silu": dict(layer=Layer("activation", config={"function": "silu"}), seed=408,
                            shape=(2, 3, 5), sizes={"batch": 2, "time": 3, "features": 5},
                            catches="an activation that only works on two axes"),
    "activation-softplus_wide": dict(layer=Layer("activation", config={"function": "softplus"}), seed=409, scale=65.0,
                                     shape=(2, 3, 5), sizes={"batch": 2, "time": 3, "features": 5},
                                     catches="log(1 + exp(a)) as it stands: in float32 exp overflows at 89"),
}

CASES = tuple(
    case.astype(dtype) for dtype in DTYPES for case in (
        *(elementwise_case(f"{name}-{dtype}", **fixture) for name, fixture in SMALL.items()),
        *(flatten_dense_case(f"flatten-{order}_dense-{dtype}", order) for order in ("as_stored", "channels_first")),
        embedding_case(f"embedding-dense-{dtype}"), alone_embedding_case(f"embedding-alone-{dtype}")))
