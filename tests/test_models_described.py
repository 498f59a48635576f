"""A network in our own words, run by the reference, as the model that is right."""

import numpy as np
import pytest

from nnparity import WrongRequest, compare
from nnparity.reports.models.ours import is_words

pytestmark = pytest.mark.live
IMAGES = np.random.default_rng(0).normal(size=(3, 1, 12, 12))
LENET = "conv2d(6, 5, padding=2) relu batch_norm max_pool2d(2) flatten dense(20, leaky_relu, slope=0.2) dense(10) softmax"


def lenet(epsilon=1e-5, slope=0.2, padding=2, pool="MaxPool2d"):
    from torch import nn
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=padding), nn.ReLU(), nn.BatchNorm2d(6, eps=epsilon), getattr(nn, pool)(2),
                         nn.Flatten(), nn.Linear(216, 20), nn.LeakyReLU(slope), nn.Linear(20, 10), nn.Softmax(-1))


def readers():
    import torch
    from torch import nn

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.lstm = nn.Embedding(30, 5), nn.LSTM(5, 4, batch_first=True)
            self.rnn, self.gru, self.out = nn.RNN(4, 3, batch_first=True), nn.GRU(3, 6, batch_first=True), nn.Linear(6, 2)
            self.norm = nn.LayerNorm(6)

        def forward(self, x):
            y = self.rnn(self.lstm(self.words(x))[0])[0]
            return torch.sigmoid(self.out(self.norm(self.gru(y)[0])))
    return Reader()


def test_a_torch_model_is_what_is_described():
    found = compare(LENET, lenet(), IMAGES)
    assert found.ok and found.after < 1e-12 and found.frameworks == ("the description", "PyTorch"), str(found)
    assert len(found.rows) == 8 and all(f.inherent for f in found.findings)


def test_recurrent_layers_are_compared_by_their_formulas():
    words = np.random.default_rng(0).integers(0, 30, (3, 7))
    text = "embedding(30, 5) lstm(4) simple_rnn(3) gru(6) layer_norm dense(2) sigmoid"
    found = compare(text, readers(), words)
    assert found.ok and len(found.rows) == 7, str(found)
    found = compare(text.replace("gru(6)", "gru(6, reset=before, recurrent_bias=outside)"), readers(), words)
    assert [(f.what, f.layer_b) for f in found.differing] == [("reset", "gru")], str(found)


@pytest.mark.parametrize(("mistake", "what", "layer"), [
    ({"epsilon": 1e-3}, "epsilon", "2"), ({"slope": 0.01}, "slope", "6"), ({"pool": "AvgPool2d"}, "kind", "3"),
    ({"padding": 1}, "padding", "0"),
], ids=str)
def test_what_is_otherwise_in_the_model_is_named(mistake, what, layer):
    found = compare(LENET, lenet(**mistake), IMAGES)
    assert [(f.what, f.layer_b) for f in found.differing] == [(what, layer)], str(found)
    assert "the description" in str(found)


def test_a_keras_model_states_the_shape(load_oracle):
    """Its images have their channels last, the description's have them first."""
    load_oracle("keras")
    import keras
    from keras import layers as L
    model = keras.Sequential([keras.Input((8, 8, 2)), L.Conv2D(4, 3, padding="same", activation="tanh"), L.Flatten(), L.Dense(3)])
    assert compare("conv2d(4, 3, padding=same) tanh flatten dense(3)", model).ok


def test_a_place_is_no_description():
    assert is_words("dense(3)") and is_words("relu softmax")
    assert not is_words("my models/net (old).py:build") and not is_words("net.py:build") and not is_words("a b.keras")


def test_what_is_no_description_is_said():
    with pytest.raises(WrongRequest, match="no layer is called 'wonder'"):
        compare("relu; wonder(4)", lenet(), IMAGES)
    with pytest.raises(WrongRequest, match="it is the first of the two"):
        compare(lenet(), "dense(3)", IMAGES)
    with pytest.raises(WrongRequest, match="A does not run on inputs of shape"):
        compare("dense(3) conv2d(4, 3)", lenet(), IMAGES[:, 0, 0])
