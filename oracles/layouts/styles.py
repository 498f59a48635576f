"""Recurrent weights as hand-written code keeps them, in NumPy alone: `STYLES["separate"]["lstm"].pack(params)`, `.unpack(...)`.

With k one of the layer's gates (GRU r z n, LSTM i f g o; a simple RNN has one block and no suffix: W, U, b, c):

    separate              W_k (in, hidden), U_k (hidden, hidden), b_k (hidden,)          x W + h U + b
    separate_columns      W_k (hidden, in), U_k (hidden, hidden), b_k (hidden, 1)        W x + U h + b, x and h columns
    concatenated_xh       W_k (in + hidden, hidden), b_k (hidden,)                       [x, h] W + b
    concatenated_hx       W_k (hidden + in, hidden), b_k (hidden,)                       [h, x] W + b
    concatenated_xh_columns, concatenated_hx_columns   W_k (hidden, in + hidden), b_k (hidden, 1)
    fused                 W (in, gates · hidden), U (hidden, gates · hidden), b (gates · hidden,)
    fused_columns         W (gates · hidden, in), U (gates · hidden, hidden), b (gates · hidden, 1)

The second bias of a layer that has two is c_k or c, shaped like b_k or b; peepholes are p_k, shaped like b_k. For fused blocks
in another order, `fused("lstm", order="iofg")`. A style only moves numbers, so gradients unpack as weights do.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nnparity.cases.kinds import KINDS, RECURRENT
from nnparity.oracles.layouts.layout import Arrays, Layout

GATES = {kind: KINDS[kind].gates for kind in sorted(RECURRENT)}
PEEPHOLES = KINDS["lstm"].peepholes
BIASES = {"b": "bias", "c": "recurrent_bias"}
WEIGHTS = {"W": "kernel", "U": "recurrent_kernel"}


def by_gate(params: Arrays, kind: str) -> dict[str, np.ndarray]:
    """Canonical arrays -> W_k (in, hidden), U_k, b_k, c_k, p_k."""
    found = {}
    for short, name in {**WEIGHTS, **BIASES}.items():
        if name in params:
            blocks = zip(GATES[kind], params[name], strict=True) if GATES[kind] else [("", params[name])]
            found.update({f"{short}_{gate}" if gate else short: block for gate, block in blocks})
    if "peephole" in params:
        found.update({f"p_{gate}": p for gate, p in zip(PEEPHOLES, params["peephole"], strict=True)})
    return found


def from_gates(blocks: Arrays, kind: str) -> dict[str, np.ndarray]:
    """The inverse of `by_gate`. Raises ValueError for a block that is missing or unknown."""
    known = {**WEIGHTS, **BIASES}
    gates = [f"_{gate}" for gate in GATES[kind]] or [""]
    found = {name: [f"{short}{gate}" for gate in gates] for short, name in known.items() if f"{short}{gates[0]}" in blocks}
    if any(name.startswith("p_") for name in blocks):
        found["peephole"] = [f"p_{gate}" for gate in PEEPHOLES]
    wanted = {block for names in found.values() for block in names}
    if wanted != blocks.keys() or not {"kernel", "recurrent_kernel", "bias"} <= found.keys():
        named = ", ".join(f"W{gate}, U{gate}, b{gate}" for gate in gates)
        raise ValueError(f"{kind}: got {', '.join(blocks)}; expected {named}, and c likewise where there is a second bias")
    return {name: np.stack([blocks[block] for block in names]) if GATES[kind] else blocks[names[0]]
            for name, names in found.items()}


def turned(blocks: Arrays) -> dict[str, np.ndarray]:
    """Matrices transposed, vectors made columns."""
    return {name: a.T if a.ndim == 2 else a[:, None] for name, a in blocks.items()}


def turned_back(blocks: Arrays) -> dict[str, np.ndarray]:
    """The inverse of `turned`; a bias may come as (hidden,) too."""
    return {name: a.T if name[0] in "WU" else a.reshape(-1) for name, a in blocks.items()}


def joined(blocks: Arrays, h_first: bool) -> dict[str, np.ndarray]:
    """W_k (in, hidden) and U_k (hidden, hidden), one below the other, as W_k."""
    found = {}
    for name, a in blocks.items():
        if name[0] == "W":
            pair = (blocks["U" + name[1:]], a) if h_first else (a, blocks["U" + name[1:]])
            found[name] = np.concatenate(pair)
        elif name[0] != "U":
            found[name] = a
    return found


def parted(blocks: Arrays, h_first: bool) -> dict[str, np.ndarray]:
    """The inverse of `joined`: the hidden size is the number of columns."""
    found = {}
    for name, a in blocks.items():
        if name[0] == "W":
            hidden = a.shape[1]
            first, second = (a[:hidden], a[hidden:]) if h_first else (a[:-hidden], a[-hidden:])
            found[name], found["U" + name[1:]] = (second, first) if h_first else (first, second)
        else:
            found[name] = a
    return found


def separate(kind: str, columns: bool = False) -> Layout:
    """One matrix for each gate and input."""
    if columns:
        return Layout(lambda params: turned(by_gate(params, kind)), lambda blocks: from_gates(turned_back(blocks), kind))
    return Layout(lambda params: by_gate(params, kind), lambda blocks: from_gates(blocks, kind))


def concatenated(kind: str, h_first: bool = False, columns: bool = False) -> Layout:
    """One matrix for each gate, on x and h side by side (h_first: on h and x)."""
    inner = separate(kind)

    def pack(params):
        blocks = joined(inner.pack(params), h_first)
        return turned(blocks) if columns else blocks

    def unpack(blocks):
        return inner.unpack(parted(turned_back(blocks) if columns else blocks, h_first))

    return Layout(pack, unpack)


def fused(kind: str, order: str = "", columns: bool = False) -> Layout:
    """All gates side by side in one matrix, in `order` ("iofg"), by default the canonical one.

    Raises ValueError for an order that is no order of the layer's gates.
    """
    order = order or GATES[kind]
    if sorted(order) != sorted(GATES[kind]):
        raise ValueError(f"{kind}: order {order!r} does not name each of the gates {', '.join(GATES[kind]) or '(none)'} once")
    places = [GATES[kind].index(gate) for gate in order]

    def pack(params):
        found = {}
        for short, name in {**WEIGHTS, **BIASES}.items():
            if name in params:
                a = np.concatenate(params[name][places], axis=-1) if order else params[name]
                found[short] = a if not columns else a.T if a.ndim == 2 else a[:, None]
        return found | {f"p_{gate}": p[:, None] if columns else p for gate, p in zip(PEEPHOLES, params.get("peephole", ()))}

    def unpack(blocks):
        rows = turned_back(blocks) if columns else dict(blocks)
        peepholes = [rows.pop(f"p_{gate}") for gate in PEEPHOLES if f"p_{gate}" in rows]
        found = {{**WEIGHTS, **BIASES}[short]: np.stack(np.split(a, len(order), -1))[np.argsort(places)] if order else a
                 for short, a in rows.items()}
        return found | ({"peephole": np.stack(peepholes)} if peepholes else {})

    return Layout(pack, unpack)


STYLES = {
    name: {kind: make(kind) for kind in GATES}
    for name, make in {
        "separate": separate,
        "separate_columns": lambda kind: separate(kind, columns=True),
        "concatenated_xh": concatenated,
        "concatenated_hx": lambda kind: concatenated(kind, h_first=True),
        "concatenated_xh_columns": lambda kind: concatenated(kind, columns=True),
        "concatenated_hx_columns": lambda kind: concatenated(kind, h_first=True, columns=True),
        "fused": fused,
        "fused_columns": lambda kind: fused(kind, columns=True),
    }.items()
}


def swapped(arrays: Arrays, names: Sequence[str] = ("x", "y")) -> dict[str, np.ndarray]:
    """x and y with time first instead of batch first, or back; states as they are. For inputs, cotangents, outputs, gradients."""
    return {name: np.swapaxes(a, 0, 1) if name in names else a for name, a in arrays.items()}


def steps_of(sequence: np.ndarray, columns: bool = False) -> list[np.ndarray]:
    """(batch, time, features) -> one (batch, features) a step; with columns (features, batch)."""
    return [step.T if columns else step for step in np.swapaxes(sequence, 0, 1)]


def from_steps(steps: Sequence[np.ndarray], columns: bool = False) -> np.ndarray:
    """The inverse of `steps_of`."""
    return np.stack([step.T if columns else step for step in steps], axis=1)


def contract(function: Callable, kind: str, style: str | Layout, *, time_first: bool = False) -> Callable:
    """The function that `nnparity check` calls, made of one that keeps its weights in a style.

    `function(weights, inputs, cotangents) -> outputs, grads`; grads has the names of the weights and of the inputs. With
    time_first x, y and their gradients are (time, batch, ...). Raises ValueError for an unknown style or kind.
    """
    if isinstance(style, str) and (style not in STYLES or kind not in GATES):
        raise ValueError(f"no style {style!r} of {kind!r}; styles: {', '.join(STYLES)}; layers: {', '.join(GATES)}")
    layout = STYLES[style][kind] if isinstance(style, str) else style
    turn: Callable[[Mapping], dict] = swapped if time_first else dict

    def checked(params, inputs, cotangents):
        outputs, grads = function(layout.pack(params), turn(inputs), turn(cotangents))
        of_weights = layout.unpack({name: g for name, g in grads.items() if name not in ("x", "h0", "c0")}) if grads else {}
        return turn(outputs), of_weights | turn({name: g for name, g in grads.items() if name in ("x", "h0", "c0")})

    return checked
