"""LeNet, the Keras one with its channels last."""


def keras_model():
    import keras
    from keras import layers
    return keras.Sequential([
        keras.Input((20, 20, 1)),
        layers.Conv2D(6, 5, activation="tanh", padding="same"),
        layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="tanh"),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(30, activation="tanh"),
        layers.Dense(21, activation="tanh"),
        layers.Dense(10, activation="softmax"),
    ])


def torch_model():
    import torch
    import torch.nn.functional as F
    from torch import nn

    class LeNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
            self.conv2 = nn.Conv2d(6, 16, 5)
            self.fc1 = nn.Linear(16 * 3 * 3, 30)
            self.fc2 = nn.Linear(30, 21)
            self.fc3 = nn.Linear(21, 10)

        def forward(self, x):
            x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
            x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2)
            x = x.permute(0, 2, 3, 1).reshape(x.size(0), -1)
            x = torch.tanh(self.fc1(x))
            x = torch.tanh(self.fc2(x))
            return F.softmax(self.fc3(x), dim=1)
    return LeNet()


def load(km, tm):
    import torch
    sd = {}
    names = iter(["conv1", "conv2", "fc1", "fc2", "fc3"])
    for layer in km.layers:
        if not layer.get_weights():
            continue
        w, b = layer.get_weights()
        name = next(names)
        sd[name + ".weight"] = torch.tensor(w.transpose(3, 2, 0, 1) if w.ndim == 4 else w.T)
        sd[name + ".bias"] = torch.tensor(b)
    tm.load_state_dict(sd)
