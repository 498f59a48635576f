"""Reviews of different lengths: an embedding that masks, two bidirectional layers that are packed in PyTorch, a mean over the words."""


def keras_model():
    from keras import Input, Model, layers
    words = Input((9,), dtype="int32")
    x = layers.Embedding(31, 6, mask_zero=True)(words)
    x = layers.SpatialDropout1D(0.2)(x)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    x = layers.Dropout(0.3)(x)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    x = layers.GlobalAveragePooling1D()(x)
    return Model(words, layers.Dense(1, activation="sigmoid")(x))


def torch_model():
    import torch
    from torch import nn
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.emb = nn.Embedding(31, 6)
            self.drop = nn.Dropout1d(0.2)
            self.lstm = nn.LSTM(6, 4, num_layers=2, dropout=0.3, bidirectional=True, batch_first=True)
            self.fc = nn.Linear(8, 1)

        def forward(self, words):
            n = (words != 0).sum(1)
            e = self.drop(self.emb(words).transpose(1, 2)).transpose(1, 2)
            packed = pack_padded_sequence(e, n.cpu(), batch_first=True, enforce_sorted=False)
            out, _ = self.lstm(packed)
            h, _ = pad_packed_sequence(out, batch_first=True)
            mean = h.sum(1) / n.unsqueeze(1)
            return torch.sigmoid(self.fc(mean))
    return Words()


def load(km, tm):
    import torch
    own = {"emb.weight": km.layers[1].get_weights()[0], "fc.weight": km.layers[-1].get_weights()[0].T, "fc.bias": km.layers[-1].get_weights()[1]}
    for n, la in enumerate((km.layers[3], km.layers[5])):
        for d, side in (("", la.forward_layer), ("_reverse", la.backward_layer)):
            W, U, b = side.get_weights()
            own |= {f"lstm.weight_ih_l{n}{d}": W.T, f"lstm.weight_hh_l{n}{d}": U.T, f"lstm.bias_ih_l{n}{d}": b, f"lstm.bias_hh_l{n}{d}": b * 0}
    tm.load_state_dict({k: torch.tensor(v.copy()) for k, v in own.items()})
