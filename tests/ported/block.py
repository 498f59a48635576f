"""An encoder block of Keras, written out in PyTorch with one layer for queries, keys and values."""


def keras_model():
    from keras import Input, Model, layers
    x = Input((6, 12))
    y = layers.MultiHeadAttention(3, 4, name="attention")(x, x)
    z = layers.LayerNormalization(name="first")(x + y)
    h = layers.Dense(20, activation="gelu", name="wide")(z)
    h = layers.Dropout(0.1)(layers.Dense(12, name="narrow")(h))
    return Model(x, layers.LayerNormalization(name="second")(z + h))


def torch_model():
    import math

    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, dim=12, heads=3):
            super().__init__()
            self.heads, self.dim = heads, dim
            self.qkv = nn.Linear(dim, 3 * dim)
            self.proj = nn.Linear(dim, dim)
            self.norm1 = nn.LayerNorm(dim, eps=1e-3)
            self.norm2 = nn.LayerNorm(dim, eps=1e-3)
            self.mlp = nn.Sequential(nn.Linear(dim, 20), nn.GELU(), nn.Linear(20, dim), nn.Dropout(0.1))

        def split(self, t):
            b, n, _ = t.shape
            return t.view(b, n, self.heads, self.dim // self.heads).transpose(1, 2)

        def forward(self, x):
            q, k, v = self.qkv(x).chunk(3, dim=-1)
            q, k, v = self.split(q), self.split(k), self.split(v)
            scores = q @ k.transpose(-2, -1) / math.sqrt(self.dim // self.heads)
            y = scores.softmax(dim=-1) @ v
            y = y.transpose(1, 2).reshape(x.shape)
            x = self.norm1(x + self.proj(y))
            return self.norm2(x + self.mlp(x))
    return Block()


def load(km, tm):
    import numpy as np
    import torch
    wq, bq, wk, bk, wv, bv, wo, bo = km.get_layer("attention").get_weights()
    flat = lambda *ws: np.concatenate([w.reshape(12, 12) for w in ws], 1).T
    sd = {"qkv.weight": flat(wq, wk, wv), "qkv.bias": np.concatenate([b.reshape(-1) for b in (bq, bk, bv)]),
          "proj.weight": wo.reshape(12, 12).T, "proj.bias": bo}
    for ours, theirs in (("norm1", "first"), ("norm2", "second")):
        sd[ours + ".weight"], sd[ours + ".bias"] = km.get_layer(theirs).get_weights()
    for ours, theirs in (("mlp.0", "wide"), ("mlp.2", "narrow")):
        w, b = km.get_layer(theirs).get_weights()
        sd[ours + ".weight"], sd[ours + ".bias"] = w.T, b
    tm.load_state_dict({k: torch.tensor(np.ascontiguousarray(v)) for k, v in sd.items()})
