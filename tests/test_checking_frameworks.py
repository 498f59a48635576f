"""Modules of PyTorch and layers of Keras, handed to `nnparity.check`: library classes, instances, and people's own."""

import textwrap

import pytest
from typer.testing import CliRunner

import nnparity
from nnparity.reports.cli import app

pytestmark = pytest.mark.live


@pytest.fixture
def torch(load_oracle):
    load_oracle("torch")
    import torch
    return torch


@pytest.fixture
def keras(load_oracle):
    load_oracle("keras")
    import keras
    return keras


@pytest.mark.parametrize("name", ["GRU", "LSTM", "RNN", "Linear", "Conv1d", "Conv2d", "LayerNorm", "Embedding", "MaxPool2d"])
def test_torch_classes(torch, name):
    report = nnparity.check(getattr(torch.nn, name))
    assert report.ok, report.explain()
    assert all(f"torch.nn.{name}(" in row.built for row in report.asked)


@pytest.mark.parametrize("make, own", [
    (lambda nn: nn.GRU(3, 4), "reset=after"), (lambda nn: nn.LSTM(5, 5, batch_first=True), ""),
    (lambda nn: nn.RNN(3, 6, nonlinearity="relu"), "activation=relu"), (lambda nn: nn.Linear(9, 2), ""),
    (lambda nn: nn.Linear(9, 2, bias=False), "bias=none"), (lambda nn: nn.LayerNorm(6, eps=1e-3), "epsilon=0.001"),
    (lambda nn: nn.Conv2d(3, 8, 3, stride=2, padding=1), "padding=((1, 1), (1, 1))"), (lambda nn: nn.Embedding(10, 3), "")])
def test_a_torch_instance_is_asked_at_its_own_sizes(torch, make, own):
    module = make(torch.nn)
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    report = nnparity.check(module)
    assert report.ok and "own" in report.rows[0].case and own in report.headline, report.explain()
    assert all(torch.equal(p, before[name]) and p.dtype == torch.float32 for name, p in module.named_parameters())


def own_gru(torch, update="(1 - z) * n + z * h"):
    namespace = {"nn": torch.nn, "torch": torch}
    exec(textwrap.dedent(f"""
        class gru(nn.Module):
            def __init__(self, input_size, hidden_size):
                super().__init__()
                self.hidden_size = hidden_size
                for gate in "rzn":
                    setattr(self, f"x2{{gate}}", nn.Linear(input_size, hidden_size))
                    setattr(self, f"h2{{gate}}", nn.Linear(hidden_size, hidden_size))
            def forward(self, x, h=None):
                h = torch.zeros(x.shape[0], self.hidden_size) if h is None else h
                ys = []
                for x_t in x.unbind(1):
                    r = torch.sigmoid(self.x2r(x_t) + self.h2r(h))
                    z = torch.sigmoid(self.x2z(x_t) + self.h2z(h))
                    n = torch.tanh(self.x2n(x_t) + r * self.h2n(h))
                    h = {update}
                    ys.append(h)
                return torch.stack(ys, 1)
        """), namespace)
    return namespace["gru"]


def test_somebodys_own_module(torch):
    assert nnparity.check(own_gru(torch)).ok
    assert nnparity.check(own_gru(torch)(3, 4)).ok
    report = nnparity.check(own_gru(torch, "(1 - z) * h + z * n"))
    assert not report.ok and "update gate swapped" in report.explain()


@pytest.mark.usefixtures("torch")
def test_a_module_in_a_file(tmp_path):
    """A class called gru takes no params, inputs, cotangents, and is not told so."""
    path = tmp_path / "mine.py"
    path.write_text(textwrap.dedent("""
        import torch
        class gru(torch.nn.Module):
            def __init__(self, input_size, hidden_size):
                super().__init__()
                self.cell = torch.nn.GRUCell(input_size, hidden_size)
            def forward(self, x, h=None):
                ys = []
                for x_t in x.unbind(1):
                    h = self.cell(x_t, h)
                    ys.append(h)
                return torch.stack(ys, 1), h
        """))
    done = CliRunner().invoke(app, ["check", str(path), "--case", "generic"])
    assert done.exit_code == 0 and "1 of 1 cases agree" in done.output, done.output


def test_several_layers_are_refused(torch):
    with pytest.raises(nnparity.WrongRequest, match="one layer in one direction"):
        nnparity.check(torch.nn.GRU(3, 4, num_layers=2))


@pytest.mark.parametrize("name", ["GRU", "LSTM", "SimpleRNN", "Conv1D", "Conv2D", "LayerNormalization", "Embedding",
                                  "MaxPooling2D"])
def test_keras_classes(keras, name):
    report = nnparity.check(getattr(keras.layers, name))
    assert report.ok, report.explain()
    assert all(f"keras.layers.{name}(" in row.built for row in report.asked)


def test_keras_gru_before(keras):
    assert nnparity.check(keras.layers.GRU, reset="before").ok


@pytest.mark.parametrize("make, shape, own", [
    (lambda layers: layers.GRU(4, reset_after=False), (2, 3, 5), "reset=before"), (lambda layers: layers.LSTM(4), None, ""),
    (lambda layers: layers.Dense(4, activation="tanh"), (2, 5), "activation=tanh"),
    (lambda layers: layers.Conv2D(4, 3, strides=2, padding="same"), (2, 9, 9, 3), "padding=same")])
def test_a_keras_instance_is_asked_at_its_own_sizes(keras, make, shape, own):
    layer = make(keras.layers)
    if shape:
        layer(keras.ops.ones(shape))
    report = nnparity.check(layer)
    assert report.ok and "own" in report.rows[0].case and own in report.headline, report.explain()


def test_somebodys_own_keras_layer(keras):
    class MyDense(keras.layers.Layer):
        def __init__(self, units=32, **about):
            super().__init__(**about)
            self.units = units

        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1], self.units), name="w")
            self.b = self.add_weight(shape=(self.units,), name="b")

        def call(self, x):
            return x @ self.w + self.b
    assert nnparity.check(MyDense).ok
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
    assert nnparity.check(model, "dense").ok


def test_a_keras_layer_is_right_whatever_was_made_before(keras):
    """The first layer of a process fixes the precision of all others that say none."""
    keras.layers.Dense(1)
    policy = keras.config.dtype_policy().name
    report = nnparity.check(keras.layers.SimpleRNN, "simple_rnn")
    assert policy == "float32" and report.ok, report
    assert keras.config.dtype_policy().name == policy, "it is what it was"


def test_a_module_that_always_takes_its_state_is_not_asked_without_one(torch):
    class gru(torch.nn.Module):
        def __init__(self, input_size, hidden_size):
            super().__init__()
            self.cell = torch.nn.GRUCell(input_size, hidden_size)

        def forward(self, x, h):
            ys = []
            for t in range(x.shape[1]):
                h = self.cell(x[:, t], h)
                ys.append(h)
            return torch.stack(ys, 1), h

    report = nnparity.check(gru)
    assert report.ok, report.explain()
    assert [row.case for row in report.rows if "always takes h" in row.message] == ["gru-after-float64-stateless"]
