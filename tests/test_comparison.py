"""The comparison and its yardstick, by hand: every number and every word of a verdict. No framework."""

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Case, Layer, Result
from nnparity.reference_impl.noise import measured_noise, rounding_noise
from nnparity.reports.comparison.compare import (
    BLIND,
    NEAR,
    Agreement,
    allowance,
    allowed_error,
    compare,
    compare_arrays,
    in_proportion,
)

EPS = np.finfo("float64").eps
SINGLE = np.finfo("float32").eps


# ---------------------------------------------------------------------------------------------- the allowed error


def test_the_allowed_error_by_hand():
    """Of four elements: twice the noise, the floor of rms noise, and the roundings of the element itself."""
    b = np.array([1.0, -2.0, 0.5, 100.0])
    noise = np.array([1000.0, 300.0, 0.0, 3.0])
    rms = np.sqrt((1000.0**2 + 300**2 + 3**2) / 4)
    np.testing.assert_allclose(allowed_error(b, noise) / EPS, [4000, 1200, rms, rms], rtol=1e-14)
    quiet = np.array([0.0, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(allowed_error(b, quiet) / EPS, [4, 8, 2, 400], rtol=1e-14)


def test_the_allowed_error_is_in_the_precision_of_the_array():
    b = np.array([1, 2], "float32")
    allowed = allowed_error(b, np.zeros(2))
    assert allowed.dtype == np.float64
    np.testing.assert_allclose(allowed, [4 * SINGLE, 8 * SINGLE], rtol=1e-15)


def test_nothing_is_allowed_around_nothing():
    assert allowed_error(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0, 3)


def test_below_the_smallest_normal_number_anything_is_allowed():
    """Libraries flush such numbers to zero, or do not."""
    assert (allowed_error(np.zeros(3), np.zeros(3)) == np.finfo("float64").tiny).all()
    assert (allowed_error(np.zeros(3, "float32"), np.zeros(3)) == np.finfo("float32").tiny).all()


def test_the_allowance_of_an_answer_is_that_of_each_of_its_arrays():
    b, noise = {"y": np.array([1.0, 3.0])}, {"y": np.array([7.0, 0.0])}
    g, grad_noise = {"w": np.array([2.0])}, {"w": np.array([5.0])}
    allowed = allowance(Result(outputs=b, grads=g), Result(outputs=noise, grads=grad_noise))
    np.testing.assert_array_equal(allowed.outputs["y"], allowed_error(b["y"], noise["y"]))
    np.testing.assert_array_equal(allowed.grads["w"], allowed_error(g["w"], grad_noise["w"]))
    assert allowed.outputs.keys() == {"y"} and allowed.grads.keys() == {"w"}


def test_an_answer_of_another_shape_has_the_largest_noise_everywhere():
    b = {"y": np.ones(3), "z": np.ones(2)}
    noise = {"y": np.array([0.25, 1.0]), "z": np.zeros(0)}
    allowed = allowance(Result(outputs=b, grads={}), Result(outputs=noise, grads={})).outputs
    np.testing.assert_allclose([*allowed["y"] / EPS, *allowed["z"] / EPS], [4, 4, 4, 4, 4], rtol=1e-14)


def test_an_infinite_element_adds_nothing():
    np.testing.assert_allclose(allowed_error(np.array([0.25, np.inf, np.nan]), np.zeros(3)) / EPS, [1, 0, 0], atol=1e-290)


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


# ------------------------------------------------------------------------------------------------ what can be judged


def blind(allowed, expected, scale=0.0):
    return compare_arrays("a", expected, expected, np.asarray(allowed), scale=scale)


def test_an_array_with_an_allowance_that_could_hide_a_fault_is_not_judged():
    """A millionth of the largest entry in float64, a hundredth in float32; a tenth of the elements may be so."""
    for dtype in ("float32", "float64"):
        b = np.full(10, 2.0, dtype)
        least, more = 2 * BLIND[dtype] * 0.99, 2 * BLIND[dtype] * 1.01
        assert blind([least] * 10, b).judged and blind([more] + [least] * 9, b).judged
        assert blind([more] + [least] * 9, b).blind == 1
        assert not blind([more] * 2 + [least] * 8, b).judged


def test_an_array_that_is_zero_but_for_rounding_is_held_against_the_others():
    """The gradient of a bias in front of a batch normalisation: a sum that cancels."""
    b = np.array([3e-17, -1e-17])
    assert not blind([1e-16] * 2, b).judged and blind([1e-16] * 2, b, scale=1.0).judged
    assert not blind([1e-4] * 2, b, scale=1.0).judged


def test_where_rounding_decides_whether_there_is_a_number_nothing_is_judged():
    """A loss of log 0 behind a saturated sigmoid: infinite here, inf times zero there. Elsewhere the same array is compared."""
    expected, got = np.array([np.inf, 1.0]), np.array([np.nan, 1.0])
    agreement = compare_arrays("a", got, expected, np.array([np.inf, 1e-12]))
    assert not agreement.problem and agreement.error == 0 and agreement.blind == 1 and not agreement.judged
    assert not compare_arrays("a", np.array([np.nan, 1.1]), expected, np.array([np.inf, 1e-12])).ok
    assert "nan at 1 elements" in compare_arrays("a", got, expected, np.full(2, 1e-12)).problem.words
    x = np.array([[40.0], [1.0]], "float32")
    case = Case(name="any", network=(Layer("activation", "squash", {"function": "sigmoid"}),), params={}, catches="any",
                loss=Layer("binary_cross_entropy", config={"reduction": "sum"}), inputs={"x": x, "target": 0.5 + 0 * x}, sizes={},
                constants=frozenset({"target"}), cotangents={"y": np.ones_like(x), "loss": np.ones((), "float32")},
                exempt="a loss of log 0")
    noise = measured_noise(case).grads["x"]
    assert np.isinf(noise[0]).all() and np.isfinite(noise[1]).all()


def test_an_error_near_the_allowed_one_is_worth_a_second_look():
    expected = np.array([1.0, 2.0])
    near, far, problem = (compare_arrays("a", got, expected, np.full(2, 1e-3)) for got in (
        expected + 2e-3, expected + (NEAR + 1) * 1e-3, np.array([np.nan, 2.0])))
    assert near.near and not far.near and not problem.near and not blind([1, 1], expected).near


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
    assert not b.ok and str(b.problem) == f"{name} at 1 elements, expected at 2; first difference at [1, 0]"
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
    assert str(a.problem) == words and not a.ok and a.path == "outputs/y" and str(a) == f"outputs/y: {words}"


# --------------------------------------------------------------------------------------------------- two answers


def test_every_array_of_both_answers_is_compared():
    one = np.ones(2)
    expected = Result(outputs={"y": one, "h_n": one}, grads={"w": one, "b": 0 * one})
    allowed = Result(outputs={"y": EPS * one, "h_n": EPS * one}, grads={"w": EPS * one, "b": EPS * one})
    got = Result(outputs={"y": one, "c_n": one}, grads={"w": 2 * one, "b": 0 * one})
    agreements = compare(got, expected, allowed)
    assert type(agreements) is tuple
    assert [(a.path, str(a.problem or ""), a.ok) for a in agreements] == [
        ("outputs/y", "", True), ("outputs/h_n", "missing; the answer has y, c_n", False),
        ("outputs/c_n", "unknown; this case has y, h_n", False), ("grads/w", "", False),
        ("grads/b", "zero everywhere on both sides: nothing was compared", False)]
    assert compare(got, expected, allowed, frozenset({"b"}))[-1].ok
    nothing = Result(outputs={}, grads={})
    assert [str(a.problem) for a in compare(nothing, Result(outputs={"y": one}, grads={}), allowed)] == [
        "missing; the answer has none"]
    with pytest.raises(ValueError, match="^both answers are empty: nothing was compared$"):
        compare(nothing, nothing, nothing)


# ---------------------------------------------------------------------------------------------------- the noise


def one_layer(kind, params, x, dy, **config):
    return Case(name="any", network=(Layer(kind, config=config),), params=params, inputs={"x": x}, cotangents={"y": dy},
                sizes={}, catches="anything", exempt="any sizes")


def test_what_only_selects_and_copies_has_no_noise():
    """y = x, a row of a table, the largest of a window: nothing is rounded, and inputs are the same for everybody."""
    x = np.random.default_rng(1).standard_normal((2, 3, 8))
    for kind, params, config in (("activation", {}, {"function": "linear"}), ("activation", {}, {"function": "relu"}),
                                 ("transpose", {}, {}), ("max_pool1d", {}, {"size": 2})):
        dy = np.ones(reference_impl.LAYERS[kind](params, {"x": x}, **config)[0]["y"].shape)
        noise = measured_noise(one_layer(kind, params, x, dy, **config))
        assert not noise.outputs["y"].any(), kind


def test_one_operation_moves_by_up_to_an_epsilon():
    """dx = 0.3 dy: the largest of a few draws from (-1, 1), in epsilons of the element."""
    x = -np.ones((30, 40)) - np.random.default_rng(0).uniform(0, 1, (30, 40))
    noise = measured_noise(one_layer("activation", {}, x, np.ones_like(x), function="leaky_relu", slope=0.3))
    size = noise.outputs["y"] / np.abs(0.3 * x)
    assert size.max() <= 1.5 and np.median(size) > 0.6, "one move, and the rounding of the sum that applies it"


@pytest.mark.parametrize("terms", [1, 4, 100, 2500])
def test_a_product_moves_as_the_partial_sums_of_its_terms_do(terms):
    """√(k (S²/3 + Q/6) + Q), against the sums themselves in float32 in 200 random orders: the draws cover them, and are no
    more than six times as large."""
    rng = np.random.default_rng(terms)
    a, b = rng.standard_normal((2, terms)).astype("float32").astype("float64")
    case = one_layer("dense", {"kernel": b[:, None]}, a[None], np.ones((1, 1)), bias="none").astype("float32")
    noise = measured_noise(case, thorough=True).outputs["y"][0, 0]
    products = (a.astype("float32") * b.astype("float32"))
    errors = [np.abs(float(np.add.accumulate(rng.permutation(products))[-1]) - a @ b) / SINGLE for _ in range(200)]
    assert np.max(errors) < 2 * noise and noise < 12 * np.sqrt(np.mean(np.square(errors))) + 1e-12


def test_sums_at_repeated_tokens_move_and_single_ones_do_not():
    table, tokens = np.arange(1.0, 11).reshape(5, 2), np.array([[0, 3, 4], [3, 3, 3]])
    noise = measured_noise(one_layer("embedding", {"table": table}, tokens, np.arange(1.0, 13).reshape(2, 3, 2) / 7))
    assert noise.grads["table"][3].all() and not noise.grads["table"][[0, 1, 2, 4]].any()


def test_a_kink_within_rounding_is_allowed_its_jump():
    """A ReLU's pre-activation within three roundings of zero: one implementation sees it positive, another does not. Other
    units are as closely watched as ever."""
    K = np.array([[1.0, 1.0], [0.7, 1.0]])
    x = np.array([[0.7 * (1 + 3 * EPS), -1.0], [0.7, 2.0]])
    case = one_layer("dense", {"kernel": K}, x, np.ones((2, 2)), bias="none", activation="relu")
    jump = measured_noise(case).grads["x"] * 4 * EPS
    assert (jump[0] > [1, 0.7]).all(), "the gradient through the first unit, whole"
    assert (jump[1] < 1e-14).all()


def test_every_operation_of_the_reference_takes_part():
    """The reference in float32 beside float64: what it is off by lies within what its noise allows, in every array of every
    case. A buffer or an operation that did not move would show here."""
    for case in cases.all_cases():
        if case.dtype == "float32" and not any(layer.default for layer in case.layers) and "clip_beyond" not in case.name:
            single, double = reference_impl.run(case), reference_impl.run(case.astype("float64"))
            allowed = allowance(single, rounding_noise(case))
            for kind in ("outputs", "grads"):
                for name, a in getattr(double, kind).items():
                    b = getattr(single, kind)[name]
                    assert (np.abs(a - b)[np.isfinite(b)] <= getattr(allowed, kind)[name][np.isfinite(b)]).all(), (case, name)


def test_the_noise_of_a_case_is_measured_once():
    case = one_layer("activation", {}, np.arange(1.0, 4), np.arange(2.0, 5), function="tanh")
    assert rounding_noise(case) is rounding_noise(case)
    assert (rounding_noise(case, thorough=True).outputs["y"] >= rounding_noise(case).outputs["y"]).all(), "more draws of the same"
    np.testing.assert_array_equal(rounding_noise(case).outputs["y"], measured_noise(case).outputs["y"])
