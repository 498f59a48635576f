"""Functions of keras.ops, and layers of keras.layers without weights."""

from math import prod
from typing import Any

import numpy as np

from nnparity.oracles.writing.graph import Graph, Node
from nnparity.oracles.writing.moves import Move
from nnparity.oracles.writing.words import arguments, literal
from nnparity.oracles.writing.writer import ARITHMETIC, Order, Writer

PLAIN = ("relu", "tanh", "sigmoid", "silu", "selu", "softplus", "softsign", "mish")


class Functions(Writer):
    """What stands between the layers with weights."""

    column = "keras"
    casts = {"float": "keras.config.floatx()", "int": '"int32"', "bool": '"bool"'}

    def __init__(self, graph: Graph):
        super().__init__(graph)
        self.uses_ops = False
        self.layers: dict[str, str] = {}
        self.own: dict[str, tuple[str, ...]] = {}
        self.parameters: dict[str, str] = {}

    def made(self, node: Node, title: str, given: str, kind: str = "", arrays: dict[str, np.ndarray] | None = None,
             own: bool = False) -> str:
        """The constructor call of a layer, or of one of the file's own; a layer that is called twice is made in a line of its
        own."""
        raise NotImplementedError

    def op(self, text: str) -> str:
        self.uses_ops = True
        return f"ops.{text}"

    def permuted(self, text: str, by: Order) -> str:
        if by[0] == 0:
            return f"layers.Permute({by[1:]!r})({text})"
        return self.op(f"transpose({text}, {by!r})")

    def canonical(self, ndim: int) -> Order:
        """Channels last."""
        return (0, *range(2, ndim), 1) if ndim > 2 else tuple(range(ndim))

    def constant(self, name: str, array: np.ndarray) -> str:
        if name in self.graph.names.values():
            return self.parameter(name, array)
        self.weights[name] = array
        return f'fixed["{name}"]'

    def parameter(self, name: str, array: np.ndarray) -> str:
        """A weight of a layer that is nothing else."""
        if name not in self.parameters:
            self.uses_ops, self.parameters[name] = True, self.local(f"{name}_value")
            self.own[name], self.weights[f"{name}/value"] = ("value",), array
            self.body.append(f'{self.parameters[name]} = Parameter({array.shape!r}, name="{name}")({self.some_input})')
        return self.parameters[name]

    @property
    def some_input(self) -> str:
        name = self.variables[self.graph.inputs[0]]
        return "inputs" if name == "x" else name

    def layer_activation(self, node: Node) -> None:
        s, v = node.settings, node.inputs[0]
        name, x = s["name"], self.any(v)
        if name in ("softmax", "log_softmax"):
            ndim = len(self.straight(v))
            axis = self.any_order(v).index(s["axis"] % ndim) - ndim
            text = self.op(f"{name}({x}, axis={axis})")
        elif name in PLAIN:
            text = f'{self.made(node, "Activation", repr(name))}({x})'.replace("'", '"')
        elif name == "linear":
            text = x
        elif name == "leaky_relu":
            text = f"{self.made(node, 'LeakyReLU', arguments(negative_slope=s['slope']))}({x})"
        elif name == "elu":
            text = f"{self.made(node, 'ELU', arguments(alpha=s['alpha']))}({x})"
        elif name == "clipped_relu":
            text = f"{self.made(node, 'ReLU', arguments(float(s['bound'])))}({x})"
        elif name == "gelu":
            text = self.op(f"gelu({x}, approximate={s['approximate'] == 'tanh'})")
        elif name in ("exp", "abs", "square", "sin", "cos", "sqrt", "log", "reciprocal", "rsqrt", "erf"):
            text = self.op(f"{name}({x})")
        elif name in ("hard_sigmoid", "hard_swish") and abs(s["slope"] - 1 / 6) < 1e-9:
            text = f'{self.made(node, "Activation", repr(name.replace("swish", "silu")))}({x})'.replace("'", '"')
        else:
            self.refuse(node, f"keras.activations has no {name} with {s}")
        self.along(node, text)

    def layer_mean(self, node: Node) -> None:
        x, axes, held = self.over(node)
        keep = node.settings["keep"]
        if axes == tuple(range(1, len(self.straight(node.inputs[0])) - 1)) and len(axes) < 3 and node.axes:
            title = f"Global{'Average' if node.kind == 'mean' else 'Max'}Pooling{len(axes)}D"
            self.put(node, f"{self.made(node, title, arguments(keepdims=True if keep else None))}({x})", held)
            return
        given = arguments(axis=axes[0] if len(axes) == 1 else axes, keepdims=True if keep else None)
        self.put(node, self.op(f"{node.kind}({x}, {given})"), held)

    layer_max = layer_mean

    def said(self, node: Node, given: list[str], told: dict[str, Any]) -> str:
        """The variance of a sample, divided by n - 1, is that of all times n / (n - 1); a bound is one of two functions."""
        self.uses_ops = True
        if told["name"] == "clip" and None in (told["low"], told["high"]):
            name, bound = ("maximum", told["low"]) if told["high"] is None else ("minimum", told["high"])
            return f"ops.{name}({given[0]}, {bound})"
        text = super().said(node, given, told)
        if not told.get("less"):
            return text
        shape = self.graph.shapes[node.inputs[0]]
        n = prod(shape[k] for k in node.settings["over"])
        return f"{text} * {(n / (n - 1)) ** (1 if told['name'] == 'var' else 0.5)!r}"

    def arithmetic(self, node: Node) -> None:
        """An array of NumPy's in front would take what is symbolic for a number."""
        super().arithmetic(node)
        name, text = self.body[-1].split(" = ", 1)
        if text.startswith("fixed["):
            a, b = text.split(f" {ARITHMETIC[node.kind]} ", 1)
            self.body[-1] = f"{name} = {self.op(f'{node.kind}({a}, {b})')}"

    layer_add = layer_subtract = layer_multiply = layer_divide = arithmetic

    def layer_concatenate(self, node: Node) -> None:
        held = self.together(node.inputs) or self.straight(node.inputs[0])
        parts = ", ".join(self.take(v, held) for v in node.inputs)
        text = self.made(node, "Concatenate", arguments(axis=held.index(node.settings["axis"])))
        self.put(node, f"{text}([{parts}])", held)

    def layer_matmul(self, node: Node) -> None:
        a, b = (self.take(v) for v in node.inputs)
        self.put(node, self.op(f"matmul({a}, {b})"), self.straight(node.outputs[0]))

    def layer_attention(self, node: Node) -> None:
        """By its formula: keras.layers.Attention has no heads, and keras.layers.MultiHeadAttention its projections within."""
        q, k, *v = (self.take(u) for u in node.inputs)
        shape, keys = self.graph.shapes[node.inputs[0]], self.graph.shapes[node.inputs[1]]
        scale = node.settings["scale"] or shape[-1] ** -0.5
        scores = self.op(f'einsum("...qd,...kd->...qk", {q}, {k})') + ("" if scale == 1 else f" * {scale!r}")
        scores += f" + {v[1]}" if v[1:] else ""
        if node.settings["causal"]:
            later = np.triu(np.ones((shape[-2], keys[-2])), 1) * -1e9
            scores += f" + {self.constant(self.called(f'{node.name}_later'), later)}"
        weights = self.op(f"softmax({scores}, axis=-1)")
        self.put(node, self.op(f"matmul({weights}, {v[0] if v else k})"), self.straight(node.outputs[0]))

    def layer_masked(self, node: Node) -> None:
        mask = self.constant(self.called(f"{node.name}_keeps"), node.settings["mask"])
        v = node.inputs[0]
        self.put(node, self.op(f"where({mask}, {self.take(v)}, {literal(node.settings['value'])})"), self.straight(v))

    def for_all(self, constant: str, like: str, shape: tuple[int, ...]) -> str:
        one = ", ".join([":"] + [":1"] * (len(shape) - 1))
        return f"{self.op(f'zeros_like({like}[{one}])')} + {constant}"

    def joined(self, parts: list[str], axis: int) -> str:
        return f"layers.Concatenate(axis={axis})([{', '.join(parts)}])"

    def flipped(self, x: str, axes: tuple[int, ...]) -> str:
        return self.op(f"flip({x}, {axes[0] if len(axes) == 1 else axes})")

    def moved(self, node: Node, x: str, m: Move, held: Order | None = None) -> str:
        x = self.cut(node, x, m, held)
        if m.split:
            x = self.reshaped(m.split, x, m.keeps[0])
        if m.order:
            x = self.permuted(x, m.order)
        if m.shape:
            x = self.reshaped(m.shape, x, m.keeps[1])
        if m.repeat:
            x = self.op(f"repeat({x}, {m.repeat[1]}, axis={m.repeat[0]})")
        if not m.pad:
            return x
        pad = [m.pad[k] for k in held] if held else list(m.pad)
        if m.fill == "reflect":
            return self.op(f'pad({x}, {tuple(map(tuple, pad))!r}, mode="reflect")')
        if m.fill:  # keras.ops.pad has no such mode
            return self.gathered(node, x, m, pad, held)
        inner = pad[1:-1]
        if held and len(pad) in (3, 4, 5) and not any(pad[0]) and not any(pad[-1]):
            cells = tuple(inner[0]) if len(inner) == 1 else tuple(map(tuple, inner))
            return f"layers.ZeroPadding{len(inner)}D({cells!r})({x})"
        return self.op(f"pad({x}, {tuple(map(tuple, pad))!r})")

    def picked(self, x: str, places: str, axis: int) -> str:
        return self.op(f"take({x}, {places}, axis={axis})")

    def reshaped(self, shape: tuple[int, ...], x: str, keeps: bool) -> str:
        """By a layer where the first axis stays what it is."""
        if shape[0] != -1 or not keeps:
            return self.op(f"reshape({x}, {shape!r})")
        if len(shape) == 2:
            return f"layers.Flatten()({x})"
        return f"layers.Reshape({shape[1:]!r})({x})"
