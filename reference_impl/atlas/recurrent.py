"""Recurrent layers as frameworks store and call them: packed gates, axes, directions, padding."""

import numpy as np

from nnparity.cases.kinds import GATES
from nnparity.reference_impl.network import LAYERS


def gru_packed(*, x, h, kernel, recurrent_kernel, gate_order):
    """A GRU's state after one step, of one unit whose three kernels lie side by side in the order `gate_order` ("zrn").

        r = σ(x k_r + h u_r)    z = σ(x k_z + h u_z)    n = tanh(x k_n + r h u_n)    h' = z h + (1 - z) n
    """
    K, R = (_unpacked(a, gate_order, GATES["gru"]) for a in (kernel, recurrent_kernel))
    params = {"kernel": K, "recurrent_kernel": R, "bias": np.zeros((3, 1))}
    return LAYERS["gru"](params, {"x": np.full((1, 1, 1), x), "h0": np.full((1, 1), h)}, recurrent_bias="none")[0]["h_n"]


def lstm_packed(*, x, c, kernel, gate_order):
    """An LSTM's state after one step, of one unit whose four kernels lie side by side in the order `gate_order` ("ifog").

        i, f, o = σ(x k_i), σ(x k_f), σ(x k_o)    g = tanh(x k_g)    c' = f c + i g    h' = o tanh(c')
    """
    params = {"kernel": _unpacked(kernel, gate_order, GATES["lstm"]), "recurrent_kernel": np.zeros((4, 1, 1)),
              "bias": np.zeros((4, 1))}
    inputs = {"x": np.full((1, 1, 1), x), "c0": np.full((1, 1), c)}
    return LAYERS["lstm"](params, inputs, recurrent_bias="none")[0]["h_n"]


def lstm_from_states(*, states, first_state):
    """An LSTM's state after one step from two given states, all weights zero: h' = σ(0) tanh(σ(0) c).

    first_state says which of the two stands first: "hidden" (h, c) or "cell" (c, h).
    """
    h, c = states if first_state == "hidden" else states[::-1]
    params = {"kernel": np.zeros((4, 1, 1)), "recurrent_kernel": np.zeros((4, 1, 1)), "bias": np.zeros((4, 1))}
    inputs = {"x": np.zeros((1, 1, 1)), "h0": np.full((1, 1), h), "c0": np.full((1, 1), c)}
    return LAYERS["lstm"](params, inputs, recurrent_bias="none")[0]["h_n"]


def gru_bias_count(*, hidden, bias_layout):
    """How many numbers the biases of a GRU with `hidden` units are.

    "single" b_r, b_z, b_n: 3 H · "candidate" c_n as well: 4 H · "double" b and c for every gate: 6 H
    """
    return np.array({"single": 3, "candidate": 4, "double": 6}[bias_layout] * hidden)


def rnn_last_state(*, x, time_axis):
    """The last state of h' = tanh(x + h), one unit, for a two-dimensional x whose axis `time_axis` is time."""
    x = np.asarray(x, "d")
    return _states(np.moveaxis(x, time_axis, 0))[-1]


def rnn_step(*, h, recurrent_kernel, orientation):
    """h' = tanh(h R) where the stored matrix R is (in, out), "in_out"; tanh(R h) where it is (out, in), "out_in"."""
    h, R = np.asarray(h, "d"), np.asarray(recurrent_kernel, "d")
    return np.tanh(h @ R if orientation == "in_out" else R @ h)


def rnn_all_dropped(*, x, dropout_on):
    """h = tanh(x), one step of one layer, with every unit dropped: dropout_on="inputs" leaves tanh(0).

    "between_layers" and with one layer alone there is nothing to drop.
    """
    x = np.asarray(x, "d")
    return np.tanh(np.zeros_like(x) if dropout_on == "inputs" else x)


def rnn_backward(*, x, backward_order):
    """The states of h' = tanh(x + h) read from the last step to the first.

    backward_order="time": row t is the state at step t · "reading": row 0 is the first state that was computed, at the last
    step.
    """
    read = _states(np.asarray(x, "d")[::-1])
    return read if backward_order == "reading" else read[::-1]


def rnn_both_directions(*, x, backward_order):
    """Columns: the states read forwards, and those read backwards in the order that `rnn_backward` describes."""
    return np.stack([_states(np.asarray(x, "d")), rnn_backward(x=x, backward_order=backward_order)], axis=-1)


def rnn_last_of_both(*, x, last_of):
    """The last output of both directions of h' = tanh(x + h), forwards and backwards.

    last_of="whole": the state in which each has read everything · "step": the states that belong to the last step.
    """
    both = rnn_both_directions(x=x, backward_order="reading" if last_of == "whole" else "time")
    return both[-1]


def stack_states(*, x, state_of):
    """The final states of two layers h' = tanh(x + h), the second reading the first: "all", "all_reversed", or the "top" one."""
    first = _states(np.asarray(x, "d"))
    both = np.array([first[-1], _states(first)[-1]])
    return {"all": both, "all_reversed": both[::-1], "top": both[1:]}[state_of]


def bidirectional_stack_states(*, biases, state_order):
    """tanh(b) of each layer (rows) and direction (columns) of `biases`, row by row ("layer") or column by column ("direction").

    It is the state after one step from zero of layers whose input and input kernels are zero.
    """
    states = np.tanh(np.asarray(biases, "d"))
    return (states if state_order == "layer" else states.T).ravel()


def bidirectional_stack(*, x, second_reads):
    """The outputs of two bidirectional layers h' = tanh(x + h), in the order of time: forwards and backwards.

    The second layer's x is the sum of both directions of the first ("both"), or its "own" direction's output.
    """
    forwards, backwards = rnn_both_directions(x=x, backward_order="time").T
    if second_reads == "both":
        forwards = backwards = forwards + backwards
    return np.stack([_states(forwards), _states(backwards[::-1])[::-1]], axis=-1)


def stack_dropped(*, x, bias, drops):
    """The first layer's state and the last one's output of two layers h = tanh(x + b), one step, with every unit dropped.

    "between": x₂ = 0 · "before": x = x₂ = 0 · "behind": x₂ = y = 0
    """
    first = np.tanh((0.0 if drops == "before" else x) + bias)
    return np.array([first, 0.0 if drops == "behind" else np.tanh(bias)])


def rnn_padded(*, x, length, padded_output):
    """The outputs of h' = tanh(x + h) for a sequence whose steps from `length` on are padding.

    There: "zeros" · "repeat" the last state · "runs_on", the padding is read like any input.
    """
    states = _states(np.asarray(x, "d"))
    padding = {"zeros": 0.0, "repeat": states[length - 1], "runs_on": states[length:]}[padded_output]
    states[length:] = padding
    return states


def _states(x):
    """h_t = tanh(x_t + h_{t-1}) from h = 0, time first."""
    h, states = np.zeros_like(x[0]), np.empty_like(x)
    for t, x_t in enumerate(x):
        h = states[t] = np.tanh(x_t + h)
    return states


def _unpacked(packed, order, wanted):
    """(gates, 1, 1) in the order `wanted`, from one number a gate in `order`."""
    return np.array([packed[order.index(gate)] for gate in wanted], "d").reshape(-1, 1, 1)
