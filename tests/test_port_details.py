"""What a port carries beside the layers: what is drawn, what stands in the padding, what is frozen, and what is not learnt."""

import numpy as np
import pytest

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("compiled_quickly")]
IMAGE, SERIES = (3, 4, 7, 6), (3, 4, 9)


@pytest.fixture(scope="module")
def port_model(load_oracle):
    load_oracle("keras")
    load_oracle("torch")
    import nnparity
    return nnparity.port_model


def targets(text, kind):
    """A PyTorch or a Keras model by what it is made of."""
    if kind == "torch":
        from torch import nn
        return eval(text, {"nn": nn})
    import keras
    from keras import layers, ops
    return eval(text, {"keras": keras, "layers": layers, "ops": ops, "np": np})


def moved(port_model, tmp_path, model, to, x=None):
    """The file's text; the written model must be what the source is."""
    if to == "flax":
        pytest.importorskip("flax.nnx")
    made = port_model(model, to, tmp_path / "made.py", x)
    assert made.ok and not made.comparison.differing and made.worst < 1e-6, str(made.comparison)
    return made.path.read_text()


# from PyTorch: model, shape, what stands in the file of Keras, what in that of flax
TORCH = {
    "channels dropped": ("nn.Sequential(nn.Conv2d(4, 5, 3), nn.Dropout2d(0.3), nn.Conv2d(5, 3, 1))", IMAGE,
                         "SpatialDropout2D(0.3", "broadcast_dims=(1, 2)"),
    "channels of a series": ("nn.Sequential(nn.Conv1d(4, 5, 3), nn.Dropout1d(0.3), nn.Conv1d(5, 3, 1))", SERIES,
                             "SpatialDropout1D(0.3", "broadcast_dims=(1,)"),
    "reflect": ("nn.Sequential(nn.Conv2d(4, 5, (3, 5), padding=(1, 2), padding_mode='reflect'), nn.ReLU())", IMAGE,
                'mode="reflect"', 'mode="reflect"'),
    "replicate": ("nn.Sequential(nn.ReLU(), nn.Conv2d(4, 5, 3, padding=2, stride=2, padding_mode='replicate'))", IMAGE,
                  'mode="edge"', 'mode="edge"'),
    "circular": ("nn.Sequential(nn.Conv1d(4, 5, 4, padding='same', padding_mode='circular'), nn.Conv1d(5, 2, 1))", SERIES,
                 'mode="wrap"', 'mode="wrap"'),
    "reflection layer": ("nn.Sequential(nn.ReflectionPad2d((1, 2, 3, 0)), nn.Conv2d(4, 5, 3))", IMAGE, 'mode="reflect"',
                         'mode="reflect"'),
    "replication layer": ("nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReplicationPad2d(2), nn.Conv2d(4, 5, 3))", IMAGE, 'mode="edge"',
                          'mode="edge"'),
    "zeros": ("nn.Sequential(nn.ZeroPad2d((1, 0, 2, 0)), nn.Conv2d(4, 5, 3))", IMAGE, "ZeroPadding2D", "jnp.pad"),
}


@pytest.mark.parametrize("to", ["keras", "flax"])
@pytest.mark.parametrize("name", TORCH)
def test_from_pytorch(port_model, tmp_path, name, to):
    model, shape, keras_has, flax_has = TORCH[name]
    text = moved(port_model, tmp_path, targets(model, "torch"), to, np.random.default_rng(0).normal(size=shape))
    assert (keras_has if to == "keras" else flax_has) in text


# from Keras: layers behind an input of 7 x 6 with 4 channels, what stands in the file of PyTorch, what in that of flax
KERAS = {
    "channels dropped": ("layers.Conv2D(5, 3)(x), layers.SpatialDropout2D(0.3), layers.Dense(2)", "nn.Dropout2d(p",
                         "broadcast_dims=(1, 2)"),
    "reflect": ("ops.pad(x, ((0, 0), (1, 2), (0, 1), (0, 0)), mode='reflect'), layers.Conv2D(5, 3)", 'mode="reflect"',
                'mode="reflect"'),
    "vectors": ("layers.Normalization(name='norm', mean=[1, 2, 3, 4], variance=[1, 0.5, 4, 2])(x), layers.Conv2D(5, 3)",
                "norm_scale", "norm_scale"),
    "resized": ("ops.image.resize(x, (11, 9)), layers.Conv2D(5, 3)", 'mode="bilinear"', '"linear", antialias=False'),
    "from its end": ("x[:, 5:1:-1], layers.Conv2D(5, 3)", ".flip(", ":1:-1"),
    "every other from its end": ("x[:, ::-2], layers.Conv2D(5, 3)", ".flip(", "::-2"),
}


@pytest.mark.parametrize("to", ["torch", "flax"])
@pytest.mark.parametrize("name", KERAS)
def test_from_keras(port_model, tmp_path, name, to):
    import keras
    text, torch_has, flax_has = KERAS[name]
    x = keras.Input((7, 6, 4))
    first, *rest = eval(f"({text},)", {"x": x, "layers": keras.layers, "ops": keras.ops})
    for layer in rest:
        first = layer(first)
    model = keras.Model(x, first)
    made = moved(port_model, tmp_path, model, to)
    assert (torch_has if to == "torch" else flax_has) in made.replace("nn.Dropout2d(0.3", "nn.Dropout2d(p")


def frozen(kind):
    if kind == "keras":
        import keras
        model = keras.Sequential([keras.Input((7, 6, 4)), keras.layers.Conv2D(5, 3), keras.layers.BatchNormalization(),
                                  keras.layers.ReLU()])
        model.layers[1].trainable = False
        model.layers[1].moving_mean.assign(np.linspace(-1, 1, 5))
        return model
    from torch import nn

    class Frozen(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5)
            nn.init.uniform_(self.norm.running_mean)

        def train(self, mode=True):
            super().train(mode)
            self.norm.eval()
            return self

        def forward(self, x):
            return self.norm(self.conv(x)).relu()
    return Frozen()


@pytest.mark.parametrize("kind, to", [("keras", "torch"), ("keras", "flax"), ("torch", "keras"), ("torch", "flax")])
def test_a_frozen_normalisation_stays_frozen(port_model, tmp_path, kind, to):
    """Both are run in training too. In Keras its scale and shift are frozen with it, in PyTorch they are learnt."""
    x = np.random.default_rng(0).normal(size=IMAGE) if kind == "torch" else None
    text = moved(port_model, tmp_path, frozen(kind), to, x)
    assert {"torch": "requires_grad_(False)", "keras": "training=False", "flax": "use_running_average=True"}[to] in text


@pytest.mark.parametrize("to", ["keras", "flax"])
def test_a_row_that_is_not_learnt(port_model, tmp_path, to):
    from torch import nn
    words = np.random.default_rng(0).integers(0, 9, (3, 5))
    model = nn.Sequential(nn.Embedding(9, 4, padding_idx=2), nn.Linear(4, 3))
    assert "padding=2" in moved(port_model, tmp_path, model, to, words)


@pytest.mark.parametrize("text, why", [
    ("nn.Sequential(nn.Linear(4, 4), nn.AlphaDropout(0.2))", "draws alpha"),
    ("nn.Sequential(nn.Conv2d(4, 4, 1), nn.FeatureAlphaDropout(0.2))", "draws alpha of whole channels"),
])
def test_what_is_drawn_otherwise_is_refused(port_model, tmp_path, text, why):
    from nnparity.oracles.writing.graph import NoFormula
    with pytest.raises(NoFormula, match=why):
        port_model(targets(text, "torch"), "keras", tmp_path / "made.py", np.random.default_rng(0).normal(size=(3, 4, 4, 4)))


# masks: layers behind an embedding that hides the word 0, or behind a Masking
MASKS = {
    "last": "words, layers.LSTM(3)",
    "all steps": "words, layers.GRU(3, return_sequences=True), layers.GRU(3)",
    "both ways": "words, layers.Bidirectional(layers.GRU(3, return_sequences=True)), layers.Bidirectional(layers.LSTM(3))",
    "a mean": "words, layers.SimpleRNN(3, return_sequences=True), layers.GlobalAveragePooling1D()",
    "features": "layers.Masking(-1.0), layers.LSTM(3, return_sequences=True), layers.GlobalAveragePooling1D()",
}


@pytest.mark.parametrize("to", ["torch", "flax"])
@pytest.mark.parametrize("name", MASKS)
def test_masked_steps(port_model, tmp_path, name, to):
    """Asked on examples of different lengths: a port that reads the padding gives other numbers."""
    import keras
    words = keras.layers.Embedding(13, 4, mask_zero=True)
    layers = eval(f"({MASKS[name]},)", {"layers": keras.layers, "words": words})
    start = keras.Input((9,), dtype="int32") if words in layers else keras.Input((9, 4))
    text = moved(port_model, tmp_path, keras.Sequential([start, *layers]), to)
    assert ("pack_padded_sequence(" if to == "torch" else "seq_lengths=lengths") in text


def stochastic_depth(kind):
    """A residual block whose branch is dropped for whole examples, as each framework's users write it."""
    if kind == "torch":
        import torch
        from torch import nn

        class DropPath(nn.Module):
            def __init__(self, drop_prob=0.0):
                super().__init__()
                self.drop_prob = drop_prob

            def forward(self, x):
                if self.drop_prob == 0 or not self.training:
                    return x
                keep = 1 - self.drop_prob
                return x * x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(keep).div_(keep)

        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv, self.drop, self.none = nn.Conv2d(4, 4, 3, padding=1), DropPath(0.25), DropPath()

            def forward(self, x):
                return self.none(torch.relu(x + self.drop(self.conv(x))))
        return Block()
    import keras
    from keras import layers

    class StochasticDepth(layers.Layer):
        def __init__(self, rate, **options):
            super().__init__(**options)
            self.rate, self.seed = rate, keras.random.SeedGenerator(3)

        def call(self, x, training=None):
            if not training:
                return x
            shape = (keras.ops.shape(x)[0],) + (1,) * (len(x.shape) - 1)
            return x / (1 - self.rate) * keras.ops.floor(1 - self.rate + keras.random.uniform(shape, 0, 1, seed=self.seed))

        def get_config(self):
            return {**super().get_config(), "rate": self.rate}
    x = inputs = keras.Input((7, 6, 4))
    y = layers.Conv2D(4, 3, padding="same")(x)
    y = layers.Dropout(0.25, noise_shape=(None, 1, 1, 1))(y) if kind == "keras" else StochasticDepth(0.25)(y)
    return keras.Model(inputs, layers.ReLU()(layers.Add()([x, y])))


@pytest.mark.parametrize("kind", ["torch", "keras", "keras, written out"])
@pytest.mark.parametrize("to", ["torch", "keras", "flax"])
def test_whole_examples_are_dropped(port_model, tmp_path, kind, to):
    if kind.startswith(to):
        return
    x = np.random.default_rng(0).normal(size=IMAGE if kind == "torch" else (3, 7, 6, 4))
    text = moved(port_model, tmp_path, stochastic_depth(kind), to, x)
    assert {"torch": "= StochasticDepth(0.25)", "keras": "layers.Dropout(0.25, noise_shape=(None, 1, 1, 1)",
            "flax": "nnx.Dropout(0.25, broadcast_dims=(1, 2, 3)"}[to] in text


@pytest.mark.usefixtures("port_model")
@pytest.mark.parametrize("other", ["torch", "keras", "keras, written out"])
def test_stochastic_depth_is_compared(other):
    from nnparity import compare
    a, x = stochastic_depth("torch"), np.random.default_rng(0).normal(size=IMAGE)
    found = compare(a, stochastic_depth(other), x)
    assert found.ok, str(found)
    a.drop.drop_prob = 0.5
    (f,) = compare(a, stochastic_depth(other), x).differing
    assert (f.what, f.value_a, f.value_b) == ("rate", 0.5, 0.25)
    if other == "torch":
        from torch import nn
        b = stochastic_depth("torch")
        b.drop = nn.Dropout(0.5)
        (f,) = compare(a, b, x).differing
        assert f.what == "draws" and "whole examples" in f.words
