"""How each framework stores recurrent layers: gates stacked along one axis, each framework in its own order."""

import numpy as np

from nnparity.cases.kinds import GATES
from nnparity.oracles.layouts.layout import IDENTITY, Layout, renamed


def gates_last(gates: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """(gates, ..., hidden) -> (..., gates * hidden); order[i] is the canonical number of the gate that stands at place i."""
    return np.concatenate(gates[list(order)], axis=-1)


def gates_last_undone(packed: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """The inverse of `gates_last`: (..., gates * hidden) in this order -> (gates, ..., hidden) in the canonical one."""
    return np.stack(np.split(packed, len(order), axis=-1))[np.argsort(order)]


def order(kind: str, letters: str) -> tuple[int, ...]:
    """Which of the canonical gates stands first, second, ...: order("gru", "zrn") is (1, 0, 2)."""
    return tuple(GATES[kind].index(letter) for letter in letters)


RZN = order("gru", "rzn")  # reset, update, candidate: PyTorch
ZRH = order("gru", "zrn")  # update, reset, candidate: Keras, ONNX, TensorFlow, which call the candidate h
IFGO = order("lstm", "ifgo")  # input, forget, candidate, output: PyTorch, and Keras, which calls the candidate c
IOFC = order("lstm", "iofg")  # input, output, forget, candidate: ONNX


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
        if "bias" not in params:
            return weights
        bias = gates_last(params["bias"], order)
        if "recurrent_bias" in params:
            bias = np.stack([bias, gates_last(params["recurrent_bias"], order)])
        return {**weights, "bias": bias}

    def unpack(arrays):
        params = {name: gates_last_undone(arrays[name], order) for name in ("kernel", "recurrent_kernel")}
        if "bias" not in arrays:
            return params
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


def onnx_gates(order) -> Layout:
    """ONNX GRU and LSTM with G gates: W (1, GH, input), R (1, GH, H), B (1, 2GH) with both biases one behind the other."""
    def pack(params):
        arrays = {theirs: gates_last(params[ours], order).T[None] for theirs, ours in ONNX.items()}
        return arrays | both_biases({name: gates_last(params[name], order) for name in BIASES if name in params})

    def unpack(arrays):
        params = {ours: gates_last_undone(arrays[theirs][0].T, order) for theirs, ours in ONNX.items()}
        return params | {name: gates_last_undone(b, order) for name, b in both_biases_undone(arrays).items()}

    return Layout(pack, unpack)


def onnx_rnn() -> Layout:
    """ONNX RNN: W (1, H, input), R (1, H, H), B (1, 2H)."""
    return Layout(lambda params: {theirs: params[ours].T[None] for theirs, ours in ONNX.items()} | both_biases(params),
                  lambda arrays: {ours: arrays[theirs][0].T for theirs, ours in ONNX.items()} | both_biases_undone(arrays))


ONNX = {"W": "kernel", "R": "recurrent_kernel"}
BIASES = ("bias", "recurrent_bias")


def both_biases(params) -> dict[str, np.ndarray]:
    """{bias, recurrent_bias} -> {B (1, 2n)}."""
    return {"B": np.concatenate([params[name] for name in BIASES])[None]} if "bias" in params else {}


def both_biases_undone(arrays) -> dict[str, np.ndarray]:
    """{B (1, 2n)} -> {bias, recurrent_bias}."""
    return dict(zip(BIASES, np.split(arrays["B"][0], 2), strict=True)) if "B" in arrays else {}


def nnx_gates(order, **theirs_to_ours: str) -> Layout:
    """flax.nnx cells with G gates in two Linear layers: kernel (input, GH), recurrent_kernel (H, GH), bias (GH,)."""
    names = renamed(**theirs_to_ours)
    return Layout(lambda params: names.pack({name: gates_last(a, order) for name, a in params.items()}),
                  lambda arrays: {name: gates_last_undone(a, order) for name, a in names.unpack(arrays).items()})


def linen_gates(gates: str, bias: dict[str, str]) -> Layout:
    """flax.linen cells with a Dense for each gate g and side: params/ig/kernel (input, H), params/hg/kernel (H, H).

    `bias` says which of them have a bias: {"i": "rzn", "h": "n"}. The recurrent bias of the other gates does not exist
    and is zero here.
    """
    stored = {f"params/{side}{g}/kernel": (name, k)
              for side, name in (("i", "kernel"), ("h", "recurrent_kernel")) for k, g in enumerate(gates)}
    biases = dict(zip(bias, BIASES, strict=False))  # the first side named has the bias, the second the recurrent one
    stored |= {f"params/{side}{g}/bias": (biases[side], gates.index(g)) for side, own in bias.items() for g in own}

    def pack(params):
        return {theirs: params[ours][k] for theirs, (ours, k) in stored.items()}

    def unpack(arrays):
        H = arrays[f"params/h{gates[0]}/kernel"].shape[0]
        params = {}
        for theirs, (ours, k) in stored.items():
            a = arrays[theirs]
            params.setdefault(ours, np.zeros((len(gates), *a.shape[:-1], H), a.dtype))[k] = a
        return params

    return Layout(pack, unpack)


NNX = {"dense_i/kernel": "kernel", "dense_h/kernel": "recurrent_kernel"}
LINEN_RNN = {"params/i/kernel": "kernel", "params/h/kernel": "recurrent_kernel", "params/i/bias": "bias"}

LAYOUTS = {
    "torch": {"gru": torch_gates(RZN), "lstm": torch_gates(IFGO), "simple_rnn": torch_rnn()},
    "keras": {"gru": keras_gates(ZRH), "lstm": keras_gates(IFGO), "simple_rnn": IDENTITY},
    # GRUCell, OptimizedLSTMCell, SimpleCell; the one bias stands on the input's side or on the state's
    "flax": {"gru": nnx_gates(RZN, **NNX, **{"dense_i/bias": "bias"}),
             "lstm": nnx_gates(IFGO, **NNX, **{"dense_h/bias": "bias"}),
             "simple_rnn": renamed(**NNX, **{"dense_i/bias": "bias"})},
    "linen": {"gru": linen_gates(GATES["gru"], {"i": GATES["gru"], "h": "n"}),
              "lstm": linen_gates(GATES["lstm"], {"h": GATES["lstm"]}),
              "simple_rnn": renamed(**LINEN_RNN)},
    "onnx": {"gru": onnx_gates(ZRH), "lstm": onnx_gates(IOFC), "simple_rnn": onnx_rnn()},
}
