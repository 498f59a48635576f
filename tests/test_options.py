"""Every option of every layer, loss and optimizer: its choices, its default, and what a wrong value is told. No framework."""

import inspect
import re
import sys

import numpy as np
import pytest

from nnparity import cases
from nnparity.reference_impl.activations import (
    ACTIVATIONS,
    activate,
    elu,
    gelu,
    hard_sigmoid,
    leaky_relu,
    sigmoid_activation,
    softplus,
)
from nnparity.reference_impl.layers import gru, lstm, simple_rnn
from nnparity.reference_impl.network import LAYERS
from nnparity.reference_impl.optimizers import OPTIMIZERS

ELEMENTWISE = tuple(name for name in ACTIVATIONS if name not in ("softmax", "log_softmax"))
OVER_EXAMPLES = ("mean", "sum", "batch_mean", "none")
OVER_ELEMENTS = (*OVER_EXAMPLES, "feature_mean", "per_class")
GATED = dict(kernel=(3, 2, 5), recurrent_kernel=(3, 5, 5), bias=(3, 5), recurrent_bias=(3, 5))
LSTM = dict(kernel=(4, 2, 5), recurrent_kernel=(4, 5, 5), bias=(4, 5), recurrent_bias=(4, 5), peephole=(3, 5))
SIMPLE = dict(kernel=(2, 5), recurrent_kernel=(5, 5), bias=(5,), recurrent_bias=(5,))
SEQUENCE = dict(x=(2, 4, 2))
SCALE_AND_SHIFT = dict(gamma=(4,), beta=(4,))

# kind -> shapes of its parameters and inputs
SHAPES = {
    "activation": ({}, dict(x=(3, 4))),
    "average_pool1d": ({}, dict(x=(2, 3, 9))),
    "average_pool2d": ({}, dict(x=(2, 3, 9, 8))),
    "batch_norm": (SCALE_AND_SHIFT, dict(x=(7, 4, 4), running_mean=(4,), running_variance=(4,))),
    "binary_cross_entropy": ({}, dict(x=(6, 4), target=(6, 4))),
    "categorical_cross_entropy": ({}, dict(x=(6, 4), target=(6, 4))),
    "conv1d": (dict(kernel=(4, 2, 3), bias=(4,)), dict(x=(2, 2, 9))),
    "conv2d": (dict(kernel=(4, 2, 3, 2), bias=(4,)), dict(x=(2, 2, 9, 8))),
    "dense": (dict(kernel=(3, 4), bias=(4,)), dict(x=(5, 3))),
    "dropout": ({}, dict(x=(5, 3), mask=(5, 3))),
    "flatten": ({}, dict(x=(2, 3, 4))),
    "gru": (GATED, SEQUENCE),
    "layer_norm": (SCALE_AND_SHIFT, dict(x=(7, 4))),
    "lstm": (LSTM, SEQUENCE),
    "max_pool1d": ({}, dict(x=(2, 3, 9))),
    "max_pool2d": ({}, dict(x=(2, 3, 9, 8))),
    "simple_rnn": (SIMPLE, SEQUENCE),
    "softmax_cross_entropy": ({}, dict(x=(6, 4), target=(6, 4))),
    "squared_error": ({}, dict(x=(6, 4), target=(6, 4))),
}


def drawn(kind):
    """Numbers between 0 and 1, so that they will do for probabilities and variances as well."""
    rng = np.random.default_rng(0)
    return tuple({name: rng.uniform(0.01, 0.99, shape) for name, shape in shapes.items()} for shapes in SHAPES[kind])


# kind, an option, its choices, and what must be given beside it
CHOICES = [
    ("activation", "function", ACTIVATIONS, {}),
    ("average_pool1d", "divisor", ("window", "cells"), {"size": 2}),
    ("average_pool2d", "divisor", ("window", "cells"), {"size": 2}),
    ("batch_norm", "mode", ("training", "inference"), {}),
    ("batch_norm", "axis", (1, -1), {}),
    ("batch_norm", "momentum_of", ("old", "new"), {}),
    ("batch_norm", "running_divisor", ("n", "n-1"), {}),
    ("binary_cross_entropy", "prediction", ("probabilities", "logits"), {}),
    ("binary_cross_entropy", "clip", ("none", "probability", "log"), {}),
    ("binary_cross_entropy", "clip", ("none",), {"prediction": "logits"}),
    ("binary_cross_entropy", "reduction", OVER_ELEMENTS, {}),
    ("categorical_cross_entropy", "labels", ("one_hot", "sparse"), {}),
    ("categorical_cross_entropy", "clip", ("none", "probability"), {}),
    ("categorical_cross_entropy", "normalise", ("none", "before_clip", "after_clip"), {}),
    ("categorical_cross_entropy", "reduction", OVER_EXAMPLES, {}),
    ("conv1d", "activation", ACTIVATIONS, {}),
    ("conv2d", "activation", ACTIVATIONS, {}),
    ("dense", "activation", ACTIVATIONS, {}),
    ("dense", "bias", ("vector", "none", "kernel_first_row", "kernel_last_row"), {}),
    ("dropout", "scaling", ("inverted", "none"), {"rate": 0.5}),
    ("flatten", "order", ("as_stored", "channels_first"), {"axes": 2}),
    ("gru", "reset", ("after", "before"), {}),
    ("gru", "recurrent_bias", ("inside", "outside", "none"), {}),
    ("gru", "update", ("keep", "replace"), {}),
    ("lstm", "recurrent_bias", ("separate", "none"), {}),
    ("lstm", "peepholes", (False, True), {}),
    ("lstm", "activation", ELEMENTWISE, {}),
    ("lstm", "cell_activation", ELEMENTWISE, {}),
    ("lstm", "gate_activation", ELEMENTWISE, {}),
    ("simple_rnn", "recurrent_bias", ("separate", "none"), {}),
    ("simple_rnn", "activation", ELEMENTWISE, {}),
    ("softmax_cross_entropy", "labels", ("one_hot", "sparse"), {}),
    ("softmax_cross_entropy", "reduction", OVER_EXAMPLES, {}),
    ("squared_error", "scale", ("full", "half"), {}),
    ("squared_error", "reduction", OVER_ELEMENTS, {}),
]


def refuses(function, kind, option, choices):
    """The message names the layer, the option, what was got and every choice."""
    words = f"{kind}: {option}='mispelt' is not a convention; choose one of {', '.join(map(repr, choices))}"
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        function()


@pytest.mark.parametrize("kind, option, choices, beside", CHOICES)
def test_a_misspelt_option_is_told_the_choices(kind, option, choices, beside):
    refuses(lambda: LAYERS[kind](*drawn(kind), **beside, **{option: "mispelt"}), kind, option, choices)


@pytest.mark.parametrize("name, option, choices", [
    ("momentum", "rate_in", ("update", "velocity")),
    ("rmsprop", "epsilon_in", ("outside", "inside")), ("rmsprop", "rate_in", ("update", "velocity")),
    ("adam", "epsilon_in", ("outside", "hat")), ("adam", "decay", ("gradient", "decoupled"))])
def test_a_misspelt_option_of_an_optimizer_is_told_the_choices(name, option, choices):
    one = np.ones(2)
    refuses(lambda: OPTIMIZERS[name](one, one, {}, 1, 0.1, **{option: "mispelt"}), name, option, choices)


@pytest.mark.parametrize("function, option, choices", [(hard_sigmoid, "form", ("sixth", "fifth")),
                                                       (gelu, "approximate", ("erf", "tanh"))])
def test_a_misspelt_option_of_an_activation_is_told_the_choices(function, option, choices):
    refuses(lambda: function(np.ones(2), **{option: "mispelt"}), function.__name__, option, choices)


def test_an_option_that_the_activation_has_not_is_told_those_that_it_has():
    with pytest.raises(ValueError, match="^dense: option of elu='slope' is not a convention; choose one of 'alpha'$"):
        activate("dense", "elu", np.ones(2), {"slope": 0.1})
    with pytest.raises(ValueError, match="^activation: option of relu='slope' is not a convention"):
        LAYERS["activation"]({}, {"x": np.ones(2)}, function="relu", slope=0.1)


# kind, what is given, and the documented defaults of what is not
DEFAULTS = [
    ("activation", {"function": "leaky_relu"}, {"slope": 0.01}),
    ("average_pool1d", {"size": 2}, {"stride": 2, "padding": "valid", "divisor": "window"}),
    ("average_pool1d", {"size": 2, "padding": "same"}, {"divisor": "window"}),
    ("average_pool2d", {"size": (2, 3)}, {"stride": (2, 3), "padding": "valid", "divisor": "window"}),
    ("batch_norm", {}, {"mode": "training", "axis": 1, "epsilon": 1e-5, "momentum": 0.9, "momentum_of": "old",
                        "running_divisor": "n"}),
    ("binary_cross_entropy", {}, {"prediction": "probabilities", "clip": "none", "reduction": "mean", "axes": 2}),
    ("binary_cross_entropy", {"clip": "probability"}, {"epsilon": 1e-7}),
    ("categorical_cross_entropy", {}, {"labels": "one_hot", "clip": "none", "normalise": "none", "reduction": "mean",
                                       "axes": 2}),
    ("categorical_cross_entropy", {"clip": "probability"}, {"epsilon": 1e-7}),
    ("conv1d", {}, {"stride": 1, "dilation": 1, "groups": 1, "padding": "valid", "activation": "linear"}),
    ("conv2d", {}, {"stride": (1, 1), "dilation": (1, 1), "groups": 1, "padding": "valid", "activation": "linear"}),
    ("dense", {}, {"activation": "linear", "bias": "vector", "bias_input": 1.0}),
    ("dense", {"bias": "kernel_last_row"}, {"bias_input": 1.0}),
    ("dropout", {"rate": 0.5}, {"scaling": "inverted"}),
    ("flatten", {"axes": 2}, {"order": "as_stored"}),
    ("gru", {}, {"reset": "after", "recurrent_bias": "inside", "update": "keep"}),
    ("layer_norm", {}, {"epsilon": 1e-5}),
    ("lstm", {}, {"recurrent_bias": "separate", "activation": "tanh", "cell_activation": "tanh", "gate_activation": "sigmoid",
                  "forget_bias": 0.0, "peepholes": False, "truncate": None}),
    ("max_pool1d", {"size": 2}, {"stride": 2, "padding": "valid"}),
    ("max_pool2d", {"size": (2, 3)}, {"stride": (2, 3), "padding": "valid"}),
    ("simple_rnn", {}, {"recurrent_bias": "separate", "activation": "tanh"}),
    ("softmax_cross_entropy", {}, {"labels": "one_hot", "reduction": "mean", "axes": 2}),
    ("squared_error", {}, {"scale": "full", "reduction": "mean", "axes": 2}),
]


def answer(kind, config):
    params, inputs = drawn(kind)
    if config.get("bias") == "kernel_last_row":
        inputs["x"] = inputs["x"][:, 1:]
    if config.get("clip") == "probability":
        inputs["x"].flat[:2] = 1e-8, 1 - 1e-8  # beyond the bounds
    outputs, vjp = LAYERS[kind](params, inputs, **config)
    return {**outputs, **{f"d {k}": g for k, g in vjp({k: np.cos(a) for k, a in outputs.items()}).items()}}


@pytest.mark.parametrize("kind, given, defaults", DEFAULTS)
def test_what_is_not_given_is_the_documented_default(kind, given, defaults):
    short, long = answer(kind, given), answer(kind, given | defaults)
    assert short.keys() == long.keys()
    for name, a in long.items():
        np.testing.assert_array_equal(short[name], a)


@pytest.mark.parametrize("layer, kind, defaults", [
    (gru, "gru", {"reset": "after", "recurrent_bias": "inside", "update": "keep"}),
    (lstm, "lstm", {"recurrent_bias": "separate", "activation": "tanh", "cell_activation": "tanh",
                    "gate_activation": "sigmoid", "forget_bias": 0.0, "peepholes": False, "truncate": None}),
    (simple_rnn, "simple_rnn", {"recurrent_bias": "separate", "activation": "tanh"})])
def test_the_defaults_of_unroll_are_those_of_the_layer(layer, kind, defaults):
    (short, short_steps), (long, long_steps) = layer.unroll(*drawn(kind)), layer.unroll(*drawn(kind), **defaults)
    np.testing.assert_array_equal(short["y"], long["y"])
    for a, b in zip(short_steps, long_steps, strict=True):
        assert a.keys() == b.keys()
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])


def test_unroll_heeds_the_options():
    for layer, kind, config in ((gru, "gru", {"update": "replace"}), (lstm, "lstm", {"forget_bias": 1.0, "truncate": 1}),
                                (simple_rnn, "simple_rnn", {"activation": "relu"})):
        outputs, _ = LAYERS[kind](*drawn(kind), **config)
        np.testing.assert_array_equal(layer.unroll(*drawn(kind), **config)[0]["y"], outputs["y"])
        assert (layer.unroll(*drawn(kind))[0]["y"] != outputs["y"]).any()


@pytest.mark.parametrize("function, at, default", [
    (sigmoid_activation, 0.7, {"beta": 1.0}), (hard_sigmoid, 0.7, {"form": "sixth"}), (leaky_relu, -0.7, {"slope": 0.01}),
    (elu, -0.7, {"alpha": 1.0}), (gelu, 0.7, {"approximate": "erf"}), (softplus, 700.0, {"threshold": np.inf})])
def test_the_defaults_of_activations(function, at, default):
    a = np.array([at])
    assert function(a)[0] == function(a, **default)[0]
    assert function(a)[1](a) == function(a, **default)[1](a)


@pytest.mark.parametrize("name, defaults", [
    ("sgd", {"weight_decay": 0.0}), ("momentum", {"beta": 0.9, "nesterov": False, "rate_in": "update"}),
    ("corrected_momentum", {"beta": 0.903}),
    ("rmsprop", {"rho": 0.9, "epsilon": 1e-7, "momentum": 0.0, "centered": False, "epsilon_in": "outside",
                 "rate_in": "update"}),
    ("adam", {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0, "epsilon_in": "outside",
              "decay": "gradient"})])
def test_the_defaults_of_optimizers(name, defaults):
    """Over two steps with different rates, from a state that is not zero."""
    rng = np.random.default_rng(0)
    short = long = rng.standard_normal(5)
    short_state, long_state = {}, {}
    for t in (1, 2, 3):
        g, rate = rng.standard_normal(5), 0.1 / t
        short, short_state = OPTIMIZERS[name](short, g, short_state, t, rate)
        long, long_state = OPTIMIZERS[name](long, g, long_state, t, rate, **defaults)
        np.testing.assert_array_equal(short, long)


@pytest.mark.parametrize("s", [-1.0, 1.0, 2.0])
@pytest.mark.parametrize("bias", ["kernel_first_row", "kernel_last_row"])
@pytest.mark.parametrize("lead", [(), (2,)], ids=["alone", "leading axis"])
def test_a_bias_row_is_the_weights_of_a_constant_input(s, bias, lead):
    """y = [s, x] K is y = x K' + s b, forwards and backwards."""
    rng = np.random.default_rng(0)
    x, K, b, dy = (rng.standard_normal((*lead, *shape)) for shape in ((5, 3), (3, 4), (1, 4), (5, 4)))
    rows = [b, K] if bias == "kernel_first_row" else [K, b]
    y, vjp = LAYERS["dense"]({"kernel": np.concatenate(rows, axis=-2)}, {"x": x}, bias=bias, bias_input=s)
    np.testing.assert_allclose(y["y"], x @ K + s * b, rtol=1e-12)
    grads = vjp({"y": dy})
    rows = [s * dy.sum(-2, keepdims=True), x.mT @ dy]
    np.testing.assert_allclose(grads["kernel"], np.concatenate(rows if bias == "kernel_first_row" else rows[::-1], axis=-2),
                               rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(grads["x"], dy @ K.mT, rtol=1e-12, atol=1e-12)


def test_nesterov_momentum_by_hand():
    """v' = β v + g, p' = p - η (g + β v');  with the rate in the velocity v' = β v - η g, p' = p + β v' - η g."""
    p, g, v = np.array([1.0, -2.0]), np.array([0.5, 0.25]), np.array([3.0, 5.0])
    after, state = OPTIMIZERS["momentum"](p, g, {"velocity": v}, 2, 0.1, beta=0.5, nesterov=True)
    np.testing.assert_allclose(state["velocity"], [2.0, 2.75], rtol=1e-15)
    np.testing.assert_allclose(after, [1 - 0.1 * 1.5, -2 - 0.1 * 1.625], rtol=1e-15)
    after, state = OPTIMIZERS["momentum"](p, g, {"velocity": v}, 2, 0.1, beta=0.5, nesterov=True, rate_in="velocity")
    np.testing.assert_allclose(state["velocity"], [1.45, 2.475], rtol=1e-15)
    np.testing.assert_allclose(after, [1 + 0.725 - 0.05, -2 + 1.2375 - 0.025], rtol=1e-15)


def test_the_state_of_rmsprop_by_hand():
    """s = ρ s + (1 - ρ) g², m = ρ m + (1 - ρ) g, v = β v + d."""
    g, before = np.array([2.0]), {"square": np.array([3.0]), "mean": np.array([0.5]), "velocity": np.array([7.0])}
    after, state = OPTIMIZERS["rmsprop"](np.zeros(1), g, before, 2, 0.1, rho=0.75, momentum=0.5, centered=True, epsilon=0.0)
    d = 2 / np.sqrt(3.25 - 0.875**2)
    np.testing.assert_allclose([state["square"], state["mean"], state["velocity"]], [[3.25], [0.875], [3.5 + d]], rtol=1e-15)
    np.testing.assert_allclose(after, [-0.1 * (3.5 + d)], rtol=1e-15)


# ------------------------------------------------------------------------------------ numbers outside their range


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5])
def test_a_dropout_rate_outside_its_range_is_refused(rate):
    with pytest.raises(ValueError, match=rf"^dropout: rate={rate} is not in \[0, 1\)$"):
        LAYERS["dropout"](*drawn("dropout"), rate=rate)


def test_a_dropout_rate_of_zero_keeps_everything():
    x = np.arange(6.0)
    np.testing.assert_array_equal(LAYERS["dropout"]({}, {"x": x, "mask": np.ones(6)}, rate=0)[0]["y"], x)


@pytest.mark.parametrize("tokens, words", [([0, 5], "0 to 5"), ([-1, 4], "-1 to 4")])
def test_a_token_outside_the_table_is_refused(tokens, words):
    table = {"table": np.ones((5, 2))}
    with pytest.raises(ValueError, match=f"^embedding: tokens {words} in a table of 5 rows$"):
        LAYERS["embedding"](table, {"x": np.array([tokens])})
    assert LAYERS["embedding"](table, {"x": np.array([[0, 4]])})[0]["y"].shape == (1, 2, 2)
    assert LAYERS["embedding"]({"table": np.ones((1, 2))}, {"x": np.array([[0, 0]])})[0]["y"].shape == (1, 2, 2)


@pytest.mark.parametrize("kind", ["categorical_cross_entropy", "softmax_cross_entropy"])
@pytest.mark.parametrize("labels, words", [([0, 4], "0 to 4"), ([-1, 3], "-1 to 3")])
def test_a_label_that_is_no_class_is_refused(kind, labels, words):
    x = np.full((2, 4), 0.25)
    with pytest.raises(ValueError, match=f"^{kind}: labels {words}, but there are 4 classes$"):
        LAYERS[kind]({}, {"x": x, "target": np.array(labels)}, labels="sparse")
    LAYERS[kind]({}, {"x": x, "target": np.array([0, 3])}, labels="sparse")
    LAYERS[kind]({}, {"x": x[:, :1], "target": np.array([0, 0])}, labels="sparse")


@pytest.mark.parametrize("kind", ["embedding", "softmax_cross_entropy"])
def test_no_example_at_all_is_no_error(kind):
    params, inputs, config = {
        "embedding": ({"table": np.ones((5, 2))}, {"x": np.zeros((0, 3), int)}, {}),
        "softmax_cross_entropy": ({}, {"x": np.ones((0, 4)), "target": np.zeros(0, int)},
                                  {"labels": "sparse", "reduction": "sum"})}[kind]
    y = LAYERS[kind](params, inputs, **config)[0]["y"]
    assert y.shape == (0, 3, 2) if kind == "embedding" else y == 0


@pytest.mark.parametrize("axes", [0, 3])
def test_flatten_keeps_a_batch_axis(axes):
    with pytest.raises(ValueError, match=rf"^flatten: axes={axes} of x with shape \(2, 3, 4\) would leave no batch axis$"):
        LAYERS["flatten"](*drawn("flatten"), axes=axes)


@pytest.mark.parametrize("axes, shape", [(1, (2, 3, 4)), (2, (2, 12))])
def test_flatten_takes_any_number_of_axes_behind_the_batch(axes, shape):
    assert LAYERS["flatten"](*drawn("flatten"), axes=axes)[0]["y"].shape == shape


def test_a_constant_for_the_bias_needs_a_row_that_takes_it():
    with pytest.raises(ValueError, match="^dense: bias_input=2.0 needs a bias that is a row of the kernel, not bias='vector'$"):
        LAYERS["dense"](*drawn("dense"), bias_input=2.0)


def test_a_gru_that_resets_first_has_no_product_for_a_bias_inside():
    with pytest.raises(ValueError, match='^gru: reset="before" has no recurrent product inside the reset gate; '
                                         'use recurrent_bias="outside" or "none"$'):
        LAYERS["gru"](*drawn("gru"), reset="before", recurrent_bias="inside")


def test_a_negative_window_is_refused():
    with pytest.raises(ValueError, match="^lstm: truncate=-1 is no window; 0 keeps the gradient in its own step, None is full$"):
        LAYERS["lstm"](*drawn("lstm"), truncate=-1)


@pytest.mark.parametrize("left_out", ["running_mean", "running_variance"])
def test_inference_needs_both_running_statistics(left_out):
    params, inputs = drawn("batch_norm")
    del inputs[left_out]
    with pytest.raises(ValueError, match="^batch_norm: inference needs the inputs running_mean and running_variance$"):
        LAYERS["batch_norm"](params, inputs, mode="inference")


def test_softmax_along_an_axis_counted_from_the_front_is_refused():
    for axis in (0, 1):
        with pytest.raises(ValueError, match=f"^softmax: axis={axis} must count from the end"):
            LAYERS["activation"](*drawn("activation"), function="softmax", axis=axis)


@pytest.mark.parametrize("kind, config, words", [
    ("conv2d", {"groups": 2}, "conv2d: 2 channels and 4 filters in 2 groups do not fit a kernel over 2 channels"),
    ("conv1d", {"dilation": 5}, "conv1d: a window of (11,) does not fit into (9,) (padding included)"),
    ("conv1d", {"stride": 0}, "conv1d: size=(3,), stride=(0,), dilation=(1,); 1 whole numbers of at least 1 wanted for each"),
    ("conv2d", {"padding": "full"}, "conv2d: padding='full' is not 'valid', 'same', 'same_lower' or 2 pairs (before, after) "
                                    "of cells"),
    ("max_pool1d", {"size": 2, "padding": ((0, 2),)}, "max_pool1d: padding=((0, 2),) gives windows of size (2,) that hold "
                                                      "nothing but padding"),
    ("average_pool2d", {"size": 10}, "average_pool2d: a window of (10, 10) does not fit into (9, 8) (padding included)"),
    ("average_pool1d", {"size": 10}, "average_pool1d: a window of (10,) does not fit into (9,) (padding included)"),
    ("max_pool2d", {"size": 10}, "max_pool2d: a window of (10, 10) does not fit into (9, 8) (padding included)"),
    ("max_pool1d", {"size": 10}, "max_pool1d: a window of (10,) does not fit into (9,) (padding included)"),
], ids=str)
def test_windows_that_do_not_fit_are_refused(kind, config, words):
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        LAYERS[kind](*drawn(kind), **config)


@pytest.mark.parametrize("name", ["gru", "lstm", "simple_rnn"])
def test_recurrent_layer_refuses_an_input_of_other_features(name):
    """One feature would be repeated without a word, as NumPy does."""
    case = next(c for c in cases.all_cases() if c.name.startswith(name) and c.name.endswith("float64-generic"))
    features = case.params["kernel"].shape[-2]
    with pytest.raises(ValueError, match=f"^{name}: x has 1 features, its kernel takes {features}$"):
        LAYERS[name](case.params, {**case.inputs, "x": case.inputs["x"][..., :1]}, **case.layers[0].config)


OF_FRAMEWORKS = {"count_include_pad", "reset_after", "linear_before_reset"}  # named beside ours, to say which is which


@pytest.mark.parametrize("function", [*LAYERS.values(), *OPTIMIZERS.values()], ids=[*LAYERS, *OPTIMIZERS])
def test_every_option_that_is_documented_is_one(function):
    """A docstring that says rate="update" of what is called rate_in would send a reader into an error."""
    module = sys.modules[function.__module__]
    documented = re.findall(r'\b([a-z_]+)=["0-9TF]', f"{module.__doc__} {function.__doc__}")
    functions = [f for f in vars(module).values() if inspect.isfunction(f)]
    options = {parameter.name for f in functions for parameter in inspect.signature(f).parameters.values()
               if parameter.kind is parameter.KEYWORD_ONLY}
    assert set(documented) <= options | OF_FRAMEWORKS
