"""Cases of a plain layer at sizes of somebody's choice, under the same rules as ours: random, non-zero, batch and time different
from every other size."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnparity import reference_impl
from nnparity.cases import all_cases
from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer
from nnparity.cases.kinds import GATES, RECURRENT
from nnparity.cases.layers.convolution import conv_case
from nnparity.cases.layers.gru import gru_case, gru_params
from nnparity.cases.layers.lstm import lstm_case, lstm_params
from nnparity.cases.layers.simple_rnn import rnn_case, rnn_params
from nnparity.cases.rules import InvalidCase
from nnparity.cases.selection import network_of, trained_as
from nnparity.reports.asking.options import options_of_layer

SIZES = {**dict.fromkeys(RECURRENT, ("input", "hidden")), "dense": ("input", "output"), "layer_norm": ("features",),
         "embedding": ("vocabulary", "features"), "conv1d": ("channels", "filters", "kernel"),
         "conv2d": ("channels", "filters", "kernel height", "kernel width")}  # what can be drawn, and by which sizes
LENGTHS = {"input": 7, "hidden": 5, "output": 4, "vocabulary": 11, "features": 6, "channels": 3, "filters": 8, "kernel": 5,
           "kernel height": 5, "kernel width": 5}
PROBED = {kind: {axis: LENGTHS[axis] for axis in axes} for kind, axes in SIZES.items()}
ACTIVATED = {"generic": (5, 4, 1.0), "wide": (7, 3, 3.0), "one": (1, 6, 1.0)}  # (batch, features, scale) of a point
WHY = "its own sizes, whatever they are"
SEED = 7000


def drawable(kind: str) -> bool:
    return kind in SIZES


def params_at(kind: str, sizes: Mapping[str, int], config: Mapping[str, Any] = {}) -> dict[str, np.ndarray]:  # noqa: B006
    """Random parameters of a plain layer, with all biases that it can have unless a config says otherwise."""
    draw = drawer(SEED, 0.5)
    lengths: Any = [sizes[axis] for axis in SIZES[kind]]
    match kind:
        case "gru":
            return gru_params(draw, lengths[0], lengths[1], config.get("recurrent_bias", "inside"))
        case "lstm":
            return lstm_params(draw, lengths[0], lengths[1], config)
        case "simple_rnn":
            return rnn_params(draw, lengths[0], lengths[1], config.get("recurrent_bias", "separate"))
        case "dense":
            return {"kernel": draw(*lengths), "bias": draw(lengths[1])}
        case "embedding":
            return {"table": draw(*lengths)}
        case "layer_norm":
            return {"gamma": draw(*lengths), "beta": draw(*lengths)}
        case _:
            channels, filters, *size = lengths
            return {"kernel": draw(filters, channels // config.get("groups", 1), *size), "bias": draw(filters)}


def cases_at(kind: str, sizes: Mapping[str, int], config: Mapping[str, Any], held: set[str], float32: bool = False) -> list[Case]:
    """One or more cases of a layer at these sizes; `held` are the parameters that it has."""
    made = [case for seed, (point, about) in enumerate(POINTS.get(kind, {"generic": {}}).items(), start=SEED)
            for case in (case_at(kind, sizes, config, f"{kind}-own-{{}}-{point}", seed, held, **about),)]
    return [case.replaced(name=case.name.format(dtype)).astype(dtype) for dtype in ("float64", *(["float32"] if float32 else []))
            for case in made]


POINTS: dict[str, dict[str, dict]] = {
    **dict.fromkeys(("gru", "lstm", "simple_rnn"), {"generic": {}, "linear": {"scale": 0.05}, "stateless": {"stateless": True}})}


def case_at(kind: str, sizes: Mapping[str, int], config: Mapping[str, Any], name: str, seed: int, held: set[str], *,
            scale: float = 0.5,
            stateless: bool = False) -> Case:
    free = [n for n in range(2, 99) if n not in {*sizes.values(), len(GATES.get(kind, ""))}]
    about: dict[str, Any] = {"seed": seed, "catches": "whatever is wrong at the sizes that are used", "exempt": ""}
    if kind in RECURRENT:
        lengths = {"batch": free[0], "time": free[1 if free[1] > 2 else 2], **sizes}
        recurrent: dict[str, Any] = dict(sizes=lengths, scale=scale, **about)
        if kind == "lstm":
            return lenient(lstm_case, name, config, states=() if stateless else ("h0", "c0"), **recurrent)
        return lenient(gru_case if kind == "gru" else rnn_case, name, config, h0=not stateless, **recurrent)
    if kind in ("conv1d", "conv2d"):
        spatial = ("height", "width") if kind == "conv2d" else ("length",)
        windows = [sizes[axis] for axis in SIZES[kind][2:]]
        longer = [n for n in free if n > 2 * max(windows) + 3]
        return lenient(conv_case, name, kind, config, {"batch": free[0], **sizes, **dict(zip(spatial, longer[1:]))},
                       bias="bias" in held,
                       **about)
    draw, params = drawer(seed), params_at(kind, sizes, config)
    batch, features = free[0], list(sizes.values())
    rng = np.random.default_rng(seed)
    x = rng.integers(0, features[0], (batch, free[1])) if kind == "embedding" else draw(batch, features[0])
    y = (batch, free[1], features[1]) if kind == "embedding" else (batch, features[-1])
    shapes = {"batch": batch, **sizes, **({"time": free[1]} if kind == "embedding" else {})}
    options = dict(config) if "bias" in held or kind != "dense" else {**config, "bias": "none"}
    return lenient(Case, name=name, group=kind, network=(Layer(kind, config=options),), sizes=shapes, inputs={"x": x},
                   params={k: a for k, a in params.items() if k in held}, cotangents={"y": draw(*y)},
                   catches=about["catches"], exempt="")


def asked_under(kind: str, config: Mapping[str, Any]) -> list[Case]:
    """Cases of a layer, loss or optimizer under options that no recorded case has; none where they make no such layer."""
    if kind in RECURRENT:
        sizes = PROBED[kind]
        made = cases_at(kind, sizes, config, set(params_at(kind, sizes, config)))
        return [with_zeros(case) for case in made if answered(case)]
    if kind == "activation":
        return [case for case in activation_cases(config) if answered(case)]
    like = [case for case in all_cases() if network_of(case) == kind and not case.training or trained_as(case) == kind]
    for case in sorted(like, key=lambda one: len(options_of_layer(one.layers[0]).items() - config.items())):
        other = under(case, config)
        if other is not None:
            return [other]
    return []


def activation_cases(config: Mapping[str, Any]) -> list[Case]:
    """An activation alone on (batch, features): near zero, where it saturates, and one example."""
    made = []
    for seed, (point, (batch, features, scale)) in enumerate(ACTIVATED.items(), start=SEED):
        draw = drawer(seed)
        shape = (batch, features)
        made.append(lenient(Case, name=f"activation-{config.get('function', 'linear')}-float64-{point}", group="activation",
                            network=(Layer("activation", config=dict(config)),), sizes={"batch": batch, "features": features},
                            inputs={"x": scale * draw(*shape)}, params={}, cotangents={"y": draw(*shape)},
                            catches="a derivative at the wrong place", exempt=""))
    return made


def under(case: Case, config: Mapping[str, Any]) -> Case | None:
    """A case with its own arrays under other options, with new cotangents where its outputs have other shapes; None where its
    arrays are not those of such a layer."""
    options = "-".join(f"{option}_{value}" for option, value in config.items())
    about: dict[str, Any] = {"name": f"{case.name}-{options}", "golden": (), "exempt": WHY}
    try:
        if case.training:
            return case.replaced(training=replace(case.training, config={**case.training.config, **config}), **about)
        other = case.configured(**config).replaced(**about)
        outputs = reference_impl.forward(other, other.params, other.inputs)[0]
        draw = drawer(SEED)
        other = other.replaced(cotangents={name: draw(*a.shape).astype(case.dtype) for name, a in outputs.items()
                                           if name in other.cotangents}, observed=other.observed & outputs.keys())
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    return other if answered(other) else None


def computed(kind: str, config: Mapping[str, Any]) -> bool:
    """Whether there is a recurrent layer with these options."""
    return bool(asked_under(kind, config))


def with_zeros(case: Case) -> Case:
    """The case, with the states that no gradient reaches, as through no step of a truncated one, zero for a reason."""
    grads = reference_impl.run(case).grads
    unreached = [name for name, g in grads.items() if name in case.inputs and name != "x" and not np.any(g)]
    return case.replaced(zeros=case.zeros | set(unreached)) if unreached else case


def answered(case: Case) -> bool:
    try:
        reference_impl.run(case)
    except (ValueError, KeyError, TypeError, IndexError):
        return False
    return True


def lenient(make, *arguments, **fields) -> Case:
    """A case that keeps the rules where the sizes let it."""
    try:
        return make(*arguments, **fields)
    except InvalidCase:
        return make(*arguments, **{**fields, "exempt": WHY})


def probe(kind: str, case: Case | None = None) -> Case | None:
    """A case of a plain layer with every parameter that it can have and sizes that are all different: what shapes are read at."""
    if kind == "activation":
        return activation_cases({"function": "tanh"})[0]
    if not drawable(kind):
        return case
    sizes = PROBED[kind]
    config = {"gru": {"reset": "after", "recurrent_bias": "inside", "update": "keep"}, "lstm": {"recurrent_bias": "separate"},
              "simple_rnn": {"recurrent_bias": "separate", "activation": "tanh"}}.get(kind, {})
    return case_at(kind, sizes, config, f"{kind}-probe", SEED, set(params_at(kind, sizes)))
