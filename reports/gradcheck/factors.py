"""Constants that a gradient may be off by, and what each usually means: signs, 2, and the sizes of the arrays within reach.

Theirs is k times the derivative. N is the length of an axis of an array that f is given, returns, or has beside it (in its
closure, among its defaults, as a global it reads): a batch, a number of classes or steps.
"""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nnparity.reports.gradcheck.judge import Comparison
from nnparity.reports.gradcheck.nest import as_array, is_number, leaves

NAMED = 3  # arrays that are named for one size
MANY = 400  # leaves of what a function has beside it that are looked at


@dataclass(frozen=True)
class Factor:
    value: float
    id: str  # "× 4", "÷ 4", "× -1"
    words: str  # "4 times too large: 4 is the length of axis 0 of x: ..."


def sizes(*nests: Any) -> dict[int, list[str]]:
    """Lengths of axes above 1, and all elements of an array, with the places where each is found."""
    found: dict[int, list[str]] = {}
    for nest in nests:
        for i, (name, leaf) in enumerate(leaves(nest)):
            if i >= MANY or not is_number(leaf):
                continue
            shape = as_array(leaf).shape
            for axis, length in enumerate(shape):
                found.setdefault(length, []).append(f"axis {axis} of {name}" if len(shape) > 1 else f"the length of {name}")
            if len(shape) > 1:
                found.setdefault(int(np.prod(shape)), []).append(f"the number of elements of {name}")
    return {n: list(dict.fromkeys(places)) for n, places in found.items() if n > 1}


def beside(function: Callable | None) -> dict[str, Any]:
    """Arrays that a function uses and is not given: closure, globals, defaults, and the object that it is a method of."""
    found: dict[str, Any] = {}
    while isinstance(function, partial):
        found |= {f"argument {i}": value for i, value in enumerate(function.args)} | function.keywords
        function = function.func
    if function is None:
        return {}
    try:
        seen = inspect.getclosurevars(inspect.unwrap(function))
    except (TypeError, ValueError):
        seen = None
    if seen is not None:
        found |= {**seen.globals, **seen.nonlocals}
    owners = [value for value in [getattr(function, "__self__", None), *found.values()]
              if hasattr(value, "__dict__") and not inspect.ismodule(value) and not callable(value)]
    for owner in owners:
        found |= {name: value for name, value in vars(owner).items() if name not in found}
    return {name: value for name, value in found.items() if is_array(value)}


def is_array(value: Any) -> bool:
    if isinstance(value, list | tuple | Mapping):
        return bool(value) and all(is_array(inner) for inner in (value.values() if isinstance(value, Mapping) else value))
    return isinstance(value, np.ndarray)


def meaning(n: str, larger: bool, places: list[str]) -> str:
    where = ", ".join(places[:NAMED]) + (", ..." if len(places) > NAMED else "")
    why = "a sum where f takes the mean, or a mean's 1/N left out" if larger else "a mean where f takes the sum, or divided twice"
    return f"{n} is {where}: {why}"


def known_factors(found: Mapping[int, list[str]]) -> Iterator[Factor]:
    """Factors that have a meaning, the simplest first."""
    plain = [Factor(-1.0, "× -1", "of the opposite sign: dL/dw and not -dL/dw; the minus belongs to the update"),
             Factor(2.0, "× 2", f"twice too large: added twice, or the 2 of a square not cancelled by a ½{also(found, 2)}"),
             Factor(0.5, "÷ 2", f"half of it: a ½ too many, or the 2 of a square left out{also(found, 2)}")]
    for n, places in sorted(found.items()):
        if n > 2:
            plain += [Factor(float(n), f"× {n}", f"{n} times too large: {meaning(str(n), True, places)}"),
                      Factor(1 / n, f"÷ {n}", f"{n} times too small: {meaning(str(n), False, places)}")]
    for n, places in sorted(found.items()):
        plain += [
            Factor(n / 2, f"× {n}/2", f"{n}/2 times too large: {meaning(str(n), True, places)}, and the 2 of a square"),
            Factor(2 / n, f"× 2/{n}", f"2/{n} of it: {meaning(str(n), False, places)}, and counted twice"),
            Factor(2.0 * n, f"× 2·{n}", f"{2 * n} times too large, 2·{n}: {meaning(str(n), True, places)}, and a ½ left out"),
            Factor(0.5 / n, f"÷ 2·{n}", f"{2 * n} times too small, 2·{n}: {meaning(str(n), False, places)}, and a ½ too many"),
            Factor(float(n * n), f"× {n}²", f"{n * n} times too large, {n}²: {meaning(str(n), True, places)}, twice"),
            Factor(1 / n**2, f"÷ {n}²", f"{n * n} times too small, {n}²: {meaning(str(n), False, places)}, twice"),
        ]
    for n, places in sorted(found.items()):
        root, where = math.sqrt(n), ", ".join(places[:NAMED])
        if n > 2 and math.isqrt(n) ** 2 != n:  # √9 is 3, which has a name already or is no length
            plain += [Factor(root, f"× √{n}", f"√{n} times too large: {n} is {where}: a scale of 1/√{n}, as in attention, is in "
                                              "f and not in the gradient"),
                      Factor(1 / root, f"÷ √{n}", f"√{n} times too small: {n} is {where}: scaled by 1/√{n} once too often")]
    seen: set[float] = {1.0}
    for factor in plain:
        if factor.value not in seen:
            seen.add(factor.value)
            yield factor
    for factor in plain:
        if factor.value > 0 and -factor.value not in seen:
            seen.add(-factor.value)
            yield Factor(-factor.value, f"{factor.id}, negative", f"{factor.words}; and of the opposite sign")


def also(found: Mapping[int, list[str]], n: int) -> str:
    return f" (or {n} is {found[n][0]})" if n in found else ""


def factor_of(comparison: Comparison, candidate: np.ndarray, known: list[Factor]) -> Factor | None:
    """The factor k for which candidate / k is the derivative, known or any; None where there is none, or it is 1."""
    m = comparison.measured
    if candidate.shape != m.shape:
        return None
    taken = candidate.reshape(-1)[m.index]
    known_here = np.isfinite(taken) & ~np.isin(np.arange(len(taken)), list(comparison.kinks))
    taken, right = taken[known_here], m.value[known_here]
    norm = float(right @ right)
    if not norm or not taken.any() or m.rms <= np.median(comparison.allowed()):
        return None
    rough = float(right @ taken) / norm
    for factor in known:
        if abs(rough - factor.value) < 1e-2 * abs(factor.value) and comparison.fits(candidate / factor.value, 1 / factor.value):
            return factor
    if len(right) < 3 or not rough or abs(rough - 1) < 1e-3:
        return None
    inverse = float(comparison.combined(m.value, candidate.reshape(-1)[m.index])[0]) if known_here.all() else 0.0
    if not inverse or not comparison.fits(candidate * inverse, inverse, fitted=True):
        return None
    return Factor(
        1 / inverse, "× k", f"{1 / inverse:.8g} times the derivative, all of it: a scale, a rate, a missing or doubled constant"
    )
