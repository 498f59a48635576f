"""A forecaster: stacked recurrent layers that return their last state, read in both directions, and a dilated convolution."""


def keras_model():
    import keras
    from keras import layers
    series = keras.Input((12, 3))
    c = layers.Conv1D(8, 3, dilation_rate=2, padding="same", activation="leaky_relu", name="conv")(series)
    c = layers.BatchNormalization(name="bn")(c)
    c = layers.AveragePooling1D(2)(c)
    c = layers.Flatten()(c)
    h = layers.LSTM(6, return_sequences=True, name="lstm1")(series)
    h = layers.LSTM(5, name="lstm2")(h)
    b = layers.Bidirectional(layers.SimpleRNN(4), name="both")(series)
    x = layers.concatenate([c, h, b])
    x = layers.Dense(10, activation="selu", name="hidden")(x)
    x = layers.Dropout(0.1)(x)
    return keras.Model(series, layers.Dense(2, activation="softplus", name="out")(x))


def torch_model():
    import torch
    import torch.nn as nn
    import torch.nn.functional as F

    class Forecaster(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(3, 8, 3, padding="same", dilation=2)
            self.bn = nn.BatchNorm1d(8, eps=1e-3, momentum=0.01)
            self.lstm1 = nn.LSTM(3, 6, batch_first=True)
            self.lstm2 = nn.LSTM(6, 5, batch_first=True)
            self.rnn = nn.RNN(3, 4, batch_first=True, bidirectional=True)
            self.hidden = nn.Linear(48 + 5 + 8, 10)
            self.dropout = nn.Dropout(p=0.1)
            self.out = nn.Linear(10, 2)

        def forward(self, x):
            c = self.bn(F.leaky_relu(self.conv(x.permute(0, 2, 1)), 0.2))
            c = F.avg_pool1d(c, 2).permute(0, 2, 1)
            out, _ = self.lstm1(x)
            _, (h, _) = self.lstm2(out)
            _, r = self.rnn(x)
            z = torch.cat([c.reshape(len(x), -1), h.squeeze(0), r[0], r[1]], dim=1)
            return F.softplus(self.out(self.dropout(F.selu(self.hidden(z)))))
    return Forecaster()


def load(km, tm):
    import torch
    w = {la.name: [torch.tensor(a) for a in la.get_weights()] for la in km.layers if la.get_weights()}
    with torch.no_grad():
        tm.conv.weight.copy_(w["conv"][0].permute(2, 1, 0))
        tm.conv.bias.copy_(w["conv"][1])
        for p, a in zip((tm.bn.weight, tm.bn.bias, tm.bn.running_mean, tm.bn.running_var), w["bn"]):
            p.copy_(a)
        for m, name in ((tm.lstm1, "lstm1"), (tm.lstm2, "lstm2")):
            kernel, recurrent, bias = w[name]
            m.weight_ih_l0.copy_(kernel.t())
            m.weight_hh_l0.copy_(recurrent.t())
            m.bias_ih_l0.copy_(bias)
            m.bias_hh_l0.zero_()
        for suffix, (kernel, recurrent, bias) in (("l0", w["both"][:3]), ("l0_reverse", w["both"][3:])):
            getattr(tm.rnn, "weight_ih_" + suffix).copy_(kernel.t())
            getattr(tm.rnn, "weight_hh_" + suffix).copy_(recurrent.t())
            getattr(tm.rnn, "bias_ih_" + suffix).copy_(bias)
            getattr(tm.rnn, "bias_hh_" + suffix).zero_()
        for m, name in ((tm.hidden, "hidden"), (tm.out, "out")):
            m.weight.copy_(w[name][0].t())
            m.bias.copy_(w[name][1])
