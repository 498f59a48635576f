"""A convolution over time and a GRU, joined; with a Lambda, a Permute and a Reshape between."""


def keras_model():
    from keras import Input, Model, layers
    inputs = Input((10, 4))
    scaled = layers.Lambda(lambda t: t * 0.5)(inputs)
    a = layers.Conv1D(6, 3, padding="same", activation="relu")(scaled)
    a = layers.MaxPooling1D(2)(a)
    a = layers.Permute((2, 1))(a)
    a = layers.Reshape((30,))(a)
    b = layers.GRU(5)(inputs)
    x = layers.Concatenate()([a, b])
    x = layers.Dense(8, activation="gelu")(x)
    return Model(inputs, layers.Dense(3, activation="softmax")(x))


def torch_model():
    import torch
    import torch.nn as nn

    class Net(nn.Module):
        def __init__(self):
            super(Net, self).__init__()  # noqa: UP008
            self.rnn = nn.GRU(input_size=4, hidden_size=5, batch_first=True)
            self.conv = nn.Conv1d(4, 6, kernel_size=3, padding=1)
            self.pool = nn.MaxPool1d(2)
            self.act = nn.GELU()
            self.fc1 = nn.Linear(35, 8)
            self.fc2 = nn.Linear(8, 3)

        def forward(self, x):
            out, hidden = self.rnn(x)
            c = self.pool(torch.relu(self.conv(0.5 * x.transpose(1, 2))))
            z = torch.cat([c.flatten(1), hidden[-1]], dim=1)
            return torch.softmax(self.fc2(self.act(self.fc1(z))), -1)
    return Net()


def load(km, tm):
    import numpy as np
    import torch
    parts = [la for la in km.layers if la.get_weights()]
    for la in parts:
        w = la.get_weights()
        if la.name.startswith("conv"):
            tm.conv.load_state_dict({"weight": torch.tensor(w[0].transpose(2, 1, 0)), "bias": torch.tensor(w[1])})
        elif la.name.startswith("gru"):
            H = 5
            order = lambda a: np.concatenate([a[..., H:2 * H], a[..., :H], a[..., 2 * H:]], -1)  # noqa: E731  zrh -> rzn
            tm.rnn.load_state_dict({"weight_ih_l0": torch.tensor(order(w[0]).T.copy()),
                                    "weight_hh_l0": torch.tensor(order(w[1]).T.copy()),
                                    "bias_ih_l0": torch.tensor(order(w[2][0])), "bias_hh_l0": torch.tensor(order(w[2][1]))})
        else:
            m = tm.fc1 if w[0].shape[1] == 8 else tm.fc2
            m.load_state_dict({"weight": torch.tensor(w[0].T.copy()), "bias": torch.tensor(w[1])})
