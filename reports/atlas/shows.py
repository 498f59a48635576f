"""Whether a row's numbers show what a symptom says: a check for each kind of symptom, by name.

A check is given the numbers of one row and says whether two of its variants differ as the symptom has it. Variants that no
framework computes by default count only where a framework refuses: there they are what its users write instead. Two answers are
equal within the tolerance at which the atlas matches them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np

from nnparity.cases.atlas.symptoms import Shown
from nnparity.cases.atlas_devices import measured
from nnparity.cases.convention import REFUSES, AtlasRow, Variant
from nnparity.reference_impl.atlas import FORMULAS
from nnparity.reports.atlas.measure import tolerance
from nnparity.reports.atlas.view import Cells

STEPS = 1000  # after so many steps with one gradient every running mean has settled


@dataclass(frozen=True)
class Numbers:
    """The answers of a row's variants, to its own probe or to one with other arguments."""

    row: AtlasRow
    cells: Cells  # of all rows

    @property
    def variants(self) -> list[Variant]:
        own = self.cells[self.row.id].values()
        computed = [v for v in self.row.variants if v.value != REFUSES and any(cell.variant is v for cell in own)]
        if len(computed) < 2 and any(cell.variant and cell.variant.value == REFUSES for cell in own):
            return [v for v in self.row.variants if v.value != REFUSES]
        return computed

    def answer(self, variant: Variant, **changed: Any) -> Any:
        """What a variant answers where some arguments of the probe are others."""
        probe = self.row.probe
        return FORMULAS[probe.compute](**{**probe.arguments, **(variant.config or {self.row.option: variant.value}), **changed})

    def pairs(self, **changed: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The answers of every two variants, in either order."""
        answers = [np.asarray(self.answer(variant, **changed)) for variant in self.variants]
        yield from permutations(answers, 2)

    def near(self, a: Any, b: Any) -> bool:
        return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=0, atol=tolerance(self.row), equal_nan=True))

    @property
    def x(self) -> np.ndarray:
        """The probe's input."""
        given = self.row.probe.arguments
        return np.asarray(given["inputs"]["x"] if "inputs" in given else given["x"], "d")

    def reading(self, x: Any) -> dict[str, Any]:
        """The change that puts another input in its place; a line of numbers takes its shape."""
        x = np.reshape(x, self.x.shape) if np.ndim(x) == 1 else np.asarray(x)
        given = self.row.probe.arguments
        return {"inputs": {**given["inputs"], "x": x}} if "inputs" in given else {"x": x}


def shows(shown: Shown, row: AtlasRow, cells: Cells) -> bool:
    """Whether the row's numbers are as the check has it. `cells` are those of all rows."""
    return CHECKS[shown.check](Numbers(row, cells), **shown.given)


# ------------------------------------------------------------------------------------------------------- where and how far


def shifted(numbers: Numbers, cells: int) -> bool:
    """y'[i] = y[i + cells]"""
    return any(a.size > cells + 1 and numbers.near(a[cells:], b[:-cells]) and not numbers.near(a, b) for a, b in numbers.pairs())


def sampled_elsewhere(numbers: Numbers, cells: int) -> bool:
    """Both are every s-th number of the same layer with stride 1, one begins `cells` later."""
    stride = numbers.row.probe.arguments["stride"]
    fine = [np.asarray(numbers.answer(variant, stride=1)) for variant in numbers.variants]
    begin = [[first for first in range(stride) if numbers.near(answer, every[first::stride])]
             for every, answer in zip(fine, map(numbers.answer, numbers.variants))]
    alike = all(numbers.near(fine[0], other) for other in fine)
    return alike and any(abs(i - j) == cells for a, b in combinations(begin, 2) for i in a for j in b)


def offset(numbers: Numbers) -> bool:
    """Of a ramp, whose numbers are its positions: the same distance everywhere, less than that of two neighbours."""
    ramp = np.ptp(np.diff(numbers.x)) == 0
    return bool(ramp) and any(np.ptp(b - a) == 0 < abs((b - a).flat[0]) < abs(np.diff(a).flat[0]) for a, b in numbers.pairs())


def narrower(numbers: Numbers) -> bool:
    return any(np.ptp(a) < np.ptp(b) for a, b in numbers.pairs())


def only_at_border(numbers: Numbers, begins: bool) -> bool:
    """Equal in the inside of the last two axes; the first row and column are border where it `begins` there too."""
    inside = (..., *(slice(1 if begins else 0, -1),) * 2)
    return any(a[inside].size and numbers.near(a[inside], b[inside]) and not numbers.near(a, b) for a, b in numbers.pairs())


def fewer(numbers: Numbers) -> bool:
    return any(a.ndim == b.ndim and a.size < b.size for a, b in numbers.pairs())


def ends_otherwise(numbers: Numbers) -> bool:
    return any(a.shape == b.shape and not numbers.near(a[-1], b[-1]) for a, b in numbers.pairs())


def reads_across(numbers: Numbers, axes: tuple[int, int]) -> bool:
    """One variant is the other of the input with two axes exchanged."""
    across = numbers.reading(np.swapaxes(numbers.x, *axes).copy())
    return any(not numbers.near(numbers.answer(one), numbers.answer(other)) and any(
        numbers.near(numbers.answer(one), turned) for turned in either_way(numbers.answer(other, **across), axes))
        for one, other in permutations(numbers.variants, 2))


def either_way(answer: np.ndarray, axes: tuple[int, int]) -> list[np.ndarray]:
    """An answer, and with its axes exchanged where it has them."""
    return [answer, *([np.swapaxes(answer, *axes)] if answer.ndim > max(axes) else [])]


# ------------------------------------------------------------------------------------------------------------- how large


def same_shape(numbers: Numbers, at_least: float) -> bool:
    """As many numbers in the same shape, of which some are far off."""
    return any(a.shape == b.shape and np.abs(a - b).max() >= at_least * np.abs(b).max() for a, b in numbers.pairs())


def digits(numbers: Numbers, between: tuple[float, float], x: tuple[float, ...] = ()) -> bool:
    """The largest difference, in parts of the largest number, lies between the two; `x` is the input instead of the probe's."""
    low, high = between
    changed = numbers.reading(x) if x else {}
    return any(low <= np.abs(a - b).max() / np.abs(b).max() <= high for a, b in numbers.pairs(**changed))


def digits_of_a_device(numbers: Numbers, between: tuple[float, float]) -> bool:
    """Frameworks differ in what they allow, and a device was measured on which one setting's error lies between the two and
    another's is a hundred times smaller."""
    low, high = between
    errors: dict[tuple[str, str, str], list[float]] = {}
    for one in measured():
        if one.what in numbers.row.devices and one.dtype == "float32":
            errors.setdefault((one.device, one.version, one.what), []).append(one.errors[0])
    told = [found for found in errors.values() if low <= max(found) <= high and max(found) > 100 * min(found)]
    return len(numbers.variants) > 1 and bool(told)


def reordered(numbers: Numbers) -> bool:
    """The same numbers in another order."""
    return any(numbers.near(np.sort(a, None), np.sort(b, None)) and not numbers.near(a, b) for a, b in numbers.pairs())


def computes_in(numbers: Numbers, dtype: str) -> bool:
    """A variant answers with that dtype; the probe's own is finer."""
    return dtype in [str(numbers.answer(v)) for v in numbers.variants] and len(numbers.variants) > 1


def scaled(numbers: Numbers, factor: float) -> bool:
    return any(numbers.near(a, factor * b) and not numbers.near(a, b) for a, b in numbers.pairs())


def counted(numbers: Numbers) -> bool:
    """The sums differ by a factor that is a number of examples, of classes, of both, or of batches."""
    given = numbers.row.probe.arguments
    sizes = [len(given["gradients"])] if "gradients" in given else [*numbers.x.shape, numbers.x.size]
    return any(abs(a.sum() - size * b.sum()) <= 1e-6 * abs(a.sum()) for a, b in numbers.pairs() for size in sizes if size > 1)


def larger_count(numbers: Numbers) -> bool:
    return any(a > b for a, b in numbers.pairs())


def spread(numbers: Numbers) -> bool:
    """Samples as they were recorded: two of their standard deviations, or means, are further apart than a tenth."""
    own = numbers.cells[numbers.row.id].values()
    told = [(cell.variant, cell.answer["mean"], cell.answer["std"]) for cell in own
            if cell.variant and isinstance(cell.answer, Mapping)]
    return any(v is not w and (abs(m - n) > 0.1 * max(abs(m), abs(n), s, t) or abs(s - t) > 0.1 * max(s, t))
               for (v, m, s), (w, n, t) in combinations(told, 2))


# -------------------------------------------------------------------------------------------------------------- only where


def only_where_negative(numbers: Numbers) -> bool:
    """Equal where x ≥ 0, larger where x < 0."""
    x = numbers.x
    return any(numbers.near(a[x >= 0], b[x >= 0]) and bool((np.abs(a) > np.abs(b))[x < 0].all()) for a, b in numbers.pairs())


def only_there(numbers: Numbers) -> bool:
    """Equal as soon as the inputs move a little, each by another step."""
    moved = numbers.x + 1e-3 * np.arange(1, numbers.x.size + 1).reshape(numbers.x.shape)
    beside = list(numbers.pairs(**numbers.reading(moved)))
    return any(not numbers.near(a, b) and numbers.near(*other) for (a, b), other in zip(numbers.pairs(), beside))


def hidden_in_training(numbers: Numbers) -> bool:
    """The statistics that evaluation will use differ; what training hands out does not."""
    outputs = numbers.pairs(output="y")
    return any(not numbers.near(a, b) and numbers.near(*y) for (a, b), y in zip(numbers.pairs(), outputs))


def untouched(numbers: Numbers, x: float | None = None) -> bool:
    """One variant gives its input times one positive factor, as evaluation does; another does not."""
    given = numbers.x if x is None else np.asarray(x)

    def is_multiple(answer: np.ndarray) -> bool:
        factor = (answer * given).sum() / (given * given).sum()
        return bool(factor > 0) and numbers.near(answer, factor * given)

    return any(is_multiple(a) and not is_multiple(b) for a, b in numbers.pairs())


def mixes_examples(numbers: Numbers) -> bool:
    """Another last example changes what comes of the first, in one variant and not in another."""
    other = numbers.x.copy()
    other[-1] += 1
    kept = [numbers.near(numbers.answer(v)[0], numbers.answer(v, **numbers.reading(other))[0]) for v in numbers.variants]
    return len(set(kept)) > 1


def sees_the_future(numbers: Numbers) -> bool:
    """Under a mask that is True at each step and before it, the last value reaches the first step in one variant alone."""
    steps, zeros = 3, np.zeros((3, 1))
    mask = np.tril(np.ones((steps, steps), bool))

    def first_step(variant: Variant, last: float) -> Any:
        return numbers.answer(variant, q=zeros, k=zeros, v=[[1.0], [5.0], [last]], mask=mask)[0]

    reached = [not numbers.near(first_step(v, 9.0), first_step(v, 90.0)) for v in numbers.variants]
    return len(set(reached)) > 1


def nan_everywhere(numbers: Numbers) -> bool:
    return any(bool(np.isnan(a).all()) and not np.isnan(b).all() for a, b in numbers.pairs())


def one_reads(numbers: Numbers, parameter: str) -> bool:
    """Another value of a parameter changes one variant's answer and not another's: one layer has it, the other has not."""
    params = numbers.row.probe.arguments["params"]
    other = {**params, parameter: np.asarray(params[parameter]) + 1}
    reads = [not numbers.near(numbers.answer(v), numbers.answer(v, params=other)) for v in numbers.variants]
    return len(set(reads)) > 1


def not_in(numbers: Numbers, layer: str, of: str) -> bool:
    """Two frameworks that differ on this point `of` one layer agree on it of another, or that layer has no such point."""
    own, other = numbers.cells[numbers.row.id], numbers.cells.get(f"{layer}.{numbers.row.option}", {})
    differing = [(one, two) for one, two in combinations(own, 2)
                 if own[one].variant and own[two].variant and own[one].variant is not own[two].variant]
    return numbers.row.layer == of and any(
        not other or (other[one].variant is not None and other[one].variant is other[two].variant) for one, two in differing)


# ----------------------------------------------------------------------------------------------------------- in training


def moved(numbers: Numbers, **changed: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """How far the weights went from where they began."""
    start = np.asarray(numbers.row.probe.arguments["p"], "d")
    yield from ((a - start, b - start) for a, b in numbers.pairs(**changed))


def shorter_step(numbers: Numbers) -> bool:
    """The same way, at most half as far."""
    return any(bool((a * b > 0).all() and (2 * np.abs(a) <= np.abs(b)).all()) for a, b in moved(numbers))


def nearer_to_zero(numbers: Numbers) -> bool:
    return any(bool((np.abs(a) < (1 - 1e-4) * np.abs(b)).all()) for a, b in numbers.pairs())


def flatter(numbers: Numbers, h: float = 1e-4) -> bool:
    """The derivative by the input is at most half as large."""
    both = zip(numbers.pairs(**numbers.reading(numbers.x + h)), numbers.pairs(**numbers.reading(numbers.x - h)))
    return any(2 * abs(a - c) <= abs(b - d) for (a, b), (c, d) in both)


def longer_first_steps(numbers: Numbers) -> bool:
    """With one gradient all along, the first step is longer by a tenth and more, a late one within a hundredth as long."""
    gradient = numbers.row.probe.arguments["gradients"][0]
    first, before, after = (list(moved(numbers, gradients=[gradient] * n)) for n in (1, STEPS - 1, STEPS))
    late = [((a - c)[0], (b - d)[0]) for (a, b), (c, d) in zip(after, before)]
    return any(abs(a[0]) > 1.1 * abs(b[0]) and abs(c - d) <= 0.01 * abs(d) for (a, b), (c, d) in zip(first, late))


def only_when_the_rate_changes(numbers: Numbers) -> bool:
    rates = np.ravel(numbers.row.probe.arguments["rates"])
    constant = numbers.pairs(rates=[rates[0]] * len(rates))
    return any(not numbers.near(a, b) and numbers.near(*same) for (a, b), same in zip(numbers.pairs(), constant))


def floor(numbers: Numbers, least: float) -> bool:
    """The best of all probabilities leaves this loss in one variant, and none in another."""
    best = [min(float(np.sum(numbers.answer(v, x=[[p]]))) for p in np.linspace(1e-9, 1, 101)) for v in numbers.variants]
    return any(abs(loss - least) < 1e-3 for loss in best) and min(best) < 1e-6


CHECKS: dict[str, Callable[..., bool]] = {check.__name__: check for check in (
    shifted, sampled_elsewhere, offset, narrower, only_at_border, fewer, ends_otherwise, reads_across, same_shape, reordered,
    digits, digits_of_a_device, computes_in, scaled, counted, larger_count, spread, only_where_negative, only_there,
    hidden_in_training, untouched, mixes_examples, sees_the_future, nan_everywhere, one_reads, not_in, shorter_step,
    nearer_to_zero, flatter, longer_first_steps, only_when_the_rate_changes, floor)}
