"""A graph as one of ONNX: channels first, the weights as initializers, for evaluation."""

import numpy as np

from nnparity.oracles.layouts.padding import explicit, per_axis
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.onnx_nodes import Ends, WrittenGraph
from nnparity.oracles.writing.onnx_recurrent import Recurrent
from nnparity.oracles.writing.windows import cropped, windows

# the grid of an interpolation in ONNX's words, and how places are rounded on it
ROUNDED = {"asymmetric": "floor", "half_pixel": "round_prefer_ceil"}


class Onnx(Recurrent):
    """Operators of the default domain; what is for training alone is left out."""

    title = "ONNX"

    def written(self, head: str) -> WrittenGraph:
        names = self.begin()
        self.taken |= set(names)
        inputs = tuple(self.end(name, v, self.held[v]) for name, v in zip(names, self.graph.inputs))
        self.nodes()
        self.now = "output"
        outputs = []
        for v in self.graph.outputs:
            by = self.any_order(v)
            by = by if by[:1] in ((0,), ()) else self.straight(v)
            outputs.append(self.end(self.add("Identity", self.take(v, by)), v, by))
        return WrittenGraph(tuple(self.made), self.weights, inputs, tuple(outputs), head, tuple(self.left))

    def end(self, name: str, v: int, by: tuple[int, ...]) -> Ends:
        shape = tuple(self.graph.shapes[v][k] for k in by)
        return Ends(name, self.graph.dtypes[v], ("batch", *shape[1:]) if shape else ())

    # layers without time

    def layer_dense(self, node: Node) -> None:
        v = node.inputs[0]
        x, kernel = self.take(v), self.weight(node, "kernel", node.params["kernel"])
        bias = [self.weight(node, "bias", node.params["bias"])] if "bias" in node.params else []
        if len(self.graph.shapes[v]) == 2:
            text = self.add("Gemm", x, kernel, *bias)
        else:
            text = self.add("MatMul", x, kernel)
            text = self.add("Add", text, *bias) if bias else text
        self.put(node, text, self.straight(v))

    def layer_embedding(self, node: Node) -> None:
        table = self.weight(node, "table", node.params["table"])
        self.put(node, self.add("Gather", table, self.take(node.inputs[0])), self.straight(node.outputs[0]))

    def layer_conv(self, node: Node) -> None:
        s, v, kernel = node.settings, node.inputs[0], node.params["kernel"]
        axes, by = kernel.ndim - 2, self.wanted(node, node.inputs[0])
        size, stride, dilation = kernel.shape[2:], per_axis(s["stride"], axes), per_axis(s["dilation"], axes)
        pairs = explicit(s["padding"], self.shape(node, v)[2:], size, stride, dilation)
        text = self.add("Conv", self.take(v, by), *self.kernel(node), kernel_shape=list(size), strides=list(stride),
                        dilations=list(dilation), group=s["groups"], pads=ends(pairs))
        self.put(node, text, by)

    def kernel(self, node: Node) -> list[str]:
        return [self.weight(node, name, node.params[name]) for name in ("kernel", "bias") if name in node.params]

    def layer_conv_transpose(self, node: Node) -> None:
        s, v, kernel = node.settings, node.inputs[0], node.params["kernel"]
        axes, by = kernel.ndim - 2, self.wanted(node, node.inputs[0])
        size, stride, dilation = kernel.shape[2:], per_axis(s["stride"], axes), per_axis(s["dilation"], axes)
        crop = cropped(s["crop"], self.shape(node, v)[2:], size, stride, dilation)
        more = [max(-after, 0) for _, after in crop]
        if any(b < 0 for b, _ in crop) or any(m >= max(st, d) for m, st, d in zip(more, stride, dilation)):
            self.refuse(node, f"its output of {self.shape(node, node.outputs[0])[2:]} is longer than output_padding allows")
        text = self.add("ConvTranspose", self.take(v, by), *self.kernel(node), kernel_shape=list(size), strides=list(stride),
                        dilations=list(dilation), group=s["groups"], pads=ends([(b, max(a, 0)) for b, a in crop]),
                        output_padding=more if any(more) else None)
        self.put(node, text, by)

    def layer_max_pool(self, node: Node) -> None:
        self.pooled(node, "MaxPool", float("-inf"))

    def layer_average_pool(self, node: Node) -> None:
        counted = node.settings["divisor"] == "window"
        self.pooled(node, "AveragePool", 0.0 if counted else None, count_include_pad=int(counted))

    def pooled(self, node: Node, operator: str, value: float | None, **attributes) -> None:
        """Padding as wide as a window, which runtimes refuse, is written in front of it where it is filled with something."""
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        pairs, size, stride = windows(node, self.shape(node, v))
        x, s = self.take(v, by), node.settings
        if s.get("divisor") == "window" and s.get("ceil"):  # what stands behind the padding is not counted
            own = explicit(s["padding"], self.shape(node, v)[2:], size, stride, (1,) * len(size))
            x = self.padded(x, ((0, 0), (0, 0), *own)) if any(map(any, own)) else x
            pairs, attributes = [(0, b - a) for (_, a), (_, b) in zip(own, pairs)], {"count_include_pad": 0}
        elif value is not None and any(max(pair) >= k for pair, k in zip(pairs, size)):
            x, pairs = self.padded(x, ((0, 0), (0, 0), *pairs), value), [(0, 0)] * len(size)
        self.put(node, self.add(operator, x, kernel_shape=list(size), strides=list(stride), pads=ends(pairs), **attributes), by)

    def layer_batch_norm(self, node: Node) -> None:
        s, v, p = node.settings, node.inputs[0], node.params
        by, channels = self.wanted(node, v), self.shape(node, v)[1]
        p = {"gamma": np.ones(channels), "beta": np.zeros(channels), **p}
        if "running_mean" not in p:
            self.refuse(node, "it has no running statistics: BatchNormalization of ONNX computes with those in evaluation")
        arrays = [self.weight(node, name, p[name]) for name in ("gamma", "beta", "running_mean", "running_variance")]
        text = self.add("BatchNormalization", self.take(v, by), *arrays, epsilon=float(s["epsilon"]),
                        momentum=None if s["momentum"] is None else float(s["momentum"]))
        self.put(node, text, by)

    def layer_layer_norm(self, node: Node) -> None:
        n, v = node.settings["axes"], node.inputs[0]
        shape = self.graph.shapes[v][-n:]
        gamma = self.weight(node, "gamma", node.params.get("gamma", np.ones(shape)))
        beta = [self.weight(node, "beta", node.params["beta"])] if "beta" in node.params else []
        text = self.add("LayerNormalization", self.take(v), gamma, *beta, axis=-n, epsilon=float(node.settings["epsilon"]))
        self.put(node, text, self.straight(v))

    def layer_rms_norm(self, node: Node) -> None:
        """x / √(mean x² + epsilon), written out: as an operator it came with opset 23."""
        v = node.inputs[0]
        x = self.take(v)
        mean = self.add("ReduceMean", self.add("Mul", x, x), self.sizes(-1))
        root = self.add("Sqrt", self.add("Add", mean, self.number(node.settings["epsilon"])))
        self.put(node, self.scaled(node, self.add("Div", x, root), 0), self.straight(v))

    def scaled(self, node: Node, text: str, after: int) -> str:
        """gamma x + beta, of arrays that have so many axes of one behind theirs."""
        for operator, name in (("Mul", "gamma"), ("Add", "beta")):
            if name in node.params:
                a = node.params[name]
                text = self.add(operator, text, self.weight(node, name, a.reshape(*a.shape, *(1,) * after)))
        return text

    def layer_group_norm(self, node: Node) -> None:
        """As an operator of its own it came with opset 21: each group as one channel that is normalised for itself."""
        s, v, by = node.settings, node.inputs[0], self.wanted(node, node.inputs[0])
        shape, x, epsilon = self.shape(node, v), self.take(v, by), float(s["epsilon"])
        groups = s["groups"] if s["groups"] > 0 else shape[1]
        if groups == shape[1] and len(shape) > 2:
            p = {"gamma": np.ones(groups), "beta": np.zeros(groups), **node.params}
            given = [self.weight(node, name, p[name]) for name in ("gamma", "beta")]
            self.put(node, self.add("InstanceNormalization", x, *given, epsilon=epsilon), by)
            return
        parted = self.add("Reshape", x, self.sizes(0, groups, -1))
        plain = self.number(np.ones(groups), f"{node.name}_ones"), self.number(np.zeros(groups), f"{node.name}_zeros")
        text = self.add("InstanceNormalization", parted, *plain, epsilon=epsilon)
        text = self.add("Reshape", text, self.add("Shape", x))
        self.put(node, self.scaled(node, text, len(shape) - 2), by)

    def layer_prelu(self, node: Node) -> None:
        v, by, slope = node.inputs[0], self.wanted(node, node.inputs[0]), node.params["slope"]
        if slope.ndim == 1:
            slope = slope.reshape(-1, *(1,) * (len(by) - 2))
        else:  # one for each place, its channels last
            slope = np.moveaxis(slope, -1, 0)
        self.put(node, self.add("PRelu", self.take(v, by), self.weight(node, "slope", slope)), by)

    def layer_upsample(self, node: Node) -> None:
        s, v, by = node.settings, node.inputs[0], self.wanted(node, node.inputs[0])
        grid, _, rounding = s["grid"].partition(", ")
        axes = len(s["size"])
        nearest = s["method"] == "nearest"
        text = self.add("Resize", self.take(v, by), "", "", self.sizes(*s["size"]), axes=list(range(2, axes + 2)),
                        mode=s["method"], coordinate_transformation_mode=grid,
                        nearest_mode=(rounding or ROUNDED.get(grid, "round_prefer_ceil")) if nearest else None)
        self.put(node, text, by)


def ends(pairs) -> list[int]:
    """All the beginnings, then all the ends."""
    return [int(b) for b, _ in pairs] + [int(a) for _, a in pairs]
