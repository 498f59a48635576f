"""`nnparity.check` of a network that somebody describes: in words, as data, by a model; whatever answers for it."""

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from typer.testing import CliRunner

import nnparity
from nnparity.reports.checking.own.cases import cases_of
from nnparity.reports.checking.own.data import from_data
from nnparity.reports.checking.own.request import is_described, shape_of
from nnparity.reports.checking.own.witness import is_derivative
from nnparity.reports.checking.own.words import parsed
from nnparity.reports.cli import app

FILE = Path(__file__).with_name("whole_networks.py")
MLP = "dense(128) relu dense(10) softmax_cross_entropy l2(0.01)"
LENET = ("conv2d(6, 5) relu max_pool2d(2) conv2d(16, 5) relu max_pool2d(2) flatten dense(120) relu dense(84) relu dense(10) "
         "softmax_cross_entropy")
CHARACTERS = "one_hot(23) simple_rnn(17) dense(23) softmax_cross_entropy(sum, sparse)"
AUTOENCODER = "dense(32) sigmoid dense(784) sigmoid mse(input)"


def written(right: str = "", wrong: str = "") -> ModuleType:
    """The file, with one line of it as somebody gets it wrong."""
    source = FILE.read_text()
    assert right in source
    module = ModuleType("whole_networks")
    exec(compile(source.replace(right, wrong) if right else source, str(FILE), "exec"), module.__dict__)
    return module


NETWORKS = {"TwoLayerNet": (MLP, (32, 784)), "MLP": (MLP, (32, 784)), "LeNet": (LENET, (2, 1, 28, 28)),
            "char_rnn": (CHARACTERS, (1, 25)), "Autoencoder": (AUTOENCODER, (16, 784))}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_right_network_agrees(name):
    words, x = NETWORKS[name]
    report = nnparity.check(getattr(written(), name), words, x=x)
    assert report.ok, report.explain()
    assert len(report.rows) > 1


WRONG = [
    ("MLP", "(delta @ self.weights[i].T) * (self.zs[i - 1] > 0)", "delta @ self.weights[i].T", "derivative"),
    ("MLP", "(self.acts[-1] - y) / m", "self.acts[-1] - y", "1/N"),
    ("MLP", "+ self.lam * self.weights[i]", "", "L2 penalty left out of the gradient"),
    ("MLP", "self.lam * self.weights[i]", "2 * self.lam * self.weights[i]", "L2 penalty twice"),
    ("MLP", "+ self.lam / 2 * sum((W ** 2).sum() for W in self.weights)", "", "L2 penalty left out of the loss"),
    ("LeNet", "dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))", "averaged over batch and positions"),
    ("LeNet", "dout[:, :, i, j], self.W, axes", "dout[:, :, i, j], self.W[:, :, ::-1, ::-1], axes", "turned round"),
    ("char_rnn", "+ dhnext", "", "does not travel back through time"),
    ("char_rnn", "(1 - hs[t] * hs[t]) * dh", "dh", "derivative left out"),
    ("Autoencoder", "2 * (self.x_hat - x)", "(self.x_hat - x)", "2 of the square missing"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "cause"), WRONG, ids=[f"{w[0]}-{i}" for i, w in enumerate(WRONG)])
def test_a_mistake_is_named(name, right, wrong, cause):
    words, x = NETWORKS[name]
    report = nnparity.check(getattr(written(right, wrong), name), words, x=x)
    assert not report.ok
    assert cause in report.diagnosis[0].explanation.title
    assert report.diagnosis[0].complete


def test_a_file_is_asked_in_a_process_of_its_own():
    report = nnparity.check(f"{FILE}:Autoencoder", AUTOENCODER, x="16,784")
    assert report.ok, report.explain()


def test_what_is_not_returned_is_told_and_not_asked():
    report = nnparity.check(written().LeNet, LENET, x=(2, 1, 28, 28))
    assert "Not returned, so not asked: loss" in report.explain()
    assert "behind the softmax" in nnparity.check(written().MLP, MLP, x=(32, 784)).explain()
    assert "numbers of the classes" in nnparity.check(written().TwoLayerNet, MLP, x=(32, 784)).explain()


def test_words_and_data_say_the_same():
    words = parsed("conv2d(6, 5x3, stride=2, padding=same) -> ReLU, max_pool2d(2); Flatten | Linear(10, bias=False) tanh "
                   "MSE(half, sum)")
    data = from_data([{"kind": "conv2d", "filters": 6, "kernel_size": (5, 3), "stride": 2, "padding": "same",
                       "activation": "relu"},
                      {"kind": "max_pool2d", "size": 2}, {"kind": "flatten"},
                      {"kind": "dense", "units": 10, "use_bias": False, "activation": "tanh"},
                      {"kind": "squared_error", "scale": "half", "reduction": "sum"}])
    assert words == data


REFUSED = {
    "dense(128) rleu dense(10)": r"column 12.*'rleu'.*did you mean relu",
    "dense(3) dens(10)": r"column 10.*did you mean dense",
    "dense dense(3)": r"column 1.*needs its units",
    "dense(10, strides=2)": r"dense has no 'strides'",
    "dense(0)": r"units is a number above 0",
    "dense(10": r"column 6.*not closed",
    "dense(10) 7": r"column 11.*a layer is expected",
    "mse dense(3)": r"stands behind the loss",
    "dense(3) l2(0.1)": r"this network has none",
    "dense(3) conv2d(4, 3)": r"conv2d\(4, 3\) behind dense\(3\): its x has 4 axes",
    "dense(3) one_hot(4)": r"it stands first",
    "  ": r"describes no network",
}


@pytest.mark.parametrize("words", REFUSED)
def test_words_that_make_no_sense_are_refused_with_their_place(words):
    with pytest.raises(nnparity.WrongRequest, match=REFUSED[words]) as refused:
        nnparity.check(written().MLP, words, x=(3, 4))
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(("x", "words"), [(None, "which x"), ((3,), "no shape"), ("3,a", "no shape"), ((3, -1), "no shape")])
def test_a_shape_that_is_none_is_refused(x, words):
    with pytest.raises(nnparity.WrongRequest, match=words):
        nnparity.check(written().MLP, MLP, x=x)


def test_names_of_layers_are_no_descriptions():
    assert not is_described("gru")
    assert not is_described("dense -> squared_error")
    assert is_described("dense(3)")
    assert shape_of("32, 784") == (32, 784)
    assert shape_of((None, 3)) == (None, 3)


WORDS = ("dense(6) tanh dense(4) bce(logits)", "lstm(6) gru(5) dense(4) softmax_cross_entropy l2(0.2)",
         "embedding(11, 6) simple_rnn(5)", "conv1d(4, 3) leaky_relu(0.2) average_pool1d(2) flatten dense(3) sigmoid bce",
         "dense(6) batch_norm relu layer_norm dense(3)", "dense(4) softmax categorical_cross_entropy")


@pytest.mark.parametrize("words", WORDS)
def test_drawn_cases_are_answered_by_a_gradient_that_is_the_derivative(words):
    axes = {"embedding": (None, None), "conv1d": (None, 3, 17), "lstm": (None, None, 7)}.get(words.split("(")[0], (None, 8))
    cases = cases_of(parsed(words), axes, "own")
    assert cases
    assert all(is_derivative(case) for case in cases)
    assert all(np.abs(a).min() > 0 for case in cases for a in case.params.values())


def test_cases_neither_saturate_nor_stay_linear_at_any_width():
    for widths in ((784, 128), (8, 4), (50, 3000)):
        case = cases_of(parsed(f"dense({widths[1]}) tanh dense(10)"), (16, widths[0]), "own")[0]
        a = case.inputs["x"] @ case.params["dense_1/kernel"] + case.params["dense_1/bias"]
        assert 0.5 < a.std() < 2


def test_weights_that_shapes_do_not_tell_apart_are_asked_for():
    class Square:
        def __init__(self):
            self.W1, self.b1, self.W2, self.b2 = (np.ones(shape) for shape in ((6, 6), 6, (6, 6), 6))

        def forward(self, x):
            self.x, self.h = x, np.tanh(x @ self.W1 + self.b1)
            return self.h @ self.W2.T + self.b2

        def backward(self, dout):
            self.dW2, self.db2 = dout.T @ self.h, dout.sum(0)
            d = dout @ self.W2 * (1 - self.h**2)
            self.dW1, self.db1 = self.x.T @ d, d.sum(0)
            return d @ self.W1.T

    words = "dense(6) tanh dense(6)"
    with pytest.raises(nnparity.WrongRequest, match=r"square.*nnparity.adapt\(Square"):
        nnparity.check(Square, words, x=(5, 6))
    names = {"W1": "dense_1/kernel", "b1": "dense_1/bias", "b2": "dense_2/bias"}
    said = nnparity.adapt(Square, weights={**names, "W2": "dense_2/kernel.T"})
    report = nnparity.check(said, words, x=(5, 6))
    assert report.ok, report.explain()
    other = nnparity.adapt(Square, weights={**names, "W2": "dense_2/kernel"})
    assert not nnparity.check(other, words, x=(5, 6)).ok


def test_a_network_that_has_its_loss_alone_is_adapted_too():
    names = {"params['W1']": "dense_1/kernel", "params['b1']": "dense_1/bias", "params['W2']": "dense_2/kernel",
             "params['b2']": "dense_2/bias"}
    adapted = nnparity.adapt(written().TwoLayerNet, weights=names)
    assert nnparity.check(adapted, MLP, x=(32, 784)).ok
    with pytest.raises(nnparity.WrongRequest, match="whole network"):
        nnparity.check(adapted, "dense")


def on_the_command_line(*arguments: str):
    return CliRunner().invoke(app, ["check", *arguments], env={"COLUMNS": "200"})


def test_the_command_line_takes_words_and_a_shape():
    done = on_the_command_line(f"{FILE}:Autoencoder", "--network", AUTOENCODER, "--x", "5,784")
    assert done.exit_code == 0, done.output
    assert "cases agree" in done.output


@pytest.mark.parametrize(("arguments", "words"), [
    (["--network", "dense(3) rleu", "--x", "3,4"], "did you mean relu"), (["--network", "dense(3)"], "--x 32,784"),
    (["--x", "3,4"], "--network"), (["--network", "dense(3)", "--x", "3,4", "--layer", "gru"], "leave out"),
    (["--network", "dense(3)", "--x", "3,4", "--oracle", "jax"], "keras, torch")])
def test_the_command_line_refuses_what_makes_no_sense(arguments, words):
    done = on_the_command_line(f"{FILE}:MLP", *arguments)
    assert done.exit_code == 2
    assert words in done.output


def test_a_file_of_several_asks_which():
    done = on_the_command_line(str(FILE), "--network", MLP, "--x", "3,784")
    assert done.exit_code == 2
    assert "TwoLayerNet, MLP" in done.output


@pytest.mark.live
def test_a_model_in_a_file_is_the_network(tmp_path):
    pytest.importorskip("torch")
    layers = "nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)"
    (tmp_path / "model.py").write_text(f"from torch import nn\nnet = nn.Sequential({layers})")
    model = f"{tmp_path / 'model.py'}:net"
    done = on_the_command_line(f"{FILE}:MLP", "--like", model, "--network", "softmax_cross_entropy l2(0.01)")
    assert done.exit_code == 0, done.output


@pytest.mark.live
def test_a_torch_model_is_the_network_and_answers_for_it():
    torch = pytest.importorskip("torch")
    nn = torch.nn
    model = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Dropout(), nn.Linear(120, 84), nn.ReLU(),
                          nn.Linear(84, 10))
    report = nnparity.check(written().LeNet, "softmax_cross_entropy", like=model, x=(2, 1, 28, 28), oracle="torch")
    assert report.ok, report.explain()
    assert re.search(r"torch agrees with the reference on (\d) of \1 cases", report.explain())
    assert nnparity.check(model, LENET, x=(2, 1, 28, 28)).ok
    with pytest.raises(nnparity.WrongRequest, match="PReLU"):
        nnparity.check(model, like=nn.Sequential(nn.Linear(3, 4), nn.PReLU()))


@pytest.mark.live
def test_a_torch_lstm_with_a_head_over_all_steps():
    torch = pytest.importorskip("torch")

    class CharLSTM(torch.nn.Module):
        def __init__(self, vocab_size, hidden_size):
            super().__init__()
            self.rnn = torch.nn.LSTM(vocab_size, hidden_size, batch_first=True)
            self.head = torch.nn.Linear(hidden_size, vocab_size)

        def forward(self, x, state=None):
            y, state = self.rnn(x, state)
            return self.head(y), state

    class Detached(CharLSTM):
        def forward(self, x, state=None):
            steps = []
            for x_t in x.split(1, 1):
                y, state = self.rnn(x_t, state)
                state = tuple(s.detach() for s in state)
                steps.append(y)
            return self.head(torch.cat(steps, 1)), state

    words = "one_hot(23) lstm(17) dense(23) softmax_cross_entropy"
    assert nnparity.check(CharLSTM, words, x=(2, 7)).ok
    wrong = nnparity.check(Detached, words, x=(2, 7))
    assert not wrong.ok
    assert "beyond its own step" in wrong.summary, wrong.summary


@pytest.mark.live
def test_a_keras_model_is_the_network_and_answers_for_it():
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10)])
    report = nnparity.check(written().MLP, "softmax_cross_entropy l2(0.01)", like=model)
    assert report.ok, report.explain()
    assert nnparity.check(model, "softmax_cross_entropy", like=model).ok
    gru = keras.Sequential([keras.Input((None, 8)), keras.layers.GRU(6, return_sequences=True), keras.layers.Dense(3)])
    assert nnparity.check(gru, like=gru).ok
