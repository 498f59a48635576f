"""Whole models moved to another framework: what is written is built, run and held against what it was."""

from pathlib import Path

import numpy as np
import ported
import pytest
from typer.testing import CliRunner

from nnparity.oracles.writing.graph import NoFormula
from nnparity.oracles.writing.moves import recognised
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.cli import app

LIVE = pytest.mark.live
COMPUTED = {("reviews", "keras")}  # its lengths are computed by functions: what is refused, below


@pytest.fixture(scope="module")
def port_model(load_oracle):
    load_oracle("keras")
    load_oracle("torch")
    import nnparity
    return nnparity.port_model


def inputs_of(tm, km):
    """What the PyTorch model takes, drawn for the shapes that the Keras one states."""
    from nnparity.reports.models.compare import runner_of
    from nnparity.reports.models.inputs import inputs_for
    return inputs_for(runner_of(tm), runner_of(km), tm, km, None)[0]


@LIVE
@pytest.mark.parametrize("name, to", [(name, to) for name in ported.MODELS for to in ("torch", "keras")
                                      if (name, to) not in COMPUTED])
def test_a_model_moves(port_model, tmp_path, name, to):
    km, tm = ported.built(name)
    made = port_model(km if to == "torch" else tm, to, tmp_path / f"{name}.py", None if to == "torch" else inputs_of(tm, km))
    assert made.ok and not made.comparison.differing, str(made.comparison)
    assert made.worst < 1e-6 and made.layers >= 4
    assert all(row.weights in ("", "equal") for row in made.comparison.rows)


@LIVE
@pytest.mark.parametrize("to", ["torch", "keras"])
def test_what_stands_beside_layers_moves(port_model, tmp_path, to):
    import torch
    torch.manual_seed(0)
    theirs = ported.executed("mixed", ported.source("mixed"))
    rng = np.random.default_rng(0)
    x = [rng.integers(0, 17, (3, 5)), rng.normal(size=(3, 4, 3))] if to == "keras" else None
    made = port_model(theirs.torch_model() if to == "keras" else theirs.keras_model(), to, tmp_path / "made.py", x)
    assert made.ok and made.worst < 1e-6, str(made.comparison)


@LIVE
@pytest.mark.parametrize("to", ["torch", "keras"])
def test_what_is_read_from_its_end_moves(port_model, tmp_path, to):
    import keras
    import torch
    torch.manual_seed(0)

    class Turned(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 2)

        def forward(self, x):
            return self.layer(x.flip(1))
    i = keras.Input((5, 4))
    model = keras.Model(i, keras.layers.Dense(2)(keras.ops.flip(i, 1))) if to == "torch" else Turned()
    x = None if to == "torch" else [np.random.default_rng(0).normal(size=(3, 5, 4))]
    made = port_model(model, to, tmp_path / "made.py", x)
    assert made.ok and made.worst < 1e-6, str(made.comparison)


# places


@pytest.mark.parametrize("call", [
    lambda x: x.reshape(len(x), -1), lambda x: x.transpose(0, 3, 1, 2), lambda x: x.transpose(0, 3, 1, 2).reshape(len(x), -1),
    lambda x: x.reshape(len(x), 20, 6).transpose(0, 2, 1), lambda x: x.reshape(len(x), 4, 5, 2, 3).transpose(0, 3, 1, 2, 4),
    lambda x: x[:, -1],
    lambda x: x[:, -1:].repeat(7, 1), lambda x: x[:, 0, 2][:, None].repeat(4, 1),
    lambda x: x[:, 1:3, :, ::2], lambda x: x[:, ::-1], lambda x: np.pad(x + 1, ((0, 0), (1, 2), (0, 1), (0, 0))) - 1,
    lambda x: x[:, -1][None], lambda x: x[:, :, 2, :, None], lambda x: np.stack([x[:, -1, :, :3], x[:, 0, :, 3:]]),
    lambda x: np.concatenate([x[..., 3:], x[..., :3]], -1), lambda x: x.reshape(-1, 6),
], ids=["flatten", "permute", "permuted flatten", "reshaped", "heads", "last", "repeated axis", "repeated vector",
        "slice", "turned", "pad", "last as state",
        "one",
        "two directions", "halves", "batch and time"])
def test_a_move_is_recognised(call):
    """Done by NumPy it puts every number where the places say, for another batch too."""
    places = call(np.arange(360).reshape(3, 4, 5, 6))
    pieces, axis = recognised(places, [(3, 4, 5, 6)])
    for batch in (3, 2):
        x = np.arange(batch * 120).reshape(batch, 4, 5, 6)
        parts = [done(x, move) for move in pieces]
        got = parts[0] if len(parts) == 1 else np.concatenate(parts, axis)
        assert np.array_equal(got, call(x)), pieces


def done(x, move):
    x = x[move.index] if move.index else x
    x = x.reshape(move.split) if move.split else x
    x = x.transpose(move.order) if move.order else x
    x = x.reshape(move.shape) if move.shape else x
    x = x.repeat(move.repeat[1], move.repeat[0]) if move.repeat else x
    return np.pad(x + 1, move.pad) - 1 if move.pad else x


@pytest.mark.parametrize("places", [np.random.default_rng(0).permutation(40), np.arange(40) // 2], ids=["shuffled", "repeated"])
def test_what_is_no_move_is_refused(places):
    with pytest.raises(ValueError, match="no reshape, permute, slice or padding"):
        recognised(np.tile(places, (3, 1)) + 40 * np.arange(3)[:, None], [(3, 40)])


# what is refused


@LIVE
@pytest.mark.parametrize("layer, why", [
    ("GRU(5, reset_after=False)", "reset gate stands before the recurrent product"),
    ("LSTM(5, activation='relu')", "activation 'relu': nn.LSTM has tanh"),
    ("Lambda(lambda t: t ** 2 + t)", "is code that is not understood"),
], ids=["reset gate", "activation", "code"])
def test_what_pytorch_lacks_is_refused(port_model, tmp_path, layer, why):
    import keras
    model = keras.Sequential([keras.Input((7, 4)), eval(f"keras.layers.{layer}"), keras.layers.Dense(3)])
    with pytest.raises(NoFormula, match=why):
        port_model(model, "torch", tmp_path / "made.py")
    assert not list(tmp_path.iterdir())


@LIVE
def test_lengths_that_are_computed_are_refused(port_model, tmp_path):
    _, tm = ported.built("reviews")
    words = np.random.default_rng(0).integers(1, 31, (3, 9))
    words[1, 6:] = 0
    with pytest.raises(NoFormula, match="as many steps of each example as are computed from the inputs"):
        port_model(tm, "keras", tmp_path / "made.py", words)


@LIVE
@pytest.mark.parametrize("layer, why", [
    ("LSTM(3, go_backwards=True)", "where it reads from its end"), ("LSTM(3, mask='other')", "leaves out masked steps"),
], ids=["backwards", "a mask of no input"])
def test_masked_steps_are_refused(port_model, tmp_path, layer, why):
    """What is left out must be padding behind the words of an input."""
    import keras
    words = keras.Input((9,), dtype="int32")
    x = keras.layers.Embedding(13, 4, mask_zero=True)(words)
    if "other" in layer:
        y = keras.layers.LSTM(3)(x, mask=keras.ops.greater(words, 5))
    else:
        y = eval(f"keras.layers.{layer}")(x)
    with pytest.raises(NoFormula, match=f"^lstm.*{why}"):
        port_model(keras.Model(words, y), "torch", tmp_path / "made.py")


@LIVE
@pytest.mark.parametrize("layer, why", [
    ("ConvTranspose2d(4, 6, 3, groups=2)", "Conv2DTranspose has no groups"),
    ("AvgPool2d(3, padding=1, count_include_pad=False, stride=2)", "padding='same' alone"),
    ("BatchNorm2d(4, track_running_stats=False)", "no running statistics"),
    ("Upsample(scale_factor=2, mode='bilinear', align_corners=True)", "align_corners"),
], ids=["groups", "pool", "statistics", "corners"])
def test_what_keras_lacks_is_refused(port_model, tmp_path, layer, why):
    from torch import nn
    model = nn.Sequential(nn.Conv2d(3, 4, 3), eval(f"nn.{layer}"))
    with pytest.raises(NoFormula, match=f"^1 .*{why}"):
        port_model(model, "keras", tmp_path / "made.py", np.random.default_rng(0).normal(size=(3, 3, 8, 9)))


@LIVE
def test_wrong_requests(port_model, tmp_path):
    from torch import nn
    for given, why in ((("keras", tmp_path / "made.py"), "x=numpy array"),
                       (("torch", tmp_path / "made.py"), "PyTorch already"),
                       (("numpy", tmp_path / "made.py"), "expected is one of torch, keras"),
                       (("keras", "made.txt"), "Python file")):
        with pytest.raises(WrongRequest, match=why):
            port_model(nn.Linear(3, 2), *given, None if why == "x=numpy array" else np.ones((3, 3)) + np.eye(3))


# the command


@LIVE
def test_the_command(port_model, tmp_path):  # noqa: ARG001
    (tmp_path / "theirs.py").write_text(ported.source("lenet"))
    place = tmp_path / "lenet.py"
    arguments = ["port", "--model", f"{tmp_path}/theirs.py:keras_model", "--to", "torch", "--output", str(place)]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0 and "evaluation and in training: they agree" in answer.output, answer.output
    assert "x.permute(0, 2, 3, 1).flatten(1)" in place.read_text()
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2 and "exists already" in again.output


@pytest.mark.parametrize("arguments, why", [
    (["--to", "torch"], "which one?"), (["gru", "--model", "a.py:b", "--to", "torch"], "which one?"),
    (["gru", "--to", "torch"], "--from FRAMEWORK is missing"), (["--model", "none.py:b", "--to", "torch"], "none.py"),
])
def test_the_command_asked_wrongly(tmp_path: Path, monkeypatch, arguments, why):
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, ["port", *arguments], env={"COLUMNS": "200"})
    assert answer.exit_code == 2 and why in answer.output
