"""Recurrent weights in the layouts of hand-written code: there and back, and gradients too. No framework."""

from itertools import permutations

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.oracles.layouts import STYLES
from nnparity.oracles.layouts.styles import GATES, contract, from_steps, fused, separate, steps_of, swapped
from nnparity.reference_impl.layers import gru, lstm, simple_rnn

ONE_LAYER = [cases.named(f"{name}-float64-generic") for name in (
    "gru-after", "gru-before_nobias", "lstm-two_biases", "lstm-one_bias", "lstm-peepholes", "simple_rnn-tanh",
    "simple_rnn-tanh_one_bias")]
FUNCTIONS = {"gru": gru.gru, "lstm": lstm.lstm, "simple_rnn": simple_rnn.simple_rnn}
both = pytest.mark.parametrize("case", ONE_LAYER, ids=str)
styles = pytest.mark.parametrize("style", STYLES)


def same(got, expected):
    assert got.keys() == expected.keys()
    for name, a in expected.items():
        np.testing.assert_array_equal(got[name], a)


@both
@styles
def test_there_and_back(style, case):
    layout = STYLES[style][case.layers[0].kind]
    same(layout.unpack(layout.pack(case.params)), case.params)


@both
@styles
def test_a_small_step_of_the_packed_weights_changes_the_loss_by_the_packed_gradient(style, case):
    """What makes unpacking a gradient right: <g, dw> is the same in both layouts."""
    layout = STYLES[style][case.layers[0].kind]
    grads = {name: g for name, g in reference_impl.run(case).grads.items() if name in case.params}
    rng = np.random.default_rng(0)
    packed = layout.pack(grads)
    step = {name: rng.standard_normal(a.shape) for name, a in packed.items()}
    ours = layout.unpack(step)
    assert sum((g * ours[name]).sum() for name, g in grads.items()) == pytest.approx(
        sum((g * step[name]).sum() for name, g in packed.items()))
    same(layout.unpack(packed), grads)


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_fused_in_every_order(kind):
    case = next(case for case in ONE_LAYER if case.layers[0].kind == kind)
    seen = set()
    for order in map("".join, permutations(GATES[kind])):
        layout = fused(kind, order)
        packed = layout.pack(case.params)
        first = case.params["kernel"][GATES[kind].index(order[0])]
        np.testing.assert_array_equal(packed["W"][:, :first.shape[1]], first)
        same(layout.unpack(packed), case.params)
        seen.add(packed["W"].tobytes())
    assert len(seen) == len(list(permutations(GATES[kind])))


def test_shapes_are_what_the_names_say():
    case = cases.named("lstm-one_bias-float64-generic")
    shapes = {style: {name: a.shape for name, a in STYLES[style]["lstm"].pack(case.params).items()} for style in STYLES}
    assert shapes["separate"]["W_i"] == (7, 5) and shapes["separate"]["b_o"] == (5,)
    assert shapes["separate_columns"]["W_i"] == (5, 7) and shapes["separate_columns"]["b_o"] == (5, 1)
    assert shapes["concatenated_xh"] == {f"W_{k}": (12, 5) for k in "ifgo"} | {f"b_{k}": (5,) for k in "ifgo"}
    assert shapes["concatenated_hx_columns"] == {f"W_{k}": (5, 12) for k in "ifgo"} | {f"b_{k}": (5, 1) for k in "ifgo"}
    assert shapes["fused"] == {"W": (7, 20), "U": (5, 20), "b": (20,)}
    assert shapes["fused_columns"] == {"W": (20, 7), "U": (20, 5), "b": (20, 1)}


def test_the_concatenated_product_is_the_sum_of_both():
    case = cases.named("lstm-one_bias-float64-generic")
    x, h, p = case.inputs["x"][:, 0], case.inputs["h0"], case.params
    expected = x @ p["kernel"][1] + p["bias"][1] + h @ p["recurrent_kernel"][1]
    xh, hx = (STYLES[s]["lstm"].pack(p) for s in ("concatenated_xh", "concatenated_hx_columns"))
    np.testing.assert_allclose(np.hstack([x, h]) @ xh["W_f"] + xh["b_f"], expected)
    np.testing.assert_allclose((hx["W_f"] @ np.hstack([h, x]).T + hx["b_f"]).T, expected)


@pytest.mark.parametrize("case", ONE_LAYER, ids=str)
@pytest.mark.parametrize("style, time_first", [("separate", False), ("fused_columns", True)])
def test_contract_makes_a_function_of_any_style_checkable(style, time_first, case):
    """The reference itself, dressed in a style and undressed by the contract."""
    layer = case.layers[0]

    def dressed(weights, inputs, cotangents):
        turn = swapped if time_first else dict
        outputs, vjp = FUNCTIONS[layer.kind](STYLES[style][layer.kind].unpack(weights), turn(inputs), **layer.config)
        grads = vjp(turn(cotangents))
        return turn(outputs), {**STYLES[style][layer.kind].pack({name: grads[name] for name in case.params}),
                               **turn({name: grads[name] for name in case.inputs})}

    outputs, grads = contract(dressed, layer.kind, style, time_first=time_first)(case.params, case.inputs, case.cotangents)
    right = reference_impl.run(case)
    same(outputs, right.outputs)
    same(grads, right.grads)


def test_steps_there_and_back():
    x = cases.named("gru-after-float64-generic").inputs["x"]
    np.testing.assert_array_equal(from_steps(steps_of(x)), x)
    np.testing.assert_array_equal(from_steps(steps_of(x, columns=True), columns=True), x)
    assert steps_of(x, columns=True)[0].shape == x[:, 0].T.shape


def test_errors_say_what_was_expected():
    with pytest.raises(ValueError, match="no style 'apart'.*separate, separate_columns"):
        contract(dict, "lstm", "apart")
    with pytest.raises(ValueError, match="order 'ifg'"):
        fused("lstm", "ifg")
    with pytest.raises(ValueError, match="got W_i, U_i; expected W_i, U_i, b_i, W_f"):
        separate("lstm").unpack({"W_i": np.ones((2, 3)), "U_i": np.ones((3, 3))})
