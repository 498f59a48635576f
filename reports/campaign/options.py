"""The options of each kind of layer, drawn: every convention and every option that reference_impl/layers documents.

A function a kind: `(rng, link so far, shape of x) -> Link`. The form that a framework has a layer for is drawn more often than
the others, as in life.
"""

from dataclasses import replace

import numpy as np

from nnparity.cases.conventions import gru, lstm
from nnparity.cases.kinds import KINDS
from nnparity.reports.campaign.geometry import Link

SAFE = ("linear", "sigmoid", "hard_sigmoid", "tanh", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus")
CLASSES = ("softmax", "log_softmax")
COMMON = ("relu", "tanh", "sigmoid", "linear")
ACTIVATION_OPTIONS = {  # activation -> options that it may be given; none more often
    "sigmoid": ({}, {}, {}, {"beta": 2.5}),
    "hard_sigmoid": ({}, {"form": "fifth"}),
    "leaky_relu": ({"slope": 0.01}, {"slope": 0.2}, {"slope": 0.25}, {}),
    "elu": ({}, {"alpha": 1.5}),
    "gelu": ({}, {"approximate": "tanh"}),
    "softplus": ({}, {"threshold": 20.0}),
}
UNBOUNDED = ("relu", "linear")  # recurrent activations whose state may grow from step to step
TRUNCATE_STEPS = 12  # a truncated gradient unrolls every window anew


def pick(rng: np.random.Generator, options):
    return options[int(rng.integers(len(options)))]


def chance(rng: np.random.Generator, p: float) -> bool:
    return bool(rng.random() < p)


def log_uniform(rng: np.random.Generator, most: int, least: int = 1) -> int:
    """A whole number in [least, most]; as many from 1 to 10 as from 10 to 100."""
    most = max(most, least)
    return min(most, int(np.exp(rng.uniform(np.log(least), np.log(most + 1)))))


def activation_config(rng, name: str) -> dict:
    return dict(pick(rng, ACTIVATION_OPTIONS.get(name, ({},))))


def any_activation(rng, extra=()) -> str:
    return pick(rng, COMMON) if chance(rng, 0.5) else pick(rng, SAFE + tuple(extra))


def activation(rng, link, x):
    name = any_activation(rng, CLASSES)
    config = {"function": name, **activation_config(rng, name)}
    if name in CLASSES and len(x) > 2 and chance(rng, 0.4):
        config["axis"] = -2
    return replace(link, config=config)


def dense(rng, link, _x):
    name = any_activation(rng)
    bias = "vector" if chance(rng, 0.75) else pick(rng, ("none", "kernel_first_row", "kernel_last_row"))
    config = {"activation": name, "bias": bias, **activation_config(rng, name)}
    if bias.startswith("kernel"):
        config["bias_input"] = pick(rng, (1.0, -1.0))
    return replace(link, config=config)


def padding(rng, axes: int, size):
    """None, "same", or pairs smaller than the window."""
    if chance(rng, 0.5):
        return {}
    kind = pick(rng, ("same", "same", "same_lower", "explicit"))
    if kind != "explicit":
        return {"padding": kind}
    return {"padding": tuple((int(rng.integers(k)), int(rng.integers(k))) for k in size[:axes])}


def per_axis(rng, axes: int, most: int):
    return tuple(int(rng.integers(1, most + 1)) for _ in range(axes))


def conv(rng, link, x):
    axes = KINDS[link.kind].windows
    taps = tuple(log_uniform(rng, min(5, n)) for n in x[2:])
    name = any_activation(rng)
    config = {"activation": name, **activation_config(rng, name), **padding(rng, axes, taps)}
    if chance(rng, 0.35):
        config["stride"] = per_axis(rng, axes, 3)
    if chance(rng, 0.25):
        config["dilation"] = per_axis(rng, axes, 2)
    units = link.units
    groups = [g for g in (2, 3, 4) if x[1] % g == 0]
    if groups and chance(rng, 0.3):
        config["groups"] = pick(rng, groups)
        units = max(1, units // config["groups"]) * config["groups"]
    return replace(link, config=config, taps=taps, units=units, without=("bias",) if chance(rng, 0.15) else ())


def pool(rng, link, x):
    axes = KINDS[link.kind].windows
    if chance(rng, 0.15):
        return replace(link, config={"size": "global"} | divisor(rng, link))
    size = tuple(min(n, int(rng.integers(1, 4))) for n in x[2:])
    config = {"size": size, **padding(rng, axes, size), **divisor(rng, link)}
    if chance(rng, 0.5):
        config["stride"] = per_axis(rng, axes, 3)
    return replace(link, config=config)


def divisor(rng, link):
    return {"divisor": pick(rng, ("window", "cells"))} if link.kind.startswith("average") else {}


def simple_rnn_layer(rng, link, x):
    activation = pick(rng, ("tanh", "tanh", "relu", "sigmoid"))
    config = {"recurrent_bias": pick(rng, ("separate", "none")), "activation": activation}
    return stateful(rng, replace(link, config=config), x, ("h0",))


def gru_layer(rng, link, x):
    plain = ({"reset": "after", "recurrent_bias": "inside", "update": "keep"},
             {"reset": "before", "recurrent_bias": "none", "update": "keep"})
    return stateful(rng, replace(link, config=dict(pick(rng, plain if chance(rng, 0.6) else gru.CONFIGS))), x, ("h0",))


def lstm_layer(rng, link, x):
    config = dict(lstm.PLAIN) | {"recurrent_bias": pick(rng, ("separate", "none"))}
    if chance(rng, 0.45):
        config |= pick(rng, lstm.CONFIGS)
        if chance(rng, 0.3):
            config["peepholes"] = True
        if chance(rng, 0.2):
            config |= {"activation": "relu", "cell_activation": "relu"}
    if config["truncate"] is not None and x[1] > TRUNCATE_STEPS:
        config["truncate"] = None
    link = replace(link, config=config)
    return replace(link, without=("h0", "c0")) if config["truncate"] == 0 else stateful(rng, link, x, ("h0", "c0"))


def stateful(rng, link, _x, states):
    """Half of the layers start from zero, as they do when nobody says otherwise."""
    return replace(link, without=states if chance(rng, 0.5) else ())


def batch_norm(rng, link, x):
    axis = pick(rng, (1, -1) if len(x) < 4 else (1, 1, 1, -1))
    config = {"mode": pick(rng, ("training", "training", "inference")), "axis": axis,
              "epsilon": pick(rng, (1e-5, 1e-3)),
              **pick(rng, ({"momentum": 0.9, "momentum_of": "old", "running_divisor": "n"},
                           {"momentum": 0.1, "momentum_of": "new", "running_divisor": "n-1"},
                           {"momentum": 0.3, "momentum_of": "new", "running_divisor": "n"},
                           {"momentum": 0.99, "momentum_of": "old", "running_divisor": "n-1"}))}
    without = (pick(rng, ("gamma", "beta")),) if chance(rng, 0.2) else ()
    if config["mode"] == "training" and chance(rng, 0.3):
        without += ("running_mean", "running_variance")
    return replace(link, config=config, without=without)


def layer_norm(rng, link, _x):
    return replace(link, config={"epsilon": pick(rng, (1e-5, 1e-3, 1e-6))})


def dropout(rng, link, _x):
    return replace(link, config={"rate": pick(rng, (0.1, 0.25, 0.5)), "scaling": pick(rng, ("inverted", "inverted", "none"))})


def flatten(rng, link, x):
    return replace(link, config={"axes": len(x) - 1, "order": pick(rng, ("as_stored", "as_stored", "channels_first"))})


def plain(_rng, link, _x):
    return link


OPTIONS = {
    "activation": activation, "dense": dense, "conv1d": conv, "conv2d": conv, "max_pool1d": pool, "max_pool2d": pool,
    "average_pool1d": pool, "average_pool2d": pool, "simple_rnn": simple_rnn_layer, "gru": gru_layer, "lstm": lstm_layer,
    "batch_norm": batch_norm, "layer_norm": layer_norm, "dropout": dropout, "flatten": flatten, "transpose": plain,
    "sum": plain, "embedding": plain,
}


def drawn(rng, kind: str, place: int, units: int, x) -> Link:
    """A layer of this kind at this place of the chain."""
    return OPTIONS[kind](rng, Link(kind=kind, name=f"{kind}_{place}", units=units if kind in WIDE else 0), x)


WIDE = ("dense", "conv1d", "conv2d", "simple_rnn", "gru", "lstm", "embedding")
