"""Pictures of handwritten digits as document N13 has them, drawn: black and white, 16 x 16, ten classes of known sizes.

The sizes are those of the UCI "semeion" digits, 1,593 pictures; that data set is not part of this project, so its place is
taken by digits drawn from straight strokes, each a little different, one pixel in twenty turned over. N13's figures depend on
the number of pictures of each class and on nothing else that is in them.
"""

from functools import cache

import numpy as np

COUNTS = (161, 162, 159, 159, 161, 159, 161, 158, 155, 158)  # pictures of 0, 1, ..., 9
SIDE = 16
#  a
# f b
#  g
# e c
#  d
STROKES = ("abcdef", "", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")  # of 0 ... 9, the 1 apart
TURNED_OVER = 0.05


def drawn(digit: int, rng: np.random.Generator) -> np.ndarray:
    """One picture (16, 16) of zeros and ones, ink being 1."""
    thick = rng.integers(4, 6)
    top, left = rng.integers(0, 2, 2)
    bottom, right = SIDE - rng.integers(0, 2, 2)
    middle = SIDE // 2 + rng.integers(-1, 2)
    ink = np.zeros((SIDE, SIDE))
    across, upper, lower = slice(left, right), slice(top, middle), slice(middle, bottom)
    bar = middle - thick // 2
    strokes = {"a": (slice(top, top + thick), across), "d": (slice(bottom - thick, bottom), across),
               "g": (slice(bar, bar + thick), across), "f": (upper, slice(left, left + thick)),
               "e": (lower, slice(left, left + thick)), "b": (upper, slice(right - thick, right)),
               "c": (lower, slice(right - thick, right))}
    for stroke in STROKES[digit]:
        ink[strokes[stroke]] = 1
    if digit == 1:  # a stem on a foot
        ink[top:bottom, 6:11] = 1
        ink[strokes["d"]] = 1
    return np.where(rng.random(ink.shape) < TURNED_OVER, 1 - ink, ink)


@cache
def pictures() -> tuple[np.ndarray, np.ndarray]:
    """All 1,593: pixels (1593, 256), and which digit each of them is (1593,). The same at every call; not to be written to."""
    rng = np.random.default_rng(447)
    digits = np.repeat(np.arange(len(COUNTS)), COUNTS)
    pixels = np.stack([drawn(int(digit), rng).ravel() for digit in digits])
    for a in (pixels, digits):
        a.flags.writeable = False
    return pixels, digits
