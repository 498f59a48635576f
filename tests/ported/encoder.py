"""A transformer encoder for sequences of numbers: Keras's MultiHeadAttention, PyTorch's TransformerEncoderLayer (post-norm)."""
import torch
from keras import Input, Model, layers
from torch import nn


def keras_model():
    inp = Input((9, 5))
    x = layers.Dense(12, name="project")(inp)
    for n in range(2):
        a = layers.MultiHeadAttention(num_heads=4, key_dim=3, name=f"mha{n}")(x, x)
        x = layers.LayerNormalization(epsilon=1e-6, name=f"norm{n}a")(layers.Add()([x, a]))
        h = layers.Dense(20, activation="relu", name=f"ffn{n}a")(x)
        h = layers.Dense(12, name=f"ffn{n}b")(h)
        x = layers.LayerNormalization(epsilon=1e-6, name=f"norm{n}b")(layers.Add()([x, h]))
    x = layers.GlobalAveragePooling1D()(x)
    return Model(inp, layers.Dense(3, name="out")(x))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.project = nn.Linear(5, 12)
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(12, 4, 20, dropout=0.0, activation="relu", batch_first=True,
                                                               layer_norm_eps=1e-6) for _ in range(2))
        self.out = nn.Linear(12, 3)

    def forward(self, x):
        x = self.project(x)
        for layer in self.layers:
            x = layer(x)
        return self.out(x.mean(dim=1))


def torch_model():
    return Encoder()


def load(km, tm):
    def get(name):
        return [torch.tensor(w) for w in km.get_layer(name).get_weights()]

    def dense(m, name):
        w, b = get(name)
        m.weight.data, m.bias.data = w.T.contiguous(), b

    dense(tm.project, "project")
    dense(tm.out, "out")
    for n, la in enumerate(tm.layers):
        wq, bq, wk, bk, wv, bv, wo, bo = get(f"mha{n}")
        la.self_attn.in_proj_weight.data = torch.cat([w.reshape(12, 12).T for w in (wq, wk, wv)])
        la.self_attn.in_proj_bias.data = torch.cat([b.reshape(-1) for b in (bq, bk, bv)])
        la.self_attn.out_proj.weight.data = wo.reshape(12, 12).T.contiguous()
        la.self_attn.out_proj.bias.data = bo
        dense(la.linear1, f"ffn{n}a")
        dense(la.linear2, f"ffn{n}b")
        for m, name in ((la.norm1, f"norm{n}a"), (la.norm2, f"norm{n}b")):
            m.weight.data, m.bias.data = get(name)
