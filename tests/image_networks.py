"""Networks of images and signals as papers' code, timm, keras-applications and tutorials write them: the same network by name in
each framework, and with a slip that people report (`slip`), always in the second of a pair."""

import numpy as np

INPUTS = {"mixer": (2, 3, 8, 12), "convnext": (2, 3, 8, 12), "mbconv": (3, 3, 10, 14), "densenet": (2, 3, 8, 10),
          "swin": (2, 3, 8, 12), "generator": (3, 7), "discriminator": (2, 3, 16, 12), "wavenet": (2, 1, 17),
          "pointnet": (3, 3, 11),
          "espcn": (2, 1, 5, 7), "cbam": (2, 3, 7, 9), "inception": (2, 3, 7, 9), "shufflenet": (2, 3, 8, 10),
          "spectrogram": (2, 1, 12, 17),
          "fpn": (2, 3, 16, 8), "nonlocal": (2, 3, 5, 6), "convnextv2": (2, 3, 8, 12),
          "unet": (2, 1, 8, 12), "eca": (2, 3, 7, 6)}



def given(name: str, framework: str = "torch") -> np.ndarray:
    """Images and signals, with their channels first for PyTorch."""
    x = np.random.default_rng(0).normal(size=INPUTS[name])
    if name == "spectrogram":
        x = np.abs(x) ** 6  # some are so near to 0 that they are clipped
    return x if framework == "torch" or x.ndim == 2 else np.moveaxis(x, 1, -1)


def torch_models() -> dict:
    """name -> what builds it, given the slip"""
    import torch
    from torch import nn
    from torch.nn import functional as F

    class MixerBlock(nn.Module):
        def __init__(self, dim, tokens, slip=""):
            super().__init__()
            self.slip = slip
            eps = 1e-5 if slip == "eps" else 1e-6
            self.norm1, self.norm2 = nn.LayerNorm(dim, eps=eps), nn.LayerNorm(dim, eps=1e-6)
            act = nn.GELU(approximate="tanh") if slip == "gelu" else nn.GELU()
            self.mlp_tokens = nn.Sequential(nn.Linear(tokens, 5), act, nn.Linear(5, tokens))
            self.mlp_channels = nn.Sequential(nn.Linear(dim, 9), nn.GELU(), nn.Linear(9, dim))

        def forward(self, x):
            y = self.norm1(x)
            if self.slip == "reshape":
                y = self.mlp_tokens(y.reshape(y.shape[0], y.shape[2], y.shape[1])).reshape(x.shape)
            else:
                y = self.mlp_tokens(y.transpose(1, 2)).transpose(1, 2)
            x = y if self.slip == "residual" else x + y
            return x + self.mlp_channels(self.norm2(x))

    class Mixer(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.stem = nn.Conv2d(3, 8, 4, stride=4)
            self.blocks = nn.ModuleList([MixerBlock(8, 6), MixerBlock(8, 6, slip)])
            self.norm, self.head = nn.LayerNorm(8, eps=1e-6), nn.Linear(8, 4)
            self.slip = slip

        def forward(self, x):
            x = self.stem(x)
            x = x.permute(0, 3, 2, 1).flatten(1, 2) if self.slip == "order" else x.flatten(2).transpose(1, 2)
            for block in self.blocks:
                x = block(x)
            x = self.norm(x)
            return self.head(x.amax(1) if self.slip == "max" else x.mean(dim=1))

    class LayerNorm2d(nn.Module):
        """As ConvNeXt's authors wrote it, channels first."""

        def __init__(self, dim, eps=1e-6, slip=""):
            super().__init__()
            self.weight, self.bias = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim))
            self.eps, self.slip = eps, slip

        def forward(self, x):
            dim = 3 if self.slip == "axis" else 1
            u = x.mean(dim, keepdim=True)
            s = (x - u).pow(2).mean(dim, keepdim=True)
            x = (x - u) / torch.sqrt(s + self.eps)
            return self.weight[:, None, None] * x + self.bias[:, None, None]

    class ConvNeXtBlock(nn.Module):
        def __init__(self, dim, slip=""):
            super().__init__()
            self.slip = slip
            self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
            self.norm = nn.LayerNorm(dim, eps=1e-5 if slip == "eps" else 1e-6)
            self.pwconv1 = nn.Linear(dim, 4 * dim)
            self.act = nn.GELU(approximate="tanh" if slip == "gelu" else "none")
            self.pwconv2 = nn.Linear(4 * dim, dim)
            self.gamma = nn.Parameter(1e-1 * torch.ones(dim))

        def forward(self, x):
            y = self.dwconv(x).permute(0, 2, 3, 1)
            y = self.pwconv2(self.act(self.pwconv1(self.norm(y))))
            if self.slip != "scale":
                y = self.gamma * y
            y = y.permute(0, 3, 1, 2)
            return y if self.slip == "residual" else x + y

    class ConvNeXt(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 6, 2, stride=2),
                                      LayerNorm2d(6, 1e-5 if slip == "stem eps" else 1e-6, slip))
            self.blocks = nn.Sequential(ConvNeXtBlock(6), ConvNeXtBlock(6, slip))
            self.down = nn.Sequential(LayerNorm2d(6), nn.Conv2d(6, 8, 2, stride=2))
            self.norm, self.head = nn.LayerNorm(8, eps=1e-6), nn.Linear(8, 4)

        def forward(self, x):
            x = self.down(self.blocks(self.stem(x)))
            return self.head(self.norm(x.mean([-2, -1])))

    class GRN(nn.Module):
        """Global response normalization, channels last."""

        def __init__(self, dim, slip=""):
            super().__init__()
            self.gamma, self.beta = nn.Parameter(torch.zeros(1, 1, 1, dim)), nn.Parameter(torch.zeros(1, 1, 1, dim))
            self.slip = slip

        def forward(self, x):
            gx = torch.norm(x, p=2, dim=-1 if self.slip == "axis" else (1, 2), keepdim=True)
            nx = gx / (gx.mean(dim=-1, keepdim=True) + (1e-3 if self.slip == "eps" else 1e-6))
            if self.slip == "residual":
                return self.gamma * (x * nx) + self.beta
            return self.gamma * (x * nx) + self.beta + x

    class ConvNeXtV2(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.stem, self.dw = nn.Conv2d(3, 6, 2, stride=2), nn.Conv2d(6, 6, 3, padding=1, groups=6)
            self.norm, self.up, self.grn, self.out = nn.LayerNorm(6), nn.Linear(6, 12), GRN(12, slip), nn.Linear(12, 6)

        def forward(self, x):
            x = self.stem(x)
            y = self.norm(self.dw(x).permute(0, 2, 3, 1))
            y = self.out(self.grn(F.gelu(self.up(y))))
            return x + y.permute(0, 3, 1, 2)

    class SqueezeExcite(nn.Module):
        def __init__(self, channels, reduced, slip=""):
            super().__init__()
            self.conv_reduce, self.conv_expand = nn.Conv2d(channels, reduced, 1), nn.Conv2d(reduced, channels, 1)
            self.slip = slip

        def forward(self, x):
            s = x.amax((2, 3), keepdim=True) if self.slip == "max" else x.mean((2, 3), keepdim=True)
            s = self.conv_reduce(s)
            s = F.relu(s) if self.slip == "relu" else F.silu(s)
            s = self.conv_expand(s)
            return x * (F.hardsigmoid(s) if self.slip == "hard" else s.sigmoid())

    class MBConv(nn.Module):
        def __init__(self, i, o, stride, slip="", momentum=0.01):
            super().__init__()
            m, eps = momentum, 1e-5 if slip == "eps" else 1e-3
            e = i * 2
            self.expand, self.bn0 = nn.Conv2d(i, e, 1, bias=False), nn.BatchNorm2d(e, momentum=m, eps=1e-3)
            self.stride, self.slip = stride, slip
            self.depthwise = nn.Conv2d(e, e, 3, stride=stride, groups=e, bias=False, padding=1 if slip == "pad" else 0)
            self.bn1, self.se = nn.BatchNorm2d(e, momentum=0.1 if slip == "momentum" else m, eps=eps), SqueezeExcite(e, 3, slip)
            self.project, self.bn2 = nn.Conv2d(e, o, 1, bias=False), nn.BatchNorm2d(o, momentum=m, eps=1e-3)
            self.skip = i == o and stride == 1

        def forward(self, x):
            y = F.silu(self.bn0(self.expand(x)))
            if self.slip != "pad":
                y = F.pad(y, (0, 1, 0, 1) if self.stride == 2 else (1, 1, 1, 1))
            y = F.silu(self.bn1(self.depthwise(y)))
            y = self.bn2(self.project(self.se(y)))
            return x + y if self.skip and self.slip != "residual" else y

    class EfficientNet(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.a = MBConv(3, 6, 2, slip if slip in ("pad", "momentum") else "")
            self.b = MBConv(6, 6, 1, slip if slip not in ("pad", "momentum") else "")
            self.head = nn.Linear(6, 4)

        def forward(self, x):
            return self.head(F.adaptive_avg_pool2d(self.b(self.a(x)), 1).flatten(1))

    class DenseLayer(nn.Module):
        def __init__(self, i, k, slip=""):
            super().__init__()
            eps = 1e-5 if slip == "eps" else 1.001e-5
            self.norm1, self.conv1 = nn.BatchNorm2d(i, eps=eps if slip == "eps" else 1.001e-5), nn.Conv2d(i, 4, 1, bias=False)
            self.norm2, self.conv2 = nn.BatchNorm2d(4, eps=1.001e-5), nn.Conv2d(4, k, 3, padding=1, bias=False)
            self.slip = slip

        def forward(self, x):
            y = self.norm1(x) if self.slip == "relu" else F.relu(self.norm1(x))
            y = self.conv2(F.relu(self.norm2(self.conv1(y))))
            return torch.cat([y, x] if self.slip == "concat" else [x, y], 1)

    class DenseNet(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.conv0 = nn.Conv2d(3, 4, 3, padding=1)
            self.layers = nn.Sequential(DenseLayer(4, 3), DenseLayer(7, 3, slip))
            self.norm, self.conv = nn.BatchNorm2d(10, eps=1.001e-5), nn.Conv2d(10, 5, 1, bias=False)
            self.pool = nn.MaxPool2d(2, 2) if slip == "max" else nn.AvgPool2d(2, 2)
            self.fc = nn.Linear(5, 4)

        def forward(self, x):
            x = self.layers(self.conv0(x))
            x = self.pool(self.conv(F.relu(self.norm(x))))
            return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))

    def relative_index(h, w):
        coords = torch.stack(torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")).flatten(1)
        rel = (coords[:, :, None] - coords[:, None, :]).permute(1, 2, 0).contiguous()
        rel[:, :, 0] += h - 1
        rel[:, :, 1] += w - 1
        rel[:, :, 0] *= 2 * w - 1
        return rel.sum(-1)

    class WindowAttention(nn.Module):
        def __init__(self, dim, window, heads, slip=""):
            super().__init__()
            self.heads, self.scale, self.slip = heads, 1.0 if slip == "scale" else (dim // heads) ** -0.5, slip
            h, w = window
            self.relative_position_bias_table = nn.Parameter(0.02 * torch.randn((2 * h - 1) * (2 * w - 1), heads))
            index = relative_index(h, w)
            self.register_buffer("relative_position_index", index.T.contiguous() if slip == "index" else index)
            self.qkv, self.proj = nn.Linear(dim, dim * 3), nn.Linear(dim, dim)

        def forward(self, x):
            b, n, c = x.shape
            qkv = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
            q, k, v = qkv[0], qkv[1], qkv[2]
            attn = (q * self.scale) @ k.transpose(-2, -1)
            bias = self.relative_position_bias_table[self.relative_position_index.view(-1)].view(n, n, -1)
            attn = attn + bias.permute(2, 0, 1).contiguous().unsqueeze(0)
            attn = attn.softmax(dim=-2 if self.slip == "softmax" else -1)
            x = (attn @ v).transpose(1, 2).reshape(b, n, c)
            return self.proj(x)

    class Swin(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.embed, self.norm1 = nn.Conv2d(3, 8, 2, stride=2), nn.LayerNorm(8)
            self.attn, self.norm2 = WindowAttention(8, (2, 3), 2, slip), nn.LayerNorm(8)
            self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
            self.head, self.slip = nn.Linear(8, 3), slip

        def forward(self, x):
            x = self.embed(x).permute(0, 2, 3, 1)
            b, h, w, c = x.shape
            y = torch.roll(self.norm1(x), shifts=(-1, -1), dims=(1, 2))
            y = y.view(b, h // 2, 2, w // 3, 3, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 6, c)
            y = self.attn(y)
            y = y.view(b, h // 2, w // 3, 2, 3, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)
            if self.slip != "roll":
                y = torch.roll(y, shifts=(1, 1), dims=(1, 2))
            x = x + y
            x = x + self.mlp(self.norm2(x))
            return self.head(x.mean(dim=(1, 2)))

    class Generator(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            eps = 1e-3 if slip == "eps" else 1e-5
            self.fc = nn.Linear(7, 8 * 3 * 2, bias=False)
            self.main = nn.Sequential(
                nn.BatchNorm2d(8, eps=eps), nn.ReLU(True),
                nn.ConvTranspose2d(8, 5, 5, 2, padding=2, output_padding=1, bias=False) if slip == "pad"
                else nn.ConvTranspose2d(8, 5, 4, 2, 1, bias=False),
                nn.BatchNorm2d(5, momentum=0.01 if slip == "momentum" else 0.1), nn.ReLU(True),
                nn.ConvTranspose2d(5, 2, 4, 2, 1, bias=False), nn.Sigmoid() if slip == "sigmoid" else nn.Tanh())
            self.slip = slip

        def forward(self, z):
            x = self.fc(z)
            x = x.view(-1, 3, 2, 8).permute(0, 3, 1, 2) if self.slip == "order" else x.view(-1, 8, 3, 2)
            return self.main(x)

    class Discriminator(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            slope = 0.3 if slip == "slope" else 0.2
            self.main = nn.Sequential(
                nn.Conv2d(3, 4, 4, 2, 1, bias=False), nn.LeakyReLU(slope, inplace=True),
                nn.Conv2d(4, 6, 4, 2, 1, bias=False), nn.BatchNorm2d(6, eps=1e-3 if slip == "eps" else 1e-5,
                                                                     momentum=0.01 if slip == "momentum" else 0.1),
                nn.ReLU() if slip == "relu" else nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(6, 1, (4, 3), 1, 0, bias=False),
                nn.Identity() if slip == "sigmoid" else nn.Sigmoid())

        def forward(self, x):
            return self.main(x).view(-1, 1)

    class CausalConv1d(nn.Module):
        def __init__(self, i, o, k, dilation=1, slip=""):
            super().__init__()
            self.pad = (k - 1) * dilation
            self.conv = nn.Conv1d(i, o, k, dilation=dilation)
            self.slip = slip

        def forward(self, x):
            if self.slip == "same":
                return self.conv(F.pad(x, (self.pad // 2, self.pad - self.pad // 2)))
            return self.conv(F.pad(x, (self.pad, 0)))

    class WaveNetBlock(nn.Module):
        def __init__(self, c, skip, dilation, slip=""):
            super().__init__()
            self.conv = CausalConv1d(c, 2 * c, 2, 1 if slip == "dilation" else dilation, slip)
            self.res, self.skip, self.slip = nn.Conv1d(c, c, 1), nn.Conv1d(c, skip, 1), slip

        def forward(self, x):
            f, g = self.conv(x).chunk(2, dim=1)
            if self.slip == "gates":
                f, g = g, f
            y = torch.relu(f) * torch.sigmoid(g) if self.slip == "relu" else torch.tanh(f) * torch.sigmoid(g)
            return (self.res(y) if self.slip == "residual" else x + self.res(y)), self.skip(y)

    class WaveNet(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.start = CausalConv1d(1, 4, 2)
            self.blocks = nn.ModuleList([WaveNetBlock(4, 5, 2 ** i, slip if i == 1 else "") for i in range(3)])
            self.end1, self.end2 = nn.Conv1d(5, 6, 1), nn.Conv1d(6, 3, 1)

        def forward(self, x):
            x = self.start(x)
            skips = 0
            for block in self.blocks:
                x, s = block(x)
                skips = skips + s
            return self.end2(F.relu(self.end1(F.relu(skips))))

    class TNet(nn.Module):
        def __init__(self, k=3, slip=""):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv1d(k, 6, 1), nn.BatchNorm1d(6, eps=1e-3 if slip == "eps" else 1e-5)
            self.conv2, self.bn2 = nn.Conv1d(6, 9, 1), nn.BatchNorm1d(9)
            self.fc1, self.bn3, self.fc2 = nn.Linear(9, 5), nn.BatchNorm1d(5), nn.Linear(5, k * k)
            self.k, self.slip = k, slip

        def forward(self, x):
            x = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
            x = x.mean(2) if self.slip == "mean" else torch.max(x, 2, keepdim=True)[0].view(-1, 9)
            x = self.fc2(F.relu(self.bn3(self.fc1(x))))
            if self.slip != "identity":
                x = x + torch.eye(self.k).flatten().to(x)
            return x.view(-1, self.k, self.k)

    class PointNet(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.tnet, self.conv, self.bn, self.fc = TNet(3, slip), nn.Conv1d(3, 8, 1), nn.BatchNorm1d(8), nn.Linear(8, 4)
            self.slip = slip

        def forward(self, x):
            t = self.tnet(x)
            if self.slip == "transposed":
                t = t.transpose(1, 2)
            x = torch.bmm(x.transpose(2, 1), t).transpose(2, 1)
            x = F.relu(self.bn(self.conv(x)))
            return F.log_softmax(self.fc(torch.max(x, 2)[0]), dim=0 if self.slip == "softmax" else 1)

    class ESPCN(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.c1, self.c2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 4, 3, padding=1)
            self.c3, self.shuffle = nn.Conv2d(4, 2 * 4, 3, padding=0 if slip == "reflect" else 1), nn.PixelShuffle(2)
            self.slip = slip

        def forward(self, x):
            x = torch.tanh(self.c1(x))
            x = torch.relu(self.c2(x)) if self.slip == "relu" else torch.tanh(self.c2(x))
            if self.slip == "reflect":
                x = F.pad(x, (1, 1, 1, 1), mode="reflect")
            x = self.c3(x)
            if self.slip == "order":  # that of depth to space
                b, c, h, w = x.shape
                x = x.view(b, 2, 2, c // 4, h, w).permute(0, 3, 4, 1, 5, 2).reshape(b, c // 4, 2 * h, 2 * w)
            elif self.slip == "transposed":
                b, c, h, w = x.shape
                x = x.view(b, c // 4, 2, 2, h, w).permute(0, 1, 4, 3, 5, 2).reshape(b, c // 4, 2 * h, 2 * w)
            else:
                x = self.shuffle(x)
            return torch.sigmoid(x)

    class CBAM(nn.Module):
        def __init__(self, c, slip=""):
            super().__init__()
            self.fc = nn.Sequential(nn.Conv2d(c, 2, 1, bias=False), nn.ReLU(), nn.Conv2d(2, c, 1, bias=False))
            self.conv, self.slip = nn.Conv2d(2, 1, 7, padding=3, bias=False), slip

        def forward(self, x):
            avg, top = self.fc(F.adaptive_avg_pool2d(x, 1)), self.fc(F.adaptive_max_pool2d(x, 1))
            if self.slip == "two sigmoids":
                x = x * (torch.sigmoid(avg) + torch.sigmoid(top))
            elif self.slip == "no max":
                x = x * torch.sigmoid(avg)
            else:
                x = x * torch.sigmoid(avg + top)
            avg, top = torch.mean(x, dim=1, keepdim=True), torch.max(x, dim=1, keepdim=True)[0]
            s = torch.cat([top, avg] if self.slip == "concat" else [avg, top], dim=1)
            return x * torch.sigmoid(self.conv(s))

    class CBAMNet(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.conv, self.bn, self.cbam = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6, eps=1e-3), CBAM(6, slip)
            self.fc, self.slip = nn.Linear(6, 3), slip

        def forward(self, x):
            x = F.relu(self.bn(self.conv(x)))
            y = self.cbam(x)
            x = F.relu(y if self.slip == "residual" else x + y)
            return self.fc(x.mean(dim=(2, 3)))

    def basic(i, o, k, **options):
        return nn.Sequential(nn.Conv2d(i, o, k, bias=False, **options), nn.BatchNorm2d(o, eps=0.001), nn.ReLU(inplace=True))

    class Inception(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.b1, self.b3 = basic(3, 4, 1), nn.Sequential(basic(3, 3, 1), basic(3, 4, 3, padding=1))
            self.b5 = nn.Sequential(basic(3, 2, 1), basic(2, 4, 5, padding=2))
            average = slip in ("avg", "include")
            pool = nn.AvgPool2d(3, 1, 1, count_include_pad=slip == "include") if average else nn.MaxPool2d(3, 1, 1)
            self.bp, self.slip = nn.Sequential(pool, basic(3, 4, 1)), slip
            self.fc = nn.Linear(16, 5)

        def forward(self, x):
            branches = [self.b1(x), self.b3(x), self.b5(x), self.bp(x)]
            if self.slip == "concat":
                branches = [branches[0], branches[2], branches[1], branches[3]]
            x = torch.cat(branches, 1)
            if self.slip == "axis":
                return self.fc(x.mean(2).mean(2))
            return self.fc(F.dropout(F.adaptive_avg_pool2d(x, 1).flatten(1), 0.0 if self.slip == "dropout" else 0.4,
                                     self.training))

    def channel_shuffle(x, groups, slip=""):
        b, c, h, w = x.shape
        x = x.view(b, c // groups, groups, h, w) if slip == "shuffle" else x.view(b, groups, c // groups, h, w)
        return torch.transpose(x, 1, 2).contiguous().view(b, -1, h, w)

    class ShuffleUnit(nn.Module):
        def __init__(self, c, groups, slip=""):
            super().__init__()
            self.groups, self.slip = groups, slip
            self.g1, self.bn1 = nn.Conv2d(c, c, 1, groups=groups, bias=False), nn.BatchNorm2d(c)
            wide = 2 if slip == "dilation" else 1
            self.dw = nn.Conv2d(c, c, 3, padding=wide, dilation=wide, groups=c, bias=False)
            self.bn2 = nn.BatchNorm2d(c)
            self.g2, self.bn3 = nn.Conv2d(c, c, 1, groups=groups, bias=False), nn.BatchNorm2d(c)

        def forward(self, x):
            y = F.relu(self.bn1(self.g1(x)))
            if self.slip != "none":
                y = channel_shuffle(y, self.groups, self.slip)
            y = self.bn2(self.dw(y))
            y = self.bn3(self.g2(y))
            return F.relu(x + y) if self.slip != "last relu" else x + F.relu(y)

    class ShuffleNet(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.stem, self.pool = nn.Conv2d(3, 6, 3, 2, 1), nn.MaxPool2d(3, 2, 1)
            self.units = nn.Sequential(ShuffleUnit(6, 3), ShuffleUnit(6, 3, slip))
            self.fc = nn.Linear(6, 3)

        def forward(self, x):
            return self.fc(self.units(self.pool(self.stem(x))).mean([2, 3]))

    class Spectrogram(nn.Module):
        """That of PANNs: log, a BatchNorm over the frequencies, mean over them, mean and max over time."""

        def __init__(self, slip=""):
            super().__init__()
            self.bn0 = nn.BatchNorm2d(12)
            self.conv1, self.bn1 = nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
            self.conv2, self.bn2 = nn.Conv2d(4, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
            self.fc1, self.fc2, self.slip = nn.Linear(6, 7), nn.Linear(7, 3), slip

        def forward(self, x):
            if self.slip == "log10":
                x = 10 * torch.log10(torch.clamp(x, min=1e-5))
            else:
                x = torch.log(torch.clamp(x, min=1e-4 if self.slip == "clamp" else 1e-5))
            if self.slip != "bn0":
                x = self.bn0(x.transpose(1, 2)).transpose(1, 2)
            x = F.avg_pool2d(F.relu(self.bn1(self.conv1(x))), (2, 1))
            x = F.relu(self.bn2(self.conv2(x)))
            x = torch.mean(x, dim=3 if self.slip == "axis" else 2)
            a, b = torch.max(x, dim=2)[0], torch.mean(x, dim=2)
            x = a + b if self.slip != "max" else b
            return torch.sigmoid(self.fc2(F.relu(self.fc1(x))))

    class FPN(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.c1, self.c2, self.c3 = (nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 6, 3, 2, 1), nn.Conv2d(6, 8, 3, 2, 1))
            self.lateral = nn.ModuleList([nn.Conv2d(n, 5, 1) for n in (4, 6, 8)])
            self.smooth = nn.ModuleList([nn.Conv2d(5, 5, 3, padding=1) for _ in range(3)])
            self.head, self.slip = nn.Conv2d(5, 2, 1), slip

        def up(self, x, to):
            if self.slip == "bilinear":
                return F.interpolate(x, size=to.shape[-2:], mode="bilinear", align_corners=False)
            if self.slip == "corners":
                return F.interpolate(x, size=to.shape[-2:], mode="bilinear", align_corners=True)
            return F.interpolate(x, scale_factor=2, mode="nearest")

        def forward(self, x):
            c1 = F.relu(self.c1(x))
            c2 = F.relu(self.c2(c1))
            c3 = F.relu(self.c3(c2))
            p3 = self.lateral[2](c3)
            p2 = self.lateral[1](c2) + self.up(p3, c2)
            p1 = self.lateral[0](c1) if self.slip == "add" else self.lateral[0](c1) + self.up(p2, c1)
            out = [s(p) for s, p in zip(self.smooth, (p1, p2, p3), strict=True)]
            return tuple(self.head(F.leaky_relu(o, 0.01) if self.slip == "leaky" else F.relu(o)) for o in out)

    class NonLocal(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3, padding=1)
            self.theta, self.phi, self.g = nn.Conv2d(8, 4, 1), nn.Conv2d(8, 4, 1), nn.Conv2d(8, 4, 1)
            self.out, self.bn, self.slip = nn.Conv2d(4, 8, 1), nn.BatchNorm2d(8), slip

        def forward(self, x):
            x = self.conv(x)
            b, _, h, w = x.shape
            theta, phi, g = (f(x).view(b, 4, -1) for f in (self.theta, self.phi, self.g))
            f = torch.einsum("bct,bcs->bts", theta, phi)
            if self.slip == "scale":
                f = f * 4 ** -0.5
            f = F.softmax(f, dim=1 if self.slip == "softmax" else -1)
            y = torch.einsum("bts,bcs->bct", f, g).reshape(b, 4, h, w)
            y = self.out(y) if self.slip == "no bn" else self.bn(self.out(y))
            return y if self.slip == "residual" else x + y

    class Double(nn.Sequential):
        def __init__(self, i, o, slip=""):
            super().__init__(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o, eps=1e-3 if slip == "eps" else 1e-5), nn.ReLU(),
                             nn.Conv2d(o, o, 3, padding=1), nn.BatchNorm2d(o), nn.ELU() if slip == "elu" else nn.ReLU())

    class UNet(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.inc, self.down, self.slip = Double(1, 4), Double(4, 8), slip
            self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
            self.dec, self.outc = Double(8, 4, slip), nn.Conv2d(4, 2, 1)

        def forward(self, x):
            a = self.inc(x)
            b = self.down(F.avg_pool2d(a, 2) if self.slip == "avg" else F.max_pool2d(a, 2))
            u = self.up(b)
            return torch.softmax(self.outc(self.dec(torch.cat([u, a] if self.slip == "concat" else [a, u], 1))),
                                 dim=-1 if self.slip == "softmax" else 1)

    class ECA(nn.Module):
        def __init__(self, slip=""):
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3, padding=1)
            self.eca, self.slip = nn.Conv1d(1, 1, 3, padding=1, bias=False), slip
            self.gn, self.fc = nn.GroupNorm(4 if slip == "groups" else 2, 8, eps=1e-3 if slip == "eps" else 1e-5), nn.Linear(8, 3)

        def forward(self, x):
            x = F.hardswish(self.conv(x)) if self.slip == "hard" else F.silu(self.conv(x))
            y = x.mean((2, 3))
            y = self.eca(y.unsqueeze(1)).squeeze(1).sigmoid()
            x = self.gn(x * y[:, :, None, None])
            return self.fc(x.flatten(2).max(2)[0] if self.slip == "max" else x.flatten(2).mean(2))

    return {"mixer": Mixer, "convnext": ConvNeXt, "convnextv2": ConvNeXtV2, "mbconv": EfficientNet, "densenet": DenseNet,
            "swin": Swin,
            "generator": Generator, "discriminator": Discriminator, "wavenet": WaveNet, "pointnet": PointNet, "espcn": ESPCN,
            "cbam": CBAMNet, "inception": Inception, "shufflenet": ShuffleNet, "spectrogram": Spectrogram, "fpn": FPN,
            "nonlocal": NonLocal, "unet": UNet, "eca": ECA}


def keras_models() -> dict:
    """name -> what builds it, given the slip"""
    import keras
    from keras import layers, ops

    # MLP-Mixer, as the example on keras.io: Permute and a functional call
    def mixer(slip=""):
        x = inputs = keras.Input((8, 12, 3))
        x = layers.Conv2D(8, 4, strides=4)(x)
        x = layers.Reshape((6, 8))(x)
        for _ in range(2):
            y = layers.LayerNormalization(epsilon=1e-3 if slip == "eps" else 1e-6)(x)
            y = layers.Permute((2, 1))(y)
            y = layers.Dense(5, activation="relu" if slip == "relu" else "gelu")(y)
            y = layers.Dense(6)(y)
            y = layers.Permute((2, 1))(y)
            x = layers.Add()([x, y])
            y = layers.LayerNormalization(epsilon=1e-6)(x)
            y = layers.Dense(9, activation=keras.activations.gelu)(y)
            x = layers.Add()([x, layers.Dense(8)(y)])
        x = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.GlobalMaxPooling1D()(x) if slip == "max" else layers.GlobalAveragePooling1D()(x)
        return keras.Model(inputs, layers.Dense(4)(x))

    class LayerScale(layers.Layer):
        """As in keras-applications."""

        def __init__(self, init_values, dim, **kwargs):
            super().__init__(**kwargs)
            self.init_values, self.dim = init_values, dim

        def build(self, _):
            self.gamma = self.add_weight(shape=(self.dim,), initializer=keras.initializers.Constant(self.init_values))

        def call(self, x):
            return x * self.gamma

    def convnext(slip=""):
        x = inputs = keras.Input((8, 12, 3))
        x = layers.LayerNormalization(epsilon=1e-6)(layers.Conv2D(6, 2, strides=2)(x))
        for last in (False, True):
            y = layers.DepthwiseConv2D(7, padding="same")(x)
            y = layers.LayerNormalization(epsilon=1e-3 if slip == "eps" and last else 1e-6)(y)
            y = layers.Dense(24)(y)
            y = layers.Activation("gelu")(y)
            y = layers.Dense(6)(y)
            y = y if slip == "scale" and last else LayerScale(1e-1, 6)(y)
            x = layers.Add()([x, y])
        x = layers.Conv2D(8, 2, strides=2)(layers.LayerNormalization(epsilon=1e-6)(x))
        x = layers.LayerNormalization(epsilon=1e-6)(layers.GlobalAveragePooling2D()(x))
        return keras.Model(inputs, layers.Dense(4)(x))

    class GRN(layers.Layer):
        def build(self, shape):
            self.gamma = self.add_weight(shape=(shape[-1],), initializer="zeros", name="gamma")
            self.beta = self.add_weight(shape=(shape[-1],), initializer="zeros", name="beta")

        def call(self, x):
            gx = ops.sqrt(ops.sum(ops.square(x), axis=(1, 2), keepdims=True))
            nx = gx / (ops.mean(gx, axis=-1, keepdims=True) + 1e-6)
            return self.gamma * (x * nx) + self.beta + x

    def convnextv2(_=""):
        inputs = keras.Input((8, 12, 3))
        x = layers.Conv2D(6, 2, strides=2)(inputs)
        y = layers.LayerNormalization(epsilon=1e-5)(layers.DepthwiseConv2D(3, padding="same")(x))
        y = layers.Dense(12, activation="gelu")(y)
        y = layers.Dense(6)(GRN()(y))
        return keras.Model(inputs, x + y)

    def mbconv(slip=""):
        x = inputs = keras.Input((10, 14, 3))
        for i, (channels, stride) in enumerate(((6, 2), (6, 1))):
            filters = 2 * x.shape[-1]
            y = layers.Conv2D(filters, 1, padding="same", use_bias=False)(x)
            y = layers.Activation("swish")(layers.BatchNormalization()(y))
            if stride == 2:
                y = layers.ZeroPadding2D(((0, 1), (0, 1)))(y)
            y = layers.DepthwiseConv2D(3, strides=stride, padding="valid" if stride == 2 else "same", use_bias=False)(y)
            y = layers.Activation("swish")(layers.BatchNormalization()(y))
            se = layers.GlobalAveragePooling2D()(y)
            se = layers.Reshape((1, 1, filters))(se)
            se = layers.Conv2D(3, 1, padding="same", activation="relu" if slip == "relu" and i else "swish")(se)
            se = layers.Conv2D(filters, 1, padding="same", activation="sigmoid")(se)
            y = layers.multiply([y, se])
            y = layers.BatchNormalization()(layers.Conv2D(channels, 1, padding="same", use_bias=False)(y))
            x = layers.add([y, x]) if stride == 1 else y
        x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, layers.Dense(4)(x))

    def densenet(_=""):
        x = inputs = keras.Input((8, 10, 3))
        x = layers.Conv2D(4, 3, padding="same")(x)
        for _ in range(2):
            y = layers.BatchNormalization(axis=3, epsilon=1.001e-5, momentum=0.9)(x)
            y = layers.Activation("relu")(y)
            y = layers.Conv2D(4, 1, use_bias=False)(y)
            y = layers.BatchNormalization(axis=3, epsilon=1.001e-5, momentum=0.9)(y)
            y = layers.Activation("relu")(y)
            y = layers.Conv2D(3, 3, padding="same", use_bias=False)(y)
            x = layers.Concatenate(axis=3)([x, y])
        x = layers.BatchNormalization(axis=3, epsilon=1.001e-5, momentum=0.9)(x)
        x = layers.Conv2D(5, 1, use_bias=False)(layers.Activation("relu")(x))
        x = layers.AveragePooling2D(2, strides=2)(x)
        return keras.Model(inputs, layers.Dense(4)(layers.GlobalAveragePooling2D()(x)))

    class WindowAttention(layers.Layer):
        """As the example on keras.io."""

        def __init__(self, dim, window_size, num_heads, **kwargs):
            super().__init__(**kwargs)
            self.dim, self.window_size, self.num_heads = dim, window_size, num_heads
            self.scale = (dim // num_heads) ** -0.5
            self.qkv, self.proj = layers.Dense(dim * 3), layers.Dense(dim)

        def build(self, _):
            h, w = self.window_size
            self.relative_position_bias_table = self.add_weight(
                shape=((2 * h - 1) * (2 * w - 1), self.num_heads), initializer=keras.initializers.TruncatedNormal(stddev=0.02))
            coords = np.stack(np.meshgrid(np.arange(h), np.arange(w), indexing="ij")).reshape(2, -1)
            rel = (coords[:, :, None] - coords[:, None, :]).transpose(1, 2, 0)
            rel = rel + [h - 1, w - 1]
            self.index = (rel[..., 0] * (2 * w - 1) + rel[..., 1]).astype("int32")

        def call(self, x):
            _, size, channels = x.shape
            qkv = ops.reshape(self.qkv(x), (-1, size, 3, self.num_heads, channels // self.num_heads))
            q, k, v = ops.unstack(ops.transpose(qkv, (2, 0, 3, 1, 4)), 3, axis=0)
            attn = (q * self.scale) @ ops.transpose(k, (0, 1, 3, 2))
            bias = ops.take(self.relative_position_bias_table, self.index.reshape(-1), axis=0)
            bias = ops.transpose(ops.reshape(bias, (size, size, -1)), (2, 0, 1))
            attn = keras.activations.softmax(attn + ops.expand_dims(bias, axis=0), axis=-1)
            y = ops.reshape(ops.transpose(attn @ v, (0, 2, 1, 3)), (-1, size, channels))
            return self.proj(y)

    class SwinBlock(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.norm1, self.norm2 = layers.LayerNormalization(epsilon=1e-5), layers.LayerNormalization(epsilon=1e-5)
            self.attn = WindowAttention(8, (2, 3), 2)
            self.mlp = keras.Sequential([layers.Dense(16), layers.Activation(keras.activations.gelu), layers.Dense(8)])

        def call(self, x):
            _, h, w, c = x.shape
            y = ops.roll(self.norm1(x), shift=[-1, -1], axis=[1, 2])
            y = ops.reshape(y, (-1, h // 2, 2, w // 3, 3, c))
            y = ops.reshape(ops.transpose(y, (0, 1, 3, 2, 4, 5)), (-1, 6, c))
            y = self.attn(y)
            y = ops.reshape(y, (-1, h // 2, w // 3, 2, 3, c))
            y = ops.reshape(ops.transpose(y, (0, 1, 3, 2, 4, 5)), (-1, h, w, c))
            x = x + ops.roll(y, shift=[1, 1], axis=[1, 2])
            return x + self.mlp(self.norm2(x))

    def swin(_=""):
        inputs = keras.Input((8, 12, 3))
        x = SwinBlock()(layers.Conv2D(8, 2, strides=2)(inputs))
        return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))

    def generator(_=""):
        return keras.Sequential([
            keras.Input((7,)), layers.Dense(48, use_bias=False), layers.Reshape((8, 3, 2)), layers.Permute((2, 3, 1)),
            layers.BatchNormalization(epsilon=1e-5, momentum=0.9), layers.ReLU(),
            layers.Conv2DTranspose(5, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(epsilon=1e-5, momentum=0.9), layers.ReLU(),
            layers.Conv2DTranspose(2, 4, strides=2, padding="same", use_bias=False, activation="tanh")])

    def discriminator(slip=""):
        return keras.Sequential([
            keras.Input((16, 12, 3)), layers.ZeroPadding2D(1), layers.Conv2D(4, 4, strides=2, use_bias=False),
            layers.LeakyReLU() if slip == "slope" else layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(6, 4, strides=2, padding="same", use_bias=False), layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
            layers.LeakyReLU(negative_slope=0.2), layers.Conv2D(1, (4, 3), use_bias=False), layers.Flatten(),
            layers.Activation("sigmoid")])

    class WaveNetBlock(layers.Layer):
        def __init__(self, c, skip, dilation, **kwargs):
            super().__init__(**kwargs)
            self.f = layers.Conv1D(2 * c, 2, dilation_rate=dilation, padding="causal")
            self.res, self.skip = layers.Conv1D(c, 1), layers.Conv1D(skip, 1)

        def call(self, x):
            f, g = ops.split(self.f(x), 2, axis=-1)
            y = ops.tanh(f) * ops.sigmoid(g)
            return x + self.res(y), self.skip(y)

    class WaveNet(keras.Model):
        def __init__(self, _=""):
            super().__init__()
            self.start = layers.Conv1D(4, 2, padding="causal")
            self.blocks = [WaveNetBlock(4, 5, 2 ** i) for i in range(3)]
            self.end1, self.end2 = layers.Conv1D(6, 1, activation="relu"), layers.Conv1D(3, 1)

        def call(self, x):
            x = self.start(x)
            skips = []
            for block in self.blocks:
                x, s = block(x)
                skips.append(s)
            return self.end2(self.end1(ops.relu(sum(skips))))

    # PointNet, as the example on keras.io (its regularizer left out)
    def pointnet(slip=""):
        def conv_bn(x, n):
            x = layers.Conv1D(n, 1, padding="valid")(x)
            return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x))

        inputs = keras.Input((11, 3))
        x = layers.GlobalMaxPooling1D()(conv_bn(conv_bn(inputs, 6), 9))
        x = layers.Dense(5)(x)
        x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x))
        x = layers.Dense(9, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(np.eye(3).flatten()))(x)
        if slip != "no eye":
            x = x + ops.convert_to_tensor(np.eye(3).flatten(), "float32")
        t = layers.Reshape((3, 3))(x)
        x = layers.Dot(axes=(2, 1))([inputs, t])
        x = layers.GlobalMaxPooling1D()(conv_bn(x, 8))
        return keras.Model(inputs, ops.log_softmax(layers.Dense(4)(x)))

    class PixelShuffle(layers.Layer):
        def __init__(self, scale, slip="", **kwargs):
            super().__init__(**kwargs)
            self.scale, self.slip = scale, slip

        def call(self, x):
            _, h, w, c = x.shape
            r = self.scale
            if self.slip == "order":
                x = ops.transpose(ops.reshape(x, (-1, h, w, r, r, c // r ** 2)), (0, 1, 3, 2, 4, 5))
            else:
                x = ops.transpose(ops.reshape(x, (-1, h, w, c // r ** 2, r, r)), (0, 1, 4, 2, 5, 3))
            return ops.reshape(x, (-1, h * r, w * r, c // r ** 2))

    def espcn(slip=""):
        x = inputs = keras.Input((5, 7, 1))
        x = layers.Conv2D(6, 5, padding="same", activation="tanh")(x)
        x = layers.Conv2D(4, 3, padding="same", activation="tanh")(x)
        x = layers.Conv2D(8, 3, padding="same")(x)
        return keras.Model(inputs, keras.activations.sigmoid(PixelShuffle(2, slip)(x)))

    class CBAM(layers.Layer):
        def __init__(self, c, **kwargs):
            super().__init__(**kwargs)
            self.one, self.two = layers.Dense(2, activation="relu", use_bias=False), layers.Dense(c, use_bias=False)
            self.conv = layers.Conv2D(1, 7, padding="same", use_bias=False, activation="sigmoid")

        def call(self, x):
            avg = self.two(self.one(ops.mean(x, axis=(1, 2), keepdims=True)))
            top = self.two(self.one(ops.max(x, axis=(1, 2), keepdims=True)))
            x = x * ops.sigmoid(avg + top)
            s = ops.concatenate([ops.mean(x, axis=-1, keepdims=True), ops.max(x, axis=-1, keepdims=True)], axis=-1)
            return x * self.conv(s)

    def cbam(_=""):
        inputs = keras.Input((7, 9, 3))
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(layers.Conv2D(6, 3, padding="same")(inputs)))
        x = layers.ReLU()(layers.Add()([x, CBAM(6)(x)]))
        return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))

    def inception(slip=""):
        def bn(x, n, k):
            x = layers.Conv2D(n, k, padding="same", use_bias=False)(x)
            return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))

        x = keras.Input((7, 9, 3))
        pool = (layers.AveragePooling2D if slip == "avg" else layers.MaxPooling2D)(3, strides=1, padding="same")(x)
        branches = [bn(x, 4, 1), bn(bn(x, 3, 1), 4, 3), bn(bn(x, 2, 1), 4, 5), bn(pool, 4, 1)]
        y = layers.GlobalAveragePooling2D()(layers.concatenate(branches, axis=-1))
        return keras.Model(x, layers.Dense(5)(layers.Dropout(0.4)(y)))

    def shufflenet(slip=""):
        def shuffle(x, groups):
            _, h, w, c = x.shape
            x = layers.Reshape((h, w, groups, c // groups))(x)
            x = layers.Permute((1, 2, 4, 3))(x)
            return layers.Reshape((h, w, c))(x)

        def norm(x):
            return layers.BatchNormalization(epsilon=1e-5, momentum=0.9)(x)

        inputs = keras.Input((8, 10, 3))
        x = layers.Conv2D(6, 3, strides=2)(layers.ZeroPadding2D(1)(inputs))
        x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x)) if slip == "zeros" else \
            layers.MaxPooling2D(3, strides=2)(ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-1e9))
        for _ in range(2):
            y = layers.ReLU()(norm(layers.Conv2D(6, 1, groups=3, use_bias=False)(x)))
            y = norm(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(shuffle(y, 3)))
            y = norm(layers.Conv2D(6, 1, groups=3, use_bias=False)(y))
            x = layers.ReLU()(layers.Add()([x, y]))
        return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))

    class Spectrogram(keras.Model):
        def __init__(self, _=""):
            super().__init__()
            norm = {"epsilon": 1e-5, "momentum": 0.9}
            self.bn0 = layers.BatchNormalization(axis=1, **norm)
            self.conv1, self.bn1 = layers.Conv2D(4, 3, padding="same", use_bias=False), layers.BatchNormalization(**norm)
            self.conv2, self.bn2 = layers.Conv2D(6, 3, padding="same", use_bias=False), layers.BatchNormalization(**norm)
            self.pool, self.fc1, self.fc2 = layers.AveragePooling2D((2, 1)), layers.Dense(7, activation="relu"), layers.Dense(3)

        def call(self, x, training=False):
            x = ops.log(ops.maximum(x, 1e-5))
            x = self.bn0(x, training=training)
            x = self.pool(ops.relu(self.bn1(self.conv1(x), training=training)))
            x = ops.relu(self.bn2(self.conv2(x), training=training))
            x = ops.mean(x, axis=1)
            x = ops.max(x, axis=1) + ops.mean(x, axis=1)
            return ops.sigmoid(self.fc2(self.fc1(x)))

    def fpn(slip=""):
        inputs = keras.Input((16, 8, 3))
        c, stages = inputs, []
        for n in (4, 6, 8):
            c = layers.Conv2D(n, 3, strides=2, activation="relu")(layers.ZeroPadding2D(1)(c))
            stages.append(c)
        p3 = layers.Conv2D(5, 1)(stages[2])
        how = {"interpolation": "bilinear"} if slip == "bilinear" else {}
        p2 = layers.Add()([layers.Conv2D(5, 1)(stages[1]), layers.UpSampling2D(2, **how)(p3)])
        p1 = layers.Add()([layers.Conv2D(5, 1)(stages[0]), layers.UpSampling2D(2, **how)(p2)])
        head = layers.Conv2D(2, 1)
        return keras.Model(inputs, [head(layers.Conv2D(5, 3, padding="same", activation="relu")(p)) for p in (p1, p2, p3)])

    class NonLocal(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.theta, self.phi, self.g = layers.Conv2D(4, 1), layers.Conv2D(4, 1), layers.Conv2D(4, 1)
            self.out, self.bn = layers.Conv2D(8, 1), layers.BatchNormalization(epsilon=1e-5, momentum=0.9)

        def call(self, x, training=None):
            _, h, w, _ = x.shape
            theta, phi, g = (ops.reshape(f(x), (-1, h * w, 4)) for f in (self.theta, self.phi, self.g))
            f = ops.softmax(ops.matmul(theta, ops.transpose(phi, (0, 2, 1))), axis=-1)
            y = ops.reshape(ops.matmul(f, g), (-1, h, w, 4))
            return x + self.bn(self.out(y), training=training)

    def nonlocal_(_=""):
        return keras.Sequential([keras.Input((5, 6, 3)), layers.Conv2D(8, 3, padding="same"), NonLocal()])

    class Double(keras.Model):
        def __init__(self, o):
            super().__init__()
            self.c1, self.b1 = layers.Conv2D(o, 3, padding="same"), layers.BatchNormalization(epsilon=1e-5, momentum=0.9)
            self.c2, self.b2 = layers.Conv2D(o, 3, padding="same"), layers.BatchNormalization(epsilon=1e-5, momentum=0.9)
            self.relu = layers.ReLU()

        def call(self, x, training=None):
            x = self.relu(self.b1(self.c1(x), training=training))
            return self.relu(self.b2(self.c2(x), training=training))

    class UNet(keras.Model):
        def __init__(self, _=""):
            super().__init__()
            self.inc, self.down, self.dec = Double(4), Double(8), Double(4)
            self.pool, self.up = layers.MaxPooling2D(), layers.Conv2DTranspose(4, 2, strides=2)
            self.outc = layers.Conv2D(2, 1, activation="softmax")

        def call(self, x, training=None):
            a = self.inc(x, training=training)
            b = self.down(self.pool(a), training=training)
            return self.outc(self.dec(ops.concatenate([a, self.up(b)], axis=-1), training=training))

    def eca(_=""):
        inputs = keras.Input((7, 6, 3))
        x = layers.Conv2D(8, 3, padding="same", activation="silu")(inputs)
        y = layers.GlobalAveragePooling2D()(x)
        y = layers.Reshape((8, 1))(y)
        y = layers.Conv1D(1, 3, padding="same", use_bias=False)(y)
        y = layers.Activation("sigmoid")(y)
        y = layers.Reshape((1, 1, 8))(y)
        x = layers.GroupNormalization(2, epsilon=1e-5)(layers.Multiply()([x, y]))
        return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))

    return {"mixer": mixer, "convnext": convnext, "convnextv2": convnextv2, "mbconv": mbconv, "densenet": densenet, "swin": swin,
            "generator": generator, "discriminator": discriminator, "wavenet": WaveNet, "pointnet": pointnet, "espcn": espcn,
            "cbam": cbam, "inception": inception, "shufflenet": shufflenet, "spectrogram": Spectrogram, "fpn": fpn,
            "nonlocal": nonlocal_, "unet": UNet, "eca": eca}


def flax_models() -> dict:
    """name -> what builds it: four of them"""
    import jax
    import jax.numpy as jnp
    from flax import nnx

    class Block(nnx.Module):
        def __init__(self, dim, rngs):
            self.dw = nnx.Conv(dim, dim, (7, 7), padding="SAME", feature_group_count=dim, rngs=rngs)
            self.norm = nnx.LayerNorm(dim, epsilon=1e-6, rngs=rngs)
            self.up, self.down = nnx.Linear(dim, 4 * dim, rngs=rngs), nnx.Linear(4 * dim, dim, rngs=rngs)
            self.gamma = nnx.Param(0.1 * jnp.ones(dim))

        def __call__(self, x):
            y = jax.nn.gelu(self.up(self.norm(self.dw(x))), approximate=False)
            return x + self.gamma * self.down(y)

    class ConvNeXt(nnx.Module):
        def __init__(self, rngs):
            self.stem, self.n0 = nnx.Conv(3, 6, (2, 2), strides=2, rngs=rngs), nnx.LayerNorm(6, epsilon=1e-6, rngs=rngs)
            self.b1, self.b2 = Block(6, rngs), Block(6, rngs)
            self.n1, self.c1 = nnx.LayerNorm(6, epsilon=1e-6, rngs=rngs), nnx.Conv(6, 8, (2, 2), strides=2, rngs=rngs)
            self.n2, self.head = nnx.LayerNorm(8, epsilon=1e-6, rngs=rngs), nnx.Linear(8, 4, rngs=rngs)

        def __call__(self, x):
            x = self.b2(self.b1(self.n0(self.stem(x))))
            x = self.c1(self.n1(x))
            return self.head(self.n2(jnp.mean(x, axis=(1, 2))))

    class MixerBlock(nnx.Module):
        def __init__(self, rngs):
            self.n1, self.n2 = nnx.LayerNorm(8, rngs=rngs), nnx.LayerNorm(8, rngs=rngs)
            self.t1, self.t2 = nnx.Linear(6, 5, rngs=rngs), nnx.Linear(5, 6, rngs=rngs)
            self.c1, self.c2 = nnx.Linear(8, 9, rngs=rngs), nnx.Linear(9, 8, rngs=rngs)

        def __call__(self, x):
            y = jnp.swapaxes(self.n1(x), 1, 2)
            y = self.t2(nnx.gelu(self.t1(y), approximate=False))
            x = x + jnp.swapaxes(y, 1, 2)
            return x + self.c2(nnx.gelu(self.c1(self.n2(x)), approximate=False))

    class Mixer(nnx.Module):
        def __init__(self, rngs):
            self.stem = nnx.Conv(3, 8, (4, 4), strides=(4, 4), rngs=rngs)
            self.a, self.b = MixerBlock(rngs), MixerBlock(rngs)
            self.norm, self.head = nnx.LayerNorm(8, rngs=rngs), nnx.Linear(8, 4, rngs=rngs)

        def __call__(self, x):
            x = self.stem(x)
            x = x.reshape(x.shape[0], -1, x.shape[-1])
            return self.head(jnp.mean(self.norm(self.b(self.a(x))), axis=1))

    class WaveBlock(nnx.Module):
        def __init__(self, c, skip, dilation, rngs):
            self.conv = nnx.Conv(c, 2 * c, (2,), kernel_dilation=(dilation,), padding="CAUSAL", rngs=rngs)
            self.res, self.skip = nnx.Conv(c, c, (1,), rngs=rngs), nnx.Conv(c, skip, (1,), rngs=rngs)

        def __call__(self, x):
            f, g = jnp.split(self.conv(x), 2, axis=-1)
            y = jnp.tanh(f) * jax.nn.sigmoid(g)
            return x + self.res(y), self.skip(y)

    class WaveNet(nnx.Module):
        def __init__(self, rngs):
            self.start = nnx.Conv(1, 4, (2,), padding="CAUSAL", rngs=rngs)
            self.blocks = nnx.List([WaveBlock(4, 5, 2 ** i, rngs) for i in range(3)])
            self.end1, self.end2 = nnx.Conv(5, 6, (1,), rngs=rngs), nnx.Conv(6, 3, (1,), rngs=rngs)

        def __call__(self, x):
            x, skips = self.start(x), 0
            for block in self.blocks:
                x, s = block(x)
                skips = skips + s
            return self.end2(jax.nn.relu(self.end1(jax.nn.relu(skips))))

    class UNetDouble(nnx.Module):
        def __init__(self, i, o, rngs):
            self.c1, self.b1 = nnx.Conv(i, o, (3, 3), rngs=rngs), nnx.BatchNorm(o, momentum=0.9, rngs=rngs)
            self.c2, self.b2 = nnx.Conv(o, o, (3, 3), rngs=rngs), nnx.BatchNorm(o, momentum=0.9, rngs=rngs)

        def __call__(self, x):
            return nnx.relu(self.b2(self.c2(nnx.relu(self.b1(self.c1(x))))))

    class UNet(nnx.Module):
        def __init__(self, rngs):
            self.inc, self.down, self.dec = UNetDouble(1, 4, rngs), UNetDouble(4, 8, rngs), UNetDouble(8, 4, rngs)
            self.up = nnx.ConvTranspose(8, 4, (2, 2), strides=(2, 2), rngs=rngs)
            self.outc = nnx.Conv(4, 2, (1, 1), rngs=rngs)

        def __call__(self, x):
            a = self.inc(x)
            b = self.down(nnx.max_pool(a, (2, 2), strides=(2, 2)))
            return nnx.softmax(self.outc(self.dec(jnp.concatenate([a, self.up(b)], axis=-1))))

    return {"convnext": ConvNeXt, "mixer": Mixer, "wavenet": WaveNet, "unet": UNet}


def built(framework: str, name: str, slip: str = "", seed: int = 0):
    """The network with numbers that are not those of the start: scales and tables too."""
    rng = np.random.default_rng(seed)
    if framework == "torch":
        import torch
        torch.manual_seed(seed)
        model = torch_models()[name](slip) if slip else torch_models()[name]()
        with torch.no_grad():
            for p in model.parameters():
                if p.ndim < 2 or "table" in p.shape or float(p.std()) == 0:
                    p.add_(torch.tensor(0.1 * rng.normal(size=p.shape), dtype=p.dtype))
            for key, b in model.named_buffers():
                if "running_mean" in key:
                    b.add_(torch.tensor(0.1 * rng.normal(size=b.shape), dtype=b.dtype))
                if "running_var" in key:
                    b.mul_(torch.tensor(rng.uniform(0.5, 1.5, size=b.shape), dtype=b.dtype))
        return model.eval()
    if framework == "keras":
        import keras
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        model = keras_models()[name](slip)
        model(given(name, "keras").astype("float32"))
        for w in model.weights:
            value = np.asarray(w)
            if "seed" in w.path:
                continue
            if "variance" in w.path:
                w.assign(value * rng.uniform(0.5, 1.5, size=value.shape))
            elif value.ndim < 2 or value.std() == 0:
                w.assign(value + 0.1 * rng.normal(size=value.shape))
        return model
    import jax
    from flax import nnx
    model = flax_models()[name](rngs=nnx.Rngs(seed))
    state = nnx.state(model)

    def moved(v):
        return v + (0.1 * rng.uniform(0.5, 1, v.shape)).astype(v.dtype) if v.ndim == 1 else v
    nnx.update(model, jax.tree.map(moved, state))
    return model

# what is named, one finding: (network, slip, what, B's layer)
NAMED = (
    ("mixer", "eps", "epsilon", "blocks.1.norm1"),
    ("mixer", "gelu", "approximate", "blocks.1.mlp_tokens.1"),
    ("mixer", "residual", "missing", ""),
    ("mixer", "max", "kind", "amax"),
    ("convnext", "eps", "epsilon", "blocks.1.norm"),
    ("convnext", "gelu", "approximate", "blocks.1.act"),
    ("convnext", "residual", "missing", ""),
    ("mbconv", "pad", "padding", "a.depthwise"),
    ("mbconv", "eps", "epsilon", "b.bn1"),
    ("mbconv", "momentum", "momentum", "a.bn1"),
    ("mbconv", "max", "kind", "amax"),
    ("mbconv", "hard", "name", "hardsigmoid"),
    ("mbconv", "residual", "missing", ""),
    ("densenet", "concat", "input", "norm"),
    ("densenet", "eps", "epsilon", "layers.1.norm1"),
    ("densenet", "relu", "missing", ""),
    ("densenet", "max", "kind", "pool"),
    ("swin", "softmax", "axis", "softmax"),
    ("swin", "scale", "factor", "mul"),
    ("generator", "eps", "epsilon", "main.0"),
    ("generator", "momentum", "momentum", "main.3"),
    ("generator", "sigmoid", "name", "main.6"),
    ("generator", "order", "input", "main.0"),
    ("discriminator", "slope", "slope", "main.1"),
    ("discriminator", "eps", "epsilon", "main.3"),
    ("discriminator", "momentum", "momentum", "main.3"),
    ("discriminator", "relu", "name", "main.4"),
    ("discriminator", "sigmoid", "logits", ""),
    ("wavenet", "same", "padding", "blocks.1.conv.conv"),
    ("wavenet", "relu", "name", "relu"),
    ("wavenet", "residual", "missing", ""),
    ("pointnet", "eps", "epsilon", "tnet.bn1"),
    ("pointnet", "identity", "missing", ""),
    ("pointnet", "softmax", "axis", "log_softmax"),
    ("espcn", "relu", "name", "relu"),
    ("cbam", "concat", "input", "cbam.conv"),
    ("cbam", "no max", "missing", ""),
    ("cbam", "residual", "missing", ""),
    ("inception", "concat", "input", "adaptive_avg_pool2d"),
    ("inception", "avg", "kind", "bp.0"),
    ("inception", "include", "kind", "bp.0"),
    ("inception", "dropout", "rate", "dropout"),
    ("shufflenet", "shuffle", "input", "units.1.dw"),
    ("shufflenet", "none", "input", "units.1.dw"),
    ("spectrogram", "bn0", "missing", ""),
    ("spectrogram", "max", "missing", ""),
    ("fpn", "add", "missing", ""),
    ("nonlocal", "scale", "extra", "mul"),
    ("nonlocal", "softmax", "axis", "softmax"),
    ("nonlocal", "no bn", "missing", ""),
    ("nonlocal", "residual", "missing", ""),
    ("convnextv2", "residual", "missing", ""),
    ("unet", "eps", "epsilon", "dec.1"),
    ("unet", "elu", "name", "dec.5"),
    ("unet", "avg", "kind", "avg_pool2d"),
    ("unet", "concat", "input", "dec.0"),
    ("unet", "softmax", "axis", "softmax"),
    ("eca", "hard", "name", "hardswish"),
    ("eca", "groups", "groups", "gn"),
    ("eca", "eps", "epsilon", "gn"),
    ("eca", "max", "kind", "max"),
)
# several findings: what is named, at which layers
SEVERAL = (
    ("wavenet", "dilation", {"dilation": 1, "padding": 1}),
    ("shufflenet", "dilation", {"dilation": 1, "padding": 1}),
    ("espcn", "reflect", {"padding": 1, "input": 1}),
    ("generator", "pad", {"kernel_size": 1, "crop": 1}),
    ("fpn", "bilinear", {"method": 2}), ("fpn", "corners", {"method": 2}), ("fpn", "leaky", {"name": 3}),
)
# what is told, with no name of its own
UNEXPLAINED = (
    ("mixer", "reshape"),
    ("mixer", "order"),
    ("convnext", "scale"),
    ("convnext", "stem eps"),
    ("convnext", "axis"),
    ("mbconv", "relu"),
    ("swin", "index"),
    ("swin", "roll"),
    ("wavenet", "gates"),
    ("pointnet", "mean"),
    ("pointnet", "transposed"),
    ("espcn", "order"),
    ("espcn", "transposed"),
    ("cbam", "two sigmoids"),
    ("shufflenet", "last relu"),
    ("spectrogram", "log10"),
    ("spectrogram", "clamp"),
    ("spectrogram", "axis"),
    ("convnextv2", "axis"),
    ("convnextv2", "eps"),
)
FLAX = ("convnext", "mixer", "wavenet", "unet")
