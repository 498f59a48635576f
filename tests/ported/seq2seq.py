"""A GRU encoder and decoder with dot-product attention, teacher forced."""


def keras_model():
    import keras
    from keras import layers
    source = keras.Input((8,), dtype="int32", name="source")
    target = keras.Input((6,), dtype="int32", name="target")
    enc_out, enc_state = layers.GRU(7, return_sequences=True, return_state=True, name="encoder")(
        layers.Embedding(21, 5, name="source_embedding")(source))
    dec_out = layers.GRU(7, return_sequences=True, name="decoder")(
        layers.Embedding(17, 5, name="target_embedding")(target), initial_state=enc_state)
    context = layers.Attention(name="attention")([dec_out, enc_out])
    x = layers.Concatenate()([context, dec_out])
    x = layers.Dense(9, activation="tanh", use_bias=False, name="combine")(x)
    return keras.Model([source, target], layers.Dense(17, name="words")(layers.Dropout(0.2)(x)))


def torch_model():
    import torch
    from torch import nn

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(21, 5)
            self.gru = nn.GRU(5, 7, batch_first=True)

        def forward(self, s):
            return self.gru(self.embedding(s))

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(17, 5)
            self.gru = nn.GRU(5, 7, batch_first=True)
            self.combine = nn.Linear(14, 9, bias=False)
            self.dropout = nn.Dropout(0.2)
            self.words = nn.Linear(9, 17)

        def forward(self, t, enc_out, h):
            dec, h = self.gru(self.embedding(t), h)
            scores = torch.bmm(dec, enc_out.transpose(1, 2))
            weights = torch.softmax(scores, dim=2)
            context = torch.bmm(weights, enc_out)
            x = torch.tanh(self.combine(torch.cat((context, dec), dim=-1)))
            return self.words(self.dropout(x))

    class Seq2Seq(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = Encoder(), Decoder()

        def forward(self, source, target):
            out, h = self.encoder(source)
            return self.decoder(target, out, h)
    return Seq2Seq()


def load(km, tm):
    import torch

    def gru(m, la):
        def rzn(a, dim):
            z, r, h = torch.tensor(a).chunk(3, dim)
            return torch.cat([r, z, h], dim)
        W, U, b = la.get_weights()
        with torch.no_grad():
            m.weight_ih_l0.copy_(rzn(W, 1).T)
            m.weight_hh_l0.copy_(rzn(U, 1).T)
            m.bias_ih_l0.copy_(rzn(b[0], 0))
            m.bias_hh_l0.copy_(rzn(b[1], 0))

    e, d = tm.encoder, tm.decoder
    gru(e.gru, km.get_layer("encoder"))
    gru(d.gru, km.get_layer("decoder"))
    e.embedding.weight.data = torch.tensor(km.get_layer("source_embedding").get_weights()[0])
    d.embedding.weight.data = torch.tensor(km.get_layer("target_embedding").get_weights()[0])
    d.combine.weight.data = torch.tensor(km.get_layer("combine").get_weights()[0].T.copy())
    w, b = km.get_layer("words").get_weights()
    d.words.weight.data, d.words.bias.data = torch.tensor(w.T.copy()), torch.tensor(b)
