"""An ONNX file of a network of images and one of sequences, and what people get wrong in such files, one at a time."""

import numpy as np


def image(torch):
    """(the PyTorch model, its inputs)."""
    nn = torch.nn
    torch.manual_seed(1)
    layers = {
        "conv": nn.Conv2d(3, 6, 3, stride=2, padding=1), "norm": nn.BatchNorm2d(6, eps=1e-3), "act": nn.LeakyReLU(0.1),
        "pool": nn.AvgPool2d(3, 2, 1, count_include_pad=False), "up": nn.ConvTranspose2d(6, 4, 3, 2, 1, output_padding=1),
        "gelu": nn.GELU(), "larger": nn.Upsample(scale_factor=2, mode="bilinear"), "groups": nn.GroupNorm(2, 4),
        "max": nn.MaxPool2d(3, 3, 1), "flat": nn.Flatten(), "hidden": nn.Linear(144, 8), "layernorm": nn.LayerNorm(8),
        "square": nn.Linear(8, 8), "out": nn.Softmax(-1)}
    model = nn.Sequential()
    for name, layer in layers.items():
        model.add_module(name, layer)
    return randomised(torch, model), [np.random.default_rng(0).normal(size=(3, 3, 14, 14)).astype(np.float32).astype(float)]


def sequence(torch):
    """(the PyTorch model, its inputs)."""
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(13, 5)
            self.gru, self.rnn = nn.GRU(5, 6, batch_first=True), nn.RNN(6, 4, batch_first=True)
            self.lstm = nn.LSTM(4, 5, batch_first=True, bidirectional=True)
            self.one = nn.LSTM(10, 7, batch_first=True)
            self.out = nn.Linear(7, 3)

        def forward(self, i):
            x = self.rnn(self.gru(self.words(i))[0])[0]
            x = self.one(self.lstm(x)[0])[0][:, -1]
            return torch.log_softmax(self.out(x), -1)
    torch.manual_seed(2)
    return randomised(torch, Net()), [np.random.default_rng(0).integers(0, 13, (3, 8))]


def randomised(torch, model):
    """No array is constant, and variances are small, so that an epsilon is seen."""
    rng = np.random.default_rng(4)
    with torch.no_grad():
        for name, a in model.state_dict().items():
            if a.is_floating_point() and a.ndim == 1:
                low, high = (0.01, 0.05) if "var" in name else (0.5, 1.5)
                a.copy_(torch.tensor(rng.uniform(low, high, a.shape)))
    return model.eval()


# changes of a file


def attributes(operator, number=0, **changed):
    """Attributes of a node set."""
    def change(model):
        from onnx import helper
        node = [n for n in model.graph.node if n.op_type == operator][number]
        for name, value in changed.items():
            for a in [a for a in node.attribute if a.name == name]:
                node.attribute.remove(a)
            node.attribute.append(helper.make_attribute(name, value))
    return change


def number(operator, place, function, at=0):
    """An input of a node that is a number of the file set."""
    def change(model):
        from onnx import numpy_helper
        node = [n for n in model.graph.node if n.op_type == operator][at]
        held = next(t for t in model.graph.initializer if t.name == node.input[place])
        held.CopyFrom(numpy_helper.from_array(np.array(function(numpy_helper.to_array(held)), order="C"), held.name))
    return change


def weights(operator, function, at=0):
    """All weights of a recurrent node set."""
    return several(*(number(operator, place, function, at) for place in (1, 2, 3)))


def gates(*order):
    """Blocks along the second axis in another order, of a bias in both halves."""
    def turned(a):
        n = len(order)
        parts = np.split(a, n if a.ndim == 3 else 2 * n, 1)
        return np.concatenate([parts[half + k] for half in range(0, len(parts), n) for k in order], 1)
    return turned


def several(*changes):
    return lambda model: [change(model) for change in changes]


def wholly(groups):
    """Statistics of so many groups."""
    return several(number("InstanceNormalization", 1, lambda a: np.ones(groups, a.dtype)),
                   number("InstanceNormalization", 2, lambda a: np.zeros(groups, a.dtype)),
                   number("Reshape", 1, lambda a: np.array([0, groups, -1], a.dtype)))


# what is planted: (change, what is named, the layer, a word of the advice to whoever has the file, "" for weights and steps)
IMAGE = {
    "epsilon": (attributes("BatchNormalization", epsilon=1e-5), "epsilon", "norm", "epsilon=0.001"),
    "pads at the end": (attributes("Conv", pads=[0, 0, 1, 1]), "padding", "conv", "pads=[1, 1, 1, 1]"),
    "auto_pad": (attributes("Conv", auto_pad="SAME_UPPER", pads=[0, 0, 0, 0]), "padding", "conv", "pads=[1, 1, 1, 1]"),
    "padding counted": (attributes("AveragePool", count_include_pad=1), "divisor", "pool", "count_include_pad=0"),
    "slope": (attributes("LeakyRelu", alpha=0.3), "slope", "act", "alpha=0.1"),
    "gelu by tanh": (attributes("Gelu", approximate="tanh"), "approximate", "gelu", "approximate='none'"),
    "corners": (attributes("Resize", coordinate_transformation_mode="align_corners"), "grid", "larger", "='half_pixel'"),
    "grid": (attributes("Resize", coordinate_transformation_mode="asymmetric"), "grid", "larger", "='half_pixel'"),
    "nearest": (attributes("Resize", mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric"),
                "method", "larger", "mode='linear'"),
    "epsilon of groups": (attributes("InstanceNormalization", epsilon=1e-3), "epsilon", "groups", "epsilon=1e-05"),
    "groups": (wholly(4), "groups", "groups", "num_groups=2"),
    "epsilon of rows": (attributes("LayerNormalization", epsilon=1e-3), "epsilon", "layernorm", "epsilon=1e-05"),
    "kernel transposed": (number("Gemm", 1, np.transpose, at=1), "transposed", "square", ""),
    "kernel flipped": (number("Conv", 1, lambda a: a[:, :, ::-1, ::-1]), "flipped", "conv", ""),
    "softmax of the batch": (attributes("Softmax", axis=0), "axis", "out", "axis=-1"),
    "cut elsewhere": (attributes("ConvTranspose", pads=[0, 0, 2, 2], output_padding=[1, 1]), "crop", "up", "pads=[1, 1, 0, 0]"),
    "pads of a pool": (attributes("MaxPool", pads=[0, 0, 2, 2]), "padding", "max", "pads=[1, 1, 1, 1]"),
}
SEQUENCE = {
    "reset before": (attributes("GRU", linear_before_reset=0), "reset", "gru", "linear_before_reset=1"),
    "gates of a GRU": (weights("GRU", gates(1, 0, 2)), "gate_order", "gru", ""),
    "gates of an LSTM": (weights("LSTM", gates(0, 2, 3, 1), at=1), "gate_order", "one", ""),
    "gates of both directions": (weights("LSTM", gates(0, 2, 3, 1)), "gate_order", "lstm", ""),
    "directions exchanged": (weights("LSTM", lambda a: a[::-1]), "exchanged", "lstm", ""),
    "backwards": (attributes("GRU", direction="reverse"), "backward", "gru", "direction='forward'"),
    "relu": (attributes("RNN", activations=["Relu"]), "activation", "rnn", "activations=['Tanh']"),
    "hard gates": (attributes("GRU", activations=["HardSigmoid", "Tanh"]), "gate_activation", "gru", "activations=['Sigmoid', 'Tanh']"),
    "another table": (number("Gather", 0, lambda a: a[::-1]), "not_loaded", "words", ""),
    "the first step": (number("Gather", 1, lambda a: 0 * a, at=1), "last_step", "out", ""),
    "softmax of the batch": (attributes("LogSoftmax", axis=0), "axis", "log_softmax", "axis=-1"),
}
