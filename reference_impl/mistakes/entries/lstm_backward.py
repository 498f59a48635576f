"""What goes wrong on an LSTM's way back from step to step. Each entry changes a line or two of reference_impl/layers/lstm.py.

In the formulas δ is the gradient of the loss: δh of the state, δs of the cell, δa_f of the forget gate's pre-activation.
"""

from nnparity.reference_impl.mistakes.edit import Line
from nnparity.reference_impl.mistakes.mistake import Mistake

FULL = {"truncate": None}
BEYOND = {"truncate": (None, 1, 2, 3, 6)}  # windows that reach beyond their own step


def backward(*, id, case="lstm-two_biases", **fields):
    return Mistake(id=f"lstm-{id}", area="lstm", module="layers.lstm", kinds=("lstm",), part="backward",
                   case=f"{case}-float64-generic", **fields)


WALK = Line("backward", "ds_dh[::-1], gates[steps][::-1, 1]")
TO_CELL = Line("through_the_cell", "np.add(ds, np.multiply(dh, ds_dh, room), ds)")
DECAY = Line("through_the_cell", "np.multiply(ds, f, ds)")
TO_STATE = Line("backward", "np.dot(da_t, R_T, dh)")
TO_STATE_WINDOWS = Line("windows", "dh = (of_windows.reshape(-1, 4 * H) @ R_T).reshape(-1, B, H)")
OTHER_GATES = "(of_windows[..., :3, :].reshape(-1, 3 * H) @ R_T[:3 * H]).reshape(-1, B, H)"  # all but o
R_T = Line("backward", "R_T = R.swapaxes(-2, -1).reshape(4 * H, H)")
UPSTREAM = Line("backward", 'dy = time_first(cotangents["y"])')
ADD = Line("backward", "dh += dy_t")
INTO_THE_CELL = Line("backward", "through_the_cell(dh, ds, out,")
ROOM = Line("backward", "room = np.empty_like(dh)")
LAST = Line("backward", 'dh, ds = cotangents["h_n"].copy(), cotangents["c_n"].copy()')

S = r"\delta s' = \delta s'_{t+1} + \delta h' \odot o \odot (1 - \tanh^2(s'))"
S_OLD, H_OLD = r"\delta s = \delta s' \odot f", r"\delta h = \sum_{k} \delta a_k R_k^\top"
NAMES = {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"}
ALL_BUT = {gate: f"[{', '.join(str(int(other != gate)) for other in 'ifgo')}]" for gate in "ifgo"}

MISTAKES = (
    backward(id="no-decay", title="cell's gradient passed on without the forget gate",
             edit=DECAY.becomes("pass"),
             symptom="The last step is right, earlier gradients are too large.",
             fix="ds'/ds = f: multiply.",
             correct=S_OLD, mistaken=r"\delta s = \delta s'",
             config=BEYOND),
    backward(id="decay-of-next-step", title="cell's gradient multiplied by the wrong step's forget gate",
             edit=TO_CELL.becomes("np.add(ds * f, np.multiply(dh, ds_dh, room), ds)"),
             also=(DECAY.becomes("pass"),),
             symptom="Off by one step: f of step t where f of step t+1 belongs.",
             fix="Multiply by f of the step that is being left.",
             correct=r"\delta s_t = \delta s_{t+1} \odot f_{t+1} + \dots",
             mistaken=r"\delta s_t = \delta s_{t+1} \odot f_t + \dots"),
    *(backward(id=f"decay-by-{word}", title=f"cell's gradient multiplied by the {NAMES[gate]} instead of the forget gate",
               edit=WALK.becomes(f"ds_dh[::-1], gates[steps][::-1, {place}]"),
               symptom="The last step is right; earlier ones fade or grow at the wrong pace.",
               fix="s' contains f ⊙ s: what goes back is δs' ⊙ f.",
               correct=S_OLD, mistaken=rf"\delta s = \delta s' \odot {gate}",
               config=FULL)
      for place, gate, word in ((0, "i", "input"), (3, "o", "output"))),
    backward(id="cell-gradient-lost", title="no gradient from the next step's cell state",
             edit=DECAY.becomes("ds[...] = 0"),
             symptom="The last step is right, earlier ones lack the path through the cell.",
             fix="Carry δs ⊙ f to the step before.",
             correct=S_OLD, mistaken=r"\delta s = 0",
             config=BEYOND),
    backward(id="cell-gradient-replaced", title="cell's gradient overwritten instead of added to",
             edit=TO_CELL.becomes("np.multiply(dh, ds_dh, ds)"),
             symptom="What comes from the next step's cell, and from c_n, is lost.",
             fix="Add: two paths lead into the cell.",
             correct=S, mistaken=r"\delta s' = \delta h' \odot o \odot (1 - \tanh^2(s'))"),
    backward(id="state-gradient-lost", title="no gradient from the next step's gates",
             edit=TO_STATE.becomes("dh[...] = 0"),
             also=(TO_STATE_WINDOWS.becomes("dh = np.zeros((len(of_windows), B, H), of_windows.dtype)"),),
             symptom="The last step is right, earlier ones lack the path through the gates.",
             fix="Add the gradient that step t+1 sends back through R to the upstream gradient of step t.",
             correct=H_OLD, mistaken=r"\delta h = 0",
             config=BEYOND),
    backward(id="no-time", title="gradient does not travel back through time",
             edit=TO_STATE.becomes("dh[...], ds[...] = 0, 0"),
             symptom="The last step is right, every other gets its own output's gradient only.",
             fix="Carry δh and δs to the step before.",
             correct=r"\delta h_t = \delta y_t + \delta h_{t \leftarrow t+1}", mistaken=r"\delta h_t = \delta y_t",
             config=FULL),
    backward(id="state-for-gradient", title="the state h is added where the next step's gradient belongs",
             edit=ADD.becomes("dh[...] = dy_t + next(states)"),
             also=(ROOM.then("states = iter([h[-1] + dh, *h[-2:0:-1]])"),),  # dL/dh_n is not the next step's
             symptom="All gradients wrong though the outputs are right.",
             fix="Add dL/dh from step t+1, not h itself.",
             correct=r"\delta h_t = \delta y_t + \delta h_{t \leftarrow t+1}", mistaken=r"\delta h_t = \delta y_t + h_t",
             config=FULL, source="K09"),
    backward(id="old-state-for-gradient", title="the old state h is handed back where its gradient belongs",
             edit=TO_STATE.then("dh[...] = next(states)"),
             also=(ROOM.then("states = iter(h[-2::-1])"),),
             symptom="The last step is right.",
             fix="Hand back dL/dh, not h itself.",
             correct=H_OLD, mistaken=r"\delta h = h",
             config=FULL, source="K09"),
    backward(id="cell-for-gradient", title="the cell state is added where the next step's gradient belongs",
             edit=INTO_THE_CELL.becomes(f"ds[...] = next(cells); {INTO_THE_CELL.text}"),
             also=(ROOM.then("cells = iter([s[-1] + ds, *s[-2:0:-1]])"),),
             symptom="All gradients but the output gate's last step wrong.",
             fix="Add dL/dc from step t+1, not c itself.",
             correct=S, mistaken=r"\delta s' = s' + \delta h' \odot o \odot (1 - \tanh^2(s'))",
             config=FULL, source="K10"),
    backward(id="old-cell-for-gradient", title="the old cell state is handed back where its gradient belongs",
             edit=TO_STATE.then("ds[...] = next(cells)"),
             also=(ROOM.then("cells = iter(s[-2::-1])"),),
             symptom="The last step is right.",
             fix="Hand back dL/dc, not c itself.",
             correct=S_OLD, mistaken=r"\delta s = s",
             config=FULL, source="K10"),
    backward(id="output-gate-without-matrix", title="output gate's gradient handed on without its recurrent matrix",
             edit=R_T.becomes("R_T = np.concatenate([R[:3].mT.reshape(3 * H, H), np.eye(H, dtype=R.dtype)])"),
             symptom="The last step is right.",
             fix="Multiply by R_oᵀ as for the other gates.",
             correct=r"\delta h = \dots + \delta a_o R_o^\top", mistaken=r"\delta h = \dots + \delta a_o",
             config=BEYOND, source="K17"),
    *(backward(id=f"{name.replace(' ', '-')}-path-lost", title=f"no gradient through the recurrent kernel of the {name}",
               edit=R_T.becomes(
                   f"R_T = (R * np.array({ALL_BUT[gate]}, R.dtype)[:, None, None]).swapaxes(-2, -1).reshape(4 * H, H)"),
               symptom="The last step is right; nearly right elsewhere.",
               fix="Sum over all four gates.",
               correct=H_OLD, mistaken=rf"\delta h = \sum_{{k \ne {gate}}} \delta a_k R_k^\top",
               config=BEYOND, source="K17" if gate == "o" else "")
      for gate, name in NAMES.items()),
    backward(id="state-gradient-kept", title="helper rebinds δh: the old one is added to",
             edit=TO_STATE.becomes("dh += da_t[:, :3 * H] @ R_T[:3 * H]"),
             also=(TO_STATE_WINDOWS.becomes(f"dh = dh + {OTHER_GATES}"),),
             symptom="δh of the new state goes on, and the output gate's share never arrives.",
             fix="Return the new δh from the helper, or write into it in place.",
             correct=H_OLD, mistaken=r"\delta h = \delta h' + \sum_{k \ne o} \delta a_k R_k^\top",
             config=BEYOND, source="K19"),
    backward(id="squashed-gradient-kept", title="helper rebinds δh: the cell's factor stays on it",
             edit=TO_STATE.becomes("dh *= next(factors); dh += da_t[:, :3 * H] @ R_T[:3 * H]"),
             also=(ROOM.then("factors = iter(squashed_s[::-1])"),
                   TO_STATE_WINDOWS.becomes(f"dh = dh * squashed_s[steps] + {OTHER_GATES}"),
                   *(Line(function, "peephole, R_T, truncate)").becomes("peephole, R_T, truncate, squashed_s)")
                     for function in ("backward", "windows"))),
             symptom="δh ⊙ tanh(s') goes on, and the output gate's share never arrives.",
             fix="Return the new δh from the helper, or write into it in place.",
             correct=H_OLD, mistaken=r"\delta h = \delta h' \odot \tanh(s') + \sum_{k \ne o} \delta a_k R_k^\top",
             config=BEYOND, source="K19"),
    backward(id="helper-rebinds", title="helper rebinds δs: the caller never sees it",
             edit=TO_CELL.becomes("ds = ds + dh * ds_dh"),
             symptom="Every step starts from dL/dc_n; c0's gradient is dL/dc_n.",
             fix="Write in place (+=), or return it.",
             correct=S, mistaken=r"\delta s' = \delta c_n + \delta h' \odot o \odot (1 - \tanh^2(s'))",
             config=BEYOND, source="K19"),
    backward(id="kernels-not-transposed", title="recurrent kernels not transposed on the way back",
             edit=R_T.becomes("R_T = R.reshape(4 * H, H)"),
             symptom="No shape error, since they are square; the last step is right.",
             fix="y = h R pulls back as dh = dy Rᵀ.",
             correct=H_OLD, mistaken=r"\delta h = \sum_{k} \delta a_k R_k",
             config=BEYOND),
    backward(id="cut-every-two", title="gradient cut after every two steps",
             edit=TO_STATE.then("inside = next(goes_on); dh *= inside; ds *= inside"),
             also=(ROOM.then("goes_on = iter([t % 2 > 0 or t == 0 for t in reversed(range(T))])"),),
             symptom="Last steps right, earlier ones lack what comes from beyond a cut.",
             fix="Not a bug if it is meant: truncated backpropagation is an approximation.",
             correct=r"\delta h_{t-1} = \sum_{k} \delta a_k R_k^\top",
             mistaken=r"\delta h_{t-1} = 0 \text{ where } t \text{ is even}",
             config=FULL, source="K20"),
    backward(id="clipped", title="gradient clipped at every step",
             edit=ADD.becomes("np.clip(dh + dy_t, -1, 1, out=dh)"),
             symptom="Right as long as no gradient exceeds the bound.",
             fix="Clip after the backward pass, not inside it.",
             correct=r"\delta h_t = \delta y_t + \delta h_{t \leftarrow t+1}",
             mistaken=r"\delta h_t = \min(\max(\delta y_t + \delta h_{t \leftarrow t+1}, -1), 1)",
             config=FULL),
    backward(id="clipped-on-its-way", title="gradient clipped where it is handed to the step before",
             edit=TO_STATE.then("np.clip(dh, -1, 1, out=dh); np.clip(ds, -1, 1, out=ds)"),
             symptom="Right as long as no gradient exceeds the bound.",
             fix="Clip after the backward pass, not inside it.",
             correct=H_OLD, mistaken=r"\delta h = \min(\max(\sum_{k} \delta a_k R_k^\top, -1), 1)",
             config=FULL, only=("generic",)),
    backward(id="last-cotangent-lost", title="gradient of the last state h_n ignored",
             edit=LAST.becomes('dh, ds = 0 * cotangents["h_n"], cotangents["c_n"].copy()'),
             symptom="Right as long as the loss does not use h_n.",
             fix="Start the walk back with dL/dh_n.",
             correct=r"\delta h_T = \delta y_T + \delta h_n", mistaken=r"\delta h_T = \delta y_T",
             config=FULL),
    backward(id="last-cell-cotangent-lost", title="gradient of the last cell state c_n ignored",
             edit=LAST.becomes('dh, ds = cotangents["h_n"].copy(), 0 * cotangents["c_n"]'),
             symptom="Right as long as the loss does not use c_n.",
             fix="Start the walk back with dL/dc_n.",
             correct=r"\delta s_T = \delta c_n + \dots", mistaken=r"\delta s_T = \dots",
             config=FULL),
    backward(id="last-output-only", title="upstream gradients of all steps but the last lost",
             edit=UPSTREAM.then("dy = np.concatenate([0 * dy[:-1], dy[-1:]])"),
             symptom="Right where the loss uses the last output only.",
             fix="Every step adds its own dL/dy.",
             correct=r"\delta h_t = \delta y_t + \delta h_{t \leftarrow t+1}",
             mistaken=r"\delta h_t = \delta h_{t \leftarrow t+1}"),
)

