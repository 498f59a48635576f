"""What goes wrong on a GRU's way back. Each entry changes one line of reference_impl/layers/gru.py.

In the formulas δ is the gradient of the loss: δh of the state, δa_z of a pre-activation, δu of the candidate's recurrent product
u = h R_n + c_n.
"""

from reference_impl.mistakes.mistake import Mistake

AFTER = {"reset": "after", "recurrent_bias": "inside", "update": "keep"}
BEFORE = {"reset": "before", "recurrent_bias": "outside", "update": "keep"}


def backward(id, title, right, wrong, symptom, fix, correct, mistaken, config=AFTER, source=""):
    kind = "before" if config is BEFORE else "after"
    return Mistake(id=f"gru-{id}", area="gru", module="layers.gru", kinds=("gru",), part="backward", title=title, right=right,
                   wrong=wrong, symptom=symptom, fix=fix, correct=correct, mistaken=mistaken, config=config, source=source,
                   case=f"gru-{kind}-float64-generic")


LOCAL = "dz, dn, dh_old = h - n, 1 - z, z"

OVER_STEPS = "return inputs.reshape(steps, -1).T @ cotangents.reshape(*cotangents.shape[:-3], steps, -1)"

DZ = r"\delta a_z = \delta h' \odot (h - n) \odot z (1 - z)"
DN = r"\delta a_n = \delta h' \odot (1 - z) \odot (1 - n^2)"
DR = r"\delta a_r = \delta a_n \odot u \odot r (1 - r)"
DH = r"\delta h = \delta h' \odot z + \delta u R_n^\top + \delta a_r R_r^\top + \delta a_z R_z^\top"
UP = r"\delta h_t = \delta y_t + \delta h_{t \leftarrow t+1}"
DX = r"\delta x = \delta a_r K_r^\top + \delta a_z K_z^\top + \delta a_n K_n^\top"
D_RN = r"\delta R_n = \sum_t h_{t-1}^\top \delta u_t"
D_K = r"\delta K = \sum_t x_t^\top \delta a_t"

MISTAKES = (
    backward("no-time", "gradient does not travel back through time", "dh = dh + dy[s]", "dh = dy[s] + 0 * dh",
             "Gradients of the last step are right, earlier ones lack what comes from later steps.",
             "Add the gradient that step t+1 sends back to the upstream gradient of step t.",
             UP, r"\delta h_t = \delta y_t"),
    backward("state-for-gradient", "the state is added where the next step's gradient belongs", "dh = dh + dy[s]",
             "dh = h[s] + dy[s]", "All gradients wrong though the outputs are right.",
             "Add dL/dh from step t+1, not h itself.",
             UP, r"\delta h_t = \delta y_t + h_{t-1}", source="K09"),
    backward("last-cotangent-lost", "gradient of the last state ignored", 'dh = cotangents["h_n"]',
             'dh = 0 * cotangents["h_n"]', "Right as long as the loss does not use the last state.",
             "Start the walk back with dL/dh_n.",
             r"\delta h_T = \delta y_T + \delta h_n", r"\delta h_T = \delta y_T"),
    backward("dz-sign", "sign of the update gate's gradient", LOCAL, "dz, dn, dh_old = n - h, 1 - z, z",
             "Gradients of the update gate have the wrong sign.", "∂h'/∂z = h - n",
             DZ, r"\delta a_z = \delta h' \odot (n - h) \odot z (1 - z)"),
    backward("dz-without-state", "update gate's gradient forgets the old state", LOCAL,
             "dz, dn, dh_old = -n, 1 - z, z", "Right where the state is zero.", "∂h'/∂z = h - n",
             DZ, r"\delta a_z = \delta h' \odot (-n) \odot z (1 - z)"),
    backward("dn-with-z", "candidate's gradient multiplied by z", LOCAL, "dz, dn, dh_old = h - n, z, z",
             "The forward pass of one convention with the backward pass of the other.", "∂h'/∂n = 1 - z",
             DN, r"\delta a_n = \delta h' \odot z \odot (1 - n^2)"),
    backward("old-state-forgotten", "direct path to the old state forgotten", LOCAL,
             "dz, dn, dh_old = h - n, 1 - z, 0 * z", "Gradients fade much faster than they should.",
             "h' contains z⊙h: add dh⊙z to the old state's gradient.",
             DH, r"\delta h = \delta u R_n^\top + \delta a_r R_r^\top + \delta a_z R_z^\top"),
    backward("tanh-derivative-left-out", "tanh' left out", "da_n = dn * (1 - n**2)", "da_n = dn",
             "Gradients too large, most where the candidate saturates.", "tanh'(a) = 1 - n²",
             DN, r"\delta a_n = \delta h' \odot (1 - z)"),
    backward("tanh-derivative-not-squared", "tanh' as 1 - n", "da_n = dn * (1 - n**2)", "da_n = dn * (1 - n)",
             "Gradients too large for negative candidates.", "tanh'(a) = 1 - n²",
             DN, r"\delta a_n = \delta h' \odot (1 - z) \odot (1 - n)"),
    backward("tanh-derivative-of-sigmoid", "sigmoid's derivative used for tanh", "da_n = dn * (1 - n**2)",
             "da_n = dn * n * (1 - n)", "Gradients of the candidate wrong everywhere.", "tanh'(a) = 1 - n²",
             DN, r"\delta a_n = \delta h' \odot (1 - z) \odot n (1 - n)"),
    backward("tanh-derivative-twice", "tanh' taken of the output again", "da_n = dn * (1 - n**2)",
             "da_n = dn * (1 - np.tanh(n)**2)", "Gradients a little too large.",
             "1 - tanh(a)² at the pre-activation a is 1 - n² at the output n.",
             DN, r"\delta a_n = \delta h' \odot (1 - z) \odot (1 - \tanh^2(n))", source="K12"),
    backward("update-derivative-left-out", "σ' of the update gate left out", "da_z = dz * z * (1 - z)", "da_z = dz",
             "Gradients of the update gate at least four times too large.", "σ'(a) = z(1-z)",
             DZ, r"\delta a_z = \delta h' \odot (h - n)"),
    backward("update-derivative-half", "σ' of the update gate as z", "da_z = dz * z * (1 - z)", "da_z = dz * z",
             "Gradients of the update gate too large.", "σ'(a) = z(1-z)",
             DZ, r"\delta a_z = \delta h' \odot (h - n) \odot z"),
    backward("update-derivative-of-tanh", "tanh's derivative used for the update gate", "da_z = dz * z * (1 - z)",
             "da_z = dz * (1 - z**2)", "Gradients of the update gate too large.", "σ'(a) = z(1-z)",
             DZ, r"\delta a_z = \delta h' \odot (h - n) \odot (1 - z^2)"),
    backward("reset-derivative-left-out", "σ' of the reset gate left out", "else u * r * (1 - r)", "else u",
             "Gradients of the reset gate at least four times too large.", "σ'(a) = r(1-r)",
             DR, r"\delta a_r = \delta a_n \odot u"),
    backward("reset-by-state", "reset gate's gradient uses the state instead of the recurrent product",
             "else u * r * (1 - r)", "else h * r * (1 - r)", "Gradients of the reset gate wrong.",
             "r multiplies h R_n + c_n, so that is its factor.",
             DR, r"\delta a_r = \delta a_n \odot h \odot r (1 - r)"),
    backward("reset-left-out-of-product", "recurrent product's gradient not multiplied by r", "np.multiply(da_n[s], r[s], out=du_n[s])",
             "du_n[s] = da_n[s]", "Recurrent kernel and bias of the candidate get too large a gradient.",
             "The recurrent product enters as r⊙u: its gradient is da_n⊙r.",
             r"\delta u = \delta a_n \odot r", r"\delta u = \delta a_n \quad (r \text{ left out})"),
    backward("candidate-path-lost", "no gradient through the candidate's recurrent kernel",
             "dh_old = dh * to_h[t] + du_n[s] @ R_T[2]", "dh_old = dh * to_h[t]", "Right for one step.", "Add du_n R_nᵀ to the old state's gradient.",
             DH, r"\delta h = \delta h' \odot z + \delta a_r R_r^\top + \delta a_z R_z^\top"),
    backward("reset-path-lost", "no gradient through the reset gate's recurrent kernel",
             "dh = dh_old + through_r + through_z", "dh = dh_old + through_z", "Nearly right: the path is weak.",
             "Sum over all three gates.",
             DH, r"\delta h = \delta h' \odot z + \delta u R_n^\top + \delta a_z R_z^\top"),
    backward("update-path-lost", "no gradient through the update gate's recurrent kernel",
             "dh = dh_old + through_r + through_z", "dh = dh_old + through_r", "Nearly right: the path is weak.",
             "Sum over all three gates.",
             DH, r"\delta h = \delta h' \odot z + \delta u R_n^\top + \delta a_r R_r^\top", source="K18"),
    backward("kernels-not-transposed", "recurrent kernels not transposed on the way back", "R_T = np.ascontiguousarray(R.mT)",
             "R_T = np.ascontiguousarray(R)", "No shape error, since they are square; the last step is right.",
             "y = h R pulls back as dh = dy Rᵀ.",
             DH, r"\delta h = \delta h' \odot z + \delta u R_n + \delta a_r R_r + \delta a_z R_z"),
    backward("last-step-only", "weight gradients taken from the last step only",
             OVER_STEPS,
             "return inputs[-1].T @ cotangents[..., -1, :, :]", "Biases and inputs right, kernels wrong.",
             "A weight used at every step gets the sum over all steps.",
             D_K, r"\delta K = x_{T}^\top \delta a_T", source="K11"),
    backward("mean-over-batch", "kernel gradients averaged over the batch",
             OVER_STEPS,
             OVER_STEPS + " / inputs.shape[1]",
             "Kernels off by the batch size, biases right.", "The loss carries the mean if there is one; the layer sums.",
             D_K, r"\delta K = \frac{1}{B} \sum_t x_t^\top \delta a_t"),
    backward("bias-mean-over-time", "bias gradient averaged over time", '"bias": da.sum((1, 2))',
             '"bias": da.sum(2).mean(1)',
             "Bias gradient off by the number of steps.", "Sum over steps.",
             r"\delta b = \sum_t \delta a_t", r"\delta b = \frac{1}{T} \sum_t \delta a_t"),
    backward("new-state-in-kernel", "recurrent kernel's gradient uses the new state", "x, h, r, z, u, n = tape",
             "x, h, r, z, u, n = tape; h = np.concatenate([h[1:], h[-1:]])", "Off by one step: the recurrent kernel's gradient is wrong.",
             "The product at step t is with the state of step t-1.",
             D_RN, r"\delta R_n = \sum_t h_{t}^\top \delta u_t", source="K41"),
    backward("recurrent-bias-without-reset", "gradient of the candidate's recurrent bias lacks the reset gate",
             'dc_n = du_n if recurrent_bias == "inside" else da_n', "dc_n = da_n",
             "Only the recurrent bias of the candidate is wrong.", "c_n stands inside r⊙(…): multiply by r.",
             r"\delta c_n = \sum_t \delta a_n \odot r", r"\delta c_n = \sum_t \delta a_n"),
    backward("gate-gradients-exchanged", "kernel gradients of reset and update exchanged",
             '"kernel": over_steps(x, da)',
             '"kernel": over_steps(x, da[[1, 0, 2]])', "Only the kernel's gradient is wrong.",
             "Pack gradients in the order of the weights.",
             r"\delta K_r = \sum_t x_t^\top \delta a_r", r"\delta K_r = \sum_t x_t^\top \delta a_z"),
    backward("input-without-candidate", "input gradient lacks the candidate", "sum(da[gate] @ K[gate].mT for gate in range(3))",
             "sum(da[gate] @ K[gate].mT for gate in range(2))", "Only the input gradient is wrong.", "Sum over all three gates.",
             DX, r"\delta x = \delta a_r K_r^\top + \delta a_z K_z^\top", source="K18"),
    backward("input-reversed", "input gradient in reversed order of time", 'batch_first(sum(da[gate]',
             'batch_first(sum(da[gate, ::-1]',
             "Only the input gradient is wrong.", "Store the gradient of step t at step t.",
             r"\delta x_t = \delta a_t K^\top", r"\delta x_t = \delta a_{T+1-t} K^\top"),
    backward("clipped", "gradient clipped at every step", "dh = dh + dy[s]", "dh = np.clip(dh + dy[s], -1, 1)",
             "Right as long as no gradient exceeds the bound.", "Clip after the backward pass, not inside it.",
             UP, r"\delta h_t = \min(\max(\delta y_t + \delta h_{t \leftarrow t+1}, -1), 1)"),
    backward("truncated", "gradient cut after two steps", "dh = dh + dy[s]", "dh = dh * (s % 2 == 0) + dy[s]",
             "Last steps right, earlier ones lack what comes from far ahead.",
             "Not a bug if it is meant: truncated backpropagation is an approximation.",
             UP, r"\delta h_t = \delta y_t \text{ at every other step}", source="K20"),
    backward("initial-state-direct", "initial state's gradient lacks the gates' paths", 'grads["h0"] = dh', 'grads["h0"] = dh_old',
             "Only the gradient of the initial state is wrong.", "The initial state enters gates and candidate as well.",
             DH, r"\delta h_0 = \delta h' \odot z + \delta u R_n^\top"),
    backward("reset-before-state", "state's gradient not multiplied by r (reset before)", "dh_old = dh * to_h[t] + d_rh * r[s]",
             "dh_old = dh * to_h[t] + d_rh", "Gradients too large on their way back.", "(r⊙h) R_n sends d(rh)⊙r to h.",
             r"\delta h = \delta(r \odot h) \odot r + \dots", r"\delta h = \delta(r \odot h) + \dots", config=BEFORE),
    backward("reset-before-kernel", "recurrent kernel's gradient uses h instead of r⊙h (reset before)",
             'if reset == "before" else h  #', 'if reset == "no" else h  #', "Only the candidate's recurrent kernel is wrong.",
             "The product was taken with r⊙h.",
             r"\delta R_n = \sum_t (r \odot h)^\top \delta a_n", r"\delta R_n = \sum_t h^\top \delta a_n", config=BEFORE),
)
