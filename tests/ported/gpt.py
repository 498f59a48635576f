"""A small transformer block as in GPT, causal attention written out in the Keras model."""


def keras_model():
    import keras
    from keras import Input, Model, layers, ops
    T, E, H = 6, 12, 3

    def heads(x):
        return ops.transpose(ops.reshape(x, (-1, T, H, E // H)), (0, 2, 1, 3))

    tokens = Input((T,), dtype="int32")
    x = layers.Embedding(19, E)(tokens)
    h = layers.LayerNormalization(epsilon=1e-5)(x)
    q, k, v = (layers.Dense(E, name=n)(h) for n in ("query", "key", "value"))
    scores = ops.matmul(heads(q), ops.transpose(heads(k), (0, 1, 3, 2))) / (E // H) ** 0.5
    scores = scores + ops.convert_to_tensor((1 - keras.ops.tril(keras.ops.ones((T, T)))) * -1e9, dtype=scores.dtype)
    mixed = ops.reshape(ops.transpose(ops.matmul(ops.softmax(scores, axis=-1), heads(v)), (0, 2, 1, 3)), (-1, T, E))
    x = x + layers.Dense(E, name="proj")(mixed)
    h = layers.LayerNormalization(epsilon=1e-5)(x)
    h = layers.Dense(4 * E)(h)
    h = layers.Activation(lambda a: keras.activations.gelu(a, approximate=True))(h)
    x = x + layers.Dense(E)(h)
    x = layers.LayerNormalization(epsilon=1e-5)(x)
    return Model(tokens, layers.Dense(19, use_bias=False, name="head")(x))


def torch_model():
    import math

    import torch
    import torch.nn.functional as F
    from torch import nn

    class Block(nn.Module):
        def __init__(self, n=12, heads=3):
            super().__init__()
            self.heads = heads
            self.ln_1, self.ln_2 = nn.LayerNorm(n), nn.LayerNorm(n)
            self.q, self.k, self.v, self.proj = (nn.Linear(n, n) for _ in range(4))
            self.fc, self.fc_out = nn.Linear(n, 4 * n), nn.Linear(4 * n, n)

        def forward(self, x):
            B, T, C = x.size()
            h = self.ln_1(x)
            k = self.k(h).view(B, T, self.heads, C // self.heads).transpose(1, 2)
            q = self.q(h).view(B, T, self.heads, C // self.heads).transpose(1, 2)
            v = self.v(h).view(B, T, self.heads, C // self.heads).transpose(1, 2)
            att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
            att = att.masked_fill(torch.tril(torch.ones(T, T)) == 0, float("-inf"))
            y = F.softmax(att, dim=-1) @ v
            x = x + self.proj(y.transpose(1, 2).contiguous().view(B, T, C))
            return x + self.fc_out(F.gelu(self.fc(self.ln_2(x)), approximate="tanh"))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte = nn.Embedding(19, 12)
            self.block = Block()
            self.ln_f = nn.LayerNorm(12)
            self.head = nn.Linear(12, 19, bias=False)

        def forward(self, idx):
            return self.head(self.ln_f(self.block(self.wte(idx))))
    return GPT()


def load(km, tm):
    import torch
    with_weights = [la for la in km.layers if la.get_weights()]
    b = tm.block
    order = {"embedding": [tm.wte], "layer_norm": [b.ln_1, b.ln_2, tm.ln_f], "dense": [b.fc, b.fc_out]}
    named = {"query": b.q, "key": b.k, "value": b.v, "proj": b.proj, "head": tm.head}
    for la in with_weights:
        m = named.get(la.name)
        if m is None:
            kind = next(k for k in order if la.name.startswith(k))
            m = order[kind].pop(0)
        w = la.get_weights()
        m.weight.data = torch.tensor(w[0].T.copy() if isinstance(m, torch.nn.Linear) else w[0])
        if len(w) > 1:
            m.bias.data = torch.tensor(w[1])
