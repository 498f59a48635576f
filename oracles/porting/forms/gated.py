"""Forms of GRU and LSTM, whose gates every framework stacks in its own way, and of the recurrent ONNX operators."""

from nnparity.cases.kinds import KINDS, RECURRENT
from nnparity.oracles.layouts.recurrent import IFGO, IOFC, ZRH
from nnparity.oracles.porting.forms.form import VARIABLES, Array, Form

Order = tuple[tuple[int, ...], tuple[str, ...]]  # indices of the canonical gates, and their letters
ORDERS: dict[str, dict[str, Order]] = {
    "gru": {"keras": (ZRH, ("z", "r", "h")), "onnx": (ZRH, ("z", "r", "h"))},
    "lstm": {"keras": (IFGO, ("i", "f", "c", "o")), "onnx": (IOFC, ("i", "o", "f", "c"))},
}
CANONICAL: dict[str, Order] = {kind: (tuple(range(len(KINDS[kind].gates) or 1)), tuple(KINDS[kind].gates))
                               for kind in RECURRENT}
NAMES = {
    "torch": {"kernel": "weight_ih_l0", "recurrent_kernel": "weight_hh_l0", "bias": "bias_ih_l0",
              "recurrent_bias": "bias_hh_l0"},
    "keras": {"kernel": "kernel", "recurrent_kernel": "recurrent_kernel", "bias": "bias"},
    "flax": {"kernel": "dense_i/kernel", "recurrent_kernel": "dense_h/kernel"},
}
ONE_BIAS = {"gru": "dense_i/bias", "lstm": "dense_h/bias"}  # flax.nnx


def gated(framework: str, kind: str, roles) -> Form:
    """GRU and LSTM of PyTorch, Keras and flax."""
    if framework == "linen":
        return linen(kind, roles)
    order, gates = ORDERS[kind].get(framework, CANONICAL[kind])
    G = len(gates)
    names = NAMES[framework] | ({"bias": ONE_BIAS[kind]} if framework == "flax" else {})
    stacked = f"{G}*hidden"
    arrays, where, reads, items = [], {}, {}, []
    moved: dict[str, tuple[int, ...]] = {}
    for role, first in (("kernel", "input"), ("recurrent_kernel", "hidden")):
        T, moves = (".T", (1, 0)) if framework == "torch" else ("", (0, 1))
        axes = (first, stacked)
        arrays.append(Array(names[role], tuple(axes[i] for i in moves), (role,)))
        where[role], moved[role] = names[role], moves
        reads[role] = f'gates(source["{names[role]}"]{T})'
        items.append(f'"{names[role]}": packed({VARIABLES[role]}){T}')
    biases = [role for role in ("bias", "recurrent_bias") if role in roles]
    moved |= {role: (0,) for role in biases}
    if framework == "keras" and len(biases) == 2:
        arrays.append(Array("bias", ("2", stacked), tuple(biases)))
        for k, role in enumerate(biases):
            where[role], reads[role] = f"bias[{k}]", f'gates(source["bias"][{k}])'
        items.append('"bias": np.stack([packed(b), packed(c)])')
    else:
        for role in biases:
            arrays.append(Array(names[role], (stacked,), (role,)))
            where[role], reads[role] = names[role], f'gates(source["{names[role]}"])'
            items.append(f'"{names[role]}": packed({VARIABLES[role]})')
    return Form(tuple(arrays), where, moved, reads, tuple(items), order, gates)


def linen(kind: str, roles) -> Form:
    """flax.linen: two Dense layers a gate. In GRUCell the recurrent bias exists in the candidate alone."""
    order, gates = CANONICAL[kind]
    letters = "".join(gates)
    side = {"kernel": "i", "recurrent_kernel": "h", "bias": "i" if kind == "gru" else "h", "recurrent_bias": "h"}
    arrays, where, reads, items = [], {}, {}, []
    for role in (r for r in side if r in roles):
        what = "bias" if "bias" in role else "kernel"
        axes = {"kernel": ("input", "hidden"), "recurrent_kernel": ("hidden", "hidden")}.get(role, ("hidden",))
        path = f"params/{side[role]}%s/{what}"
        if role == "recurrent_bias":
            name = path % "n"
            arrays.append(Array(name, axes, (role,), "n"))
            where[role] = name
            reads[role] = f'np.stack([0 * b[0], 0 * b[0], source["{name}"]])'
            items.append(f'"{name}": c[2]')
            continue
        arrays += [Array(path % g, axes, (role,), g) for g in gates]
        where[role] = f"params/{side[role]}[{letters}]/{what}"
        any_gate = path % "{g}"
        reads[role] = f'np.stack([source[f"{any_gate}"] for g in "{letters}"])'
        items.append(f'**{{f"{any_gate}": a for g, a in zip("{letters}", {VARIABLES[role]})}}')
    moved = {role: (0,) if "bias" in role else (0, 1) for role in where}
    return Form(tuple(arrays), where, moved, reads, tuple(items), order, gates)


def onnx_recurrent(kind: str, roles) -> Form:
    """ONNX GRU, LSTM, RNN: a leading axis for the direction, and both biases in one array."""
    order, gates = ORDERS.get(kind, {}).get("onnx", CANONICAL[kind])
    stacked = f"{len(gates)}*hidden" if gates else "hidden"
    read, write = ("gates(%s)", "packed(%s)") if gates else ("%s", "%s")
    arrays = [Array("W", ("1", stacked, "input"), ("kernel",)), Array("R", ("1", stacked, "hidden"), ("recurrent_kernel",))]
    where = {"kernel": "W[0]", "recurrent_kernel": "R[0]"}
    moved: dict[str, tuple[int, ...]] = {"kernel": (1, 0), "recurrent_kernel": (1, 0)}
    reads = {role: read % f'source["{name}"][0].T' for role, name in (("kernel", "W"), ("recurrent_kernel", "R"))}
    items = [f'"{name}": {write % variable}.T[None]' for name, variable in (("W", "K"), ("R", "R"))]
    if "bias" in roles:
        arrays.append(Array("B", ("1", f"{2 * max(len(gates), 1)}*hidden"), ("bias", "recurrent_bias")))
        for k, role in enumerate(("bias", "recurrent_bias")):
            where[role], moved[role] = f"{('first', 'second')[k]} half of B[0]", (0,)
            reads[role] = read % f'np.split(source["B"][0], 2)[{k}]'
        items.append(f'"B": np.concatenate([{write % "b"}, {write % "c"}])[None]')
    return Form(tuple(arrays), where, moved, reads, tuple(items), order if gates else (), gates)
