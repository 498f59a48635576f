"""N13: its figures come out of its training, on pictures that are not the document's."""

import numpy as np
import pytest

from nnparity import cases, oracles, reference_impl
from nnparity.cases.documents import n13
from nnparity.cases.documents.digits import COUNTS, pictures
from nnparity.reference_impl.network import forward
from nnparity.reports.verdicts.golden import golden_rows
from nnparity.reports.verdicts.judge import judge
from nnparity.reports.verdicts.troubles import of_case


def test_pictures_are_black_and_white_digits_in_the_numbers_of_the_document():
    x, digits = pictures()
    assert x.shape == (1593, 256) and set(np.unique(x)) == {0, 1}
    np.testing.assert_array_equal(np.bincount(digits), COUNTS)


def test_every_hidden_unit_is_one_to_the_last_bit():
    case = n13.training(steps=1)
    kernel = case.params["dense_1/kernel"]
    assert (kernel[0] + case.inputs["x"] @ kernel[1:]).min() > 37 and 1 / (1 + np.exp(-37.0)) == 1


def test_what_is_left_of_the_saturated_training_has_its_path():
    """All 1,593 pictures for 40 steps, by which J has settled, and the ten outputs alone."""
    whole, left = (reference_impl.run(case).outputs for case in (n13.training(steps=40), n13.saturated_training(steps=40)))
    assert (whole["dense_1/kernel"] == n13.training(steps=1).params["dense_1/kernel"]).all(), "no hidden weight moves"
    np.testing.assert_allclose(whole["loss"], left["loss"], rtol=1e-12)
    np.testing.assert_allclose(whole["dense_2/kernel"], left["dense/kernel"], rtol=0, atol=1e-12)


def test_ten_thousand_steps_end_at_the_figures():
    figures = n13.figures()
    path = reference_impl.run(n13.saturated_training(steps=10_000)).outputs
    ended = {**figures.params, "dense_2/kernel": path["dense/kernel"][-1]}
    case = figures.replaced(params=ended)
    assert all(row.met for row in golden_rows([case])) and len(case.golden) == 6
    y = forward(case, ended, case.inputs)[0]["y"]
    assert set(y.argmax(1) + 1) == {2}, "label 2 for every picture"
    np.testing.assert_allclose(y, y[:1].repeat(len(y), 0), rtol=1e-14)  # a kernel may sum the last rows in another order
    np.testing.assert_allclose(ended["dense_2/kernel"], figures.params["dense_2/kernel"], atol=1e-11)


def test_centred_weights_see_the_pictures():
    path = reference_impl.run(n13.training(-0.5, 0.5, steps=300)).outputs
    case = n13.training(-0.5, 0.5, steps=1)
    y = forward(case, {name: path[name][-1] for name in case.params}, case.inputs)[0]["y"]
    entropy = reference_impl.run(n13.saturated_training(steps=40)).outputs["loss"][-1]
    assert path["loss"][-1] < 0.7 * entropy
    assert (y.argmax(1) == pictures()[1]).mean() > 0.4


@pytest.mark.parametrize("name", ["n13-mlp-float64-figures", "n13-mlp-float64-positive"])
def test_trouble_is_named(name):
    assert [trouble.id for trouble in of_case(cases.named(name))] == ["trouble-positive-weights"]


@pytest.mark.live
@pytest.mark.parametrize("oracle", oracles.NAMES)
@pytest.mark.parametrize("low", [0.0, -0.5])
def test_training_on_all_pictures_agrees(oracle, low, load_oracle):
    module, case = load_oracle(oracle), n13.training(low, low + 1, steps=5)
    row = judge(case, module.run(case), implementation=oracle, version=module.version())
    assert row.verdict == "agrees", [str(a) for a in row.agreements if not a.ok]
