"""Models in PyTorch, and each as somebody moved it to flax.nnx; what may go wrong on the way is an argument of the second."""

import numpy as np


def lenet():
    from torch import nn
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
                         nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
                         nn.Flatten(), nn.Linear(16 * 9, 30), nn.Tanh(), nn.Linear(30, 10), nn.Softmax(1))


def lenet_flax(padding=2, pool="avg_pool", axis=-1, f="tanh"):
    from flax import nnx

    class LeNet(nnx.Module):
        def __init__(self, rngs):
            self.conv1 = nnx.Conv(1, 6, (5, 5), padding=padding, rngs=rngs)
            self.conv2 = nnx.Conv(6, 16, (5, 5), padding="VALID", rngs=rngs)
            self.fc1, self.fc2 = nnx.Linear(144, 30, rngs=rngs), nnx.Linear(30, 10, rngs=rngs)

        def __call__(self, x):
            act, pooled = getattr(nnx, f), getattr(nnx, pool)
            x = nnx.avg_pool(act(self.conv1(x)), (2, 2), strides=(2, 2))
            x = pooled(act(self.conv2(x)), (2, 2), strides=(2, 2))
            x = x.transpose(0, 3, 1, 2)
            x = nnx.tanh(self.fc1(x.reshape(x.shape[0], -1)))
            return nnx.softmax(self.fc2(x), axis=axis)
    return LeNet(nnx.Rngs(0))


def resnet():
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, n, m, stride):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(n, m, 3, stride, 1, bias=False), nn.BatchNorm2d(m)
            self.conv2, self.bn2 = nn.Conv2d(m, m, 3, 1, 1, bias=False), nn.BatchNorm2d(m)
            self.down = nn.Sequential(nn.Conv2d(n, m, 1, stride, bias=False), nn.BatchNorm2d(m)) if stride > 1 else nn.Identity()

        def forward(self, x):
            y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
            return torch.relu(y + self.down(x))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two, self.fc = Block(4, 4, 1), Block(4, 8, 2), nn.Linear(8, 5)

        def forward(self, x):
            return self.fc(self.two(self.one(x)).mean((2, 3)))
    return Net()


def resnet_flax(epsilon=1e-5, momentum=0.9, padding=1, f="relu", twice=False, pool="mean"):
    from flax import nnx

    class Block(nnx.Module):
        def __init__(self, n, m, stride, rngs):
            def norm():
                return nnx.BatchNorm(m, epsilon=epsilon, momentum=momentum, rngs=rngs)
            self.conv1 = nnx.Conv(n, m, (3, 3), strides=stride, padding=padding, use_bias=False, rngs=rngs)
            self.bn1, self.bn2 = norm(), norm()
            self.conv2 = nnx.Conv(m, m, (3, 3), padding="SAME", use_bias=False, rngs=rngs)
            across = nnx.Conv(n, m, (1, 1), strides=stride, use_bias=False, rngs=rngs)
            self.down = nnx.Sequential(across, norm()) if stride > 1 else None

        def __call__(self, x):
            y = getattr(nnx, f)(self.bn1(self.conv1(x)))
            y = self.bn2(self.conv2(y))
            y = nnx.relu(y) if twice else y
            return nnx.relu(y + (self.down(x) if self.down is not None else x))

    class Net(nnx.Module):
        def __init__(self, rngs):
            self.one, self.two = Block(4, 4, 1, rngs), Block(4, 8, 2, rngs)
            self.fc = nnx.Linear(8, 5, rngs=rngs)

        def __call__(self, x):
            return self.fc(getattr(self.two(self.one(x)), pool)(axis=(1, 2)))
    return Net(nnx.Rngs(0))


def tagger():
    from torch import nn

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(30, 8)
            self.lstm = nn.LSTM(8, 6, num_layers=2, batch_first=True, bidirectional=True)
            self.drop, self.tags = nn.Dropout(0.25), nn.Linear(12, 4)

        def forward(self, x):
            return self.tags(self.drop(self.lstm(self.words(x))[0]))
    return Tagger()


def tagger_flax(gate="sigmoid", both=True, rate=0.25, cell="OptimizedLSTMCell", log=False):
    from flax import nnx

    class Tagger(nnx.Module):
        def __init__(self, rngs):
            def rnn(n):
                return nnx.RNN(getattr(nnx, cell)(n, 6, gate_fn=getattr(nnx, gate), rngs=rngs))
            self.words = nnx.Embed(30, 8, rngs=rngs)
            self.one, self.two = (nnx.Bidirectional(rnn(n), rnn(n)) for n in (8, 12))
            self.drop, self.tags = nnx.Dropout(rate, rngs=rngs), nnx.Linear(12, 4, rngs=rngs)

        def __call__(self, x):
            y = self.two(self.one(self.words(x)))
            if not both:  # the half that reads backwards is turned once more
                y = turned(y)
            y = self.tags(self.drop(y))
            return nnx.log_softmax(y) if log else y
    return Tagger(nnx.Rngs(0))


def turned(y):
    import jax.numpy as jnp
    return jnp.concatenate([y[..., :6], y[:, ::-1, 6:]], -1)


def reader():
    from torch import nn

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.gru, self.out = nn.Embedding(30, 7), nn.GRU(7, 6, batch_first=True), nn.Linear(6, 1)
            nn.init.zeros_(self.gru.bias_hh_l0)

        def forward(self, x):
            return self.out(self.gru(self.words(x))[1][-1]).sigmoid()
    return Reader()


def reader_flax(last=True, reverse=False, f="tanh", end="sigmoid"):
    from flax import nnx

    class Reader(nnx.Module):
        def __init__(self, rngs):
            self.words = nnx.Embed(30, 7, rngs=rngs)
            self.gru = nnx.RNN(nnx.GRUCell(7, 6, activation_fn=getattr(nnx, f), rngs=rngs), reverse=reverse)
            self.out = nnx.Linear(6, 1, rngs=rngs)

        def __call__(self, x):
            y = self.gru(self.words(x))
            y = self.out(y[:, -1] if last else y.mean(1))
            return nnx.sigmoid(y) if end else y
    return Reader(nnx.Rngs(0))


def gpt():
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(12), nn.LayerNorm(12)
            self.attn = nn.MultiheadAttention(12, 3, batch_first=True)
            self.mlp = nn.Sequential(nn.Linear(12, 48), nn.GELU(approximate="tanh"), nn.Linear(48, 12))

        def forward(self, x):
            h, mask = self.ln_1(x), torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
            x = x + self.attn(h, h, h, attn_mask=mask, need_weights=False)[0]
            return x + self.mlp(self.ln_2(x))

    class Gpt(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places = nn.Embedding(19, 12), nn.Embedding(6, 12)
            self.block, self.ln, self.head = Block(), nn.LayerNorm(12), nn.Linear(12, 19, bias=False)

        def forward(self, x):
            x = self.words(x) + self.places(torch.arange(x.shape[1]))
            return self.head(self.ln(self.block(x)))
    return Gpt()


def gpt_flax(epsilon=1e-5, approximate=True, causal=True, heads=3, post=False, first=0):
    import jax.numpy as jnp
    from flax import nnx

    class Block(nnx.Module):
        def __init__(self, rngs):
            self.ln_1, self.ln_2 = (nnx.LayerNorm(12, epsilon=epsilon, rngs=rngs) for _ in range(2))
            self.attn = nnx.MultiHeadAttention(heads, 12, decode=False, rngs=rngs)
            self.up, self.down = nnx.Linear(12, 48, rngs=rngs), nnx.Linear(48, 12, rngs=rngs)

        def __call__(self, x):
            mask = nnx.make_causal_mask(x[..., 0]) if causal else None
            if post:
                x = self.ln_1(x + self.attn(x, mask=mask))
            else:
                x = x + self.attn(self.ln_1(x), mask=mask)
            return x + self.down(nnx.gelu(self.up(self.ln_2(x)), approximate=approximate))

    class Gpt(nnx.Module):
        def __init__(self, rngs):
            self.words, self.places = nnx.Embed(19, 12, rngs=rngs), nnx.Embed(6, 12, rngs=rngs)
            self.block, self.ln = Block(rngs), nnx.LayerNorm(12, epsilon=1e-5, rngs=rngs)
            self.head = nnx.Linear(12, 19, use_bias=False, rngs=rngs)

        def __call__(self, x):
            x = self.words(x) + self.places((jnp.arange(x.shape[1]) + first) % 6)
            return self.head(self.ln(self.block(x)))
    return Gpt(nnx.Rngs(0))


def autoencoder():
    from torch import nn
    return nn.Sequential(nn.Conv2d(2, 4, 3, 2, 1), nn.GroupNorm(2, 4), nn.LeakyReLU(0.2), nn.ConvTranspose2d(4, 4, 2, 2),
                         nn.BatchNorm2d(4), nn.ELU(), nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(4, 2, 3, padding=1),
                         nn.Sigmoid())


def autoencoder_flax(padding=1, groups=2, slope=0.2, turned=True, alpha=1.0, method="bilinear", epsilon=1e-5):
    import jax
    from flax import nnx

    class Net(nnx.Module):
        def __init__(self, rngs):
            self.down = nnx.Conv(2, 4, (3, 3), strides=2, padding=padding, rngs=rngs)
            self.gn = nnx.GroupNorm(4, num_groups=groups, epsilon=1e-5, rngs=rngs)
            self.up = nnx.ConvTranspose(4, 4, (2, 2), strides=(2, 2), padding="VALID", transpose_kernel=turned, rngs=rngs)
            self.bn = nnx.BatchNorm(4, momentum=0.9, epsilon=epsilon, rngs=rngs)
            self.out = nnx.Conv(4, 2, (3, 3), rngs=rngs)

        def __call__(self, x):
            x = self.up(nnx.leaky_relu(self.gn(self.down(x)), slope))
            x = nnx.elu(self.bn(x), alpha)
            n, h, w, c = x.shape
            return nnx.sigmoid(self.out(jax.image.resize(x, (n, 2 * h, 2 * w, c), method)))
    return Net(nnx.Rngs(0))


def images(*shape):
    return np.random.default_rng(2).normal(size=(3, *shape))


def words(length, many):
    return np.random.default_rng(2).integers(1, many, (3, length))


# name -> (model, the same moved, what both are asked)
MODELS = {
    "lenet": (lenet, lenet_flax, images(1, 20, 20)), "resnet": (resnet, resnet_flax, images(4, 10, 10)),
    "tagger": (tagger, tagger_flax, words(7, 30)), "reader": (reader, reader_flax, words(7, 30)),
    "gpt": (gpt, gpt_flax, words(6, 19)), "autoencoder": (autoencoder, autoencoder_flax, images(2, 8, 8)),
}
# model, what went wrong, {what is named: layers of the moved model}
MISTAKES = [
    ("lenet", {"padding": "VALID"}, {"padding": {"conv1"}}), ("lenet", {"padding": ((1, 3), (2, 2))}, {"padding": {"conv1"}}),
    ("lenet", {"pool": "max_pool"}, {"kind": {"max_pool"}}), ("lenet", {"axis": 0}, {"axis": {"softmax"}}),
    ("lenet", {"f": "sigmoid"}, {"name": {"sigmoid", "sigmoid (2)"}}),
    ("resnet", {"epsilon": 1e-3}, {"epsilon": {"one.bn1", "one.bn2", "two.bn1", "two.bn2", "two.down.layers.1"}}),
    ("resnet", {"momentum": 0.99}, {"momentum": {"one.bn1", "one.bn2", "two.bn1", "two.bn2", "two.down.layers.1"}}),
    ("resnet", {"padding": "SAME"}, {"padding": {"two.conv1"}}),
    ("resnet", {"f": "leaky_relu"}, {"name": {"leaky_relu", "leaky_relu (2)"}}),
    ("resnet", {"twice": True}, {"extra": {"relu (2)", "relu (5)"}}), ("resnet", {"pool": "max"}, {"kind": {"max"}}),
    ("tagger", {"gate": "hard_sigmoid"}, {"gate_activation": {"one", "two"}}), ("tagger", {"rate": 0.5}, {"rate": {"drop"}}),
    ("tagger", {"both": False}, {"input": {"tags"}}), ("tagger", {"log": True}, {"extra": {"log_softmax"}}),
    ("reader", {"last": False}, {"extra": {"mean"}}), ("reader", {"reverse": True}, {"backward": {"gru"}, "last_step": {"out"}}),
    ("reader", {"f": "relu"}, {"activation": {"gru"}}), ("reader", {"end": ""}, {"logits": {""}}),
    ("gpt", {"epsilon": 1e-6}, {"epsilon": {"block.ln_1", "block.ln_2"}}),
    ("gpt", {"approximate": False}, {"approximate": {"gelu"}}), ("gpt", {"causal": False}, {"causal": {"block.attn.attention"}}),
    ("gpt", {"heads": 4}, {"heads": {"block.attn.attention"}}), ("gpt", {"post": True}, {"input": {"block.attn.query"}}),
    ("autoencoder", {"padding": "SAME"}, {"padding": {"down"}}), ("autoencoder", {"groups": 4}, {"groups": {"gn"}}),
    ("autoencoder", {"slope": 0.01}, {"slope": {"leaky_relu"}}), ("autoencoder", {"alpha": 0.5}, {"alpha": {"elu"}}),
    ("autoencoder", {"method": "nearest"}, {"method": {"resize"}}), ("autoencoder", {"epsilon": 1e-3}, {"epsilon": {"bn"}}),
]
