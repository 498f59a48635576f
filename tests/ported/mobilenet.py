"""Two blocks of a MobileNet: an inverted residual with squeeze and excitation, and a separable convolution at stride 2."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from keras import Input, Model, layers


def _inverted(x, expand, out, name):
    h = layers.Conv2D(expand, 1, padding="same", use_bias=False, name=name + "_expand")(x)
    h = layers.BatchNormalization(name=name + "_expand_bn", momentum=0.999, epsilon=1e-3)(h)
    h = layers.Activation("hard_silu", name=name + "_expand_act")(h)
    h = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=name + "_dw")(h)
    h = layers.BatchNormalization(name=name + "_dw_bn", momentum=0.999, epsilon=1e-3)(h)
    h = layers.ReLU(6.0, name=name + "_dw_act")(h)
    s = layers.GlobalAveragePooling2D(keepdims=True)(h)
    s = layers.Conv2D(4, 1, activation="relu", name=name + "_se_reduce")(s)
    s = layers.Conv2D(expand, 1, activation="hard_sigmoid", name=name + "_se_expand")(s)
    h = layers.Multiply()([h, s])
    h = layers.Conv2D(out, 1, use_bias=False, name=name + "_project")(h)
    h = layers.BatchNormalization(name=name + "_project_bn", momentum=0.999, epsilon=1e-3)(h)
    return layers.Add()([x, h])


def keras_model():
    img = Input((10, 12, 6), name="image")
    x = _inverted(img, 15, 6, "b1")
    x = layers.SeparableConv2D(9, 3, strides=2, padding="same", name="sep")(x)
    x = layers.ReLU(6.0)(x)
    x = layers.GlobalMaxPooling2D()(x)
    return Model(img, layers.Dense(4, name="logits")(x))


class SqueezeExcite(nn.Module):
    def __init__(self, ch, rd):
        super().__init__()
        self.conv_reduce = nn.Conv2d(ch, rd, 1)
        self.conv_expand = nn.Conv2d(rd, ch, 1)

    def forward(self, x):
        s = F.adaptive_avg_pool2d(x, 1)
        s = F.relu(self.conv_reduce(s))
        return x * F.hardsigmoid(self.conv_expand(s))


class Inverted(nn.Module):
    def __init__(self, cin, exp, cout):
        super().__init__()
        bn = dict(eps=1e-3, momentum=0.001)
        self.expand = nn.Conv2d(cin, exp, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(exp, **bn)
        self.dw = nn.Conv2d(exp, exp, 3, padding=1, groups=exp, bias=False)
        self.bn2 = nn.BatchNorm2d(exp, **bn)
        self.se = SqueezeExcite(exp, 4)
        self.project = nn.Conv2d(exp, cout, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(cout, **bn)

    def forward(self, x):
        out = F.hardswish(self.bn1(self.expand(x)))
        out = F.relu6(self.bn2(self.dw(out)))
        return x + self.bn3(self.project(self.se(out)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Inverted(6, 15, 6)
        self.depthwise = nn.Conv2d(6, 6, 3, stride=2, groups=6, bias=False)
        self.pointwise = nn.Conv2d(6, 9, 1)
        self.classifier = nn.Linear(9, 4)

    def forward(self, x):
        x = F.pad(self.block(x), (0, 1, 0, 1))
        x = F.relu6(self.pointwise(self.depthwise(x)))
        return self.classifier(torch.amax(x, dim=(2, 3)))


def torch_model():
    return Net()


def load(km, tm):
    K = lambda name: [torch.from_numpy(w.copy()) for w in km.get_layer(name).get_weights()]  # noqa: E731
    b = tm.block
    with torch.no_grad():
        for m, name in ((b.expand, "b1_expand"), (b.project, "b1_project"), (b.se.conv_reduce, "b1_se_reduce"),
                        (b.se.conv_expand, "b1_se_expand")):
            w = K(name)
            m.weight.copy_(w[0].permute(3, 2, 0, 1))
            if m.bias is not None:
                m.bias.copy_(w[1])
        b.dw.weight.copy_(K("b1_dw")[0].permute(2, 3, 0, 1))
        for m, name in ((b.bn1, "b1_expand_bn"), (b.bn2, "b1_dw_bn"), (b.bn3, "b1_project_bn")):
            m.weight.copy_(K(name)[0]), m.bias.copy_(K(name)[1]), m.running_mean.copy_(K(name)[2]), m.running_var.copy_(K(name)[3])
        d, p, bias = K("sep")
        tm.depthwise.weight.copy_(d.permute(2, 3, 0, 1))
        tm.pointwise.weight.copy_(p.permute(3, 2, 0, 1))
        tm.pointwise.bias.copy_(bias)
        w, bias = K("logits")
        tm.classifier.weight.copy_(w.t())
        tm.classifier.bias.copy_(bias)
