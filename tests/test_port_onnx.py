"""Whole models moved to ONNX and from it: every file that is written is built, run and held against what it was."""

import io
import warnings

import numpy as np
import ported
import pytest
from ported import onnx_graphs
from typer.testing import CliRunner

from nnparity.oracles.writing.graph import NoFormula
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.cli import app

pytestmark = pytest.mark.live
pytest.importorskip("onnx")
MODELS = [name for name in ported.MODELS if name != "reviews"]  # whose masks are refused
RNG = np.random.default_rng(0)
IMAGE, SERIES, ROWS = ((RNG.normal(size=shape).astype(np.float32).astype(float),)
                       for shape in ((3, 4, 12, 10), (3, 4, 9), (3, 9, 6)))


@pytest.fixture(scope="module")
def port_model(load_oracle):
    load_oracle("keras")
    load_oracle("torch")
    import nnparity
    return nnparity.port_model


def as_it_was(made):
    """Whether the file gives what the model gives, in double precision and, by a runtime, as it is."""
    assert made.ok and not made.comparison.differing, str(made.comparison)
    assert made.worst < 2e-7 and made.comparison.as_they_are < 1e-5
    return True


def inputs_of(tm, km):
    from nnparity.reports.models.compare import runner_of
    from nnparity.reports.models.inputs import inputs_for
    return inputs_for(runner_of(tm), runner_of(km), tm, km, None)[0]


# to ONNX


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("source", ("torch", "keras"))
def test_a_model_becomes_a_graph(port_model, tmp_path, name, source):
    km, tm = ported.built(name)
    made = port_model(*((km, "onnx", tmp_path / "made.onnx") if source == "keras" else
                        (tm, "onnx", tmp_path / "made.onnx", inputs_of(tm, km))))
    assert as_it_was(made) and made.weights is None and made.layers >= 10
    assert [path.name for path in tmp_path.iterdir()] == ["made.onnx"]


def network(call, *layers):
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(layers)

        def forward(self, *given):
            return call(*given, *self.layers)
    return Net()


KINDS = {
    "causal": ("nn.Sequential(nn.ConstantPad1d((4, 0), 0.0), nn.Conv1d(4, 6, 3, dilation=2))", SERIES),
    "groups and dilation": ("nn.Conv2d(4, 8, 3, padding=2, dilation=2, groups=2)", IMAGE),
    "three axes": ("nn.Conv3d(2, 3, 2)", (np.random.default_rng(1).normal(size=(3, 2, 5, 4, 6)),)),
    "transposed": ("nn.ConvTranspose1d(4, 5, 4, 2, 1)", SERIES),
    "transposed in groups": ("nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2)", IMAGE),
    "pool rounded up": ("nn.MaxPool2d(3, 2, 1, ceil_mode=True)", IMAGE),
    "mean of cells rounded up": ("nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False)", IMAGE),
    "mean of windows rounded up": ("nn.AvgPool2d(3, 2, 1, ceil_mode=True)", IMAGE),
    "batch norm of rows": ("nn.Sequential(nn.Linear(6, 5), nn.Flatten(0, 1), nn.BatchNorm1d(5, affine=False))", ROWS),
    "instances": ("nn.Sequential(nn.InstanceNorm1d(4, affine=True), nn.InstanceNorm1d(4))", SERIES),
    "groups of channels": ("nn.Sequential(nn.GroupNorm(2, 4), nn.GroupNorm(4, 4, affine=False))", IMAGE),
    "two axes": ("nn.LayerNorm((9, 6))", ROWS), "rms": ("nn.RMSNorm(6, eps=1e-6)", ROWS),
    "prelu": ("nn.Sequential(nn.PReLU(4), nn.PReLU())", IMAGE),
    "activations": ("nn.Sequential(nn.SiLU(), nn.Mish(), nn.ELU(0.7), nn.Softsign(), nn.Hardswish(), nn.SELU(), nn.Softplus(), "
                    "nn.Hardsigmoid(), nn.GELU('tanh'), nn.ReLU6(), nn.LogSoftmax(1))", IMAGE),
    "stack": ("network(lambda x, f: f(x)[0], nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True))", ROWS),
    "last states": ("network(lambda x, f: f(x)[1], nn.GRU(6, 5, 2))", ROWS),
    "states handed on": ("network(lambda x, f, g: g(x, f(x)[1])[0], *(nn.LSTM(6, 5, batch_first=True) for _ in 'ab'))", ROWS),
    "cells": ("network(lambda x, f: f(x)[1][1], nn.LSTM(6, 5, batch_first=True))", ROWS),
    "no bias": ("network(lambda x, f: f(x)[0], nn.GRU(6, 5, bias=False, batch_first=True))", ROWS),
    "relu": ("network(lambda x, f: f(x)[0], nn.RNN(6, 5, nonlinearity='relu'))", ROWS),
    "heads": ("network(lambda x, f: f(x, x, x)[0], nn.MultiheadAttention(6, 2, batch_first=True))", ROWS),
    "causal attention": ("network(lambda x, f: F.scaled_dot_product_attention(x, x, f(x), is_causal=True), nn.Linear(6, 6))",
                         ROWS),
    "masked": ("network(lambda x: x.masked_fill(torch.ones(9, 6).triu(1).bool(), float('-inf')).softmax(-1))", ROWS),
    "corners": ("nn.Upsample(size=(17, 15), mode='bilinear', align_corners=True)", IMAGE),
    "nearest": ("nn.Sequential(nn.Upsample(scale_factor=2), nn.Upsample(size=(35, 30), mode='nearest-exact'))", IMAGE),
    "a line": ("nn.Upsample(scale_factor=3, mode='linear')", SERIES),
    "moves": ("network(lambda x: torch.cat([x[:, 1:3].flip(2), x[:, :2]], 1).permute(0, 2, 3, 1).flatten(1)[:, ::3])", IMAGE),
    "repeated": ("network(lambda x, f: x[:, -1:].repeat(1, 7, 1) * f(x[:, :7]), nn.Linear(6, 6))", ROWS),
    "gated": ("network(lambda x: torch.sigmoid(x[..., :3]) * x.chunk(2, -1)[1])", ROWS),
    "stacked": ("network(lambda x: torch.stack([x[:, 0], x[:, -1]], 1))", ROWS),
    "arithmetic": ("network(lambda x, f: (x - x.mean(-1, keepdim=True)) / (f(x).abs() + 1.5) * 0.25 - 3, nn.Linear(6, 6))", ROWS),
    "two outputs": ("network(lambda x, f: (f(x), x.amax(1)), nn.Linear(6, 2))", ROWS),
    "called twice": ("network(lambda x, f: f(torch.tanh(f(x))), nn.Linear(6, 6))", ROWS),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_goes_there_and_back(port_model, tmp_path, name):
    import onnx
    import torch
    from torch import nn
    torch.manual_seed(0)
    text, x = KINDS[name]
    model = eval(text, {"torch": torch, "nn": nn, "F": nn.functional, "network": network}).eval()
    assert as_it_was(port_model(model, "onnx", tmp_path / "made.onnx", [a.astype(np.float32).astype(float) for a in x]))
    file = onnx.load(tmp_path / "made.onnx")
    back = port_model(file, "torch", tmp_path / "back.py")
    assert back.ok and back.worst < 1e-9, str(back.comparison)


@pytest.mark.parametrize("layer, back", [
    ("GRU(4, reset_after=False, return_sequences=True)", "keras"), ("LSTM(4, go_backwards=True, return_sequences=True)", "torch"),
    ("GRU(4, recurrent_activation='hard_sigmoid')", "keras"), ("LSTM(4, activation='relu')", "keras"),
    ("Bidirectional(GRU(4, return_sequences=True))", "torch"), ("Conv1D(6, 3, padding='causal', dilation_rate=2)", "torch"),
    ("DepthwiseConv1D(4, strides=2, padding='same', depth_multiplier=2)", "keras"), ("GlobalMaxPooling1D()", "torch"),
    ("Conv1DTranspose(4, 4, strides=3)", "torch"), ("AveragePooling1D(2, 2, padding='same')", "keras"),
    ("RMSNormalization(epsilon=1e-5)", "torch"), ("MultiHeadAttention(2, 4)(i, i, use_causal_mask=True)", "torch"),
])
def test_a_keras_layer_goes_there_and_back(port_model, tmp_path, layer, back):
    import keras
    import onnx
    keras.utils.set_random_seed(1)
    i = keras.Input((7, 5))
    made = eval(f"layers.{layer}".replace("Bidirectional(", "Bidirectional(layers."), {"layers": keras.layers, "i": i})
    model = keras.Model(i, made if keras.utils.is_keras_tensor(made) else made(i))
    assert as_it_was(port_model(model, "onnx", tmp_path / "made.onnx"))
    again = port_model(onnx.load(tmp_path / "made.onnx"), back, tmp_path / "back.py")
    assert again.ok and again.worst < 2e-7, str(again.comparison)


def test_what_is_left_out_is_told(port_model, tmp_path):
    from torch import nn
    model = nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5), nn.Linear(4, 2))
    made = port_model(model, "onnx", tmp_path / "made.onnx", ROWS)
    assert made.left == ("1",) and "left out, as an ONNX graph is for evaluation: 1" in made.told
    assert "in training" not in made.told


def test_double_precision_stays(port_model, tmp_path):
    import onnx
    from torch import nn
    made = port_model(nn.Linear(6, 4).double(), "onnx", tmp_path / "made.onnx", ROWS)
    assert made.comparison.as_they_are < 1e-14
    assert {t.data_type for t in onnx.load(tmp_path / "made.onnx").graph.initializer} == {onnx.TensorProto.DOUBLE}


def test_a_file_that_differs_is_not_ok(port_model, tmp_path, monkeypatch):
    """A writer with a slip is found out by running what it wrote."""
    from torch import nn

    from nnparity.oracles.writing.onnx_functions import Functions
    monkeypatch.setattr(Functions, "activated", lambda self, node, x: self.add("Relu", x))  # noqa: ARG005
    made = port_model(nn.Sequential(nn.Linear(6, 4), nn.Tanh()), "onnx", tmp_path / "made.onnx", ROWS)
    assert not made.ok and "they differ" in made.told


# from ONNX


@pytest.mark.parametrize("name", ("images", "words", "old"))
@pytest.mark.parametrize("to", ("torch", "keras"))
def test_a_graph_of_another_exporter(port_model, tmp_path, name, to):
    assert as_it_was(port_model(getattr(onnx_graphs, name)(), to, tmp_path / "made.py"))


def exported(model, inputs):
    """As PyTorch writes it, any number of examples."""
    import onnx
    import torch
    file, names = io.BytesIO(), [f"x{k}" for k in range(len(inputs))]
    given = tuple(torch.tensor(a.astype(np.float32) if a.dtype.kind == "f" else a) for a in inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model.eval(), given, file, dynamo=False, input_names=names, opset_version=17,
                          dynamic_axes={name: {0: "batch"} for name in names})
    return onnx.load_from_string(file.getvalue())


@pytest.mark.parametrize("name", [name for name in MODELS if name != "forecast"])
def test_a_graph_of_pytorchs_exporter(port_model, tmp_path, name):
    """It is its model, in both directions, normalisations in kernels included; and is written anew."""
    import nnparity
    km, tm = ported.built(name)
    x = inputs_of(tm, km)
    file = exported(tm, x)
    for pair in ((tm, file), (file, tm)):
        found = nnparity.compare(*pair, x)
        assert found.ok and not found.findings and found.loaded, str(found)
    assert as_it_was(port_model(file, "torch", tmp_path / "made.py"))


def test_one_size_of_batch_is_refused(port_model, tmp_path):
    """The exporter wrote the size of the batch into the graph."""
    km, tm = ported.built("forecast")
    with pytest.raises(NoFormula, match="exported for one size of batch"):
        port_model(exported(tm, inputs_of(tm, km)), "torch", tmp_path / "made.py")


def test_what_pytorch_lacks_is_refused(port_model, tmp_path):
    from onnx import helper
    file = onnx_graphs.words()
    lstm = next(node for node in file.graph.node if node.op_type == "LSTM")
    lstm.attribute.append(helper.make_attribute("activations", ["HardSigmoid", "Tanh", "Tanh"] * 2))
    with pytest.raises(NoFormula, match="lstm .*hard_sigmoid.* those of nn.LSTM are sigmoids"):
        port_model(file, "torch", tmp_path / "made.py")


def test_wrong_requests(port_model, tmp_path):
    from torch import nn
    for model, to, name, why in ((nn.Linear(6, 2), "onnx", "made.py", "name of an ONNX file"),
                                 (onnx_graphs.old(), "torch", "made.onnx", "name of a Python file"),
                                 (onnx_graphs.old(), "onnx", "made.onnx", "is one of ONNX already"),
                                 (nn.Linear(6, 2), "tflite", "made.onnx", "one of torch, keras, flax, onnx")):
        with pytest.raises(WrongRequest, match=why):
            port_model(model, to, tmp_path / name, ROWS)


def test_the_command(port_model, tmp_path):  # noqa: ARG001
    (tmp_path / "theirs.py").write_text(ported.source("lenet"))
    file, back = tmp_path / "lenet.onnx", tmp_path / "back.py"
    model = f"{tmp_path}/theirs.py:keras_model"
    there = CliRunner().invoke(app, ["port", "--model", model, "--to", "onnx", "--output", str(file)])
    assert there.exit_code == 0 and "in evaluation: they agree" in there.output and "as they are" in there.output, there.output
    again = CliRunner().invoke(app, ["port", "--model", str(file), "--to", "torch", "--output", str(back)])
    assert again.exit_code == 0 and "nn.Conv2d(" in back.read_text(), again.output
