"""What goes wrong on a GRU's way forward. Each entry changes one line of reference_impl/layers/gru.py, and where the
conventions have a line each, each of them."""

from nnparity.reference_impl.mistakes.mistake import Mistake

AFTER, BEFORE = {"reset": "after"}, {"reset": "before"}


def forward(id, title, right, wrong, symptom, fix, correct, mistaken, *also, config=(), source=""):
    kind = "before" if config and config.get("reset") == "before" else "after"
    return Mistake(id=f"gru-{id}", area="gru", module="layers.gru", kinds=("gru",), part="forward", title=title, right=right,
                   wrong=wrong, symptom=symptom, fix=fix, correct=correct, mistaken=mistaken, also=also, config=dict(config),
                   source=source, case=f"gru-{kind}-float64-generic")


UPDATE = "z * h + (1 - z) * n if update"
CANDIDATE = "np.tanh(a_t[2] + r * u, out=n)"
GATES = "sigmoid(a_t[:2] + hR[:2], out=rz_t)"
KERNELS = "R_rz, R_n, c_n = R[:2], R[2], c[2]"
BIASES = "@ K + (b + c_rz))"
CANDIDATE_OUTSIDE, CANDIDATE_BEFORE = "np.tanh(a_t[2] + r * u + c_n, out=n)", "np.tanh(a_t[2] + u @ R_n + c_n, out=n)"
GATES_BEFORE = "sigmoid(a_t[:2] + h @ R_rz, out=rz_t)"
REPLACE = "else (1 - z) * h + z * n"

R = r"r = \sigma(x K_r + b_r + h R_r + c_r)"
Z = r"z = \sigma(x K_z + b_z + h R_z + c_z)"
N = r"n = \tanh(x K_n + b_n + r \odot (h R_n + c_n))"
N_BEFORE = r"n = \tanh(x K_n + b_n + (r \odot h) R_n + c_n)"
NEW = r"h' = z \odot h + (1 - z) \odot n"
SIG = r"\sigma(a) = \frac{1}{1 + e^{-a}}"

MISTAKES = (
    forward("update-swapped", "update gate swapped", UPDATE, "(1 - z) * h + z * n if update",
            "Different from the first step on; where the state starts at zero the first output is z⊙n instead of (1-z)⊙n.",
            "h' = z⊙h + (1-z)⊙n, or negate the update gate's weights and biases.",
            NEW, r"h' = (1 - z) \odot h + z \odot n", config={"update": "keep"}, source="K24"),
    forward("gates-exchanged", "reset and update gate exchanged", "rz[:, 0], rz[:, 1], all_u",
            "rz[:, 1], rz[:, 0], all_u", "Every output is off; shapes never show it.",
            "Check the order in which the gates are packed: r, z, n or z, r, n.",
            R, r"r = \sigma(x K_z + b_z + h R_z + c_z)"),
    forward("reset-left-out", "reset gate not used", CANDIDATE, "np.tanh(a_t[2] + u, out=n)",
            "The first step from a zero state is right up to the recurrent bias, later ones drift.",
            "Multiply the recurrent product of the candidate by r.",
            N, r"n = \tanh(x K_n + b_n + h R_n + c_n)",
            (CANDIDATE_OUTSIDE, "np.tanh(a_t[2] + u + c_n, out=n)"), ("np.multiply(r, h, out=u)", "u[...] = h")),
    forward("reset-on-everything", "reset gate scales the input part too", CANDIDATE,
            "np.tanh(r * (a_t[2] + u), out=n)", "Outputs too small from the first step on.",
            "r multiplies the recurrent product only, never x K_n + b_n.",
            N, r"n = \tanh(r \odot (x K_n + b_n + h R_n + c_n))",
            (CANDIDATE_OUTSIDE, "np.tanh(r * (a_t[2] + u + c_n), out=n)"), config=AFTER),
    forward("reset-on-candidate", "reset gate multiplies the finished candidate", CANDIDATE,
            "np.multiply(r, np.tanh(a_t[2] + u), out=n)", "Outputs too small from the first step on.",
            "r belongs inside the tanh.",
            N, r"n = r \odot \tanh(x K_n + b_n + h R_n + c_n)", (CANDIDATE_OUTSIDE, "np.multiply(r, np.tanh(a_t[2] + u + c_n), out=n)"),
            (CANDIDATE_BEFORE, "np.multiply(r, np.tanh(a_t[2] + h @ R_n + c_n), out=n)")),
    forward("candidate-sigmoid", "sigmoid instead of tanh on the candidate", CANDIDATE,
            "sigmoid(a_t[2] + r * u, out=n)", "From a zero state no output is ever negative.",
            "The candidate's activation is tanh.",
            N, r"n = \sigma(x K_n + b_n + r \odot (h R_n + c_n))", (CANDIDATE_OUTSIDE, "sigmoid(a_t[2] + r * u + c_n, out=n)"),
            (CANDIDATE_BEFORE, "sigmoid(a_t[2] + u @ R_n + c_n, out=n)")),
    forward("candidate-linear", "no activation on the candidate", CANDIDATE, "np.add(a_t[2], r * u, out=n)",
            "Outputs grow beyond 1.", "Apply tanh to the candidate.",
            N, r"n = x K_n + b_n + r \odot (h R_n + c_n)", (CANDIDATE_OUTSIDE, "np.add(a_t[2] + r * u, c_n, out=n)"),
            (CANDIDATE_BEFORE, "np.add(a_t[2] + u @ R_n, c_n, out=n)")),
    forward("gates-tanh", "tanh instead of sigmoid on the gates", GATES, "np.tanh(a_t[:2] + hR[:2], out=rz_t)",
            "Gates become negative; states grow.", "The gates' activation is the logistic sigmoid.",
            Z, r"z = \tanh(x K_z + b_z + h R_z + c_z)", (GATES_BEFORE, "np.tanh(a_t[:2] + h @ R_rz, out=rz_t)")),
    forward("gates-negated", "sigmoid without the minus sign", GATES, "sigmoid(-(a_t[:2] + hR[:2]), out=rz_t)",
            "Every gate is one minus what it should be.", "σ(a) = 1 / (1 + exp(-a))",
            SIG, r"\sigma(a) = \frac{1}{1 + e^{a}}", (GATES_BEFORE, "sigmoid(-(a_t[:2] + h @ R_rz), out=rz_t)"), source="K48"),
    forward("gates-hard", "hard sigmoid on the gates", GATES,
            "np.clip(0.2 * (a_t[:2] + hR[:2]) + 0.5, 0, 1, out=rz_t)",
            "A few per cent off everywhere: the default of Keras before version 2.3.",
            "Use the logistic sigmoid, or set recurrent_activation on the other side.",
            SIG, r"\sigma(a) = \min(\max(0.2 a + 0.5, 0), 1)",
            (GATES_BEFORE, "np.clip(0.2 * (a_t[:2] + h @ R_rz) + 0.5, 0, 1, out=rz_t)")),
    forward("gate-kernels-transposed", "recurrent kernels of the gates transposed", KERNELS,
            f"R = np.concatenate([R[:2].mT, R[2:]]); {KERNELS}", "No shape error, since they are square; the first step from zero is right.",
            "h R with R (hidden in, hidden out); a framework that stores (out, in) needs the transpose.",
            Z, r"z = \sigma(x K_z + b_z + h R_z^\top + c_z)"),
    forward("candidate-kernel-transposed", "recurrent kernel of the candidate transposed", KERNELS,
            f"R = np.concatenate([R[:2], R[2:].mT]); {KERNELS}", "No shape error, since it is square; the first step from zero is right.",
            "h R with R (hidden in, hidden out).",
            N, r"n = \tanh(x K_n + b_n + r \odot (h R_n^\top + c_n))"),
    forward("gate-recurrent-bias-lost", "recurrent bias of the gates left out", BIASES, "@ K + b)",
            "Right as long as the recurrent bias is zero.", "Both biases are added in r and z.",
            Z, r"z = \sigma(x K_z + b_z + h R_z)", config={"recurrent_bias": ("inside", "outside")}),
    forward("bias-lost", "input bias left out", BIASES, "@ K + c_rz)", "Right as long as the bias is zero.",
            "Add b to every gate.",
            Z, r"z = \sigma(x K_z + h R_z + c_z)"),
    forward("bias-doubled", "input bias added twice", BIASES, "@ K + (b + b + c_rz))",
            "Right as long as the bias is zero.", "Add b once.",
            Z, r"z = \sigma(x K_z + b_z + h R_z + b_z + c_z)"),
    forward("candidate-recurrent-bias-lost", "recurrent bias of the candidate left out", "np.add(hR[2], c_n, out=u)", "u[...] = hR[2]",
            "Right as long as the recurrent bias is zero.", "The recurrent product of the candidate has its own bias c_n.",
            N, r"n = \tanh(x K_n + b_n + r \odot (h R_n))", (CANDIDATE_OUTSIDE, "np.tanh(a_t[2] + r * u, out=n)"),
            config={"reset": "after", "recurrent_bias": ("inside", "outside")}),
    forward("initial-state-ignored", "initial state ignored", 'states[0] = inputs.get("h0", 0)',
            "states[0] = 0", "Right where the state starts at zero.", "Start from h0.",
            r"h_0 \text{ given}", r"h_0 = 0 \,"),
    forward("state-not-carried", "gates look at the initial state at every step", GATES,
            "sigmoid(a_t[:2] + (states[0] @ R)[:2], out=rz_t)", "The first step is right, later ones are not.",
            "The gates read the state of the step before.",
            r"z_t = \sigma(x_t K_z + b_z + h_{t-1} R_z + c_z)", r"z_t = \sigma(x_t K_z + b_z + h_0 R_z + c_z)",
            (GATES_BEFORE, "sigmoid(a_t[:2] + states[0] @ R_rz, out=rz_t)")),
    forward("time-reversed", "sequence read from its end", "np.moveaxis(a, -3, 0), rz,",
            "np.moveaxis(a, -3, 0)[::-1], rz,",
            "Right for one step only.", "Walk from the first step to the last.",
            r"t = 1, \dots, T", r"t = T, \dots, 1"),
    forward("outputs-shifted", "outputs are the states before each step", '"y": batch_first(states[1:])',
            '"y": batch_first(states[:-1])', "The first output is the initial state.",
            "y_t is the state after step t.",
            r"y_t = h_{t} \,", r"y_t = h_{t-1} \,"),
    forward("last-is-first", "last state taken from the first step", '"h_n": states[-1]}', '"h_n": states[1]}',
            "The sequence is right and the last state is not.", "h_n is y at the last step.",
            r"h_n = h_{T} \,", r"h_n = h_{1} \,"),
    forward("last-is-candidate", "candidate returned as the last state", '"h_n": states[-1]}', '"h_n": all_n[-1]}',
            "The sequence is right and the last state is not.", "h_n is the mix of old state and candidate.",
            r"h_n = z_T \odot h_{T-1} + (1 - z_T) \odot n_T", r"h_n = n_{T} \,"),
    forward("old-state-dropped", "old state dropped from the mix", UPDATE, "(1 - z) * n if update",
            "States stay small: nothing is remembered except through the gates.", "h' = z⊙h + (1-z)⊙n",
            NEW, r"h' = (1 - z) \odot n", (REPLACE, "else z * n")),
    forward("mix-not-convex", "1 + z instead of 1 - z in the mix", UPDATE, "z * h + (1 + z) * n if update",
            "States grow beyond 1.", "h' = z⊙h + (1-z)⊙n",
            NEW, r"h' = z \odot h + (1 + z) \odot n", (REPLACE, "else (1 + z) * h + z * n")),
    forward("reset-before-gate-exchanged", "update gate used as reset gate (reset before)", "np.multiply(r, h, out=u)",
            "np.multiply(z, h, out=u)",
            "Every output is off a little.", "The reset gate scales the state that enters the candidate.",
            N_BEFORE, r"n = \tanh(x K_n + b_n + (z \odot h) R_n + c_n)", config=BEFORE),
    forward("reset-before-bias-lost", "recurrent bias of the candidate left out (reset before)", "+ u @ R_n + c_n,", "+ u @ R_n,",
            "Right as long as the recurrent bias is zero.", "Add c_n in the candidate.",
            N_BEFORE, r"n = \tanh(x K_n + b_n + (r \odot h) R_n)", config={"reset": "before", "recurrent_bias": "outside"}),
)
