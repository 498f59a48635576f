"""The comparison and its yardstick, by hand: every number and every word of a verdict. No framework."""

import numpy as np
import pytest

from cases.case import Case, Layer, Result
from reference_impl.noise import SAMPLES, measured_noise, rounding_noise
from reports.compare import CAP, Agreement, allowance, allowed_error, compare, compare_arrays, in_proportion

EPS = np.finfo("float64").eps
SINGLE = np.finfo("float32").eps


# ---------------------------------------------------------------------------------------------- the allowed error

def test_the_allowed_error_by_hand():
    """Of four elements: the cap, the noise, the floor of rms noise, the roundings of the element itself."""
    b = np.array([1.0, -2.0, 0.5, 100.0])
    noise = np.array([1000.0, 300.0, 0.0, 3.0])
    rms = np.sqrt((1000.0**2 + 300**2 + 3**2) / 4)
    np.testing.assert_allclose(allowed_error(b, noise) / EPS, [6400, 4800, 4 * rms, 4 * rms], rtol=1e-14)
    quiet = np.array([0.0, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(allowed_error(b, quiet) / EPS, [4, 16, 2, 400], rtol=1e-14)


def test_the_allowed_error_is_in_the_precision_of_the_array():
    b = np.array([1, 2], "float32")
    allowed = allowed_error(b, np.zeros(2))
    assert allowed.dtype == np.float64
    np.testing.assert_array_equal(allowed, [4 * SINGLE, 8 * SINGLE])


def test_nothing_is_allowed_around_nothing():
    assert allowed_error(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0, 3)
    assert not allowed_error(np.zeros(3), np.ones(3)).any(), "the cap of an array of zeros"


def test_the_allowance_of_an_answer_is_that_of_each_of_its_arrays():
    b, noise = {"y": np.array([1.0, 3.0])}, {"y": np.array([7.0, 0.0])}
    g, grad_noise = {"w": np.array([2.0])}, {"w": np.array([5.0])}
    allowed = allowance(Result(outputs=b, grads=g), Result(outputs=noise, grads=grad_noise))
    np.testing.assert_array_equal(allowed.outputs["y"], allowed_error(b["y"], noise["y"]))
    np.testing.assert_array_equal(allowed.grads["w"], allowed_error(g["w"], grad_noise["w"]))
    assert allowed.outputs.keys() == {"y"} and allowed.grads.keys() == {"w"}


def test_an_answer_of_another_shape_has_the_largest_noise_everywhere():
    b = {"y": np.ones(3), "z": np.ones(2)}
    noise = {"y": np.array([0.25, 0.5]), "z": np.zeros(0)}
    allowed = allowance(Result(outputs=b, grads={}), Result(outputs=noise, grads={})).outputs
    assert list(allowed["y"] / EPS) == [8, 8, 8] and list(allowed["z"] / EPS) == [4, 4]


def test_an_infinite_element_is_allowed_nothing_and_lifts_no_cap():
    assert list(allowed_error(np.array([0.25, np.inf, np.nan]), np.zeros(3)) / EPS) == [1, 0, 0]
    assert list(allowed_error(np.array([0.25, np.inf]), np.full(2, 1e9)) / EPS) == [CAP / 4, CAP / 4]


def test_a_larger_answer_is_allowed_larger_errors_in_proportion():
    """Largest numbers of the wrong and the right answer: 6 and 2; 1 and 4; 0.5 and 0; missing and 0.5; two empty arrays."""
    errors = Result(outputs={"y": np.array([1.0, 10.0]), "z": np.array([1.0])},
                    grads={"w": np.array([1.0, 2.0]), "gone": np.array([3.0]), "none": np.zeros(0)})
    right = Result(outputs={"y": np.array([1.0, -2.0]), "z": np.array([4.0])},
                   grads={"w": np.array([0.0, 0.0]), "gone": np.array([0.5]), "none": np.zeros(0)})
    wrong = Result(outputs={"y": np.array([-6.0, 0.5]), "z": np.array([1.0])},
                   grads={"w": np.array([0.5, 0.0]), "none": np.zeros(0)})
    scaled = in_proportion(errors, wrong, right)
    assert {k: list(v) for k, v in scaled.outputs.items()} == {"y": [3.0, 30.0], "z": [1.0]}
    assert {k: list(v) for k, v in scaled.grads.items()} == {"w": [1.0, 2.0], "gone": [3.0], "none": []}
    half, eighth = (Result(outputs={"y": np.array([a])}, grads={}) for a in (0.5, 0.125))
    assert in_proportion(half, half, eighth).outputs["y"] == 0.5 * 4


# --------------------------------------------------------------------------------------------------- one array

def test_an_agreement_by_hand():
    """Errors in units of what is allowed at each element: 0, 2, 0.5, 3."""
    expected = np.array([[1.0, 2.0], [4.0, 8.0]])
    got = expected + np.array([[0, 2], [-1, 3]]) * EPS * 8
    allowed = np.array([[0, 8], [16, 8]]) * EPS
    a = compare_arrays("grads/w", got, expected, allowed)
    assert a == Agreement(path="grads/w", error=3.0, allowed=8 * EPS, epsilons=3.0, worst=(1, 1), got=got[1, 1], expected=8.0,
                          wrong=2, size=4)
    assert str(a) == "grads/w[1, 1]: got 8.0000000000000053, expected 8; 3 x the allowed error 1.8e-15, 2 of 4 elements beyond it"
    assert not a.ok and {type(a.error), type(a.allowed), type(a.got), type(a.epsilons)} == {float}
    assert all(type(i) is int for i in a.worst) and type(a.wrong) is int


def test_an_error_of_exactly_what_is_allowed_agrees():
    a = compare_arrays("y", np.array([1 + 2 * EPS, 2]), np.array([1.0, 2]), np.array([2 * EPS, 0]))
    assert a.ok and a.error == 1 and a.wrong == 0
    assert str(a) == "y[0]: got 1.0000000000000004, expected 1; 1 x the allowed error 4.4e-16, 0 of 2 elements beyond it"


def test_no_error_where_nothing_is_allowed_agrees_and_any_error_there_is_infinite():
    right = compare_arrays("y", np.array([1.0, 2]), np.array([1.0, 2]), np.zeros(2))
    assert right.ok and right.error == 0 and right.epsilons == 0
    wrong = compare_arrays("y", np.array([1.0, 2 + 4 * EPS]), np.array([1.0, 2]), np.zeros(2))
    assert wrong.error == np.inf and wrong.worst == (1,) and wrong.epsilons == 2


def test_the_largest_error_is_measured_against_the_arrays_largest_entry():
    a = compare_arrays("y", np.array([1 + 16 * EPS, -4]), np.array([1.0, -4]), np.full(2, EPS))
    assert a.epsilons == 4 and a.error == 16


def test_numbers_where_zeros_are_expected():
    off = compare_arrays("y", np.array([0.0, 1e-9]), np.zeros(2), np.zeros(2))
    assert not off.ok and off.epsilons == np.inf
    zeros = compare_arrays("y", np.zeros(2), np.zeros(2), np.zeros(2), zero_expected=True)
    assert zeros.ok and zeros.epsilons == 0
    assert not compare_arrays("y", np.zeros(2), np.zeros(2), np.zeros(2)).ok
    assert not compare_arrays("y", np.zeros(2), np.ones(2), np.ones(2) * EPS).problem


def test_single_precision_is_compared_in_double():
    expected = np.array([1, 2], "float32")
    got = np.nextafter(expected, np.float32(9))
    a = compare_arrays("y", got, expected, np.full(2, SINGLE, "float64"))
    assert a.error == 2 and a.worst == (1,) and a.epsilons == 1


@pytest.mark.parametrize("value, name", [(np.nan, "nan"), (np.inf, "+inf"), (-np.inf, "-inf")])
def test_non_finite_numbers_agree_where_they_are_expected(value, name):
    expected = np.array([[1.0, value], [value, 4.0]])
    a = compare_arrays("y", expected + [[EPS, 0], [0, 0]], expected, np.array([[EPS, value], [value, EPS]]))
    assert a.ok and a.error == 1 and a.epsilons == 0.25 and a.size == 4
    small = compare_arrays("y", (expected + [[EPS, 0], [0, 0]]) / 16, expected / 16, np.full((2, 2), EPS))
    assert small.epsilons == 0.25, "of the largest finite entry, 1/4"
    got = np.array([[1.0, value], [7.0, 4.0]])
    b = compare_arrays("y", got, expected, np.full((2, 2), EPS))
    assert not b.ok and b.problem == f"{name} at 1 elements, expected at 2; first difference at [1, 0]"
    assert (b.worst, b.got, b.wrong, b.size) == ((1, 0), 7.0, 1, 4)
    np.testing.assert_equal(b.expected, value)
    assert str(b) == f"y: {b.problem}" and all(type(i) is int for i in b.worst)
    assert {type(b.got), type(b.expected)} == {float} and type(b.wrong) is int


@pytest.mark.parametrize("got, expected, words", [
    (np.ones((3, 2)), np.ones((2, 3)),
     "shape (3, 2), expected (2, 3) (the same lengths in another order: two axes are exchanged)"),
    (np.ones(6), np.ones((2, 3)), "shape (6,), expected (2, 3) (as many elements: reshaped or flattened)"),
    (np.ones((1, 6)), np.ones((2, 3)), "shape (1, 6), expected (2, 3) (as many elements: reshaped or flattened)"),
    (np.ones((2, 1)), np.ones((2, 3)), "shape (2, 1), expected (2, 3)"),
    (np.ones(2), np.ones((2, 3)), "shape (2,), expected (2, 3)"),
    (np.ones(2, "float32"), np.ones(2), "dtype float32, expected float64"),
    (np.ones(0), np.ones(0), "empty: nothing was compared"),
    (np.zeros(2), np.zeros(2), "zero everywhere on both sides: nothing was compared"),
], ids=["exchanged", "flattened", "reshaped", "shorter", "flat", "dtype", "empty", "zero"])
def test_what_makes_a_comparison_impossible_is_said_in_words(got, expected, words):
    a = compare_arrays("outputs/y", got, expected, np.zeros(expected.shape))
    assert a.problem == words and not a.ok and a.path == "outputs/y" and str(a) == f"outputs/y: {words}"


# --------------------------------------------------------------------------------------------------- two answers

def test_every_array_of_both_answers_is_compared():
    one = np.ones(2)
    expected = Result(outputs={"y": one, "h_n": one}, grads={"w": one, "b": 0 * one})
    allowed = Result(outputs={"y": EPS * one, "h_n": EPS * one}, grads={"w": EPS * one, "b": EPS * one})
    got = Result(outputs={"y": one, "c_n": one}, grads={"w": 2 * one, "b": 0 * one})
    agreements = compare(got, expected, allowed)
    assert type(agreements) is tuple
    assert [(a.path, a.problem, a.ok) for a in agreements] == [
        ("outputs/y", "", True), ("outputs/h_n", "missing; the answer has y, c_n", False),
        ("outputs/c_n", "unknown; this case has y, h_n", False), ("grads/w", "", False),
        ("grads/b", "zero everywhere on both sides: nothing was compared", False)]
    assert compare(got, expected, allowed, frozenset({"b"}))[-1].ok
    nothing = Result(outputs={}, grads={})
    assert [a.problem for a in compare(nothing, Result(outputs={"y": one}, grads={}), allowed)] == [
        "missing; the answer has none"]
    with pytest.raises(ValueError, match="^both answers are empty: nothing was compared$"):
        compare(nothing, nothing, nothing)


# ---------------------------------------------------------------------------------------------------- the noise

def one_layer(kind, params, x, dy, **config):
    return Case(name="any", network=(Layer(kind, config=config),), params=params, inputs={"x": x}, cotangents={"y": dy},
                sizes={}, catches="anything", exempt="any sizes")


def test_the_noise_of_doing_nothing_is_the_rounding_of_the_arrays():
    """y = x and dx = dy: the largest of eight moves of each number, in epsilons of float32."""
    x = np.ones((30, 40))  # below a power of two numbers lie closer than above: which way a number moved shows
    dy = np.random.default_rng(1).standard_normal(x.shape)
    noise = measured_noise(one_layer("activation", {}, x, dy, function="linear"))
    rng = np.random.default_rng(0)
    moves = [[np.abs((a * (1 + rng.uniform(-SINGLE, SINGLE, a.shape))).astype("float32").astype("float64") - a)
              for a in (x.astype("float32"), dy.astype("float32"))] for _ in range(SAMPLES)]
    np.testing.assert_array_equal(noise.outputs["y"], np.max([m[0] for m in moves], axis=0) / SINGLE)
    np.testing.assert_array_equal(noise.grads["x"], np.max([m[1] for m in moves], axis=0) / SINGLE)


def test_parameters_move_and_tokens_do_not():
    """y = row of the table: the noise of a number moved by at most one unit in its last place, and never of none."""
    table, tokens = np.arange(1.0, 11).reshape(5, 2), np.array([[0, 3, 4]])
    noise = measured_noise(one_layer("embedding", {"table": table}, tokens, np.arange(1.0, 7).reshape(1, 3, 2)))
    size = table[tokens]
    assert (noise.outputs["y"] <= 1.5 * size).all() and (noise.outputs["y"] >= 0.25 * size).all()
    assert noise.outputs.keys() == {"y"} and noise.grads.keys() == {"table"}


def test_the_noise_of_a_case_is_measured_once():
    case = one_layer("activation", {}, np.arange(1.0, 4), np.arange(2.0, 5), function="tanh")
    assert rounding_noise(case) is rounding_noise(case)
    np.testing.assert_array_equal(rounding_noise(case).outputs["y"], measured_noise(case).outputs["y"])
