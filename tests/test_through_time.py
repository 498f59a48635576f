"""Truncated backpropagation in its forms, with any k, and sums that have lost steps or examples. No framework.

Each answer is made by a walk back that is written here, by itself: per output, per step, per example.
"""

import numpy as np
import pytest

from nnparity import cases
from nnparity.cases.case import Result
from nnparity.reference_impl.layers import gru, lstm, simple_rnn
from nnparity.reports.diagnosis.shares import shares
from nnparity.reports.verdicts.judge import judge

CASES = {name: cases.named(f"{name}-float64-generic") for name in
         ("simple_rnn-tanh_one_bias", "gru-after", "gru-before", "lstm-one_bias", "lstm-two_biases", "lstm-hard_gates")}
LAYERS = {"gru": gru.gru, "lstm": lstm.lstm, "simple_rnn": simple_rnn.simple_rnn}
NUMBERS = ("no", "one", "two", "three", "four")
WEIGHTS = ("kernel", "recurrent_kernel", "bias", "recurrent_bias")


def always(_t):
    return True


def never(_t):
    return False


def through(case, h=always, c=always, first=0, *, hand_out=False):
    """Outputs, and the gradients of a walk in which step t hands on dL/dh where h(t) holds and dL/dc where c(t) does, and which
    ends before step `first`; with `hand_out` what is handed on there is returned for the initial states."""
    layer, x = case.network[0], case.inputs["x"]
    states = [(s, f"{s}0", f"{s}_n", handed) for s, handed in (("h", h), ("c", c))][:1 + (layer.kind == "lstm")]
    now = {given: case.inputs[given] for _, given, _, _ in states}
    tape = []
    for t in range(x.shape[1]):
        out, vjp = LAYERS[layer.kind](case.params, {"x": x[:, t:t + 1], **now}, **layer.config)
        now = {given: out[last] for _, given, last, _ in states}
        tape.append((out["y"], vjp))
    outputs = {"y": np.concatenate([y for y, _ in tape], 1), **{last: now[given] for _, given, last, _ in states}}
    grads = {name: np.zeros_like(a) for name, a in (case.params | case.inputs).items()}
    back = {last: case.cotangents[last] for _, _, last, _ in states}
    for t in reversed(range(first, x.shape[1])):
        g = tape[t][1]({"y": case.cotangents["y"][:, t:t + 1], **back})
        for name in case.params:
            grads[name] += g[name]
        grads["x"][:, t] = g["x"][:, 0]
        back = {last: g[given] * handed(t) for _, given, last, handed in states}
    if first == 0 or hand_out:
        grads |= {given: back[last] for _, given, last, _ in states}
    return Result(outputs=outputs, grads=grads)


def of_outputs(case, kept):
    """The whole gradient of some outputs alone: those t for which kept(t) holds, the last states with the last."""
    T = case.inputs["x"].shape[1]
    off = [t for t in range(T) if not kept(t)]
    cotangents = {name: a.copy() for name, a in case.cotangents.items()}
    cotangents["y"][:, off] = 0
    for name in {"h_n", "c_n"} & cotangents.keys():
        cotangents[name] *= kept(T - 1)
    return cotangents


def window(case, k):
    """Each output by itself, k steps back."""
    full, total = through(case), None
    for t in range(case.inputs["x"].shape[1]):
        one = case.replaced(cotangents=of_outputs(case, lambda other, t=t: other == t), exempt="one output")
        grads = through(one, first=max(0, t - k)).grads
        total = grads if total is None else {name: total[name] + grads[name] for name in grads}
    return Result(outputs=full.outputs, grads=total)


def told(case, answer):
    row = judge(case, answer, implementation="test", version="")
    return [one.title for one in row.diagnosis if one.complete]


@pytest.mark.parametrize("name", CASES)
def test_shares_add_up_to_the_gradient(name):
    case = CASES[name]
    table, grads = shares(case), through(case).grads
    for array in table.of:
        np.testing.assert_allclose(table.sum(array, np.tril(np.ones((table.steps,) * 2))), grads[array], rtol=1e-10, atol=1e-12)
    for array in table.start:
        np.testing.assert_allclose(table.start[array].sum(0), grads[array], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("at_the_start", [False, True], ids=["h0 reached", "h0 cut"])
@pytest.mark.parametrize("k", [3, 4])
@pytest.mark.parametrize("name", CASES)
def test_chunks(name, k, at_the_start):
    case = CASES[name]

    def inside(t):
        return t % k != 0 or t == 0 and not at_the_start
    said = told(case, through(case, inside, inside))
    assert any(f"cut every {NUMBERS[k]} steps (" in title for title in said), said


@pytest.mark.parametrize("name, k", [("simple_rnn-tanh_one_bias", 2), ("simple_rnn-tanh_one_bias", 3), ("gru-after", 1),
                                     ("gru-after", 2), ("lstm-one_bias", 4)])
def test_windows(name, k):
    case = CASES[name]
    said = told(case, window(case, k))
    assert any(f"goes back {NUMBERS[k]} step" in title for title in said), said


@pytest.mark.parametrize("name", ["simple_rnn-tanh_one_bias", "gru-after", "lstm-one_bias"])
def test_the_last_steps_alone(name):
    case = CASES[name]
    T = case.inputs["x"].shape[1]
    for hand_out in (False, True):
        said = told(case, through(case, first=T - 3, hand_out=hand_out))
        assert "gradient of all arrays is that of the last three steps alone" in said, said
    once = through(case, lambda t: t != T - 2, lambda t: t != T - 2)
    assert any("does not go back beyond the last two steps" in title for title in told(case, once))


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("state, words", [("h", "state h"), ("c", "cell state")])
def test_one_of_an_lstm_s_states_is_cut(state, words, k):
    case = CASES["lstm-one_bias"]
    said = told(case, through(case, **{state: lambda t: t == 0 or t % k != 0}))
    assert any(f"through the {words} is cut every {('two', 'three')[k - 2]} steps" in title for title in said), said


@pytest.mark.parametrize("name", ["simple_rnn-tanh_one_bias", "gru-after", "lstm-two_biases"])
def test_weights_without_anything_through_time(name):
    """dL/dx and those of the initial states are right: these arrays alone are named."""
    case = CASES[name]
    full, own = through(case), through(case, never, never)
    grads = {array: own.grads[array] if array in WEIGHTS else a for array, a in full.grads.items()}
    said = told(case, Result(outputs=full.outputs, grads=grads))
    assert any("has nothing of later steps" in title and "x" not in title.split(" has ")[0].split() for title in said), said


def test_what_the_first_step_would_hand_on_is_returned_for_the_initial_state():
    case = CASES["simple_rnn-tanh_one_bias"]
    answer = through(case, lambda t: t == 0)
    assert "gradient of all arrays has nothing of later steps: it does not travel back through time" in told(case, answer)


@pytest.mark.parametrize("example, word", [(0, "first"), (-1, "last")])
@pytest.mark.parametrize("name", ["simple_rnn-tanh_one_bias", "gru-after", "lstm-one_bias"])
def test_one_example_alone(name, example, word):
    case = CASES[name]
    full = through(case)
    mask = np.zeros(len(case.inputs["x"]))
    mask[example] = 1
    one = case.replaced(cotangents={n: (a.T * mask).T for n, a in case.cotangents.items()}, exempt="one example")
    for arrays in (WEIGHTS, ("bias", "recurrent_bias")):
        grads = {array: through(one).grads[array] if array in arrays else a for array, a in full.grads.items()}
        said = told(case, Result(outputs=full.outputs, grads=grads))
        assert any(f"is that of the {word} example alone" in title for title in said), said


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_named_where_a_share_is_only_weakened(name):
    """Half of what goes back is no part of the sum: no choice of shares may claim it."""
    case = CASES[name]
    weak = through(case, lambda t: 1 - 0.5 * (t % 3 == 0), lambda t: 1 - 0.5 * (t % 3 == 0))
    said = told(case, weak)
    assert not any(words in title for title in said for words in ("cut", "goes back", "alone", "through time")), said


@pytest.mark.parametrize("step, how", [(1, "late"), (-1, "early")])
@pytest.mark.parametrize("name", ["simple_rnn-tanh_one_bias", "gru-after", "lstm-one_bias"])
def test_outputs_rolled_by_one_step(name, step, how):
    case = CASES[name]
    rolled = case.replaced(cotangents=dict(case.cotangents) | {"y": np.roll(case.cotangents["y"], -step, 1)}, exempt="rolled")
    answer = through(rolled)
    outputs = dict(answer.outputs) | {"y": np.roll(answer.outputs["y"], step, 1)}
    said = told(case, Result(outputs=outputs, grads=answer.grads))
    assert said[0] == f"outputs rolled: each one step too {how}", said
