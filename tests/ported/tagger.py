"""A bidirectional two-layer LSTM that tags words."""


def keras_model():
    from keras import Input, Model, layers
    words = Input((7,), dtype="int32")
    x = layers.Embedding(23, 6)(words)
    x = layers.Bidirectional(layers.LSTM(5, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(5, return_sequences=True))(x)
    x = layers.Dropout(0.3)(x)
    return Model(words, layers.TimeDistributed(layers.Dense(4))(x))


def torch_model():
    from torch import nn

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(23, 6)
            self.lstm = nn.LSTM(6, 5, num_layers=2, bidirectional=True, batch_first=True)
            self.drop = nn.Dropout(0.3)
            self.out = nn.Linear(10, 4)

        def forward(self, words):
            h, _ = self.lstm(self.embed(words))
            return self.out(self.drop(h))
    return Tagger()


def load(km, tm):
    import torch
    embed, first, second, _, out = km.layers[1:]
    sd = {"embed.weight": embed.get_weights()[0], "out.weight": out.get_weights()[0].T, "out.bias": out.get_weights()[1]}
    for n, la in enumerate((first, second)):
        for direction, side in (("", la.forward_layer), ("_reverse", la.backward_layer)):
            W, U, b = side.get_weights()
            sd[f"lstm.weight_ih_l{n}{direction}"] = W.T
            sd[f"lstm.weight_hh_l{n}{direction}"] = U.T
            sd[f"lstm.bias_ih_l{n}{direction}"] = b
            sd[f"lstm.bias_hh_l{n}{direction}"] = 0 * b
    tm.load_state_dict({k: torch.tensor(v.copy()) for k, v in sd.items()})
