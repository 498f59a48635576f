"""What goes wrong on an LSTM's way forward. Each entry changes a line or two of reference_impl/layers/lstm.py."""

from nnparity.reference_impl.mistakes.mistake import Mistake


def forward(id, title, right, wrong, symptom, fix, correct, mistaken, *also, config=(), case="lstm-two_biases", **about):
    return Mistake(id=f"lstm-{id}", area="lstm", module="layers.lstm", kinds=("lstm",), part="forward", title=title, right=right,
                   wrong=wrong, also=also, symptom=symptom, fix=fix, correct=correct, mistaken=mistaken, config=dict(config),
                   case=f"{case}-float64-generic", **about)


FUSED = {"activation": "tanh", "gate_activation": "sigmoid", "peepholes": False}  # all gates are there before the cell is
TANH_CELL = {"cell_activation": "tanh"}
PEEPHOLES = {"config": {"peepholes": True}, "case": "lstm-peepholes"}

FORGET = "np.multiply(f, s_t, s_next)"
WRITE = "np.add(s_next, np.multiply(i, g, written), s_next)"
SQUASH, SQUASH_OTHER = "np.tanh(s_next, squashed_t)", "squashed_t[...] = squashed(s_next)"
OUT = "np.multiply(o, squashed_t, h_next)"
PRODUCT = "product(v_t, W, out=a)"
START = 'h[0], s[0] = inputs.get("h0", 0), inputs.get("c0", 0)'
RETURN = '{"y": batch_first(h[1:]), "h_n": h[-1], "c_n": s[-1]}'
BIAS = 'b + params["recurrent_bias"] if recurrent_bias == "separate" else b'
RECURRENT = "W[..., I + 1:, :, :] = R.swapaxes(-3, -2)"
GATE = 'gate, _ = elementwise("lstm", "gate_activation", gate_activation)'
BY_GATE = ('usual = (activation, gate_activation, peepholes) == ("tanh", "sigmoid", False)', "usual = False")
SEEN = 'p_i, p_f, p_o = np.moveaxis(params["peephole"], -2, 0)'

CELL, HIDDEN = r"s' = f \odot s + i \odot g", r"h' = o \odot \tanh(s')"
F, G = r"f = \sigma(x K_f + b_f + h R_f)", r"g = \tanh(x K_g + b_g + h R_g)"
BLOCKS = "Blocks are cut at 0, H, 2H, 3H in the order of the weights: i, f, g, o in PyTorch and Keras, i, o, f, g in ONNX."

THE_MIX = (
    forward("input-forget-exchanged", "input and forget gate exchanged", FORGET, "np.multiply(i, s_t, s_next)",
            "Every output is off; shapes never show it.", BLOCKS, CELL, r"s' = i \odot s + f \odot g",
            ("np.multiply(i, g, written)", "np.multiply(f, g, written)")),
    forward("forget-output-exchanged", "forget and output gate exchanged", FORGET, "np.multiply(o, s_t, s_next)",
            "Every output is off; shapes never show it.", BLOCKS, rf"{CELL} \quad {HIDDEN}",
            r"s' = o \odot s + i \odot g \quad h' = f \odot \tanh(s')", (OUT, "np.multiply(f, squashed_t, h_next)"), config=FUSED),
    forward("input-output-exchanged", "input and output gate exchanged", "np.multiply(i, g, written)", "np.multiply(o, g, written)",
            "Every output is off; shapes never show it.", BLOCKS, rf"{CELL} \quad {HIDDEN}",
            r"s' = f \odot s + o \odot g \quad h' = i \odot \tanh(s')", (OUT, "np.multiply(i, squashed_t, h_next)"), config=FUSED),
    forward("forget-inverted", "forget gate inverted: 1 forgets instead of keeping", FORGET, "np.multiply(1 - f, s_t, s_next)",
            "A forget gate near 1 erases the cell. Trained from scratch it learns as well; with other weights it is wrong.",
            "f = 1 keeps the cell state: multiply by f, not by 1 - f.", CELL, r"s' = (1 - f) \odot s + i \odot g"),
    forward("coupled-by-forget", "input gate replaced by 1 - f", WRITE, f"i[...] = 1 - f; {WRITE}",
            "The mix of a GRU in an LSTM (coupled gates): the input gate has no effect.", "The input gate is a gate of its own.",
            CELL, r"s' = f \odot s + (1 - f) \odot g"),
    forward("coupled-by-input", "forget gate replaced by 1 - i", FORGET, f"f[...] = 1 - i; {FORGET}",
            "The mix of a GRU in an LSTM (coupled gates): the forget gate has no effect.", "The forget gate is a gate of its own.",
            CELL, r"s' = (1 - i) \odot s + i \odot g"),
    forward("no-forget-gate", "forget gate not used", FORGET, "s_next[...] = s_t",
            "The form of 1997: the cell only adds up and grows with time.", "Multiply the old cell state by f.",
            CELL, r"s' = s + i \odot g", source="https://discuss.pytorch.org/t/29154"),
    forward("no-input-gate", "input gate not used", WRITE, "np.add(s_next, g, s_next)",
            "Cell states too large from the first step on.", "Multiply the candidate by i.", CELL, r"s' = f \odot s + g"),
    forward("no-output-gate", "output gate not used", OUT, "h_next[...] = squashed_t",
            "States too large from the first step on; the cell states of the first step are right.",
            "Multiply by o.", HIDDEN, r"h' = \tanh(s')"),
    forward("gates-added", "input gate added to the candidate instead of multiplied", WRITE,
            "np.add(s_next, np.add(i, g, written), s_next)", "Cell states are nearly always positive and grow.",
            "A gate multiplies.", CELL, r"s' = f \odot s + i + g"),
    forward("forget-on-all", "forget gate multiplies the new part too", WRITE,
            "np.multiply(f, np.add(s_t, np.multiply(i, g, written)), s_next)", "Cell states too small from the first step on.",
            "f scales the old cell state only.", CELL, r"s' = f \odot (s + i \odot g)"),
    forward("cell-from-state", "old hidden state where the old cell state belongs", FORGET,
            "np.multiply(f, h[t], s_next)", "The cell's memory is cut short at every step.",
            "Carry two states: h feeds the gates, s the forget gate.", CELL, r"s' = f \odot h + i \odot g"),
    forward("cell-squashed", "cell state squashed before it is stored", WRITE, f"{WRITE}; np.tanh(s_next, s_next)",
            "The cell never leaves [-1, 1] and fades.", "Store s' itself; tanh belongs to the output only.",
            CELL, r"s' = \tanh(f \odot s + i \odot g)"),
)

THE_OUTPUT = (
    forward("cell-activation-forgotten", "no tanh on the cell state", SQUASH, "squashed_t[...] = s_next",
            "Right as long as the cell state is small; states leave [-1, 1].", "h' = o ⊙ tanh(s').",
            HIDDEN, r"h' = o \odot s'", config=TANH_CELL),
    forward("cell-sigmoid", "sigmoid instead of tanh on the cell state", SQUASH, "squashed_t[...] = 1 / (1 + np.exp(-s_next))",
            "No state is ever negative.", "h' = o ⊙ tanh(s').", HIDDEN, r"h' = o \odot \sigma(s')", config=TANH_CELL),
    forward("gate-inside-tanh", "output gate inside the tanh", OUT, "np.tanh(o * s_next, h_next)",
            "A few per cent off where the cell state is large.", "Squash first, then multiply by o.",
            HIDDEN, r"h' = \tanh(o \odot s')", config=TANH_CELL),
    forward("output-of-old-cell", "state taken from the old cell state", SQUASH, "np.tanh(s_t, squashed_t)",
            "The first output shows the initial cell state only: zero where there is none.", "h' = o ⊙ tanh(s'), of the new s'.",
            HIDDEN, r"h' = o \odot \tanh(s)", (SQUASH_OTHER, "squashed_t[...] = squashed(s_t)")),
    forward("output-of-candidate", "state taken from the candidate instead of the cell", SQUASH, "np.tanh(g, squashed_t)",
            "The cell states of the first step are right, the states are not.", "h' = o ⊙ tanh(s').", HIDDEN,
            r"h' = o \odot \tanh(g)", (SQUASH_OTHER, "squashed_t[...] = squashed(g)")),
    forward("y-is-cell", "cell states returned as the outputs", RETURN, RETURN.replace("h[1:]", "s[1:]"),
            "The last states are right, the sequence is not, and it leaves [-1, 1].", "y_t is h after step t.",
            r"y_t = h_t \,", r"y_t = s_t \,"),
    forward("states-exchanged", "last states h and c returned under each other's name", RETURN,
            '{"y": batch_first(h[1:]), "h_n": s[-1], "c_n": h[-1]}', "The sequence is right, both last states are wrong.",
            "PyTorch returns (h, c), Keras h, c; TensorFlow 1's tuple is (c, h).", r"h_n = h_T \quad c_n = s_T",
            r"h_n = s_T \quad c_n = h_T"),
    forward("cell-returned-squashed", "tanh of the cell state returned as the last cell state", RETURN,
            RETURN.replace("s[-1]", "squashed_s[-1]"), "Everything is right but c_n.", "Return s, not tanh(s).",
            r"c_n = s_T \,", r"c_n = \tanh(s_T)", config=TANH_CELL),
    forward("outputs-shifted", "outputs are the states before each step", RETURN, RETURN.replace("h[1:]", "h[:-1]"),
            "The first output is the initial state.", "y_t is the state after step t.", r"y_t = h_t \,", r"y_t = h_{t-1} \,"),
    forward("last-is-first", "last states taken from the first step", RETURN,
            RETURN.replace("h[-1]", "h[1]").replace("s[-1]", "s[1]"), "The sequence is right and the last states are not.",
            "h_n is y at the last step.", r"h_n = h_T \,", r"h_n = h_1 \,"),
)

THE_GATES = (
    forward("candidate-sigmoid", "sigmoid instead of tanh on the candidate", "g[...] = candidate(a_g)", "g[...] = gate(a_g)",
            "From a zero state no cell state is ever negative.", "The candidate has an activation of its own: tanh.",
            G, r"g = \sigma(x K_g + b_g + h R_g)", BY_GATE, config={"activation": ("tanh", "relu")}),
    forward("candidate-linear", "no activation on the candidate", "g[...] = candidate(a_g)", "g[...] = a_g",
            "Cell states too large; nearly right where the candidate is small.", "Apply tanh to the candidate.",
            G, r"g = x K_g + b_g + h R_g \,", BY_GATE),
    forward("gates-tanh", "tanh instead of sigmoid on the gates", GATE, "gate = np.tanh",
            "Gates become negative; states change sign.", "The gates' activation is the logistic sigmoid.",
            F, r"f = \tanh(x K_f + b_f + h R_f)", BY_GATE),
    forward("gates-negated", "sigmoid without the minus sign", GATE, f"{GATE}; right = gate; gate = lambda a: right(-a)",
            "Every gate is one minus what it should be.", "σ(a) = 1 / (1 + exp(-a))",
            r"\sigma(a) = \frac{1}{1 + e^{-a}}", r"\sigma(a) = \frac{1}{1 + e^{a}}", BY_GATE, source="K48"),
    forward("gates-hard", "hard sigmoid 0.2 a + 0.5 on the gates", GATE, "gate = lambda a: np.clip(0.2 * a + 0.5, 0, 1)",
            "A few per cent off everywhere: the default of Keras before version 2.3.",
            "Use the logistic sigmoid, or set recurrent_activation on the other side.",
            r"\sigma(a) = \frac{1}{1 + e^{-a}}", r"\sigma(a) = \min(\max(0.2 a + 0.5, 0), 1)", BY_GATE,
            source="https://github.com/keras-team/keras/pull/9112"),
    forward("forget-copies-input", "forget gate computed with the input gate's weights", RECURRENT,
            f"{RECURRENT}; W[..., 1, :] = W[..., 0, :]", "Copied line, index not changed: f equals i.",
            "Each gate has weights of its own.", F, r"f = \sigma(x K_i + b_i + h R_i)"),
    forward("output-copies-forget", "output gate computed with the forget gate's weights", RECURRENT,
            f"{RECURRENT}; W[..., 3, :] = W[..., 1, :]", "Copied line, index not changed: o equals f.",
            "Each gate has weights of its own.", r"o = \sigma(x K_o + b_o + h R_o)", r"o = \sigma(x K_f + b_f + h R_f)"),
    forward("output-copies-input", "output gate computed with the input gate's weights", RECURRENT,
            f"{RECURRENT}; W[..., 3, :] = W[..., 0, :]", "Copied line, index not changed: o equals i.",
            "Each gate has weights of its own.", r"o = \sigma(x K_o + b_o + h R_o)", r"o = \sigma(x K_i + b_i + h R_i)"),
    forward("forget-copies-recurrent", "forget gate uses the input gate's recurrent kernel", RECURRENT,
            f"{RECURRENT}; W[..., I + 1:, 1, :] = W[..., I + 1:, 0, :]", "Nearly right: only the recurrent product is another's.",
            "Each gate has weights of its own.", F, r"f = \sigma(x K_f + b_f + h R_i)"),
    forward("gates-without-state", "gates do not look at the state", RECURRENT, f"{RECURRENT}; W[..., I + 1:, (0, 1, 3), :] = 0",
            "The first step from a zero state is right, later ones drift.", "Every gate sees x and h.",
            F, r"f = \sigma(x K_f + b_f)"),
    forward("candidate-without-state", "candidate does not look at the state", RECURRENT, f"{RECURRENT}; W[..., I + 1:, 2, :] = 0",
            "The first step from a zero state is right, later ones drift.", "The candidate sees x and h.",
            G, r"g = \tanh(x K_g + b_g)"),
    forward("recurrent-transposed", "recurrent kernels transposed", RECURRENT, RECURRENT.replace("R.", "R.mT."),
            "No shape error, since they are square; the first step from zero is right.",
            "h R with R (hidden in, hidden out); a framework that stores (out, in) needs the transpose.", r"h R \,", r"h R^\top"),
    forward("bias-lost", "bias left out", f"W[..., I, :, :] = {BIAS}", "W[..., I, :, :] = 0", "Right as long as the bias is zero.",
            "Add b to every gate.", F, r"f = \sigma(x K_f + h R_f)"),
    forward("bias-doubled", "bias added twice", f"W[..., I, :, :] = {BIAS}", f"W[..., I, :, :] = 2 * ({BIAS})",
            "Right as long as the bias is zero.", "One bias for a gate: with the input product or the recurrent one, not both.",
            F, r"f = \sigma(x K_f + b_f + h R_f + b_f)", source="https://discuss.pytorch.org/t/146907"),
    forward("forget-bias-lost", "bias of the forget gate left out", f"W[..., I, :, :] = {BIAS}",
            f"W[..., I, :, :] = {BIAS}; W[..., I, 1, :] = 0", "Right as long as that bias is zero.", "Add b_f.",
            F, r"f = \sigma(x K_f + h R_f)"),
)

THE_STATES = (
    forward("initial-state-ignored", "initial states ignored", START, "h[0], s[0] = 0, 0", "Right where both start at zero.",
            "Start from h0 and c0.", r"h_0, s_0 \text{ given}", r"h_0 = s_0 = 0 \,"),
    forward("initial-state-c-ignored", "initial cell state ignored", START, 'h[0], s[0] = inputs.get("h0", 0), 0',
            "Right where the cell starts at zero.", "Start from c0 too.", r"s_0 \text{ given}", r"s_0 = 0 \,"),
    forward("initial-state-exchanged", "initial states h and c exchanged", START,
            'h[0], s[0] = inputs.get("c0", 0), inputs.get("h0", 0)', "Right where both start at zero.",
            "PyTorch takes (h, c), Keras [h, c]; TensorFlow 1's tuple is (c, h).", r"(h_0, s_0) \,", r"(s_0, h_0) \,"),
    forward("state-not-carried", "gates look at the initial state at every step", PRODUCT,
            "product(np.concatenate([v_t[..., :I + 1], h[0]], -1), W, out=a)", "The first step is right, later ones are not.",
            "The gates read the state of the step before.", F, r"f_t = \sigma(x_t K_f + b_f + h_0 R_f)"),
    forward("cell-not-carried", "initial cell state used at every step", FORGET, "np.multiply(f, s[0], s_next)",
            "The first step is right, later ones are not.", "s_t comes from s of step t-1.",
            r"s_t = f_t \odot s_{t-1} + i_t \odot g_t", r"s_t = f_t \odot s_0 + i_t \odot g_t"),
    forward("cell-fed-back", "gates look at the cell state instead of the hidden state", PRODUCT,
            "product(np.concatenate([v_t[..., :I + 1], s_t], -1), W, out=a)",
            "From zero states the first step is right, later ones drift.", "h goes into the gates, s into the forget gate.",
            F, r"f = \sigma(x K_f + b_f + s R_f)"),
    forward("time-reversed", "sequence read from its end", "v[:-1, ..., :I], v[..., I] = x, 1", "v[:-1, ..., :I], v[..., I] = x[::-1], 1",
            "Right for one step only.", "Walk from the first step to the last.", r"t = 1, \dots, T", r"t = T, \dots, 1"),
    forward("peephole-old-cell", "output gate's peephole sees the old cell state", "a_o += p_o * s_next", "a_o += p_o * s_t",
            "i and f are right, o is not.", "o sees the new cell state.", r"o = \sigma(\dots + p_o \odot s')",
            r"o = \sigma(\dots + p_o \odot s)", **PEEPHOLES),
    forward("peephole-output-lost", "output gate has no peephole", "a_o += p_o * s_next", "pass", "i and f are right, o is not.",
            "All three gates see the cell.", r"o = \sigma(\dots + p_o \odot s')", r"o = \sigma(\dots)", **PEEPHOLES),
    forward("peephole-gates-exchanged", "peepholes of input and forget gate exchanged", SEEN, SEEN.replace("p_i, p_f", "p_f, p_i"),
            "Every output is off a little.", "The rows of p are i, f, o here and i, o, f in ONNX.",
            r"i = \sigma(\dots + p_i \odot s)", r"i = \sigma(\dots + p_f \odot s)", **PEEPHOLES),
    forward("peephole-packed-iof", "peepholes read in the order i, o, f", SEEN, SEEN.replace("p_f, p_o", "p_o, p_f"),
            "Every output is off a little.", "The rows of p are i, f, o here and i, o, f in ONNX.",
            r"f = \sigma(\dots + p_f \odot s)", r"f = \sigma(\dots + p_o \odot s)", **PEEPHOLES),
    forward("peephole-of-state", "peepholes see the hidden state instead of the cell", "a_i += p_i * s_t", "a_i += p_i * h[t]",
            "Every output is off a little.", "A peephole looks into the cell.", r"i = \sigma(\dots + p_i \odot s)",
            r"i = \sigma(\dots + p_i \odot h)", ("a_f += p_f * s_t", "a_f += p_f * h[t]"),
            ("a_o += p_o * s_next", "a_o += p_o * h[t]"), **PEEPHOLES),
)

MISTAKES = THE_MIX + THE_OUTPUT + THE_GATES + THE_STATES
