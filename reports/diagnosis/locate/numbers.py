"""What the numbers of a wrong array say by themselves, whatever is wrong: zeros, equal slices, factors, sums, other places.

    "Zero where the right one is not: examples 1 to 4 of 5." "The same for every unit." "The right numbers, at other places."

Each is measured on all of the array, within what rounding allows, and is said only where the right array has not got it as well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

AT_MOST = 3  # sentences about one array
FEW = 6  # numbers that are written out
Arrays = Mapping[str, np.ndarray]


def readings(got: np.ndarray, right: np.ndarray, allowed: np.ndarray, names: Sequence[str],
             params: Arrays | None = None) -> list[str]:
    """The first AT_MOST things to be said of `got`, which stands where `right` belongs; nothing of an array of another shape.

    `names` has a word for each axis, `params` are the arrays that a factor or a difference may be.
    """
    if not got.shape == right.shape == allowed.shape or got.size < 2 or not np.isfinite(got).all() or not got.any():
        return []
    found: list[str] = []
    for read in READ:
        found += read(got, right, allowed, names, params or {})
        if len(found) >= AT_MOST or (found and read in ENOUGH):
            break
    return found[:AT_MOST]


def zeros(got, right, _allowed, names, _params) -> Iterator[str]:
    """Indices of an axis along which everything is exactly zero and should not be."""
    for axis, name in enumerate(names):
        others = tuple(i for i in range(got.ndim) if i != axis)
        silent, meant = ~got.any(others), right.any(others)
        lost = np.flatnonzero(silent & meant)
        if len(lost) and len(lost) < len(meant):
            yield f"Zero where the right one is not: {indices(lost, len(meant), name)}."


def equal_slices(got, right, allowed, names, _params) -> Iterator[str]:
    """Axes along which every slice is the same."""
    for axis, name in enumerate(names):
        mine, theirs = np.take(got, [0], axis), np.take(right, [0], axis)
        if got.shape[axis] > 1 and equal(got, mine, allowed) and not equal(right, theirs, allowed):
            yield f"The same for every {name}, which it should not be."


def pairs(got, right, allowed, names, _params) -> Iterator[str]:
    """Two indices of an axis with equal slices."""
    for axis, name in enumerate(names):
        n = got.shape[axis]
        twins = [(i, j) for i, j in combinations(range(min(n, 16)), 2)
                 if np.take(got, i, axis).any() and equal(np.take(got, i, axis), np.take(got, j, axis), np.take(allowed, i, axis))
                 and not equal(np.take(right, i, axis), np.take(right, j, axis), np.take(allowed, i, axis))]
        if 0 < len(twins) <= 2 and n > 2 and got.ndim > 1:
            yield " ".join(f"{name.capitalize()} {i} and {name} {j} are equal, which they should not be." for i, j in twins)


def whole_multiples(got, right, allowed, _names, _params) -> Iterator[str]:
    """Each element a small whole number of times the right one."""
    there = right != 0
    if not there.any():
        return
    with np.errstate(all="ignore"):
        times = np.round(np.where(there, got / np.where(there, right, 1), 0))
    if (np.abs(got - times * right) > np.maximum(1, np.abs(times)) * 4 * allowed).any() or np.abs(times).max() > FEW:
        return
    kinds = sorted({int(k) for k in times[there]})
    if len(kinds) > 1:
        yield (f"Each element is {', '.join(map(str, kinds[:-1]))} or {kinds[-1]} times the right one"
               + (": some are lost and the others right." if kinds == [0, 1] else "."))


def factors(got, right, allowed, names, params) -> Iterator[str]:
    """One factor for each index of an axis; which array it is, where it is one."""
    for axis, name in enumerate(names):
        n = got.shape[axis]
        if n < 2 or got.size // n < 2:
            continue
        mine, theirs = (np.moveaxis(a, axis, 0).reshape(n, -1) for a in (got, right))
        norm = (theirs * theirs).sum(1)
        if not norm.all():
            continue
        k = (theirs * mine).sum(1) / norm
        limit = 4 * np.moveaxis(allowed, axis, 0).reshape(n, -1) * np.maximum(1, np.abs(k))[:, None]
        if (np.abs(mine - k[:, None] * theirs) <= limit).all() and np.ptp(k) > 1e-9 * np.abs(k).max():
            is_ = next((words for words in whose(k, params)), "")
            shown = ", ".join(f"{v:.6g}" for v in k[:FEW]) + (", ..." if n > FEW else "")
            yield f"Along the {several(name)} each is the right one times a factor of its own: {shown}{is_}."


def whose(k: np.ndarray, params: Arrays) -> Iterator[str]:
    """Which array a list of factors is."""
    forms: tuple[tuple[str, Callable], ...] = (("", lambda a: a), ("1 / ", lambda a: 1 / a), ("the square of ", lambda a: a * a))
    for name, a in params.items():
        for words, form in forms:
            with np.errstate(all="ignore"):
                if a.shape == k.shape and np.allclose(k, form(a), rtol=1e-9, atol=0):
                    yield f", which is {words}{name}"


def offsets(got, right, allowed, names, params) -> Iterator[str]:
    """A difference that is the same all along an axis, or an array that has been added."""
    difference = got - right
    for name, a in params.items():
        if a.shape == got.shape and (factor := multiple(difference, a, allowed)):
            yield f"What it has too much is {factor:.6g} times {name}."
            return
    for axis, name in enumerate(names):
        if got.ndim > 1 and got.shape[axis] > 1 and equal(difference, np.take(difference, [0], axis), allowed):
            yield f"What it is off by is the same for every {name}."


def places(got, right, allowed, names, _params) -> Iterator[str]:
    """The right numbers in another order; or wrong numbers whose sums are right."""
    mine, theirs = np.sort(got, None), np.sort(right, None)
    if (np.abs(mine - theirs) <= 4 * allowed.max()).all():
        yield "The right numbers, at other places."
        return
    for axes in list(combinations(range(got.ndim), 2))[::-1] if got.ndim > 2 else ():  # of maps first
        sums, limit = np.abs((got - right).sum(axes)), 4 * allowed.sum(axes)
        if sums.size > 1 and (sums <= limit).all() and (np.abs(right.sum(axes)) > 100 * limit).any():
            yield (f"Its sums over the {several(names[axes[0]])} and {several(names[axes[1]])} are right: as much arrives as "
                   "should, at other places.")
            return


def multiple(a: np.ndarray, b: np.ndarray, allowed: np.ndarray) -> float:
    """k with a = k b; 0 where there is none."""
    k = float(np.vdot(b, a)) / (float(np.vdot(b, b)) or np.inf)
    return k if k and (np.abs(a - k * b) <= 4 * allowed * max(1, abs(k))).all() else 0.0


def equal(a: np.ndarray, b: np.ndarray, allowed: np.ndarray) -> bool:
    return bool((np.abs(a - b) <= 2 * allowed).all())


def indices(of: np.ndarray, length: int, name: str) -> str:
    """examples 1, 2 (of 3)"""
    shown = ", ".join(map(str, of[:FEW])) + (", ..." if len(of) > FEW else "")
    return f"{several(name) if len(of) > 1 else name} {shown} (of {length})"


def several(name: str) -> str:
    """examples; an axis without a word is counted: "places of axis 2"."""
    return f"places of {name}" if name.startswith("axis ") else f"{name}s"


READ = (zeros, equal_slices, whole_multiples, factors, places, offsets, pairs)
ENOUGH = (equal_slices, factors)  # after which the rest says the same in other words
