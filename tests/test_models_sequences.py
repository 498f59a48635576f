"""Networks of sequences, text and tables: the same agrees, whichever way it is written; a mistake is named at its layer."""

import numpy as np
import pytest
from sequence_networks import GIVEN, built

from nnparity import compare

pytestmark = pytest.mark.live
PAIRS = [("torch", "keras"), ("keras", "torch"), ("keras", "keras")]


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=lambda v: v)
@pytest.mark.parametrize("name", GIVEN)
def test_what_is_the_same_agrees(name, a, b):
    found = compare(built(a, name, 1), built(b, name, 2), GIVEN[name]())
    assert found.ok and found.after < 1e-6, str(found)
    assert {row.verdict for row in found.rows} == {"agrees"}, str(found)


@pytest.mark.parametrize(("name", "options", "what"), [
    ("moe", {"axis": 1}, "axis"), ("textcnn", {"out": "softmax"}, "logits"), ("moe", {"residual": False}, "missing"),
], ids=["softmax over the steps", "probabilities", "no shortcut"])
def test_a_mistake_of_keras_is_named(name, options, what):
    found = compare(built("torch", name, 1), built("keras", name, 2, **options), GIVEN[name]())
    assert {f.what for f in found.differing} == {what}, str(found)


def attending(framework, dropout=0.0, ignored=False, time=False):
    """Multi-head attention in which what stands for padding is hidden, and what comes later where time is."""
    if framework == "torch":
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed, self.head = nn.Embedding(9, 8), nn.Linear(8, 3)
                self.attention = nn.MultiheadAttention(8, 2, dropout=dropout, batch_first=True)

            def forward(self, ids):
                x, n = self.embed(ids), ids.shape[1]
                later = torch.ones(n, n).triu(1).bool() if time else None
                y, _ = self.attention(x, x, x, key_padding_mask=None if ignored else ids == 0, attn_mask=later,
                                      need_weights=False)
                return self.head(x + y)
        return Net()
    import keras
    from keras import layers, ops
    ids = keras.Input((5,), dtype="int32")
    x = layers.Embedding(9, 8)(ids)
    keep = None if ignored else ops.expand_dims(ops.not_equal(ids, 0), 1)
    y = layers.MultiHeadAttention(2, 4, dropout=dropout)(x, x, attention_mask=keep, use_causal_mask=time)
    return keras.Model(ids, layers.Dense(3)(x + y))


@pytest.mark.parametrize("time", [False, True], ids=["padding", "padding and time"])
@pytest.mark.parametrize(("a", "b"), [("torch", "torch"), *PAIRS], ids=lambda v: v)
def test_masked_attention(a, b, time):
    ids = np.array([[3, 1, 4, 0, 0], [2, 7, 1, 8, 0], [5, 5, 5, 5, 5]])
    for rate in (0.0, 0.1):
        found = compare(attending(a, rate, time=time), attending(b, rate, time=time), ids)
        assert found.ok and found.after < 1e-6, str(found)
    found = compare(attending(a, time=time), attending(b, time=time, ignored=True), ids)
    (f,) = found.differing
    assert f.what == "unexplained" and ".attention" in f.layer_b, str(found)


@pytest.mark.parametrize(("a", "b"), [("torch", "torch"), *PAIRS], ids=lambda v: v)
def test_dropout_of_the_weights_of_attention(a, b):
    ids = np.array([[3, 1, 4, 2], [2, 7, 1, 8]])

    def plain(framework, rate):
        if framework == "torch":
            from torch import nn

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.embed, self.attention = nn.Embedding(9, 8), nn.MultiheadAttention(8, 2, dropout=rate, batch_first=True)

                def forward(self, ids):
                    x = self.embed(ids)
                    return self.attention(x, x, x)[0]
            return Net()
        import keras
        from keras import layers
        ids = keras.Input((4,), dtype="int32")
        x = layers.Embedding(9, 8)(ids)
        return keras.Model(ids, layers.MultiHeadAttention(2, 4, dropout=rate)(x, x))
    assert compare(plain(a, 0.2), plain(b, 0.2), ids).ok
    (f,) = compare(plain(a, 0.2), plain(b, 0.0), ids).differing
    assert (f.what, f.mode) == ("dropout", "training") and "0.2 of its weights" in f.words
