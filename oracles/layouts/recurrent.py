"""How PyTorch and Keras store recurrent layers: gates stacked along one axis, each framework in its own order."""

import numpy as np

from oracles.layouts.layout import IDENTITY, Layout


def gates_last(gates: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """(gates, ..., hidden) -> (..., gates * hidden), gates in `order`."""
    return np.concatenate(gates[list(order)], axis=-1)


def gates_last_undone(packed: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """(..., gates * hidden) -> (gates, ..., hidden)."""
    return np.stack(np.split(packed, len(order), axis=-1))[np.argsort(order)]


RZN = (0, 1, 2)  # the canonical order: reset, update, candidate
ZRH = (1, 0, 2)  # Keras, ONNX, TensorFlow: update, reset, candidate
IFGO = (0, 1, 2, 3)  # the canonical order: input, forget, candidate, output; also PyTorch's, and Keras's (i f c o)


TORCH = {"weight_ih_l0": "kernel", "weight_hh_l0": "recurrent_kernel", "bias_ih_l0": "bias", "bias_hh_l0": "recurrent_bias"}


def torch_gates(order) -> Layout:
    """torch.nn.GRU and LSTM with G gates: weight_ih_l0 (GH, input), weight_hh_l0 (GH, H), bias_ih_l0, bias_hh_l0 (GH,)."""
    def pack(params):
        return {theirs: gates_last(params[ours], order).T for theirs, ours in TORCH.items() if ours in params}

    def unpack(arrays):
        return {ours: gates_last_undone(arrays[theirs].T, order) for theirs, ours in TORCH.items() if theirs in arrays}

    return Layout(pack, unpack)


def keras_gates(order) -> Layout:
    """keras.layers.GRU and LSTM with G gates: kernel (input, GH), recurrent_kernel (H, GH), bias (GH,), (2, GH) with two."""
    def pack(params):
        weights = {name: gates_last(params[name], order) for name in ("kernel", "recurrent_kernel")}
        bias = gates_last(params["bias"], order)
        if "recurrent_bias" in params:
            bias = np.stack([bias, gates_last(params["recurrent_bias"], order)])
        return {**weights, "bias": bias}

    def unpack(arrays):
        params = {name: gates_last_undone(arrays[name], order) for name in ("kernel", "recurrent_kernel")}
        biases = arrays["bias"] if arrays["bias"].ndim == 2 else arrays["bias"][None]
        names = ("bias", "recurrent_bias")[:len(biases)]
        return params | {name: gates_last_undone(b, order) for name, b in zip(names, biases, strict=True)}

    return Layout(pack, unpack)


def torch_rnn() -> Layout:
    """torch.nn.RNN: weight_ih_l0 (H, input), weight_hh_l0 (H, H), bias_ih_l0, bias_hh_l0 (H,)."""
    def pack(params):
        return {theirs: params[ours].T for theirs, ours in TORCH.items() if ours in params}

    def unpack(arrays):
        return {ours: arrays[theirs].T for theirs, ours in TORCH.items() if theirs in arrays}

    return Layout(pack, unpack)


LAYOUTS = {
    "torch": {"gru": torch_gates(RZN), "lstm": torch_gates(IFGO), "simple_rnn": torch_rnn()},
    "keras": {"gru": keras_gates(ZRH), "lstm": keras_gates(IFGO), "simple_rnn": IDENTITY},
}
