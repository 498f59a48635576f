"""flax.nnx modules held against the PyTorch models that they were moved from: what is right agrees, what went wrong is named."""

import moved_to_flax
import numpy as np
import pytest
from moved_to_flax import MISTAKES, MODELS

from nnparity import WrongRequest, changes, compare, record

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("compiled_quickly")]
pytest.importorskip("flax")
TOLD_ALONE = ("extra", "logits", "input", "heads", "last_step")  # what is connected otherwise is told, not mended in a copy


def pair(name, **mistake):
    import torch
    torch.manual_seed(0)
    model, moved, x = MODELS[name]
    return model(), moved(**mistake), x


@pytest.mark.parametrize("name", MODELS)
def test_what_is_right_agrees(name):
    a, b, x = pair(name)
    found = compare(a, b, x)
    assert found.ok and found.after < 1e-6, str(found)
    assert all(row.verdict == "agrees" for row in found.rows) and all(f.inherent for f in found.findings)
    formulas_hold(found.walk)


def formulas_hold(walk):
    """A candidate stands for a flax layer only if it gives the layer's numbers, outputs and gradients."""
    from nnparity.oracles.models.compute import COMPUTE
    from nnparity.reports.models.causes import ours
    asked = [s for s in walk.steps if walk.b.ops[s.b].kind in COMPUTE]
    assert len(asked) >= 4
    for step in asked:
        op, runner = walk.b.ops[step.b], walk.b.runner
        cotangent = np.random.default_rng(3).normal(size=step.got.shape)
        (right, *_), right_x, right_w = runner.run(op, step.fed, cotangent)
        outputs, got_x, got_w = runner.compute(op.kind, op.settings, walk.b.params[step.b], [ours(x, op) for x in step.fed],
                                               ours(cotangent, op))
        room = 1e-6 if op.kind == "upsample" else 1e-10
        np.testing.assert_allclose(outputs["y"], ours(right, op), rtol=room, atol=room * np.abs(right).max())
        for g, h in zip(right_x, got_x):
            np.testing.assert_allclose(h, ours(g, op) if g.size else g, rtol=room, atol=room * (1 + np.abs(g).max(initial=0)))
        for n, g in (op.layout.unpack(right_w) if right_w else {}).items():
            if "running" not in n:
                np.testing.assert_allclose(got_w[n], g, rtol=room, atol=room * (1 + np.abs(g).max()))


@pytest.mark.parametrize(("name", "mistake", "named"), MISTAKES, ids=lambda v: v if isinstance(v, str) else
                         "-".join(f"{k}={sorted(a) if isinstance(a, set) else a}" for k, a in v.items()).replace(" ", ""))
def test_what_went_wrong_is_named(name, mistake, named):
    a, b, x = pair(name, **mistake)
    found = compare(a, b, x)
    told = {}
    for f in found.differing:
        told.setdefault(f.what, set()).add(f.layer_b)
    assert told == named, str(found)
    assert found.exit_code == 1
    if not named.keys() & set(TOLD_ALONE):
        assert found.after < 1e-6, "the changes do not mend it"


@pytest.mark.parametrize("name", ["gpt", "autoencoder"])
def test_flax_may_be_the_model_that_is_right(name):
    b, a, x = pair(name)
    found = compare(a, b, np.moveaxis(x, 1, -1) if x.ndim == 4 else x)
    assert found.ok and found.frameworks == ("flax", "PyTorch"), str(found)
    assert {row.weights for row in found.rows} == {"moved", ""}


def test_the_change_is_said_in_flax_words():
    a, b, x = pair("gpt", approximate=False, epsilon=1e-6)
    said = {f.what: f.change for f in compare(a, b, x).differing}
    assert said["approximate"] == "in B, gelu: approximate=True"
    assert said["epsilon"] == "in B, block.ln_2: epsilon=1e-05"


@pytest.mark.parametrize("cell", ["OptimizedLSTMCell", "LSTMCell"])
def test_both_cells_of_an_lstm_hold_the_same_weights(cell):
    a, b, x = pair("tagger", cell=cell)
    assert compare(a, b, x).ok


def test_lengths_are_a_mask():
    """seq_lengths of flax against a packed sequence of PyTorch; without them the mask is missing."""
    import jax.numpy as jnp
    import torch
    from flax import nnx
    from torch import nn
    from torch.nn.utils.rnn import pack_padded_sequence

    class Reviews(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.lstm, self.out = nn.Embedding(30, 5), nn.LSTM(5, 4, batch_first=True), nn.Linear(4, 2)

        def forward(self, x):
            lengths = (x != 0).sum(1)
            packed = pack_padded_sequence(self.words(x), lengths, batch_first=True, enforce_sorted=False)
            return self.out(self.lstm(packed)[1][0][-1])

    class Moved(nnx.Module):
        def __init__(self, masked, rngs):
            self.words, self.out = nnx.Embed(30, 5, rngs=rngs), nnx.Linear(4, 2, rngs=rngs)
            self.lstm, self.masked = nnx.RNN(nnx.OptimizedLSTMCell(5, 4, rngs=rngs), return_carry=True), masked

        def __call__(self, x):
            lengths = jnp.sum(x != 0, axis=1) if self.masked else None
            (_, h), _ = self.lstm(self.words(x), seq_lengths=lengths)
            return self.out(h)
    torch.manual_seed(0)
    x = np.array([[4, 7, 2, 9, 1], [3, 5, 8, 0, 0], [6, 2, 0, 0, 0]])
    a = Reviews()
    assert compare(a, Moved(True, nnx.Rngs(0)), x).ok
    found = compare(a, Moved(False, nnx.Rngs(0)), x)
    assert {f.what for f in found.differing} == {"valid"} and "seq_lengths" in found.differing[0].change, str(found)


def test_a_model_in_keras_is_compared_too(load_oracle):
    load_oracle("keras")
    import keras
    from flax import nnx
    from keras import layers as L
    a = keras.Sequential([keras.Input((8, 8, 2)), L.Conv2D(4, 3, strides=2, padding="same"), L.LeakyReLU(0.2), L.Flatten(),
                          L.Dense(3)])

    class Moved(nnx.Module):
        def __init__(self, slope, rngs):
            self.conv, self.fc, self.slope = nnx.Conv(2, 4, (3, 3), strides=2, rngs=rngs), nnx.Linear(64, 3, rngs=rngs), slope

        def __call__(self, x):
            x = nnx.leaky_relu(self.conv(x), self.slope)
            return self.fc(x.reshape(len(x), -1))
    assert compare(a, Moved(0.2, nnx.Rngs(0))).ok  # the same padding, and no axis moves
    found = compare(a, Moved(0.01, nnx.Rngs(0)))
    assert [(f.what, f.layer_b) for f in found.differing] == [("slope", "leaky_relu")]


def test_a_model_is_recorded_and_asked_again(tmp_path):
    _, model, x = pair("gpt")
    file = tmp_path / "today.safetensors"
    record(model, file, x)
    assert changes(moved_to_flax.gpt_flax(), file).ok  # other weights: the recorded ones are put in
    seen = changes(moved_to_flax.gpt_flax(epsilon=1e-6), file)
    assert not seen.ok and "block.ln_1" in str(seen) and "block.attn.query " in str(seen)


def test_a_model_that_raises_is_no_traceback():
    a, b, x = pair("lenet")
    with pytest.raises(WrongRequest, match=r"A does not run on inputs of shape \(3, 1, 20, 19\)"):
        compare(a, b, x[..., :-1])


def test_weights_come_from_a_file(tmp_path):
    """By their paths; what does not fit is said."""
    from flax import nnx

    from nnparity.oracles.flax_models.files import load, variables
    _, model, _ = pair("lenet")
    arrays = {name: np.full(v.shape, 0.5, np.float32) for name, v in variables(model).items()}
    np.savez(tmp_path / "w.npz", **{name.replace(".", "/"): a for name, a in arrays.items()})
    load(model, tmp_path / "w.npz")
    assert all(float(a.min()) == 0.5 for a in nnx.to_pure_dict(nnx.state(model, nnx.Param))["fc1"].values())
    np.savez(tmp_path / "less.npz", **{"conv1/kernel": arrays["conv1.kernel"]})
    with pytest.raises(ValueError, match="is not in the file"):
        load(model, tmp_path / "less.npz")
    with pytest.raises(ValueError, match=r"\.safetensors or \.npz"):
        load(model, tmp_path / "w.pt")
