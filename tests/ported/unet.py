"""A small U-Net with transposed convolutions and skips."""


def keras_model():
    from keras import Input, Model
    from keras.layers import Concatenate, Conv2D, Conv2DTranspose, Dropout, GroupNormalization, MaxPooling2D

    def conv_block(x, n):
        x = Conv2D(n, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
        return Conv2D(n, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)

    inputs = Input((16, 12, 2))
    c1 = conv_block(inputs, 4)
    p1 = MaxPooling2D((2, 2))(c1)
    c2 = conv_block(p1, 6)
    p2 = MaxPooling2D((2, 2))(c2)
    c3 = Dropout(0.5)(conv_block(p2, 8))
    u2 = Conv2DTranspose(6, 3, strides=2, padding="same")(c3)
    c4 = conv_block(Concatenate(axis=-1)([u2, c2]), 6)
    u1 = Conv2DTranspose(4, 2, strides=2)(c4)
    c5 = conv_block(Concatenate(axis=-1)([u1, c1]), 4)
    c5 = GroupNormalization(groups=2, epsilon=1e-5)(c5)
    return Model(inputs, Conv2D(1, 1, activation="sigmoid")(c5))


def torch_model():
    import torch
    import torch.nn as nn

    class DoubleConv(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.net = nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(o, o, 3, padding=1),
                                     nn.ReLU(inplace=True))

        def forward(self, x):
            return self.net(x)

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down1, self.down2, self.mid = DoubleConv(2, 4), DoubleConv(4, 6), DoubleConv(6, 8)
            self.pool = nn.MaxPool2d(2)
            self.drop = nn.Dropout(0.5)
            self.up2 = nn.ConvTranspose2d(8, 6, 3, stride=2)
            self.dec2 = DoubleConv(12, 6)
            self.up1 = nn.ConvTranspose2d(6, 4, 2, stride=2)
            self.dec1 = DoubleConv(8, 4)
            self.norm = nn.GroupNorm(2, 4)
            self.out = nn.Conv2d(4, 1, 1)

        def forward(self, x):
            d1 = self.down1(x)
            d2 = self.down2(self.pool(d1))
            m = self.drop(self.mid(self.pool(d2)))
            u = self.up2(m)[:, :, :-1, :-1]
            u = self.dec2(torch.cat([u, d2], dim=1))
            u = self.dec1(torch.cat([self.up1(u), d1], 1))
            return torch.sigmoid(self.out(self.norm(u)))
    return UNet()


def load(km, tm):
    import torch
    from torch import nn
    theirs = sorted((la for la in km.layers if la.get_weights()), key=lambda la: int((la.name + "_0").split("_")[-2])
                    if la.name[-1].isdigit() else 0)
    convs = [la for la in km.layers if type(la).__name__ == "Conv2D"]
    ups = [la for la in km.layers if type(la).__name__ == "Conv2DTranspose"]
    ours = [m for m in tm.modules() if isinstance(m, nn.Conv2d)]
    order = [tm.down1.net[0], tm.down1.net[2], tm.down2.net[0], tm.down2.net[2], tm.mid.net[0], tm.mid.net[2], tm.dec2.net[0],
             tm.dec2.net[2], tm.dec1.net[0], tm.dec1.net[2], tm.out]
    assert len(ours) == len(order) == len(convs) and theirs
    for m, la in [*zip(order, convs), (tm.up2, ups[0]), (tm.up1, ups[1])]:
        w, b = la.get_weights()
        m.weight.data = torch.tensor(w).permute(3, 2, 0, 1).contiguous()
        m.bias.data = torch.tensor(b)
    gn = next(la for la in km.layers if type(la).__name__ == "GroupNormalization")
    tm.norm.weight.data, tm.norm.bias.data = (torch.tensor(a) for a in gn.get_weights())
