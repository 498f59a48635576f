"""Pairs of PyTorch and Keras as people port them: what is right agrees, and what is not is named with its layer."""

import importlib

import numpy as np
import pytest

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore")]


def sides(keras, nn):
    """{name: (what makes the Keras model, what makes the PyTorch one, the input)}; each takes the name of a mistake."""
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
    L = keras.layers
    rng = np.random.default_rng(0)

    def generator_k(bug=""):
        x = L.Reshape((4, 2, 3))(L.Dense(24)(z := keras.Input((6,))))
        x = L.ReLU()(L.BatchNormalization()(x))
        x = L.Permute((2, 1, 3))(x) if bug == "turned" else x
        return keras.Model(z, L.Conv2DTranspose(2, 2, strides=2)(x))

    def generator_t(bug=""):
        del bug
        return nn.Sequential(nn.Linear(6, 24), nn.Unflatten(1, (3, 4, 2)), nn.BatchNorm2d(3, eps=1e-3, momentum=0.01), nn.ReLU(),
                             nn.ConvTranspose2d(3, 2, 2, stride=2))

    def block_k(bug=""):
        x = L.Conv2D(6, 3, padding="same")(i := keras.Input((8, 8, 3)))
        x = L.BatchNormalization(axis=1 if bug == "axis" else -1)(x)
        x = L.LeakyReLU(0.1)(x)
        return keras.Model(i, L.DepthwiseConv2D(3, padding="same")(x))

    def block_t(bug=""):
        middle = [nn.BatchNorm2d(6, eps=1e-3, momentum=0.01), nn.LeakyReLU(0.1)]
        return nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), *(middle[::-1] if bug == "order" else middle),
                             nn.Conv2d(6, 6, 3, padding=1, groups=1 if bug == "groups" else 6, bias=bug != "bias"))

    def tagger_k(bug=""):
        del bug
        return keras.Sequential([keras.Input((5,), dtype="int32"), L.Embedding(7, 4, mask_zero=True),
                                 L.Bidirectional(L.LSTM(3, return_sequences=True)), L.TimeDistributed(L.Dense(2))])

    class Tagger(nn.Module):
        def __init__(self, bug=""):
            super().__init__()
            self.bug = bug
            self.table, self.head = nn.Embedding(7, 4), nn.Linear(6, 2)
            self.lstm = nn.LSTM(4, 3, batch_first=True, bidirectional=True)

        def forward(self, words):
            x = self.table(words)
            if self.bug == "no mask":
                return self.head(self.lstm(x)[0])
            packed = pack_padded_sequence(x, (words != 0).sum(1).cpu(), batch_first=True, enforce_sorted=False)
            return self.head(pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=5)[0])

    class Halves(L.Layer):
        def __init__(self, bug=""):
            super().__init__()
            self.bug, self.dense, self.drop = bug, L.Dense(4), L.Dropout(0.5)

        def build(self, shape):
            self.dense.build(shape)
            self.built = True

        def call(self, x, training=False):
            return self.drop(self.dense(x), training=True if self.bug == "always" else training)

    def dropping_k(bug=""):
        return keras.Model(i := keras.Input((6,)), L.Dense(2)(Halves(bug)(i)))

    def dropping_t(bug=""):
        del bug
        return nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5), nn.Linear(4, 2))

    def gate_k(bug=""):
        return keras.Sequential([keras.Input((5, 3)), L.GRU(4, return_sequences=True, reset_after=bug != "before")])

    class Gate(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(3, 4, batch_first=True)

        def forward(self, x):
            return self.gru(x)[0]

    def skips_k(bug=""):
        """Gated causal blocks whose skips are summed."""
        x, total = L.Conv1D(4, 1)(i := keras.Input((7, 2))), []
        for k in range(3):
            own = bug if k == 1 else ""
            halves = [L.Conv1D(4, 2, padding="causal", activation=function)(x) for function in ("tanh", "sigmoid")]
            z = (L.Add() if own == "plus" else L.Multiply())(halves)
            skips = [] if own == "skip from" else [L.Conv1D(3, 1)(z)]  # written in front of the sum, as PyTorch's is behind it
            r = L.Conv1D(4, 1)(z)
            x = L.Add()([r if own == "self" else x, r])
            total += skips or [L.Conv1D(3, 1)(x)]
        y = L.Add()(total)
        return keras.Model(i, L.Dense(2)(L.ReLU()(L.Rescaling(1 / 3)(y) if bug == "mean" else y)))

    class Skips(nn.Module):
        def __init__(self, bug=""):
            super().__init__()
            self.bug, self.start, self.end = bug, nn.Conv1d(2, 4, 1), nn.Linear(3, 2)
            self.layers = nn.ModuleList(nn.ModuleList([nn.Conv1d(4, 4, 2), nn.Conv1d(4, 4, 2), nn.Conv1d(4, 4, 1),
                                                       nn.Conv1d(4, 3, 1)]) for _ in range(3))

        def forward(self, x):
            x, total = self.start(x.transpose(1, 2)), 0
            for k, (filtered, gate, residual, skip) in enumerate(self.layers):
                own, before = self.bug if k == 1 else "", nn.functional.pad(x, (1, 0))
                one, two = filtered(before).tanh(), gate(before).sigmoid()
                z = one + two if own == "plus" else one * two
                r = residual(z)
                after = (r if own == "self" else x) + r
                total = total + skip(after if own == "skip from" else z)
                x = after
            return self.end((total / 3 if self.bug == "mean" else total).relu().transpose(1, 2))
    words = rng.integers(1, 7, (3, 5))
    words[1, 3:] = words[2, 1:] = 0
    return {"generator": (generator_k, generator_t, rng.normal(size=(4, 6))),
            "block": (block_k, block_t, rng.normal(size=(3, 8, 8, 3))), "tagger": (tagger_k, Tagger, words),
            "dropping": (dropping_k, dropping_t, rng.normal(size=(4, 6))),
            "skips": (skips_k, Skips, rng.normal(size=(3, 7, 2))),
            "gate": (gate_k, lambda *_: Gate(), rng.normal(size=(3, 5, 3)))}


def asked(name, source, bug=""):
    torch, keras = importlib.import_module("torch"), importlib.import_module("keras")
    nnparity = importlib.import_module("nnparity")
    torch.manual_seed(1)
    keras.utils.set_random_seed(1)
    of_keras, of_torch, x = sides(keras, torch.nn)[name]
    x = x if np.issubdtype(x.dtype, np.integer) else x.astype("float32")
    if source == "keras":
        return nnparity.compare(of_keras(), of_torch(bug), x)
    return nnparity.compare(of_torch(), of_keras(bug), np.moveaxis(x, -1, 1) if x.ndim == 4 else x)


@pytest.mark.parametrize("source", ["keras", "torch"])
@pytest.mark.parametrize("name", ["generator", "block", "tagger", "dropping", "skips", "gate"])
def test_a_right_port_agrees(name, source):
    """A dense layer in front of a reshape has its columns in the order of the image that it becomes."""
    report = asked(name, source)
    assert report.ok, str(report)


@pytest.mark.parametrize(("name", "source", "bug", "what"), [
    ("generator", "torch", "turned", {"input"}),
    ("block", "keras", "order", {"extra", "missing"}), ("block", "keras", "groups", {"groups"}),
    ("block", "torch", "axis", {"axis"}), ("tagger", "keras", "no mask", {"valid"}), ("dropping", "torch", "always", {"active"}),
    ("gate", "torch", "before", {"reset"}),
    *(("skips", source, bug, what) for source in ("keras", "torch") for bug, what in (
        ("plus", {"kind"}), ("self", {"input"}), ("skip from", {"input"}), ("mean", {"extra"})))])
def test_a_wrong_port_is_named(name, source, bug, what):
    report = asked(name, source, bug)
    assert {f.what for f in report.differing} == what, str(report)
    assert name != "skips" or len(report.differing) == 1, str(report)
    assert all(f.verified or bug == "self" for f in report.differing), str(report)  # one value twice cannot be asked with two


def by_hand(nn):
    """{name: (A, B, the input, what is to be named)}, B written out by hand or loaded otherwise."""
    torch = importlib.import_module("torch")

    class Norm(nn.Module):
        def __init__(self, outside=False, unbiased=False):
            super().__init__()
            self.outside, self.unbiased = outside, unbiased
            self.gamma, self.beta = nn.Parameter(torch.ones(1, 4, 1, 1)), nn.Parameter(torch.zeros(1, 4, 1, 1))
            self.register_buffer("mean", torch.zeros(1, 4, 1, 1))
            self.register_buffer("variance", torch.ones(1, 4, 1, 1))

        def forward(self, x):
            axes = (0, 2, 3)
            mean = x.mean(axes, keepdim=True) if self.training else self.mean
            variance = x.var(axes, keepdim=True, unbiased=self.unbiased) if self.training else self.variance
            below = variance.sqrt() + 1e-3 if self.outside else torch.sqrt(variance + 1e-3)
            return self.gamma * (x - mean) / below + self.beta

    class Quick(nn.Module):
        def forward(self, x):
            return x * torch.sigmoid(1.702 * x)

    class Attention(nn.Module):
        def __init__(self, scale=0.5, exchanged=False):
            super().__init__()
            self.scale, self.exchanged, self.qkv = scale, exchanged, nn.Linear(5, 12)

        def forward(self, x):
            q, k, v = self.qkv(x).chunk(3, -1)
            q, v = (v, q) if self.exchanged else (q, v)
            return torch.softmax((q @ k.transpose(-2, -1)) * self.scale, -1) @ v

    def image(norm):
        return nn.Sequential(nn.Conv2d(2, 4, 3), norm, nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))

    def dense(activation):
        return nn.Sequential(nn.Linear(5, 6), activation, nn.Linear(6, 2))
    rng = np.random.default_rng(0)
    picture, rows = rng.normal(size=(3, 2, 6, 6)), rng.normal(size=(4, 5))
    table = nn.Sequential(nn.Embedding(7, 3), nn.Linear(3, 2))
    shifted = nn.Sequential(nn.Embedding(7, 3), nn.Linear(3, 2))
    shifted.load_state_dict(table.state_dict())
    shifted[0].weight.data = torch.roll(table[0].weight.data, 1, 0)
    return {"right": (image(nn.BatchNorm2d(4, eps=1e-3)), image(Norm()), picture, set()),
            "outside": (image(nn.BatchNorm2d(4, eps=1e-3)), image(Norm(outside=True)), picture, {"epsilon_in"}),
            "sample": (image(nn.BatchNorm2d(4, eps=1e-3)), image(Norm(unbiased=True)), picture, {"divisor"}),
            "quick": (dense(nn.GELU(approximate="tanh")), dense(Quick()), rows, {"name"}),
            "scale": (Attention(), Attention(0.25), rng.normal(size=(2, 3, 5)), {"factor"}),
            "exchanged": (Attention(), Attention(exchanged=True), rng.normal(size=(2, 3, 5)), {"input"}),
            "shifted": (table, shifted, rng.integers(1, 6, (3, 4)), {"shifted"})}


@pytest.mark.parametrize("name", ["right", "outside", "sample", "quick", "scale", "exchanged", "shifted"])
def test_what_is_written_or_loaded_by_hand(name):
    nn = importlib.import_module("torch").nn
    importlib.import_module("torch").manual_seed(0)
    a, b, x, what = by_hand(nn)[name]
    report = importlib.import_module("nnparity").compare(a, b, x)
    assert {f.what for f in report.differing} == what, str(report)


@pytest.mark.parametrize("target", ["torch", "keras"])
@pytest.mark.parametrize(("of_a", "of_b", "change"), [
    ("ReLU6", "relu", "relu6"), ("ReLU", "relu6", "relu"), ("ReLU6", "relu6", ""), ("Hardswish", "relu6", "hard")])
def test_functions_that_part_beyond_this_input_are_named(target, of_a, of_b, change):
    """Of small numbers relu and relu6 are the same, and the models are not."""
    nn, keras = importlib.import_module("torch").nn, importlib.import_module("keras")

    def torch_net(activation):
        return nn.Sequential(nn.Linear(5, 4), nn.LayerNorm(4), activation, nn.Linear(4, 2))
    b = torch_net({"relu": nn.ReLU(), "relu6": nn.ReLU6()}[of_b]) if target == "torch" else keras.Sequential([
        keras.Input((5,)), keras.layers.Dense(4), keras.layers.LayerNormalization(epsilon=1e-5), keras.layers.Activation(of_b),
        keras.layers.Dense(2)])
    report = importlib.import_module("nnparity").compare(torch_net(getattr(nn, of_a)()), b, np.random.default_rng(0).normal(
        size=(6, 5)).astype("float32"))
    assert {f.what for f in report.differing} == ({"name"} if change else set()), str(report)
    assert all(f.verified and change in f.change for f in report.differing)
    assert ("on this input the two agree" in str(report).replace("\n  ", " ").replace("  ", " ")) == (change.startswith("relu"))


def test_arrays_of_one_of_the_two_are_told_and_no_mistake():
    """A bias of zeros, or a factor of ones, changes nothing yet."""
    nn, compare = importlib.import_module("torch").nn, importlib.import_module("nnparity").compare

    def net(more, hidden):
        return nn.Sequential(nn.Linear(5, 4, bias=more), nn.LayerNorm(4, elementwise_affine=more), nn.Linear(4, hidden))
    x = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
    report = compare(net(False, 2), net(True, 2), x)
    assert report.ok and report.alone == (("b", "0", "bias"), ("b", "1", "gamma"), ("b", "1", "beta"))
    assert "Only one of the two has: bias of 0 (B), gamma of 1 (B), beta of 1 (B)." in str(report).replace("\n  ", " ")
    lacks = compare(net(True, 2), net(False, 2), x)
    assert {f.what for f in lacks.differing} == {"bias"} and {array for _, _, array in lacks.alone} == {"gamma", "beta"}
