"""What holds for every recurrent layer, whatever its weights. No framework."""

import numpy as np
import pytest
import steady
from hypothesis import given
from hypothesis import strategies as st

from nnparity.cases.conventions.lstm import PLAIN
from nnparity.cases.layers.gru import VARIANTS as GRU
from nnparity.cases.layers.gru import gru_case
from nnparity.cases.layers.lstm import OPTIONS, OWN_STEP, VARIANTS, lstm_case
from nnparity.cases.layers.simple_rnn import VARIANTS as RNN
from nnparity.cases.layers.simple_rnn import rnn_case
from nnparity.reference_impl.layers import gru, lstm, recurrence, simple_rnn

steady.load(max_examples=25)

seeds = st.integers(0, 2**32 - 1)
sizes = st.permutations([2, 5, 6, 7, 8]).map(lambda n: dict(zip(("batch", "time", "input", "hidden"), n))).filter(
    lambda named: named["time"] > 2)

# layer -> its function, how its cases are made, its variants, and how its states enter and leave
LAYERS = {
    "gru": (gru.gru, gru_case, GRU, {"h0": "h_n"}),
    "lstm": (lstm.lstm, lstm_case, {k: v for k, v in (VARIANTS | OPTIONS).items() if v["truncate"] is None},
             {"h0": "h_n", "c0": "c_n"}),
    "simple": (simple_rnn.simple_rnn, rnn_case, RNN, {"h0": "h_n"}),
}
ALL = [(layer, variant) for layer, (_, _, variants, _) in LAYERS.items() for variant in variants]
everything = pytest.mark.parametrize("layer, variant", ALL, ids=["-".join(pair) for pair in ALL])


def drawn(layer, variant, seed, sizes):
    function, make, variants, states = LAYERS[layer]
    case = make("any", variants[variant], seed=seed, sizes=sizes, scale=0.5, catches="anything", exempt="any sizes")
    return function, case.params, case.inputs, case.cotangents, case.network[0].config, states


def answer(function, params, inputs, cotangents, config):
    outputs, vjp = function(params, inputs, **config)
    return outputs, vjp(cotangents)


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12 * max(np.abs(expected).max(), 1e-3))


@everything
@given(seed=seeds, sizes=sizes, cut=st.data())
def test_a_sequence_in_two_parts_with_the_state_carried_over_is_the_whole(layer, variant, seed, sizes, cut):
    """Outputs, and gradients too: the second part's gradient of its first state is the first part's cotangent."""
    function, params, inputs, cotangents, config, states = drawn(layer, variant, seed, sizes)
    t = cut.draw(st.integers(1, sizes["time"] - 1))
    outputs, grads = answer(function, params, inputs, cotangents, config)

    early, early_vjp = function(params, {**inputs, "x": inputs["x"][:, :t]}, **config)
    carried = {first: early[last] for first, last in states.items()}
    late, late_vjp = function(params, {"x": inputs["x"][:, t:], **carried}, **config)
    late_grads = late_vjp({**cotangents, "y": cotangents["y"][:, t:]})
    early_grads = early_vjp({"y": cotangents["y"][:, :t], **{last: late_grads[first] for first, last in states.items()}})

    close(np.concatenate([early["y"], late["y"]], axis=1), outputs["y"])
    close(np.concatenate([early_grads["x"], late_grads["x"]], axis=1), grads["x"])
    for first, last in states.items():
        close(late[last], outputs[last])
        close(early_grads[first], grads[first])
    for name in params:
        close(early_grads[name] + late_grads[name], grads[name])


@everything
@given(seed=seeds, sizes=sizes)
def test_examples_do_not_see_each_other(layer, variant, seed, sizes):
    """One example alone gets the same outputs and gradients; the parameters' gradients are the sum over examples."""
    function, params, inputs, cotangents, config, _ = drawn(layer, variant, seed, sizes)
    outputs, grads = answer(function, params, inputs, cotangents, config)
    alone = [answer(function, params, {k: a[n:n + 1] for k, a in inputs.items()},
                    {k: a[n:n + 1] for k, a in cotangents.items()}, config) for n in range(sizes["batch"])]
    for name in outputs:
        close(np.concatenate([o[name] for o, _ in alone]), outputs[name])
    for name in inputs:
        close(np.concatenate([g[name] for _, g in alone]), grads[name])
    for name in params:
        close(sum(g[name] for _, g in alone), grads[name])


@everything
@given(seed=seeds, sizes=sizes)
def test_leading_axes_are_many_networks_at_once(layer, variant, seed, sizes):
    """Stacked parameters and inputs, real or complex, give the stacked outputs: what the complex step rests on."""
    function, params, inputs, _, config, _ = drawn(layer, variant, seed, sizes)
    other = drawn(layer, variant, seed + 1, sizes)
    stacked, _ = function({k: np.stack([a, other[1][k]]) for k, a in params.items()},
                          {k: np.stack([a, other[2][k]]).astype(complex) for k, a in inputs.items()}, **config)
    for n, (p, x) in enumerate(((params, inputs), other[1:3])):
        for name, a in function(p, x, **config)[0].items():
            assert stacked[name].dtype == complex
            close(stacked[name][n], a)


@everything
def test_two_leading_axes_are_a_table_of_networks(layer, variant):
    function, params, inputs, _, config, _ = drawn(layer, variant, 0, dict(batch=2, time=5, input=6, hidden=7))

    def table(a):
        """Four networks, of which no two have the same numbers."""
        return np.arange(1, 5).reshape(2, 2, *(1,) * a.ndim) / 4 * a
    outputs, _ = function({k: table(a) for k, a in params.items()}, {k: table(a) for k, a in inputs.items()}, **config)
    for i, j in np.ndindex(2, 2):
        alone, _ = function({k: table(a)[i, j] for k, a in params.items()}, {k: table(a)[i, j] for k, a in inputs.items()},
                            **config)
        for name, a in alone.items():
            close(outputs[name][i, j], a)


@everything
def test_blocks_of_steps_change_nothing_but_the_speed(layer, variant, monkeypatch):
    function, params, inputs, cotangents, config, _ = drawn(layer, variant, 0, dict(batch=2, time=5, input=6, hidden=7))
    _, whole = answer(function, params, inputs, cotangents, config)
    for steps in (0, 2):  # less than one step counts as one
        monkeypatch.setattr(recurrence, "CACHE", steps * 4 * 2 * 7 * 8)
        for name, g in answer(function, params, inputs, cotangents, config)[1].items():
            close(g, whole[name])


@everything
@given(seed=seeds, sizes=sizes)
def test_a_second_pullback_gives_the_same(layer, variant, seed, sizes):
    """The vjp leaves what it needs as it was, and its cotangents too."""
    function, params, inputs, cotangents, config, _ = drawn(layer, variant, seed, sizes)
    kept = {k: a.copy() for k, a in cotangents.items()}
    _, vjp = function(params, inputs, **config)
    first, second = vjp(cotangents), vjp(cotangents)
    for name, a in first.items():
        np.testing.assert_array_equal(second[name], a)
    for name, a in kept.items():
        np.testing.assert_array_equal(cotangents[name], a)


@everything
def test_what_was_given_gets_a_gradient_and_nothing_else(layer, variant):
    function, params, inputs, cotangents, config, _ = drawn(layer, variant, 0, dict(batch=2, time=5, input=6, hidden=7))
    _, grads = answer(function, params, inputs, cotangents, config)
    assert grads.keys() == {*params, *inputs}
    for name, a in {**params, **inputs}.items():
        assert grads[name].shape == a.shape
    without_states = {"x": inputs["x"]}
    assert answer(function, params, without_states, cotangents, config)[1].keys() == {*params, "x"}


@pytest.mark.parametrize("layer", [gru, lstm, simple_rnn], ids=["gru", "lstm", "simple"])
def test_unroll_shows_the_states_before_every_step(layer):
    name = layer.__name__.rsplit(".", 1)[-1].removesuffix("_rnn")
    _, params, inputs, _, config, _ = drawn(name, next(iter(LAYERS[name][2])), 0, dict(batch=2, time=5, input=6, hidden=7))
    outputs, steps = layer.unroll(params, inputs, **config)
    np.testing.assert_array_equal(steps[0]["h"], inputs["h0"])
    np.testing.assert_array_equal(np.stack([step["h"] for step in steps[1:]], axis=1), outputs["y"][:, :-1])


@pytest.mark.parametrize("layer, names", [("gru", "hrzun"), ("lstm", "hcifgo"), ("simple", "ha")])
def test_what_unroll_shows_of_a_step_makes_its_new_state(layer, names):
    """GRU h' = z h + (1 - z) n with n = tanh(x K + b + r u); LSTM c' = f c + i g, h' = o tanh(c'); Elman h' = tanh(a)."""
    _, params, inputs, _, config, _ = drawn(layer, next(iter(LAYERS[layer][2])), 0, dict(batch=2, time=5, input=6, hidden=7))
    outputs, steps = {"gru": gru, "lstm": lstm, "simple": simple_rnn}[layer].unroll(params, inputs, **config)
    for t, step in enumerate(steps):
        assert set(step) == set(names)
        if layer == "gru":
            a_n = inputs["x"][:, t] @ params["kernel"][2] + params["bias"][2]
            close(step["n"], np.tanh(a_n + step["r"] * step["u"]))
            new = step["z"] * step["h"] + (1 - step["z"]) * step["n"]
        elif layer == "lstm":
            c = step["f"] * step["c"] + step["i"] * step["g"]
            close(c, steps[t + 1]["c"] if t + 1 < len(steps) else outputs["c_n"])
            new = step["o"] * np.tanh(c)
        else:
            new = np.tanh(step["a"])
        close(new, outputs["y"][:, t])


# ------------------------------------------------------------------------------------------- the LSTM's options


def lstm_drawn(seed, sizes, config):
    case = lstm_case("any", config, seed=seed, sizes=sizes, scale=0.5, catches="anything", exempt="any sizes")
    return case.params, case.inputs, case.cotangents


@given(seed=seeds, sizes=sizes, peepholes=st.booleans(), beyond=st.integers(0, 3))
def test_a_window_of_the_whole_sequence_is_the_full_gradient(seed, sizes, peepholes, beyond):
    config = PLAIN | {"peepholes": peepholes}
    params, inputs, cotangents = lstm_drawn(seed, sizes, config)
    _, full = answer(lstm.lstm, params, inputs, cotangents, config)
    _, cut = answer(lstm.lstm, params, inputs, cotangents, config | {"truncate": sizes["time"] + beyond})
    for name in full:
        close(cut[name], full[name])


@given(seed=seeds, window=st.integers(0, 2))
def test_a_window_on_a_sequence_of_one_step(seed, window):
    """It reaches the initial state from length one on."""
    params, inputs, cotangents = lstm_drawn(seed, dict(batch=2, time=3, input=6, hidden=7), PLAIN)
    inputs["x"], cotangents["y"] = inputs["x"][:, :1], cotangents["y"][:, :1]
    _, full = answer(lstm.lstm, params, inputs, cotangents, PLAIN)
    _, cut = answer(lstm.lstm, params, inputs, cotangents, PLAIN | {"truncate": window})
    for name in full:
        close(cut[name], full[name] if window or name not in ("h0", "c0") else 0 * full[name])


@given(seed=seeds, sizes=sizes)
def test_a_window_one_step_short_of_the_sequence_misses_the_initial_state_alone_at_the_last_step(seed, sizes):
    """From the last output the window T - 1 reaches every step's weights, but not the state in front of the first."""
    params, inputs, cotangents = lstm_drawn(seed, sizes, PLAIN)
    _, full = answer(lstm.lstm, params, inputs, cotangents, PLAIN)
    _, cut = answer(lstm.lstm, params, inputs, cotangents, PLAIN | {"truncate": sizes["time"] - 1})
    for name in (*params, "x"):
        close(cut[name], full[name])
    assert not np.allclose(cut["h0"], full["h0"], rtol=1e-9, atol=0)


@given(seed=seeds, sizes=sizes, window=st.integers(0, 4))
def test_a_window_is_the_sum_of_short_sequences_from_constant_states(seed, sizes, window):
    """The definition, one output at a time: k + 1 steps from a state that is given, and whose gradient is dropped."""
    params, inputs, cotangents = lstm_drawn(seed, sizes, PLAIN)
    _, steps = lstm.unroll(params, inputs, **PLAIN)
    T = sizes["time"]
    total = {name: np.zeros_like(a) for name, a in {**params, **inputs}.items()}
    for t in range(T):
        start = max(0, t - window)
        part = {"x": inputs["x"][:, start:t + 1], "h0": steps[start]["h"], "c0": steps[start]["c"]}
        at_the_end = {"y": np.zeros_like(cotangents["y"][:, start:t + 1]), "h_n": cotangents["y"][:, t].copy(),
                      "c_n": np.zeros_like(cotangents["c_n"])}
        if t == T - 1:
            at_the_end["h_n"] += cotangents["h_n"]
            at_the_end["c_n"] += cotangents["c_n"]
        _, grads = answer(lstm.lstm, params, part, at_the_end, PLAIN)
        for name in params:
            total[name] += grads[name]
        total["x"][:, start:t + 1] += grads["x"]
        if t < window:
            total["h0"] += grads["h0"]
            total["c0"] += grads["c0"]
    _, cut = answer(lstm.lstm, params, inputs, cotangents, PLAIN | {"truncate": window})
    for name, expected in total.items():
        close(cut[name], expected)


@given(seed=seeds, sizes=sizes)
def test_a_window_of_its_own_step_gives_the_states_no_gradient_and_x_only_its_own_output(seed, sizes):
    params, inputs, cotangents = lstm_drawn(seed, sizes, OWN_STEP)
    only_last = {name: np.zeros_like(a) for name, a in cotangents.items()} | {"h_n": cotangents["h_n"]}
    _, grads = answer(lstm.lstm, params, inputs, only_last, OWN_STEP)
    assert not grads["h0"].any() and not grads["c0"].any()
    assert not grads["x"][:, :-1].any() and grads["x"][:, -1].all()


@given(seed=seeds, sizes=sizes, amount=st.floats(-3, 3).filter(bool))
def test_a_forget_bias_is_added_to_the_bias_of_the_forget_gate(seed, sizes, amount):
    params, inputs, cotangents = lstm_drawn(seed, sizes, PLAIN)
    got, got_grads = answer(lstm.lstm, params, inputs, cotangents, PLAIN | {"forget_bias": amount})
    params["bias"] = params["bias"] + np.array([0, amount, 0, 0])[:, None]
    expected, expected_grads = answer(lstm.lstm, params, inputs, cotangents, PLAIN)
    for name, a in {**expected, **expected_grads}.items():
        close({**got, **got_grads}[name], a)


@given(seed=seeds, sizes=sizes)
def test_peepholes_of_zero_are_none(seed, sizes):
    config = PLAIN | {"peepholes": True}
    params, inputs, cotangents = lstm_drawn(seed, sizes, config)
    params["peephole"] = np.zeros_like(params["peephole"])
    got, got_grads = answer(lstm.lstm, params, inputs, cotangents, config)
    del params["peephole"]
    expected, expected_grads = answer(lstm.lstm, params, inputs, cotangents, PLAIN)
    for name, a in {**expected, **expected_grads}.items():
        close({**got, **got_grads}[name], a)
    assert got_grads["peephole"].all()


@pytest.mark.parametrize("config, words", [
    ({"truncate": -1}, "truncate=-1"), ({"recurrent_bias": "two"}, "separate"), ({"activation": "softmax"}, "tanh"),
    ({"gate_activation": "sigmoyd"}, "sigmoid"), ({"peepholes": "yes"}, "peepholes")])
def test_an_unknown_option_is_an_error_that_names_it(config, words):
    params, inputs, _ = lstm_drawn(0, dict(batch=2, time=5, input=6, hidden=7), PLAIN)
    with pytest.raises(ValueError, match=words):
        lstm.lstm(params, inputs, **(PLAIN | config))
