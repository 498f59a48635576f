"""A model's answers in a file, and what it answers otherwise afterwards."""

import json
import sys
from subprocess import run

import numpy as np
import pytest

import nnparity

pytestmark = pytest.mark.live
pytest.importorskip("safetensors")

KERAS = """
import keras
from keras import layers as L


def build(epsilon=1e-3, activation="gelu", rate=0.2):
    keras.utils.set_random_seed(1)
    i = keras.Input((16, 16, 3))
    x = L.Conv2D(8, 3, strides=2, padding="same", activation=activation, name="conv")(i)
    x = L.BatchNormalization(epsilon=epsilon, name="norm")(x)
    x = L.Dropout(rate, name="drop")(L.MaxPooling2D(2, name="pool")(x))
    x = L.GRU(5, name="gru")(L.Reshape((16, 8), name="rows")(x))
    return keras.Model(i, L.Dense(3, activation="softmax", name="out")(x))
"""
TORCH = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, slope=0.01, scale=1.0):
        super().__init__()
        self.conv, self.norm, self.act = nn.Conv1d(3, 4, 3, padding=1), nn.BatchNorm1d(4), nn.LeakyReLU(slope)
        self.lstm, self.out = nn.LSTM(4, 5, 2, batch_first=True, dropout=0.3), nn.Linear(5, 2)
        self.drop, self.scale = nn.Dropout(0.5), scale

    def forward(self, x):
        y = self.act(self.norm(self.conv(x))).transpose(1, 2) * self.scale
        return self.out(self.drop(self.lstm(y)[0][:, -1]))
"""


def of(text):
    module: dict = {}
    exec(text, module)
    return module


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory, load_oracle):
    load_oracle("keras")
    path = tmp_path_factory.mktemp("recorded") / "model.safetensors"
    nnparity.record(of(KERAS)["build"](), path)
    return path


@pytest.mark.parametrize("change, layer", [
    ({}, ""), ({"epsilon": 1e-5}, "norm"), ({"activation": "relu"}, "conv"), ({"rate": 0.5}, ""),
], ids=["nothing", "epsilon", "activation", "rate of what is not drawn"])
def test_keras_since(keras_file, change, layer):
    """One layer is told, and none behind it: each is fed what it was fed. What is drawn cannot be compared."""
    model = of(KERAS)["build"](**change)
    before = model.get_weights()
    found = nnparity.changes(model, keras_file)
    assert [row.name for row in found.differing] == ([layer] if layer else []), str(found)
    assert found.exit_code == bool(layer) and len([row for row in found.rows if row.where == "layer"]) == 7
    assert all(len(line) <= 80 for line in str(found).splitlines())
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights())), "the person's model is left as it was"


@pytest.mark.parametrize("change, where, layer", [
    ({}, "", ""), ({"slope": 0.2}, "layer", "act"), ({"scale": 1.5}, "between", "lstm"),
], ids=["nothing", "slope", "between the layers"])
def test_torch_since(load_oracle, tmp_path, change, where, layer):
    load_oracle("torch")
    path, x = tmp_path / "net.safetensors", np.random.default_rng(0).normal(size=(4, 3, 7))
    nnparity.record(of(TORCH)["Net"](), path, x)  # weights are drawn anew: those of the recording are loaded
    found = nnparity.changes(of(TORCH)["Net"](**change), path)
    assert [(row.where, row.name) for row in found.differing] == ([(where, layer)] if layer else []), str(found)
    if not layer:  # what is drawn would be far from what it was, and far from itself: allowed for, but seen here
        assert all(row.units.get("training float64", 0.0) < 1e-3 for row in found.rows)
    data = found.json()
    assert data["ok"] == (not layer) and data["recorded"]["versions"]["torch"] and json.dumps(data)


def test_what_is_refused(keras_file, tmp_path, load_oracle):
    load_oracle("torch")
    with pytest.raises(nnparity.WrongRequest, match="cannot be read"):
        nnparity.changes(of(KERAS)["build"](), tmp_path / "nothing.safetensors")
    with pytest.raises(nnparity.WrongRequest, match="recorded weights do not fit"):
        nnparity.changes(of(TORCH)["Net"](), keras_file)
    with pytest.raises(nnparity.WrongRequest, match="hand in x"):
        nnparity.record(of(TORCH)["Net"](), tmp_path / "x.safetensors")
    from safetensors.numpy import save_file
    save_file({"w": np.ones(3)}, str(tmp_path / "weights.safetensors"))
    with pytest.raises(nnparity.WrongRequest, match="is no recording"):
        nnparity.changes(of(KERAS)["build"](), tmp_path / "weights.safetensors")


def test_the_command(load_oracle, tmp_path, monkeypatch):
    load_oracle("keras")
    from typer.testing import CliRunner

    from nnparity.reports.cli import app
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(KERAS + "\n\ndef other():\n    return build(epsilon=1e-5)\n")

    def command(*arguments):
        found = CliRunner().invoke(app, ["compare", *arguments])
        return found.exit_code, " ".join(found.output.split())
    status, said = command("model.py:build", "--record", "today.safetensors")
    assert status == 0 and "written: today.safetensors (7 calls" in said
    assert command("model.py:build", "today.safetensors")[0] == 0
    status, said = command("model.py:other", "today.safetensors")
    assert status == 1 and "norm (BatchNormalization) gives other numbers on what it was given" in said
    status, said = command("model.py:other", "today.safetensors", "--json")
    assert status == 1 and not json.loads(said)["ok"]
    assert command("model.py:build")[0] == 2 and command("model.py:build", "--record", "today.npz")[0] == 2


def test_another_backend(load_oracle, tmp_path):
    """In float32 both agree; of float64 Keras on PyTorch computes some in single precision, which is told as what it is."""
    load_oracle("keras")
    load_oracle("torch")
    (tmp_path / "model.py").write_text(KERAS)
    done = run([sys.executable, "-m", "nnparity.reports.cli", "compare", "model.py:build", "--backend-b", "torch", "--json"],
               cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["recorded"]["backend"], found["now"]["backend"]) == ("tensorflow", "torch")
    assert any(row["verdict"] == "single" for row in found["rows"]) and all(row["verdict"] != "differs" for row in found["rows"])
