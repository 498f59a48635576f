"""What goes wrong in simple recurrent layers. Each entry changes a line or two of reference_impl/layers/simple_rnn.py.

In the formulas a is the pre-activation, φ the activation and δ the gradient of the loss.
"""

from nnparity.reference_impl.mistakes.mistake import Mistake


def _mistake(part, id, title, right, wrong, symptom, fix, correct, mistaken, *also, config=(), **about):
    return Mistake(id=f"rnn-{id}", area="recurrent", module="layers.simple_rnn", kinds=("simple_rnn",), part=part, title=title,
                   right=right, wrong=wrong, also=also, symptom=symptom, fix=fix, correct=correct, mistaken=mistaken,
                   config=dict(config), **{"case": "simple_rnn-tanh-float64-generic", **about})


def forward(*about, **more):
    return _mistake("forward", *about, **more)


def backward(*about, **more):
    return _mistake("backward", *about, **more)


NEW = "h_next[...] = value(a_t)"
PRODUCT = "product(v_t, W, out=a_t)"
ROWS = "W = np.concatenate([K, b[..., None, :], R], axis=-2, dtype=dtype)"
RETURN = '{"y": batch_first(h[1:]), "h_n": h[-1]}'
START = 'h[0] = inputs.get("h0", 0)'
STEP = r"h' = \varphi(x K + b + h R)"
TANH, SIGMOID = {"activation": "tanh"}, {"activation": "sigmoid"}

FORWARD = (
    forward("no-activation", "no activation on the state", NEW, "h_next[...] = a_t", "States grow or fade without a bound.",
            "h' = φ(a).", STEP, r"h' = x K + b + h R \quad (\varphi \text{ left out})"),
    forward("state-outside-activation", "recurrent product added outside the activation", NEW,
            "rest = h[t] @ R; h_next[...] = value(a_t - rest) + rest", "The first step from a zero state is right.",
            "The activation is taken of the whole sum.", STEP, r"h' = \varphi(x K + b) + h R",
            ("for v_t, a_t, h_next in zip(v, a, h[1:])", "for t, (v_t, a_t, h_next) in enumerate(zip(v, a, h[1:]))")),
    forward("residual", "old state added to the new one", NEW, "h_next[...] = h[t] + value(a_t)",
            "States grow with time.", "The old state enters through R only.", STEP, r"h' = h + \varphi(x K + b + h R)",
            ("for v_t, a_t, h_next in zip(v, a, h[1:])", "for t, (v_t, a_t, h_next) in enumerate(zip(v, a, h[1:]))")),
    forward("pre-activation-carried", "pre-activation carried on as the state", NEW, "h_next[...] = a_t",
            "Outputs are right at the first step from a zero state, then drift.", "Carry h' = φ(a), not a.",
            r"a_t = x_t K + b + \varphi(a_{t-1}) R", r"a_t = x_t K + b + a_{t-1} R \,",
            (RETURN, '{"y": batch_first(value(h[1:])), "h_n": value(h[-1])}')),
    forward("accumulates", "pre-activations accumulate over the steps", PRODUCT,
            f"{PRODUCT}; a_t += sums; sums = a_t", "The first step is right; later ones contain all sums before.",
            "Start each step's sum anew.", r"a_t = x_t K + b + h_{t-1} R \,", r"a_t = a_{t-1} + x_t K + b + h_{t-1} R \,",
            ("product = product_for(W)", "product = product_for(W); sums = 0"), source="K49"),
    forward("sigmoid-negated", "sigmoid without the minus sign", NEW, "h_next[...] = value(-a_t)",
            "Every state is one minus what it should be.", "σ(a) = 1 / (1 + exp(-a))", r"\sigma(a) = \frac{1}{1 + e^{-a}}",
            r"\sigma(a) = \frac{1}{1 + e^{a}}", config=SIGMOID, case="simple_rnn-sigmoid-float64-generic", source="K48"),
    forward("bias-lost", "bias left out", "b[..., None, :], R]", "0 * b[..., None, :], R]", "Right as long as the bias is zero.",
            "Add the bias.", STEP, r"h' = \varphi(x K + h R)"),
    forward("bias-doubled", "bias added twice", "b[..., None, :], R]", "2 * b[..., None, :], R]", "Right as long as the bias is zero.",
            "One bias: with the input product or with the recurrent one.", STEP, r"h' = \varphi(x K + b + h R + b)"),
    forward("no-recurrence", "recurrent product left out", ROWS, ROWS.replace(", R]", ", 0 * R]"),
            "A dense layer at each step: the first step from a zero state is right.", "Add h R.", STEP, r"h' = \varphi(x K + b)"),
    forward("recurrent-transposed", "recurrent kernel transposed", ROWS, ROWS.replace(", R]", ", R.mT]"),
            "No shape error, since it is square; the first step from zero is right.", "h R with R (hidden in, hidden out).",
            r"h R \,", r"h R^\top"),
    forward("state-not-carried", "initial state used at every step", PRODUCT,
            "product(np.concatenate([v_t[..., :I + 1], h[0]], -1), W, out=a_t)", "The first step is right, later ones are not.",
            "Assign the new state to the variable that the next step reads.", r"h_t = \varphi(x_t K + b + h_{t-1} R)",
            r"h_t = \varphi(x_t K + b + h_0 R)"),
    forward("initial-state-ignored", "initial state ignored", START, "h[0] = 0", "Right where the state starts at zero.",
            "Start from h0.", r"h_0 \text{ given}", r"h_0 = 0 \,"),
    forward("time-reversed", "sequence read from its end", "v[:-1, ..., :I], v[..., I] = x, 1", "v[:-1, ..., :I], v[..., I] = x[::-1], 1",
            "Right for one step only.", "Walk from the first step to the last.", r"t = 1, \dots, T", r"t = T, \dots, 1"),
    forward("outputs-shifted", "outputs are the states before each step", RETURN, RETURN.replace("h[1:]", "h[:-1]"),
            "The first output is the initial state.", "y_t is the state after step t.", r"y_t = h_{t} \,", r"y_t = h_{t-1} \,"),
    forward("last-is-first", "last state taken from the first step", RETURN, RETURN.replace("h[-1]", "h[1]"),
            "The sequence is right and the last state is not.", "h_n is y at the last step.", r"h_n = h_{T} \,", r"h_n = h_{1} \,"),
)

TO_STATE = "np.dot(da_t, R_T, dh)"
ADD = "dh += dy_t"
UPSTREAM = 'dy = time_first(cotangents["y"])'
SLOPE = "da[steps] = slope(a[steps], h[1:][steps])"
LAST = 'dh = cotangents["h_n"].copy()'
DW = "dW = v[:-1].reshape(T * B, -1).T @ rows"
DR = '"recurrent_kernel": dW[I + 1:]'
R_T = 'R_T = np.ascontiguousarray(params["recurrent_kernel"].T)'
H_OLD, A = r"\delta h_{t-1} = \delta a_t R^\top", r"\delta a_t = \varphi'(a_t) \odot \delta h_t"
UP, D_R = r"\delta h_t = \delta y_t + \delta a_{t+1} R^\top", r"\delta R = \sum_t h_{t-1}^\top \delta a_t"

BACKWARD = (
    backward("no-time", "gradient does not travel back through time", TO_STATE, "dh[...] = 0",
             "The last step is right, every other gets its own output's gradient only.", "Add dL/dh from step t+1.", UP,
             r"\delta h_t = \delta y_t"),
    backward("state-for-gradient", "the state is added where the next step's gradient belongs", UPSTREAM, f"{UPSTREAM} + h[1:]",
             "All gradients wrong though the outputs are right.", "Add dL/dh from step t+1, not h itself.", UP,
             r"\delta h_t = \delta y_t + h_t", (TO_STATE, "dh[...] = 0"), source="K09"),
    backward("derivative-left-out", "activation's derivative left out", SLOPE, "da[steps] = 1", "Gradients too large, and growing.",
             "Multiply by φ'.", A, r"\delta a_t = \delta h_t"),
    backward("tanh-derivative-twice", "tanh' taken at its value", SLOPE, "da[steps] = 1 - np.tanh(h[1:][steps])**2",
             "Gradients a little too large.", "1 - tanh(a)² at the pre-activation a is 1 - h² at the state h.",
             r"\tanh'(a) = 1 - h'^2", r"1 - \tanh^2(h')", config=TANH, source="K12"),
    backward("tanh-derivative-not-squared", "tanh' as 1 - h", SLOPE, "da[steps] = 1 - h[1:][steps]",
             "Gradients too large where the state is negative.", "tanh'(a) = 1 - h²", r"\tanh'(a) = 1 - h'^2",
             r"\tanh'(a) = 1 - h'", config=TANH),
    backward("derivative-of-old-state", "activation's derivative taken at the old state", SLOPE,
             "da[steps] = slope(np.concatenate([a[:1], a])[:-1][steps], h[:-1][steps])", "Off by one step.",
             "φ' at the pre-activation that made the new state.", A, r"\delta a_t = \varphi'(a_{t-1}) \odot \delta h_t"),
    backward("sigmoid-of-sigmoid", "σ' taken at its value", SLOPE,
             "da[steps] = np.exp(-h[1:][steps]) / (1 + np.exp(-h[1:][steps]))**2", "Gradients too large.",
             "A helper that wants the pre-activation was given the state: σ' is h(1-h) at the state h.",
             r"\sigma'(a) = h' (1 - h')", r"\sigma(h') (1 - \sigma(h'))", config=SIGMOID,
             case="simple_rnn-sigmoid-float64-generic", source="K12, K40"),
    backward("upstream-after-derivative", "upstream gradient added after the activation's derivative",
             "np.multiply(da_t, dh, da_t)", "da_t *= dh; da_t += dy_t",
             "What comes from the output is too large, what comes from later steps is right.",
             "Add dL/dy to dL/dh first, then multiply by φ'.", A, r"\delta a_t = \varphi'(a_t) \odot \delta a_{t+1} R^\top + \delta y_t",
             (ADD, "pass")),
    backward("kernel-not-transposed", "recurrent kernel not transposed on the way back", R_T, R_T.replace("].T", "]"),
             "No shape error, since it is square; the last step is right.", "y = h R pulls back as dh = dy Rᵀ.", H_OLD,
             r"\delta h_{t-1} = \delta a_t R"),
    backward("last-step-only", "weight gradients taken from the last step only", DW, "dW = v[T - 1].T @ rows[-B:]",
             "Inputs right, weights and biases wrong.", "A weight used at every step gets the sum over all steps: +=, not =.",
             D_R, r"\delta R = h_{T-1}^\top \delta a_T", source="K11"),
    backward("first-step-only", "weight gradients assigned at each step: the first step's remain", DW, "dW = v[0].T @ rows[:B]",
             "Inputs right, weights and biases wrong.", "A weight used at every step gets the sum over all steps: +=, not =.",
             D_R, r"\delta R = h_{0}^\top \delta a_1", source="K11"),
    backward("new-state-in-kernel", "recurrent kernel's gradient uses the new state", DR,
             '"recurrent_kernel": h[1:].reshape(T * B, H).T @ rows', "Only the recurrent kernel's gradient is wrong.",
             "The product at step t is with the state of step t-1.", D_R, r"\delta R = \sum_t h_{t}^\top \delta a_t", source="K41"),
    backward("initial-state-in-kernel", "recurrent kernel's gradient takes the first state for zero", DR,
             '"recurrent_kernel": h[1:-1].reshape(T * B - B, H).T @ rows[B:]',
             "Only the recurrent kernel's gradient is wrong, and only where the state does not start at zero.",
             "The first step's product was with h0.", D_R, r"\delta R = \sum_{t > 1} h_{t-1}^\top \delta a_t"),
    backward("last-cotangent-lost", "gradient of the last state ignored", LAST, '  dh = 0 * cotangents["h_n"]'.strip(),
             "Right as long as the loss does not use the last state.", "Start the walk back with dL/dh_n.",
             r"\delta h_T = \delta y_T + \delta h_n", r"\delta h_T = \delta y_T"),
    backward("last-output-only", "upstream gradients of all steps but the last lost", UPSTREAM,
             f"{UPSTREAM}; dy = np.concatenate([0 * dy[:-1], dy[-1:]])", "Right where the loss uses the last output only.",
             "Every step adds its own dL/dy.", UP, r"\delta h_t = \delta a_{t+1} R^\top"),
    backward("clipped", "gradient clipped at every step", ADD, "np.clip(dh + dy_t, -1, 1, out=dh)",
             "Right as long as no gradient exceeds the bound.", "Clip after the backward pass, not inside it.", UP,
             r"\delta h_t = \min(\max(\delta y_t + \delta a_{t+1} R^\top, -1), 1)"),
    backward("clipped-on-its-way", "gradient clipped where it is handed to the step before", TO_STATE,
             f"{TO_STATE}; np.clip(dh, -1, 1, out=dh)", "Right as long as no gradient exceeds the bound.",
             "Clip after the backward pass, not inside it.", H_OLD, r"\delta h_{t-1} = \min(\max(\delta a_t R^\top, -1), 1)", only=("generic",), config={"activation": ("tanh", "relu")}),
    backward("old-state-for-gradient", "the old state is handed back where its gradient belongs", TO_STATE, "dh[...] = next(states)",
             "The last step is right.", "Hand back dL/dh, not h itself.", H_OLD, r"\delta h_{t-1} = h_{t-1}",
             (LAST, f"{LAST}; states = iter(h[-2::-1])"), source="K09"),
    backward("cut-every-two", "gradient cut after every two steps", TO_STATE, f"{TO_STATE}; dh *= next(goes_on)",
             "Last steps right, earlier ones lack what comes from beyond a cut.",
             "Not a bug if it is meant: truncated backpropagation is an approximation.", H_OLD,
             r"\delta h_{t-1} = 0 \text{ where } t \text{ is even}",
             (LAST, f"{LAST}; goes_on = iter([t % 2 > 0 or t == 0 for t in reversed(range(T))])"), source="K20"),
    backward("cut-after-one", "gradient of an output reaches one step back only", TO_STATE,
             "np.dot(slope_t * dy_t, R_T, dh)", "The last two steps are right.",
             "Not a bug if it is meant: truncated backpropagation with a window of one step.", H_OLD,
             r"\delta h_{t-1} = (\varphi'(a_t) \odot \delta y_t) R^\top",
             ("np.multiply(da_t, dh, da_t)", "slope_t = da_t.copy(); np.multiply(da_t, dh, da_t)"), source="K20"),
)

MISTAKES = FORWARD + BACKWARD
