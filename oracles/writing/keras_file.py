"""A graph as a Keras model by its functional interface, channels last; its weights beside it, layer by layer."""

import numpy as np

from nnparity.oracles.layouts.padding import explicit, per_axis
from nnparity.oracles.models.examples import WHOLE
from nnparity.oracles.models.layouts import depthwise, of
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.keras_recurrent import Recurrent
from nnparity.oracles.writing.windows import cropped, windows
from nnparity.oracles.writing.words import arguments, one_if_alike
from nnparity.oracles.writing.writer import Written

# the order of a layer's own weights, in which set_weights takes them
OWN = ("kernel", "table", "slope", "recurrent_kernel", "bias", "gamma", "beta", "scale", "alpha", "embeddings",
       "moving_mean", "moving_variance")
PARAMETER = '''class Parameter(layers.Layer):
    """A parameter of no layer; with what it is called does not matter."""

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.of = shape

    def build(self, _):
        self.value = self.add_weight(shape=self.of, name="value")

    def call(self, _):
        return ops.reshape(self.value, self.of)

    def get_config(self):
        return {**super().get_config(), "shape": self.of}


'''
FROZEN = '''class FrozenBatchNormalization(layers.BatchNormalization):
    """By its running statistics in training too; scale and shift are learnt."""

    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=False, mask=mask)


'''
EMBEDDING = '''class Embedding(layers.Embedding):
    """Its row `padding` is not learnt, as with padding_idx in PyTorch."""

    def __init__(self, *sizes, padding, **kwargs):
        super().__init__(*sizes, **kwargs)
        self.padding = padding

    def call(self, inputs):
        rows = super().call(inputs)
        return ops.where(ops.expand_dims(ops.equal(inputs, self.padding), -1), ops.stop_gradient(rows), rows)

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}


'''
OWN_LAYERS = {"Embedding": EMBEDDING, "FrozenBatchNormalization": FROZEN}
LOADING = '''
    weights = load_file(Path(__file__).with_name("{file}"))
    for name, own in WEIGHTS.items():
        model.get_layer(name).set_weights([weights[f"{{name}}/{{part}}"] for part in own])
    return model
'''


class Keras(Recurrent):
    """Layers of keras.layers, functions of keras.ops."""

    title = "Keras"

    def file(self, head: str, weights_file: str) -> Written:
        names = self.begin()
        inputs = [f"{name} = keras.Input({self.shown(v)})" for name, v in zip(names, self.graph.inputs)]
        starts = [self.variables[v] for v in self.graph.inputs]
        if starts == ["x"]:
            inputs, starts = [inputs[0].replace("x =", "inputs = x =")], ["inputs"]
        self.nodes()
        outputs = [self.take(v, self.held[v]) for v in self.graph.outputs]
        ends, begins = (", ".join(part) if len(part) == 1 else f"[{', '.join(part)}]" for part in (outputs, starts))
        fixed = any("fixed[" in line for line in self.body)
        listed = [f'    "{name}": {tuple(own)!r},'.replace("'", '"') for name, own in self.own.items()]
        lines = [f'"""{head}"""', "", "from pathlib import Path", "", "import keras",
                 *(["import numpy as np"] if any("(np." in line or " np." in line for line in self.body) else []),
                 "from keras import layers" + ", ops" * self.uses_ops, "from safetensors.numpy import load_file", "",
                 "WEIGHTS = {  # of each layer, in the order in which it takes them",
                 *listed, "}", "", "", *(PARAMETER.splitlines() if self.parameters else []),
                 *(line for title, text in OWN_LAYERS.items() if any(f" {title}(" in line for line in self.body)
                   for line in text.splitlines()), "def build():",
                 '    """The model with its weights."""',
                 *([f'    fixed = load_file(Path(__file__).with_name("{weights_file}"))'] if fixed else []),
                 *(f"    {line}" for line in [*inputs, *self.body]), f"    model = keras.Model({begins}, {ends})"]
        layers = sum("layers." in line for line in self.body)
        return Written("\n".join(lines) + LOADING.format(file=weights_file), self.weights, layers)

    def shown(self, v: int) -> str:
        shape = tuple(self.graph.shapes[v][k] for k in self.held[v])[1:]
        return f"{shape!r}" + (', dtype="int32"' if self.graph.dtypes[v].kind in "iu" else "")

    def made(self, node: Node, title: str, given: str, kind: str = "", arrays: dict[str, np.ndarray] | None = None,
             own: bool = False) -> str:
        """The constructor call of a layer; a layer that is called twice is made in a line of its own."""
        if node.shared:
            return self.layers[node.shared]
        name = self.called(node.name)
        arrays = of("keras", kind).pack(node.params) if arrays is None and kind else arrays or {}
        text = f'{"" if own else "layers."}{title}({given}{", " * bool(given)}name="{name}")'
        if any(other.shared == node.name for other in self.graph.nodes):
            once = self.local(f"{name}_layer")
            self.body.append(f"{once} = {text}")
            self.layers[node.name], text = once, once
        if arrays:
            self.own[name] = tuple(sorted(arrays, key=lambda p: (p.startswith("backward"), OWN.index(p.rpartition("/")[2]))))
            self.weights |= {f"{name}/{part}": a for part, a in arrays.items()}
        return text

    # layers

    def layer_dense(self, node: Node) -> None:
        given = arguments(node.params["kernel"].shape[1], use_bias=None if "bias" in node.params else False)
        v = node.inputs[0]
        self.put(node, f"{self.made(node, 'Dense', given, 'dense')}({self.take(v)})", self.straight(v))

    def layer_embedding(self, node: Node) -> None:
        if node.inputs[0] in self.graph.constants:  # the same rows for every input, of which a functional model needs one
            places = self.take(node.inputs[0])
            none = self.op(f"sum({self.op(f'zeros_like({self.some_input})')})")
            places = self.op(f'cast({none}, "int32") + {places}')
        else:
            places = self.take(node.inputs[0])
        row = node.settings.get("padding_row")
        given = arguments(*node.params["table"].shape, padding=row)
        self.uses_ops |= row is not None
        text = self.made(node, "Embedding", given, "embedding", own=row is not None)
        self.put(node, f"{text}({places})", self.straight(node.outputs[0]))

    def layer_conv(self, node: Node) -> None:
        s, v, kernel = node.settings, node.inputs[0], node.params["kernel"]
        axes = kernel.ndim - 2
        size, stride, dilation = kernel.shape[2:], per_axis(s["stride"], axes), per_axis(s["dilation"], axes)
        shape, by = self.shape(node, v), self.wanted(node, v)
        pairs = explicit(s["padding"], shape[2:], size, stride, dilation)
        same = any(map(any, pairs)) and pairs == explicit("same", shape[2:], size, stride, dilation)
        more = {"strides": one_if_alike(stride, 1), "padding": "same" if same else None,
                "dilation_rate": one_if_alike(dilation, 1), "use_bias": None if "bias" in node.params else False}
        x = self.padded(node, self.take(v, by), () if same else pairs)
        groups = s["groups"]
        if groups > 1 and groups == shape[1] and axes < 3:
            if len(set(stride)) > 1:
                self.refuse(node, f"strides {stride}: those of keras.layers.DepthwiseConv{axes}D are alike on a CPU")
            multiple = None if kernel.shape[0] == groups else kernel.shape[0] // groups
            given = arguments(one_if_alike(size), depth_multiplier=multiple, **more)
            arrays = depthwise(kernel.shape[0] // groups).pack(node.params)
            text = self.made(node, f"DepthwiseConv{axes}D", given, arrays=arrays)
        else:
            given = arguments(kernel.shape[0], one_if_alike(size), **more, groups=None if groups == 1 else groups)
            text = self.made(node, f"Conv{axes}D", given, node.kind)
        self.put(node, f"{text}({x})", by)

    def padded(self, node: Node, x: str, pairs) -> str:
        """Zeros around an image, channels last."""
        if not any(map(any, pairs)):
            return x
        axes = len(pairs)
        cells = pairs[0] if axes == 1 else tuple(map(tuple, pairs))
        return f'layers.ZeroPadding{axes}D({cells!r}, name="{self.called(node.name + "_pad")}")({x})'

    def layer_conv_transpose(self, node: Node) -> None:
        s, v, kernel = node.settings, node.inputs[0], node.params["kernel"]
        axes, lengths, by = kernel.ndim - 2, self.shape(node, v)[2:], self.wanted(node, v)
        size, stride, dilation = kernel.shape[2:], per_axis(s["stride"], axes), per_axis(s["dilation"], axes)
        if s["groups"] > 1:
            self.refuse(node, f"groups={s['groups']}: keras.layers.Conv{axes}DTranspose has no groups")
        crop, valid, same = (cropped(c, lengths, size, stride, dilation) for c in (s["crop"], "valid", "same"))
        cut = [(b - vb, a - va) for (b, a), (vb, va) in zip(crop, valid)]
        if crop != same and min(n for pair in cut for n in pair) < 0:
            self.refuse(node, f"it makes more cells than keras.layers.Conv{axes}DTranspose (output_padding)")
        given = arguments(kernel.shape[1], one_if_alike(size), strides=one_if_alike(stride, 1),
                          padding="same" if crop == same else None, dilation_rate=one_if_alike(dilation, 1),
                          use_bias=None if "bias" in node.params else False)
        text = f"{self.made(node, f'Conv{axes}DTranspose', given, node.kind)}({self.take(v, by)})"
        if crop != same and any(map(any, cut)):
            cells = cut[0] if axes == 1 else tuple(cut)
            text = f'layers.Cropping{axes}D({cells!r}, name="{self.called(node.name + "_crop")}")({text})'
        self.put(node, text, by)

    def layer_max_pool(self, node: Node) -> None:
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        pairs, size, stride = windows(node, self.shape(node, v))
        same = any(map(any, pairs)) and pairs == explicit("same", self.shape(node, v)[2:], size, stride, (1,) * len(size))
        given = self.window(size, stride, same)
        x = self.take(v, by) if same else self.around(self.take(v, by), pairs, 'float("-inf")')
        self.put(node, f"{self.made(node, f'MaxPooling{len(size)}D', given)}({x})", by)

    def window(self, size, stride, same: bool) -> str:
        return arguments(one_if_alike(size), strides=None if size == stride else one_if_alike(stride),
                         padding="same" if same else None)

    def around(self, x: str, pairs, value: str) -> str:
        if not any(map(any, pairs)):
            return x
        every = ((0, 0), *map(tuple, pairs), (0, 0))
        return self.op(f"pad({x}, {every!r}, constant_values={value})")

    def layer_average_pool(self, node: Node) -> None:
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        pairs, size, stride = windows(node, self.shape(node, v))
        axes, padding = len(size), any(map(any, pairs))
        cells = padding and node.settings["divisor"] == "cells"
        same = cells and pairs == explicit("same", self.shape(node, v)[2:], size, stride, (1,) * axes)
        if cells and not same:
            self.refuse(node, f"padding {pairs} of which no cell is counted: keras.layers.AveragePooling{axes}D has "
                              "padding='same' alone")
        given = self.window(size, stride, same)
        x = self.padded(node, self.take(v, by), () if same else pairs)
        self.put(node, f"{self.made(node, f'AveragePooling{axes}D', given)}({x})", by)

    def layer_batch_norm(self, node: Node) -> None:
        s, v, by = node.settings, node.inputs[0], self.wanted(node, node.inputs[0])
        if "running_mean" not in node.params:
            self.refuse(node, "it has no running statistics; keras.layers.BatchNormalization always has them")
        if s["momentum"] is None:
            self.refuse(node, "momentum=None, a plain average of all batches: keras.layers.BatchNormalization has none")
        given = arguments(epsilon=s["epsilon"], momentum=s["momentum"], **self.scaled(node),
                          trainable=None if s.get("learnt", True) else False)
        own = s.get("frozen", False) and s.get("learnt", True)  # else trainable=False says it
        title = "FrozenBatchNormalization" if own else "BatchNormalization"
        self.put(node, f"{self.made(node, title, given, 'batch_norm', own=own)}({self.take(v, by)})", by)

    def scaled(self, node: Node) -> dict[str, bool]:
        return {option: False for option, name in (("scale", "gamma"), ("center", "beta")) if name not in node.params}

    def layer_layer_norm(self, node: Node) -> None:
        n, v = node.settings["axes"], node.inputs[0]
        given = arguments(axis=None if n == 1 else list(range(-n, 0)), epsilon=node.settings["epsilon"], **self.scaled(node))
        self.put(node, f"{self.made(node, 'LayerNormalization', given, 'layer_norm')}({self.take(v)})", self.straight(v))

    def layer_rms_norm(self, node: Node) -> None:
        v, p = node.inputs[0], node.params or {"gamma": np.ones(self.graph.shapes[node.inputs[0]][-1])}
        given = arguments(epsilon=node.settings["epsilon"])
        text = self.made(node, "RMSNormalization", given, arrays=of("keras", "rms_norm").pack(p))
        self.put(node, f"{text}({self.take(v)})", self.straight(v))

    def layer_group_norm(self, node: Node) -> None:
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        given = arguments(node.settings["groups"], epsilon=node.settings["epsilon"], **self.scaled(node))
        self.put(node, f"{self.made(node, 'GroupNormalization', given, 'group_norm')}({self.take(v, by)})", by)

    def layer_prelu(self, node: Node) -> None:
        v, by, slope = node.inputs[0], self.wanted(node, node.inputs[0]), node.params["slope"]
        shape = self.shape(node, v)
        spatial = list(range(1, len(shape) - 1))
        shared = spatial if slope.ndim == 1 else []
        array = np.broadcast_to(slope, (shape[1],)).reshape(*(1 for _ in spatial), -1) if slope.ndim == 1 else slope
        text = self.made(node, "PReLU", arguments(shared_axes=shared or None), arrays={"alpha": array})
        self.put(node, f"{text}({self.take(v, by)})", by)

    def layer_upsample(self, node: Node) -> None:
        s, v, by = node.settings, node.inputs[0], self.wanted(node, node.inputs[0])
        lengths = self.shape(node, v)[2:]
        axes, whole = len(lengths), [m // n if m % n == 0 else 0 for m, n in zip(s["size"], lengths)]
        name = {("nearest", "asymmetric"): "nearest", ("linear", "half_pixel"): "bilinear"}.get((s["method"], s["grid"]))
        if s["method"] == "nearest" and all(whole):
            name = "nearest"  # by a whole number both grids are one
        if s["method"] in ("nearest", "linear") and s["grid"] == "half_pixel" and axes == 2 and not all(whole):
            method = {"linear": "bilinear"}.get(s["method"], s["method"])
            given = f'{tuple(s["size"])!r}, interpolation="{method}", data_format="channels_last"'
            self.put(node, self.op(f"image.resize({self.take(v, by)}, {given})"), by)
            return
        if name is None or not all(whole) or axes > 2 or (axes == 1 and name != "nearest"):
            self.refuse(node, f"{s['method']} interpolation from {tuple(lengths)} to {tuple(s['size'])} on the grid "
                              f"{s['grid']!r}: keras.layers.UpSampling{axes}D has whole factors and half_pixel alone")
        given = arguments(one_if_alike(whole), interpolation=None if name == "nearest" else name)
        self.put(node, f"{self.made(node, f'UpSampling{axes}D', given)}({self.take(v, by)})", by)

    def layer_dropout(self, node: Node) -> None:
        rate, v = arguments(float(node.settings["rate"])), node.inputs[0]
        if node.settings["draws"] == "each number":
            self.along(node, f"{self.made(node, 'Dropout', rate)}({self.any(v)})")
            return
        if node.settings["draws"] == WHOLE:
            noise = arguments(float(node.settings["rate"]), noise_shape=(None, *[1] * (len(self.graph.shapes[v]) - 1)))
            self.along(node, f"{self.made(node, 'Dropout', noise)}({self.any(v)})")
            return
        by = self.wanted(node, v)
        self.put(node, f"{self.made(node, f'SpatialDropout{len(by) - 2}D', rate)}({self.take(v, by)})", by)
