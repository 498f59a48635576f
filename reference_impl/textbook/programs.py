"""The statements of one time step of each recurrent layer, forward and backward, for every combination of its options.

Gates are i, f, g, o of an LSTM and r, z, n of a GRU; for a gate k

    a_k    its pre-activation        K_k, R_k, b_k, c_k, p_k    its kernels, biases and peephole
    dk     dL/d(its value)           da_k                       dL/da_k

x, h_prev and s_prev are what comes into the step, h and s what leaves it (s is the cell state, because c is a bias). Backward,
dh_next and ds_next are what the step behind hands on; dh_before and ds_before what this one does. `first` and `last` stand in
front of the steps and behind them, `start` and `end` of the steps back. Shapes: x (batch, input), h, s and all that carries a
gate's letter (batch, hidden).

Sources: the documents and papers that reference_impl/layers/{lstm,gru,simple_rnn}.py name; derivatives by hand.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from nnparity.cases.kinds import GATE_WORDS

# in front of the steps, of each step, behind them; the same of the way back
FIRST, FORWARD, LAST, START, BACKWARD, END = "first", "forward", "last", "start", "backward", "end"
OF_OUTPUTS = (FIRST, FORWARD, LAST)


@dataclass(frozen=True)
class Statement:
    """`gate` is the gate that it is about, "" for none; `like` is the same for statements of several gates that say the same."""

    part: str
    text: str
    gate: str = ""
    like: str = ""


@dataclass(frozen=True)
class Program:
    """`functions` says which activation is called by which name: {"gate": "sigmoid"}; `states` are the letters of h and s."""

    kind: str
    gates: str
    states: str
    functions: Mapping[str, str]
    statements: tuple[Statement, ...]

    @property
    def called(self) -> Mapping[str, str]:
        """Letter of a gate -> what it is called."""
        return {k: GATE_WORDS[k] for k in self.gates}


def each(part: str, gates: str, text: str) -> list[Statement]:
    """A statement for each of these gates, "k" being its letter where a name ends in it."""
    return [Statement(part, text.replace("§", k), k, text) for k in gates]


def lines(part: str, *texts: str) -> list[Statement]:
    return [Statement(part, text) for text in texts]


def into_weights(gates: str, biases: bool, peepholes: str = "") -> list[Statement]:
    """The gradients of the weights, added up over the steps."""
    found = each(BACKWARD, gates, "dK_§ += x.T @ da_§") + each(BACKWARD, gates, "dR_§ += h_prev.T @ da_§")
    found += each(BACKWARD, gates, "db_§ += da_§.sum(0)")
    found += each(BACKWARD, gates, "dc_§ += da_§.sum(0)") if biases else []
    seen = {"i": "s_prev", "f": "s_prev", "o": "s"}
    return found + [Statement(BACKWARD, f"dp_{k} += (da_{k} * {seen[k]}).sum(0)", k) for k in peepholes]


def summed(gates: str, text: str) -> str:
    return " + ".join(text.replace("§", k) for k in gates)


def lstm(
    *,
    recurrent_bias="separate",
    activation="tanh",
    cell_activation="tanh",
    gate_activation="sigmoid",
    forget_bias=0.0,
    peepholes=False,
    truncate=None,
) -> Program:
    del truncate  # the window is the loop's
    c = " + c_§" if recurrent_bias == "separate" else ""
    a = f"a_§ = x @ K_§ + b_§ + h_prev @ R_§{c}"
    early, late = (" + p_§ * s_prev", " + p_§ * s") if peepholes else ("", "")
    forward = [
        *lines(FIRST, "h_next = h0", "s_next = c0"),
        *lines(FORWARD, "h_prev = h_next", "s_prev = s_next"),
        *each(FORWARD, "i", a + early),
        *each(FORWARD, "f", a + early + (" + forget_bias" if forget_bias else "")),
        *each(FORWARD, "g", a),
        *each(FORWARD, "if", "§ = gate(a_§)"),
        *lines(FORWARD, "g = candidate(a_g)"),
        *lines(FORWARD, "s = f * s_prev + i * g"),
        *each(FORWARD, "o", a + late),
        *each(FORWARD, "o", "§ = gate(a_§)"),
        *lines(FORWARD, "m = cell(s)", "h = o * m", "y_t = h", "h_next = h", "s_next = s"),
        *lines(LAST, "h_n = h_next", "c_n = s_next"),
    ]
    backward = [
        *lines(START, "dh_next = dh_n", "ds_next = dc_n"),
        *lines(BACKWARD, "dh = dy_t + dh_next", "do = dh * m"),
        *each(BACKWARD, "o", "da_§ = d§ * gate_slope(a_§, §)"),
        *lines(BACKWARD, "ds = ds_next + dh * o * cell_slope(s, m)" + (" + da_o * p_o" if peepholes else "")),
        *lines(BACKWARD, "di = ds * g", "df = ds * s_prev", "dg = ds * i"),
        *each(BACKWARD, "if", "da_§ = d§ * gate_slope(a_§, §)"),
        *lines(BACKWARD, "da_g = dg * candidate_slope(a_g, g)"),
        *into_weights("ifgo", recurrent_bias == "separate", "ifo" if peepholes else ""),
        *lines(
            BACKWARD,
            f"dx_t = {summed('ifgo', 'da_§ @ K_§.T')}",
            f"dh_before = {summed('ifgo', 'da_§ @ R_§.T')}",
            "ds_before = ds * f" + (" + da_i * p_i + da_f * p_f" if peepholes else ""),
            "dh_next = dh_before",
            "ds_next = ds_before",
        ),
        *lines(END, "dh0 = dh_next", "dc0 = ds_next"),
    ]
    return Program(
        "lstm", "ifgo", "hs", {"gate": gate_activation, "candidate": activation, "cell": cell_activation}, (*forward, *backward)
    )


def gru(*, reset="after", recurrent_bias="inside", update="keep") -> Program:
    c = "" if recurrent_bias == "none" else " + c_§"
    product = {
        ("before", False): "u = r * h_prev",
        ("after", False): "u = h_prev @ R_n",
        ("after", True): "u = h_prev @ R_n + c_n",
    }[reset, recurrent_bias == "inside"]
    outside = " + c_n" if recurrent_bias == "outside" else ""
    kept, new = ("z", "(1 - z)") if update == "keep" else ("(1 - z)", "z")
    forward = [
        *lines(FIRST, "h_next = h0"),
        *lines(FORWARD, "h_prev = h_next"),
        *each(FORWARD, "rz", f"a_§ = x @ K_§ + b_§ + h_prev @ R_§{c}"),
        *each(FORWARD, "rz", "§ = gate(a_§)"),
        *lines(
            FORWARD,
            product,
            "a_n = x @ K_n + b_n + " + ("u @ R_n" if reset == "before" else "r * u") + outside,
            "n = candidate(a_n)",
            f"h = {kept} * h_prev + {new} * n",
            "y_t = h",
            "h_next = h",
        ),
        *lines(LAST, "h_n = h_next"),
    ]
    to_z = "h_prev - n" if update == "keep" else "n - h_prev"
    through = ["du = da_n @ R_n.T", "dr = du * h_prev"] if reset == "before" else ["du = da_n * r", "dr = da_n * u"]
    weights = [
        *each(BACKWARD, "rz", "dR_§ += h_prev.T @ da_§"),
        Statement(BACKWARD, f"dR_n += {'u.T @ da_n' if reset == 'before' else 'h_prev.T @ du'}", "n"),
    ]
    biases = (
        []
        if recurrent_bias == "none"
        else [
            *each(BACKWARD, "rz", "dc_§ += da_§.sum(0)"),
            Statement(BACKWARD, f"dc_n += {'du' if recurrent_bias == 'inside' else 'da_n'}.sum(0)", "n"),
        ]
    )
    back = [
        *lines(START, "dh_next = dh_n"),
        *lines(BACKWARD, "dh = dy_t + dh_next", f"dz = dh * ({to_z})", f"dn = dh * {new}"),
        *lines(BACKWARD, "da_n = dn * candidate_slope(a_n, n)", *through),
        *each(BACKWARD, "rz", "da_§ = d§ * gate_slope(a_§, §)"),
        *each(BACKWARD, "rzn", "dK_§ += x.T @ da_§"),
        *weights,
        *each(BACKWARD, "rzn", "db_§ += da_§.sum(0)"),
        *biases,
        *lines(
            BACKWARD,
            f"dx_t = {summed('rzn', 'da_§ @ K_§.T')}",
            f"dh_before = dh * {kept} + {'du * r' if reset == 'before' else 'du @ R_n.T'} + {summed('rz', 'da_§ @ R_§.T')}",
            "dh_next = dh_before",
        ),
        *lines(END, "dh0 = dh_next"),
    ]
    return Program("gru", "rzn", "h", {"gate": "sigmoid", "candidate": "tanh"}, (*forward, *back))


def simple_rnn(*, recurrent_bias="separate", activation="tanh") -> Program:
    both = recurrent_bias == "separate"
    return Program(
        "simple_rnn",
        "",
        "h",
        {"candidate": activation},
        (
            *lines(FIRST, "h_next = h0"),
            *lines(FORWARD, "h_prev = h_next"),
            *lines(FORWARD, f"a = x @ K + b + h_prev @ R{' + c' if both else ''}", "h = candidate(a)", "y_t = h", "h_next = h"),
            *lines(LAST, "h_n = h_next"),
            *lines(START, "dh_next = dh_n"),
            *lines(
                BACKWARD,
                "dh = dy_t + dh_next",
                "da = dh * candidate_slope(a, h)",
                "dK += x.T @ da",
                "dR += h_prev.T @ da",
                "db += da.sum(0)",
                *(["dc += da.sum(0)"] if both else []),
                "dx_t = da @ K.T",
                "dh_before = da @ R.T",
                "dh_next = dh_before",
            ),
            *lines(END, "dh0 = dh_next"),
        ),
    )


PROGRAMS: Mapping[str, Callable[..., Program]] = {"lstm": lstm, "gru": gru, "simple_rnn": simple_rnn}


def program(kind: str, config: Mapping[str, Any]) -> Program:
    """The program of a layer with these options. Raises KeyError for a kind that has none."""
    return _program(kind, tuple(sorted(config.items())))


@cache
def _program(kind: str, config: Sequence[tuple[str, Any]]) -> Program:
    return PROGRAMS[kind](**dict(config))
