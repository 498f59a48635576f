"""Recurrent layers in PyTorch."""

import torch

from nnparity.cases.case import Case, Layer, Unsupported
from nnparity.oracles.chain import Built
from nnparity.oracles.layouts import LAYOUTS
from nnparity.oracles.torch_layers.built import as_function


def gru(layer: Layer, params, case: Case) -> Built:
    """torch.nn.GRU computes reset="after", recurrent_bias="inside", update="keep" and nothing else."""
    features, hidden = params["kernel"].shape[1:]
    config = {} if layer.default else {"reset": "after", "recurrent_bias": "inside", "update": "keep", **layer.config}
    if config not in ({}, {"reset": "after", "recurrent_bias": "inside", "update": "keep"}):
        return composed_gru(**config)
    module = torch.nn.GRU(features, hidden, batch_first=True, dtype=getattr(torch, str(case.dtype)))
    call = as_function(module)

    def forward(weights, inputs):
        states = (inputs["h0"][None],) if "h0" in inputs else ()
        y, h_n = call(weights, inputs["x"], *states)
        return {"y": y, "h_n": h_n[0]}

    return Built(f"torch.nn.GRU({features}, {hidden}, batch_first=True)", forward, LAYOUTS["torch"]["gru"])


def composed_gru(reset: str, recurrent_bias: str, update: str) -> Built:
    """The forms that PyTorch has no layer for, cell by cell from torch.sigmoid and torch.tanh."""
    def forward(weights, inputs):
        K, R, b = weights["kernel"], weights["recurrent_kernel"], weights["bias"]
        c = weights["recurrent_bias"] if recurrent_bias != "none" else torch.zeros_like(b)
        x = inputs["x"]
        h = inputs["h0"] if "h0" in inputs else x.new_zeros(x.shape[0], R.shape[-1])
        states = []
        for x_t in x.unbind(1):
            r = torch.sigmoid(x_t @ K[0] + b[0] + h @ R[0] + c[0])
            z = torch.sigmoid(x_t @ K[1] + b[1] + h @ R[1] + c[1])
            match reset, recurrent_bias:
                case "after", "inside":
                    recurrent = r * (h @ R[2] + c[2])
                case "after", _:
                    recurrent = r * (h @ R[2]) + c[2]
                case _:
                    recurrent = (r * h) @ R[2] + c[2]
            n = torch.tanh(x_t @ K[2] + b[2] + recurrent)
            old, new = (z, 1 - z) if update == "keep" else (1 - z, z)
            h = old * h + new * n
            states.append(h)
        return {"y": torch.stack(states, 1), "h_n": h}

    return Built("a GRU cell from torch.sigmoid and torch.tanh", forward, composed=True)


LSTM = {"recurrent_bias": "separate", "activation": "tanh", "cell_activation": "tanh", "gate_activation": "sigmoid",
        "forget_bias": 0.0, "peepholes": False, "truncate": None}
SIMPLE_RNN = {"recurrent_bias": "separate", "activation": "tanh"}
ACTIVATIONS = {"linear": lambda a: a, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu,
               # torch.nn.functional.hardsigmoid has its derivative 1/6 as a float32 even in float64: 3e-8 off
               "hard_sigmoid": lambda a: torch.clamp(a / 6 + 0.5, 0, 1)}


def lstm(layer: Layer, params, case: Case) -> Built:
    """torch.nn.LSTM computes the form in `LSTM`; with its second bias held at zero, also recurrent_bias="none"."""
    if not layer.default and {**LSTM, **layer.config, "recurrent_bias": "separate"} != LSTM:
        return composed_lstm(**{**LSTM, **layer.config})
    return lstm_or_rnn(torch.nn.LSTM, layer, params, case, ("h0", "c0"), ("h_n", "c_n"))


def simple_rnn(layer: Layer, params, case: Case) -> Built:
    """torch.nn.RNN has two biases, and tanh or relu; with its second bias held at zero it has one."""
    config = {**SIMPLE_RNN, **layer.config}
    if config["activation"] not in ("tanh", "relu"):
        return composed_rnn(**config)
    options = {} if layer.default or config["activation"] == "tanh" else {"nonlinearity": config["activation"]}
    return lstm_or_rnn(torch.nn.RNN, layer, params, case, ("h0",), ("h_n",), **options)


def lstm_or_rnn(module_class, layer, params, case, first_names, last_names, **options) -> Built:
    """The module itself. Initial states that the case does not give are left to it, or zero where one of two is given."""
    features, hidden = params["kernel"].shape[-2:]
    module = module_class(features, hidden, batch_first=True, dtype=getattr(torch, str(case.dtype)), **options)
    call = as_function(module)
    one_bias = "recurrent_bias" not in params
    if layer.default and one_bias:
        raise Unsupported(f"torch.nn.{module_class.__name__} has two biases by default, the case gives one")

    def forward(weights, inputs):
        if one_bias:
            weights = {**weights, "bias_hh_l0": torch.zeros_like(weights["bias_ih_l0"])}
        given = [name for name in first_names if name in inputs]
        zero = inputs["x"].new_zeros(1, len(inputs["x"]), hidden)
        first = [inputs[name][None] if name in given else zero for name in first_names] if given else []
        states = (tuple(first) if len(first_names) > 1 else first[0],) if given else ()
        y, last = call(weights, inputs["x"], *states)
        last = last if len(last_names) > 1 else (last,)
        return {"y": y, **{name: state[0] for name, state in zip(last_names, last, strict=True)}}

    written = ", ".join([f"{features}, {hidden}", *(f"{k}={v!r}" for k, v in options.items()), "batch_first=True"])
    return Built(f"torch.nn.{module_class.__name__}({written})" + (", its second bias held at zero" if one_bias else ""),
                 forward, LAYOUTS["torch"][layer.kind])


def composed_lstm(recurrent_bias, activation, cell_activation, gate_activation, forget_bias, peepholes, truncate) -> Built:
    """The forms that PyTorch has no layer for, cell by cell; truncated backpropagation as a graph that is cut by detach."""
    candidate, squashed, gate = (ACTIVATIONS[name] for name in (activation, cell_activation, gate_activation))

    def forward(weights, inputs):
        K, R, b = weights["kernel"], weights["recurrent_kernel"], weights["bias"]
        c = weights["recurrent_bias"] if recurrent_bias == "separate" else torch.zeros_like(b)
        p_i, p_f, p_o = weights["peephole"] if peepholes else (0, 0, 0)

        def cell(x_t, h, s):
            i = gate(x_t @ K[0] + b[0] + h @ R[0] + c[0] + p_i * s)
            f = gate(x_t @ K[1] + b[1] + h @ R[1] + c[1] + p_f * s + forget_bias)
            s_new = f * s + i * candidate(x_t @ K[2] + b[2] + h @ R[2] + c[2])
            return gate(x_t @ K[3] + b[3] + h @ R[3] + c[3] + p_o * s_new) * squashed(s_new), s_new

        x = inputs["x"]
        first = tuple(inputs[name] if name in inputs else x.new_zeros(x.shape[0], R.shape[-1]) for name in ("h0", "c0"))
        states = unrolled(cell, x.unbind(1), first, truncate)
        return {"y": torch.stack([h for h, _ in states], 1), "h_n": states[-1][0], "c_n": states[-1][1]}

    return Built("an LSTM cell from torch operations" + ("" if truncate is None else ", the graph cut by detach()"), forward,
                 composed=True)


def unrolled(cell, xs, first, truncate):
    """The states after every step; with a window k, step t is computed anew from the detached state k + 1 steps before."""
    states = [first]
    for x_t in xs:
        states.append(cell(x_t, *states[-1]))
    if truncate is None:
        return states[1:]
    constant = [tuple(a.detach() for a in pair) for pair in states]
    cut = []
    for t in range(len(xs)):
        start = max(0, t - truncate)
        state = constant[start] if t >= truncate else first
        for x_t in xs[start:t + 1]:
            state = cell(x_t, *state)
        cut.append(state)
    return cut


def composed_rnn(recurrent_bias: str, activation: str) -> Built:
    """Activations that torch.nn.RNN does not have."""
    def forward(weights, inputs):
        c = weights["recurrent_bias"] if recurrent_bias == "separate" else 0
        x, R = inputs["x"], weights["recurrent_kernel"]
        h = inputs["h0"] if "h0" in inputs else x.new_zeros(x.shape[0], R.shape[-1])
        states = []
        for x_t in x.unbind(1):
            h = ACTIVATIONS[activation](x_t @ weights["kernel"] + weights["bias"] + h @ R + c)
            states.append(h)
        return {"y": torch.stack(states, 1), "h_n": h}

    return Built(f"an Elman cell from torch operations with {activation}", forward, composed=True)


BUILDERS = {"gru": gru, "lstm": lstm, "simple_rnn": simple_rnn}
