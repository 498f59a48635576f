"""What goes wrong on an LSTM's way back. Each entry changes a line or two of reference_impl/layers/lstm.py.

In the formulas δ is the gradient of the loss: δh of the state, δs of the cell, δa_f of the forget gate's pre-activation.
"""

from nnparity.reference_impl.mistakes.mistake import Mistake

FULL = {"truncate": None}
BEYOND = {"truncate": (None, 1, 2, 3, 6)}  # windows that reach beyond their own step


def backward(id, title, right, wrong, symptom, fix, correct, mistaken, *also, config=(), case="lstm-two_biases", **about):
    return Mistake(id=f"lstm-{id}", area="lstm", module="layers.lstm", kinds=("lstm",), part="backward", title=title, right=right,
                   wrong=wrong, also=also, symptom=symptom, fix=fix, correct=correct, mistaken=mistaken, config=dict(config),
                   case=f"{case}-float64-generic", **about)


TO_CELL = "np.add(ds, np.multiply(dh, ds_dh, room), ds)"
DECAY = "np.multiply(ds, f, ds)"
TO_STATE = "np.dot(da_t, R_T, dh)"
TO_STATE_WINDOWS = "dh = (of_windows.reshape(-1, 4 * H) @ R_T).reshape(-1, B, H)"
R_T = "R_T = R.swapaxes(-2, -1).reshape(4 * H, H)"
DX = "dx = rows @ K.swapaxes(-2, -1).reshape(4 * H, I)"
DW = "dW = (v[:-1].reshape(T * B, -1).T @ rows)"
UPSTREAM = 'dy = time_first(cotangents["y"])'
ADD = "dh += dy_t"
ROOM = "room = np.empty_like(dh)"
LAST = 'dh, ds = cotangents["h_n"].copy(), cotangents["c_n"].copy()'
TAPE = "v, h, s, gates, all_a, squashed_s = tape"
D_I, D_F = "local[:, 0] = g * gate_slope(a_i, i)", "local[:, 1] = s[:-1][steps] * gate_slope(a_f, f)"
D_G, D_O = "local[:, 2] = i * slope(a_g, g)", "local[:, 3] = squashed_s[steps] * gate_slope(a_o, o)"
DS_DH = "o * cell_slope(s[1:][steps], squashed_s[steps])"
DR = '"recurrent_kernel": dW[I + 1:].swapaxes(0, 1)'
TANH, TANH_CELL, SIGMOID = {"activation": "tanh"}, {"cell_activation": "tanh"}, {"gate_activation": "sigmoid"}
PEEPHOLES = {"config": {"peepholes": True}, "case": "lstm-peepholes"}

S = r"\delta s' = \delta s'_{t+1} + \delta h' \odot o \odot (1 - \tanh^2(s'))"
S_OLD, H_OLD = r"\delta s = \delta s' \odot f", r"\delta h = \sum_{k} \delta a_k R_k^\top"
A_I, A_F = r"\delta a_i = \delta s' \odot g \odot i (1 - i)", r"\delta a_f = \delta s' \odot s \odot f (1 - f)"
A_G, A_O = r"\delta a_g = \delta s' \odot i \odot (1 - g^2)", r"\delta a_o = \delta h' \odot \tanh(s') \odot o (1 - o)"
X, D_R = r"\delta x = \sum_{k} \delta a_k K_k^\top", r"\delta R = \sum_t h_{t-1}^\top \delta a_t"
NAMES = {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"}
ALL_BUT = {gate: f"[{', '.join(str(int(other != gate)) for other in 'ifgo')}]" for gate in "ifgo"}

THROUGH_TIME = (
    backward("no-decay", "cell's gradient passed on without the forget gate", DECAY, "pass",
             "The last step is right, earlier gradients are too large.", "ds'/ds = f: multiply.", S_OLD,
             r"\delta s = \delta s'", config=BEYOND),
    backward("decay-of-next-step", "cell's gradient multiplied by the wrong step's forget gate", TO_CELL,
             "np.add(ds * f, np.multiply(dh, ds_dh, room), ds)", "Off by one step: f of step t where f of step t+1 belongs.",
             "Multiply by f of the step that is being left.", r"\delta s_t = \delta s_{t+1} \odot f_{t+1} + \dots",
             r"\delta s_t = \delta s_{t+1} \odot f_t + \dots", (DECAY, "pass")),
    *(backward(f"decay-by-{word}", f"cell's gradient multiplied by the {NAMES[gate]} instead of the forget gate",
               "ds_dh[::-1], gates[steps][::-1, 1]", f"ds_dh[::-1], gates[steps][::-1, {place}]",
               "The last step is right; earlier ones fade or grow at the wrong pace.", "s' contains f ⊙ s: what goes back is δs' ⊙ f.",
               S_OLD, rf"\delta s = \delta s' \odot {gate}", config=FULL)
      for place, gate, word in ((0, "i", "input"), (3, "o", "output"))),
    backward("cell-gradient-lost", "no gradient from the next step's cell state", DECAY, "ds[...] = 0",
             "The last step is right, earlier ones lack the path through the cell.", "Carry δs ⊙ f to the step before.",
             S_OLD, r"\delta s = 0", config=BEYOND),
    backward("cell-gradient-replaced", "cell's gradient overwritten instead of added to", TO_CELL, "np.multiply(dh, ds_dh, ds)",
             "What comes from the next step's cell, and from c_n, is lost.", "Add: two paths lead into the cell.",
             S, r"\delta s' = \delta h' \odot o \odot (1 - \tanh^2(s'))"),
    backward("state-gradient-lost", "no gradient from the next step's gates", TO_STATE, "dh[...] = 0",
             "The last step is right, earlier ones lack the path through the gates.",
             "Add the gradient that step t+1 sends back through R to the upstream gradient of step t.", H_OLD, r"\delta h = 0",
             (TO_STATE_WINDOWS, "dh = np.zeros((len(of_windows), B, H), of_windows.dtype)"), config=BEYOND),
    backward("no-time", "gradient does not travel back through time", TO_STATE, "dh[...], ds[...] = 0, 0",
             "The last step is right, every other gets its own output's gradient only.", "Carry δh and δs to the step before.",
             r"\delta h_t = \delta y_t + \delta h_{t \leftarrow t+1}", r"\delta h_t = \delta y_t", config=FULL),
    backward("state-for-gradient", "the state h is added where the next step's gradient belongs", UPSTREAM,
             f"{UPSTREAM} + h[1:]", "All gradients wrong though the outputs are right.", "Add dL/dh from step t+1, not h itself.",
             r"\delta h_t = \delta y_t + \delta h_{t \leftarrow t+1}", r"\delta h_t = \delta y_t + h_t", (TO_STATE, "dh[...] = 0"),
             config=FULL, source="K09"),
    backward("old-state-for-gradient", "the old state h is handed back where its gradient belongs", TO_STATE, "dh[...] = next(states)",
             "The last step is right.", "Hand back dL/dh, not h itself.", H_OLD, r"\delta h = h",
             (ROOM, f"{ROOM}; states = iter(h[-2::-1])"), config=FULL, source="K09"),
    backward("cell-for-gradient", "the cell state is added where the next step's gradient belongs", ADD,
             f"{ADD}; ds += next(cells)", "All gradients but the output gate's last step wrong.",
             "Add dL/dc from step t+1, not c itself.", S, r"\delta s' = s' + \delta h' \odot o \odot (1 - \tanh^2(s'))",
             (ROOM, f"{ROOM}; cells = iter(s[:0:-1])"), (DECAY, "ds[...] = 0"), config=FULL, source="K10"),
    backward("old-cell-for-gradient", "the old cell state is handed back where its gradient belongs", TO_STATE,
             f"{TO_STATE}; ds[...] = next(cells)", "The last step is right.", "Hand back dL/dc, not c itself.", S_OLD,
             r"\delta s = s", (ROOM, f"{ROOM}; cells = iter(s[-2::-1])"), config=FULL, source="K10"),
    backward("output-gate-without-matrix", "output gate's gradient handed on without its recurrent matrix", R_T,
             "R_T = np.concatenate([R[:3].mT.reshape(3 * H, H), np.eye(H, dtype=R.dtype)])", "The last step is right.",
             "Multiply by R_oᵀ as for the other gates.", r"\delta h = \dots + \delta a_o R_o^\top",
             r"\delta h = \dots + \delta a_o", config=BEYOND, source="K17"),
    *(backward(f"{name.replace(' ', '-')}-path-lost", f"no gradient through the recurrent kernel of the {name}", R_T,
               f"R_T = (R * np.array({ALL_BUT[gate]}, R.dtype)[:, None, None]).swapaxes(-2, -1).reshape(4 * H, H)",
               "The last step is right; nearly right elsewhere.", "Sum over all four gates.", H_OLD,
               rf"\delta h = \sum_{{k \ne {gate}}} \delta a_k R_k^\top", config=BEYOND, source="K17" if gate == "o" else "")
      for gate, name in NAMES.items()),
    backward("state-gradient-kept", "helper rebinds δh: the old one is added to", TO_STATE,
             "dh += da_t[:, :3 * H] @ R_T[:3 * H]", "δh of the new state goes on, and the output gate's share never arrives.",
             "Return the new δh from the helper, or write into it in place.", H_OLD,
             r"\delta h = \delta h' + \sum_{k \ne o} \delta a_k R_k^\top", config=FULL, source="K19"),
    backward("squashed-gradient-kept", "helper rebinds δh: the cell's factor stays on it", TO_STATE,
             "dh *= next(factors); dh += da_t[:, :3 * H] @ R_T[:3 * H]",
             "δh ⊙ tanh(s') goes on, and the output gate's share never arrives.",
             "Return the new δh from the helper, or write into it in place.", H_OLD,
             r"\delta h = \delta h' \odot \tanh(s') + \sum_{k \ne o} \delta a_k R_k^\top",
             (ROOM, f"{ROOM}; factors = iter(squashed_s[::-1])"), config=FULL, source="K19"),
    backward("helper-rebinds", "helper rebinds δs: the caller never sees it", TO_CELL, "ds = ds + dh * ds_dh",
             "Every step starts from dL/dc_n; c0's gradient is dL/dc_n.", "Write in place (+=), or return it.",
             S, r"\delta s' = \delta c_n + \delta h' \odot o \odot (1 - \tanh^2(s'))", config=FULL, source="K19"),
    backward("kernels-not-transposed", "recurrent kernels not transposed on the way back", R_T, "R_T = R.reshape(4 * H, H)",
             "No shape error, since they are square; the last step is right.", "y = h R pulls back as dh = dy Rᵀ.", H_OLD,
             r"\delta h = \sum_{k} \delta a_k R_k", config=BEYOND),
    backward("cut-every-two", "gradient cut after every two steps", TO_STATE,
             f"{TO_STATE}; inside = next(goes_on); dh *= inside; ds *= inside",
             "Last steps right, earlier ones lack what comes from beyond a cut.",
             "Not a bug if it is meant: truncated backpropagation is an approximation.",
             r"\delta h_{t-1} = \sum_{k} \delta a_k R_k^\top", r"\delta h_{t-1} = 0 \text{ where } t \text{ is even}",
             (ROOM, f"{ROOM}; goes_on = iter([t % 2 > 0 or t == 0 for t in reversed(range(T))])"), config=FULL, source="K20"),
    backward("clipped", "gradient clipped at every step", ADD, "np.clip(dh + dy_t, -1, 1, out=dh)",
             "Right as long as no gradient exceeds the bound.", "Clip after the backward pass, not inside it.",
             r"\delta h_t = \delta y_t + \delta h_{t \leftarrow t+1}",
             r"\delta h_t = \min(\max(\delta y_t + \delta h_{t \leftarrow t+1}, -1), 1)", config=FULL),
    backward("clipped-on-its-way", "gradient clipped where it is handed to the step before", TO_STATE,
             f"{TO_STATE}; np.clip(dh, -1, 1, out=dh); np.clip(ds, -1, 1, out=ds)", "Right as long as no gradient exceeds the bound.",
             "Clip after the backward pass, not inside it.", H_OLD, r"\delta h = \min(\max(\sum_{k} \delta a_k R_k^\top, -1), 1)",
             config=FULL, only=("generic",)),
    backward("last-cotangent-lost", "gradient of the last state h_n ignored", LAST, LAST.replace('cot', '0 * cot', 1).replace(".copy()", "", 1),
             "Right as long as the loss does not use h_n.", "Start the walk back with dL/dh_n.",
             r"\delta h_T = \delta y_T + \delta h_n", r"\delta h_T = \delta y_T", config=FULL),
    backward("last-cell-cotangent-lost", "gradient of the last cell state c_n ignored", LAST,
             'dh, ds = cotangents["h_n"].copy(), 0 * cotangents["c_n"]', "Right as long as the loss does not use c_n.",
             "Start the walk back with dL/dc_n.", r"\delta s_T = \delta c_n + \dots", r"\delta s_T = \dots", config=FULL),
    backward("last-output-only", "upstream gradients of all steps but the last lost", UPSTREAM,
             f"{UPSTREAM}; dy = np.concatenate([0 * dy[:-1], dy[-1:]])", "Right where the loss uses the last output only.",
             "Every step adds its own dL/dy.", r"\delta h_t = \delta y_t + \delta h_{t \leftarrow t+1}",
             r"\delta h_t = \delta h_{t \leftarrow t+1}"),
)

THROUGH_GATES = (
    *(backward(f"{name.replace(' ', '-')}-derivative-left-out", f"activation's derivative of the {name} left out", line, bare,
               f"Gradients of the {name} too large.", "Multiply by the derivative of its activation.", formula, shorter)
      for gate, name, line, bare, formula, shorter in (
          ("i", NAMES["i"], D_I, "local[:, 0] = g", A_I, r"\delta a_i = \delta s' \odot g"),
          ("f", NAMES["f"], D_F, "local[:, 1] = s[:-1][steps]", A_F, r"\delta a_f = \delta s' \odot s"),
          ("g", NAMES["g"], D_G, "local[:, 2] = i", A_G, r"\delta a_g = \delta s' \odot i"),
          ("o", NAMES["o"], D_O, "local[:, 3] = squashed_s[steps]", A_O, r"\delta a_o = \delta h' \odot \tanh(s')"))),
    backward("sigmoid-of-sigmoid", "σ' of the gates taken at their values", TAPE,
             f"{TAPE}; gate_slope = lambda _, y: np.exp(-y) / (1 + np.exp(-y))**2", "Gradients of the gates too large.",
             "A helper that wants the pre-activation was given the gate: σ' is y(1-y) at the value y.",
             r"\sigma'(a) = y (1 - y)", r"\sigma'(y) = \sigma(y) (1 - \sigma(y))", config=SIGMOID, source="K12, K40"),
    backward("tanh-derivative-for-gates", "tanh's derivative used for the gates", TAPE, f"{TAPE}; gate_slope = lambda _, y: 1 - y * y",
             "Gradients of the gates too large.", "σ'(a) = y(1-y)", r"\sigma'(a) = y (1 - y)", r"1 - y^2 \,", config=SIGMOID),
    backward("tanh-derivative-twice", "tanh' of the candidate taken at its value", D_G, "local[:, 2] = i * (1 - np.tanh(g)**2)",
             "Gradients of the candidate a little too large.", "1 - tanh(a)² at the pre-activation a is 1 - g² at the value g.",
             A_G, r"\delta a_g = \delta s' \odot i \odot (1 - \tanh^2(g))", config=TANH, source="K12"),
    backward("tanh-derivative-not-squared", "tanh' of the candidate as 1 - g", D_G, "local[:, 2] = i * (1 - g)",
             "Gradients of the candidate too large where it is negative.", "tanh'(a) = 1 - g²", A_G,
             r"\delta a_g = \delta s' \odot i \odot (1 - g)", config=TANH),
    backward("sigmoid-derivative-for-candidate", "sigmoid's derivative used for the candidate", D_G, "local[:, 2] = i * g * (1 - g)",
             "Gradients of the candidate wrong everywhere.", "tanh'(a) = 1 - g²", A_G,
             r"\delta a_g = \delta s' \odot i \odot g (1 - g)", config=TANH),
    backward("forget-by-new-cell", "forget gate's gradient uses the new cell state", D_F, D_F.replace("s[:-1]", "s[1:]"),
             "Only the forget gate and what lies before it is wrong.", "f multiplies the old cell state: that is its factor.",
             A_F, r"\delta a_f = \delta s' \odot s' \odot f (1 - f)"),
    backward("forget-by-state", "forget gate's gradient uses the hidden state", D_F, D_F.replace("s[:-1]", "h[:-1]"),
             "Only the forget gate and what lies before it is wrong.", "f multiplies the old cell state: that is its factor.",
             A_F, r"\delta a_f = \delta s' \odot h \odot f (1 - f)"),
    backward("input-forget-factors-exchanged", "factors of input and forget gate exchanged", D_I, D_I.replace("g *", "s[:-1][steps] *"),
             "Gradients of both gates wrong.", "i multiplies the candidate, f the old cell state.", rf"{A_I} \quad {A_F}",
             r"\delta a_i = \delta s' \odot s \odot i (1 - i) \quad \delta a_f = \delta s' \odot g \odot f (1 - f)",
             (D_F, D_F.replace("s[:-1][steps]", "g"))),
    backward("input-gate-without-candidate", "input gate's gradient lacks the candidate", D_I, D_I.replace("g * ", "", 1),
             "Gradients of the input gate wrong.", "i multiplies the candidate: that is its factor.", A_I,
             r"\delta a_i = \delta s' \odot i (1 - i)"),
    backward("candidate-without-gate", "candidate's gradient lacks the input gate", D_G, D_G.replace("i * ", "", 1),
             "Gradients of the candidate too large.", "g is multiplied by i: that is its factor.", A_G,
             r"\delta a_g = \delta s' \odot (1 - g^2)"),
    backward("output-by-cell", "output gate's gradient uses the cell state without tanh", D_O,
             D_O.replace("squashed_s[steps]", "s[1:][steps]"), "Only the output gate and what lies before it is wrong.",
             "o multiplies tanh(s'): that is its factor.", A_O, r"\delta a_o = \delta h' \odot s' \odot o (1 - o)", config=TANH_CELL),
    backward("output-by-old-cell", "output gate's gradient uses the old cell state", D_O,
             "local[:, 3] = cell_value(s[:-1][steps]) * gate_slope(a_o, o)", "Only the output gate and what lies before it is wrong.",
             "o multiplies tanh of the new cell state.", A_O, r"\delta a_o = \delta h' \odot \tanh(s) \odot o (1 - o)",
             (TAPE, f'{TAPE}; cell_value, _ = elementwise("lstm", "", cell_activation)')),
    backward("cell-without-output-gate", "cell's gradient lacks the output gate", DS_DH, DS_DH.removeprefix("o * "),
             "Gradients too large except the output gate's last step.", "h' = o ⊙ tanh(s'): multiply by o.", S,
             r"\delta s' = \delta s'_{t+1} + \delta h' \odot (1 - \tanh^2(s'))"),
    backward("cell-derivative-left-out", "tanh' of the cell state left out", DS_DH, "o", "Gradients too large.",
             "h' = o ⊙ tanh(s'): multiply by 1 - tanh²(s').", S, r"\delta s' = \delta s'_{t+1} + \delta h' \odot o",
             config={"cell_activation": ("tanh", "sigmoid")}),
    backward("cell-derivative-of-cell", "tanh' of the cell state as 1 - s'²", DS_DH, "o * (1 - s[1:][steps]**2)",
             "Nearly right for small cell states, of the wrong sign for large ones.", "The formula 1 - y² wants y = tanh(s').",
             S, r"\delta s' = \delta s'_{t+1} + \delta h' \odot o \odot (1 - s'^2)", config=TANH_CELL, source="K12"),
    backward("cell-derivative-twice", "tanh' of the cell state taken at tanh(s')", DS_DH, "o * (1 - np.tanh(squashed_s[steps])**2)",
             "Gradients a little too large.", "A helper that wants s' was given tanh(s').", S,
             r"\delta s' = \delta s'_{t+1} + \delta h' \odot o \odot (1 - \tanh^2(\tanh(s')))", config=TANH_CELL, source="K12"),
    backward("cell-derivative-of-state", "tanh' of the cell state as 1 - h'²", DS_DH, "o * (1 - h[1:][steps]**2)",
             "Gradients too large.", "The formula 1 - y² wants y = tanh(s'), not h' = o ⊙ tanh(s').", S,
             r"\delta s' = \delta s'_{t+1} + \delta h' \odot o \odot (1 - h'^2)", config=TANH_CELL, source="K12"),
    backward("cell-derivative-of-old", "tanh' taken at the old cell state", DS_DH, "o * (1 - np.tanh(s[:-1][steps])**2)",
             "Off by one step.", "The output was taken of the new cell state.", S,
             r"\delta s' = \delta s'_{t+1} + \delta h' \odot o \odot (1 - \tanh^2(s))", config=TANH_CELL, source="K12"),
    backward("cell-reached-by-cell-only", "no gradient from the output into the cell", TO_CELL, "pass",
             "Only the output gate learns.", "h' = o ⊙ tanh(s') leads into the cell too.", S, r"\delta s' = \delta s'_{t+1}"),
    backward("peephole-output-path-lost", "no gradient through the output gate's peephole", "ds += da[3] * peephole[2]", "pass",
             "The output gate is right at the last step, nothing else is.", "o sees s': add δa_o ⊙ p_o to its gradient.",
             r"\delta s' = \dots + \delta a_o \odot p_o", r"\delta s' = \dots", **PEEPHOLES),
    backward("peephole-paths-lost", "no gradient through the peepholes of input and forget gate",
             "ds += da[0] * peephole[0] + da[1] * peephole[1]", "pass", "The last step is right.",
             "i and f see s: add δa_i ⊙ p_i and δa_f ⊙ p_f to its gradient.",
             r"\delta s = \delta s' \odot f + \delta a_i \odot p_i + \delta a_f \odot p_f", r"\delta s = \delta s' \odot f",
             config={"peepholes": True, **BEYOND}, case="lstm-peepholes"),
    backward("peephole-by-old-cell", "gradient of the output gate's peephole uses the old cell state", "seen = (s[:-1], s[:-1], s[1:])",
             "seen = (s[:-1], s[:-1], s[:-1])", "Only p_o's gradient is wrong.", "o sees the new cell state.",
             r"\delta p_o = \sum_t \delta a_o \odot s'", r"\delta p_o = \sum_t \delta a_o \odot s", **PEEPHOLES),
    backward("peephole-by-new-cell", "gradients of the peepholes of i and f use the new cell state", "seen = (s[:-1], s[:-1], s[1:])",
             "seen = (s[1:], s[1:], s[1:])", "Only the gradients of p_i and p_f are wrong.", "i and f see the old cell state.",
             r"\delta p_f = \sum_t \delta a_f \odot s", r"\delta p_f = \sum_t \delta a_f \odot s'", **PEEPHOLES),
)

INTO_THE_WEIGHTS = (
    *(backward(f"input-without-{name.replace(' ', '-')}", f"input gradient lacks the {name}", DX,
               f"dx = rows @ (K * np.array({ALL_BUT[gate]}, K.dtype)[:, None, None]).swapaxes(-2, -1).reshape(4 * H, I)",
               "Only the input gradient is wrong.", "Sum over all four gates.", X,
               rf"\delta x = \sum_{{k \ne {gate}}} \delta a_k K_k^\top", source="K18" if gate == "o" else "")
      for gate, name in NAMES.items()),
    backward("last-step-only", "weight gradients taken from the last step only", DW, "dW = (v[T - 1].T @ rows[-B:])",
             "Inputs right, weights and biases wrong.", "A weight used at every step gets the sum over all steps: +=, not =.",
             D_R, r"\delta R = h_{T-1}^\top \delta a_T", source="K11"),
    backward("first-step-only", "weight gradients assigned at each step: the first step's remain", DW, "dW = (v[0].T @ rows[:B])",
             "Inputs right, weights and biases wrong.", "A weight used at every step gets the sum over all steps: +=, not =.",
             D_R, r"\delta R = h_{0}^\top \delta a_1", source="K11"),
    backward("new-state-in-kernel", "recurrent kernel's gradient uses the new state", DR,
             '"recurrent_kernel": (h[1:].reshape(T * B, H).T @ rows).reshape(H, 4, H).swapaxes(0, 1)',
             "Off by one step: only the recurrent kernel's gradient is wrong.", "The product at step t is with the state of step t-1.",
             D_R, r"\delta R = \sum_t h_{t}^\top \delta a_t", source="K41"),
    backward("cell-in-kernel", "recurrent kernel's gradient uses the cell state", DR,
             '"recurrent_kernel": (s[:-1].reshape(T * B, H).T @ rows).reshape(H, 4, H).swapaxes(0, 1)',
             "Only the recurrent kernel's gradient is wrong.", "R was multiplied by h.", D_R,
             r"\delta R = \sum_t s_{t-1}^\top \delta a_t"),
    backward("initial-state-in-kernel", "recurrent kernel's gradient takes the first state for zero", DR,
             '"recurrent_kernel": (h[1:-1].reshape(T * B - B, H).T @ rows[B:]).reshape(H, 4, H).swapaxes(0, 1)',
             "Only the recurrent kernel's gradient is wrong, and only where the state does not start at zero.",
             "The first step's product was with h0.", D_R, r"\delta R = \sum_{t > 1} h_{t-1}^\top \delta a_t"),
    backward("input-kernel-not-transposed", "kernels not transposed in the input's gradient", DX, "dx = rows @ K.reshape(4 * H, I)",
             "Only the input gradient is wrong; a shape error unless the kernel is square.", "y = x K pulls back as dx = dy Kᵀ.",
             X, r"\delta x = \sum_{k} \delta a_k K_k"),
    backward("kernels-mean-over-batch", "kernel gradients averaged over the batch", DW, DW.replace("rows)", "rows / B)"),
             "Weights off by the batch size, inputs right.", "The loss carries the mean if there is one; the layer sums.",
             r"\delta K = x^\top \delta a", r"\delta K = \frac{1}{B} x^\top \delta a"),
    backward("weights-mean-over-time", "weight gradients averaged over time", DW, DW.replace("rows)", "rows / T)"),
             "Weights off by the number of steps, inputs right.", "Sum over steps.", D_R,
             r"\delta R = \frac{1}{T} \sum_t h_{t-1}^\top \delta a_t"),
)

MISTAKES = THROUGH_TIME + THROUGH_GATES + INTO_THE_WEIGHTS
