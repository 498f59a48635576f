"""A graph as a module of flax.nnx, channels last: layers in __init__, a __call__ that follows the graph, its weights beside."""

from string import ascii_lowercase

import numpy as np

from nnparity.oracles.layouts.padding import explicit, per_axis
from nnparity.oracles.models.compute import interpolation
from nnparity.oracles.models.layouts import of
from nnparity.oracles.writing.flax_functions import Functions
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.windows import cropped, windows
from nnparity.oracles.writing.words import arguments, one_if_alike
from nnparity.oracles.writing.writer import Written

CONSTANT = '''class Constant(nnx.Variable):
    """What is not learnt."""
'''
EMBED = '''class Embed(nnx.Embed):
    """Its row `padding` is not learnt, as with padding_idx in PyTorch."""

    def __init__(self, *sizes, padding, rngs):
        super().__init__(*sizes, rngs=rngs)
        self.padding = padding

    def __call__(self, inputs):
        rows = super().__call__(inputs)
        return jnp.where((inputs == self.padding)[..., None], jax.lax.stop_gradient(rows), rows)
'''
PLAIN = "use_fast_variance=False"  # the mean of (x - m)², as the other frameworks; E[x²] - m² loses digits where m is large


class Flax(Functions):
    """Layers of flax.nnx, functions of jax.numpy."""

    title = "flax.nnx"

    def file(self, head: str, weights_file: str) -> Written:
        self.taken |= {"train", "eval", "sow", "perturb", "rngs"}  # what a module calls its own
        names = self.begin()
        inputs = [f"{name} {self.shown(v)}" for name, v in zip(names, self.graph.inputs)]
        self.nodes()
        out = ", ".join(self.take(v, self.held[v]) for v in self.graph.outputs)
        every = [*self.made, *self.body, out]
        classes = [*([CONSTANT] if any("= Constant(" in line for line in self.made) else []), *self.cells.values()]
        own = [line for text in classes for line in (*text.splitlines(), "", "")]
        lines = [f'"""{head}"""', "", "from pathlib import Path", "",
                 *(["import jax"] if any("jax." in line for line in [*every, *own]) else []),
                 *(["import jax.numpy as jnp"] if any("jnp." in line for line in [*every, *own]) else []),
                 *(["import numpy as np"] if any("(np." in line for line in every) else []),
                 "from flax import nnx", "from flax.traverse_util import unflatten_dict",
                 "from safetensors.flax import load_file", "", "", *own,
                 "class Model(nnx.Module):", f'    """Takes {", ".join(inputs)}."""', "",
                 "    def __init__(self, rngs: nnx.Rngs):", *(f"        {line}" for line in self.made or ["del rngs"]), "",
                 f"    def __call__(self, {', '.join(names)}):", *(f"        {line}" for line in self.body),
                 f"        return {out}",
                 "", "", "def build():", '    """The model with its weights, in evaluation."""',
                 "    model = Model(nnx.Rngs(0))",
                 f'    nnx.update(model, unflatten_dict(load_file(Path(__file__).with_name("{weights_file}")), sep="."))',
                 "    model.eval()", "    return model", ""]
        layers = sum("= nnx." in line and "nnx.Param(" not in line for line in self.made)
        return Written("\n".join(lines), self.weights, layers)

    def shown(self, v: int) -> str:
        shape = tuple(self.graph.shapes[v][k] for k in self.held[v])
        return f"(batch, {', '.join(map(str, shape[1:]))})" if len(shape) > 1 else "(batch,)"

    # layers without time

    def layer_dense(self, node: Node) -> None:
        given = arguments(*node.params["kernel"].shape, use_bias=None if "bias" in node.params else False)
        v = node.inputs[0]
        layer = self.module(node, "Linear", given, of("flax", "dense").pack(node.params))
        self.put(node, f"{layer}({self.take(v)})", self.straight(v))

    def layer_embedding(self, node: Node) -> None:
        v = node.inputs[0]
        row, arrays = node.settings.get("padding_row"), of("flax", "embedding").pack(node.params)
        if row is not None:
            self.cells["Embed"] = EMBED
        layer = self.module(node, "Embed", arguments(*node.params["table"].shape, padding=row), arrays, own=row is not None)
        whole = "" if self.graph.dtypes[v].kind in "iu" else ".astype(int)"
        self.put(node, f"{layer}({self.take(v)}{whole})", self.straight(node.outputs[0]))

    def layer_conv(self, node: Node) -> None:
        s, v, kernel = node.settings, node.inputs[0], node.params["kernel"]
        axes, lengths, by = kernel.ndim - 2, self.shape(node, v)[2:], self.wanted(node, v)
        size, stride, dilation = kernel.shape[2:], per_axis(s["stride"], axes), per_axis(s["dilation"], axes)
        given = arguments(kernel.shape[1] * s["groups"], kernel.shape[0], tuple(size), strides=one_if_alike(stride, 1),
                          padding=padding(explicit(s["padding"], lengths, size, stride, dilation),
                                          explicit("same", lengths, size, stride, dilation)),
                          kernel_dilation=one_if_alike(dilation, 1),
                          feature_group_count=None if s["groups"] == 1 else s["groups"],
                          use_bias=None if "bias" in node.params else False)
        layer = self.module(node, "Conv", given, of("flax", node.kind).pack(node.params))
        self.put(node, f"{layer}({self.take(v, by)})", by)

    def layer_conv_transpose(self, node: Node) -> None:
        """Cells of zeros around the stretched input: of k - 1 at each end all is computed, each less cuts off a cell. The
        kernel for transpose_kernel=True is stored as Keras stores it."""
        s, v, p = node.settings, node.inputs[0], node.params
        kernel, groups = p["kernel"], s["groups"]
        axes, lengths, by = kernel.ndim - 2, self.shape(node, v)[2:], self.wanted(node, v)
        size, stride, dilation = kernel.shape[2:], per_axis(s["stride"], axes), per_axis(s["dilation"], axes)
        crop = cropped(s["crop"], lengths, size, stride, dilation)
        around = tuple(((k - 1) * d - b, (k - 1) * d - a) for k, d, (b, a) in zip(size, dilation, crop))
        given = arguments(kernel.shape[0] // groups, kernel.shape[1], tuple(size), strides=one_if_alike(stride, 1),
                          padding=around, kernel_dilation=one_if_alike(dilation, 1),
                          use_bias=None if "bias" in p else False, transpose_kernel=True)
        if groups == 1:
            layer = self.module(node, "ConvTranspose", given, of("keras", node.kind).pack(p))
            self.put(node, f"{layer}({self.take(v, by)})", by)
            return
        if node.shared:
            self.refuse(node, "a transposed convolution in groups is written for one call of its weights")
        parts = []  # nnx.ConvTranspose has no groups: a layer for each
        for g in range(groups):
            own = {"kernel": np.split(kernel, groups)[g], **({"bias": np.split(p["bias"], groups)[g]} if "bias" in p else {})}
            part = Node(f"{node.name}_{g}", node.title, node.kind, {}, (), ())
            parts.append(self.module(part, "ConvTranspose", given, of("keras", node.kind).pack(own)))
        x = self.take(v, by)
        n = kernel.shape[0] // groups
        self.put(node, self.joined([f"{part}({x}[..., {g * n}:{(g + 1) * n}])" for g, part in enumerate(parts)], len(by) - 1), by)

    def layer_max_pool(self, node: Node) -> None:
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        self.put(node, f"nnx.max_pool({self.take(v, by)}, {self.window(node)})", by)

    def window(self, node: Node, **more) -> str:
        lengths = self.shape(node, node.inputs[0])[2:]
        pairs, size, stride = windows(node, self.shape(node, node.inputs[0]))
        around = padding(pairs, explicit("same", lengths, size, stride, (1,) * len(size)))
        return arguments(tuple(size), strides=tuple(stride), padding=None if around == "VALID" else around, **more)

    def layer_average_pool(self, node: Node) -> None:
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        pairs, *_ = windows(node, self.shape(node, v))
        cells = node.settings["divisor"] == "cells" and any(map(any, pairs))
        text = self.window(node, count_include_pad=False if cells else None)
        self.put(node, f"nnx.avg_pool({self.take(v, by)}, {text})", by)

    # normalisations

    def scaled(self, node: Node) -> dict[str, bool]:
        return {option: False for option, name in (("use_bias", "beta"), ("use_scale", "gamma")) if name not in node.params}

    def layer_batch_norm(self, node: Node) -> None:
        s, v, by = node.settings, node.inputs[0], self.wanted(node, node.inputs[0])
        if s["momentum"] is None:
            self.refuse(node, "momentum=None, a plain average of all batches: nnx.BatchNorm has none")
        given = arguments(self.shape(node, v)[1], momentum=s["momentum"], epsilon=s["epsilon"], **self.scaled(node))
        layer = self.module(node, "BatchNorm", f"{given}, {PLAIN}", of("flax", "batch_norm").pack(node.params))
        if not s.get("learnt", True) and not node.shared:
            for own, ours in (("scale", "gamma"), ("bias", "beta")):
                if ours in node.params:
                    self.made.append(f"{layer}.{own} = Constant({layer}.{own}[...])")
        of_batch = ", use_running_average=True" if s.get("frozen") else ""
        of_batch = of_batch if "running_mean" in node.params else ", use_running_average=False"
        self.put(node, f"{layer}({self.take(v, by)}{of_batch})", by)

    def layer_layer_norm(self, node: Node) -> None:
        """Over several axes as over one, into which they are made."""
        n, v = node.settings["axes"], node.inputs[0]
        shape = self.graph.shapes[v][-n:]
        given = arguments(int(np.prod(shape)), epsilon=node.settings["epsilon"], **self.scaled(node))
        flat = {name: a.reshape(-1) for name, a in node.params.items()}
        layer, x = self.module(node, "LayerNorm", f"{given}, {PLAIN}", of("flax", "layer_norm").pack(flat)), self.take(v)
        text = f"{layer}({x})" if n == 1 else f"{layer}({x}.reshape(*{x}.shape[:-{n}], -1)).reshape({x}.shape)"
        self.put(node, text, self.straight(v))

    def layer_rms_norm(self, node: Node) -> None:
        v = node.inputs[0]
        given = arguments(self.graph.shapes[v][-1], epsilon=node.settings["epsilon"], use_scale=None if node.params else False)
        layer = self.module(node, "RMSNorm", given, of("flax", "rms_norm").pack(node.params))
        self.put(node, f"{layer}({self.take(v)})", self.straight(v))

    def layer_group_norm(self, node: Node) -> None:
        v, by, groups = node.inputs[0], self.wanted(node, node.inputs[0]), node.settings["groups"]
        channels, one = self.shape(node, v)[1], groups in (-1, self.shape(node, v)[1])
        given = arguments(channels, **({} if one else {"num_groups": groups}), epsilon=node.settings["epsilon"],
                          **self.scaled(node))
        title, arrays = "InstanceNorm" if one else "GroupNorm", of("flax", "group_norm").pack(node.params)
        self.put(node, f"{self.module(node, title, f'{given}, {PLAIN}', arrays)}({self.take(v, by)})", by)

    def layer_prelu(self, node: Node) -> None:
        v, by, slope = node.inputs[0], self.wanted(node, node.inputs[0]), node.params["slope"]
        text = f"jnp.zeros({slope.shape!r})" if slope.size > 1 else ""
        layer = self.module(node, "PReLU", text, of("flax", "prelu").pack({"slope": slope}), rngs=False)
        self.put(node, f"{layer}({self.take(v, by)})", by)

    def layer_upsample(self, node: Node) -> None:
        s, v, by = node.settings, node.inputs[0], self.wanted(node, node.inputs[0])
        lengths, size = self.shape(node, v)[2:], tuple(s["size"])
        if s["method"] not in ("nearest", "linear"):
            self.refuse(node, f"{s['method']} interpolation: that of jax.image.resize has other weights or another border")
        whole = all(m % n == 0 for m, n in zip(size, lengths))
        x = self.take(v, by)
        if s["grid"] == "half_pixel" and s["method"] == "linear" or s["method"] == "nearest" and whole:
            shape = f"({x}.shape[0], {', '.join(map(str, size))}, {x}.shape[-1])"
            self.put(node, f'jax.image.resize({x}, {shape}, "{s["method"]}", antialias=False)', by)
            return
        inner, outer = ascii_lowercase[1:len(size) + 1], ascii_lowercase[13:13 + len(size)]
        weights = [self.constant(self.called(f"{node.name}_axis_{k}"), interpolation(n, m, s["method"], s["grid"]))
                   for k, (n, m) in enumerate(zip(lengths, size), 1)]
        terms = ",".join([f"a{inner}z", *(m + n for m, n in zip(outer, inner))])
        self.put(node, f'jnp.einsum("{terms}->a{outer}z", {", ".join([x, *weights])})', by)


def padding(pairs, same):
    """"VALID", "SAME" where these are its cells, or the cells at each end."""
    return "VALID" if not any(map(any, pairs)) else "SAME" if pairs == same else tuple(map(tuple, pairs))
