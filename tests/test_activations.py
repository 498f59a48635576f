"""The activations' own properties, at random points and without a framework."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnparity import cases
from nnparity.reference_impl.activations import ACTIVATIONS, activate
from nnparity.reference_impl.judges import STEP
from nnparity.reference_impl.normal import normal

EPS = np.finfo("float64").eps

# every activation with every option that changes its formula
FORMS = {
    "linear": ("linear", {}), "sigmoid": ("sigmoid", {}), "sigmoid beta": ("sigmoid", {"beta": 2.5}),
    "sigmoid two": ("sigmoid", {"beta": 2}),
    "hard_sigmoid sixth": ("hard_sigmoid", {}), "hard_sigmoid fifth": ("hard_sigmoid", {"form": "fifth"}),
    "tanh": ("tanh", {}), "relu": ("relu", {}), "relu6": ("relu6", {}), "leaky_relu": ("leaky_relu", {"slope": 0.25}),
    "elu": ("elu", {}), "elu alpha": ("elu", {"alpha": 1.5}), "selu": ("selu", {}),
    "gelu erf": ("gelu", {"approximate": "erf"}), "gelu tanh": ("gelu", {"approximate": "tanh"}),
    "silu": ("silu", {}), "softplus": ("softplus", {}), "softplus threshold": ("softplus", {"threshold": 4.0}),
    "softmax": ("softmax", {}), "softmax axis": ("softmax", {"axis": -2}), "log_softmax": ("log_softmax", {}),
}
# where the derivative jumps; softplus jumps in value, too, beyond its threshold
KINKS = {"relu": (0,), "relu6": (0, 6), "leaky_relu": (0,), "elu": (0,), "selu": (0,), "hard_sigmoid": (-3, -2.5, 2.5, 3),
         "softplus": (4,)}
DECREASING_SOMEWHERE = {"gelu", "silu"}
AXIS = {"softmax", "log_softmax"}  # not elementwise

points = arrays("float64", (3, 4), elements=st.floats(-12, 12, width=32))
forms = pytest.mark.parametrize("form", FORMS)
few = settings(max_examples=40, deadline=None)


def apply(form, a):
    name, options = FORMS[form]
    return ACTIVATIONS[name](a, **options)


def test_every_activation_has_its_properties_tested():
    assert {name for name, _ in FORMS.values()} == set(ACTIVATIONS)


@forms
@few
@given(a=points, direction=arrays("float64", (3, 4), elements=st.floats(-1, 1, width=16)))
def test_vjp_is_the_complex_step(form, a, direction):
    """Along any direction v:  Im f(a + iεv) · dy / ε  =  v · vjp(dy)."""
    name, _ = FORMS[form]
    a = np.where(np.isin(a, KINKS.get(name, ())), a + 0.25, a)
    dy = np.cos(np.arange(12.0)).reshape(3, 4)
    along = apply(form, a + 1j * STEP * direction)[0].imag / STEP
    pulled = apply(form, a)[1](dy)
    size = np.abs(direction).sum() * (1 + np.abs(pulled).max())
    assert abs((along * dy).sum() - (direction * pulled).sum()) <= 64 * EPS * size


@forms
@few
@given(a=points)
def test_float32_stays_float32(form, a):
    y, vjp = apply(form, a.astype("float32"))
    assert y.dtype == vjp(y).dtype == np.float32
    assert y.shape == a.shape


@pytest.mark.parametrize("form", [f for f, (name, _) in FORMS.items() if name not in DECREASING_SOMEWHERE | AXIS])
@few
@given(a=points)
def test_never_decreases(form, a):
    a = np.sort(a.ravel())
    assert (np.diff(apply(form, a)[0]) >= -8 * EPS * np.abs(a).max()).all()


@few
@given(a=points, shift=st.floats(-1000, 1000))
def test_softmax_sums_to_one_and_does_not_see_a_shift(a, shift):
    y, vjp = ACTIVATIONS["softmax"](a)
    assert np.abs(y.sum(-1) - 1).max() <= 8 * EPS
    moved = ACTIVATIONS["softmax"](a + shift)[0]
    assert np.abs(moved - y).max() <= 8 * EPS * (1 + abs(shift))  # what a + shift rounds away
    assert np.abs(vjp(a).sum(-1)).max() <= 64 * EPS * (1 + np.abs(a).max()), "a shift has no gradient either"


@few
@given(a=points)
def test_log_softmax_is_the_logarithm_of_softmax(a):
    error = np.abs(np.exp(ACTIVATIONS["log_softmax"](a)[0]) - ACTIVATIONS["softmax"](a)[0])
    assert error.max() <= 64 * EPS


@forms
def test_large_arguments_neither_overflow_nor_warn(form):
    y, vjp = apply(form, np.array([[-1e4, -800.0, 800.0, 1e4]]))
    assert np.isfinite(y).all()
    assert np.isfinite(vjp(np.ones_like(y))).all()


@pytest.mark.parametrize("name, at, slope", [
    ("relu", 0, 0), ("relu6", 0, 0), ("relu6", 6, 0), ("leaky_relu", 0, 0.01), ("elu", 0, 1), ("hard_sigmoid", 3, 0),
    ("hard_sigmoid", -3, 0)])
def test_derivative_at_a_kink_is_the_documented_one(name, at, slope):
    assert ACTIVATIONS[name](np.array([float(at)]))[1](np.ones(1)) == slope


@pytest.mark.parametrize("name, options, at, slope", [
    ("relu", {}, 0, 0), ("relu6", {}, 0, 0), ("relu6", {}, 6, 0), ("leaky_relu", {"slope": 0.25}, 0, 0.25),
    ("elu", {"alpha": 1.5}, 0, 1.5), ("hard_sigmoid", {}, -3, 0), ("hard_sigmoid", {}, 3, 0)])
def test_the_complex_step_at_a_kink_takes_the_same_side(name, options, at, slope):
    """Value and derivative belong to one piece: Im f(a + iε) / ε is the documented derivative there, too."""
    a = np.array([at + 1j * STEP])
    assert ACTIVATIONS[name](a, **options)[0].imag / STEP == pytest.approx(slope, rel=4 * EPS)
    assert ACTIVATIONS[name](a.real, **options)[1](np.ones(1)) == slope


def test_softplus_at_its_threshold_is_still_the_formula():
    y, vjp = ACTIVATIONS["softplus"](np.array([4.0]), threshold=4.0)
    assert y == ACTIVATIONS["softplus"](np.array([4.0]))[0] != 4 and vjp(np.ones(1)) < 1


def test_normal_refuses_what_it_cannot_compute():
    with pytest.raises(ValueError, match="^normal: a complex argument must have a tiny imaginary part, a complex step$"):
        normal(np.array([1 + 0.1j]))
    assert np.isfinite(normal(np.array([1 + 1e-9j]))[0])


@pytest.mark.parametrize("name, options", [("rleu", {}), ("relu", {"slope": 0.1}), ("gelu", {"approximate": "none"})])
def test_a_misspelt_activation_or_option_is_an_error(name, options):
    with pytest.raises(ValueError, match="is not a convention"):
        activate("dense", name, np.ones(2), options)


# the breaks of a piecewise formula, in the pre-activation
BREAKS = {"relu": [0], "relu6": [0, 6], "leaky_relu_quarter": [0], "leaky_relu_inexact": [0],
          "elu": [0], "elu_alpha": [0], "selu": [0],
          "hard_sigmoid": [-3, 3], "hard_sigmoid_fifth": [-2.5, 2.5], "softplus_threshold": [4]}


@pytest.mark.parametrize("name", BREAKS)
def test_dense_cases_reach_every_piece_and_stay_off_the_breaks(name):
    case = cases.named(f"dense-{name}-float64-generic")
    a = case.inputs["x"] @ case.params["kernel"] + case.params["bias"]
    pieces = np.searchsorted(BREAKS[name], a.ravel())
    assert set(pieces) == set(range(len(BREAKS[name]) + 1)), f"pieces reached: {np.bincount(pieces)}"
    assert min(np.abs(a - at).min() for at in BREAKS[name]) > 1e-3
