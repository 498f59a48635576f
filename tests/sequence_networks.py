"""Networks of sequences, text and tables as people write them: the same by name in PyTorch and in Keras."""

import math

import numpy as np

RNG = np.random.default_rng(0)
GIVEN = {"textcnn": lambda: RNG.integers(0, 20, (3, 9)), "ncf": lambda: [RNG.integers(0, 7, 5), RNG.integers(0, 9, 5)],
         "twotower": lambda: [RNG.integers(0, 7, 5), RNG.integers(0, 9, 5)], "moe": lambda: RNG.normal(size=(3, 5, 6)),
         "alibi": lambda: RNG.normal(size=(2, 6, 8))}


def torch_networks() -> dict:
    import torch
    from torch import nn
    from torch.nn import functional as F

    class TextCNN2(nn.Module):
        def __init__(self):
            super().__init__()
            self.e, self.fc = nn.Embedding(20, 6), nn.Linear(12, 3)
            self.c = nn.ModuleList([nn.Conv1d(6, 4, k) for k in (3, 4, 5)])

        def forward(self, x):
            x = self.e(x).permute(0, 2, 1)
            x = torch.cat([torch.relu(c(x)).amax(-1) for c in self.c], -1)
            return self.fc(F.dropout(x, 0.5, self.training))

    class NCF(nn.Module):
        def __init__(self, gmf="mul", order="ui"):
            super().__init__()
            self.user_gmf, self.item_gmf, self.user_mlp, self.item_mlp = (
                nn.Embedding(n, 4) for n in (7, 9, 7, 9))
            self.fc1, self.fc2, self.predict, self.gmf, self.order = nn.Linear(8, 6), nn.Linear(6, 4), nn.Linear(8, 1), gmf, order

        def forward(self, user, item):
            gmf = self.user_gmf(user) * self.item_gmf(item) if self.gmf == "mul" else self.user_gmf(user) + self.item_gmf(item)
            both = [self.user_mlp(user), self.item_mlp(item)]
            x = torch.cat(both if self.order == "ui" else both[::-1], -1)
            x = F.relu(self.fc2(F.relu(self.fc1(x))))
            return torch.sigmoid(self.predict(torch.cat([gmf, x], -1))).view(-1)

    class TwoTower(nn.Module):
        def __init__(self, normalised=True, temperature=0.1, axis=-1):
            super().__init__()
            self.u, self.i = nn.Embedding(7, 4), nn.Embedding(9, 4)
            self.mu = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))
            self.mi = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))
            self.normalised, self.temperature, self.axis = normalised, temperature, axis

        def forward(self, user, item):
            a, b = self.mu(self.u(user)), self.mi(self.i(item))
            if self.normalised:
                a, b = F.normalize(a, dim=self.axis), F.normalize(b, dim=self.axis)
            return a @ b.t() / self.temperature

    class Expert(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(6, 10), nn.GELU(), nn.Linear(10, 6))

        def forward(self, x):
            return self.net(x)

    class MoE(nn.Module):
        def __init__(self, axis=-1, sigmoid=False, residual=True, rolled=False):
            super().__init__()
            self.experts, self.gate, self.head = nn.ModuleList([Expert() for _ in range(3)]), nn.Linear(6, 3), nn.Linear(6, 4)
            self.axis, self.sigmoid, self.residual, self.rolled = axis, sigmoid, residual, rolled

        def forward(self, x):
            g = torch.sigmoid(self.gate(x)) if self.sigmoid else F.softmax(self.gate(x), dim=self.axis)
            if self.rolled:
                g = g.roll(1, -1)
            y = torch.stack([e(x) for e in self.experts], dim=-2)
            y = (g.unsqueeze(-1) * y).sum(-2)
            return self.head(x + y if self.residual else y)

    class Alibi(nn.Module):
        def __init__(self, sign=1, start=1, causal=True, scale=1, reverse=False):
            super().__init__()
            self.qkv, self.out, self.norm = nn.Linear(8, 24, bias=False), nn.Linear(8, 8), nn.LayerNorm(8)
            slopes = torch.tensor([2.0 ** (-8.0 * (i + start) / 4) for i in range(4)])
            self.register_buffer("slopes", (slopes.flip(0) if reverse else slopes).view(4, 1, 1))
            self.sign, self.causal, self.scale = sign, causal, scale

        def forward(self, x):
            b, t, _ = x.shape
            q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
            q, k, v = (u.view(b, t, 4, 2).transpose(1, 2) for u in (q, k, v))
            pos = torch.arange(t)
            bias = self.slopes * (pos[None, :] - pos[:, None]) * self.sign
            w = q @ k.transpose(-2, -1) / math.sqrt(2) ** self.scale + bias
            if self.causal:
                w = w.masked_fill(torch.ones(t, t, dtype=torch.bool).triu(1), float("-inf"))
            return x + self.out((w.softmax(-1) @ v).transpose(1, 2).reshape(b, t, 8))

    return {"textcnn": TextCNN2, "ncf": NCF, "twotower": TwoTower, "moe": MoE, "alibi": Alibi}


def keras_networks() -> dict:
    import keras
    from keras import layers, ops

    def textcnn(pool="max", out="logits", order=(3, 4, 5)):
        ids = keras.Input((9,), dtype="int32")
        e = layers.Embedding(20, 6)(ids)
        made = {k: layers.Conv1D(4, k, activation="relu") for k in (3, 4, 5)}
        xs = [(layers.GlobalMaxPooling1D() if pool == "max" else layers.GlobalAveragePooling1D())(made[k](e)) for k in order]
        x = layers.Dropout(0.5)(layers.Concatenate()(xs))
        return keras.Model(ids, layers.Dense(3, activation="softmax" if out == "softmax" else None)(x))

    def ncf(order="ui"):
        u, i = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
        g = layers.Multiply()([layers.Embedding(7, 4, name="user_gmf")(u), layers.Embedding(9, 4, name="item_gmf")(i)])
        both = [layers.Embedding(7, 4, name="user_mlp")(u), layers.Embedding(9, 4, name="item_mlp")(i)]
        m = layers.Concatenate()(both if order == "ui" else both[::-1])
        m = layers.Dense(4, activation="relu")(layers.Dense(6, activation="relu")(m))
        y = layers.Dense(1, activation="sigmoid")(layers.Concatenate()([g, m]))
        return keras.Model([u, i], ops.reshape(y, (-1,)))

    class TwoTower(keras.Model):
        """That of TensorFlow Recommenders."""

        def __init__(self, normalised=True, temperature=0.1, axis=-1):
            super().__init__()
            self.user = keras.Sequential([layers.Embedding(7, 4), layers.Dense(8, activation="relu"), layers.Dense(4)])
            self.item = keras.Sequential([layers.Embedding(9, 4), layers.Dense(8, activation="relu"), layers.Dense(4)])
            self.normalised, self.temperature, self.axis = normalised, temperature, axis

        def call(self, inputs):
            a, b = self.user(inputs[0]), self.item(inputs[1])
            if self.normalised:
                a, b = ops.normalize(a, axis=self.axis), ops.normalize(b, axis=self.axis)
            return ops.matmul(a, ops.transpose(b)) / self.temperature

    class MoE(layers.Layer):
        def __init__(self, experts=3, dim=6, hidden=10, axis=-1, **kw):
            super().__init__(**kw)
            self.experts = [keras.Sequential([layers.Dense(hidden, activation="gelu"), layers.Dense(dim)])
                            for _ in range(experts)]
            self.gate, self.axis = layers.Dense(experts), axis

        def call(self, x):
            g = ops.softmax(self.gate(x), axis=self.axis)
            return ops.sum(ops.stack([e(x) for e in self.experts], axis=-1) * ops.expand_dims(g, -2), axis=-1)

    def moe(axis=-1, residual=True):
        inp = keras.Input((5, 6))
        y = MoE(axis=axis)(inp)
        return keras.Model(inp, layers.Dense(4)(inp + y if residual else y))

    class AlibiAttention(layers.Layer):
        def __init__(self, sign=1, start=1, causal=True, **kw):
            super().__init__(**kw)
            self.qkv, self.o = layers.Dense(24, use_bias=False), layers.Dense(8)
            self.norm = layers.LayerNormalization(epsilon=1e-5)
            self.sign, self.start, self.causal = sign, start, causal

        def call(self, x):
            t = x.shape[1]
            qkv = ops.reshape(self.qkv(self.norm(x)), (-1, t, 3, 4, 2))
            q, k, v = (ops.transpose(qkv[:, :, i], (0, 2, 1, 3)) for i in range(3))
            slopes = np.array([2.0 ** (-8 * (i + self.start) / 4) for i in range(4)], "float32")
            dist = np.arange(t)[None] - np.arange(t)[:, None]
            bias = self.sign * slopes[:, None, None] * dist[None]
            s = ops.einsum("bhid,bhjd->bhij", q, k) / math.sqrt(2) + ops.convert_to_tensor(bias, dtype=x.dtype)
            if self.causal:
                s = ops.where(np.tril(np.ones((t, t), bool)), s, ops.full_like(s, -1e9))
            y = ops.einsum("bhij,bhjd->bihd", ops.softmax(s), v)
            return x + self.o(ops.reshape(y, (-1, t, 8)))

    def alibi(**options):
        inp = keras.Input((6, 8))
        return keras.Model(inp, AlibiAttention(**options)(inp))

    return {"textcnn": textcnn, "ncf": ncf, "twotower": TwoTower, "moe": moe, "alibi": alibi}


def built(framework: str, name: str, seed: int, **options):
    """A model with drawn weights; two of one seed hold the same."""
    rng = np.random.default_rng(seed)
    if framework == "torch":
        import torch
        model = torch_networks()[name](**options)
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.tensor(rng.normal(size=p.shape)))
        return model
    import keras
    keras.utils.clear_session()  # names begin anew
    model = keras_networks()[name](**options)
    if not model.built:
        model(GIVEN[name]())
    for w in model.trainable_variables:
        w.assign(rng.normal(size=w.shape))
    return model
