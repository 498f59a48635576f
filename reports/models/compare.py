"""`nnparity.compare(model_a, model_b, x)`: which layers of two models differ, and why."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import chain, combinations, islice, product
from typing import Any

import numpy as np

from nnparity.oracles.models.op import Op, Trace, back
from nnparity.oracles.models.op import order as axes_order
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.models import ours
from nnparity.reports.models.causes import cause_of, replacement
from nnparity.reports.models.causes import ours as with_our_axes
from nnparity.reports.models.comparison import Comparison
from nnparity.reports.models.finding import TITLES, Finding
from nnparity.reports.models.findings import of_steps
from nnparity.reports.models.folded import folded, merged
from nnparity.reports.models.follow import Follower
from nnparity.reports.models.free import Arrays, Link, arrangements, moved, moves_by, options, parameters, used, written_out
from nnparity.reports.models.fused import parted
from nnparity.reports.models.inputs import arrays, inputs_for
from nnparity.reports.models.load import model_framework
from nnparity.reports.models.pairing import by_operands, by_place, paired, siblings
from nnparity.reports.models.regions import axes_of, of_meetings
from nnparity.reports.models.side import Side, recorded
from nnparity.reports.models.slips import equal, loaded, of_dropout, of_weights
from nnparity.reports.models.step import far

SINGLE = 1e-6  # frameworks compute parts of some layers, and keep some constants, in single precision whatever the dtype
WHOLE = 1e-4  # of the outputs' size: layers that agree add up to less
BETWEEN = ("missing", "extra", "input", "unexplained")  # findings that say where numbers differ and name no cause
MOST = 6  # pairs that are doubted


def compare(model_a: Any, model_b: Any, x: Any = None, *, pairs: Mapping[str, str] | None = None) -> Comparison:
    """Two models that should compute the same: each call of B is fed what its partner in A is fed.

    `model_a` and `model_b` are a torch.nn.Module, a Keras model, sequential or functional, a flax.nnx.Module, or an
    onnx.ModelProto, of which outputs in evaluation alone are asked; `model_a` may be a network in our own words too, "dense(20)
    relu dense(5)", images with their channels first; `x` an array in A's layout, a list of them, or None for numbers drawn for
    the shapes that a Keras or an ONNX model states. `pairs` names the layers, A's: B's, that are not paired rightly. The models
    are copied and asked in float64, in evaluation and in training; outputs, gradients with one random cotangent for each call,
    and running statistics are compared. Raises WrongRequest for what is no model, or does not run on x.
    """
    if isinstance(model_b, str):
        raise WrongRequest("a network in our own words is the model that is right: it is the first of the two")
    given = None if x is None else arrays(x)
    a, b = runner_of(model_a, given), partner_of(model_b, given)
    inputs_a, inputs_b, axes = inputs_for(a, b, model_a, model_b, x)
    as_it_came = Side(b, b.trace(inputs_b))
    faithful(as_it_came, inputs_b)
    try:
        walk = linked(a, b, inputs_a, inputs_b, axes, pairs, as_it_came.trace)
    except ValueError as error:
        raise WrongRequest(str(error)) from None
    before = outputs_apart(walk, as_it_came)
    faithful(walk.a, inputs_a)
    found = without_echoes(walk, [*of_weights(walk), *differences(walk, "evaluation")])
    training = walk
    if "onnx" not in (a.name, b.name) and not steady(walk, inputs_a, inputs_b):
        training = followed(a, b, inputs_a, inputs_b, axes, pairs, True, same_in_training(walk))
        if not pairs and any(not m.agrees for m in training.meetings):
            again = followed(a, b, inputs_a, inputs_b, axes, by_names(walk), True, same_in_training(walk))
            training = min(training, again, key=apart)
    known = {(f.layer_a, f.layer_b, f.what) for f in found}
    known |= {("", f.layer_b, "extra") for f in found if f.what == "active"}  # dropout that is always on drops in training too
    elsewhere = {f.layer_b for f in found if f.what == "axis"}  # of such a layer nothing more is said
    later = [f for f in without_echoes(training, differences(training, "training")) if f.layer_b not in elsewhere]
    found = without_doubles([*found, *(f for f in later if (f.layer_a, f.layer_b, f.what) not in known)])
    if walk.b.trace.error:
        found.append(Finding("shape", "", "", f"B does not run: {walk.b.trace.error}",
                             where=f"after {walk.b.ops[-1].name}" if walk.b.ops else ""))
    if found and not (walk.a.drawing | walk.b.drawing) and with_changes(walk, (), inputs_b) <= SINGLE and (
            training is walk or outputs_apart(training, training.b) <= SINGLE):
        found = unrefuted(walk, found)
    after = with_changes(walk, found, inputs_b)
    if all(f.inherent for f in found) and after > WHOLE and not (walk.a.drawing | walk.b.drawing):
        found.append(Finding("unexplained", "", "", "each layer agrees on what A's layer is fed, and whole the outputs are apart "
                             f"by {after:.2g} of their size: something between the layers is not seen"))
    asked = (loaded(walk) or equal(walk)) and not as_it_came.trace.error
    own = as_they_are(a, b, inputs_a, inputs_b) if asked else None
    return Comparison(walk, training, tuple(found), before, after, own)


def unrefuted(walk: Follower, found: Sequence[Finding]) -> list[Finding]:
    """Of two models that return the same numbers: the findings without those that say no more than that numbers differ on the
    way, as where a table is computed in single precision in the one and in double in the other. Named causes, and gradients that
    differ where outputs do not, stay."""
    steps = {s.b: s for s in walk.steps}
    kept = []
    for f in found:
        step = steps.get(f.step)
        only_gradients = step is not None and step.error <= step.allowed
        if f.what not in BETWEEN or f.mode != "evaluation" or only_gradients:
            kept.append(f)
        elif step is not None:
            step.refuted = True
    return kept


def faithful(side: Side, inputs: Sequence[np.ndarray]) -> None:
    """Raises WrongRequest where a model, recorded call by call, gives something else than it gives alone: then nothing that is
    read from the calls would be true of it."""
    trace = side.trace
    if trace.error or any(op.settings.get("active") for op in trace.ops):  # what drops in evaluation is told by name
        return
    for right, v in zip(side.runner.plain(inputs), trace.outputs):
        apart = far(np.asarray(right, float), np.asarray(trace.values[v], float))
        if apart > SINGLE * max(np.abs(right).max(initial=0), 1e-300):
            raise WrongRequest(f"the {TITLES[side.runner.name]} model gives other numbers while its calls are recorded than "
                               f"alone (by {apart:.2g}): something in it is not understood, and "
                               "nothing can be said of its layers")


def steady(walk: Follower, inputs_a: Sequence[np.ndarray], inputs_b: Sequence[np.ndarray]) -> bool:
    """Whether both models compute the same in training as in evaluation, call by call."""
    for side, inputs in ((walk.a, inputs_a), (walk.b, inputs_b)):
        trained = side.runner.trace(inputs, True)
        was = walk.a.trace if side is walk.a else side.runner.trace(inputs)  # A's weights are in B by now
        if len(trained.ops) != len(was.ops) or trained.error or was.error:
            return False
        if any(op.settings.get("active") or unlike(op, other) for op, other in zip(trained.ops, was.ops)):
            return False
        if len(was.values) != len(trained.values) or any(not np.array_equal(a, was.values[k]) for k, a in trained.values.items()):
            return False
    return True


def by_names(walk: Follower) -> dict[str, str]:
    """The pairs by their names: where all agrees, they are those of training too."""
    return {walk.a.ops[i].name: walk.b.ops[j].name for j, i in walk.pairs.items()}


def same_in_training(walk: Follower) -> frozenset[tuple[str, str]]:
    """Names of pairs that agree and whose layers compute the same in training: their gradients need no second look."""
    a, b = walk.a.ops, walk.b.ops
    return frozenset((a[s.a].name, b[s.b].name) for s in walk.steps
                     if s.agrees and s.judged and not {a[s.a].kind, b[s.b].kind} & {"batch_norm", "dropout", "code"})


def unlike(op: Op, other: Op) -> bool:
    return {**op.settings, "size": 0} != {**other.settings, "size": 0}


def differences(walk: Follower, mode: str) -> list[Finding]:
    return [*of_dropout(walk, mode), *of_steps(walk, mode), *of_meetings(walk, mode)]


def without_echoes(walk: Follower, found: Sequence[Finding]) -> list[Finding]:
    """Without what only says once more that calls are connected otherwise: the rows of a kernel behind an attention whose heads
    differ, and weights that "hold those of another layer" where layers stand in another order."""
    odd = {walk.block(s.out) for s in walk.steps for f in found if f.step == s.b and f.what in ("heads", "input", "time_axis")
           and s.out.size}
    masked = {f.step for f in found if f.what == "valid"}  # with other steps masked another is the last
    aware = {op.name for op in walk.a.ops if op.settings.get("valid")}
    found = [f for f in found if not (masked and (f.what == "last_step" or f.what == "unexplained" and f.layer_a in aware))]
    behind = {s.b for s in walk.steps if s.places_b and s.places_b[0] is not None and walk.block(s.places_b[0]) in odd}
    kept = [f for f in found if not (f.what == "flatten_order" and f.step in behind)]
    flows = [f for f in kept if f.what == "input" and f.step < 0]
    if len(flows) > 1:  # the first says it; what stands behind it takes other values because of it
        flows[0].words += f"; so do {len(flows) - 1} more: the two models are connected otherwise"
        kept = [f for f in kept if f not in flows[1:] and not (f.what == "exchanged" and "hold those of" in f.words)]
    return kept


def without_doubles(found: Sequence[Finding]) -> list[Finding]:
    """A layer that several others miss is told once."""
    kept: dict[tuple, Finding] = {}
    for f in found:
        key = f.what, f.layer_a, f.layer_b
        if key not in kept or (f.verified and not kept[key].verified):
            kept[key] = f
    return list(kept.values())


def runner_of(model: Any, inputs: Sequence[np.ndarray] | None = None):
    """The model in float64, ready to be asked. Raises WrongRequest for what is no model."""
    if isinstance(model, str):
        return ours.Runner(model, inputs)
    framework = model_framework(model)
    if not framework:
        raise WrongRequest(f"{model!r:.60} is no model: a torch.nn.Module, a keras.Model, a flax.nnx.Module or an "
                           "onnx.ModelProto is expected")
    try:
        return import_module(f"nnparity.oracles.{framework}_models.runner").Runner(model, inputs)
    except ValueError as error:
        raise WrongRequest(str(error)) from None


def partner_of(model: Any, inputs: Sequence[np.ndarray] | None):
    """As `runner_of`, for numbers in the other model's layout: one whose call() is read with them may take the channels last."""
    try:
        return runner_of(model, inputs)
    except WrongRequest as error:
        for there, here in ((1, -1), (-1, 1)):
            try:
                return runner_of(model, [np.moveaxis(x, there, here) if x.ndim > 2 else x for x in inputs or ()])
            except WrongRequest:
                continue
        raise error


def linked(a: Any, b: Any, inputs_a: Sequence[np.ndarray], inputs_b: Sequence[np.ndarray], axes: Sequence[tuple[int, ...]],
           given: Mapping[str, str] | None, came: Trace) -> Follower:
    """The walk in evaluation, A's parameters that are no layer's moved into B in the likeliest way, or in that with which most
    agrees."""
    of_a = parameters(a, a.trace(inputs_a)) if a.name != "onnx" or a.free() else {}
    of_b = parameters(b, came) if b.name != "onnx" or b.free() else {}
    own: dict[int, Any] = {}
    walks: list[tuple[int, list[Link]]] = []

    def walked(links: list[Link]) -> Follower:
        moved(b, came, links)
        a.parts, b.parts = {}, {}
        walk = followed(a, b, inputs_a, inputs_b, axes, given, own=own)
        walk.links, walk.free_a, walk.free_b = links, of_a, of_b
        walks.append((apart(walk), links))
        return walk
    def tried(known: list[Link], ways: Iterable[list[Link]]) -> Follower:
        for links in ways:
            if not apart(walk := walked([*known, *links])):
                return walk
        best = min(walks, key=lambda each: (each[0], -len(each[1])))[1]
        return walk if best is walk.links else walked(best)
    walk = tried([], options(of_a, of_b))
    if apart(walk) and any(placed := by_place_of(walk, of_a, of_b)):
        walk = tried([], placed)
    known = list(walk.links)
    left_a = {name: x for name, x in of_a.items() if name not in [link.a for link in known]}
    left_b = {name: x for name, x in of_b.items() if name not in [link.b for link in known]}
    if not apart(walk) or not (left_a or left_b):
        return walk
    by_hand = [[*options(left_a, written_out(walk.b, walk.pairs))],
               [*options(written_out(walk.a, walk.pairs.values()), left_b)]]
    ways = [[*one, *two] for one, two in product(*by_hand)]
    return tried(known, [links for links in ways if links]) if any(ways) else walk


def by_place_of(walk: Follower, of_a: Arrays, of_b: Arrays) -> list[list[Link]]:
    """Parameters paired by where they are used: behind and in front of the same pairs of calls. Those of layers that have no
    partner are among them, as the other model may write such a layer out, or have a convolution of size 1 for a dense layer. Two
    ways, as a square matrix may stand turned."""
    pairs = {j: i for j, i in pairs_of(walk.a, walk.b, None).items() if walk.b.sizes(j)}  # additions look alike
    used_a = used(walk.a, pairs.values(), of_a)
    used_b = used(walk.b, pairs, parameters(walk.b.runner, walk.b.trace))
    own = {**written_out(walk.b, pairs), **of_b}
    right = {**written_out(walk.a, pairs.values()), **of_a}
    groups: dict[Any, tuple[list[str], list[str]]] = {}
    for side, found, held in ((0, used_a, right), (1, used_b, own)):
        for name, (before, behind) in found.items():
            places: tuple = before, behind
            if side:
                places = tuple(frozenset(pairs.get(k, k) for k in near) for near in places)
            sizes = tuple(sorted(n for n in held[name].shape if n > 1))
            groups.setdefault((places, sizes), ([], []))[side].append(name)
    by_role = [zip(*(sorted(names, key=moves_by) for names in both)) for both in groups.values()]
    pairs_by_place = [(m, n, [*arrangements(right[m], own[n].shape)]) for both in by_role for m, n in both]
    last = max((len(ways) for *_, ways in pairs_by_place), default=0)
    taken = {m for m, _, _ in pairs_by_place}, {n for _, n, _ in pairs_by_place}
    rest = [link for link in walk.links if link.a not in taken[0] and link.b not in taken[1]]
    return [[*(Link(m, n, ways[min(k, len(ways) - 1)], own[n]) for m, n, ways in pairs_by_place if ways), *rest]
            for k in range(min(last, 2))]


def followed(a: Any, b: Any, inputs_a: Sequence[np.ndarray], inputs_b: Sequence[np.ndarray], axes: Sequence[tuple[int, ...]],
             given: Mapping[str, str] | None = None, training: bool = False, known: frozenset = frozenset(),
             own: dict[int, Any] | None = None) -> Follower:
    """Both recorded, paired and walked. A pair without weights that differs on A's numbers, where the region around it agrees, is
    none. `own` are the weights with which B came, where it was walked before."""
    side_a, side_b = recorded(a, inputs_a, training), recorded(b, inputs_b, training)
    if not training:  # in which the same layers stand side by side
        a.parts, b.parts = parted(side_a, side_b), parted(side_b, side_a)
        side_a = recorded(a, inputs_a, training) if a.parts else side_a
        side_b = recorded(b, inputs_b, training) if b.parts else side_b
    folds_b: dict[int, int] = {}
    if "onnx" in (a.name, b.name):  # exporters put normalisations into kernels
        folds_a, folds_b = folded(side_a, side_b), folded(side_b, side_a)
        side_a, side_b = merged(side_a, folds_a), merged(side_b, folds_b)
    replace: dict[int, Any] = {}
    own = {} if own is None else own
    while True:
        walk = once(side_a, side_b, axes, given, own, known)
        broken = [s for s in walk.steps if s.error == np.inf and s.b not in replace and s.b not in side_b.folded]
        causes = [(s, cause) for s in broken if (cause := cause_of(walk, s)) is not None and not cause.input_of_a]
        if not causes:
            return walk
        # with the shapes of A what stands behind can be asked too
        replace |= {s.b: replacement(walk, s.b, cause) for s, cause in causes[:1]}
        side_b = merged(recorded(b, inputs_b, training, replace), folds_b)


def once(side_a: Side, side_b: Side, axes, given, own: dict[int, Any], known: frozenset) -> Follower:
    """`own`, the weights with which B came, is filled as its calls are first seen."""
    pairs = pairs_of(side_a, side_b, given)
    inputs = list(zip(side_a.trace.inputs, side_b.trace.inputs, axes))
    for k, params in side_b.params.items():
        own.setdefault(k, params)

    seen: list[Follower] = []
    columns: dict[int, np.ndarray] = {}

    def walked(chosen):
        walk = Follower(side_a, side_b, chosen, own, known)
        walk.columns = columns
        walk.walk(inputs)
        seen.append(walk)
        return walk
    best = walked(pairs)
    if apart(best) and not given and (by_output := by_numbers(pairs, side_a, side_b)) != pairs:
        best = min(best, walked(by_output), key=doubts)
    if apart(best) and not given and not side_b.trace.error:
        best = exchanged(best, walked)
        operands = by_operands(best.pairs, side_a.ops, side_b.ops, side_a.sources(), side_b.sources())
        best = best if operands == best.pairs else min(best, walked(operands), key=doubts)
    while not side_b.trace.error:
        loose = [s.b for s in best.steps if not (s.agrees or s.wide or s.weights or s.refused)][:MOST]
        if not loose:
            break
        others = [walked({k: v for k, v in best.pairs.items() if k != place}) for place in loose]
        better = min(others, key=apart)
        if apart(better) >= apart(best):
            break
        best = better
    if apart(best) and not side_b.trace.error:  # a call that is handed something else, where without a partner nothing differs
        met = Counter(m.consumer for m in best.meetings if not m.agrees and m.consumer in best.pairs
                      and not side_b.params[m.consumer])
        for place, n in met.most_common(MOST):
            without = walked({k: v for k, v in best.pairs.items() if k != place})
            around = [m for m in without.meetings if place in m.ops_b or best.pairs[place] in m.ops_a]
            best = without if apart(without) <= apart(best) - n and all(m.agrees for m in around) else best
    while apart(best) and not side_b.trace.error and (found := taken_apart(best)):
        before, columns = columns, {**columns, **found}
        if wrong(better := walked(best.pairs)) >= wrong(best):
            columns = before
            break
        best = better
    return best if best is seen[-1] else walked(best.pairs)  # B holds the weights of the last walk


def taken_apart(walk: Follower) -> dict[int, np.ndarray]:
    """{place of a dense layer of B: which of A's columns stands where}: rows of numbers that are taken apart to an image whose
    channels stand first in the one and last in the other. Only of layers that did not come with A's columns as they are."""
    b = walk.b
    made = {v: k for k, op in enumerate(b.ops) for v in op.outputs}
    partner = {s.b: s for s in walk.steps}
    for step in walk.steps:
        taken = [p for p in (step.places_b[:1] if step.judged else []) if p is not None]
        a, op = walk.a.ops[step.a], b.ops[step.b]
        if not taken or not (op.axes or a.axes) or step.refused:
            continue
        of_a, of_b = with_our_axes(step.places_a[0], a), with_our_axes(taken[0], op)
        if of_a.shape != of_b.shape or np.array_equal(of_a, of_b) or walk.block(of_a) != walk.block(of_b):
            continue
        k = made.get(op.inputs[0])
        while k is not None and (k in b.places or b.ops[k].kind in ("activation", "dropout", "batch_norm")):
            k = made.get(b.ops[k].inputs[0])
        dense = partner.get(-1 if k is None else k)
        if dense is None or b.ops[dense.b].kind != "dense" or dense.b in walk.columns or dense.refused:
            continue
        if dense.weights.get("kernel", ("",))[0] == "equal":
            continue
        n, real = dense.got.shape[-1], of_a >= 0  # the rest are zeros around an image
        if not np.array_equal(real, of_b >= 0) or not real.any():
            continue
        start = of_a[real].min()
        right, theirs = of_a[real] - start, of_b[real] - start
        order = np.full(n, -1)
        order[theirs % n] = right % n
        whole = np.arange(n).reshape(1, *step.of_a[0].shape[1:]) if real.all() else None  # what a reshape alone makes of a row
        if whole is not None:
            turned = with_our_axes(whole, a)
            if not np.array_equal(turned.transpose(back(axes_order(op.axes, turned.ndim))).reshape(-1), order):
                continue
        if np.array_equal(np.sort(order), np.arange(n)) and np.array_equal(order[theirs % n], right % n) and np.array_equal(
                right // n, theirs // n):
            return {dense.b: order}
    return {}


def exchanged(best: Follower, walked: Callable[[dict[int, int]], Follower]) -> Follower:
    """The best walk where layers that stand side by side, alike in all but their numbers, may be each other's: Keras calls the
    layers of a graph in an order of its own. What B came with equal to A's is exchanged last."""
    a, b = best.a, best.b
    for _ in range(MOST):
        known = {s.b for s in best.steps if s.weights and all(status == "equal" for status, _ in s.weights.values())}
        own = dict(best.pairs)

        def moves(way: dict[int, int], own: dict[int, int] = own, known: set[int] = known) -> int:
            return sum(j in known and own[j] != i for j, i in way.items())
        twins = sorted(siblings(own, a.ops, b.ops, a.sources(), {k: a.sizes(k) for k in own.values()},
                                {k: b.sizes(k) for k in own}), key=moves)
        walks = [walked({**best.pairs, **way}) for way in islice(chain(crossed(best), twins), MOST)]
        if not walks or doubts(better := min(walks, key=doubts)) >= doubts(best):
            break
        best = better
    return best


def crossed(walk: Follower) -> Iterator[dict[int, int]]:
    """Two calls without weights exchanged that compute the same function, and are both handed something else than A's."""
    met = sorted({m.consumer for m in walk.meetings
                  if not m.agrees and m.consumer in walk.pairs and not walk.b.sizes(m.consumer)})
    for j, k in combinations(met, 2):
        one, two = walk.b.ops[j], walk.b.ops[k]
        if one.kind == two.kind and one.settings == two.settings:
            yield {j: walk.pairs[k], k: walk.pairs[j]}


def doubts(walk: Follower) -> int:
    """What speaks against pairs: places that differ, and layers of which B came with other weights than A's."""
    return 2 * apart(walk) + sum(any(status != "equal" for status, _ in s.weights.values()) for s in walk.steps)


def apart(walk: Follower) -> int:
    """How many places of two models differ."""
    return sum(not s.agrees for s in walk.steps) + sum(not m.agrees for m in walk.meetings)


def wrong(walk: Follower) -> int:
    """How many outputs differ, whatever becomes of gradients and statistics."""
    return sum(s.error > s.allowed for s in walk.steps) + sum(not m.agrees for m in walk.meetings)


def pairs_of(side_a: Side, side_b: Side, given: Mapping[str, str] | None) -> dict[int, int]:
    """{place of B's call: place of A's}."""
    ka, kb = side_a.computing, side_b.computing
    ops_a, ops_b = [side_a.ops[k] for k in ka], [side_b.ops[k] for k in kb]
    sizes_a, sizes_b = ({n: side.sizes(k) for n, k in enumerate(ks)} for side, ks in ((side_a, ka), (side_b, kb)))
    pairs = paired(ops_a, ops_b, sizes_a, sizes_b, given)
    at_a, at_b = ({k: n for n, k in enumerate(ks)} for ks in (ka, kb))
    sources_a, sources_b = ({at[k]: frozenset(at.get(s, s) for s in found) for k, found in side.sources().items() if k in at}
                            for side, at in ((side_a, at_a), (side_b, at_b)))
    if not given:
        pairs = by_place(pairs, ops_a, ops_b, sources_a, sources_b, sizes_a, sizes_b)
    return {kb[j]: ka[i] for j, i in pairs.items()}


def by_numbers(pairs: dict[int, int], side_a: Side, side_b: Side) -> dict[int, int]:
    """The pairs, but for layers with weights that give the same numbers as another: equal branches may be called in any order."""
    outputs_a, outputs_b = ({k: np.sort(side.value(side.ops[k].outputs[0]), axis=None) for k in side.computing
                             if side.params[k] and side.ops[k].outputs} for side in (side_a, side_b))
    found: dict[int, int] = {}
    for j, y in outputs_b.items():
        same = [i for i, x in outputs_a.items() if i not in found.values() and side_a.ops[i].kind == side_b.ops[j].kind
                and x.shape == y.shape and np.allclose(x, y, rtol=SINGLE, atol=SINGLE * max(np.abs(x).max(initial=0), 1e-300))]
        if same:
            found[j] = pairs[j] if pairs.get(j) in same else same[0]
    rest = {j: i for j, i in pairs.items() if j not in found and i not in found.values()}
    return {**found, **rest}


def outputs_apart(walk: Follower, side: Side) -> float:
    """The largest difference of what the two models return, B as it came, relative to the largest number."""
    if side.trace.error:
        return float("inf")
    worst = 0.0
    for v, w in zip(walk.a.trace.outputs, side.trace.outputs):
        right, got = walk.a.value(v), side.value(w)
        worst = max(worst, _apart(right, got))
    return worst


def as_they_are(a: Any, b: Any, inputs_a: Sequence[np.ndarray], inputs_b: Sequence[np.ndarray]) -> float | None:
    """The largest difference of what the two models return, each in its own precision, relative to the largest number; None where
    one of them has layers of several precisions and does not run as it is."""
    try:
        outputs = list(zip(a.as_it_is(inputs_a), b.as_it_is(inputs_b)))
    except Exception:  # of a framework, on tensors of two dtypes
        return None
    return max((_apart(right, got) for right, got in outputs), default=0.0)


def _apart(right: np.ndarray, got: np.ndarray) -> float:
    options = [right.transpose(axes) for axes in axes_of(right, got)] or [right.reshape(got.shape)
                                                                                 if right.size == got.size else right]
    return min(far(p, got) for p in options) / max(np.abs(right).max(initial=0), 1e-300)


def with_changes(walk: Follower, found: Sequence[Finding], inputs_b) -> float:
    """How far apart the outputs are with A's weights in B and every change made that is an option of a layer."""
    causes = {f.step: f.cause for f in found if f.cause is not None and f.mode == "evaluation"}
    replace = {k: replacement(walk, k, cause) for k, cause in causes.items()
               if not cause.input_of_a and k not in walk.b.folded}
    return outputs_apart(walk, Side(walk.b.runner, walk.b.runner.trace(inputs_b, False, replace)))
