"""What became of the weights: those of A as B should hold them, and what B's own are to them."""

from collections.abc import Iterator, Mapping
from itertools import permutations

import numpy as np

from nnparity.cases.kinds import KINDS, RECURRENT
from nnparity.oracles.models.op import Op
from nnparity.oracles.porting.steps import steps

ROUNDED = 2.0**-21  # weights that went through a float32 file are equal to within this part of themselves
NEUTRAL = {"gamma": 1.0, "beta": 0.0}  # with which a normalisation scales and shifts nothing
Params = Mapping[str, np.ndarray]


def as_held(kind: str, params: Params, wanted: Params, target: str, settings: Mapping) -> dict[str, np.ndarray]:
    """A's canonical weights in the arrays that B has: biases summed or filled with zeros, by the steps of `nnparity port`; a
    scale or a shift that A has not changes nothing.

    Raises ValueError (porting's Refused) where B's layer cannot hold them, with the reason.
    """
    if kind == "bidirectional":
        found: dict[str, np.ndarray] = {}
        for side in ("forward/", "backward/"):
            own, other = ({n.removeprefix(side): a for n, a in p.items() if n.startswith(side)} for p in (params, wanted))
            found |= {side + n: a for n, a in as_held(settings["layer"], own, other, target, settings).items()}
        return found
    fresh = {name: np.full_like(array, NEUTRAL[name]) for name, array in wanted.items() if name in NEUTRAL and name not in params}
    params = {**params, **fresh}
    has = [name for name in params if name in KINDS.get(kind, KINDS["dense"]).arrays or kind not in KINDS]
    made = dict(params)
    if kind in KINDS:
        variant = {"reset": settings.get("reset", "after")}
        wants = [name for name in wanted if name != "bias" or "recurrent_kernel" in params]  # else it is filled below
        for step in steps(kind, tuple(has), tuple(wants), target, variant):
            made = step.perform(made)
    for name, array in wanted.items():
        if name not in made and name.endswith("bias"):
            made[name] = np.zeros_like(array)
    for name in set(made) - set(wanted):
        if np.any(made[name] != NEUTRAL.get(name, 0.0)):
            raise ValueError(f"there is no place for the {name} of {tuple(made[name].shape)}")
    return {name: made[name] for name in wanted if name in made}


def lacking(kind: str, params: Params, own: Params) -> list[str]:
    """Names of the arrays of one layer that another has no place for. Of two biases that are a sum one is enough."""
    names = [n for n in params if n not in own and n.rpartition("/")[2] in ("bias", "gamma", "beta")]
    if kind in (*RECURRENT, "bidirectional"):
        sides = {n.rpartition("/")[0] for n in own if n.endswith("bias")}
        names = [n for n in names if n.rpartition("/")[0] not in sides]
    return names


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal but for the rounding of what was computed in single precision."""
    return a.shape == b.shape and bool(np.abs(a - b).max(initial=0) <= 2 * ROUNDED * np.abs(a).max(initial=0))


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal but for the rounding of a file in single precision."""
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= ROUNDED * np.maximum(np.abs(a), np.abs(a).max(initial=0) * 1e-3)))


def state(op: Op, held: Params, own: Params, plain: Params, product: bool = False) -> dict[str, tuple[str, str]]:
    """name of an array -> (what B's own is to what it should be, that in words).

    "equal"; "other" where nothing relates them; else the name of the slip. `plain` are the weights without the rearrangement of
    rows that a flatten in another order asks for. `product`: one of both is computed of several arrays.
    """
    found = {}
    sums = summed(op, held, own)
    for name, right in held.items():
        theirs = own[name]
        if same(right, theirs) or (product and close(right, theirs)) or (name.endswith("bias") and sums == "equal"):
            found[name] = ("equal", "equal")
        elif name.endswith("bias") and sums == "twice":
            found[name] = ("bias_twice", "the one bias was written into both places: it counts twice")
        elif name in plain and right.shape == theirs.shape and same(plain[name], theirs):
            found[name] = ("flatten_order", "the rows are in the order in which A flattens, not in that of B")
        else:
            found[name] = next(slips(op, name, held, theirs), ("other", "other numbers"))
    return found


def summed(op: Op, held: Params, own: Params) -> str:
    """Two biases that act as a sum: "equal", "twice" or ""."""
    layer = op.settings.get("layer", op.kind)
    sides = ("forward/", "backward/") if op.kind == "bidirectional" else ("",)
    if layer not in ("lstm", "simple_rnn") or any(f"{s}recurrent_bias" not in held for s in sides):
        return ""
    right, theirs = ([p[f"{s}bias"] + p[f"{s}recurrent_bias"] for s in sides] for p in (held, own))
    if all(map(same, right, theirs)):
        return "equal"
    nonzero = any(np.any(r != 0) for r in right)
    return "twice" if nonzero and all(same(2 * r, t) for r, t in zip(right, theirs)) else ""


def slips(op: Op, name: str, held: Params, theirs: np.ndarray) -> Iterator[tuple[str, str]]:
    """The slips with which these numbers come out of the right ones."""
    right = held[name]
    plain_name = name.rpartition("/")[2]
    if theirs.size > 1 and np.all(theirs == theirs.reshape(-1)[0]):
        fresh = {"running_mean": 0.0, "running_variance": 1.0, "gamma": 1.0}.get(plain_name, 0.0)
        if theirs.reshape(-1)[0] == fresh:
            yield "never_loaded", f"still as in a new layer, all {fresh:g}"
    gates = KINDS[op.settings.get("layer", op.kind)].gates if op.settings.get("layer", op.kind) in KINDS else ""
    if gates and right.shape == theirs.shape:
        for order in permutations(range(len(gates))):
            if order != tuple(range(len(gates))) and same(right[list(order)], theirs):
                told = " ".join(gates[k] for k in order)
                yield "gate_order", f"its gates {' '.join(gates)} hold those of {told}"
            if plain_name == "recurrent_kernel" and same(right[list(order)].swapaxes(-1, -2), theirs):
                yield "transposed", "transposed within each gate"
    if right.ndim > 1:
        for order in permutations(range(right.ndim)):
            if order != tuple(range(right.ndim)) and same(right.transpose(order), theirs):
                yield "transposed", f"its axes are in the order {order} of the right ones"
        flipped = np.flip(right, tuple(range(-max(right.ndim - 2, 1), 0)))
        if same(flipped, theirs):
            yield "flipped", "flipped along its window" if right.ndim > 2 else "flipped"
        if any(same(p, theirs) for p in (np.ascontiguousarray(right.T).reshape(right.shape), right.reshape(right.T.shape).T)):
            yield "reshaped", "reshaped where it had to be transposed"
    if plain_name == "running_variance" and same(np.sqrt(np.abs(right)), theirs):
        yield "root", "the root of it, a standard deviation in the place of a variance"
    if plain_name == "table" and right.shape == theirs.shape and len(right) > 2:
        for by, k in ((1, 1), (-1, 1)):
            if same(np.roll(right, by, 0)[1:-1], theirs[1:-1]):
                yield "shifted", f"its rows are shifted by one: what is word {k} in A is word {k + by} in B"
    other_bias = name.replace("bias", "recurrent_bias")
    if plain_name == "bias" and other_bias in held and same(right + held[other_bias], theirs):
        yield "bias_summed", "it holds the sum of both biases, of which one acts on the candidate inside the reset gate"
    for other, array in held.items():
        if other != name and same(array, theirs):
            yield "exchanged", f"it holds {other}"
    if same(-right, theirs):
        yield "sign", "its sign is turned"
