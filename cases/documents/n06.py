"""N06: the LSTM of document 001, first and third to fifth network, with full and with truncated backpropagation through time.

    F, I, Hf = σ(W x + U h + b)      C = a(W_c x + U_c h + b_c)      S = F ⊙ S' + I ⊙ C      H = Hf ⊙ b(S)      O = c(W_o H)

The document's "hidden filter" Hf is the output gate o, its C the candidate g, S the cell state; a, b, c are chosen freely.
The error is given at O. With `bptt_truncate` k the error of step t visits the steps t-k ... t: k + 1 of them, h and S before
the first one being constants. That is truncate=k of reference_impl/layers/lstm.py.

The document's code drops U_hf on the way back (K17), leaves Hf out of the input's gradient (K18), and in its fifth network
rebinds the delta that it should hand back (K19).
"""

from nnparity.cases.case import Case, Layer
from nnparity.cases.conventions.lstm import PLAIN
from nnparity.cases.documents import of_document
from nnparity.cases.documents.network import Network, known
from nnparity.cases.draw import drawer
from nnparity.cases.layers.lstm import lstm_params

SIZES = {"batch": 2, "time": 6, "input": 3, "hidden": 5, "output": 7}
SQUARE = dict.fromkeys(SIZES, 4)

# name -> the activations a, b, c
ACTIVATIONS = {
    "tanh": ("tanh", "tanh", "sigmoid"),
    "linear": ("tanh", "linear", "linear"),
    "sigmoid": ("sigmoid", "tanh", "tanh"),
}
WINDOWS = {"full": None, "window0": 0, "window1": 1, "window3": 3, "window6": 6}

POINTS = {
    "generic": dict(sizes=SIZES, catches="the output gate's recurrent matrix or input matrix left out on the way back, a "
                                         "delta that is lost, a window one step too long or too short"),
    "square": dict(sizes=SQUARE, exempt="the square twin: every axis as long as the gate count",
                   catches="transposed matrices: U δ where Uᵀ δ belongs"),
    "single": dict(sizes=SIZES | {"batch": 1}, exempt="one sequence at a time, as in the document",
                   catches="a batch axis that is taken for time"),
}


def shown_by(truncate: int | None) -> tuple[str, ...]:
    """The document's mistakes that a window lets through: U_hf works on the step before (K17), and so does a delta that a helper
    rebinds (K19); a cut (K20) is one of the full gradient."""
    return ("K17", "K18", "K19", "K20") if truncate is None else ("K18",) if truncate == 0 else ("K17", "K18", "K19")


def n06_case(name, activations, truncate, *, seed, sizes, catches, exempt="") -> Case:
    """The chain lstm -> dense without bias, from zero states, at one random point."""
    B, T, I, H, O = (sizes[axis] for axis in ("batch", "time", "input", "hidden", "output"))
    candidate, state, output = activations
    config = PLAIN | {"recurrent_bias": "none", "activation": candidate, "cell_activation": state, "truncate": truncate}
    draw, draw_params = drawer(seed), drawer(seed + 1000, 0.5)
    params = {f"cell/{name}": a for name, a in lstm_params(draw_params, I, H, config).items()}
    return Case(
        name=name, sizes=sizes, catches=catches, exempt=exempt, flags=shown_by(truncate),
        **of_document("N06", "document 001, first and third to fifth network"),
        network=(Layer("lstm", "cell", config), Layer("dense", "head", {"activation": output, "bias": "none"})),
        params={**params, "head/kernel": draw_params(H, O)}, inputs={"x": draw(B, T, I)},
        cotangents={"y": draw(B, T, O), "cell/h_n": draw(B, H), "cell/c_n": draw(B, H)},
    )


CASES = tuple(
    n06_case(f"n06-lstm-{chosen}-{window}-{dtype}-{point}", ACTIVATIONS[chosen], WINDOWS[window], seed=600 + n,
             **POINTS[point]).astype(dtype)
    for dtype in ("float64", "float32")
    for n, (chosen, window, point) in enumerate((
        *(("tanh", window, "generic") for window in WINDOWS),
        *((chosen, window, "generic") for chosen in ("linear", "sigmoid") for window in ("full", "window1")),
        *(("tanh", window, point) for point in ("square", "single") for window in ("full", "window3")))))

NETWORK = Network(
    id="N06", title="LSTM with a hidden filter gate, truncated BPTT", document="001, first and third to fifth examples",
    mistakes=known(17, 20),
    built="An LSTM whose output gate is called the hidden filter, with separate input and recurrent matrices, selectable "
          "activations, a linear map and an activation at the output, and gradients over a window of time steps.",
    asks="The document asks nothing; it gives the code. The path back through the hidden filter lacks its recurrent matrix and "
         "its share of the input gradient. The truncated gradient differs from the full one by design, and is exact for its own "
         "definition: with bptt_truncate = k the error of step t visits the k + 1 steps t - k ... t.",
    wrong={"K17": "in the first example delta_h_t, which is by then the delta of the hidden filter, stays in the sum that goes "
                  "to the step before; U_hf, which stands between the two, is left out.",
           "K18": "dLdX adds the terms of W_c, W_i and W_f, and none of W_hf. (The helpers of the third to fifth example are "
                  "given dLdX and never add to it.)",
           "K19": "the fifth example ends by giving the name delta_h_t another array. Its caller keeps the old one, without the "
                  "hidden filter's share; += in the other helpers does reach the caller.",
           "K20": "not wrong: compared with the gradient of the whole sequence, that of a window is an approximation."},
    formulas=(r"F = \sigma(W_f x + U_f H' + b_f), \quad I = \sigma(W_i x + U_i H' + b_i)",
              r"C = f_0(z_c), \quad z_c = W_c x + U_c H' + b_c, \quad H_f = \sigma(W_{hf} x + U_{hf} H' + b_{hf})",
              r"S = F \odot S' + I \odot C, \quad H = H_f \odot f_1(S), \quad O = f_2(W_o H)",
              r"dH = W_o^\top (dO \odot f_2'(W_o H)) + dH_{\mathrm{next}}, \quad "
              r"dS = dH \odot H_f \odot f_1'(S) + dS_{\mathrm{next}}",
              r"\delta_{hf} = dH \odot f_1(S) \odot H_f \odot (1 - H_f), \quad \delta_c = dS \odot I \odot f_0'(z_c)",
              r"\delta_i = dS \odot C \odot I \odot (1 - I), \quad \delta_f = dS \odot S' \odot F \odot (1 - F)",
              r"dH' = U_{hf}^\top \delta_{hf} + U_c^\top \delta_c + U_i^\top \delta_i + U_f^\top \delta_f",
              r"dx = W_{hf}^\top \delta_{hf} + W_c^\top \delta_c + W_i^\top \delta_i + W_f^\top \delta_f",
              r"dS' = dS \odot F"))
