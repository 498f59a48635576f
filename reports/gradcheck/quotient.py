"""A derivative from values alone: difference quotients of many steps, extrapolated to step zero, with an error that is stated.

    central      (f(x + h) - f(x - h)) / 2h  =  f' + c₂ h² + c₄ h⁴ + ...
    one-sided    (f(x + h) - f(x)) / h       =  f' + c₁ h + c₂ h² + ...

Each extrapolation removes one power of h (Richardson's table, Romberg's scheme). The error stated for an entry is its distance to
the two entries it was made of, which overstates what is left of the powers of h, plus what the rounding of f makes of it; the
entry with the smallest is taken, and its distance to the next best is stated where that is more. Sources: Richardson 1911, Phil.
Trans. A 210; Ridders 1982, Advances in Engineering Software 4(2).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STEPS = 7  # step sizes, each half of the one before
WIDE = 30  # as many where it is not known where they should begin
RIVALS = 3  # the best entries, which must not be further apart than the error: one of many may be small by chance
SIGMAS = 4.0  # standard deviations of rounding that an error covers

Moved = Callable[[float], tuple[float, float]]  # step -> value there, and the step that was really made


@dataclass(frozen=True)
class Slope:
    """A derivative, how far it may be off, and the largest step of the table."""

    value: float
    error: float
    step: float


def extrapolated(quotients: np.ndarray, steps: np.ndarray, noises: np.ndarray, powers: int) -> Slope:
    """The best entry of the table of these quotients. `noises`: standard deviation of each; `powers`: 2 for central, 1 for
    one-sided."""
    entries: list[tuple[float, float, float]] = []
    weights = np.eye(len(steps))  # of the quotients, in each entry of the column
    for order in range(1, min(len(steps), STEPS)):
        ratio = (steps[:-order] / steps[order:]) ** powers
        before, weights = weights, weights[1:] + (weights[1:] - weights[:-1]) / (ratio - 1)[:, None]
        values, sources = weights @ quotients, before @ quotients
        apart = np.maximum(np.abs(values - sources[1:]), np.abs(values - sources[:-1]))
        errors = apart + SIGMAS * np.sqrt(weights**2 @ noises**2)
        entries += zip(errors, values, steps)
    found = sorted(entry for entry in entries if np.isfinite(entry[0]))[:RIVALS]
    if not found:
        return Slope(float(quotients[-1]), np.inf, float(steps[0]))
    error, value, step = found[0]
    return Slope(float(value), float(max(error, *(abs(value - other) for _, other, _ in found))), float(step))


def central(moved: Moved, step: float, noise: float, count: int = STEPS) -> Slope:
    """f' from central differences at `step`, step/2, step/4, ..."""
    rows = []
    for h in step * 0.5 ** np.arange(count):
        (high, up), (low, down) = moved(h), moved(-h)
        if up > down:  # else the step is lost in the last digit
            rows.append(((high - low) / (up - down), (up - down) / 2))
    if len(rows) < 2:
        return Slope(np.nan, np.inf, step)
    quotients, steps = np.array(rows).T
    return extrapolated(quotients, steps, noise / (np.sqrt(2) * steps), 2)


def one_sided(moved: Moved, step: float, noise: float) -> Slope:
    """The derivative to the right; to the left where the step is negative."""
    here, _ = moved(0.0)
    rows = []
    for h in step * 0.5 ** np.arange(STEPS):
        there, way = moved(h)
        if way:
            rows.append(((there - here) / way, way))
    if len(rows) < 2:
        return Slope(np.nan, np.inf, step)
    quotients, steps = np.array(rows).T
    return extrapolated(quotients, steps, np.sqrt(2) * noise / np.abs(steps), 1)


def searched(moved: Moved, step: float, size: float, noise: float, good: float) -> Slope:
    """A central difference that begins at `step`; where its error is above `good`, at the best of all steps up to `size`."""
    slope = central(moved, step, noise)
    if slope.error <= good:
        return slope
    wide = central(moved, size, noise, WIDE)
    return min(slope, wide, key=lambda s: s.error)
