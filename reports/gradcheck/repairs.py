"""What it takes to turn one array of theirs into the right gradient: tried one after the other, the simplest first.

A repair is accepted only where it gives every measured element within what is allowed; what is named is then what happened.
"""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from nnparity.reports.gradcheck.factors import factor_of
from nnparity.reports.gradcheck.judge import Comparison
from nnparity.reports.gradcheck.places import some_places
from nnparity.reports.gradcheck.repair import Around, Repair
from nnparity.reports.gradcheck.rounding import EPS
from nnparity.reports.gradcheck.units import of_shared_units, of_units

AXES = 5  # arrays of more axes are not permuted
ROUNDED = 1e-4  # relative: a difference below it everywhere is no wrong formula


def repaired(name: str, around: Around) -> Repair | None:
    """The simplest change that accounts for every number; None where none was found."""
    comparison = around.comparisons[name]
    return next(repairs(name, comparison, around), None)


def repairs(name: str, comparison: Comparison, around: Around) -> Iterator[Repair]:
    theirs, m = comparison.theirs, comparison.measured
    if not theirs.any():
        yield Repair("zero", "zero everywhere: nothing reaches it. It is detached, overwritten, or left as it was initialised.")
        return
    if found := rounded(comparison):
        yield found
    if factor := factor_of(comparison, theirs, around.factors):
        yield Repair(factor.id, f"{factor.words}.")
    for family, words, candidate in rearranged(theirs, m.shape):
        if comparison.fits(candidate):
            yield Repair(family, f"{words}.")
    yield from of_another(name, comparison, around)
    if comparison.same_shape:
        yield from with_penalty(name, comparison, around)
        yield from one_for_all(comparison)
        yield from clipped(comparison)
        yield from of_units(comparison)
        yield from of_shared_units(name, around.comparisons)
        yield from some_places(comparison)
    for family, words, candidate in rearranged(theirs, m.shape):
        if factor := factor_of(comparison, candidate, around.factors):
            yield Repair(f"{family}, {factor.id}", f"{words}, and {factor.words}.")
    if comparison.same_shape:
        yield from added(name, comparison, around)


def rounded(comparison: Comparison) -> Repair | None:
    """Too small a difference for a wrong formula, too large for rounding."""
    m = comparison.measured
    if not comparison.same_shape or not m.rms:
        return None
    apart = np.abs(comparison.theirs.reshape(-1)[m.index] - m.value)
    relative = float((apart / (np.abs(m.value) + m.rms)).max())
    if relative > ROUNDED:
        return None
    small = constant(comparison)
    if abs(small) > 4 * EPS and m.size > 2 and comparison.fits(comparison.theirs / (1 + small), fitted=True):
        return Repair("× (1 + small)", f"(1 {small:+.3g}) times the derivative, all of it: a constant that was rounded to "
                      "float32 or typed with few digits, or an epsilon.")
    return Repair(
        "nearly",
        f"off by at most {relative:.2g} of its size: too small for a wrong formula, too large for rounding. An "
        "epsilon or a clipping in one of the two passes, a constant with few digits, or single precision on the way. "
        f"If that is meant, allow it: rtol={10 ** np.ceil(np.log10(2 * relative)):.0e}.",
    )


def constant(comparison: Comparison) -> float:
    """By how much theirs is too large, as a part of it, if that is one number."""
    m = comparison.measured
    return float(comparison.combined(comparison.theirs.reshape(-1)[m.index] - m.value, m.value)[0])


def rearranged(theirs: np.ndarray, shape: tuple[int, ...]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Their numbers in other places."""
    if theirs.ndim == 2 and theirs.T.shape == shape:
        yield "transposed", "transposed: x has (in), dy has (out), and xᵀ dy is (in, out)", theirs.T
    if 2 < theirs.ndim <= AXES and theirs.ndim == len(shape):
        for order in permutations(range(theirs.ndim)):
            if order != tuple(range(theirs.ndim)) and theirs.transpose(order).shape == shape:
                yield (f"axes {order}", "with its axes in another order: "
                       f"{'transpose' + str(order)} of what is returned is right", theirs.transpose(order))
    if theirs.shape != shape and theirs.size == int(np.prod(shape)):
        yield ("shape", f"right, in the shape {theirs.shape} instead of {shape}: reshape it", theirs.reshape(shape))
        yield ("shape, transposed", f"in the shape {theirs.shape} instead of {shape}, and transposed", theirs.T.reshape(shape))
    if theirs.ndim > len(shape) or theirs.ndim == len(shape) and theirs.shape != shape:
        yield from not_summed(theirs, shape)
    if theirs.shape != shape:
        return
    for axis in range(theirs.ndim):
        if theirs.shape[axis] < 2:
            continue
        along = f"along axis {axis}" if theirs.ndim > 1 else "from end to end"
        if theirs.shape[axis] > 2:
            for step, direction in ((-1, "late"), (1, "early")):
                yield (f"rolled {step} axis {axis}", f"one place too {direction} {along}, around the end: an index is off by one",
                       np.roll(theirs, step, axis))
                moved = np.roll(theirs, step, axis)
                moved[(slice(None),) * axis + (-1 if step < 0 else 0,)] = np.nan
                yield (
                    f"shifted {step} axis {axis}",
                    f"one place too {direction} {along}, and one slice is lost: an index is off by one",
                    moved,
                )
        yield (f"reversed axis {axis}", f"reversed {along}: stored from the other end, or a kernel that is not to be flipped",
               np.flip(theirs, axis))
    if theirs.ndim >= 2:
        yield ("reversed in its last two axes", "reversed along its last two axes: a kernel turned by 180 degrees",
               np.flip(theirs, (-2, -1)))
        yield ("read in another order", "right numbers, filled in column by column: a reshape where a transpose is needed",
               theirs.reshape(-1, order="F").reshape(shape))
        yield ("read in another order", "right numbers, read out column by column: a reshape where a transpose is needed",
               theirs.reshape(-1).reshape(shape, order="F"))


def not_summed(theirs: np.ndarray, shape: tuple[int, ...]) -> Iterator[tuple[str, str, np.ndarray]]:
    """A gradient that still has an axis over which it should be summed, as a bias does the batch."""
    for axis in range(theirs.ndim):
        for keep in (False, True):
            summed = theirs.sum(axis, keepdims=keep)
            if summed.shape == shape and theirs.shape[axis] > 1:
                yield (
                    f"not summed axis {axis}",
                    f"of the shape {theirs.shape} instead of {shape}: not yet summed over axis {axis}",
                    summed,
                )
                yield (f"not averaged axis {axis}", f"of the shape {theirs.shape} instead of {shape}: not yet averaged over axis "
                       f"{axis}", summed / theirs.shape[axis])


def of_another(name: str, comparison: Comparison, around: Around) -> Iterator[Repair]:
    """Another array's gradient under this one's name."""
    for other, its in around.comparisons.items():
        if other == name or not its.theirs.any():
            continue
        if its.fits(comparison.theirs):
            both = comparison.fits(its.theirs)
            yield Repair(f"exchanged with {other}" if both else f"that of {other}",
                         f"exchanged with that of {other}: check the order or the names of what is returned." if both else
                         f"that of {other}: check the order or the names of what is returned.")
        elif comparison.theirs.ndim == 2 and its.fits(comparison.theirs.T):
            yield Repair(f"that of {other}, transposed", f"that of {other}, transposed.")


def with_penalty(name: str, comparison: Comparison, around: Around) -> Iterator[Repair]:
    """c·θ or c·sign θ too much or too little: a weight penalty in one of the two passes; with a factor on the rest."""
    m, a = comparison.measured, around.params[name]
    if not m.whole or m.size < 4 or not a.any():
        return
    theirs = comparison.theirs.reshape(-1)
    for family, penalty, kind in (("penalty", a, "L2 penalty (weight decay)"), ("L1 penalty", np.sign(a), "L1 penalty")):
        p = penalty.reshape(-1)
        (c,) = comparison.combined(theirs - m.value, p)
        mark = f"{abs(c):.6g}·{'sign ' if family[0] == 'L' else ''}{name}"
        if comparison.fits(comparison.theirs - c * penalty, fitted=True):
            if c > 0:
                yield Repair(family, f"the derivative plus {mark}: an {kind} that f does not have, or has with a smaller factor.")
            else:
                yield Repair(
                    f"{family} left out",
                    f"the derivative less {mark}: the {kind} of f is missing here, or its factor is too "
                    "small, or its sign is wrong.",
                )
        k, _ = comparison.combined(theirs, m.value, p)
        if not np.isfinite(k) or abs(k) < 1e-8 or abs(k - 1) < 1e-6 or m.size < 5:
            continue
        for factor in around.factors:
            (c,) = comparison.combined(theirs - factor.value * m.value, p)
            if abs(k / factor.value - 1) < 1e-6 and comparison.fits(
                (comparison.theirs - c * penalty) / factor.value, 1 / factor.value, fitted=True
            ):
                decay = c / (1 - factor.value)
                yield Repair(
                    f"{factor.id}, but for the {family}",
                    f"{factor.words}; but for its {kind}, {decay:.6g}·{name}, which is right: only the rest of it is off.",
                )
                break


def one_for_all(comparison: Comparison) -> Iterator[Repair]:
    """One number in all places, or in all places along an axis: a sum, a mean or one element of the right ones."""
    m, theirs = comparison.measured, comparison.theirs
    if not m.whole or m.size < 2:
        return
    right, room = m.full, float(comparison.allowed().max())
    for axes in (tuple(range(theirs.ndim)), *((axis,) for axis in range(theirs.ndim) if theirs.ndim > 1)):
        n = int(np.prod([theirs.shape[axis] for axis in axes]))
        if n < 2 or np.ptp(theirs, axis=axes).max(initial=0) > 0:
            continue
        where = "everywhere" if len(axes) == theirs.ndim else f"all along axis {axes[0]}"
        for word, value in (("the sum", right.sum(axes, keepdims=True)), ("the mean", right.mean(axes, keepdims=True))):
            if (np.abs(theirs - value) <= n * room).all():
                yield Repair("one for all", f"one number {where}: {word} of the right ones. A sum over too many axes.")
        first = (
            [right.take([i], axes[0]) for i in (0, -1)] if len(axes) == 1 else [right.reshape(-1)[[0]], right.reshape(-1)[[-1]]]
        )
        for word, value in zip(("first", "last"), first):
            if (np.abs(theirs - value) <= room).all():
                yield Repair("one for all", f"one number {where}: the {word} of the right ones, in all places.")
        yield Repair(
            "one for all",
            f"one number {where}, where the derivative has {n} different ones: assigned with = where each place "
            "has its own, or summed over too many axes.",
        )


def clipped(comparison: Comparison) -> Iterator[Repair]:
    m = comparison.measured
    theirs = comparison.theirs.reshape(-1)[m.index]
    limit = float(np.abs(comparison.theirs).max())
    at = np.abs(theirs) == limit
    if (
        at.sum() >= 1
        and (comparison.wrong == (at & comparison.wrong)).all()
        and (np.abs(m.value[comparison.wrong]) > limit).all()
        and (np.sign(m.value[comparison.wrong]) == np.sign(theirs[comparison.wrong])).all()
        and (at.sum() > 1 or limit == round(limit, 3))
    ):
        yield Repair("clipped", f"clipped to ±{limit:.6g}: right where it is smaller. Clipping belongs to the update.")


def added(name: str, comparison: Comparison, around: Around) -> Iterator[Repair]:
    """Another array's gradient on top of this one's."""
    m = comparison.measured
    if m.size < 3:
        return
    for other, its in around.comparisons.items():
        theirs = its.measured.full if its.measured.whole else its.theirs
        if other != name and theirs.shape == m.shape and theirs.any():
            for k in (1.0, -1.0):
                if comparison.fits(comparison.theirs - k * theirs):
                    yield Repair(
                        f"with that of {other}",
                        f"the derivative {'plus' if k > 0 else 'minus'} that of {other}: one buffer "
                        "for both, or added to the wrong one.",
                    )
