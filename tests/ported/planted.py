"""What people get wrong when they move a model, as edits of the right files: what is replaced, and the layer and cause to be named.

An edit's `old` stands in the file; every place of it is edited.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    model: str
    id: str
    old: str
    new: str
    layer: str  # of the torch model, several with a blank between; "" for what it lacks
    what: str
    verified: bool = True  # whether the change can be tried

    @property
    def layers(self) -> list[str]:
        """A call that is not the first of its name is written add_(2)."""
        return [name.replace("_(", " (") for name in self.layer.split()] or [""]

    @property
    def mended(self) -> bool:
        """Whether the change is an option of a layer, or lies in the weights, so that it is made in a copy."""
        return (self.what not in ("missing", "extra", "logits", "input", "last_step", "time_axis", "active", "state", "heads")
                and self.id != "cut-at-the-start")

    def edited(self, text: str) -> str:
        assert self.old in text, f"{self.id}: nothing to edit"
        return text.replace(self.old, self.new)


PLANTED = (
    Planted("lenet", "flatten-order", "x.permute(0, 2, 3, 1).reshape(x.size(0), -1)", "x.view(x.size(0), -1)", "fc1", "flatten_order"),
    Planted("lenet", "no-padding", "nn.Conv2d(1, 6, 5, padding=2)", "nn.Conv2d(1, 6, 5, padding=1)", "conv1", "padding"),
    Planted("lenet", "max-for-average", "F.avg_pool2d(torch.tanh(self.conv2(x)), 2)", "F.max_pool2d(torch.tanh(self.conv2(x)), 2)",
            "max_pool2d", "kind"),
    Planted("lenet", "relu-for-tanh", "x = torch.tanh(self.fc2(x))", "x = torch.relu(self.fc2(x))", "relu", "name"),
    Planted("lenet", "logits", "F.softmax(self.fc3(x), dim=1)", "self.fc3(x)", "", "logits"),
    Planted("lenet", "softmax-axis", "dim=1", "dim=0", "softmax", "axis"),
    Planted("lenet", "log-softmax", "F.softmax(", "F.log_softmax(", "log_softmax", "name"),
    Planted("lenet", "kernel-not-transposed", "w.transpose(3, 2, 0, 1)", "w.transpose(3, 2, 1, 0)", "conv1 conv2", "transposed"),
    Planted("lenet", "dropout-left-on", "x = torch.tanh(self.fc1(x))", "x = F.dropout(torch.tanh(self.fc1(x)), 0.4)", "dropout",
            "active"),
    Planted("lenet", "bias-forgotten", 'sd[name + ".bias"] = torch.tensor(b)', 'sd[name + ".bias"] = torch.tensor(b * (name != "fc2"))',
            "fc2", "not_loaded"),
    Planted("resnet", "padding-at-both-ends", "nn.Sequential(SamePad(), nn.Conv2d(cin, cout, 3, stride=stride, bias=False))",
            "nn.Sequential(nn.Identity(), nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False))", "layer2.conv1.1", "padding"),
    Planted("resnet", "padding-at-the-start", "F.pad(x, (0, 1, 0, 1))", "F.pad(x, (1, 0, 1, 0))", "layer2.conv1.1", "padding"),
    Planted("resnet", "epsilon", "self.bn2 = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.01)", "self.bn2 = nn.BatchNorm2d(cout, momentum=0.01)",
            "layer1.bn2 layer2.bn2", "epsilon"),
    Planted("resnet", "momentum", "self.bn1 = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.01)",
            "self.bn1 = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.99)", "layer1.bn1 layer2.bn1", "momentum"),
    Planted("resnet", "running-statistics-swapped", '("weight", "bias", "running_mean", "running_var")',
            '("weight", "bias", "running_var", "running_mean")',
            "bn layer1.bn1 layer1.bn2 layer2.bn1 layer2.bn2 layer2.downsample.1", "exchanged"),
    Planted("resnet", "gamma-and-beta-swapped", '("weight", "bias", "running_mean", "running_var")',
            '("bias", "weight", "running_mean", "running_var")',
            "bn layer1.bn1 layer1.bn2 layer2.bn1 layer2.bn2 layer2.downsample.1", "exchanged"),
    Planted("resnet", "statistics-not-loaded", '("weight", "bias", "running_mean", "running_var")', '("weight", "bias")',
            "bn layer1.bn1 layer1.bn2 layer2.bn1 layer2.bn2 layer2.downsample.1", "not_loaded"),
    Planted("resnet", "last-relu-forgotten", "return F.relu(out)", "return out", "", "missing"),
    Planted("resnet", "maximum-for-mean", "x.mean(dim=[2, 3])", "x.amax(dim=[2, 3])", "amax", "kind"),
    Planted("resnet", "batch-statistics", "self.bn(self.stem(x))",
            "F.batch_norm(self.stem(x), None, None, self.bn.weight, self.bn.bias, True, 0.01, 1e-3)", "batch_norm", "training"),
    Planted("autoencoder", "slope", "nn.LeakyReLU(0.3)", "nn.LeakyReLU()", "0.3 0.6", "slope"),
    Planted("autoencoder", "align-corners", "align_corners=False", "align_corners=True", "1.3", "grid"),
    Planted("autoencoder", "nearest", 'mode="bilinear", align_corners=False', 'mode="nearest"', "1.3", "method"),
    Planted("autoencoder", "epsilon", "eps=0.001, ", "", "0.2 0.5 1.1", "epsilon"),
    Planted("autoencoder", "momentum", "momentum=0.01", "momentum=0.99", "0.2 0.5 1.1", "momentum"),
    Planted("autoencoder", "dropout-rate", "nn.Dropout(0.25)", "nn.Dropout(0.75)", "0.7", "rate"),
    Planted("autoencoder", "divisor", "F.avg_pool2d(x, 3, 2) / F.avg_pool2d(ones, 3, 2)", "F.avg_pool2d(x, 3, 2)", "avg_pool2d",
            "divisor"),
    Planted("autoencoder", "elu-for-selu", "nn.ELU()", "nn.SELU()", "1.2", "name"),
    Planted("autoencoder", "transposed-kernel-flipped", "w[0].permute(3, 2, 0, 1)",
            "(w[0].permute(3, 2, 0, 1).flip(2, 3) if isinstance(m, nn.ConvTranspose2d) else w[0].permute(3, 2, 0, 1))", "1.0", "flipped"),
    Planted("tagger", "gate-order", "W, U, b = side.get_weights()",
            "import numpy as np; W, U, b = (np.concatenate([np.split(a, 4, -1)[k] for k in (0, 2, 1, 3)], -1) for a in side.get_weights())",
            "lstm.layer0 lstm.layer1", "gate_order"),
    Planted("tagger", "bias-twice", "bias_hh_l{n}{direction}\"] = 0 * b", "bias_hh_l{n}{direction}\"] = b", "lstm.layer0 lstm.layer1",
            "bias_twice"),
    Planted("tagger", "recurrent-transposed", 'weight_hh_l{n}{direction}"] = U.T',
            'weight_hh_l{n}{direction}"] = np.concatenate(np.split(U, 4, -1))', "lstm.layer0 lstm.layer1", "transposed"),
    Planted("tagger", "directions-exchanged", '(("", la.forward_layer), ("_reverse", la.backward_layer))',
            '(("_reverse", la.forward_layer), ("", la.backward_layer))', "lstm.layer0 lstm.layer1", "exchanged"),
    Planted("tagger", "not-batch-first", ", batch_first=True", "", "lstm.layer0 lstm.layer1", "time_axis"),
    Planted("tagger", "one-direction-summed", "self.out(self.drop(h))", "self.out(self.drop(h).flip(1))", "out", "input"),
    Planted("tagger", "dropout-forgotten", "self.out(self.drop(h))", "self.out(h)", "", "missing"),
    Planted("gpt", "epsilon", "nn.LayerNorm(n), nn.LayerNorm(n)", "nn.LayerNorm(n, eps=1e-6), nn.LayerNorm(n, eps=1e-6)",
            "block.ln_1 block.ln_2", "epsilon"),
    Planted("gpt", "gelu", ', approximate="tanh"', "", "gelu", "approximate"),
    Planted("gpt", "softmax-axis", "F.softmax(att, dim=-1)", "F.softmax(att, dim=-2)", "softmax", "axis"),
    Planted("gpt", "no-mask", 'att = att.masked_fill(torch.tril(torch.ones(T, T)) == 0, float("-inf"))', "pass", "", "missing"),
    Planted("gpt", "scale-forgotten", " * (1.0 / math.sqrt(k.size(-1)))", "", "", "missing"),
    Planted("gpt", "heads-not-transposed-back", "y.transpose(1, 2).contiguous().view(B, T, C)", "y.reshape(B, T, C)", "block.proj", "input"),
    Planted("gpt", "residual-of-the-norm", "x + self.fc_out(", "self.ln_2(x) + self.fc_out(", "add_(2)", "input"),
    Planted("gpt", "query-and-key-exchanged", '"query": b.q, "key": b.k', '"query": b.k, "key": b.q', "block.q block.k", "exchanged"),
    Planted("gpt", "not-transposed", "w[0].T.copy() if isinstance(m, torch.nn.Linear)",
            "(w[0] if w[0].shape[0] == w[0].shape[1] else w[0].T.copy()) if isinstance(m, torch.nn.Linear)",
            "block.q block.k block.v block.proj", "transposed"),
    Planted("text", "gates-not-reordered", "np.concatenate([a[..., H:2 * H], a[..., :H], a[..., 2 * H:]], -1)", "a", "rnn", "gate_order"),
    Planted("text", "gelu", "nn.GELU()", 'nn.GELU(approximate="tanh")', "act", "approximate"),
    Planted("text", "flatten-order", "c.flatten(1)", "c.transpose(1, 2).flatten(1)", "fc1", "flatten_order"),
    Planted("text", "parts-exchanged", "[c.flatten(1), hidden[-1]]", "[hidden[-1], c.flatten(1)]", "fc1", "flatten_order"),
    Planted("text", "first-step", "hidden[-1]]", "out[:, 0]]", "fc1", "last_step"),
    Planted("text", "scale-forgotten", "0.5 * x.transpose", "x.transpose", "", "missing"),
    Planted("text", "softmax-axis", "self.act(self.fc1(z))), -1)", "self.act(self.fc1(z))), 0)", "softmax", "axis"),
    Planted("text", "pool-stride", "nn.MaxPool1d(2)", "nn.MaxPool1d(2, stride=2, padding=1)", "pool", "padding"),
    # these three were written, and their mistakes, before anything was asked of them
    Planted("mobilenet", "epsilon", "eps=1e-3, ", "", "block.bn1 block.bn2 block.bn3", "epsilon"),
    Planted("mobilenet", "momentum", "momentum=0.001", "momentum=0.999", "block.bn1 block.bn2 block.bn3", "momentum"),
    Planted("mobilenet", "relu-for-relu6", "F.relu6(self.bn2", "F.relu(self.bn2", "relu", "name"),
    Planted("mobilenet", "silu-for-hard-swish", "F.hardswish(", "F.silu(", "silu", "name"),
    Planted("mobilenet", "sigmoid-for-hard", "F.hardsigmoid(", "torch.sigmoid(", "sigmoid", "name"),
    Planted("mobilenet", "padding-at-both-ends", "F.pad(self.block(x), (0, 1, 0, 1))", "F.pad(self.block(x), (1, 1, 1, 1))",
            "depthwise", "padding"),
    Planted("mobilenet", "depthwise-transposed", 'K("b1_dw")[0].permute(2, 3, 0, 1)', 'K("b1_dw")[0].permute(2, 3, 1, 0)', "block.dw",
            "transposed"),
    Planted("mobilenet", "skip-forgotten", "return x + self.bn3", "return self.bn3", "", "missing"),
    Planted("mobilenet", "mean-for-max", "torch.amax(x, dim=(2, 3))", "torch.mean(x, dim=(2, 3))", "mean", "kind"),
    Planted("mobilenet", "one-norm-not-loaded", '(b.bn2, "b1_dw_bn"), ', "", "block.bn2", "not_loaded"),
    Planted("unet", "cut-at-the-start", "self.up2(m)[:, :, :-1, :-1]", "self.up2(m)[:, :, 1:, 1:]", "up2", "crop"),
    Planted("unet", "padding-for-crop", "self.up2(m)[:, :, :-1, :-1]", "self.up2(m)",  "up2", "crop"),
    Planted("unet", "output-padding", "self.up2(m)[:, :, :-1, :-1]",
            "nn.functional.conv_transpose2d(m, self.up2.weight, self.up2.bias, 2, 1, 1)", "conv_transpose2d", "crop"),
    Planted("unet", "skip-order", "torch.cat([u, d2], dim=1)", "torch.cat([d2, u], dim=1)", "dec2.net.0", "input"),
    Planted("unet", "epsilon", "nn.GroupNorm(2, 4)", "nn.GroupNorm(2, 4, eps=1e-3)", "norm", "epsilon"),
    Planted("unet", "groups", "nn.GroupNorm(2, 4)", "nn.GroupNorm(4, 4)", "norm", "groups"),
    Planted("unet", "dropout-rate", "nn.Dropout(0.5)", "nn.Dropout(0.1)", "drop", "rate"),
    Planted("unet", "logits", "torch.sigmoid(self.out(self.norm(u)))", "self.out(self.norm(u))", "", "logits"),
    Planted("unet", "norm-forgotten", "self.out(self.norm(u))", "self.out(u)", "", "missing"),
    Planted("unet", "average-for-max", "nn.MaxPool2d(2)", "nn.AvgPool2d(2)", "pool pool_(2)", "kind"),
    Planted("seq2seq", "gates", "torch.cat([r, z, h], dim)", "torch.cat([z, r, h], dim)", "encoder.gru decoder.gru", "gate_order"),
    Planted("seq2seq", "biases-exchanged", "m.bias_ih_l0.copy_(rzn(b[0], 0))", "m.bias_ih_l0.copy_(rzn(b[1], 0))",
            "encoder.gru decoder.gru", "exchanged"),
    Planted("seq2seq", "scaled-attention", "scores = torch.bmm(dec, enc_out.transpose(1, 2))",
            "scores = torch.bmm(dec, enc_out.transpose(1, 2)) / 7 ** 0.5", "div", "extra"),
    Planted("seq2seq", "softmax-axis", "torch.softmax(scores, dim=2)", "torch.softmax(scores, dim=1)", "softmax", "axis"),
    Planted("seq2seq", "joined-in-the-other-order", "torch.cat((context, dec), dim=-1)", "torch.cat((dec, context), dim=-1)",
            "decoder.combine", "flatten_order"),
    Planted("seq2seq", "state-not-handed-on", "self.gru(self.embedding(t), h)", "self.gru(self.embedding(t))", "decoder.gru", "state"),
    Planted("seq2seq", "tanh-forgotten", "torch.tanh(self.combine(torch.cat((context, dec), dim=-1)))",
            "self.combine(torch.cat((context, dec), dim=-1))", "", "missing"),
    Planted("seq2seq", "combine-not-transposed", 'km.get_layer("combine").get_weights()[0].T.copy()',
            'km.get_layer("combine").get_weights()[0].reshape(9, 14)', "decoder.combine", "reshaped"),
    Planted("seq2seq", "dropout-functional", "self.words(self.dropout(x))", "self.words(torch.nn.functional.dropout(x, 0.2))", "dropout",
            "active"),
    Planted("encoder", "epsilon", "layer_norm_eps=1e-6", "layer_norm_eps=1e-3",
            "layers.0.norm1 layers.0.norm2 layers.1.norm1 layers.1.norm2", "epsilon"),
    Planted("encoder", "gelu-for-relu", 'activation="relu", batch_first', 'activation="gelu", batch_first', "gelu gelu_(2)", "name"),
    Planted("encoder", "norm-first", "batch_first=True,", "batch_first=True, norm_first=True,", "layers.0.norm1", "input"),
    Planted("encoder", "not-batch-first", "batch_first=True,", "batch_first=False,",
            "layers.0.self_attn.attention layers.1.self_attn.attention", "time_axis"),
    Planted("encoder", "heads", "nn.TransformerEncoderLayer(12, 4, 20", "nn.TransformerEncoderLayer(12, 3, 20",
            "layers.0.self_attn.attention layers.1.self_attn.attention", "heads"),
    Planted("encoder", "query-and-key-exchanged", "for w in (wq, wk, wv)", "for w in (wk, wq, wv)",
            "layers.0.self_attn.query layers.0.self_attn.key layers.1.self_attn.query layers.1.self_attn.key", "exchanged"),
    Planted("encoder", "output-not-transposed", "wo.reshape(12, 12).T.contiguous()", "wo.reshape(12, 12).contiguous()",
            "layers.0.self_attn.out_proj layers.1.self_attn.out_proj", "transposed"),
    Planted("encoder", "one-layer-not-loaded", 'dense(la.linear2, f"ffn{n}b")', 'n == 0 and dense(la.linear2, f"ffn{n}b")',
            "layers.1.linear2", "not_loaded"),
    Planted("encoder", "maximum-for-mean", "x.mean(dim=1)", "x.max(dim=1).values", "max", "kind"),
    Planted("encoder", "last-step-for-mean", "x.mean(dim=1)", "x[:, -1]", "", "missing", verified=False),
    Planted("forecast", "slope", ", 0.2)", ")", "leaky_relu", "slope"),
    Planted("forecast", "dilation", 'padding="same", dilation=2', 'padding="same"', "conv", "dilation"),
    Planted("forecast", "momentum", "momentum=0.01", "momentum=0.99", "bn", "momentum"),
    Planted("forecast", "flatten-order", "F.avg_pool1d(c, 2).permute(0, 2, 1)", "F.avg_pool1d(c, 2)", "hidden", "flatten_order"),
    Planted("forecast", "cell-for-hidden", "_, (h, _) = self.lstm2(out)", "_, (_, h) = self.lstm2(out)", "hidden", "input"),
    Planted("forecast", "last-output-of-both", "r[0], r[1]]", "self.rnn(x)[0][:, -1]]", "hidden", "last_step"),
    Planted("forecast", "halves-exchanged", "r[0], r[1]]", "r[1], r[0]]", "hidden", "flatten_order"),
    Planted("forecast", "relu-recurrence", "nn.RNN(3, 4, batch_first", 'nn.RNN(3, 4, nonlinearity="relu", batch_first', "rnn", "activation"),
    Planted("forecast", "bias-twice", "m.bias_hh_l0.zero_()", "m.bias_hh_l0.copy_(bias)", "lstm1 lstm2", "bias_twice"),
    Planted("forecast", "elu-for-selu", "F.selu(", "F.elu(", "elu", "name"),
    Planted("forecast", "max-for-average", "F.avg_pool1d(c, 2)", "F.max_pool1d(c, 2)", "max_pool1d", "kind"),
)
