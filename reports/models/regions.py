"""What stands in one model and not in the other, between layers that have a partner."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

import numpy as np

from nnparity.oracles.models.compute import COMPUTE
from nnparity.oracles.models.functions import USUAL
from nnparity.oracles.models.op import Op, back, order
from nnparity.reports.models.causes import Cause, ours
from nnparity.reports.models.conventions import question, variants, written
from nnparity.reports.models.finding import Finding
from nnparity.reports.models.follow import Follower
from nnparity.reports.models.free import named
from nnparity.reports.models.side import Side
from nnparity.reports.models.step import EPS, Meeting, arrangements, far

MOST = 6  # ways in which an array may stand, with one shape


def of_meetings(walk: Follower, mode: str) -> list[Finding]:
    """What stands in one model and not in the other."""
    return [finding for meeting in walk.meetings if not meeting.agrees for finding in _between(walk, meeting, mode)]


def _between(walk: Follower, m: Meeting, mode: str) -> list[Finding]:
    a, b = ([side.ops[k] for k in ops] for side, ops in ((walk.a, m.ops_a), (walk.b, m.ops_b)))
    told_a, told_b = (", ".join(f"{each.name} ({each.title})" for each in ops) for ops in (a, b))
    about: dict[str, Any] = {"layer_a": ", ".join(op.name for op in a), "layer_b": ", ".join(op.name for op in b), "mode": mode,
             "where": b[0].where if b else ""}
    if m.cut >= 0:
        op = walk.b.ops[m.cut]
        row = question(op.kind, "crop", op.settings)
        other = next((walk.a.ops[s.a] for s in walk.steps if s.b == m.cut), op)
        return [Finding("crop", words=f"{row.title if row else 'crop'}: {op.name} of B gives more cells than {other.name} of A, "
                        "and other ones of them are cut off behind it", change=f"in B, behind {op.name}: cut off the others",
                        row=row.id if row else "", verified=True,
                        **{**about, "layer_a": other.name, "layer_b": op.name, "where": op.where})]
    if not a and not b:
        shapes = f": {m.got.shape} in the place of {m.expected.shape}" if m.got.shape != m.expected.shape else ""
        fed = next((s for s in walk.steps if s.b == m.consumer), None)  # with A's value it computes what A computes
        about["verified"] = fed is not None and fed.agrees
        makers = (maker(walk, None if m.b in walk.loose else walk.at_b.get(m.b), m.got),
                  maker(walk, walk.at_a[m.a], m.expected))
        said = (f"{m.before} of B is what {makers[0]}, in another order" if m.consumer < 0 and makers[0] == makers[1] else
                f"{m.before} of B takes what {makers[0]} in the place of what {makers[1]}")
        turned = m.got.shape == m.expected.shape and far(np.sort(m.got, None), np.sort(m.expected, None)) <= m.allowed
        if m.b in walk.loose and turned:
            said += ", the same numbers in another order"
        return [Finding("input", words=f"{said} (A's names){shapes}",
                        change="in B, take the value that A takes", **{**about, "layer_b": m.before})]
    if (only := _one_more(walk, m)) is not None:
        return [only_one(walk, m, only, mode)]
    if a and b and (found := _variant_of_b(walk, m, about) or _variant(walk, m, about) or _arranged(walk, m, about)):
        return [found]
    if not a or not b:
        lost, of, lacks = (told_a, "A", "B") if a else (told_b, "B", "A")
        return [Finding("missing" if a else "extra", words=f"{lost} of {of} has no counterpart in {lacks}, before {m.before}",
                        change=f"in B, before {m.before}: {'the same' if a else 'leave it out'}", **about)]
    return [Finding("unexplained", words=f"between the layers that have a partner, before {m.before}: A computes {told_a}, B "
                    f"{told_b}, and the numbers differ", **about)]


def maker(walk: Follower, places: np.ndarray | None, numbers: np.ndarray) -> str:
    """What gives these numbers: a call of A, the input, a parameter or a constant of either."""
    blocks = walk.block(places) if places is not None else ()
    made = [op.name for op in walk.a.ops for v in op.outputs if walk.block(walk.at_a[v]) == blocks and op.kind != "structural"]
    if made:
        return f"{made[0]} gives"
    given = {block for v in walk.a.trace.inputs for block in walk.block(walk.at_a[v])}
    if given & set(blocks):
        return "the input gives"
    side, arrays = ("A", walk.free_a) if blocks else ("B", walk.free_b)
    name = named(numbers, arrays)
    return f"is {side}'s own {name or 'constant'} {tuple(int(n) for n in numbers.shape)}"


def only_one(walk: Follower, m: Meeting, only: tuple[str, int], mode: str) -> Finding:
    """One call, without which the two would be equal."""
    what, k = only
    side = walk.a if what == "missing" else walk.b
    op = side.ops[k]
    about: dict[str, Any] = {"layer_a": op.name if what == "missing" else "",
                             "layer_b": "" if what == "missing" else op.name, "mode": mode,
             "where": op.where, "verified": True, "what": what}
    told = f"{op.name} ({op.title})"
    if m.before == "the output" and op.settings.get("name") in ("softmax", "sigmoid"):
        row = question("", "logits", {})
        has, lacks = ("A", "B") if what == "missing" else ("B", "A")
        return Finding(**{**about, "what": "logits"}, words=f"{has} ends with {told} and returns probabilities, {lacks} logits",
                       change="in B: the same function at the end, or a loss that takes logits" if what == "missing"
                       else f"in B: leave out {told}, or a loss that takes probabilities", row=row.id if row else "")
    if what == "missing":
        return Finding(**about, words=f"{told} of A has no counterpart in B, before {m.before}; with it the two agree",
                       change=f"in B, before {m.before}: the same")
    return Finding(**about, words=f"{told} of B has no counterpart in A, before {m.before}; without it the two agree",
                   change=f"in B: leave out {told}")


def _one_more(walk: Follower, m: Meeting) -> tuple[str, int] | None:
    """("missing", A's call) or ("extra", B's call) where what is left of the one side equals the other: the last that does."""
    for what, side, ops, target in (("missing", walk.a, m.ops_a, m.got), ("extra", walk.b, m.ops_b, m.expected)):
        end = m.a if what == "missing" else m.b
        for k in reversed(ops):
            op = side.ops[k]
            for v in op.inputs:
                if side.shape(v) != side.shape(op.outputs[0]):
                    continue
                value = _without(walk, side, ops, k, v, end, fed=what == "extra")
                if value is not None and what == "missing":
                    value = _as_in_b(walk, m, value)
                if value is not None and _takes_as(walk, m, value, target):
                    return what, k
    return None


def _as_in_b(walk: Follower, m: Meeting, value: np.ndarray) -> np.ndarray:
    """A's value, computed otherwise, with the axes and the zeros around it that B's has."""
    start = walk.at_a[m.a].min()
    if m.places is None or m.places.max() - start >= value.size or np.any((m.places >= 0) & (m.places < start)):
        return value
    return np.concatenate([value.reshape(-1), [0.0, 0.0]])[np.where(m.places < 0, m.places, m.places - start)]


def _without(walk: Follower, side: Side, ops: Sequence[int], skipped: int, by: int, end: int, fed: bool) -> np.ndarray | None:
    """A value, computed once more without one call, of which an input stands in its place; None where that does not fit."""
    given = np.asarray(walk.fed(by)) if fed else side.value(by)
    return _again(walk, side, ops, {side.ops[skipped].outputs[0]: given}, end, fed)


def _again(walk: Follower, side: Side, ops: Sequence[int], new: dict[int, np.ndarray], end: int, fed: bool) -> np.ndarray | None:
    """A value, computed once more by these calls and what moves numbers between them, some values being others; None where that
    does not fit. `fed`: from what B is fed, else from what the side had itself."""
    made = set(new)
    for k in range(min(ops), len(side.ops)):
        op = side.ops[k]
        if made & set(op.outputs) or not (k in ops or k in side.places) or not any(v in new for v in op.inputs):
            continue
        try:
            outputs, _, _ = side.runner.run(op, [new[v] if v in new else np.asarray(walk.fed(v)) if fed else side.value(v)
                                                 for v in op.inputs])
        except Exception:  # the shapes may not fit
            return None
        new |= dict(zip(op.outputs, (np.asarray(y) for y in outputs)))
    return new.get(end)


def _takes_as(walk: Follower, m: Meeting, value: np.ndarray, target: np.ndarray) -> bool:
    """Whether these are the same numbers, or B's layer that takes them makes the same of both."""
    for axes in axes_of(value, target):
        turned = np.asarray(value, float).transpose(axes)
        if far(turned, target) <= 4 * m.allowed:
            return True
        op = walk.b.ops[m.consumer] if m.consumer >= 0 else None
        if op is not None and len(op.inputs) == 1:
            one, two = (np.asarray(walk.b.runner.run(op, [x])[0][0], float) for x in (turned, target))
            if far(one, two) <= 2**12 * EPS * max(np.abs(two).max(initial=0), 1e-300):
                return True
    return False


def _variant(walk: Follower, m: Meeting, about) -> Finding | None:
    """What B writes out by hand is another variant of what A has as a layer."""
    if len(m.ops_a) != 1 or walk.a.ops[m.ops_a[0]].kind not in COMPUTE:
        return None
    op, params = walk.a.ops[m.ops_a[0]], walk.a.params[m.ops_a[0]]
    inputs = [ours(walk.a.value(v), op) for v in op.inputs]
    for changes in by_hand(op, inputs):
        y = np.asarray(walk.b.runner.compute(op.kind, {**op.settings, **changes}, params, inputs)[0]["y"])
        standing = _as_in_b(walk, m, y.transpose(back(order(op.axes, y.ndim))))
        if not any(far(p, m.got) <= 4 * m.allowed for p in (standing, *(y.transpose(axes) for axes in axes_of(y, m.got)))):
            continue
        said = Said.of(op, changes, inputs)
        return Finding(said.name, words=f"{said.titles}: A ({op.title}) has {said.own}, B computes {said.values}",
                       change=f"in B: {said.own}", row=said.row, verified=True, value_a=said.own, value_b=said.values, **about)
    return None


@dataclass(frozen=True)
class Said:
    """Changes of a layer's settings in words: what it is about, what the layer has and what is computed in its place."""

    name: str
    titles: str
    own: str
    values: str
    row: str  # of the atlas

    @staticmethod
    def of(op: Op, changes: Mapping[str, Any], inputs: Sequence[np.ndarray]) -> "Said":
        changes = {name: value for name, value in changes.items() if op.kind != "activation" or "name" not in changes
                   or name == "name"}
        rows = [question(op.kind, name, op.settings) for name in changes]
        return Said(next(iter(changes)),
                    " and ".join(row.title if row else TITLED.get(name, name.replace("_", " "))
                                 for name, row in zip(changes, rows)),
                    " and ".join(plain(name, usually(op, name, inputs)) for name in changes),
                    " and ".join(plain(name, value) for name, value in changes.items()), rows[0].id if rows[0] else "")


TITLED = {"name": "the activation", "epsilon_in": "where epsilon is added to the deviation"}
EPSILONS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-12)  # that people write
# how a normalisation is written by hand besides
USUALLY = {"divisor": "n", "epsilon_in": "inside", "axis": -1}
BY_HAND = {"layer_norm": ({"divisor": "n-1"}, {"epsilon_in": "outside"}, {"divisor": "n-1", "epsilon_in": "outside"}),
           "rms_norm": ({"epsilon_in": "outside"},)}
BY_HAND["batch_norm"] = BY_HAND["layer_norm"]
# what people take for one another
ACTIVATIONS = ("softmax", "sigmoid", "tanh", "relu", "gelu", "silu", "leaky_relu", "elu", "softplus", "quick_gelu")


def usually(op: Op, name: str, inputs: Sequence[np.ndarray]) -> Any:
    value = op.settings.get(name, USUALLY.get(name))
    return inputs[0].shape[-1] ** -0.5 if name == "scale" and value is None else value


def by_hand(op: Op, inputs: Sequence[np.ndarray]) -> Iterator[dict[str, Any]]:
    """Changes of a layer's settings that people write where they write it out."""
    yield from ({name: value} for name in op.settings for value in variants(op.kind, name, op.settings)
                if value != op.settings[name])
    epsilons = [{}, *({"epsilon": value} for value in EPSILONS if value != op.settings.get("epsilon"))]
    if op.kind == "activation":
        yield from ({"name": name, **USUAL.get(name, {})} for name in ACTIVATIONS if name != op.settings["name"])
    written = BY_HAND.get(op.kind, ())
    yield from ({**epsilon, **more} for epsilon in epsilons for more in written)
    if "epsilon" in op.settings:
        yield from epsilons[1:]
    if op.kind == "attention":
        q = inputs[0]  # (batch, heads, queries, width)
        wide = q.shape[-1] * (q.shape[1] if q.ndim == 4 else 1)
        usual = (q.shape[-1] ** -0.5, 1.0, wide**-0.5, 1 / q.shape[-1])
        scales: list[dict[str, Any]] = [{"scale": scale} for scale in usual if scale != op.settings["scale"]]
        masked: dict[str, Any] = {"causal": not op.settings["causal"]}
        yield from scales
        yield from ({**scale, **masked} for scale in ({}, *scales))
        yield {"axis": -2}  # of the softmax


def _variant_of_b(walk: Follower, m: Meeting, about) -> Finding | None:
    """What A writes out by hand is another variant of what B has as a layer."""
    for k in m.ops_b:
        if found := _variant_of_call(walk, m, k, about):
            return found
    return None


def _variant_of_call(walk: Follower, m: Meeting, k: int, about) -> Finding | None:
    op = walk.b.ops[k]
    if op.kind not in COMPUTE:
        return None
    inputs = [ours(np.asarray(walk.fed(v)), op) for v in op.inputs]
    axes = range(-len(walk.b.shape(op.outputs[0])), 0) if "axis" in op.settings and op.kind == "activation" else ()
    for changes in (*({"axis": axis} for axis in axes if axis != op.settings["axis"]), *by_hand(op, inputs)):
        settings = {**op.settings, **changes}
        y = _recomputed(walk, m, k, settings)
        if y is None or not _takes_as(walk, m, m.expected, y):
            continue
        said = Said.of(op, changes, inputs)
        option = " and ".join(written(walk.b.runner.name, op.kind, name, value, op.settings) or f"{name} {plain(name, value)}"
                              for name, value in changes.items())
        return Finding(said.name, words=f"{said.titles}: A computes {said.values}, B ({op.title}) has {said.own}",
                       change=f"in B, {op.name}: {option}", row=said.row, verified=True, value_a=said.values, value_b=said.own,
                       **{**about, "layer_b": op.name, "where": op.where, "step": k, "cause": Cause(changes, op.kind, settings)})
    return None


def _recomputed(walk: Follower, m: Meeting, changed: int, settings) -> np.ndarray | None:
    """B's value where the two meet, with other settings of one of its calls."""
    op = walk.b.ops[changed]
    inputs = [ours(np.asarray(walk.fed(v)), op) for v in op.inputs]
    try:
        y = np.asarray(walk.b.runner.compute(op.kind, settings, walk.b.params[changed], inputs)[0]["y"])
    except Exception:  # a value that does not fit these shapes
        return None
    return _again(walk, walk.b, (changed, *m.ops_b), {op.outputs[0]: y.transpose(back(order(op.axes, y.ndim)))}, m.b, True)


def _arranged(walk: Follower, m: Meeting, about) -> Finding | None:
    """B writes out what A has as one layer, and computes the same if it is handed A's numbers in A's arrangement."""
    if len(m.ops_a) != 1 or not m.ops_b:
        return None
    layer = walk.a.ops[m.ops_a[0]]
    known = {walk.block(walk.at_a[v]): v for v in layer.inputs}
    taken = {v: walk.block(walk.at_b[v]) for k in m.ops_b for v in walk.b.ops[k].inputs if v in walk.at_b}
    taken = {v: block for v, block in taken.items() if block in known}
    for roles in permutations(known):
        role = dict(zip(known, roles))
        others = {}
        for v, block in taken.items():
            options = list(arrangements(walk.at_a[known[role[block]]], walk.at_b[v].shape, False))[:MOST]
            if role[block] != block or not any(np.array_equal(p, walk.at_b[v]) for p in options):
                others[v] = [walk.numbers(p) for p in options]
        for chosen in product(*others.values()) if others else ():
            value = _again(walk, walk.b, m.ops_b, dict(zip(others, chosen)), m.b, True)
            if value is None or not _takes_as(walk, m, m.expected, value):
                continue
            told = f"B writes out what A has as {layer.name} ({layer.title})"
            if roles != tuple(known):
                named = " (queries, keys, values)" if layer.kind == "attention" else ""
                return Finding("exchanged", words=f"{told}, with its inputs{named} exchanged",
                               change=f"in B, {about['layer_b']}: take them in A's order", verified=True, **about)
            return Finding("input", words=f"{told}, and hands it its numbers in another order: split into heads, or permuted, "
                           f"otherwise", change=f"in B, in front of {walk.b.ops[min(m.ops_b)].name}: arrange the axes as A does",
                           verified=True, **about)
    return None


def plain(name: str, value: Any) -> str:
    """A scale as what it is one of the root of."""
    if name == "scale" and 0 < value < 1 and abs(value**-2 - round(value**-2)) < 1e-6:
        return f"1/√{round(value**-2)}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def axes_of(array: np.ndarray, other: np.ndarray) -> Iterator[tuple[int, ...]]:
    if array.ndim == other.ndim and array.ndim:
        yield from (axes for axes in permutations(range(array.ndim)) if tuple(array.shape[i] for i in axes) == other.shape)
