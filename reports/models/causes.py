"""Why one call of B computes something else than its partner in A, fed the same.

B's call is written as its formula in B's own framework; its settings are exchanged for those of A and for every variant of the
atlas, alone, in pairs and all together. A cause is named only if with it outputs, gradients and running statistics are A's; where
the formula with B's own settings does not give B's own numbers, nothing is named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import Any

import numpy as np

from nnparity.oracles.layouts.padding import explicit, per_axis
from nnparity.oracles.models.compute import ARITHMETIC, COMPUTE
from nnparity.oracles.models.op import Op, back, order
from nnparity.reports.models.conventions import variants
from nnparity.reports.models.follow import Follower
from nnparity.reports.models.step import ELEMENTWISE, Step, far

MOST = 5  # settings that are exchanged in pairs; more are only tried alone and all together
IGNORED = ("active", "rate", "size")  # what a call was asked for, or what cannot be seen in numbers
OPTIONAL = ("backward", "gate_slope")  # settings that only layers have for which they are not as usual
ROWS = ("dense", "layer_norm", "rms_norm", "embedding")  # each row of the last axis for itself
FRAMED = ("conv1d", "conv2d", "average_pool1d", "average_pool2d")  # zeros in front of them are their padding


@dataclass(frozen=True)
class Cause:
    """What B would have to change: settings, or to take its input in A's order. `kind` is then that of A where it differs."""

    changes: Mapping[str, Any]
    kind: str
    settings: Mapping[str, Any]  # all of B's settings with the changes
    input_of_a: bool = False
    own: Mapping[str, Any] | None = None  # B's settings without them, a padding in front of the layer counted as its own
    cut: tuple[slice, ...] = ()  # where that padding ends


@dataclass(frozen=True)
class Question:
    """Both calls with the same axes: what B is given, and what A gives."""

    a: Mapping[str, Any]  # settings
    b: Mapping[str, Any]
    fed: list[np.ndarray]
    got: np.ndarray
    y: np.ndarray
    of_inputs: list[np.ndarray]
    of_weights: Mapping[str, np.ndarray]
    cotangent: np.ndarray
    inputs: list[np.ndarray]  # what A is given
    cut: tuple[slice, ...] = ()

    @property
    def same_input(self) -> bool:
        alike = all(x.shape == y.shape and np.array_equal(x, y) for x, y in zip(self.fed, self.inputs))
        return alike and len(self.fed) == len(self.inputs)


def cause_of(walk: Follower, step: Step) -> Cause | None:
    """None where nothing that is known reproduces A's numbers."""
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    known = {*COMPUTE, *(ARITHMETIC if len(a.inputs) == len(b.inputs) == 2 else ())}
    if b.kind not in known or a.kind not in known:
        return None
    asked = question_of(walk, step, a, b)
    params, room = params_for(walk, step), max(step.allowed, 1e-300)
    try:
        base = walk.b.runner.compute(b.kind, asked.b, walk.b.params[step.b], asked.fed)[0]["y"]
    except Exception:  # settings that do not fit these weights; TensorFlow and PyTorch raise errors of their own
        return None
    if far(np.asarray(base), asked.got) > 16 * room:
        return None
    as_it_is = [Cause({}, b.kind, asked.b)] if step.refused and a.kind == b.kind else []  # with A's weights
    of_a = walk.a.params[step.a]
    for cause in (*as_it_is, *candidates(a, b, asked)):
        if reproduces(walk, cause, params, asked, room) or (
                cause.changes and of_a.keys() - params.keys() and reproduces(walk, cause, of_a, asked, room)):
            return replace(cause, own=asked.b, cut=asked.cut)  # with which B would have a place for all of A's weights
    return None


def params_for(walk: Follower, step: Step) -> dict[str, np.ndarray]:
    return walk.a.params[step.a] if step.refused else walk.b.params[step.b]


def ours(x: np.ndarray, op: Op) -> np.ndarray:
    return x.transpose(order(op.axes, x.ndim))


def question_of(walk: Follower, step: Step, a: Op, b: Op) -> Question:
    """A's call once more, on its own input; with our axes where a layer says which are its own, else with B's."""
    value = walk.a.value(a.outputs[0])
    cotangent = np.random.default_rng(9).normal(size=value.shape)
    _, of_inputs, of_weights = walk.a.runner.run(a, step.of_a, cotangent)
    weights = a.layout.unpack(of_weights) if of_weights else {}
    alone = len(step.fed) == len(step.of_a)
    if alone and not a.axes and not b.axes and step.out.shape == step.got.shape and all(p is not None for p in step.places_b):
        at = step.out - walk.at_a[a.outputs[0]].min()
        grads = [walk.numbers_of(p, q, g) if g.size else g for p, q, g in zip(step.places_a, step.places_b, of_inputs)]
        alike = all(np.array_equal(p, q) or b.kind in ELEMENTWISE or b.kind in ROWS and turned(p, q)
                    for p, q in zip(step.places_a, step.places_b))
        if alike and at.size == value.size:
            return Question(a.settings, b.settings, step.fed, step.got, step.expected, grads, weights,
                            cotangent.reshape(-1)[at], step.fed)
    fed, own, cut = unframed(step.fed, step.places_b, b)
    given, theirs, _ = unframed(step.of_a, step.places_a, a)
    got, y = ours(step.got, b), ours(value, a)
    shape = fed[0].shape
    same = isinstance(theirs.get("padding"), str) and theirs["padding"] == own.get("padding")
    settings = (theirs, own)
    if not same:
        settings = (resolved(theirs, given[0].shape, walk.a.params[step.a]), resolved(own, shape, walk.b.params[step.b]))
    grads = [ours(g, a)[unframing(p, a)] if g.size else g for g, p in zip(of_inputs, step.places_a)]
    found = Question(*settings, fed, got, y, grads, weights, ours(cotangent, a), given, cut)
    return in_order(found, step, a, b) if a.kind == b.kind == "batch_norm" and not cut else found


def in_order(asked: Question, step: Step, a: Op, b: Op) -> Question:
    """A's numbers in the order in which B has the axes behind the channels: the statistics are the same in any."""
    if step.places_b[0] is None:
        return asked
    of_a, of_b = ours(step.places_a[0], a), ours(step.places_b[0], b)
    for behind in permutations(range(2, of_a.ndim)):
        axes = (0, 1, *behind)
        if np.array_equal(of_a.transpose(axes), of_b):
            return replace(asked, y=asked.y.transpose(axes), cotangent=asked.cotangent.transpose(axes),
                           inputs=[x.transpose(axes) for x in asked.inputs],
                           of_inputs=[g.transpose(axes) if g.size else g for g in asked.of_inputs])
    return asked


def turned(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether these are the same places but for the order of their axes before the last."""
    orders = ((*axes, a.ndim - 1) for axes in permutations(range(a.ndim - 1)))
    return a.ndim == b.ndim and a.ndim < 6 and any(np.array_equal(a.transpose(axes), b) for axes in orders)


def unframing(places: np.ndarray | None, op: Op) -> tuple[slice, ...]:
    """What is left of an image, with our axes, without the zeros around it that were put there in front of the layer."""
    if places is None or op.kind not in FRAMED or op.settings.get("fill", "zeros") != "zeros":
        return ()
    if isinstance(op.settings["padding"], str) and op.settings["padding"] != "valid":
        return ()
    real = ours(places, op) >= 0
    cut = [slice(None), slice(None)]
    for axis in range(2, real.ndim):
        along = np.flatnonzero(real.any(axis=tuple(i for i in range(real.ndim) if i != axis)))
        cut.append(slice(int(along[0]), int(along[-1]) + 1) if along.size else slice(None))
    return tuple(cut)


def unframed(inputs: Sequence[np.ndarray], places, op: Op) -> tuple[list[np.ndarray], dict[str, Any], tuple[slice, ...]]:
    """(the inputs without that frame, the settings with it as padding, where it ends)."""
    turned = [ours(x, op) for x in inputs]
    cut = unframing(places[0], op)
    if not cut:
        return turned, dict(op.settings), ()
    axes = turned[0].ndim - 2
    frame = tuple((c.start or 0, n - (n if c.stop is None else c.stop)) for c, n in zip(cut[2:], turned[0].shape[2:]))
    if not any(map(any, frame)):
        return turned, dict(op.settings), ()
    own = ((0, 0),) * axes if op.settings["padding"] == "valid" else op.settings["padding"]
    padding = tuple((p + f, q + g) for (p, q), (f, g) in zip(own, frame))
    return [turned[0][cut]], {**op.settings, "padding": padding}, cut


def resolved(settings: Mapping[str, Any], shape, params: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Settings in which "same" stands as the cells that it is for this input."""
    if "padding" not in settings:
        return dict(settings)
    axes = len(shape) - 2
    size = params["kernel"].shape[2:] if "kernel" in params else per_axis(settings["size"], axes)
    stride = per_axis(settings["stride"] or size, axes)
    pairs = explicit(settings["padding"], shape[2:], size, stride, per_axis(settings.get("dilation", 1), axes))
    return {**settings, "padding": tuple(tuple(int(n) for n in pair) for pair in pairs)}


def candidates(a: Op, b: Op, asked: Question) -> Iterator[Cause]:
    """The likeliest first: A's own settings, one alone, then several; then what other frameworks do."""
    of_a, of_b = asked.a, asked.b
    if a.kind != b.kind:
        yield Cause({"kind": a.kind}, a.kind, of_a)
        yield Cause({"kind": a.kind}, a.kind, {**of_a, **{k: v for k, v in of_b.items() if k in of_a}})
        return
    whole = {"activation": "name", "upsample": "method"}.get(a.kind, "")  # with it goes what belongs to it
    if whole and of_a[whole] != of_b[whole]:
        yield Cause({whole: of_a[whole]}, a.kind, of_a)
        return
    differ = {k: v for k, v in of_a.items()
              if (k not in IGNORED or k == "size" and "pool" in a.kind) and not equal(of_b.get(k), v)}
    differ |= {k: None for k in OPTIONAL if of_b.get(k) and k not in of_a}
    singles = [{k: v} for k, v in differ.items()]
    # "over" is a kind's own axes: all of it or nothing
    for input_of_a in (False,) if asked.same_input else (False, True):
        if input_of_a:
            yield Cause({}, b.kind, of_b, True)
        several = [*singles, *({**one, **two} for one, two in combinations(singles, 2) if len(differ) <= MOST),
                   *([differ] if len(differ) > 2 else [])]
        yield from (Cause(changes, b.kind, {**of_b, **changes}, input_of_a) for changes in several)
    for name in of_b:
        for value in variants(b.kind, name, of_b):
            if not equal(of_b[name], value) and {name: value} not in singles:
                yield Cause({name: value}, b.kind, {**of_b, name: value})


def equal(a: Any, b: Any) -> bool:
    """(2, 2) and 2 are the same stride."""
    def plain(v):
        return v[0] if isinstance(v, (tuple, list)) and len({str(n) for n in v}) == 1 and not isinstance(v[0], tuple) else v
    return plain(a) == plain(b)


def reproduces(walk: Follower, cause: Cause, params, asked: Question, room: float) -> bool:
    """Whether with this cause B's numbers are A's."""
    inputs = asked.inputs if cause.input_of_a else asked.fed
    try:
        outputs, of_inputs, of_weights = walk.b.runner.compute(cause.kind, cause.settings, params, inputs, asked.cotangent)
    except Exception:  # a setting that does not fit these shapes; TensorFlow and PyTorch raise errors of their own
        return False
    scale = max(np.abs(asked.y).max(initial=0), 1e-300)
    if far(np.asarray(outputs["y"]), asked.y) > 16 * room:
        return False
    relative = max(16 * room / scale, 1e-11)
    pairs = [(g, h) for g, h in zip(asked.of_inputs, of_inputs) if g.size and h.size]
    pairs += [(asked.of_weights[n], g) for n, g in of_weights.items() if n in asked.of_weights and "running" not in n]
    pairs += [(asked.of_weights[n], outputs[n]) for n in outputs if n in asked.of_weights and n != "y"]
    return all(np.shape(g) != np.shape(h) or far(np.asarray(g), np.asarray(h))
               <= 64 * relative * max(np.abs(g).max(initial=0), np.abs(asked.cotangent).max()) for g, h in pairs)


def replacement(walk: Follower, k: int, cause: Cause) -> Any:
    """B's call with the cause mended, as a function of B's tensors."""
    runner, b = walk.b.runner, walk.b.ops[k]
    step = next((s for s in walk.steps if s.b == k), None)
    params = params_for(walk, step) if step else walk.b.params[k]
    if step and cause.changes and cause.kind == b.kind and walk.a.params[step.a].keys() - params.keys():
        params = walk.a.params[step.a]
    function = runner.native(cause.kind, cause.settings, params)

    def mended(tensors):
        own = [runner.permuted(t, order(b.axes, len(t.shape))) if b.axes else t for t in tensors]
        if cause.cut:
            own = [runner.cut(own[0], cause.cut)]
        y = function(own)
        return runner.permuted(y, back(order(b.axes, len(y.shape)))) if b.axes else y
    return mended
