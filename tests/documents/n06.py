"""The LSTM of N06 as its document computes it, one sequence and one window at a time, in two forms: all gates in one loop (its
first listing), and a helper function a gate (its third to fifth). Without mistakes both are right.

    K17     what goes back from the output gate ("hidden filter") is its delta itself, without its recurrent matrix
    K18     the output gate has no share in the gradient of x
    K19     the output gate's helper rebinds its argument: the caller keeps the gradient it had
    unused  the helpers are given the gradient of x and leave it as it is
"""

from collections.abc import Callable
from functools import partial

import numpy as np

IN_ONE_LOOP, HELPERS = frozenset({"K17", "K18"}), frozenset({"K19", "unused"})
FUNCTIONS: dict[str, Callable] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "linear": lambda z: z}
SLOPES: dict[str, Callable] = {  # all at the pre-activation
    "sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2, "tanh": lambda z: 1 - np.tanh(z) ** 2, "linear": np.ones_like}
GATES = "ifgo"  # the document calls g the candidate C, o the hidden filter Hf


def n06(params, inputs, cotangents, config, mistakes=frozenset(), window=None, helpers=False):
    """`window` is the document's bptt_truncate, the case's own where it is not given; None reaches back to the first step."""
    cell, head = config["cell"], config["head"]
    window = cell["truncate"] if window is None else window
    weights = {gate: (params["cell/kernel"][k].T, params["cell/recurrent_kernel"][k].T, params["cell/bias"][k])
               for k, gate in enumerate(GATES)}
    W_o = params["head/kernel"].T
    f_c, f_s, f_o = (cell["activation"], cell["cell_activation"], head["activation"])
    outputs = {"y": [], "cell/h_n": [], "cell/c_n": []}
    grads = {name: np.zeros_like(p) for name, p in params.items()} | {"x": np.zeros_like(inputs["x"])}
    for n, X in enumerate(inputs["x"]):
        steps, h, s = [], np.zeros(W_o.shape[1], X.dtype), np.zeros(W_o.shape[1], X.dtype)
        for x in X:
            z = {gate: W @ x + U @ h + b for gate, (W, U, b) in weights.items()}
            a = {gate: FUNCTIONS[f_c if gate == "g" else "sigmoid"](z[gate]) for gate in GATES}
            s_new = a["f"] * s + a["i"] * a["g"]
            h_new = a["o"] * FUNCTIONS[f_s](s_new)
            steps.append({"x": x, "h": h, "s": s, "z": z, "a": a, "s_new": s_new, "h_new": h_new, "z_o": W_o @ h_new})
            h, s = h_new, s_new
        outputs["y"].append([FUNCTIONS[f_o](step["z_o"]) for step in steps])
        outputs["cell/h_n"].append(h)
        outputs["cell/c_n"].append(s)
        for t, last in enumerate(steps):
            delta = cotangents["y"][n, t] * SLOPES[f_o](last["z_o"])
            grads["head/kernel"] += np.outer(delta, last["h_new"]).T
            dh, ds = W_o.T @ delta, np.zeros_like(s)
            if t == len(steps) - 1:
                dh, ds = dh + cotangents["cell/h_n"][n], ds + cotangents["cell/c_n"][n]
            for u in range(t, -1 if window is None else max(0, t - window) - 1, -1):
                at = steps[u]
                update = partial(add_to_gradients, grads, at)
                back = backward_with_helpers if helpers else backward_in_one_loop
                dh, ds = back(dh, ds, at, weights, grads["x"][n, u], update, SLOPES[f_c], FUNCTIONS[f_s], SLOPES[f_s], mistakes)
    return {name: np.array(values) for name, values in outputs.items()}, grads


def add_to_gradients(grads, at, gate, delta):
    k = GATES.index(gate)
    grads["cell/kernel"][k] += np.outer(delta, at["x"]).T
    grads["cell/recurrent_kernel"][k] += np.outer(delta, at["h"]).T
    grads["cell/bias"][k] += delta


def backward_in_one_loop(dh, ds, at, weights, dx, update, slope_c, squash, slope_s, mistakes):
    a, z, slope = at["a"], at["z"], SLOPES["sigmoid"]
    ds = ds + dh * a["o"] * slope_s(at["s_new"])
    deltas = {"o": dh * squash(at["s_new"]) * slope(z["o"]), "g": ds * a["i"] * slope_c(z["g"]),
              "i": ds * a["g"] * slope(z["i"]), "f": ds * at["s"] * slope(z["f"])}
    dh = 0
    for gate, delta in deltas.items():
        W, U, _ = weights[gate]
        update(gate, delta)
        dh = dh + (delta if gate == "o" and "K17" in mistakes else U.T @ delta)
        if not (gate == "o" and "K18" in mistakes):
            dx += W.T @ delta
    return dh, ds * a["f"]


def backward_with_helpers(dh, ds, at, weights, dx, update, slope_c, squash, slope_s, mistakes):
    """The caller hands `dh` from helper to helper, each of which adds its gate's share in place; the first one begins it."""
    a, z, slope = at["a"], at["z"], SLOPES["sigmoid"]

    def into_the_input(gate, delta, dx):
        if "unused" not in mistakes:
            dx += weights[gate][0].T @ delta

    def hidden_filter(dh, dx):
        delta = dh * slope(z["o"])
        update("o", delta)
        into_the_input("o", delta, dx)
        if "K19" in mistakes:
            dh = weights["o"][1].T @ delta  # a new array under the old name: nobody outside sees it
        else:
            dh[...] = weights["o"][1].T @ delta

    def gate_of_the_cell(gate, delta, dh, dx):
        update(gate, delta)
        into_the_input(gate, delta, dx)
        dh += weights[gate][1].T @ delta

    ds = ds + dh * a["o"] * slope_s(at["s_new"])
    dh = dh * squash(at["s_new"])
    hidden_filter(dh, dx)
    gate_of_the_cell("g", ds * a["i"] * slope_c(z["g"]), dh, dx)
    gate_of_the_cell("i", ds * a["g"] * slope(z["i"]), dh, dx)
    gate_of_the_cell("f", ds * at["s"] * slope(z["f"]), dh, dx)
    return dh, ds * a["f"]
