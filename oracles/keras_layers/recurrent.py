"""Recurrent layers in Keras."""

import keras
from keras import ops

from nnparity.cases.case import Case, Layer
from nnparity.oracles.chain import Built
from nnparity.oracles.keras_layers.built import from_keras
from nnparity.oracles.layouts import LAYOUTS


def gru(layer: Layer, params, case: Case) -> Built:
    """keras.layers.GRU: reset_after=True is after/inside/keep, reset_after=False is before/none/keep; no others."""
    config = {} if layer.default else {"reset": "after", "recurrent_bias": "inside", "update": "keep", **layer.config}
    match config:
        case {}  if not config:
            options = {}
        case {"reset": "after", "recurrent_bias": "inside", "update": "keep"}:
            options = {"reset_after": True}
        case {"reset": "before", "recurrent_bias": "none", "update": "keep"}:
            options = {"reset_after": False}
        case _:
            return composed_gru(**config)
    hidden = params["kernel"].shape[-1]
    module = keras.layers.GRU(hidden, return_sequences=True, return_state=True, dtype=str(case.dtype), **options)

    def forward(_weights, inputs):
        y, h_n = module(inputs["x"], initial_state=inputs.get("h0"))
        return {"y": y, "h_n": h_n}

    written = ", ".join([str(hidden), *(f"{k}={v}" for k, v in options.items()), "return_sequences=True, return_state=True"])
    return from_keras(module, (None, None, params["kernel"].shape[-2]), f"keras.layers.GRU({written})", forward, params,
                      LAYOUTS["keras"]["gru"])


def composed_gru(reset: str, recurrent_bias: str, update: str) -> Built:
    """The forms that Keras has no layer for, cell by cell from keras.ops."""
    def forward(weights, inputs):
        K_r, K_z, K_n = ops.unstack(ops.convert_to_tensor(weights["kernel"]))
        R_r, R_z, R_n = ops.unstack(ops.convert_to_tensor(weights["recurrent_kernel"]))
        b_r, b_z, b_n = ops.unstack(ops.convert_to_tensor(weights["bias"]))
        c_r, c_z, c_n = (ops.unstack(ops.convert_to_tensor(weights["recurrent_bias"]))
                         if recurrent_bias != "none" else (0, 0, 0))
        x = inputs["x"]
        h = inputs["h0"] if "h0" in inputs else ops.zeros((x.shape[0], R_n.shape[-1]), x.dtype)
        states = []
        for x_t in ops.unstack(x, axis=1):
            r = ops.sigmoid(ops.matmul(x_t, K_r) + b_r + ops.matmul(h, R_r) + c_r)
            z = ops.sigmoid(ops.matmul(x_t, K_z) + b_z + ops.matmul(h, R_z) + c_z)
            if reset == "before":
                recurrent = ops.matmul(r * h, R_n) + c_n
            elif recurrent_bias == "inside":
                recurrent = r * (ops.matmul(h, R_n) + c_n)
            else:
                recurrent = r * ops.matmul(h, R_n) + c_n
            n = ops.tanh(ops.matmul(x_t, K_n) + b_n + recurrent)
            h = z * h + (1 - z) * n if update == "keep" else (1 - z) * h + z * n
            states.append(h)
        return {"y": ops.stack(states, axis=1), "h_n": h}

    return Built("a GRU cell from keras.ops", forward, composed=True)


LSTM = {"recurrent_bias": "none", "activation": "tanh", "cell_activation": "tanh", "gate_activation": "sigmoid",
        "forget_bias": 0.0, "peepholes": False, "truncate": None}
SIMPLE_RNN = {"recurrent_bias": "none", "activation": "tanh"}


def lstm(layer: Layer, params, case: Case) -> Built:
    """keras.layers.LSTM: one bias; one activation for the candidate and the cell state, another for the gates."""
    config = LSTM if layer.default else {**LSTM, "recurrent_bias": "separate", **layer.config}
    chosen = {"activation": config["activation"], "gate_activation": config["gate_activation"]}
    if config != {**LSTM, **chosen, "cell_activation": config["activation"]}:
        return composed_lstm(**config)
    options = {"activation": config["activation"], "recurrent_activation": config["gate_activation"]}
    return lstm_or_rnn(keras.layers.LSTM, layer, params, case, ("h0", "c0"), ("h_n", "c_n"),
                       **({} if layer.default else options))


def simple_rnn(layer: Layer, params, case: Case) -> Built:
    """keras.layers.SimpleRNN: one bias, any activation."""
    config = SIMPLE_RNN if layer.default else {**SIMPLE_RNN, "recurrent_bias": "separate", **layer.config}
    if config["recurrent_bias"] == "separate":
        return composed_rnn(config["activation"])
    options = {} if layer.default else {"activation": config["activation"]}
    return lstm_or_rnn(keras.layers.SimpleRNN, layer, params, case, ("h0",), ("h_n",), **options)


def lstm_or_rnn(layer_class, layer, params, case, first_names, last_names, **options) -> Built:
    """The layer itself. Initial states that the case does not give are left to it, or zero where one of two is given."""
    hidden = params["kernel"].shape[-1]
    module = layer_class(hidden, return_sequences=True, return_state=True, dtype=str(case.dtype), **options)

    def forward(_weights, inputs):
        zero = ops.zeros((inputs["x"].shape[0], hidden), inputs["x"].dtype)
        given = any(name in inputs for name in first_names)
        first = [inputs.get(name, zero) for name in first_names] if given else None
        y, *last = module(inputs["x"], initial_state=first)
        return {"y": y, **dict(zip(last_names, last, strict=True))}

    written = ", ".join([str(hidden), *(f"{k}={v!r}" for k, v in options.items()),
                         "return_sequences=True, return_state=True"])
    return from_keras(module, (None, None, params["kernel"].shape[-2]), f"keras.layers.{layer_class.__name__}({written})",
                      forward, params, LAYOUTS["keras"][layer.kind])


def composed_lstm(recurrent_bias, activation, cell_activation, gate_activation, forget_bias, peepholes, truncate) -> Built:
    """The forms that Keras has no layer for, cell by cell; truncated backpropagation as a graph cut by stop_gradient."""
    candidate, squashed, gate = map(keras.activations.get, (activation, cell_activation, gate_activation))

    def forward(weights, inputs):
        K, R, b = (ops.unstack(ops.convert_to_tensor(weights[k])) for k in ("kernel", "recurrent_kernel", "bias"))
        c = ops.unstack(ops.convert_to_tensor(weights["recurrent_bias"])) if recurrent_bias == "separate" else (0, 0, 0, 0)
        p_i, p_f, p_o = ops.unstack(ops.convert_to_tensor(weights["peephole"])) if peepholes else (0, 0, 0)

        def cell(x_t, h, s):
            a_i, a_f, a_g, a_o = (ops.matmul(x_t, K[n]) + b[n] + ops.matmul(h, R[n]) + c[n] for n in range(4))
            i, f = gate(a_i + p_i * s), gate(a_f + p_f * s + forget_bias)
            s_new = f * s + i * candidate(a_g)
            return gate(a_o + p_o * s_new) * squashed(s_new), s_new

        x = inputs["x"]
        zero = ops.zeros((x.shape[0], R[0].shape[-1]), x.dtype)
        states = unrolled(cell, ops.unstack(x, axis=1), (inputs.get("h0", zero), inputs.get("c0", zero)), truncate)
        return {"y": ops.stack([h for h, _ in states], axis=1), "h_n": states[-1][0], "c_n": states[-1][1]}

    return Built("an LSTM cell from keras.ops" + ("" if truncate is None else ", the graph cut by stop_gradient"), forward,
                 composed=True)


def unrolled(cell, xs, first, truncate):
    """The states after every step; with a window k, step t is computed anew from the constant state k + 1 steps before."""
    states = [first]
    for x_t in xs:
        states.append(cell(x_t, *states[-1]))
    if truncate is None:
        return states[1:]
    constant = [tuple(ops.stop_gradient(a) for a in pair) for pair in states]
    cut = []
    for t in range(len(xs)):
        start = max(0, t - truncate)
        state = constant[start] if t >= truncate else first
        for x_t in xs[start:t + 1]:
            state = cell(x_t, *state)
        cut.append(state)
    return cut


def composed_rnn(activation: str) -> Built:
    """Two biases, which Keras has no layer for."""
    def forward(weights, inputs):
        K, R, b, c = (ops.convert_to_tensor(weights[k]) for k in ("kernel", "recurrent_kernel", "bias", "recurrent_bias"))
        x = inputs["x"]
        h = inputs["h0"] if "h0" in inputs else ops.zeros((x.shape[0], R.shape[-1]), x.dtype)
        states = []
        for x_t in ops.unstack(x, axis=1):
            h = keras.activations.get(activation)(ops.matmul(x_t, K) + b + ops.matmul(h, R) + c)
            states.append(h)
        return {"y": ops.stack(states, axis=1), "h_n": h}

    return Built("an Elman cell from keras.ops", forward, composed=True)


BUILDERS = {"gru": gru, "lstm": lstm, "simple_rnn": simple_rnn}
