"""Layers of B that compute something else than their partners: the cause, what to change, and on which side."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np

from nnparity.cases.kinds import RECURRENT
from nnparity.oracles.layouts.padding import explicit
from nnparity.oracles.models.compute import COMPUTE
from nnparity.oracles.models.op import FIRST, TIME_FIRST
from nnparity.reports.models.causes import Cause, cause_of, ours, turned
from nnparity.reports.models.conventions import question, short, written
from nnparity.reports.models.finding import INHERENT, TITLES, Finding
from nnparity.reports.models.follow import WIDE, Follower
from nnparity.reports.models.step import Step, far
from nnparity.reports.models.weights import lacking

SAID = {"kind": "the layer", "name": "the activation", "padding": "padding", "valid": "padded steps",
        "padding_row": "a row that is not learnt", "fill": "what stands in the padding", "backward": "direction"}
UNSEEN = f" (on this input the two agree; they part on other numbers between {-WIDE:g} and {WIDE:g})"


def of_steps(walk: Follower, mode: str) -> list[Finding]:
    """Layers that compute something else, fed the same."""
    found = []
    for step in walk.steps:
        if step.refused:
            found += _refused(walk, step, mode)
        elif not step.agrees:
            found += _named(walk, step, cause_of(walk, step), mode)
    return found


def _refused(walk: Follower, step: Step, mode: str) -> list[Finding]:
    """A layer that has no place for A's weights: which sizes differ, and what else, if with both it computes A's numbers."""
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    cause = cause_of(walk, step)
    if cause and cause.kind != b.kind:
        return _named(walk, step, cause, mode)
    about: dict[str, Any] = {"layer_a": a.name, "layer_b": b.name, "where": b.where, "mode": mode, "step": step.b}
    sizes = [] if cause is None or cause.input_of_a else [*_sizes(walk, step, cause)]
    if (axis := _normalised(walk, step)) is not None:
        sizes = [axis]
    if cause and cause.changes and not sizes:
        return _named(walk, step, cause, mode)
    if not sizes:
        return [Finding("shape", words=f"{b.name} cannot hold the weights of {a.name}: {step.refused}", **about)]
    return [*(Finding(what, words=words, change=f"in B, {b.name}: {change}", verified=True, **about)
              for what, words, change in sizes),
            *(_named(walk, step, cause, mode) if cause and cause.changes else [])]


# the axes of a kernel in words, and the option that sets each
CHANNELS = {"conv": ("output channels", "input channels"), "conv_transpose": ("input channels", "output channels"),
            "dense": ("inputs", "units"), "embedding": ("rows", "columns")}


def _sizes(walk: Follower, step: Step, cause: Cause) -> Iterator[tuple[str, str, str]]:
    """(what, in words, what to change): arrays that only one of the two layers has, and sizes of kernels."""
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    params, own = walk.a.params[step.a], walk.own[step.b]
    for plain in dict.fromkeys(name.rpartition("/")[2] for name in lacking(b.kind, params, own)):
        yield plain, f"{b.name} ({b.title}) has no {plain}, {a.name} ({a.title}) has one", f"with a {plain}"
    axes = next((words for kind, words in sorted(CHANNELS.items(), reverse=True) if b.kind.startswith(kind)), ())
    for name in ("kernel", "table"):
        if name not in params or name not in own or params[name].ndim != own[name].ndim:
            continue
        there, here = params[name].shape, own[name].shape
        if there[2:] != here[2:]:
            yield "kernel_size", f"size of the window: {a.name} ({a.title}) has {short(there[2:])}, {b.name} ({b.title}) " \
                f"{short(here[2:])}", f"kernel_size={short(there[2:])}"
        for said, n, m in zip(axes, there, here):
            if n != m and "groups" not in cause.changes:
                yield "units", f"number of {said}: {a.name} ({a.title}) has {n}, {b.name} ({b.title}) {m}", f"{n} {said}"


def _normalised(walk: Follower, step: Step) -> tuple[str, str, str] | None:
    """Of a normalisation of which B has other channels than A: the axis with which it computes what A computes."""
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    params = walk.a.params[step.a]
    if b.kind != "batch_norm" or "gamma" not in params and "running_mean" not in params:
        return None
    channels = len(next(iter(params.values())))
    if channels in {len(array) for array in walk.own[step.b].values()}:
        return None
    for axis in range(1, step.fed[0].ndim):
        if step.fed[0].shape[axis] != channels:
            continue
        y = walk.b.runner.compute(b.kind, b.settings, params, [np.moveaxis(step.fed[0], axis, 1)])[0]["y"]
        if far(np.moveaxis(np.asarray(y), 1, axis), step.expected) <= 16 * step.allowed:
            own = 1 if b.axes == FIRST or step.fed[0].ndim < 3 else -1
            return "axis", f"the axis that is normalised: {a.name} ({a.title}) has {channels} channels, {b.name} ({b.title}) " \
                f"takes axis {own} for its channels", f"axis={axis - step.fed[0].ndim if axis > 1 else 1}"
    return None


def _named(walk: Follower, step: Step, cause: Cause | None, mode: str) -> list[Finding]:
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    about: dict[str, Any] = {"layer_a": a.name, "layer_b": b.name, "where": b.where, "mode": mode, "step": step.b}
    if cause is None and (told := _factor(walk, step, about) or _handed(walk, step, about)):
        return [told]
    if cause is None:
        worst = max([("the output", step.error / max(step.allowed, 1e-300)),
                     *((f"the gradient of {n}", e / max(al, 1e-300)) for n, (e, al) in step.gradients.items()),
                     *((n, e / max(al, 1e-300)) for n, (e, al) in step.after.items())], key=lambda pair: pair[1])[0]
        return [Finding("unexplained", words=f"{b.name} ({b.title}) and {a.name} ({a.title}) differ in {worst}: no convention "
                        f"that is known gives A's numbers{UNSEEN if step.wide else ''}", **about)]
    made = []
    for name, value in cause.changes.items():
        if name == "gate_slope" and "gate_activation" in cause.changes:  # which says it too
            continue
        said = _setting(walk, step, cause, name, value, about)
        if name != "padding" or len(cause.changes) < 2 or not _follows(walk, step, cause, said):
            made.append(said)
    turned = (a.axes == TIME_FIRST) != (b.axes == TIME_FIRST)
    if cause.input_of_a and (turned or "valid" not in cause.changes):  # other steps are masked: they are other numbers too
        made.append(_order(walk, step, about))
    for finding in made:
        finding.verified, finding.cause = True, cause
    return made


def _factor(walk: Follower, step: Step, about: dict[str, Any]) -> Finding | None:
    """A's numbers are B's times one number, other than 1: a scale, or what a mean is divided by."""
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    if step.expected.shape != step.got.shape or not np.all(np.isfinite(step.got)) or not np.any(step.got):
        return None
    factor = float(np.vdot(step.got, step.expected) / np.vdot(step.got, step.got))
    room = 16 * step.allowed * max(abs(factor), 1.0)
    if factor == 0 or step.got.size < 2 or far(factor * step.got, step.expected) > room or abs(factor - 1) < 1e-6:
        return None
    return Finding("factor", words=f"{b.name} ({b.title}) of B gives {1 / factor:.6g} times what {a.name} ({a.title}) of A "
                   "gives: another scale, or what is divided by", change=f"in B, {b.name}: times {factor:.6g}", verified=True,
                   **about)


def _handed(walk: Follower, step: Step, about: dict[str, Any]) -> Finding | None:
    """A call that is no layer of B's, which gives A's numbers if it is handed A's."""
    b, local = walk.b.ops[step.b], walk.at_a[walk.a.ops[step.a].outputs[0]]
    turned = next((axes for axes in permutations(range(local.ndim)) if local.ndim < 6 and np.array_equal(
        local.transpose(axes), step.out)), tuple(range(local.ndim)))
    of_a = [x.transpose(turned) if x.ndim == len(turned) else x for x in step.of_a]
    if b.kind in COMPUTE or len(step.fed) != len(of_a) or any(x.shape != y.shape for x, y in zip(step.fed, of_a)):
        return None
    others = [k for k, (x, y) in enumerate(zip(step.fed, of_a)) if not np.array_equal(x, y)]
    outputs, _, _ = walk.b.runner.run(b, of_a)
    if not others or far(np.asarray(outputs[0], float), step.expected) > 16 * step.allowed:
        return None
    which = ", ".join(str(k + 1) for k in others)
    return Finding("input", words=f"{b.name} is handed other numbers than {walk.a.ops[step.a].name} of A (operand {which}): what "
                   "is taken, split, exchanged, reshaped or permuted in front of it differs; with A's it gives what A gives",
                   change=f"in B, in front of {b.name}: arrange the axes, and take the parts, as A does", verified=True, **about)


def _follows(walk: Follower, step: Step, cause: Cause, said: Finding) -> bool:
    """Whether B's padding is a rule that gives A's cells with the other changes: 'same', or 'causal'."""
    b = walk.b.ops[step.b]
    rule, kernel = b.settings.get("padding"), walk.b.params[step.b].get("kernel")
    if isinstance(rule, str) and rule != "valid" and kernel is not None:
        s = cause.settings
        return explicit(rule, ours(step.fed[0], b).shape[2:], kernel.shape[2:], s["stride"], s["dilation"]) == s["padding"]
    return "causal" in said.change and "causal" in said.words


def _setting(walk: Follower, step: Step, cause: Cause, name: str, value: Any, about) -> Finding:
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    frameworks = walk.a.runner.name, walk.b.runner.name
    own = b.kind if name == "kind" else b.settings.get(name)
    row = question(b.kind, name, b.settings)
    kernel = walk.a.params[step.a].get("kernel")
    size = kernel.shape[2:] if kernel is not None and kernel.ndim > 2 else _size(b)
    shape = ours(step.fed[0], b).shape
    if name == "valid":
        row = question("", "valid", {})
    said = SAID.get(name) or (row.title if row else f"{name} of {b.name}")
    raw = a.settings.get(name, value), own if name == "kind" else (cause.own or b.settings).get(name)
    there, here = (written(f, b.kind, name, v, s, shape, size) or _plain(v)
                   for f, v, s in zip(frameworks, raw, (a.settings, b.settings)))
    option = written(frameworks[1], b.kind, name, value, cause.settings, shape, size)
    if name == "valid":
        there, here = (hidden(v) for v in raw)
        option = "mask what A masks" if value and own else option
    words = f"{said}: A ({a.title}) has {there}, B ({b.title}) {here}" + (UNSEEN if step.wide else "")
    if name == "kind":
        option = f"a layer of A's kind ({a.title})"
    change = f"in B, {b.name}: {option}" if option else ""
    if not option:
        other = written(frameworks[0], a.kind, name, own, a.settings, shape, size)
        change = f"{TITLES[frameworks[1]]} has no option for it"
        if other and name not in INHERENT:
            change += f": in A, {a.name}: {other}, and train again"
    return Finding(name, words=words, change=change, row=row.id if row else "", value_a=value, value_b=own, **about)


def hidden(valid) -> str:
    """What a mask hides, in words."""
    every = [seen for row in valid or () for seen in row]
    return f"a mask that hides {every.count(False)} of {len(every)} steps" if every else "no mask"


def _size(op) -> tuple[int, ...]:
    size = op.settings.get("size", ())
    return (size,) if isinstance(size, int) else tuple(size)


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _order(walk: Follower, step: Step, about) -> Finding:
    """B hands its layer A's numbers in another order, or others of them."""
    a, b = walk.a.ops[step.a], walk.b.ops[step.b]
    if len(step.of_a) > len(step.fed):
        return Finding("state", words=f"{a.name} of A starts from a state that it is given, {b.name} of B from zero",
                       change=f"in B, hand the state on to {b.name}", **about)
    if b.axes == TIME_FIRST != a.axes:
        row = question("", "time_axis", {})
        option = written(walk.b.runner.name, b.kind, "time_axis", True, b.settings)
        return Finding("time_axis", words=f"{row.title if row else 'time axis'}: A reads time along axis 1, B ({b.title}) along "
                       "axis 0", change=f"in B, {b.name}: {option}", row=row.id if row else "", **about)
    of_a, of_b = step.places_a[0], step.places_b[0]
    if b.kind == "attention" and of_a.shape[1] != of_b.shape[1] and of_a.size == of_b.size:
        return Finding("heads", words=f"number of heads: A has {of_a.shape[1]}, B {of_b.shape[1]}",
                       change=f"in B, {b.name.rpartition('.')[0]}: {of_a.shape[1]} heads", **about)
    if b.kind == "attention" and turned(of_a.swapaxes(0, 2), of_b):
        row = question("", "time_axis", {})
        return Finding("time_axis", words=f"{b.name} attends along the batch: A has the batch first, B takes time first",
                       change="in B: batch_first=True", row=row.id if row else "", **about)
    blocks = walk.block(of_a)
    source = next((op for op in walk.a.ops for v in op.outputs if walk.block(walk.at_a[v]) == blocks
                   and op.kind != "structural"), None)
    if of_b is not None and of_a.shape == of_b.shape and np.any(of_a != of_b):
        blocks = walk.block(of_a[of_a != of_b])  # of several that are joined the one that differs
        source = next((op for op in walk.a.ops for v in op.outputs if walk.block(walk.at_a[v]) == blocks
                       and op.kind != "structural"), source)
    both = source is not None and source.kind == "bidirectional"
    same_numbers = of_b is not None and np.array_equal(np.sort(of_a.reshape(-1)), np.sort(of_b.reshape(-1)))
    if source is not None and source.kind in (*RECURRENT, "bidirectional") and not same_numbers:
        row = question("", "last_step", {})
        return Finding("last_step", words=f"{b.name} takes other steps of {source.name}'s outputs than A: the last state of a "
                       "half that reads backwards stands at the first step" if both else
                       f"{b.name} takes other steps of {source.name}'s outputs than A does",
                       change="in B, take h_n (the last state of each direction) in the place of outputs[:, -1]"
                       if both else "in B, take the step that A takes",
                       row=row.id if row else "", **about)
    said = "the same numbers in another order" if same_numbers else "other numbers"
    return Finding("input", words=f"{b.name} is handed {said} of what {a.name} is handed: what joins, reshapes, permutes or pads "
                   "in front of it differs", change=f"in B, in front of {b.name}: arrange the axes as A does", **about)
