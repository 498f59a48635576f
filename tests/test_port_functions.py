"""Functions between layers move, in every target and both ways; cells called step by step; attention with masks."""

import numpy as np
import pytest

from nnparity.reports.porting.reading import rotation

pytestmark = pytest.mark.live
TARGETS = ["keras", "flax", "onnx"]
# of a value x (batch, 4, 6) in PyTorch, and of the same in keras.ops
FUNCTIONS = {
    "clamp": ("torch.clamp(x, -0.5, 0.7)", "ops.clip(x, -0.5, 0.7)"), "clamp_min": ("x.clamp(min=0.1)", "ops.maximum(x, 0.1)"),
    "far bound": ("x.clamp(max=100.0)", "ops.minimum(x, 100.0)"),
    "pow": ("(x * x + 1) ** 1.5", "ops.power(x * x + 1.0, 1.5)"), "sign": ("torch.sign(x) * x.abs().sqrt()",
                                                              "ops.sign(x) * ops.sqrt(ops.abs(x))"),
    "log1p": ("torch.log1p(x * x) + torch.expm1(x)", "ops.log1p(x * x) + ops.expm1(x)"),
    "float mask": ("x * (x > 0.2).float()", 'x * ops.cast(x > 0.2, "float32")'),
    "where": ("torch.where(x <= 0, x - 1, x * 2)", "ops.where(x <= 0, x - 1, x * 2)"),
    "maximum": ("torch.maximum(x, -x * 2)", "ops.maximum(x, -x * 2)"),
    "sum": ("x - x.sum(dim=1, keepdim=True)", "x - ops.sum(x, axis=1, keepdims=True)"),
    "sum of two axes": ("x * x.sum((1, 2), keepdim=True)", "x * ops.sum(x, axis=(1, 2), keepdims=True)"),
    "prod": ("x + x.prod(dim=-1, keepdim=True)", "x + ops.prod(x, axis=-1, keepdims=True)"),
    "amin": ("x - x.amin(dim=2, keepdim=True)", "x - ops.min(x, axis=2, keepdims=True)"),
    "std": ("x / (x.std(dim=1, keepdim=True) + 1)", "x / (ops.std(x, axis=1, keepdims=True) + 1)"),
    "var": ("x * x.var(dim=(1, 2), unbiased=False, keepdim=True)", "x * ops.var(x, axis=(1, 2), keepdims=True)"),
    "norm": ("x / (x.norm(dim=-1, keepdim=True) + 1)", "x / (ops.norm(x, axis=-1, keepdims=True) + 1)"),
    "norm of one": ("x / (x.norm(p=1, dim=-1, keepdim=True) + 1)", "x / (ops.norm(x, ord=1, axis=-1, keepdims=True) + 1)"),
    "logsumexp": ("x - torch.logsumexp(x, dim=2, keepdim=True)", "x - ops.logsumexp(x, axis=2, keepdims=True)"),
    "cumsum": ("torch.cumsum(x, dim=1)", "ops.cumsum(x, axis=1)"),
    "normalize": ("F.normalize(x, dim=-1)", "ops.normalize(x, axis=-1)"),
    "cosine": ("x * F.cosine_similarity(x, x * x, dim=-1)[..., None]", ""),
    "einsum": ("torch.einsum('btd,bsd->bts', x, x) @ x", "ops.matmul(ops.einsum('btd,bsd->bts', x, x), x)"),
    "roll": ("torch.roll(x, 1, dims=1) + torch.roll(x, (-1, 2), dims=(1, 2))",
             "ops.roll(x, 1, axis=1) + ops.roll(ops.roll(x, -1, axis=1), 2, axis=2)"),
    "index": ("x[:, [2, 0, 3, 1]] + x", "ops.take(x, np.array([2, 0, 3, 1]), axis=1) + x"),
    "any": ("x * (x > 1).any(dim=-1, keepdim=True)", 'x * ops.cast(ops.any(x > 1, axis=-1, keepdims=True), "float32")'),
    "masked_fill": ("x.masked_fill((x > 0) & (x < 0.5), -2.0)", "ops.where(ops.logical_and(x > 0, x < 0.5), -2.0, x)"),
    "triu": ("torch.triu(x) + x", "ops.triu(x) + x"),
}


@pytest.fixture(scope="module")
def port_model(load_oracle):
    load_oracle("keras")
    load_oracle("torch")
    import nnparity
    return nnparity.port_model


def moves(port_model, tmp_path, model, to, x):
    if to in ("flax", "onnx"):
        pytest.importorskip(to)
    made = port_model(model, to, tmp_path / ("made.onnx" if to == "onnx" else "made.py"), x)
    assert made.ok and made.worst < 1e-6, made.told + str(made.comparison)


def of_torch(text):
    import torch
    import torch.nn.functional as F
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.before, self.after = nn.Linear(5, 6), nn.Linear(6, 2)

        def forward(self, x):
            return self.after(eval(text, {"torch": torch, "F": F, "x": self.before(x)}))
    torch.manual_seed(0)
    return Net()


def of_keras(text):
    import keras
    from keras import layers, ops
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4, 5))
    x = eval(text, {"ops": ops, "np": np, "x": layers.Dense(6)(inputs)})
    return keras.Model(inputs, layers.Dense(2)(x))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_moves_to_keras(port_model, tmp_path, name):
    moves(port_model, tmp_path, of_torch(FUNCTIONS[name][0]), "keras", np.random.default_rng(0).normal(size=(3, 4, 5)))


@pytest.mark.parametrize("name", [name for name, (_, text) in FUNCTIONS.items() if text])
def test_a_function_moves_to_torch(port_model, tmp_path, name):
    moves(port_model, tmp_path, of_keras(FUNCTIONS[name][1]), "torch", None)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_moves_to_onnx(port_model, tmp_path, name):
    moves(port_model, tmp_path, of_torch(FUNCTIONS[name][0]), "onnx", np.random.default_rng(0).normal(size=(3, 4, 5)))


def test_a_rolled_axis_is_known_by_its_places():
    """Else its places would be written as a table."""
    places = np.arange(5)
    assert [rotation(np.roll(places, shift), 5) for shift in range(5)] == [0, 1, 2, 3, 4]
    assert rotation(places[::-1], 5) is None and rotation(places[:4], 5) is None


@pytest.mark.parametrize("names", [list(FUNCTIONS)[k::4] for k in range(4)], ids=str)
def test_functions_move_to_flax(port_model, tmp_path, names):
    """Several at once: JAX takes seconds to trace each model."""
    text = " + ".join(f"0.1 * ({FUNCTIONS[name][0]})" for name in names)
    moves(port_model, tmp_path, of_torch(text), "flax", np.random.default_rng(0).normal(size=(3, 4, 5)))


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("cell", ["LSTMCell", "GRUCell", "RNNCell"])
def test_a_cell_called_step_by_step_moves(port_model, tmp_path, cell, to):
    import torch
    from torch import nn

    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.out = getattr(nn, cell)(5, 6), nn.Linear(6, 2)

        def forward(self, x):
            h = torch.zeros(len(x), 6)
            state = (h, torch.zeros(len(x), 6)) if cell == "LSTMCell" else h
            ys = []
            for t in range(x.shape[1]):
                state = self.cell(x[:, t], state)
                ys.append(self.out(state[0] if cell == "LSTMCell" else state))
            return torch.stack(ys, 1)
    torch.manual_seed(0)
    moves(port_model, tmp_path, Loop(), to, np.random.default_rng(0).normal(size=(3, 3, 5)))


@pytest.mark.parametrize("cell", ["LSTMCell", "GRUCell", "SimpleRNNCell"])
def test_a_cell_of_keras_moves(port_model, tmp_path, cell):
    import keras

    class Loop(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.cell, self.out = keras.layers.Dense(6), getattr(keras.layers, cell)(6), keras.layers.Dense(2)

        def call(self, x):
            states = [self.first(x[:, 0])] * (2 if cell == "LSTMCell" else 1)
            for t in range(1, 4):
                y, states = self.cell(x[:, t], states)
            return self.out(y)
    keras.utils.set_random_seed(0)
    model, x = Loop(), np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
    model(x)
    moves(port_model, tmp_path, model, "torch", x)


@pytest.mark.parametrize("to", TARGETS)
def test_attention_with_a_mask_of_padding_moves(port_model, tmp_path, to):
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.out = nn.Embedding(9, 8), nn.Linear(8, 2)
            self.encoder = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, batch_first=True)

        def forward(self, words):
            hidden = words == 8
            y = self.encoder(self.table(words), src_key_padding_mask=hidden)
            seen = (~hidden).unsqueeze(-1).float()
            return self.out((y * seen).sum(1) / seen.sum(1).clamp(min=1.0))
    torch.manual_seed(0)
    moves(port_model, tmp_path, Net(), to, np.random.default_rng(0).integers(0, 9, (3, 12)))


def test_masks_that_travel_beside_the_numbers_are_not_lost(port_model, tmp_path):
    """A layer of a person's own that hides steps, in front of one that heeds it: written equal, or refused."""
    import keras
    from keras import layers, ops

    from nnparity.oracles.writing.graph import NoFormula

    class Words(layers.Layer):
        def __init__(self):
            super().__init__()
            self.table, self.supports_masking = layers.Embedding(9, 8), True

        def call(self, x):
            return self.table(x)

        def compute_mask(self, x, mask=None):  # noqa: ARG002
            return ops.not_equal(x, 0)

    class Mixed(layers.Layer):
        def __init__(self):
            super().__init__()
            self.attention, self.supports_masking = layers.MultiHeadAttention(2, 4), True

        def call(self, x, mask=None):  # noqa: ARG002
            return self.attention(x, x)
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,), dtype="int32")
    model = keras.Model(inputs, layers.Dense(2)(Mixed()(Words()(inputs))))
    try:
        made = port_model(model, "torch", tmp_path / "made.py")
    except NoFormula:
        return
    import torch

    from nnparity.reports.porting.port import built
    words = np.random.default_rng(0).integers(0, 3, (5, 6))
    apart = np.abs(np.asarray(model(words)) - built(made.path)(torch.tensor(words)).detach().numpy()).max()
    assert made.ok == bool(apart < 1e-5)
