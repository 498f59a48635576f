"""What holds for the losses where the cases do not look: at the bounds, on more axes, for targets of any sum. No framework."""

import numpy as np
import pytest

from nnparity.reference_impl.judges import STEP
from nnparity.reference_impl.losses import LOSSES

EPS = np.finfo("float64").eps


def loss_and_slope(kind, x, target, **config):
    y, vjp = LOSSES[kind]({}, {"x": x, "target": target}, **config)
    return y["y"], vjp({"y": np.ones_like(y["y"])})["x"]


def complex_step(kind, x, target, **config):
    """d(Σ loss)/dx, element by element."""
    slope = np.empty_like(x)
    for i in np.ndindex(*x.shape):
        moved = x.astype(complex)
        moved[i] += 1j * STEP
        slope[i] = LOSSES[kind]({}, {"x": moved, "target": target}, **config)[0]["y"].sum().imag / STEP
    return slope


@pytest.mark.parametrize("kind, config", [
    ("softmax_cross_entropy", {}),
    ("categorical_cross_entropy", {}),
    ("categorical_cross_entropy", {"normalise": "before_clip"}),
    ("categorical_cross_entropy", {"normalise": "after_clip", "clip": "probability"}),
    ("binary_cross_entropy", {}), ("binary_cross_entropy", {"prediction": "logits"}), ("squared_error", {"scale": "half"}),
], ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "batch_mean", "none"])
def test_the_slope_is_the_complex_step_on_three_axes_and_for_targets_of_any_sum(kind, config, reduction):
    rng = np.random.default_rng(0)
    x, target = rng.uniform(0.1, 0.9, (2, 3, 4)), rng.uniform(0, 1, (2, 3, 4))
    config = {**config, "reduction": reduction, "axes": 3}
    np.testing.assert_allclose(loss_and_slope(kind, x, target, **config)[1], complex_step(kind, x, target, **config),
                               rtol=64 * EPS, atol=64 * EPS)


@pytest.mark.parametrize("p, inside", [(1e-3, True), (1 - 1e-3, True), (0.9e-3, False), (1 - 0.9e-3, False)])
@pytest.mark.parametrize("kind", ["binary_cross_entropy", "categorical_cross_entropy"])
def test_at_the_bounds_of_a_clip_the_gradient_passes_and_beyond_them_it_does_not(kind, p, inside):
    _, slope = loss_and_slope(kind, np.array([[p]]), np.array([[0.5]]), clip="probability", epsilon=1e-3)
    assert bool(slope != 0) is inside


def test_without_a_clip_nothing_is_clipped():
    p = np.array([[1e-9]])
    loss, slope = loss_and_slope("binary_cross_entropy", p, np.ones((1, 1)))
    assert loss == pytest.approx(-np.log(1e-9), rel=1e-12) and slope == pytest.approx(-1e9, rel=1e-8)
    loss, slope = loss_and_slope("categorical_cross_entropy", p, np.ones((1, 1)))
    assert loss == pytest.approx(-np.log(1e-9), rel=1e-12) and slope == pytest.approx(-1e9, rel=1e-8)


@pytest.mark.parametrize("kind", ["categorical_cross_entropy", "softmax_cross_entropy"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_class_numbers_give_the_dtype_of_the_prediction(kind, dtype):
    loss, slope = loss_and_slope(kind, np.full((2, 4), 0.25, dtype), np.array([0, 3]), labels="sparse")
    assert loss.dtype == slope.dtype == dtype
