"""What can happen to one gradient array whose right value is known: a factor, a sign, another order, a shift, another's place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from nnparity.cases.case import Case
from nnparity.cases.kinds import GATE_WORDS
from nnparity.reports.comparison.compare import Agreement, compare_arrays
from nnparity.reports.diagnosis.cause import Cause, Changed, Words
from nnparity.reports.diagnosis.factors import common_factor, known_factors
from nnparity.reports.diagnosis.rewritings import GATE_NAMES

Grads = Mapping[str, np.ndarray]
NEARLY_ONE = 1e-6  # a factor this near to one has no meaning of its own
LARGEST = 4 * float(np.finfo("float32").eps)  # what a few constants that were rounded to float32 change a factor by
SMALLEST = float(np.finfo("float32").eps) / 64  # and what one changes it by at least, but for one in thirty-two


@dataclass(frozen=True, kw_only=True)
class Change:
    """One way in which the gradient of `name` may have gone wrong. `apply` makes it of all right gradients of a case, so that
    the same change can be predicted for another case; None where it does not fit there. In `title` and `words` {array} stands
    for the names of all arrays to which it happened."""

    family: str  # "× 2": the same thing done to several arrays is one cause
    name: str
    title: str
    words: str
    fix: str
    apply: Callable[[Grads, Case], np.ndarray | None]
    scale: float = 1.0  # of the allowed error
    verdict: str = "mistake"
    limit: Callable[[Grads, Case], np.ndarray] | None = None  # the allowed error, where it is not `apply` of the allowed errors
    part: object = None  # of the sum over outputs, steps and examples, where that is all that is left: see through_time


def array_changes(name: str, got: np.ndarray, right: Grads, allowed: Grads, case: Case) -> Iterator[tuple[Change, Agreement]]:
    """Every change of the right gradients that gives `got` to rounding, and how well it does."""
    for change in changes(name, got, right, case):
        changed = change.apply(right, case)
        if changed is None or changed.shape != got.shape:
            continue
        limit = (change.limit or change.apply)(allowed, case)
        if limit is None:
            continue
        agreement = compare_arrays(f"grads/{name}", got, changed.astype(got.dtype, copy=False), np.abs(limit) * change.scale,
                                   zero_expected=True)
        if agreement.ok:
            yield change, agreement


def changes(name: str, got: np.ndarray, right: Grads, case: Case) -> Iterator[Change]:
    def change(family, title, words, fix, apply, **more):
        return Change(family=family, name=name, title=title, words=words, fix=fix, apply=apply, **more)

    own = right[name]
    if not got.any():
        yield change("zero", "gradient of {array} is zero", "Nothing reaches {array}: its gradient is zero everywhere.",
                     "Return the gradient; check that it is not detached, overwritten or left at its initial value.",
                     lambda grads, _: np.zeros_like(grads[name]))
        return
    yield from scaled(name, got, own, case, change)
    letters = GATE_NAMES.get(case.layers[0].kind)
    if letters and own.ndim and len(own) == len(letters):
        for order in list(permutations(range(len(letters))))[1:]:
            written = ", ".join(letters[i] for i in order)
            yield change(f"in gate order {written}", f"gradient of {{array}} packed in the gate order {written}",
                         f"The values are right; the gates stand in the order {written} instead of {', '.join(letters)}.",
                         "Pack gradients in the order of the weights.", lambda g, _, order=list(order): g[name][order])
        yield from gate_by_gate(name, got, own, letters, change)
    if own.ndim >= 2:
        yield change("transposed", "gradient of {array} transposed", "The last two axes of the gradient are exchanged.",
                     "x has (in), dy has (out): xᵀ dy is (in, out).", lambda g, _: g[name].mT)
    if own.ndim > 2:
        yield change("with all axes reversed", "gradient of {array} with all axes in reverse order",
                     "The axes of the gradient of {array} stand in reverse order.", "Return the layout of the array itself.",
                     lambda g, _: g[name].T)
    if own.ndim >= 2:
        for axis in range(own.ndim):
            which = ("first", "second", "third", "fourth", "fifth")[min(axis, 4)]
            yield change(f"reversed along axis {axis}", f"gradient of {{array}} reversed along its {which} axis",
                         f"The gradient of {{array}} is reversed along its {which} axis (of a sequence: in reversed order of "
                         "time; of a kernel: flipped).", "Store the gradient of step t at step t, of tap u at tap u.",
                         lambda g, _, axis=axis: np.flip(g[name], axis))
            for step, direction in ((1, "late"), (-1, "early")):
                yield change(f"shifted by {step} along axis {axis}",
                             f"gradient of {{array}} one step {direction} along its {which} axis",
                             f"Every slice of the gradient of {{array}} stands one place too {direction} along its {which} axis; "
                             "what is missing at the end is zero.",
                             "An index is off by one: dL/dx_t belongs to step t.",
                             lambda g, _, axis=axis, step=step: shifted(g[name], step, axis))
                yield change(f"rolled by {step} along axis {axis}", f"gradient of {{array}} rolled by one along its {which} axis",
                             f"Every slice of the gradient of {{array}} stands one place too {direction} along its {which} axis, "
                             "the last one where the first belongs.", "An index is off by one and wraps around.",
                             lambda g, _, axis=axis, step=step: np.roll(g[name], step, axis))
        if own.ndim >= 4:
            yield change("flipped in both spatial axes", "gradient of {array} flipped in both spatial axes",
                         "The gradient of {array} is turned by 180 degrees.",
                         "The layer is a correlation: its kernel gradient is a correlation too, without a flip.",
                         lambda g, _: np.flip(g[name], (-1, -2)))
        plain = tuple(range(own.ndim))
        named = (plain, (*plain[:-2], *plain[:-3:-1]), plain[::-1], (1, 0, *plain[2:]))  # have words of their own
        for order in permutations(plain) if own.ndim in (3, 4) else ():
            if order not in named and own.transpose(order).shape == got.shape:
                yield change(f"with axes in the order {order}", f"gradient of {{array}} with its axes in the order {order}",
                             f"The values are right; the axes of the gradient stand in the order {order} of those of {{array}}.",
                             "Return the layout of the array itself.", lambda g, _, order=order: g[name].transpose(order))
        if own.ndim >= 3:
            yield change("with its first axes exchanged", "gradient of {array} with its first two axes exchanged",
                         "The gradient of {array} has its first two axes exchanged.", "Return (batch, time, ...).",
                         lambda g, _: g[name].swapaxes(0, 1))
    yield from others(name, got, right, case, change)


def gate_by_gate(name, got, own, letters, change) -> Iterator[Change]:
    """Each gate's own gradient, another gate's, or zero: copied lines, where it is no mere order."""
    if got.shape != own.shape:
        return
    sources = [source for gate in range(len(letters)) if (source := source_of(got[gate], own, gate)) is not None]
    if len(sources) < len(letters):
        return
    moved = [(gate, source) for gate, source in enumerate(sources) if source != gate]
    if not moved or sorted(sources) == list(range(len(letters))):
        return
    said = []
    for source in dict.fromkeys(source for _, source in moved):
        gates = " and ".join(GATE_WORDS[letters[gate]] for gate, theirs in moved if theirs == source)
        said.append(f"{gates} got {'nothing' if source == NOTHING else f'that of the {GATE_WORDS[letters[source]]}'}")
    kept = [source != NOTHING for source in sources]

    def apply(grads, _):
        picked = grads[name][sources].copy()
        picked[np.logical_not(kept)] = 0
        return picked

    rest = " and ".join(GATE_WORDS[letters[gate]] for gate, source in enumerate(sources) if source == gate)
    yield change(f"where {', '.join(said)}", f"gradient of {{array}}: {', '.join(said)}",
                 f"In the gradient of {{array}} {', '.join(said)}" + (f"; the {rest} is right." if rest else "."),
                 "Copied lines: each gate's gradient is made of that gate's own delta.", apply)


NOTHING = -1  # the source of a gate whose gradient is zero


def source_of(slice, own: np.ndarray, gate: int) -> int | None:
    """Which gate's right gradient this is: its own if that will do, NOTHING where it is zero, None where it is no gate's."""
    order = [gate, *(other for other in range(len(own)) if other != gate)]
    limit = 1e-6 * np.abs(own).max()
    for source in order:
        if (np.abs(slice - own[source]) <= limit).all():
            return source
    return None if slice.any() else NOTHING


def scaled(name, got, own, case, change) -> Iterator[Change]:
    """One constant for the whole array: those with a meaning, else the number itself."""
    factor = common_factor(got, own) if got.shape == own.shape and (own.size > 1 or not case.loss) else None
    if got.shape == own.shape and own.size == 1 and own.any():
        factor = float(got.flat[0] / own.flat[0])  # of a single number every answer is a multiple: only known factors count
    if factor is None:
        return
    if abs(factor - 1) < NEARLY_ONE:
        if own.size > 1 and case.dtype == "float64" and SMALLEST < abs(factor - 1) <= LARGEST:
            yield change("scaled by a float32 constant", "gradient of {array} carries a constant that was rounded to float32",
                         f"The gradient of {{array}} is the reference times 1 {factor - 1:+.2g}.",
                         "Look for a constant or a literal that passes through float32.",
                         lambda g, _: (g[name] * factor).astype(g[name].dtype), scale=2.0, verdict="precision")
        return
    known = list(known_factors(factor, case))
    for meant in known:
        words = meant.words(case)
        yield change(meant.id, f"gradient of {{array}} is {words}",
                     f"The gradient of {{array}} is exactly {factor:.6g} times the reference: {words}.", meant.fix,
                     lambda g, other, meant=meant: g[name] * meant.value(other) if meant.value(other) else None, scale=2.0)
    if not known and own.size > 1:
        yield change(f"× {factor:.6g}", f"gradient of {{array}} is off by the constant factor {factor:.6g}",
                     f"The gradient of {{array}} is exactly {factor:.6g} times the reference.",
                     "One factor for the whole array: look for a scale, a rate, or a missing or doubled constant.",
                     lambda g, _: (g[name] * factor).astype(g[name].dtype), scale=2.0)


def others(name, got, right, case, change) -> Iterator[Change]:
    """Another array's gradient in this one's place, or added to it."""
    for other, theirs in right.items():
        if other == name:
            continue
        if theirs.shape == got.shape:
            yield change(f"replaced by that of {other}", f"{{array}} got the gradient of {other}",
                         f"What is returned as the gradient of {{array}} is that of {other}.",
                         "Check the names in the returned dict.", lambda g, _, other=other: g.get(other))
    if name in case.params and name in right:
        penalty = case.params[name]
        rest = got - right[name] if got.shape == right[name].shape else None
        if rest is not None and (factor := common_factor(rest, penalty)) is not None and penalty.size > 2:
            yield change("with a weight penalty", f"gradient of {{array}} contains {factor:.6g} times {name} itself",
                         f"The gradient is the right one plus {factor:.6g} · {{array}}: an L2 penalty (weight decay) in it.",
                         "Keep the penalty out of the layer's gradient, or put it into the loss on both sides.",
                         lambda g, c: g[name] + factor * c.params[name] if name in c.params else None,
                         limit=lambda allowed, _: 2 * allowed[name] + 16 * np.finfo(got.dtype).eps * np.abs(factor * penalty))


def shifted(a: np.ndarray, step: int, axis: int) -> np.ndarray:
    """a moved by one along an axis; zeros come in."""
    moved = np.roll(a, step, axis)
    moved[(slice(None),) * axis + (0 if step > 0 else -1,)] = 0
    return moved


def ways(found: Mapping[str, list[tuple[Change, Agreement]]]) -> list[tuple[Change, ...]]:
    """Ways to explain all these arrays: one family for all of them where there is one, else the first change of each."""
    families = [dict.fromkeys(change.family for change, _ in options) for options in found.values()]
    common = [family for family in families[0] if all(family in other for other in families[1:])] if families else []
    if common:
        return [tuple(next(c for c, _ in options if c.family == family) for options in found.values()) for family in common]
    return [tuple(options[0][0] for options in found.values())]


def as_causes(changed: tuple[Change, ...]) -> list[Cause]:
    """The same thing done to several arrays becomes one cause that lists them."""
    grouped: dict[str, list[Change]] = {}
    for change in changed:
        grouped.setdefault(change.family, []).append(change)
    causes = []
    for family, group in grouped.items():
        first, arrays = group[0], tuple(change.name for change in group)
        names = ", ".join(arrays)
        causes.append(Cause(what=Changed(family, arrays), verdict=first.verdict, told=Words(
            label=f"gradient {family} of {names}", title=first.title.format(array=names), words=first.words.format(array=names),
            fix=first.fix)))
    return causes
