"""The layers written out compute what the reference computes, and slips in them are named."""

import numpy as np
import pytest

from nnparity import reference_impl
from nnparity.cases import all_cases, named
from nnparity.cases.case import Result
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reference_impl.plain import PROGRAMS, has_program, written
from nnparity.reference_impl.training import train
from nnparity.reports.diagnosis.diagnose import diagnose
from nnparity.reports.diagnosis.generated import Generated
from nnparity.reports.diagnosis.lookup import gradients_of_slips, outputs_of_slips

EDGES = ("impossible", "sure", "saturated", "large")  # where the textbook's form gives inf or nan
LARGEST = 100.0  # exp of more is too much for it


def of_kind(kind: str):
    """One case with a layer of this kind for each config."""
    found = {}
    for case in all_cases():
        if not case.training and case.dtype == np.float64 and not any(edge in case.name for edge in EDGES) and (
                case.inputs["x"].max() < LARGEST):
            found |= {str(layer.config): (case, layer) for layer in case.layers if layer.kind == kind and has_program(layer)}
    return found.values()


@pytest.mark.parametrize("kind", sorted(PROGRAMS))
def test_a_layer_written_out_computes_the_same(kind):
    asked = of_kind(kind)
    assert asked
    for case, layer in asked:
        mine, right = World({**RIGHT.layers, f"{kind}@{layer.name}": written(kind)}).run(case), RIGHT.run(case)
        for got, expected in ((mine.outputs, right.outputs), (mine.grads, right.grads)):
            assert got.keys() == expected.keys()
            for name in expected:
                np.testing.assert_allclose(got[name], expected[name], rtol=1e-8, atol=1e-11, err_msg=f"{case.name} {name}")


def told(case, outputs=None, grads=None):
    """What is said about an answer, the reference's but for these arrays."""
    right = reference_impl.run(case)
    return diagnose(case, Result(outputs={**right.outputs, **(outputs or {})}, grads={**right.grads, **(grads or {})}))


def windows_of(case):
    """x, dL/dy and each window of a max pooling without padding: (slice of x, position)."""
    x, dy, config = case.inputs["x"], case.cotangents["y"], case.network[0].config
    kh, kw = config["size"] if isinstance(config["size"], tuple) else (config["size"],) * 2
    stride = config.get("stride", (kh, kw))
    sh, sw = stride if isinstance(stride, tuple) else (stride,) * 2
    places = [((Ellipsis, slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)), (..., i, j))
              for i in range(dy.shape[2]) for j in range(dy.shape[3])]
    return x, dy, places


def test_a_tolerance_in_place_of_equality_is_named():
    case = named("max_pool2d-overlap-float64")
    x, dy, places = windows_of(case)
    dx = np.zeros_like(x)
    for cut, place in places:
        near = np.abs(x[cut] - x[cut].max((-1, -2), keepdims=True)) < 0.1  # a tolerance that the catalogue has an entry for
        dx[cut] += near * dy[place][..., None, None]
    (only,) = told(case, grads={"x": dx})
    assert only.complete, only.title
    assert "as close to the maximum as 0.1" in only.title


def test_the_first_window_alone_is_named():
    case = named("max_pool2d-overlap-float64")
    x, dy, places = windows_of(case)
    (cut, place), dx = places[0], np.zeros_like(x)
    dx[cut] = (x[cut] == x[cut].max((-1, -2), keepdims=True)) * dy[place][..., None, None]
    best = told(case, grads={"x": dx})[0]
    assert best.complete
    assert "window" in best.title


def test_a_square_in_place_of_a_root_is_named_with_the_gradients_behind_it():
    case = named("layer_norm-generic-float64")
    x, dy, gamma = case.inputs["x"], case.cotangents["y"], case.params["gamma"]
    epsilon = case.network[0].config.get("epsilon", 1e-5)
    centred = x - x.mean(-1, keepdims=True)
    v = (centred**2).mean(-1, keepdims=True) + epsilon
    x_hat, d = centred / v**2, dy * gamma
    dv = (-2 * d * centred / v**3).sum(-1, keepdims=True)
    dx = d / v**2 + dv * 2 * centred / x.shape[-1]
    examples = tuple(range(x.ndim - 1))
    grads = {"x": dx - dx.mean(-1, keepdims=True), "gamma": (dy * x_hat).sum(examples), "beta": dy.sum(examples)}
    (only,) = told(case, {"y": x_hat * gamma + case.params["beta"]}, grads)
    assert only.complete
    assert "square" in only.title


def test_two_slips_are_told_where_each_gives_an_array_of_its_own():
    case = named("batch_norm-training-float64")
    right = reference_impl.run(case)
    x, dy = case.inputs["x"], case.cotangents["y"]
    x_hat = (right.outputs["y"] - case.params["beta"]) / case.params["gamma"]
    best = told(case, grads={"gamma": (dy * x_hat**2).sum(0), "beta": x.sum(0)})[0]
    assert best.complete
    assert len(best.key) == 2
    assert all(isinstance(what, Generated) for what in best.key)


def test_the_catalogue_comes_first():
    mistake = MISTAKES["dense-bias-averaged"]
    case = named("dense-tanh-float64-generic")
    answer = reference_impl.run(case, plant(mistake))
    best = diagnose(case, answer)[0]
    assert not any(isinstance(what, Generated) for what in best.key)


def test_a_slip_of_an_update_is_named():
    case = named("optimizer-rmsprop-outside-float64")

    def update(p, g, state, _t, rate, *, rho, epsilon):  # the first square is one, as some begin
        s = rho * state.get("s", 1.0) + (1 - rho) * g**2
        return p - rate * g / (np.sqrt(s) + epsilon), {"s": s}

    best = diagnose(case, train(case, update=update))[0]
    assert best.complete
    assert isinstance(best.key[0], Generated) or "square" in best.title, best.title  # the catalogue comes first


@pytest.mark.parametrize("name", ["conv1d-generic-float64", "max_pool1d-generic-float64", "batch_norm-inference-float64"])
def test_slips_leave_the_arrays_of_the_case_alone(name):
    case = named(name)
    before = {k: a.copy() for k, a in {**case.params, **case.inputs, **case.cotangents}.items()}
    assert outputs_of_slips(case)
    assert gradients_of_slips(case)
    for k, a in {**case.params, **case.inputs, **case.cotangents}.items():
        np.testing.assert_array_equal(a, before[k])
