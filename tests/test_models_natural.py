"""Two models of one framework, written in different ways: what is the same agrees, what differs is named."""

import numpy as np
import pytest

pytestmark = pytest.mark.live
SHAPES = {"vae": (4, 8), "attention": (2, 5, 8), "style": (2, 3, 6, 6), "stack": (2, 6, 3)}


def models(torch):
    """{name: (A, what makes B of A, the finding to be named or "")}."""
    from torch import nn
    from torch.nn import functional as F

    class VAE(nn.Module):
        def __init__(self, half=0.5):
            super().__init__()
            self.half = half
            self.e, self.mu, self.lv, self.d = nn.Linear(8, 6), nn.Linear(6, 2), nn.Linear(6, 2), nn.Linear(2, 8)

        def forward(self, x):
            h = torch.relu(self.e(x))
            mu, lv = self.mu(h), self.lv(h)
            std = torch.exp(self.half * lv) if self.half != 1 else torch.exp(lv)
            z = mu + std * torch.randn_like(std) if self.training else mu
            return torch.sigmoid(self.d(z)), std

    class Einsum(nn.Module):
        def __init__(self, axis=-1):
            super().__init__()
            self.axis = axis
            self.q, self.k, self.v = (nn.Linear(8, 8, bias=False) for _ in range(3))
            self.o = nn.Linear(8, 8)

        def forward(self, x):
            q, k, v = (f(x).unflatten(-1, (2, 4)) for f in (self.q, self.k, self.v))
            s = torch.einsum("bqhd,bkhd->bhqk", q, k) * 4**-0.5
            return self.o(torch.einsum("bhqk,bkhd->bqhd", s.softmax(self.axis), v).flatten(-2))

    class Fused(nn.Module):
        def __init__(self, causal=False):
            super().__init__()
            self.causal = causal
            self.q, self.k, self.v = (nn.Linear(8, 8, bias=False) for _ in range(3))
            self.o = nn.Linear(8, 8)

        def forward(self, x):
            def split(t):
                return t.view(*t.shape[:2], 2, 4).transpose(1, 2)
            y = F.scaled_dot_product_attention(split(self.q(x)), split(self.k(x)), split(self.v(x)), is_causal=self.causal)
            return self.o(y.transpose(1, 2).reshape(x.shape))

    class Style(nn.Module):
        def __init__(self, mode="reflect"):
            super().__init__()
            self.c, self.n = nn.Conv2d(3, 4, 3, padding=1, padding_mode=mode), nn.InstanceNorm2d(4, affine=True)

        def forward(self, x):
            return F.relu(self.n(self.c(x)))

    class Stack(nn.Module):
        def __init__(self, taken=-1):
            super().__init__()
            self.taken = taken
            self.g, self.o = nn.GRU(3, 4, 2, batch_first=True), nn.Linear(4, 2)

        def forward(self, x):
            return self.o(self.g(x)[1][self.taken])
    return {
        "vae-draws": (VAE(), VAE(), ""), "vae-variance": (VAE(), VAE(1), "missing"),
        "attention-written-out": (Einsum(), Fused(), ""),
        "attention-causal": (Einsum(), Fused(True), "causal"), "attention-axis": (Einsum(-2), Fused(), "axis"),
        "style-right": (Style(), Style(), ""), "style-padding": (Style(), Style("zeros"), "fill"),
        "stack-right": (Stack(), Stack(), ""), "stack-first-layer": (Stack(), Stack(0), "input"),
    }


@pytest.mark.parametrize("name", ["vae-draws", "vae-variance", "attention-written-out", "attention-causal", "attention-axis",
                                  "style-right", "style-padding", "stack-right", "stack-first-layer"])
def test_torch_beside_torch(load_oracle, name):
    load_oracle("torch")
    import torch

    import nnparity
    torch.manual_seed(0)
    a, b, what = models(torch)[name]
    b.load_state_dict(a.state_dict())
    found = nnparity.compare(a, b, np.random.default_rng(0).normal(size=SHAPES[name.partition("-")[0]]))
    assert {f.what for f in found.differing} == ({what} if what else set()), str(found)
    assert found.exit_code == bool(what) and all(f.verified for f in found.differing)


def keras_models(keras):
    from keras import layers as L

    def inception(slope=0.3, order=(0, 1, 2)):
        i = keras.Input((8, 8, 4))
        parts = [L.SeparableConv2D(6, 3, padding="same", depth_multiplier=2, activation="relu")(i),
                 L.Conv2D(6, 1, activation="swish")(L.DepthwiseConv2D(5, padding="same")(i)),
                 L.Conv2D(4, 1)(L.MaxPooling2D(3, 1, padding="same")(i))]
        x = L.LeakyReLU(slope)(L.GroupNormalization(4)(L.Concatenate()([parts[k] for k in order])))
        return keras.Model(i, L.Dense(3)(L.GlobalAveragePooling2D()(x)))

    def twins(distance="abs"):
        a, b = keras.Input((7,)), keras.Input((7,))
        shared = keras.Sequential([L.Dense(9, activation="relu"), L.Dense(5), L.UnitNormalization()])
        apart = shared(a) - shared(b)
        apart = keras.ops.abs(apart) if distance == "abs" else keras.ops.square(apart)
        return keras.Model([a, b], L.Dense(1, activation="sigmoid")(apart))

    def both(mode, first=True):  # the one as the layer joins, the other by hand
        i = keras.Input((5, 3))
        if first:
            return keras.Model(i, L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode=mode)(i))
        y = L.Bidirectional(L.LSTM(4, return_sequences=True))(i)
        return keras.Model(i, L.Add()([y[..., :4], y[..., 4:]]))

    class Series(keras.Model):  # with a call of its own
        def __init__(self, rate=0.0):
            super().__init__()
            self.conv, self.gru = L.Conv1D(6, 3, padding="causal"), L.GRU(5, recurrent_dropout=rate)
            self.out = L.Dense(2)

        def call(self, x):
            return self.out(self.gru(self.conv(x)))
    return {
        "inception-right": (inception(), inception(), ""), "inception-slope": (inception(), inception(0.01), "slope"),
        "inception-order": (inception(), inception(order=(1, 0, 2)), "input"), "twins-right": (twins(), twins(), ""),
        "twins-squared": (twins(), twins("square"), "unexplained"), "series-right": (Series(), Series(), ""),
        "both-summed": (both("sum"), both("sum", False), ""), "both-multiplied": (both("mul"), both("sum", False), "kind"),
        "series-dropout": (Series(), Series(0.3), "recurrent_dropout"),
    }


@pytest.mark.parametrize("name", ["inception-right", "inception-slope", "inception-order", "twins-right",
                                  "twins-squared", "series-right", "both-summed", "both-multiplied", "series-dropout"])
def test_keras_beside_keras(load_oracle, name):
    load_oracle("keras")
    import keras

    import nnparity
    keras.utils.set_random_seed(0)
    a, b, what = keras_models(keras)[name]
    x = np.random.default_rng(0).normal(size=(2, 9, 3)) if name.startswith("series") else None
    found = nnparity.compare(a, b, x)
    assert {f.what for f in found.differing} == ({what} if what else set()), str(found)


@pytest.mark.parametrize("loaded", [True, False], ids=["loaded", "weights of its own"])
def test_shared_layers_may_be_called_in_another_order(load_oracle, loaded):
    """They are paired by which input they read, and by what they give."""
    load_oracle("torch")
    import torch

    import nnparity

    class Twins(torch.nn.Module):
        def __init__(self, second_first=False):
            super().__init__()
            self.second_first = second_first
            self.shared = torch.nn.Sequential(torch.nn.Linear(7, 9), torch.nn.ReLU(), torch.nn.Linear(9, 5))

        def forward(self, a, b):
            if self.second_first:
                of_b = self.shared(b)
                return self.shared(a) - of_b
            return self.shared(a) - self.shared(b)
    torch.manual_seed(0)
    one, other = Twins(), Twins(True)
    if loaded:
        other.load_state_dict(one.state_dict())
    x = np.random.default_rng(0).normal(size=(2, 3, 7))
    found = nnparity.compare(one, other, list(x))
    assert found.ok and found.loaded == loaded and found.after < 1e-12, str(found)


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_a_row_of_padding_learns_nothing(load_oracle, framework):
    load_oracle(framework)
    from importlib import import_module
    runner = object.__new__(import_module(f"nnparity.oracles.{framework}_models.runner").Runner)
    table, words = np.arange(12.0).reshape(4, 3), np.array([[0, 2, 0]])
    for row, expected in ((None, [2, 0, 1, 0]), (0, [0, 0, 1, 0])):
        outputs, _, grads = runner.compute("embedding", {"padding_row": row}, {"table": table}, [words], np.ones((1, 3, 3)))
        assert np.array_equal(outputs["y"], table[words]) and np.array_equal(grads["table"][:, 0], expected)


def test_a_model_that_gives_other_numbers_while_it_is_recorded_is_refused(load_oracle):
    load_oracle("torch")
    import torch

    import nnparity

    class Counts(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.calls = torch.nn.Linear(3, 2), 0

        def forward(self, x):
            self.calls += 1
            return self.layer(x) * self.calls
    with pytest.raises(nnparity.WrongRequest, match="gives other numbers while its calls are recorded"):
        nnparity.compare(Counts(), Counts(), np.ones((2, 3)))
