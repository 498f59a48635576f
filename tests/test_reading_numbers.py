"""What the numbers of a wrong array say by themselves: each reading on an array made to show it, and on none that does not."""

import numpy as np
import pytest

from nnparity.reports.diagnosis.locate.numbers import readings

RIGHT = np.random.default_rng(1).normal(size=(3, 4, 5, 6))
ROW = np.array([0.5, 2.0, -1.5, 4.0])
NAMES = ("example", "channel", "row", "column")


def read(got, right=RIGHT, **params):
    return " ".join(readings(got, right, np.full(right.shape, 1e-13), NAMES[:right.ndim], params))


def without(axis, kept):
    """RIGHT with zeros at all other indices of an axis."""
    got = np.zeros_like(RIGHT)
    at = (slice(None),) * axis + (kept,)
    got[at] = RIGHT[at]
    return got


@pytest.mark.parametrize(("got", "said"), [
    pytest.param(without(0, 0), "Zero where the right one is not: examples 1, 2 (of 3).", id="first-example"),
    pytest.param(without(3, slice(0, 5)), "Zero where the right one is not: column 5 (of 6).", id="last-column-lost"),
    pytest.param(RIGHT[:1] + 0 * RIGHT, "The same for every example", id="equal"),
    pytest.param(RIGHT * ROW[:, None, None], "times a factor of its own: 0.5, 2, -1.5, 4.", id="factors"),
    pytest.param(RIGHT * np.where(np.arange(6) % 2, 2, 1), "Each element is 1 or 2 times the right one.", id="multiples"),
    pytest.param(RIGHT * (RIGHT > 0.1), "some are lost and the others right", id="lost"),
    pytest.param(RIGHT[:, :, :, ::-1], "The right numbers, at other places.", id="places"),
    pytest.param(RIGHT + 0.5 * np.diff(RIGHT, axis=3, append=RIGHT[..., :1]),
                 "sums over the rows and columns are right", id="sums"),
    pytest.param(RIGHT + RIGHT[:1, :, :, :1] * 0.3, "What it is off by is the same for every example.", id="offset"),
    pytest.param(np.concatenate([RIGHT[:, 1:2], RIGHT[:, 1:]], 1), "Channel 0 and channel 1 are equal", id="copied"),
])
def test_a_reading_is_said_of_the_array_that_shows_it(got, said):
    assert said in read(got)


def test_a_factor_or_a_difference_that_is_a_parameter_is_named():
    assert "which is gamma." in read(RIGHT * ROW[:, None, None], gamma=ROW)
    assert "which is 1 / gamma." in read(RIGHT / ROW[:, None, None], gamma=ROW)
    kernel = np.random.default_rng(2).normal(size=RIGHT.shape)
    assert read(RIGHT + 0.01 * kernel, kernel=kernel) == "What it has too much is 0.01 times kernel."


def test_nothing_is_said_of_noise_of_another_shape_or_of_what_the_right_array_has_too():
    other = np.random.default_rng(3).normal(size=RIGHT.shape)
    assert read(other) == read(RIGHT[:2]) == read(np.zeros_like(RIGHT)) == read(np.full_like(RIGHT, np.nan)) == ""
    same = np.broadcast_to(RIGHT[:1], RIGHT.shape)
    assert "example" not in read(same + other[:1], right=same).replace("What it is off by is the same for every example.", "")
