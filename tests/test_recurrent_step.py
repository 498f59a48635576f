"""The plain step of each recurrent layer, walked through a sequence, is the fast pass. No framework."""

import numpy as np
import pytest
import steady
from hypothesis import given
from hypothesis import strategies as st

from nnparity import cases
from nnparity.cases.conventions import CONFIGS
from nnparity.cases.layers.gru import gru_case
from nnparity.cases.layers.lstm import OPTIONS, lstm_case
from nnparity.cases.layers.simple_rnn import rnn_case
from nnparity.reference_impl.layers import gru, lstm, simple_rnn

steady.load(max_examples=25)

MODULES = {"gru": gru, "lstm": lstm, "simple_rnn": simple_rnn}
MAKE = {"gru": gru_case, "lstm": lstm_case, "simple_rnn": rnn_case}
FORMULAS = [(kind, config) for kind, configs in CONFIGS.items() for config in configs] + [
    ("lstm", config) for config in OPTIONS.values()]
RECORDED = [case for case in cases.all_cases() if len(case.network) == 1 and case.network[0].kind in MODULES]
LENGTHS = st.permutations([2, 5, 6, 7]).map(lambda n: dict(zip(("batch", "time", "input", "hidden"), n)))


def walked(kind, params, inputs, config):
    """Outputs as the layer names them, one step after the other."""
    step = MODULES[kind].step
    zero = np.zeros((len(inputs["x"]), params["recurrent_kernel"].shape[-1]), inputs["x"].dtype)
    h, s, y = inputs.get("h0", zero), inputs.get("c0", zero), []
    for x_t in np.moveaxis(inputs["x"], 1, 0):
        if kind == "lstm":
            h, s = step(x_t, h, s, params, **config)
        else:
            h = step(x_t, h, params, **config)
        y.append(h)
    return {"y": np.stack(y, axis=1), "h_n": h, **({"c_n": s} if kind == "lstm" else {})}


def equal_to_rounding(kind, params, inputs, config):
    outputs, _ = getattr(MODULES[kind], kind)(params, inputs, **config)
    expected = walked(kind, params, inputs, config)
    assert outputs.keys() == expected.keys()
    for name, a in outputs.items():
        assert a.dtype == expected[name].dtype
        allowed = 1e3 * np.finfo(a.dtype).eps * max(np.abs(a).max(), 1e-3)
        np.testing.assert_allclose(expected[name], a, rtol=0, atol=allowed, err_msg=name)


@pytest.mark.parametrize("kind, config", FORMULAS, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(FORMULAS)])
@given(seed=st.integers(0, 2**32 - 1), sizes=LENGTHS)
def test_every_formula(kind, config, seed, sizes):
    case = MAKE[kind]("any", config, seed=seed, sizes=sizes, scale=0.5, catches="anything", exempt="any sizes")
    equal_to_rounding(kind, case.params, case.inputs, config)


@pytest.mark.parametrize("case", RECORDED, ids=[case.name for case in RECORDED])
def test_every_case(case):
    equal_to_rounding(case.network[0].kind, case.params, case.inputs, case.network[0].config)


@pytest.mark.parametrize("kind", MODULES)
def test_no_two_formulas_give_the_same_numbers(kind):
    """So a step that took one formula for another would be noticed above. Windows cut gradients, not outputs; without a second
    bias there is nothing to place, so the parameters are the same for all."""
    configs = [config for config in CONFIGS[kind] if config.get("truncate") is None]
    widest = next(config for config in configs if config["recurrent_bias"] != "none")
    case = MAKE[kind]("any", widest, seed=1, sizes={"batch": 2, "time": 5, "input": 6, "hidden": 7}, scale=0.5,
                      catches="anything", exempt="any sizes")
    found = [walked(kind, case.params, case.inputs, config)["y"] for config in configs]
    for n, y in enumerate(found):
        assert all(np.abs(y - other).max() > 1e-6 for other in found[:n]), configs[n]


@pytest.mark.parametrize("kind", MODULES)
def test_step_and_layer_have_the_same_options_and_defaults(kind):
    assert MODULES[kind].step.__kwdefaults__ == getattr(MODULES[kind], kind).__kwdefaults__


@pytest.mark.parametrize("kind, config, words", [
    ("gru", {"reset": "before"}, "inside"), ("gru", {"update": "swap"}, "replace"), ("gru", {"reset": "between"}, "after"),
    ("gru", {"recurrent_bias": "separate"}, "outside"), ("lstm", {"recurrent_bias": "inside"}, "separate"),
    ("lstm", {"activation": "softmax"}, "tanh"), ("lstm", {"peepholes": "yes"}, "peepholes"),
    ("lstm", {"truncate": -1}, "window"), ("simple_rnn", {"activation": "softmax"}, "tanh"),
    ("simple_rnn", {"recurrent_bias": "inside"}, "separate")])
def test_an_unknown_option_is_an_error_that_names_it(kind, config, words):
    x, h = np.zeros((1, 1)), np.zeros((1, 1))
    states = (h, h) if kind == "lstm" else (h,)
    with pytest.raises(ValueError, match=words):
        MODULES[kind].step(x, *states, {}, **config)
