"""What people's models have beside layers in a row: positions, a parameter of no layer, layers called twice, states handed on."""


def torch_model():
    import torch
    from torch import nn

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places = nn.Embedding(17, 8), nn.Embedding(5, 8)
            self.start = nn.Parameter(torch.randn(1, 5, 8))
            self.qkv, self.enc = nn.Linear(8, 24), nn.Sequential(nn.Linear(8, 7), nn.SiLU(), nn.RMSNorm(7))
            self.first, self.second = nn.LSTM(7, 6, batch_first=True), nn.LSTM(3, 6, batch_first=True)
            self.out = nn.Linear(6, 2)

        def forward(self, i, b):
            x = self.words(i) + self.places(torch.arange(i.shape[1])) + self.start
            q, k, v = (t.view(-1, 5, 2, 4).transpose(1, 2) for t in self.qkv(x).split(8, dim=2))
            later = torch.ones(5, 5).triu(1).bool()
            y = torch.softmax((q @ k.transpose(-2, -1)).masked_fill(later, float("-inf")), -1) @ v
            y = y.transpose(1, 2).flatten(2)
            _, state = self.first((self.enc(x) - self.enc(y)).abs())
            z, _ = self.second(b, state)
            return self.out(z[:, -1, :])
    return Mixed()


def keras_model():
    import keras
    from keras import layers, ops
    image, series = keras.Input((11, 14, 4)), keras.Input((7, 8))
    x = layers.DepthwiseConv2D(3, 2, "same", depth_multiplier=2, activation="swish")(image)
    x = layers.PReLU(shared_axes=[1, 2])(x)
    x = layers.AveragePooling2D(3, 2, "same")(x)
    x = layers.MaxPooling2D(3, 2, "same")(x)
    x = layers.Flatten()(layers.ZeroPadding2D(((0, 1), (2, 0)))(x))
    a = layers.MultiHeadAttention(2, 4)(series, series, use_causal_mask=True)
    a = layers.Conv1D(6, 3, padding="causal", dilation_rate=2)(a)
    _, h, c = layers.LSTM(5, return_state=True)(a)
    b = layers.LSTM(5)(series, initial_state=[h, c])
    shared = layers.Dense(4, "tanh")
    b = layers.TimeDistributed(layers.Dense(4, activation="elu"))(layers.RepeatVector(3)(b))
    b = layers.GRU(4)(b)
    d = ops.abs(shared(series[:, 0, :4]) - shared(series[:, 0, 4:]))
    return keras.Model([image, series], layers.Dense(3, "softmax")(layers.Concatenate()([x, b, d])))
