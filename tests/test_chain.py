"""The chain, its judges and its training, where the cases do not look: words, defaults, replaced layers. No framework."""

import re

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Case, Layer, Training, Unsupported
from nnparity.reference_impl import World, network, training
from nnparity.reference_impl.judges import along_a_line, complex_step, direction

GRU = cases.named("gru-after-float64-generic")


def chain(*layers, params=(), x, dy, loss=None, target=None, **about):
    """A small case of any sizes."""
    inputs = {"x": np.asarray(x, float)} | ({} if target is None else {"target": np.asarray(target, float)})
    cotangents = {"y": np.asarray(dy, float)} | ({"loss": np.array(1.0)} if loss else {})
    return Case(name="any", network=layers, params=dict(params), inputs=inputs, cotangents=cotangents, sizes={}, loss=loss,
                constants=frozenset({"target"}) & inputs.keys(), catches="anything", exempt="any sizes", **about)


# ---------------------------------------------------------------------------------------------------- the chain


def test_an_answer_says_what_was_run():
    case = chain(Layer("activation", "one", {"function": "elu", "alpha": 2.0}), Layer("sum", "two"), x=[[1, 2]], dy=[[1]])
    assert reference_impl.run(case).built == "activation(function='elu', alpha=2.0) -> sum()"
    assert reference_impl.version() == f"numpy {np.__version__}"


def test_gradients_come_in_the_order_of_the_case_and_only_what_takes_one():
    answer = reference_impl.run(GRU)
    assert list(answer.grads) == list(GRU.differentiable) and list(answer.outputs) == ["y", "h_n"]


def test_a_layer_that_there_is_not_is_unsupported():
    case = chain(Layer("gruu"), x=[[1, 2]], dy=[[1, 2]])
    words = f"the reference has no layer 'gruu'; it has {', '.join(sorted(network.LAYERS))}"
    with pytest.raises(Unsupported, match=f"^{re.escape(words)}$"):
        reference_impl.run(case)
    with pytest.raises(Unsupported, match="^the reference has no default construction: it computes every variant$"):
        reference_impl.run(chain(Layer("gru", default=True), x=[[1, 2]], dy=[[1, 2]]))


def test_a_cotangent_that_is_missing_is_named():
    words = "gru-after-float64-generic: outputs are ['h_n', 'y'], cotangents are ['y']; every output needs one, but for those " \
            "only observed"
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        reference_impl.run(GRU.replaced(cotangents={"y": GRU.cotangents["y"]}))


def doubled(_params, inputs, **_):
    return {"y": 2 * inputs["x"]}, lambda cotangents: {"x": 2 * cotangents["y"]}


def test_a_replaced_layer_is_the_one_that_is_run_and_judged():
    case = chain(Layer("activation", config={"function": "linear"}), x=[[1, 2]], dy=[[3, 5]])
    world = World({"activation": doubled})
    for answer in (reference_impl.run(case, world), complex_step(case, world)):
        np.testing.assert_array_equal(answer.outputs["y"], [[2, 4]])
        np.testing.assert_array_equal(answer.grads["x"], [[6, 10]])
    along = direction(case)["x"]
    assert along_a_line(case, world=world) == pytest.approx((2 * along * [[3, 5]]).sum(), rel=1e-14)
    assert complex_step(case).built == "complex step on the reference's forward pass"


def test_one_layer_of_a_chain_can_be_replaced():
    names = ("one", "two")
    case = chain(*(Layer("activation", name, {"function": "linear"}) for name in names), x=[[1, 2]], dy=[[3, 5]])
    for layers, factor in (({"activation@two": doubled}, 2), ({"activation@three": doubled}, 1), ({"activation": doubled}, 4)):
        answer = reference_impl.run(case, World({**network.LAYERS, **layers}))
        np.testing.assert_array_equal(answer.outputs["y"], [[factor, 2 * factor]])
        np.testing.assert_array_equal(answer.grads["x"], [[3 * factor, 5 * factor]])


def test_a_loss_and_an_output_before_it_both_send_gradients_back():
    """y = x, loss = Σ (x - t)²: dx = dy + 2 (x - t) · dloss."""
    case = chain(Layer("activation", "first", {"function": "linear"}), x=[[1, 2]], dy=[[10, 20]], target=[[0, 4]],
                 loss=Layer("squared_error", "loss", {"reduction": "sum"}))
    case = case.replaced(inputs={"x": case.inputs["x"], "loss/target": case.inputs["target"]},
                         constants=frozenset({"loss/target"}))
    np.testing.assert_array_equal(reference_impl.run(case).grads["x"], [[12, 16]])


# --------------------------------------------------------------------------------------------------- the judges


def test_a_direction_is_drawn_for_everything_that_takes_a_gradient():
    rng = np.random.default_rng(0)
    v = direction(GRU)
    assert list(v) == list(GRU.differentiable)
    for name, a in GRU.differentiable.items():
        np.testing.assert_array_equal(v[name], rng.standard_normal(a.shape))
    assert (direction(GRU, 1)["x"] != v["x"]).any()


def test_the_line_is_that_of_the_direction_with_the_same_seed():
    grads = reference_impl.run(GRU).grads
    for seed, given in ((0, {}), (3, {"seed": 3})):
        v = direction(GRU, seed)
        assert along_a_line(GRU, **given) == pytest.approx(sum((g * v[k]).sum() for k, g in grads.items()), rel=1e-12)


def test_the_judges_work_in_double_precision_on_a_case_in_single():
    case = GRU.astype("float32")
    assert {a.dtype for a in (*complex_step(case).outputs.values(), *complex_step(case).grads.values())} == {np.dtype(float)}
    assert along_a_line(case) == along_a_line(case.astype("float64"))


def test_a_derivative_of_more_elements_than_are_run_as_one(monkeypatch):
    from nnparity.reference_impl import judges
    whole = complex_step(GRU)
    monkeypatch.setattr(judges, "CHUNK", 5)
    for name, g in complex_step(GRU).grads.items():
        np.testing.assert_allclose(g, whole.grads[name], rtol=1e-13)


# --------------------------------------------------------------------------------------------------- a training


def trained(layers, steps=3, products="", config=None, activation=()):
    case = chain(Layer("dense", config=dict(activation)), params={"kernel": np.array([[0.5], [-0.25]]), "bias": np.array([0.1])},
                 x=[[1, 2], [3, -1], [0.5, 4]], dy=[[1], [2], [3]], target=[[1], [0], [2]], loss=Layer("squared_error", "loss"),
                 training=Training(optimizer="sgd", steps=steps, learning_rates=(0.1,), config=config or {}, products=products))
    case = case.replaced(inputs={"x": case.inputs["x"], "loss/target": case.inputs["target"]},
                         constants=frozenset({"loss/target"}))
    return reference_impl.run(case, *([World(layers)] if layers else []))


def test_a_training_says_what_was_run_and_keeps_the_whole_path():
    path = trained(None)
    assert path.built == "sgd, 3 steps" and path.grads == {}
    assert {name: a.shape for name, a in path.outputs.items()} == {"loss": (3,), "kernel": (3, 2, 1), "bias": (3, 1)}


def test_a_training_runs_replaced_layers():
    still = {**network.LAYERS, "dense": lambda p, i, **_: ({"y": i["x"][:, :1]}, lambda c: {
        "kernel": 0 * p["kernel"], "bias": 0 * p["bias"], "x": c["y"] + np.zeros((1, 2))})}
    np.testing.assert_array_equal(trained(still).outputs["kernel"], np.broadcast_to([[0.5], [-0.25]], (3, 2, 1)))


@pytest.mark.parametrize("products", ["float32", "two lanes"])
@pytest.mark.parametrize("activation", [{}, {"activation": "tanh"}], ids=str)
def test_products_of_a_particular_machine_change_the_rounding_alone(products, activation):
    exact, machine = (trained(None, products=p, activation=activation).outputs for p in ("", products))
    for name, a in exact.items():
        np.testing.assert_allclose(machine[name], a, rtol=1e-5)


def test_a_product_rounded_to_single_precision_keeps_its_dtype():
    x, K = np.array([[1.0, 1e-9]]), np.array([[1.0], [1.0]])
    assert training.rounded(x, K) == 1 and training.rounded(x, K).dtype == np.float64
    assert training.rounded(x.astype("float32"), K.astype("float32")).dtype == np.float32


def test_two_lanes_add_even_and_odd_terms_apart():
    x, K = np.array([[1e16, 1.0, -1e16, 1.0, 3.0]]), np.ones((5, 1))
    assert training.in_two_lanes(x, K) == 5  # one after the other: 4
