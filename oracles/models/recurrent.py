"""Recurrent layers on the primitives of a framework; x (batch, time, input), y (batch, time, hidden) and the last states.

Settings: `activation`, `gate_activation`, `gate_slope` of a hard one that is not the usual, of a GRU `reset`; `backward` reads x
from its end, the outputs being in the order of time all the same; `valid` (batch, time) says which steps are not masked, None
that all are.
"""

import numpy as np

from nnparity.oracles.models.functions import FUNCTIONS, USUAL


def simple_rnn(ops, s, p, xs):
    """h' = f(x W + b + h U + c)."""
    f = _function(ops, s["activation"])

    def step(x, h, _):
        recurrent = _affine(ops, h, p["recurrent_kernel"], p.get("recurrent_bias"))
        return f(_affine(ops, x, p["kernel"], p.get("bias")) + recurrent), None
    return _unrolled(ops, s, p["recurrent_kernel"].shape[-1], step, xs)


def lstm(ops, s, p, xs):
    """i f g o; c' = f c + i g, h' = o tanh(c')."""
    sigma, f = _function(ops, s["gate_activation"], s.get("gate_slope")), _function(ops, s["activation"])

    def step(x, h, c):
        i, forget, g, o = (_affine(ops, x, p["kernel"][k], _row(p, "bias", k))
                           + _affine(ops, h, p["recurrent_kernel"][k], _row(p, "recurrent_bias", k)) for k in range(4))
        c = sigma(forget + s.get("forget_bias", 0.0)) * c + sigma(i) * f(g)
        return sigma(o) * f(c), c
    return _unrolled(ops, s, p["recurrent_kernel"].shape[-1], step, xs)


def gru(ops, s, p, xs):
    """r z n; n = tanh(x W + b + r (h U + c)) with the reset gate after the product, tanh(x W + b + (r h) U) before it;
    h' = z h + (1 - z) n."""
    sigma, f = _function(ops, s["gate_activation"], s.get("gate_slope")), _function(ops, s["activation"])

    def step(x, h, _):
        inner = [_affine(ops, x, p["kernel"][k], _row(p, "bias", k)) for k in range(3)]
        r, z = (sigma(inner[k] + _affine(ops, h, p["recurrent_kernel"][k], _row(p, "recurrent_bias", k))) for k in range(2))
        U, c = p["recurrent_kernel"][2], _row(p, "recurrent_bias", 2)
        n = f(inner[2] + (r * _affine(ops, h, U, c) if s["reset"] == "after" else _affine(ops, r * h, U, c)))
        return (z * h + (1 - z) * n if s.get("update", "keep") == "keep" else z * n + (1 - z) * h), None
    return _unrolled(ops, s, p["recurrent_kernel"].shape[-1], step, xs)


def bidirectional(ops, s, p, xs):
    """Two layers, one of which reads from the end; their outputs stand side by side."""
    layer = {"simple_rnn": simple_rnn, "lstm": lstm, "gru": gru}[s["layer"]]
    sides = []
    for side, backward in (("forward", False), ("backward", True)):
        own = {name.removeprefix(f"{side}/"): a for name, a in p.items() if name.startswith(side)}
        sides.append(layer(ops, {**s, "backward": backward}, own, xs)["y"])
    return {"y": ops.concatenate(sides, -1)}


def _unrolled(ops, s, hidden, step, xs):
    """From the states xs[1] and xs[2], or from zero. "c" is the last cell state of an LSTM."""
    x, shape, valid = xs[0], (xs[0].shape[0], int(hidden)), s.get("valid")
    h, c = (ops.reshape(xs[k], shape) if len(xs) > k else ops.zeros(shape) for k in (1, 2))
    times = list(range(int(x.shape[1])))
    states = {}
    for t in times[::-1] if s.get("backward") else times:
        new_h, new_c = step(x[:, t], h, c)
        states[t] = new_h
        if valid:  # a step that is masked gives zeros, and leaves the states as they are
            seen = ops.constant(np.array(valid, float)[:, t, None])
            states[t], new_h = seen * new_h, seen * new_h + (1 - seen) * h
            new_c = None if new_c is None else seen * new_c + (1 - seen) * c
        h, c = new_h, new_c
    return {"y": ops.stack([states[t] for t in times], 1), **({} if c is None else {"c": c})}


def _function(ops, name, slope=None):
    settings = {**USUAL.get(name, {}), **({} if slope is None else {"slope": slope})}
    return lambda x: FUNCTIONS[name](ops, x, settings)


def _affine(ops, x, W, b):
    y = ops.matmul(x, W)
    return y if b is None else y + b


def _row(p, name, k):
    return p[name][k] if name in p else None
