"""Two residual blocks, the second with stride 2 and 'same' padding."""


def keras_model():
    from keras import Input, Model, layers

    def block(x, filters, stride, name):
        shortcut = x
        if stride > 1:
            shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False, name=name + "_0_conv")(x)
            shortcut = layers.BatchNormalization(name=name + "_0_bn")(shortcut)
        y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False, name=name + "_1_conv")(x)
        y = layers.BatchNormalization(name=name + "_1_bn")(y)
        y = layers.ReLU()(y)
        y = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=name + "_2_conv")(y)
        y = layers.BatchNormalization(name=name + "_2_bn")(y)
        return layers.ReLU()(layers.Add()([shortcut, y]))

    inputs = Input((12, 14, 3))
    x = layers.Conv2D(8, 3, padding="same", use_bias=False, name="stem")(inputs)
    x = layers.BatchNormalization(name="stem_bn")(x)
    x = layers.Activation("relu")(x)
    x = block(x, 8, 1, "conv2")
    x = block(x, 16, 2, "conv3")
    x = layers.GlobalAveragePooling2D()(x)
    return Model(inputs, layers.Dense(5)(x))


def torch_model():
    import torch.nn.functional as F
    from torch import nn

    class SamePad(nn.Module):
        def forward(self, x):
            return F.pad(x, (0, 1, 0, 1))

    class Block(nn.Module):
        def __init__(self, cin, cout, stride=1):
            super().__init__()
            if stride == 1:
                self.conv1 = nn.Conv2d(cin, cout, 3, padding=1, bias=False)
            else:
                self.conv1 = nn.Sequential(SamePad(), nn.Conv2d(cin, cout, 3, stride=stride, bias=False))
            self.bn1 = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.01)
            self.conv2 = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.01)
            self.downsample = None
            if stride != 1:
                self.downsample = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False),
                                                nn.BatchNorm2d(cout, eps=1e-3, momentum=0.01))

        def forward(self, x):
            identity = x
            out = F.relu(self.bn1(self.conv1(x)))
            out = self.bn2(self.conv2(out))
            if self.downsample is not None:
                identity = self.downsample(x)
            out += identity
            return F.relu(out)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
            self.bn = nn.BatchNorm2d(8, eps=1e-3, momentum=0.01)
            self.relu = nn.ReLU(inplace=True)
            self.layer1 = Block(8, 8)
            self.layer2 = Block(8, 16, 2)
            self.fc = nn.Linear(16, 5)

        def forward(self, x):
            x = self.relu(self.bn(self.stem(x)))
            x = self.layer2(self.layer1(x))
            return self.fc(x.mean(dim=[2, 3]))
    return Net()


def load(km, tm):
    import torch

    def conv(m, la):
        m.weight.data = torch.tensor(la.get_weights()[0].transpose(3, 2, 0, 1))

    def bn(m, la):
        for name, w in zip(("weight", "bias", "running_mean", "running_var"), la.get_weights()):
            getattr(m, name).data = torch.tensor(w)

    conv(tm.stem, km.get_layer("stem"))
    bn(tm.bn, km.get_layer("stem_bn"))
    for block, name in ((tm.layer1, "conv2"), (tm.layer2, "conv3")):
        conv(block.conv1 if name == "conv2" else block.conv1[1], km.get_layer(name + "_1_conv"))
        bn(block.bn1, km.get_layer(name + "_1_bn"))
        conv(block.conv2, km.get_layer(name + "_2_conv"))
        bn(block.bn2, km.get_layer(name + "_2_bn"))
    conv(tm.layer2.downsample[0], km.get_layer("conv3_0_conv"))
    bn(tm.layer2.downsample[1], km.get_layer("conv3_0_bn"))
    w, b = km.layers[-1].get_weights()
    tm.fc.weight.data, tm.fc.bias.data = torch.tensor(w.T), torch.tensor(b)
