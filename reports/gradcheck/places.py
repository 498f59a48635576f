"""Some places of an array are right and others wrong: which, and what stands in the wrong ones."""

from collections.abc import Iterator

import numpy as np

from nnparity.reports.diagnosis.locate.axes import Kind, Pattern, in_words, patterns
from nnparity.reports.gradcheck.judge import Comparison
from nnparity.reports.gradcheck.repair import Repair

NAMES = {1: ("element",), 2: ("row", "column")}
FEW = 6  # places that are written out
AXIS = "place on axis {}"  # of arrays of more axes


def some_places(comparison: Comparison) -> Iterator[Repair]:
    """Wrong in one part only, where the part has a pattern or is small."""
    m = comparison.measured
    wrong = comparison.wrong
    if wrong.all() or not wrong.any():
        return
    if not m.whole:
        if wrong.sum() <= FEW:
            at = ", ".join(str([int(i) for i in np.unravel_index(place, m.shape)]) for place in m.index[wrong])
            yield Repair("some places", f"wrong at {at}, and right at the {int((~wrong).sum())} other elements that were taken: "
                         f"{there(comparison.theirs.reshape(-1)[m.index[wrong]], m.value[wrong])}")
        return
    off = np.zeros(m.size, bool)
    off[m.index] = wrong
    theirs, right = comparison.theirs.reshape(-1)[off], m.value[off[m.index]]
    yield Repair("some places", f"{where(off.reshape(m.shape))}: {there(theirs, right)}")


def where(off: np.ndarray) -> str:
    """right but for row 3 (of 5); right in row 0 only"""
    names = NAMES.get(off.ndim, tuple(AXIS.format(axis) for axis in range(off.ndim)))
    kept = single(patterns(~off, names))
    if kept and not single(patterns(off, names)):
        return f"right in {in_words(kept)}{' only' if kept.kind is not Kind.ONE else ''}, and wrong elsewhere"
    found = patterns(off, names)
    if found and box(off):
        return f"wrong in {'; '.join(map(in_words, found))}, and right elsewhere"
    if off.sum() <= FEW:
        return f"wrong at {', '.join(str([int(i) for i in place]) for place in np.argwhere(off))}, and right elsewhere"
    return f"wrong at {int(off.sum())} of {off.size} elements, and right elsewhere"


def box(off: np.ndarray) -> bool:
    """Whether the wrong places are all combinations of some indices along each axis."""
    grid = np.ones(off.shape, bool)
    for axis in range(off.ndim):
        along = off.any(tuple(i for i in range(off.ndim) if i != axis))
        grid &= along.reshape([-1 if i == axis else 1 for i in range(off.ndim)])
    return bool((grid == off).all())


def single(found: list[Pattern]) -> Pattern | None:
    """The one pattern that is a single index, if there is just one pattern and it is that."""
    return found[0] if len(found) == 1 and found[0].kind is Kind.ONE else None


def there(theirs: np.ndarray, right: np.ndarray) -> str:
    """What stands in the wrong places."""
    if not theirs.any():
        return "zero there, as if never written, or overwritten."
    if not right.any():
        return "something there, where the derivative is zero."
    k = float(theirs @ right / (right @ right))
    if k and np.abs(theirs - k * right).max() <= 1e-6 * np.abs(theirs).max() and len(theirs) > 1:
        return f"{k:.6g} times the derivative there."
    if len(theirs) == 1:
        return f"{theirs[0]:.6g} there, where the derivative is {right[0]:.6g}."
    if np.ptp(theirs) == 0:
        return f"{theirs[0]:.6g} there."
    return "other numbers there."
