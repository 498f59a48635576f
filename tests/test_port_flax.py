"""Whole models moved to flax.nnx: what is written is built, and run with its weights widened to double precision.

Running is compiling here: single precision is asked of whole models alone.
"""

import moved_to_flax
import numpy as np
import ported
import pytest

from nnparity.oracles.writing.graph import NoFormula

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("compiled_quickly")]
jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")
COMPUTED = {("reviews", "torch")}  # its lengths are computed by functions, which are not understood


@pytest.fixture(scope="module")
def moved(load_oracle):
    """Writes a model at a place; returns how far it is from the source, in the size of the largest number, and what builds it."""
    load_oracle("keras")
    load_oracle("torch")
    import nnparity
    from nnparity.reports.asking.implementations import UserFile
    from nnparity.reports.models.compare import runner_of
    from nnparity.reports.models.inputs import arrays, drawn
    from nnparity.reports.porting.port import like

    def move(model, place, x=None, wide=True):
        given = None if x is None else arrays(x)
        nnparity.port_model(model, "flax", place, x, verify=False)
        build = UserFile(path=str(place), function="build").imported()
        runner = runner_of(model, given)
        inputs = like(given if given is not None else drawn(model, model, runner, runner), 5, 7,
                      getattr(runner, "hides", dict)())  # padding stands behind an example, as the written model says
        right = runner.plain(inputs)
        return apart(build, inputs, right, wide), build
    return move


def apart(build, inputs, right, wide):
    """Images are given channels last, as the model takes them, and as they are where it does not run on those."""
    with jax.enable_x64(wide):
        model = widened(build()) if wide else build()
        outputs = []
        for turned in (True, False):
            given = [a.transpose(0, *range(2, a.ndim), 1) if turned and a.ndim > 2 and a.dtype.kind == "f" else a for a in inputs]
            try:
                out = model(*[a.astype(np.float64 if wide else np.float32) if a.dtype.kind == "f" else a for a in given])
            except Exception:
                continue
            outputs = out if isinstance(out, tuple) else (out,)
            if all(np.size(y) == np.size(r) for y, r in zip(outputs, right, strict=True)):
                break
        assert all(y.dtype == (np.float64 if wide else np.float32) for y in outputs)
        return max(far(np.asarray(y, float), np.asarray(r, float)) for y, r in zip(outputs, right, strict=True))


def widened(model):
    state = nnx.state(model, nnx.Not(nnx.RngState))
    nnx.update(model, jax.tree.map(lambda a: a.astype(np.float64) if a.dtype == np.float32 else a, state))
    return model


def far(y, right):
    """An image may come out channels last."""
    if y.shape != right.shape:
        y = np.moveaxis(y, -1, 1)
    assert y.shape == right.shape
    return float(np.abs(y - right).max() / np.abs(right).max())


@pytest.mark.parametrize("name, source", [(name, source) for name in ported.MODELS for source in ("torch", "keras")
                                          if (name, source) not in COMPUTED])
def test_a_model_moves(moved, tmp_path, name, source):
    from nnparity.reports.models.compare import runner_of
    from nnparity.reports.models.inputs import inputs_for
    km, tm = ported.built(name)
    x = None if source == "keras" else inputs_for(runner_of(tm), runner_of(km), tm, km, None)[0]
    wide = source == "torch"  # Keras computes some functions in single precision whatever the dtype
    far_, _ = moved(tm if wide else km, tmp_path / f"{name}.py", x, wide)
    assert far_ < (1e-12 if wide else 1e-6)


IMAGE, SERIES, ROWS = (3, 4, 9, 10), (3, 4, 11), (3, 7, 4)
TORCH = {
    "stride and padding": ("Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2))", IMAGE),
    "same": ("Conv2d(4, 6, (3, 5), padding='same', bias=False)", IMAGE),
    "groups": ("Conv2d(4, 8, 3, groups=2)", IMAGE),
    "depthwise series": ("Conv1d(4, 8, 3, padding=2, groups=4)", SERIES),
    "volume": ("Conv3d(4, 5, 2, stride=2)", (3, 4, 5, 6, 5)),
    "transposed": ("ConvTranspose2d(4, 5, (3, 4), stride=(2, 3), padding=1, output_padding=(1, 2))", IMAGE),
    "transposed and dilated": ("ConvTranspose2d(4, 5, 3, stride=2, dilation=2)", IMAGE),
    "transposed in groups": ("ConvTranspose2d(4, 6, 3, stride=2, groups=2)", IMAGE),
    "transposed series": ("ConvTranspose1d(4, 5, 2, stride=3, bias=False)", SERIES),
    "maximum": ("MaxPool2d(3, stride=2, padding=1)", IMAGE),
    "maximum, last window": ("MaxPool2d(3, stride=2, ceil_mode=True)", IMAGE),
    "mean with padding": ("AvgPool2d(3, stride=2, padding=1)", IMAGE),
    "mean of cells": ("AvgPool2d(3, stride=2, padding=1, count_include_pad=False)", IMAGE),
    "batch norm": ("BatchNorm2d(4, eps=1e-3)", IMAGE),
    "batch statistics": ("BatchNorm1d(4, track_running_stats=False)", SERIES),
    "group norm": ("GroupNorm(2, 4)", IMAGE),
    "instance norm": ("InstanceNorm2d(4, affine=True)", IMAGE),
    "layer norm": ("LayerNorm((7, 4))", ROWS),
    "rms norm": ("RMSNorm(4, eps=1e-5)", ROWS),
    "one slope": ("PReLU()", IMAGE),
    "slopes": ("PReLU(4, init=0.1)", IMAGE),
    "gelu": ("GELU()", ROWS), "gelu by tanh": ("GELU(approximate='tanh')", ROWS), "softplus": ("Softplus()", ROWS),
    "hard": ("Sequential(nn.Hardsigmoid(), nn.Hardswish())", ROWS), "mish": ("Mish()", ROWS), "relu6": ("ReLU6()", ROWS),
    "slope": ("LeakyReLU(0.2)", ROWS), "softmax of channels": ("Softmax(1)", IMAGE),
    "bilinear": ("Upsample(scale_factor=2, mode='bilinear')", IMAGE),
    # of weights that single precision, in which they are kept, holds: halves
    "corners": ("Upsample(size=(17, 19), mode='bilinear', align_corners=True)", IMAGE),
    "nearest": ("Upsample(size=(14, 23))", IMAGE), "nearest, whole": ("Upsample(scale_factor=3)", SERIES),
    "nearest, exact": ("Upsample(scale_factor=2, mode='nearest-exact')", IMAGE),
    "linear": ("Upsample(size=29, mode='linear')", SERIES),
}


@pytest.mark.parametrize("text, shape", TORCH.values(), ids=TORCH)
def test_a_layer_of_pytorch_moves(moved, tmp_path, text, shape):
    """Behind and in front of it stand layers that would show an axis that is left where it is not wanted."""
    import torch
    from torch import nn
    torch.manual_seed(0)
    front = {3: nn.Conv1d, 4: nn.Conv2d, 5: nn.Conv3d}[len(shape)](shape[1], shape[1], 1)
    model = nn.Sequential(front, eval(f"nn.{text}", {"nn": nn}), nn.Linear(1, 1))
    x = np.random.default_rng(0).normal(size=shape)
    with torch.no_grad():
        for name, a in model.named_parameters():
            a.copy_(torch.rand_like(a) + 0.5 if "bias" not in name else torch.randn_like(a))
        model[2] = nn.Linear(model[:2](torch.tensor(x, dtype=torch.float32)).shape[-1], 3)
    assert moved(model, tmp_path / "made.py", x)[0] < 1e-12


RECURRENT = {
    "lstm": "LSTM(4, 5, batch_first=True)", "gru": "GRU(4, 5, batch_first=True)", "rnn": "RNN(4, 5, nonlinearity='relu')",
    "lstm without bias": "LSTM(4, 5, bias=False)", "gru without bias": "GRU(4, 5, bias=False, batch_first=True)",
    "rnn without bias": "RNN(4, 5, bias=False, batch_first=True)",
    "both ways": "LSTM(4, 5, batch_first=True, bidirectional=True)", "stacked": "GRU(4, 5, num_layers=2, bidirectional=True)",
}


@pytest.mark.parametrize("text", RECURRENT.values(), ids=RECURRENT)
def test_a_recurrent_layer_of_pytorch_moves(moved, tmp_path, text):
    import torch
    from torch import nn
    torch.manual_seed(0)

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = eval(f"nn.{text}")
            self.head = nn.Linear(self.layer.hidden_size * (1 + self.layer.bidirectional), 3)

        def forward(self, x):
            y, _ = self.layer(x)
            return self.head(y)
    model = Tagger().double()  # two biases become one: in single precision their sum is rounded
    assert moved(model, tmp_path / "made.py", np.random.default_rng(0).normal(size=ROWS))[0] < 1e-12


KERAS = {
    "reset gate before": "GRU(5, reset_after=False)", "reset gate before, no bias": "GRU(5, reset_after=False, use_bias=False)",
    "other functions": "LSTM(5, activation='softsign', recurrent_activation='hard_sigmoid')",
    "from its end": "GRU(5, go_backwards=True, return_sequences=True)", "rnn": "SimpleRNN(5, return_sequences=True)",
    "both ways": "Bidirectional(keras.layers.LSTM(5, return_sequences=True))",
    "causal": "Conv1D(6, 3, padding='causal', dilation_rate=2)", "separable": "SeparableConv1D(6, 3, padding='same')",
    "same": "Conv1D(6, 4, strides=3, padding='same')", "transposed": "Conv1DTranspose(6, 4, strides=3)",
    "transposed, same": "Conv1DTranspose(6, 3, strides=2, padding='same')",
    "mean": "AveragePooling1D(3, strides=2, padding='same')", "maximum": "MaxPooling1D(3, strides=2, padding='same')",
    "norm": "LayerNormalization(center=False)", "groups": "GroupNormalization(2)", "slopes": "PReLU(shared_axes=[1])",
}


@pytest.mark.parametrize("text", KERAS.values(), ids=KERAS)
def test_a_layer_of_keras_moves(moved, tmp_path, text):
    import keras
    rng = np.random.default_rng(1)
    model = keras.Sequential([keras.Input((7, 4)), eval(f"keras.layers.{text}"), keras.layers.Dense(3)])
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    assert moved(model, tmp_path / "made.py")[0] < 1e-12


def test_what_is_trained_with_it(moved, tmp_path):
    """In training it drops, and keeps running statistics by the source's momentum; frozen weights stand among those it learns."""
    import torch
    from torch import nn
    model = nn.Sequential(nn.BatchNorm1d(4, momentum=0.3), nn.Dropout(0.5)).eval()
    x = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    _, build = moved(model, tmp_path / "made.py", x)
    made = build()
    assert np.array_equal(made(x), made(x))
    made.train()
    y = np.asarray(made(x))
    dropped = y == 0
    assert 0.35 < dropped.mean() < 0.65
    torch.nn.Sequential.train(model)(torch.tensor(x))
    norm = next(part for _, part in nnx.iter_modules(made) if isinstance(part, nnx.BatchNorm))
    assert np.allclose(norm.mean[...], model[0].running_mean, atol=1e-6)
    assert np.allclose(norm.var[...], 0.7 + 0.3 * x.var(0), atol=1e-5)  # of the batch; PyTorch divides by n - 1


@pytest.mark.parametrize("layer, why", [
    ("Upsample(scale_factor=2, mode='bicubic')", "bicubic interpolation"),
    ("BatchNorm2d(4, momentum=None)", "a plain average of all batches"),
], ids=["cubic", "average"])
def test_what_flax_lacks_is_refused(moved, tmp_path, layer, why):
    from torch import nn
    model = nn.Sequential(nn.Conv2d(4, 4, 3), eval(f"nn.{layer}"))
    with pytest.raises(NoFormula, match=f"^1 .*{why}"):
        moved(model, tmp_path / "made.py", np.random.default_rng(0).normal(size=IMAGE))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("to", ["torch", "keras", "onnx"])
@pytest.mark.parametrize("name", moved_to_flax.MODELS)
def test_a_model_of_flax_moves(load_oracle, tmp_path, name, to):
    """Back to PyTorch, and on to Keras and ONNX."""
    load_oracle("keras")
    load_oracle("torch")
    if to == "onnx":
        pytest.importorskip("onnx")
    import nnparity
    _, model, x = moved_to_flax.MODELS[name]
    place = tmp_path / ("made.onnx" if to == "onnx" else "made.py")
    made = nnparity.port_model(model(), to, place, np.moveaxis(x, 1, -1) if x.ndim == 4 else x)
    # TensorFlow keeps constants of gelu, and resizes bilinearly, in single precision whatever the dtype
    assert made.ok and made.worst < (1e-6 if to == "keras" else 1e-12), str(made.comparison)
