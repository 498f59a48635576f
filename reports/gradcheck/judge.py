"""Where their gradient differs from the derivative by more than is allowed.

    allowed = error stated for the derivative + rounding of their own pass + 16 ε (|derivative| + its root mean square)

Rounding of their own pass is measured where it can be asked again (see rounding.py), else that of their dtype. At a kink, where
the derivatives from the left and from the right differ, everything between the two is allowed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from nnparity.reports.gradcheck.derivative import SIGMAS, Derivative, Measured
from nnparity.reports.gradcheck.question import Question
from nnparity.reports.gradcheck.quotient import one_sided
from nnparity.reports.gradcheck.rounding import EPS, noise, scale

UNITS = 16.0  # last digits that a sum in another order costs and no measurement shows
FITTED = 2.0  # times as much is allowed where a constant was fitted to the same elements
SECOND = 16  # wrong elements that are looked at again before anything is said
KINKS = 300  # and how many where some of them are kinks
KINK = 2.0**-14  # the longest one-sided step, relative to the array: what lies further away is no kink of this place
TYPICAL = 1e3  # rounding of one element above this many times that of the others is a jump, and no rounding


@dataclass
class Comparison:
    """One array: their gradient beside the derivative."""

    measured: Measured
    theirs: np.ndarray
    rounding: np.ndarray  # of their pass, one standard deviation times SIGMAS; of the array's shape, or one number
    rtol: float = 0.0
    least: float = 0.0  # rounding of the largest derivative of all arrays: below it is nothing
    kinks: dict[int, tuple[float, float]] = field(default_factory=dict)  # measured element -> from where to where it is right

    def allowed(self, factor: float = 1.0) -> np.ndarray:
        """Of the measured elements; `factor` is what their gradient was multiplied by."""
        m = self.measured
        own = np.broadcast_to(self.rounding, np.shape(self.theirs)).reshape(-1)
        own = own[m.index] if own.size == m.size else np.full(len(m.index), own.max(initial=0.0))
        return m.error + abs(factor) * own + UNITS * EPS * (np.abs(m.value) + m.rms) + self.rtol * np.abs(m.value) + self.least

    def off(self, candidate: np.ndarray, factor: float = 1.0, room: float = 1.0) -> np.ndarray:
        """Which of the measured elements this candidate misses; what is nan in it is not asked."""
        c = candidate.reshape(-1)[self.measured.index]
        missed = ~(np.abs(c - self.measured.value) <= room * self.allowed(factor)) & ~np.isnan(c)
        for i, (low, high) in self.kinks.items():
            missed[i] &= not low <= c[i] <= high
        return missed

    def fits(self, candidate: np.ndarray, factor: float = 1.0, fitted: bool = False) -> bool:
        """Whether this is the derivative, as far as was measured; a few unknown elements aside. A constant that was `fitted` to
        the measured elements brings their errors with it."""
        m = self.measured
        if candidate.shape != m.shape or not m.size:
            return False
        known = ~np.isnan(candidate.reshape(-1)[m.index])
        if self.off(candidate, factor, FITTED if fitted else 1.0).any() or 2 * known.sum() < len(known):
            return False
        return not known.all() or not any(self.astray(candidate, factor))

    def combined(self, target: np.ndarray, *parts: np.ndarray) -> np.ndarray:
        """The constants c for which Σ c · part is nearest to the target at the measured elements, each by how well it is
        known."""
        weights = 1 / np.maximum(self.allowed(), np.finfo(float).tiny)
        weights = np.where(np.isfinite(weights), weights, 0) / weights.max()
        return np.linalg.lstsq(np.stack(parts, 1) * weights[:, None], target * weights, rcond=None)[0]

    def astray(self, candidate: np.ndarray, factor: float = 1.0) -> list[bool]:
        """For each direction whether Σ candidate · v misses the derivative along v."""
        own = abs(factor) * float(np.sqrt(np.mean(np.square(self.rounding))))
        told = []
        for v, value, error in self.measured.directions:
            root = np.sqrt(np.count_nonzero(v))
            size = np.sqrt(np.mean(np.square(candidate)))
            limit = error + root * (own + UNITS * EPS * size + self.least) + UNITS * EPS * abs(value)
            told.append(not abs(np.vdot(v, candidate) - value) <= limit + self.rtol * root * size)
        return told

    def search(self, derivative: Derivative) -> None:
        """Where only a direction shows that something is wrong: halve it until one wrong element is found, and measure its
        neighbours."""
        m = self.measured
        for v, _, _ in [] if self.wrong.any() else [d for d, off in zip(m.directions, self.astray(self.theirs)) if off]:
            part = np.arange(m.size)
            while len(part) > 1:
                half = np.zeros(m.size)
                half[part[:len(part) // 2]] = v.reshape(-1)[part[:len(part) // 2]]
                value, error = derivative.along(m, half.reshape(m.shape))
                sound = replace(m, index=m.index[:0], value=m.value[:0], error=m.error[:0],
                                directions=[(half.reshape(m.shape), value, error)])
                part = part[:len(part) // 2] if any(replace(self, measured=sound).astray(self.theirs)) else part[len(part) // 2:]
            self.take(derivative, part)
            return

    def take(self, derivative: Derivative, index: np.ndarray) -> None:
        """Measure further elements."""
        m = self.measured
        new = np.setdiff1d(index, m.index)
        value, error = derivative.at(m, new)
        order = np.argsort(np.concatenate([m.index, new]))
        m.index, m.value, m.error = (np.concatenate([old, more])[order]
                                     for old, more in ((m.index, new), (m.value, value), (m.error, error)))
        self.kinks = {int(np.flatnonzero(order == i)[0]): sides for i, sides in self.kinks.items()}

    @property
    def same_shape(self) -> bool:
        return self.theirs.shape == self.measured.shape

    @property
    def wrong(self) -> np.ndarray:
        """Which measured elements are wrong."""
        return self.off(self.theirs)

    @property
    def units(self) -> np.ndarray:
        """|theirs - derivative| in units of what is allowed."""
        apart = np.abs(self.theirs.reshape(-1)[self.measured.index] - self.measured.value)
        with np.errstate(all="ignore"):
            return np.nan_to_num(apart / self.allowed(), nan=np.inf, posinf=np.inf) * (apart != 0)


def rounding_of(question: Question, derivative: Derivative, theirs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """How far rounding may move each of their gradients: measured by asking them at places close together, else by dtype."""
    found = {}
    if question.asks_anew:
        def asked(k):
            answer = question.theirs({name: a + k * derivative.drift[name] for name, a in derivative.start.items()})
            return np.concatenate([np.asarray(answer[name], float).reshape(-1) for name in theirs])
        try:
            flat = SIGMAS * noise(asked)
        except (KeyError, ValueError):  # other names or shapes at another place
            flat = None
        at = 0
        for name, a in theirs.items():
            if flat is not None:
                own = flat[at:at + a.size]
                typical = float(np.median(own)) if own.size else 0.0
                found[name] = np.where(own > TYPICAL * typical, typical, np.maximum(own, typical)).reshape(a.shape)
                at += a.size
    for name, a in theirs.items():
        digits = float(np.finfo(a.dtype).eps) if a.dtype.kind == "f" else EPS
        if digits > EPS:
            single = 4 * UNITS * digits * (np.abs(a.astype(float)) + scale(a)) if a.any() else np.zeros(a.shape)
            found[name] = np.maximum(found.get(name, np.zeros(a.shape)), single)
        found.setdefault(name, np.zeros(a.shape))
    return found


def second_opinion(derivative: Derivative, comparison: Comparison, again: Callable[[], Measured]) -> None:
    """Before anybody is accused: elements that differ are looked at by differences, from both sides and from each.

    A complex step that these contradict is given up for the whole array, and kinks are marked.
    """
    m = comparison.measured
    comparison.kinks = {}
    wrong = np.flatnonzero(comparison.wrong)
    if not len(wrong):
        return
    units = comparison.units[wrong]
    few = wrong if len(wrong) <= SECOND else np.unique(np.concatenate(
        [wrong[np.argsort(-units)[:SECOND // 2]], derivative.rng.choice(wrong, SECOND // 2, replace=False)]))
    sides = {int(i): at_a_kink(derivative, m, int(i)) for i in few}
    if m.method == "complex step":
        smooth = [i for i, found in sides.items() if not found]
        slopes = derivative.quotients(m.name, m.index[smooth])
        if any(abs(s.value - m.value[i]) > 4 * s.error + comparison.allowed()[i] for s, i in zip(slopes, smooth)):
            comparison.measured = again()
            second_opinion(derivative, comparison, again)
            return
    if any(sides.values()):
        sides |= {int(i): at_a_kink(derivative, m, int(i)) for i in wrong[:KINKS] if i not in sides}
    comparison.kinks = {i: found for i, found in sides.items() if found}


def at_a_kink(derivative: Derivative, m: Measured, i: int) -> tuple[float, float] | None:
    """The one-sided derivatives with their errors, from the lower to the higher, where they differ here; None where they do
    not."""
    moved = derivative.element(m.name, int(m.index[i]))
    short = max(KINK, float(np.sqrt(derivative.value_noise / max(abs(derivative.here), derivative.value_noise))))
    size = scale(derivative.start[m.name]) * short
    right, left = (one_sided(moved, side * size, derivative.value_noise) for side in (1, -1))
    room = 2 * (right.error + left.error)
    if not abs(right.value - left.value) > room + 1e-6 * m.rms:
        return None
    low, high = sorted((left.value, right.value))
    return low - room, high + room
