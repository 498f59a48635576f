"""The listings of the first document, N01, N03, N04 and N05: each mistake alone and all together is named, and no other."""

import numpy as np
import pytest
from documents import n01, n03, n04, n05

from nnparity import cases, reference_impl
from nnparity.cases.case import Result
from nnparity.reference_impl.defaults import defaults
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.asking.training_contract import training_config
from nnparity.reports.verdicts.run import row_of

N01 = {
    "K01": "upstream gradient replaced by ReLU' (K01)",
    "K02": "kernel gradient correlates the upstream gradient with the layer's output (K02)",
    "K03": "gradient loops run over the kernel's extent (K03)",
    "K04": "gradient of kernel is of the opposite sign",
    "K05": "on the way back each channel meets one filter only: channel c filter c mod F (K05)"}
N03 = {
    "K06": "weight gradient of the last layer uses the input of the layer before (K06)",
    "K07": "upstream gradient replaced by ReLU' of itself (K07)",
    "K08": "weight gradient uses the layer's pre-activation instead of its input in layer hidden (K08)",
    "K09": "the state h is added where the next step's gradient belongs (K09)",
    "K10": "the cell state is added where the next step's gradient belongs (K10)",
    "K11": "gradient assigned at each step of the way back: the first step's remains in layer head (K11)"}
SQUARE = {"K06", "K08"}  # a shape error in other sizes
POSITIVE = ("relu", "elu", "leaky_relu")
ELU_AT_OUTPUT = "ELU' evaluated at the output (K12)"
ANEW = "velocity or moments start from zero at every example (K14)"
N05 = {
    "K14": ANEW, "K15": "bias correction with exponent t + 1 (K15)", "K16": "velocity kept on the deltas (K16)",
    "epochs": "bias correction counts passes over the data, not updates",
    "stored": "bias-corrected velocity stored and corrected again"}


def joined(value):
    """The id of a test: a set has no order of its own."""
    return value if isinstance(value, str) else "-".join(sorted(value)) or "none"


def argument(name):
    return f"hidden layers use the derivative of the argument, {name}, whatever they compute (K13)"


def row(case, outputs, grads):
    return row_of("listing", Answer(case=case, result=Result(outputs=outputs, grads=grads)))


def asked(listing, name, *mistakes, **arguments):
    case = cases.named(f"{name}-float64" if "float64" not in name else name)
    if case.training:
        path = listing(case.params, case.inputs, training_config(case), frozenset(mistakes), **arguments)
        return row(case, path, {})
    config = [{layer.name: {**defaults(layer.kind), **layer.config} for layer in case.network}] if listing is n04.n04 else []
    return row(case, *listing(case.params, case.inputs, case.cotangents, *config, frozenset(mistakes), **arguments))


def named(found):
    """The titles of what explains everything, or nothing."""
    assert found.verdict == "mistake", [e.title for e in found.diagnosis]
    return {cause.told.title for cause in found.diagnosis[0].causes} if found.diagnosis[0].complete else set()


# ------------------------------------------------------------------------------------------------------------------ N01


@pytest.mark.parametrize("point", ["generic", "square", "nobias", "single", "listing-nobias", "deep"])
def test_repaired_layer_agrees(point):
    assert asked(n01.n01, f"n01-cnn-{point}").ok


@pytest.mark.parametrize("point", ["generic", "single", "listing-nobias", "deep"])
@pytest.mark.parametrize("mistake", ["K01", "K04", "K05"])
def test_each_mistake_of_the_layer_is_named(point, mistake):
    assert named(asked(n01.n01, f"n01-cnn-{point}", mistake)) == {N01[mistake]}


def test_loops_over_the_kernel_are_named():
    """Where the bias's gradient is summed apart, the loops are those of kernel and input alone."""
    assert named(asked(n01.n01, "n01-cnn-listing-nobias", "K03")) == {N01["K03"]}
    assert named(asked(n01.n01, "n01-cnn-generic", "K03")) == {
        "loops of kernel and input gradient run over the kernel's extent (K03)"}


def test_pieces_of_the_output_fit_beside_loops_over_the_kernel_only():
    assert named(asked(n01.n01, "n01-cnn-listing-nobias", "K02", "K03")) == {N01["K02"], N01["K03"]}
    with pytest.raises(ValueError, match="broadcast"):
        asked(n01.n01, "n01-cnn-listing-nobias", "K02")
    with pytest.raises(ValueError, match="broadcast"):
        asked(n01.n01, "n01-cnn-generic", *n01.AS_POSTED)


@pytest.mark.parametrize("repaired", [set(), {"K01"}, {"K04"}, {"K05"}, {"K02"}, {"K01", "K04"}], ids=joined)
def test_layer_as_posted(repaired):
    left = n01.AS_POSTED - repaired
    assert named(asked(n01.n01, "n01-cnn-listing-nobias", *left)) == {N01[mistake] for mistake in left}


# ------------------------------------------------------------------------------------------------------------------ N03


@pytest.mark.parametrize("point", ["generic", "square", "single", "stateful"])
def test_repaired_lstm_agrees(point):
    assert asked(n03.n03, f"n03-lstm-{point}").ok


@pytest.mark.parametrize("point", ["generic", "square", "single", "stateful"])
@pytest.mark.parametrize("mistake", sorted(N03))
def test_each_mistake_of_the_lstm_is_named(point, mistake):
    if mistake in SQUARE and point != "square":
        with pytest.raises(ValueError, match="broadcast"):
            asked(n03.n03, f"n03-lstm-{point}", mistake)
    else:
        assert named(asked(n03.n03, f"n03-lstm-{point}", mistake)) == {N03[mistake]}


@pytest.mark.parametrize("point", ["generic", "stateful", "square"])
def test_states_for_both_gradients_are_named(point):
    assert named(asked(n03.n03, f"n03-lstm-{point}", "K09", "K10")) == {N03["K09"], N03["K10"]}


@pytest.mark.parametrize("point, repaired", [("square", set()), ("square", {"K08"}), ("square", {"K06", "K11"}),
                                             ("generic", SQUARE), ("stateful", SQUARE)], ids=joined)
def test_lstm_as_posted(point, repaired):
    left = n03.AS_POSTED - repaired
    assert named(asked(n03.n03, f"n03-lstm-{point}", *left)) == {N03[mistake] for mistake in left}


# ------------------------------------------------------------------------------------------------------------------ N04


@pytest.mark.parametrize("activation", n04.FUNCTIONS)
def test_repaired_nodes_agree(activation):
    assert asked(n04.n04, f"n04-mlp-float64-{activation}").ok


@pytest.mark.parametrize("told", n04.FUNCTIONS)
@pytest.mark.parametrize("activation", n04.FUNCTIONS)
def test_nodes_as_posted(activation, told):
    """With the argument told as the nodes are, only ELU's derivative is wrong, at the output where it is not."""
    found = asked(n04.n04, f"n04-mlp-float64-{activation}", *n04.AS_POSTED, argument=told)
    expected = {ELU_AT_OUTPUT} if activation == "elu" else set()
    expected |= {argument(told)} if told != activation else set()
    if activation == "sigmoid" and told in POSITIVE:  # a sigmoid is never negative: all three have the derivative one there
        assert {e.title for e in found.diagnosis if e.complete} >= set(map(argument, POSITIVE))
    else:
        assert named(found) == expected if expected else found.ok, [e.title for e in found.diagnosis]


# ------------------------------------------------------------------------------------------------------------------ N05


def test_repaired_momentum_agrees():
    assert asked(n05.n05_training, "n05-training").ok


@pytest.mark.parametrize("mistake", sorted(N05))
def test_each_mistake_of_the_momentum_is_named(mistake):
    assert named(asked(n05.n05_training, "n05-training", mistake)) == {N05[mistake]}


def test_momentum_as_posted():
    """Velocities that begin at zero each time are not seen to be of deltas, nor to be stored corrected. What counts passes, and
    one too many, is one mistake or two."""
    late = {"bias correction with exponent epoch + 1: passes are counted, and one too many (K15)"}
    found = named(asked(n05.n05_training, "n05-training", *n05.AS_POSTED))
    assert found in ({N05["K14"]} | late, {N05["K14"], N05["K15"], N05["epochs"]})
    found = named(asked(n05.n05_training, "n05-training", *n05.AS_POSTED - {"K14", "K16", "stored"}))
    assert found in (late, {N05["K15"], N05["epochs"]})


def test_derivative_of_the_argument_shows_in_the_training():
    assert named(asked(n05.n05_training, "n05-training", "K13", argument="sigmoid")) == {argument("sigmoid")}


def test_a_corrected_velocity_that_carries_over_blows_up():
    """Why K14 cannot be repaired alone."""
    case = cases.named("n05-training-float64")
    path = n05.n05_training(case.params, case.inputs, training_config(case), frozenset({"K15", "epochs", "stored"}))
    assert abs(path["dense_3/kernel"][10]).max() > 100 * abs(case.params["dense_3/kernel"]).max()


# ----------------------------------------------------------------------------------------------------- where numbers part


def moved(case, rng):
    """The right answer with the gradient of the second layer off wherever it is not zero."""
    right = reference_impl.run(case)
    kernel = right.grads["dense_2/kernel"]
    return row(case, right.outputs, {**right.grads, "dense_2/kernel": kernel * rng.uniform(1.5, 2.5, kernel.shape)}).diagnosis[0]


def with_dead_units(case):
    """Every second unit of the first layer is off for all examples."""
    kernel = -abs(case.params["dense_1/kernel"])
    kernel[:, 1::2] *= -1
    return case.replaced(params={**case.params, "dense_1/kernel": kernel}, inputs={**case.inputs, "x": abs(case.inputs["x"])})


def test_dead_features_are_no_pattern():
    """Behind a ReLU that is off both gradients are zero: that every second feature agrees says nothing about the formula."""
    words = moved(with_dead_units(cases.named("n04-mlp-float64-relu")), np.random.default_rng(0)).told.words
    assert "wrong: every second" not in words and "The rest of it is right" not in words
    assert "Every element of dense_2/kernel that is not zero is off." in words
    assert "Zero on both sides: every second feature from 0 on" in words and "a ReLU that is off" in words


def test_a_pattern_among_live_features_is_told():
    """Features that are wrong and right, none of them dead."""
    case, rng = cases.named("n04-mlp-float64-tanh"), np.random.default_rng(0)
    right = reference_impl.run(case)
    kernel = right.grads["dense_2/kernel"].copy()
    kernel[::2] *= rng.uniform(1.5, 2.5, kernel[::2].shape)
    words = row(case, right.outputs, {**right.grads, "dense_2/kernel": kernel}).diagnosis[0].told.words
    assert "every second feature from 0 on. The rest of it is right." in words and "Zero on both sides" not in words


def test_a_scalar_output_has_no_place():
    case = cases.named("n04-mlp-float64-relu")
    right = reference_impl.run(case)
    found = row(case, {**right.outputs, "loss": np.asarray(right.outputs["loss"] + 0.123)},
                {name: g + 1 for name, g in right.grads.items()}).diagnosis[0]
    assert found.title == "output loss differs"
