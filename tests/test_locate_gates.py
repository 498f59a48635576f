"""Where nothing in the catalogue explains an answer, the gate is found from the states that were returned. No framework."""

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Result
from nnparity.reference_impl.layers import gru, lstm, simple_rnn
from nnparity.reports.verdicts.judge import judge

GRU, LSTM, RNN = (cases.named(f"{name}-float64-generic") for name in ("gru-after", "lstm-two_biases", "simple_rnn-tanh"))
LONG = cases.named("gru-after-float64-long")
LAYERS = {"gru": gru.gru, "lstm": lstm.lstm, "simple_rnn": simple_rnn.simple_rnn}


def words(case, answer) -> str:
    row = judge(case, answer, implementation="test", version="")
    assert row.verdict == "unexplained", row.diagnosis
    return row.diagnosis[0].title + ". " + row.diagnosis[0].words


def with_params(case, **params) -> Result:
    """What the right formula answers with other parameters: a fault in one of them."""
    return reference_impl.run(case.replaced(params={**case.params, **params}, exempt="a fault"))


def moved(array, gate, amount) -> np.ndarray:
    """The array with one gate's block moved by an amount, a number or an array."""
    array = array.copy()
    array[gate] += amount
    return array


def test_gru_bias_of_one_gate():
    said = words(GRU, with_params(GRU, bias=moved(GRU.params["bias"], 1, 0.3)))
    assert "outputs part at time step 0" in said and "gate z" in said
    assert "The pre-activation of z is off by the same amount in every example: look at its bias." in said


@pytest.mark.parametrize("gate, name", list(enumerate("rzn")))
@pytest.mark.parametrize("array, term", [("kernel", "kernel"), ("recurrent_kernel", "recurrent kernel")])
def test_gru_kernel_of_one_gate(array, term, gate, name):
    noise = 0.1 * np.random.default_rng(0).standard_normal(LONG.params[array][gate].shape)
    said = words(LONG, with_params(LONG, **{array: moved(LONG.params[array], gate, noise)}))
    assert f"The pre-activation of {name} is off by a linear function of its {term}'s input: look at its {term}." in said


def test_gru_candidate_beyond_its_range():
    """Tripled states: no gate makes the state leave the interval between the old state and a candidate below one."""
    answer = reference_impl.run(GRU)
    y = answer.outputs["y"] * 3
    said = words(GRU, Result(outputs={"y": y + 0.1 * np.sin(y), "h_n": answer.outputs["h_n"]}, grads={}))
    assert "No single gate can be the cause" in said


def test_one_step_alone_is_found_though_all_later_steps_differ():
    """The state is disturbed between two steps, which the layer itself does right."""
    x, h, y = GRU.inputs["x"], GRU.inputs["h0"], []
    for t in range(x.shape[1]):
        step, _ = gru.gru(GRU.params, {"x": x[:, t:t + 1], "h0": h}, **GRU.network[0].config)
        h = step["h_n"] + 0.01 * (t == 2) * np.array([[0, 1, 0, 0], [0, 0, 0.5, 0]])
        y.append(h)
    said = words(GRU, Result(outputs={"y": np.stack(y, 1), "h_n": h}, grads={}))
    assert "outputs part at time step 2, example 0, unit 1" in said
    assert "Each step repeated from the state that was returned before it: only step 2 is off." in said


@pytest.mark.parametrize("layer, case", [("gru", GRU), ("simple_rnn", RNN)])
def test_wrong_initial_state(layer, case):
    outputs, _ = LAYERS[layer](case.params, {**case.inputs, "h0": 0.7 * case.inputs["h0"] + 0.1}, **case.network[0].config)
    said = words(case, Result(outputs=outputs, grads={}))
    assert "only step 0 is off: look at the state that the layer starts from" in said


def test_rnn_bias_kernel_and_activation():
    said = words(RNN, with_params(RNN, bias=RNN.params["bias"] * 1.3))
    assert "off by the same amount in every example: look at its bias" in said
    kernel = RNN.params["kernel"].copy()
    kernel[1, 2] += 0.4
    assert "look at its kernel" in words(RNN, with_params(RNN, kernel=kernel))
    y = reference_impl.run(RNN).outputs["y"] * 2.5
    assert "the state left the range of tanh" in words(RNN, Result(outputs={"y": y + 0.01 * y**2, "h_n": y[:, -1]}, grads={}))


def lstm_with(gate, change, at) -> Result:
    """The LSTM of the case with one gate changed at one step, from then on right again; outputs alone."""
    h, s = LSTM.inputs["h0"], LSTM.inputs["c0"]
    y = []
    for t in range(LSTM.sizes["time"]):
        _, (step,) = lstm.unroll(LSTM.params, {"x": LSTM.inputs["x"][:, t:t + 1], "h0": h, "c0": s}, **LSTM.network[0].config)
        value = {letter: step[letter] for letter in "ifgo"}
        if t == at:
            value[gate] = change(value[gate])
        s = value["f"] * s + value["i"] * value["g"]
        h = value["o"] * np.tanh(s)
        y.append(h)
    return Result(outputs={"y": np.stack(y, 1), "h_n": h, "c_n": s}, grads={})


@pytest.mark.parametrize("gate", "ifgo")
def test_lstm_gate_at_an_inner_step_is_among_the_suspects(gate):
    said = words(LSTM, lstm_with(gate, lambda v: v**2 if gate != "g" else v * 0.9, at=2))
    assert "outputs part at time step 2" in said
    suspects = said.partition("Taken alone, gate ")[2].partition(" could be wrong")[0].split(" or ")
    assert gate in suspects


def test_lstm_output_gate_is_told_from_the_cell_at_the_last_step():
    last = LSTM.sizes["time"] - 1
    said = words(LSTM, lstm_with("o", lambda o: o**2, at=last))
    assert "c_n, is right: the output gate is wrong" in said and "Taken alone, o could be wrong" in said
    said = words(LSTM, lstm_with("f", lambda f: f**2, at=last))
    assert "the output gate is right, the cell is not" in said and "f" in said.partition("Taken alone, gate ")[2][:12]


def test_gate_that_would_leave_its_range_is_excluded():
    """A state as large as tanh of the cell: the cell would have to be larger than i and f below one can make it."""
    said = words(LSTM, lstm_with("o", lambda o: o * 0 + 0.999999, at=2))
    able = said.partition("Taken alone, gate ")[2].partition(" could be wrong")[0]
    assert "o" in able and "would have to leave" in said


def test_wrong_last_state_alone():
    right = reference_impl.run(LSTM)
    said = words(LSTM, Result(outputs={**right.outputs, "c_n": right.outputs["c_n"] ** 2}, grads={}))
    assert "y is right, and with it every cell state that it was made of" in said


@pytest.mark.parametrize("case, name", [
    (LSTM, "kernel"), (cases.named("n06-lstm-tanh-full-float64-generic"), "cell/kernel")], ids=str)
def test_gradient_is_told_by_gate_and_by_step(case, name):
    right = reference_impl.run(case)
    kernel, x = right.grads[name].copy(), right.grads["x"].copy()
    kernel[1] *= 1.1
    kernel[3] *= 0.9
    x[:, :4] *= np.linspace(1.1, 1.2, 4)[:, None]
    said = words(case, Result(outputs=right.outputs, grads={**right.grads, name: kernel, "x": x}))
    assert f"Of {name} the gates f, o are wrong, the others right." in said
    assert "That of x is right for the last 2 steps and wrong before" in said


@pytest.mark.parametrize("case", [GRU, LSTM, RNN], ids=str)
def test_a_state_that_is_off_in_its_last_digits_is_no_gate(case):
    """Beyond the allowed error, and less than any gate could be read from."""
    right = reference_impl.run(case)
    y = right.outputs["y"].copy()
    y[1, 2, 3] += 1e-10
    said = words(case, Result(outputs={**right.outputs, "y": y}, grads=right.grads))
    assert said.startswith("outputs part at time step 2, example 1, unit 3") and "Taken alone" not in said
