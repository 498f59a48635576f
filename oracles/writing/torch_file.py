"""A graph as a torch.nn.Module: constructor calls in __init__, a forward that follows the graph, a state_dict beside it."""

import numpy as np

from nnparity.oracles.layouts.padding import explicit, per_axis
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.torch_classes import OWN
from nnparity.oracles.writing.torch_functions import Functions
from nnparity.oracles.writing.windows import cropped, outside, windows
from nnparity.oracles.writing.words import arguments, one_if_alike
from nnparity.oracles.writing.writer import Written


class Torch(Functions):
    """Layers of torch.nn, functions of torch.nn.functional."""

    title = "PyTorch"

    def file(self, head: str, weights_file: str) -> Written:
        names = self.begin()
        inputs = [f"{name} {self.shown(v)}" for name, v in zip(names, self.graph.inputs)]
        self.nodes()
        out = ", ".join(self.take(v, self.held[v]) for v in self.graph.outputs)
        uses_f = any("F." in line for line in self.body)
        lines = [f'"""{head}"""', "", "from pathlib import Path", "", "import torch",
                 *(["import torch.nn.functional as F"] if uses_f else []), "from safetensors.torch import load_file",
                 "from torch import nn",
                 *(["from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence"]
                   if any("pack_padded" in line for line in self.body) else []),
                 *(line for name, text in OWN.items() if any(f"= {name}(" in line for line in self.made)
                   for line in ["", *text.rstrip().split("\n")]),
                 "", "", "class Model(nn.Module):", f'    """Takes {", ".join(inputs)}."""', "",
                 "    def __init__(self):", "        super().__init__()", *(f"        {line}" for line in self.made), "",
                 f"    def forward(self, {', '.join(names)}):", *(f"        {line}" for line in self.body),
                 f"        return {out}",
                 "", "", "def build():", '    """The model with its weights, in evaluation."""', "    model = Model()",
                 f'    model.load_state_dict(load_file(Path(__file__).with_name("{weights_file}")))',
                 "    return model.eval()", ""]
        layers = ("= nn.", *(f"= {name}(" for name in OWN))
        return Written("\n".join(lines), self.weights, sum(any(made in line for made in layers) for line in self.made))

    def shown(self, v: int) -> str:
        shape = tuple(self.graph.shapes[v][k] for k in self.held[v])
        return f"(batch, {', '.join(map(str, shape[1:]))})" if len(shape) > 1 else "(batch,)"

    # layers without time

    def layer_dense(self, node: Node) -> None:
        rows, columns = node.params["kernel"].shape
        layer = self.module(node, "Linear", arguments(rows, columns, bias=None if "bias" in node.params else False), "dense")
        v = node.inputs[0]
        self.put(node, f"{layer}({self.take(v)})", self.straight(v))

    def layer_embedding(self, node: Node) -> None:
        given = arguments(*node.params["table"].shape, padding_idx=node.settings.get("padding_row"))
        layer = self.module(node, "Embedding", given, "embedding")
        self.put(node, f"{layer}({self.take(node.inputs[0])})", self.straight(node.outputs[0]))

    def layer_conv(self, node: Node) -> None:
        s, v, kernel = node.settings, node.inputs[0], node.params["kernel"]
        axes = kernel.ndim - 2
        size, stride, dilation = kernel.shape[2:], per_axis(s["stride"], axes), per_axis(s["dilation"], axes)
        pairs = explicit(s["padding"], self.shape(node, v)[2:], size, stride, dilation)
        even = all(a == b for a, b in pairs)
        given = arguments(kernel.shape[1] * s["groups"], kernel.shape[0], one_if_alike(size), stride=one_if_alike(stride, 1),
                          padding=one_if_alike([a for a, _ in pairs], 0) if even else None, dilation=one_if_alike(dilation, 1),
                          groups=None if s["groups"] == 1 else s["groups"], bias=None if "bias" in node.params else False)
        layer, by = self.module(node, f"Conv{axes}d", given, node.kind), self.wanted(node, v)
        self.put(node, f"{layer}({self.padded(self.take(v, by), () if even else pairs)})", by)

    def layer_conv_transpose(self, node: Node) -> None:
        s, v, kernel = node.settings, node.inputs[0], node.params["kernel"]
        axes, lengths = kernel.ndim - 2, self.shape(node, v)[2:]
        size, stride, dilation = kernel.shape[2:], per_axis(s["stride"], axes), per_axis(s["dilation"], axes)
        crop = cropped(s["crop"], lengths, size, stride, dilation)
        more = [before - after for before, after in crop]
        fits = all(0 <= m < max(st, d) for m, st, d in zip(more, stride, dilation))
        if not fits and any(after < 0 for _, after in crop):
            self.refuse(node, f"its output of {self.shape(node, node.outputs[0])[2:]} is longer than output_padding allows")
        given = arguments(kernel.shape[0], kernel.shape[1] * s["groups"], one_if_alike(size), stride=one_if_alike(stride, 1),
                          padding=one_if_alike([b for b, _ in crop], 0) if fits else None,
                          output_padding=one_if_alike(more, 0) if fits else None,
                          groups=None if s["groups"] == 1 else s["groups"],
                          bias=None if "bias" in node.params else False, dilation=one_if_alike(dilation, 1))
        layer, by = self.module(node, f"ConvTranspose{axes}d", given, node.kind), self.wanted(node, v)
        cut = "" if fits else f"[:, :, {', '.join(f'{b or str()}:{-a if a else str()}' for b, a in crop)}]"
        self.put(node, f"{layer}({self.take(v, by)}){cut}", by)

    def layer_max_pool(self, node: Node) -> None:
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        pairs, size, stride = windows(node, self.shape(node, v))
        around = outside(pairs, self.shape(node, v)[2:], size, stride)
        text = self.padded(self.take(v, by), pairs, 'float("-inf")') if around is None else self.take(v, by)
        given = arguments(one_if_alike(size), stride=None if size == stride else one_if_alike(stride), **around or {})
        self.put(node, f"F.max_pool{len(size)}d({text}, {given})", by)

    def layer_average_pool(self, node: Node) -> None:
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        pairs, size, stride = windows(node, self.shape(node, v))
        around = outside(pairs, self.shape(node, v)[2:], size, stride)
        cells = node.settings["divisor"] == "cells" and any(map(any, pairs))
        if around is None or (around["ceil_mode"] and not cells):
            if cells:
                self.refuse(node, f"padding {pairs}, of which no cell is counted, is none that F.avg_pool{len(size)}d has")
            around, text = {}, self.padded(self.take(v, by), pairs)
        else:
            text = self.take(v, by)
        given = arguments(one_if_alike(size), stride=None if size == stride else one_if_alike(stride), **around,
                          count_include_pad=False if cells else None)
        self.put(node, f"F.avg_pool{len(size)}d({text}, {given})", by)

    def layer_batch_norm(self, node: Node) -> None:
        s, v, p = node.settings, node.inputs[0], dict(node.params)
        shape, by = self.shape(node, v), self.wanted(node, v)
        if p.keys() & {"gamma", "beta"}:
            p = {"gamma": np.ones(shape[1]), "beta": np.zeros(shape[1]), **p}
        tracked = "running_mean" in p
        momentum = None if not tracked or s["momentum"] is None else round(1 - s["momentum"], 12)
        given = arguments(shape[1], eps=s["epsilon"], momentum=momentum, affine=None if "gamma" in p else False,
                          track_running_stats=None if tracked else False)
        if tracked and s["momentum"] is None:
            given += ", momentum=None"
        layer = self.module(node, f"BatchNorm{max(len(shape) - 2, 1)}d", given, "batch_norm", p)
        learnt = node.settings.get("learnt", True)
        if not learnt and not node.shared:
            self.made.append(f"{layer}.requires_grad_(False)")
        if tracked:
            self.weights[f"{layer.removeprefix('self.')}.num_batches_tracked"] = np.array(0)
        if s.get("frozen"):  # in training too, whatever mode the module is in
            own = ", ".join(f"{layer}.{name}" for name in ("running_mean", "running_var", "weight", "bias"))
            self.put(node, f"F.batch_norm({self.take(v, by)}, {own}, eps={s['epsilon']!r})", by)
            return
        self.put(node, f"{layer}({self.take(v, by)})", by)

    def layer_layer_norm(self, node: Node) -> None:
        v = node.inputs[0]
        shape = self.graph.shapes[v][-node.settings["axes"]:]
        p = {**({"gamma": np.ones(shape)} if "beta" in node.params else {}), **node.params}
        given = arguments(one_if_alike(shape) if len(shape) == 1 else shape, eps=node.settings["epsilon"],
                          elementwise_affine=None if p else False, bias=False if p.keys() == {"gamma"} else None)
        self.put(node, f"{self.module(node, 'LayerNorm', given, 'layer_norm', p)}({self.take(v)})", self.straight(v))

    def layer_rms_norm(self, node: Node) -> None:
        v = node.inputs[0]
        given = arguments(self.graph.shapes[v][-1], eps=node.settings["epsilon"],
                          elementwise_affine=None if node.params else False)
        self.put(node, f"{self.module(node, 'RMSNorm', given, 'rms_norm')}({self.take(v)})", self.straight(v))

    def layer_group_norm(self, node: Node) -> None:
        v, by, p = node.inputs[0], self.wanted(node, node.inputs[0]), dict(node.params)
        channels, groups = self.shape(node, v)[1], node.settings["groups"]
        if p:
            p = {"gamma": np.ones(channels), "beta": np.zeros(channels), **p}
        given = arguments(groups if groups > 0 else channels, channels, eps=node.settings["epsilon"], affine=None if p else False)
        self.put(node, f"{self.module(node, 'GroupNorm', given, 'group_norm', p)}({self.take(v, by)})", by)

    def layer_prelu(self, node: Node) -> None:
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        slope = node.params["slope"].reshape(-1, node.params["slope"].shape[-1])
        if not (slope == slope[:1]).all():
            self.refuse(node, "it has a slope for each place; nn.PReLU has one for each channel")
        layer = self.module(node, "PReLU", arguments(slope.shape[1]), "prelu", {"slope": slope[0]})
        self.put(node, f"{layer}({self.take(v, by)})", by)

    def layer_upsample(self, node: Node) -> None:
        s, v, by = node.settings, node.inputs[0], self.wanted(node, node.inputs[0])
        lengths = self.shape(node, v)[2:]
        mode = {("nearest", "asymmetric"): "nearest", ("nearest", "half_pixel"): "nearest-exact"}.get((s["method"], s["grid"]))
        if s["method"] == "linear" and s["grid"] != "asymmetric":
            mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(lengths)]
        if mode is None:
            self.refuse(node, f"interpolation {s['method']} on the grid {s['grid']} has no mode in nn.Upsample")
        whole = [m // n if m % n == 0 else 0 for m, n in zip(s["size"], lengths)]
        given = arguments(size=None if all(whole) else tuple(s["size"]), scale_factor=one_if_alike(whole) if all(whole) else None,
                          mode=mode, align_corners=True if s["grid"] == "align_corners" else None)
        self.put(node, f"F.interpolate({self.take(v, by)}, {given})", by)
