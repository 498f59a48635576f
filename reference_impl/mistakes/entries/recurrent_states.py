"""What goes wrong with the states of recurrent layers between their steps, between examples, and where they are handed out: the
same mistakes for the simple layer, the GRU and the LSTM, each as an edit of its own file."""

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake

AREAS = {"simple_rnn": "recurrent", "gru": "gru", "lstm": "lstm"}
PREFIX = {"simple_rnn": "rnn", "gru": "gru", "lstm": "lstm"}
CASE = {"simple_rnn": "simple_rnn-tanh", "gru": "gru-after", "lstm": "lstm-two_biases"}


def entry(kind, *, id, case="", part="forward", **fields):
    return Mistake(id=f"{PREFIX[kind]}-{id}", area=AREAS[kind], module=f"layers.{kind}", kinds=(kind,), part=part,
                   case=f"{case or CASE[kind]}-float64-generic", **fields)


RNN_WALK = Line("forward", "for v_t, a_t, h_next in zip(v, a, h[1:])")
RNN_PRODUCT = Line("forward", "product(v_t, W, out=a_t)")
RNN_RETURN = Line("forward", '{"y": batch_first(h[1:]), "h_n": h[-1]}')

GRU_WALK = Line("forward", "for h_new, a_t, rz_t, h, r, z, u, n in zip(states[1:], np.moveaxis(a, -3, 0), rz, *tape)")
GRU_GATES = Line("forward", 'if reset == "before":')
GRU_NEW = Line("forward", 'h_new[...] = z * h + (1 - z) * n if update == "keep" else (1 - z) * h + z * n')
GRU_START = Line("forward", 'states[0] = inputs.get("h0", 0)')
GRU_RETURN = Line("forward", '{"y": batch_first(states[1:]), "h_n": states[-1]}')

LSTM_WALK = Line("forward", "enumerate(zip(v, gates, s, s[1:], squashed_s, h[1:]))")
LSTM_PRODUCT = Line("forward", "product(v_t, W, out=a)")
LSTM_OUT = Line("forward", "np.multiply(o, squashed_t, h_next)")
LSTM_START = Line("forward", 'h[0], s[0] = inputs.get("h0", 0), inputs.get("c0", 0)')
LSTM_RETURN = Line("forward", '{"y": batch_first(h[1:]), "h_n": h[-1], "c_n": s[-1]}')
LSTM_A = Edit(function="forward", right="a_t = all_a[t]", wrong="a_t = all_a[t % T]")
LSTM_LAST = Line("backward", 'dh, ds = cotangents["h_n"].copy(), cotangents["c_n"].copy()')
PEEP_O = Line("forward", "a_o += p_o * s_next")
GATE_O = Line("forward", "o[...] = gate(a_o)")


def carried(kind, edit, *also):
    """All examples are walked through as often as there are examples: each time one more starts from the one before it."""
    return entry(kind, id="carried-between-examples", edit=edit, also=also, needs="batch",
                 title="state carried from one example to the next",
                 symptom="The first example is right; the others start where the one before them ended.",
                 fix="Start every example from its own initial state.",
                 correct=r"h_0^{(n)} \text{ given}", mistaken=r"h_0^{(n)} = h_T^{(n-1)}")


def nothing_carried(kind, edit, *also, **fields):
    return entry(kind, id="nothing-carried", edit=edit, also=also, needs="sequence",
                 title="every step starts from the initial state: nothing is carried from step to step",
                 symptom="The first step is right, later ones are not.",
                 fix="Hand the new state to the next step.",
                 correct=r"h_t = \mathrm{step}(x_t, h_{t-1})", mistaken=r"h_t = \mathrm{step}(x_t, h_0)", **fields)


def early(kind, edit):
    return entry(kind, id="last-state-early", edit=edit, needs="sequence",
                 title="last state returned one step early: the one before the last step",
                 symptom="The sequence is right and what is returned as the last state is its last but one.",
                 fix="Return the state after the last step.",
                 correct=r"h_n = h_T \,", mistaken=r"h_n = h_{T-1} \,")


def repeated(kind, edit):
    return entry(kind, id="last-output-repeated", edit=edit, needs="sequence",
                 title="the last state returned as the output of every step",
                 symptom="The last output is right, and all others are the same.",
                 fix="Store each step's own state: a copy of it where one array is written anew at each step.",
                 correct=r"y_t = h_t \,", mistaken=r"y_t = h_T \,")


RNN = (
    carried("simple_rnn", RNN_PRODUCT.becomes(
        "if place and place % T == 0:\n            h[0][..., 1:, :] = h[-1][..., :-1, :]\n        " + RNN_PRODUCT.text),
        RNN_WALK.becomes("for place, (v_t, a_t, h_next) in enumerate([*zip(v, a, h[1:])] * B)")),
    early("simple_rnn", RNN_RETURN.replacing("h[-1]", "h[-2]")),
    repeated("simple_rnn", RNN_RETURN.replacing("h[1:]", "np.broadcast_to(h[-1], h[1:].shape)")),
)

GRU = (
    nothing_carried("gru", GRU_NEW.then("ys.append(h_new.copy()); h_new[...] = states[0]"), GRU_START.then("ys = []"),
                    GRU_RETURN.becomes('{"y": batch_first(np.stack(ys)), "h_n": ys[-1]}')),
    carried("gru", GRU_GATES.becomes(
        f"if place and place % T == 0:\n            states[0][..., 1:, :] = states[-1][..., :-1, :]\n        {GRU_GATES.text}"),
        GRU_WALK.becomes("for place, (h_new, a_t, rz_t, h, r, z, u, n) in "
                         "enumerate([*zip(states[1:], np.moveaxis(a, -3, 0), rz, *tape)] * B)")),
    early("gru", GRU_RETURN.replacing("states[-1]", "states[-2]")),
    repeated("gru", GRU_RETURN.replacing("states[1:]", "np.broadcast_to(states[-1], states[1:].shape)")),
)

BOTH_STATES = "ys.append(h_next.copy()); cs.append(s_next.copy())"
CELL = r"(h_t, s_t) = \mathrm{cell}(x_t, h_{t-1}, s_{t-1})"
EXCHANGED = "h_next[...], s_next[...] = s_next.copy(), h_next.copy()"

LSTM = (
    nothing_carried("lstm", LSTM_OUT.then(f"{BOTH_STATES}; h_next[...] = h[0]; s_next[...] = s[0]"),
                    LSTM_START.then("ys, cs = [], []"),
                    LSTM_RETURN.becomes('{"y": batch_first(np.stack(ys)), "h_n": ys[-1], "c_n": cs[-1]}')),
    carried("lstm", LSTM_PRODUCT.becomes(
        "if t and t % T == 0:\n            h[0][..., 1:, :], s[0][..., 1:, :] = h[-1][..., :-1, :], s[-1][..., :-1, :]\n        "
        + LSTM_PRODUCT.text), LSTM_WALK.becomes("enumerate([*zip(v, gates, s, s[1:], squashed_s, h[1:])] * B)"), LSTM_A),
    early("lstm", LSTM_RETURN.becomes('{"y": batch_first(h[1:]), "h_n": h[-2], "c_n": s[-2]}')),
    repeated("lstm", LSTM_RETURN.replacing("h[1:]", "np.broadcast_to(h[-1], h[1:].shape)")),
    entry("lstm", id="exchanged-throughout", title="h and c exchanged throughout: the cell state is used as the output",
          edit=LSTM_START.becomes('h[0], s[0] = inputs.get("c0", 0), inputs.get("h0", 0)'),
          also=(LSTM_RETURN.becomes('{"y": batch_first(s[1:]), "h_n": s[-1], "c_n": h[-1]}'),),
          symptom="Outputs leave [-1, 1]; every step itself is right.",
          fix="A cell that takes and returns (h, c) is called with (h, c), and h is the output.",
          correct=r"(h, s) = \mathrm{cell}(x, (h, s)) \quad y = h", mistaken=r"(s, h) = \mathrm{cell}(x, (s, h)) \quad y = h"),
    entry("lstm", id="exchanged-at-every-step", title="h and c exchanged from each step to the next",
          edit=LSTM_OUT.then(f"ys.append(h_next.copy()); {EXCHANGED}"), also=(
              LSTM_START.then("ys = []"), LSTM_RETURN.replacing("h[1:]", "np.stack(ys)")),
          symptom="The first step is right; the last states are exchanged too.",
          fix="What a cell returns as (h, c) is taken as (h, c).",
          correct=CELL, mistaken=r"(h_t, s_t) = \mathrm{cell}(x_t, s_{t-1}, h_{t-1})"),
    entry("lstm", id="exchanged-and-returned", title="h and c exchanged from each step to the next, and c is the output",
          edit=LSTM_OUT.then(EXCHANGED),
          symptom="Every output is a cell state, and from the second step on the gates see it.",
          fix="What a cell returns as (h, c) is taken as (h, c).",
          correct=CELL, mistaken=r"(s_t, h_t) = \mathrm{cell}(x_t, h_{t-1}, s_{t-1})"),
    entry("lstm", id="last-cotangents-exchanged", title="gradients of the last states h_n and c_n exchanged on the way in",
          part="backward", edit=LSTM_LAST.becomes('dh, ds = cotangents["c_n"].copy(), cotangents["h_n"].copy()'),
          symptom="Right as long as the loss uses neither of the last states.",
          fix="The walk back starts with dL/dh_n in δh and dL/dc_n in δs.",
          correct=r"\delta h_T = \delta y_T + \delta h_n \quad \delta s_T = \delta c_n + \dots",
          mistaken=r"\delta h_T = \delta y_T + \delta c_n \quad \delta s_T = \delta h_n + \dots", config={"truncate": None}),
    entry("lstm", id="peephole-output-outside", title="output gate's peephole added after its sigmoid",
          edit=GATE_O.becomes("o[...] = gate(a_o) + p_o * s_next"), also=(PEEP_O.becomes("pass"),),
          symptom="The output gate leaves 0 ... 1; i and f are right.",
          fix="The peephole belongs into the gate's pre-activation.",
          correct=r"o = \sigma(\dots + p_o \odot s')", mistaken=r"o = \sigma(\dots) + p_o \odot s'",
          config={"peepholes": True}, case="lstm-peepholes"),
    entry("lstm", id="peepholes-outside", title="peepholes added after the gates' sigmoid",
          edit=Edit(function="forward", right="i[...] = gate(a_i)", wrong="i[...] = gate(a_i - p_i * s_t) + p_i * s_t"),
          also=(Edit(function="forward", right="f[...] = gate(a_f)", wrong="f[...] = gate(a_f - p_f * s_t) + p_f * s_t"),
                GATE_O.becomes("o[...] = gate(a_o) + p_o * s_next"), PEEP_O.becomes("pass")),
          symptom="Gates leave 0 ... 1.",
          fix="A peephole belongs into its gate's pre-activation.",
          correct=r"i = \sigma(\dots + p_i \odot s)", mistaken=r"i = \sigma(\dots) + p_i \odot s",
          config={"peepholes": True}, case="lstm-peepholes"),
)

MISTAKES = RNN + GRU + LSTM
