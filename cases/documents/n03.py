"""N03: the LSTM of document 000, third question: a dense ReLU layer and a dense softmax behind it, at every step of time.

Its gates stand on the concatenation [x, h], one weight matrix each: kernel and recurrent kernel one below the other, and one
bias. The loss is the softmax cross-entropy of every step, summed: weight gradients add up over steps (K11).

The document's backward step takes the head's gradient with h instead of the ReLU layer's output (K06), applies ReLU' to the
upstream gradient (K07), multiplies the delta with pre-activations (K08), and adds the states h and c themselves where the
gradients of the next step belong (K09, K10).
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.conventions.lstm import PLAIN
from nnparity.cases.documents import of_document
from nnparity.cases.documents.network import LSTM_GATES, Network, known
from nnparity.cases.draw import drawer
from nnparity.cases.layers.lstm import lstm_params

SIZES = {"batch": 2, "time": 6, "input": 3, "hidden": 5, "relu": 7, "classes": 8}
SQUARE = dict.fromkeys(SIZES, 4)

POINTS: dict[str, dict[str, Any]] = {
    "generic": dict(sizes=SIZES, catches="the head's gradient taken with the wrong layer's output, ReLU' of the upstream "
                                         "gradient (K07), states in place of gradients (K09, K10), one step's (K11)"),
    "square": dict(sizes=SQUARE, flags=("K06", "K08"), exempt="the square twin: every axis as long as the gate count",
                   catches="h in place of the ReLU layer's output, which is no shape error here (K06, K08); transposed matrices"),
    "single": dict(sizes=SIZES | {"batch": 1}, exempt="one sequence at a time, as in the document",
                   catches="a batch axis that is taken for time"),
    "stateful": dict(sizes=SIZES, states=True, catches="an initial state that is ignored, or takes no gradient"),
}


def n03_case(name, *, seed, sizes, catches, states=False, exempt="", flags=()) -> Case:
    """lstm -> dense(relu) -> dense -> softmax cross-entropy of every step, at one random point."""
    B, T, I, H, D, K = (sizes[axis] for axis in ("batch", "time", "input", "hidden", "relu", "classes"))
    rng, draw, draw_params = np.random.default_rng(seed), drawer(seed), drawer(seed + 1000, 0.5)
    config = PLAIN | {"recurrent_bias": "none"}
    params = {f"cell/{name}": a for name, a in lstm_params(draw_params, I, H, config).items()}
    return Case(
        name=name, sizes=sizes, catches=catches, exempt=exempt,
        **of_document("N03", "document 000, third question"), flags=("K07", "K09", "K10", "K11", *flags),
        network=(Layer("lstm", "cell", config), Layer("dense", "hidden", {"activation": "relu"}), Layer("dense", "head")),
        loss=Layer("softmax_cross_entropy", config={"reduction": "sum", "axes": 3}), constants=frozenset({"target"}),
        params={**params, "hidden/kernel": draw_params(H, D), "hidden/bias": draw_params(D),
                "head/kernel": draw_params(D, K), "head/bias": draw_params(K)},
        inputs={"x": draw(B, T, I), **({f"cell/{s}": draw(B, H) for s in ("h0", "c0")} if states else {}),
                "target": np.eye(K)[rng.integers(0, K, (B, T))]},
        cotangents={"y": draw(B, T, K), "cell/h_n": draw(B, H), "cell/c_n": draw(B, H), "loss": np.asarray(draw())},
    )


CASES = tuple(n03_case(f"n03-lstm-{point}-{dtype}", seed=300 + n, **fixture).astype(dtype)
              for dtype in ("float64", "float32") for n, (point, fixture) in enumerate(POINTS.items()))

NETWORK = Network(
    id="N03", title="LSTM with a ReLU head and softmax", document="000, third network", mistakes=known(6, 11),
    built="An LSTM on the concatenation of input and state, a dense ReLU layer on its state and a dense softmax layer on "
          "that, at every time step.",
    asks="Is this step of the way back right? From [x, h] to the gates it is: every factor of o, g, i and f is. What comes in "
         "is not: the gradient of the loss ends at ReLU', and the states h and c themselves are added where the gradients of "
         "the step behind belong, so that no gradient travels through time. What is computed at the end for [x, h'] has to be "
         "handed to the step before, its second half as dh_next, with dc f as dc_next.",
    wrong={
        "K06": "The softmax layer's weights are given h times its delta. They were multiplied by the ReLU layer's output r. "
               "With as many units in both no shape complains.",
        "K07": "ReLU' is taken of the gradient that comes back from the softmax layer, and stands in its place: ones and "
               "zeros. The mask belongs to the pre-activation, and multiplies that gradient.",
        "K08": "The ReLU layer's weights are given its own pre-activation W h + b times the delta. Their gradient is the "
               "delta times what they were multiplied by, which is h.",
        "K09": "The state h is added to its own gradient. What belongs there is dL/dh from the step behind: the half of [dx, "
               "dh'] that belongs to h.",
        "K10": "The cell state c is added to its own gradient. What belongs there is dL/dc from the step behind: its dc times "
               "its forget gate.",
        "K11": "The two gradients of the softmax layer are assigned, all others added to: the way back ends at the first "
               "step, whose gradient alone remains."},
    formulas=(LSTM_GATES, r"c = f \odot c' + i \odot g, \quad h = o \odot \tanh(c)",
              r"r = \max(W_r h + b_r, 0), \quad a = \mathrm{softmax}(W_k r + b_k)",
              r"L = -\sum_s \sum_k t_{s,k} \log a_{s,k} \;\;\mathrm{(time\ steps\ s)}",
              r"dh = W_r^\top \left( (W_k^\top (a - t)) \odot [r > 0] \right) + dh_{\mathrm{next}}",
              r"dc = dh \odot o \odot (1 - \tanh^2 c) + dc_{\mathrm{next}}, \quad dc' = dc \odot f",
              r"[dx, dh'] = W_f^\top \delta_f + W_i^\top \delta_i + W_g^\top \delta_g + W_o^\top \delta_o"))
