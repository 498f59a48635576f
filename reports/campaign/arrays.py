"""The arrays of a plan, and with them its Case.

Every array has a generator of its own, of (seed, name): a network with a layer less keeps its other arrays.

Inputs: "normal" (mean 0, deviation 1); "uniform" in [0, 1); "sparse", nine of ten zero, as after a relu; "pixels", whole
numbers 0 to 255; "shifted", normal around 50. Weights: "trained", normal with a deviation of about 1/√fan-in, biases and all
else that training moves away from where it started; "glorot", uniform in ±√(6 / (fan-in + fan-out)) with zero biases, gamma 1
and beta 0; "uniform", in ±1/√fan-in, biases too.
"""

import zlib
from math import prod, sqrt

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.kinds import CONVOLUTIONS
from nnparity.reports.campaign import losses
from nnparity.reports.campaign.geometry import Link, Shape
from nnparity.reports.campaign.options import UNBOUNDED
from nnparity.reports.campaign.plan import Plan, draw, sizes

EXEMPT = "drawn at random, as networks are: sizes may be equal, biases zero"
CATCHES = "a verdict that does not hold on a network that nobody here chose"


def network(seed: int) -> Case:
    """The random network of this seed."""
    return case(draw(seed))


def case(plan: Plan) -> Case:
    """The plan with its arrays, named campaign-SEED."""
    params, inputs, cotangents = {}, {"x": first(plan)}, {}
    constants, observed = set(), set()
    for link, own in plan.walk():
        layer = Layer(link.kind, link.name, link.config)
        gain = generator(plan.seed, link.name).uniform(0.5, 1.5)
        for name, shape in own.params.items():
            params[layer.qualify(name)] = weight(generator(plan.seed, layer.qualify(name)), plan.weights, link, name, shape, gain)
        for name, shape in own.inputs.items():
            inputs[layer.qualify(name)] = given(generator(plan.seed, layer.qualify(name)), plan.weights, link, name, shape)
            if name == "mask" or name.startswith("running"):
                constants.add(layer.qualify(name))
        for name, shape in own.outputs.items():
            if name.startswith("running"):
                observed.add(layer.qualify(name))
            elif name != "y":
                cotangents[layer.qualify(name)] = cotangent(plan, layer.qualify(name), shape)
    cotangents["y"] = cotangent(plan, "y", plan.y)
    if plan.loss:
        inputs["target"] = target(generator(plan.seed, "target"), plan.target, plan.y)
        constants.add("target")
        cotangents["loss"] = np.asarray(cotangent(plan, "loss", losses.shape(plan.loss, plan.y)))
    if plan.training:
        cotangents, observed = {"loss": np.ones(())}, set()
        constants |= {name for name in inputs}
    return Case(
        name=f"campaign-{plan.seed}", network=tuple(Layer(link.kind, link.name, link.config) for link in plan.links),
        loss=plan.loss, training=plan.training, params=params, inputs=inputs, cotangents=cotangents, sizes=sizes(plan),
        constants=frozenset(constants), observed=frozenset(observed), catches=CATCHES, exempt=EXEMPT).astype(plan.dtype)


def generator(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def first(plan: Plan) -> np.ndarray:
    rng = generator(plan.seed, "x")
    if plan.vocabulary:
        return rng.integers(0, plan.vocabulary, plan.x)
    return {
        "normal": lambda: rng.standard_normal(plan.x),
        "uniform": lambda: rng.random(plan.x),
        "sparse": lambda: np.where(rng.random(plan.x) < 0.1, rng.standard_normal(plan.x), 0.0),
        "pixels": lambda: rng.integers(0, 256, plan.x).astype("float64"),
        "shifted": lambda: 50 + rng.standard_normal(plan.x),
    }[plan.inputs]()


def cotangent(plan: Plan, name: str, shape: Shape) -> np.ndarray:
    return generator(plan.seed, f"cotangent of {name}").standard_normal(shape)


def weight(rng, weights: str, link: Link, name: str, shape: Shape, gain: float) -> np.ndarray:
    """One parameter. A state that may grow without bound gets recurrent weights that let it decay."""
    inward, outward = fans(link, name, shape)
    if name in ("gamma", "beta"):
        start = 1.0 if name == "gamma" else 0.0
        return start + (0.3 * rng.standard_normal(shape) if weights == "trained" else 0.0) * np.ones(shape)
    if name == "table":
        return rng.standard_normal(shape) if weights != "glorot" else rng.uniform(-0.05, 0.05, shape)
    if weights == "trained":
        scale = 0.3 if "bias" in name or name == "peephole" else gain / sqrt(inward)
        a = rng.standard_normal(shape) * (min(scale, 1 / sqrt(inward)) if name == "recurrent_kernel" else scale)
    elif weights == "glorot":
        a = np.zeros(shape) if "bias" in name else rng.uniform(-1, 1, shape) * sqrt(6 / (inward + outward))
    else:
        a = rng.uniform(-1, 1, shape) / sqrt(inward)
    grows = name == "recurrent_kernel" and link.config.get("activation") in UNBOUNDED
    return 0.4 * a if grows else a


def fans(link: Link, name: str, shape: Shape) -> tuple[int, int]:
    """(fan-in, fan-out) of a parameter; of a vector the number of units twice."""
    if len(shape) < 2 or name in ("bias", "recurrent_bias", "peephole"):
        return shape[-1], shape[-1]
    if link.kind in CONVOLUTIONS:
        return prod(shape[1:]), shape[0] * prod(shape[2:])
    return shape[-2], shape[-1]


def given(rng, weights: str, link: Link, name: str, shape: Shape) -> np.ndarray:
    """What enters a layer beside x: states, a mask, running statistics as they are at the start or after training."""
    match name:
        case "mask":
            return (rng.random(shape) >= link.config["rate"]).astype("float64")
        case "running_mean":
            return rng.standard_normal(shape) if weights == "trained" else np.zeros(shape)
        case "running_variance":
            return 0.5 + rng.random(shape) if weights == "trained" else np.ones(shape)
    return 0.5 * rng.standard_normal(shape)


def target(rng, kind: str, y: Shape) -> np.ndarray:
    """The target of a prediction of shape y, see losses.py."""
    match kind:
        case "numbers":
            return rng.standard_normal(y)
        case "labels":
            return rng.integers(0, 2, y).astype("float64")
        case "fractions":
            return rng.random(y)
        case "classes":
            return rng.integers(0, y[-1], y[:-1])
        case "one_hot":
            return np.eye(y[-1])[rng.integers(0, y[-1], y[:-1])]
        case "distribution":
            p = rng.uniform(0.1, 1, y)
            return p / p.sum(-1, keepdims=True)
    raise ValueError(f"no kind of target {kind!r}")
