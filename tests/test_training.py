"""What the documents train, on the reference alone: what is learnt, what is not, and why. No framework.

The paths themselves are compared with torch.optim and keras.optimizers step by step in tests/test_agreement.py.
"""

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Case, Layer
from nnparity.cases.documents import n08, n09, n21, n22
from nnparity.cases.documents.mlp import mlp_case
from nnparity.cases.documents.n12 import CASES as N12
from nnparity.cases.documents.n13 import CASES as N13
from nnparity.cases.documents.n16 import layer
from nnparity.cases.layers.optimizers import CASES as OPTIMIZERS
from nnparity.reference_impl.judges import along_a_line, direction
from nnparity.reference_impl.network import forward
from nnparity.reference_impl.optimizers import OPTIMIZERS as UPDATES
from nnparity.reports.verdicts.troubles import saturated_fraction


def learnt(case: Case, path) -> np.ndarray:
    """The outputs of the network with the parameters that training ended with."""
    last = {name: path.outputs[name][-1] for name in case.params}
    return forward(case, last, case.inputs)[0]["y"]


def test_n08_learns_xor_in_60000_steps():
    case = n08.training(60_000)
    y = learnt(case, reference_impl.run(case)).ravel()
    assert (y[[0, 3]] < 0.05).all() and (y[[1, 2]] > 0.95).all()


def test_n09_finds_the_line():
    """y = 2x + 3 + U(0, 1): the mean of the noise belongs to the intercept."""
    case = n09.training(epochs=10)
    path = reference_impl.run(case)
    slope, intercept = (float(path.outputs[name][-1].squeeze()) for name in case.params)
    assert slope == pytest.approx(2, abs=0.1) and intercept == pytest.approx(3.5, abs=0.1)


def test_n09_does_not_find_it_when_targets_are_shuffled_apart():
    """K22: x in one order, y in another: the slope is lost, the intercept is not."""
    case = n09.training(epochs=10)
    order = np.random.default_rng(0).permutation(100)
    apart = case.replaced(inputs={**case.inputs, "target": case.inputs["target"][order]})
    slope, intercept = (float(reference_impl.run(apart).outputs[name][-1].squeeze()) for name in case.params)
    assert abs(slope) < 1 and intercept == pytest.approx(3.5, abs=0.3)


def test_n16_gradient_columns_are_equal_for_this_loss_only():
    """dL/dW = x (2Σa ... 2Σa): every unit gets the same, because the loss sees the sum alone."""
    case = layer("n16")
    grad = reference_impl.run(case).grads["layer/kernel"]
    np.testing.assert_array_equal(grad, grad[:, :1] * np.ones((1, 3)))
    other = case.replaced(network=case.network[:1], inputs={**case.inputs, "target": np.zeros((1, 3))},
                          cotangents={"y": np.zeros((1, 3)), "loss": np.ones(())})
    grad = reference_impl.run(other).grads["layer/kernel"]
    assert not np.allclose(grad, grad[:, :1] * np.ones((1, 3)))


def test_n21_corrected_net_trains():
    """From this start. Of twelve others, nine reach a hundredth of their first loss in 2,000 steps; the rest keep an output
    that is negative for every example, which a slope of 0.0001 hardly moves (K47).
    """
    losses = reference_impl.run(n21.training(3000)).outputs["loss"]
    assert losses[-1] < losses[0] / 20


def test_n22_corrected_net_tells_the_signs_apart():
    """The document's ten thousand numbers; it asks for -10 and 10 afterwards, which the net has not seen, and finds 0.002 and
    0.94.

    Of a hundred starts 99 end there.
    """
    case = n22.training(10_000)
    path = reference_impl.run(case).outputs
    params, asked = {name: path[name][-1] for name in case.params}, np.array([[-10.0], [10.0]])
    low, high = forward(case, params, {**case.inputs, "x": asked, "target": np.zeros((2, 1))})[0]["y"].ravel()
    assert low < 0.005 and 0.93 < high < 0.97


def test_n12_is_saturated_until_its_inputs_are_scaled():
    """The gradients are right; the units are not able to move: inputs of 0 to 100 into sigmoids (K26)."""
    case = cases.named("n12-mlp-float64-unscaled")
    scaled = case.replaced(inputs={**case.inputs, "x": case.inputs["x"] / 100}, exempt=case.exempt or "scaled")
    assert saturated_fraction(case) > 0.3 and saturated_fraction(scaled) < 0.05


def test_n13_is_saturated_until_its_weights_are_centred():
    """Many pixels into weights U(0, 1) (K27): every hidden unit is at one, and every prediction is the same."""
    rng = np.random.default_rng(13)

    def net(low, high):
        return mlp_case("n13", (400, 10, 5), ("sigmoid", "sigmoid"), x=rng.uniform(0, 1, (20, 400)),
                        target=np.eye(5)[rng.integers(5, size=20)],
                        weights=lambda _, shape: rng.uniform(low, high, shape) / (1 if low == 0 else np.sqrt(shape[0] / 3)),
                        bias={"bias": "kernel_first_row"}, seed=1, exempt="widths of its kind", catches="K27", network="N13",
                        source="document 002, sixth network",
                        loss=Layer("binary_cross_entropy", config={"reduction": "batch_mean"}))
    positive, centred = net(0, 1), net(-0.5, 0.5)
    assert saturated_fraction(positive, layer=0) == 1.0 and saturated_fraction(centred, layer=0) < 0.05
    y = forward(positive, positive.params, positive.inputs)[0]["y"]
    assert np.ptp(y, axis=0).max() < 1e-6, "every example gets the same prediction"


def test_every_document_gradient_of_n12_and_n13_is_right():
    """Both documents look for a mistake in their backpropagation. There is none: the complex step agrees."""
    for case in (*N12, *N13):
        if case.dtype == "float64" and not case.training and not case.zeros and "positive" not in case.name:
            grads, v = reference_impl.run(case).grads, direction(case)
            terms = np.concatenate([(grads[k] * v[k]).ravel() for k in grads])
            assert abs(along_a_line(case) - terms.sum()) <= 32 * np.finfo(float).eps * np.linalg.norm(terms)


@pytest.mark.parametrize("name", UPDATES)
def test_every_optimizer_is_asked(name):
    assert any(case.training.optimizer == name for case in OPTIMIZERS)


def test_conventions_that_agree_at_a_constant_rate_part_where_it_changes():
    """Rate in the update (PyTorch) or in the velocity (Keras): O3."""
    update, velocity = (reference_impl.run(cases.named(f"optimizer-momentum-{where}-float64")).outputs["loss"]
                        for where in ("update", "velocity"))
    np.testing.assert_allclose(update[:11], velocity[:11], rtol=1e-13)
    assert abs(update[12] - velocity[12]) > 1e-6


@pytest.mark.parametrize("update, decay, expected", [
    (UPDATES["adam"], 0.999, lambda p, _g, t, m, v: p - 0.1 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)),
    (UPDATES["rmsprop"], 0.9, lambda p, g, _t, _m, v: p - 0.1 * g / (v**0.5 + 1e-7))], ids=["adam", "rmsprop"])
def test_options_that_are_left_out(update, decay, expected):
    """By hand, three steps with Python's own numbers, the last of a gradient that epsilon is not small beside."""
    p, by_hand, state, m, v = np.array([0.5]), 0.5, {}, 0.0, 0.0
    for t, g in enumerate((1e-5, -2e-6, 1e-7), start=1):
        m = 0.9 * m + (1 - 0.9) * g
        v = decay * v + (1 - decay) * g**2
        p, state = update(p, np.array([g]), state, t, 0.1)
        by_hand = expected(by_hand, g, t, m, v)
        np.testing.assert_allclose(p[0], by_hand, rtol=1e-14)
