"""What code that is not known computes, found by asking it: a function of each number, a dense layer, a normalisation, constants
that stand in front of what it is given or behind it."""

from collections.abc import Callable, Mapping, Sequence
from math import erf
from typing import Any, NamedTuple

import numpy as np

from nnparity.oracles.models.functions import FUNCTIONS, USUAL
from nnparity.reports.models.regions import EPSILONS
from nnparity.reports.models.side import Side

# settings beside the usual ones with which an unknown function is held against an activation
SETTINGS: dict[str, tuple[dict[str, Any], ...]] = {"gelu": ({}, {"approximate": "tanh"}),
                                                    "leaky_relu": ({}, {"slope": 0.2}, {"slope": 0.3})}
ELEMENTARY: dict[str, Callable] = {
    "abs": np.abs, "square": np.square, "sin": np.sin, "cos": np.cos, "sqrt": np.sqrt, "log": np.log, "reciprocal": np.reciprocal,
    "rsqrt": lambda x: 1 / np.sqrt(x), "erf": np.vectorize(erf, otypes=[float]),
}
ROUNDING = 1e-12
SINGLE = 1e-7  # of what a framework computes in single precision whatever the dtype
Measured = tuple[str, dict[str, Any]]


class Layer(NamedTuple):
    kind: str
    settings: dict[str, Any]
    params: dict[str, np.ndarray]


def questions(side: Side, k: int) -> tuple[Callable, np.ndarray] | None:
    """(the call as a function of one array, what it was given); None for a call of several, or of whole numbers."""
    op = side.ops[k]
    if len(op.inputs) != 1 or len(op.outputs) != 1 or side.value(op.inputs[0]).dtype.kind != "f":
        return None

    def asked(value):
        (y, *_), _, _ = side.runner.run(op, [value])
        return np.asarray(y)
    return asked, side.value(op.inputs[0])


def layer(side: Side, k: int) -> Layer | None:
    """The dense layer or the normalisation of the last axis that it is; None where it is neither."""
    if (question := questions(side, k)) is None:
        return None
    asked, x = question
    try:
        return dense(asked, x, side.ops[k].weights) or normalisation(side, asked, x)
    except Exception:  # a person's code may refuse such numbers
        return None


def dense(asked: Callable, x: np.ndarray, weights: Mapping[str, Any]) -> Layer | None:
    """x W + b, for each row of the last axis."""
    n, given = x.shape[-1], np.random.default_rng(1).normal(size=x.shape)
    right = asked(given)
    if x.ndim < 2 or right.shape[:-1] != x.shape[:-1]:
        return None
    bias = asked(np.zeros_like(x)).reshape(-1, right.shape[-1])[0]
    kernel = np.zeros((n, len(bias)))
    for start in range(0, n, x.size // n):
        rows = np.zeros((x.size // n, n))
        some = np.arange(start, min(start + len(rows), n))
        rows[np.arange(len(some)), some] = 1
        kernel[some] = asked(rows.reshape(x.shape)).reshape(len(rows), -1)[:len(some)] - bias
    if not np.allclose(given @ kernel + bias, right, rtol=ROUNDING, atol=ROUNDING):
        return None
    has_bias = np.any(bias) or any(tuple(w.shape) == bias.shape for w in weights.values())
    return Layer("dense", {}, {"kernel": kernel} | ({"bias": bias} if has_bias else {}))


def normalisation(side: Side, asked: Callable, x: np.ndarray) -> Layer | None:
    """RMSNorm or LayerNorm of the last axis, with what it scales by and moves by."""
    given = np.random.default_rng(1).normal(size=x.shape)
    right = asked(given)
    if right.shape != x.shape or x.size < 3 * x.shape[-1]:
        return None
    for kind in ("rms_norm", "layer_norm"):
        for epsilon in EPSILONS:
            settings = {"epsilon": epsilon} | ({"axes": 1} if kind == "layer_norm" else {})
            z = np.asarray(side.runner.compute(kind, settings, {}, [given])[0]["y"])
            flat, y = z.reshape(-1, x.shape[-1]), right.reshape(-1, x.shape[-1])
            gamma = ((flat - flat.mean(0)) * (y - y.mean(0))).sum(0) / ((flat - flat.mean(0)) ** 2).sum(0)
            beta = y.mean(0) - gamma * flat.mean(0)
            fits = np.allclose(gamma * z + beta, right, rtol=ROUNDING, atol=ROUNDING)
            if fits and (kind == "layer_norm" or np.abs(beta).max() < ROUNDING):
                return Layer(kind, settings, {"gamma": gamma} | ({"beta": beta} if kind == "layer_norm" else {}))
    return None


def joined(side: Side, k: int) -> tuple[np.ndarray, int, bool] | None:
    """(constants, the axis along which they stand, whether in front) of a call that hands on what it is given with constants
    beside it, those of one example for all; None for another."""
    if (question := questions(side, k)) is None:
        return None
    asked, x = question
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=x.shape), rng.normal(size=x.shape)
    try:
        of_a, of_b = asked(a), asked(b)
    except Exception:  # a person's code may refuse such numbers
        return None
    more = [n - m for n, m in zip(of_a.shape, x.shape)]
    if of_a.ndim != x.ndim or sorted(more)[:-1] != [0] * (x.ndim - 1) or more[0] or max(more) < 1:
        return None
    axis = int(np.argmax(more))
    n = of_a.shape[axis]
    for front in (True, False):
        own, rest = (np.arange(max(more)), np.arange(max(more), n)) if front else (np.arange(x.shape[axis], n),
                                                                                   np.arange(x.shape[axis]))
        constants, others = (y.take(own, axis) for y in (of_a, of_b))
        if (np.array_equal(of_a.take(rest, axis), a) and np.array_equal(of_b.take(rest, axis), b)
                and np.array_equal(constants, others) and (constants == constants[:1]).all()):
            return constants[:1], axis, front
    return None


def measured(side: Side, k: int) -> Measured | None:
    """What one value is scaled by and moved by, or where something else is put in its place; None where it is neither."""
    if (question := questions(side, k)) is None:
        return None
    asked, x = question
    rng = np.random.default_rng(0)
    try:
        a, b = rng.normal(size=x.shape), rng.normal(size=x.shape)
        of_a, of_b, zero, one = asked(a), asked(b), asked(np.zeros_like(x)), asked(np.ones_like(x))
    except Exception:  # a person's code may refuse such numbers
        return None
    if of_a.shape != x.shape:
        return None
    with np.errstate(invalid="ignore"):  # what is filled with -inf
        shift, scale = zero.flat[0], one.flat[0] - zero.flat[0]
    if (found := by_axes(zero, one, ((a, of_a), (b, of_b)))) is not None:
        return found
    if np.isfinite([shift, scale]).all() and all(np.allclose(y, scale * v + shift, rtol=1e-13, atol=1e-13)
                                                 for v, y in ((a, of_a), (b, of_b))):
        return "affine", {"scale": float(f"{scale:.15g}"), "shift": float(f"{shift:.15g}")}
    kept = (of_a == a) & (of_b == b)
    rest = of_a[~kept]
    alike = rest.size and (rest == rest.flat[0]).all() and np.array_equal(of_b[~kept], rest)
    if alike and kept.any() and (kept == kept[:1]).all():
        return "masked", {"mask": kept[:1], "value": float(rest.flat[0])}
    return activation(side.runner, 3 * a, asked)


def by_axes(zero: np.ndarray, one: np.ndarray, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Measured | None:
    """What each place is scaled by and moved by, where it is not the same for all but for all examples, as in a normalisation by
    fixed means; None where it is neither."""
    if not np.isfinite([zero, one]).all():
        return None
    scale, shift = one - zero, zero
    if np.ptp(scale) + np.ptp(shift) == 0 or not np.ndim(scale):
        return None
    if (scale != scale[:1]).any() or (shift != shift[:1]).any():
        return None
    if not all(np.allclose(y, scale * v + shift, rtol=1e-13, atol=1e-13) for v, y in pairs):
        return None
    for axis in range(scale.ndim):
        first = np.take(scale, [0], axis), np.take(shift, [0], axis)
        if (scale == first[0]).all() and (shift == first[1]).all():
            scale, shift = first
    return "affine", {"scale": scale, "shift": shift}


def activation(runner: Any, x: np.ndarray, asked: Callable) -> Measured | None:
    """The activation that gives a function's numbers, as a lambda around one does; frameworks compute some to 1e-8 only."""
    right = asked(x)
    for name, function in ELEMENTARY.items():
        with np.errstate(all="ignore"):  # of a root of numbers below zero the others tell
            known = function(x)
        if np.allclose(known, right, rtol=ROUNDING, atol=ROUNDING, equal_nan=True) and np.isfinite(known).any():
            return "activation", {"name": name}
    for name in FUNCTIONS:
        for more in SETTINGS.get(name, ({},)):
            settings = {"name": name, **USUAL.get(name, {}), **more}
            y = runner.compute("activation", settings, {}, [x])[0]["y"]
            if np.allclose(y, right, rtol=SINGLE, atol=SINGLE):
                return "activation", settings
    return None
