"""Functions of torch and torch.nn.functional, and what puts numbers elsewhere."""

import numpy as np

from nnparity.oracles.models.examples import WHOLE
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.moves import Move
from nnparity.oracles.writing.torch_recurrent import Recurrent
from nnparity.oracles.writing.words import arguments, literal
from nnparity.oracles.writing.writer import Order

FUNCTIONS = {
    "linear": "{x}", "relu": "F.relu({x})", "tanh": "torch.tanh({x})", "sigmoid": "torch.sigmoid({x})", "silu": "F.silu({x})",
    "selu": "F.selu({x})", "softplus": "F.softplus({x})", "softsign": "F.softsign({x})", "mish": "F.mish({x})",
    **{name: f"torch.{name}({{x}})"
       for name in ("exp", "abs", "square", "sin", "cos", "sqrt", "log", "reciprocal", "rsqrt", "erf")},
    "leaky_relu": "F.leaky_relu({x}, {slope})", "elu": "F.elu({x}, alpha={alpha})",
}


class Functions(Recurrent):
    """What stands between the layers with weights."""

    column = "torch"
    casts = {"float": "float", "int": "long", "bool": "bool"}

    def permuted(self, text: str, by: Order) -> str:
        return f"{text}.permute({', '.join(map(str, by))})"

    def canonical(self, ndim: int) -> Order:
        return tuple(range(ndim))

    def constant(self, name: str, array: np.ndarray) -> str:
        if name not in self.weights:
            own = name in self.graph.names.values()
            made = f"torch.zeros({', '.join(map(str, array.shape))}{', dtype=torch.int64' if array.dtype.kind in 'iu' else ''})"
            made = made.replace("zeros", "ones").replace(")", ", dtype=torch.bool)") if array.dtype == bool else made
            self.made.append(f"self.{name} = nn.Parameter({made})" if own else f'self.register_buffer("{name}", {made})')
            self.weights[name] = array
        return f"self.{name}"

    def padded(self, text: str, pairs, value: str = "") -> str:
        if not any(map(any, pairs)):
            return text
        flat = ", ".join(str(n) for pair in reversed(pairs) for n in pair)
        return f"F.pad({text}, ({flat}){f', value={value}' if value else ''})"

    def layer_activation(self, node: Node) -> None:
        s, v = node.settings, node.inputs[0]
        name, x = s["name"], self.any(v)
        if name in ("softmax", "log_softmax"):
            axis = self.any_order(v).index(s["axis"] % len(self.straight(v)))
            self.along(node, f"F.{name}({x}, dim={axis - len(self.straight(v)) if axis else 0})")
        elif name == "gelu":
            self.along(node, f'F.gelu({x}, approximate="tanh")' if s["approximate"] == "tanh" else f"F.gelu({x})")
        elif name == "clipped_relu":
            self.along(node, f"F.relu6({x})" if s["bound"] == 6 else f"F.hardtanh({x}, 0.0, {s['bound']})")
        elif name in ("hard_sigmoid", "hard_swish") and abs(s["slope"] - 1 / 6) < 1e-9:
            self.along(node, f"F.{name.replace('_', '')}({x})")
        elif name in FUNCTIONS:
            self.along(node, FUNCTIONS[name].format(x=x, **{k: a for k, a in s.items() if k != "name"}))
        else:
            self.refuse(node, f"torch.nn.functional has no {name} with {s}")

    def layer_dropout(self, node: Node) -> None:
        rate, v = arguments(float(node.settings["rate"])), node.inputs[0]
        if node.settings["draws"] == "each number":
            self.along(node, f"{self.module(node, 'Dropout', rate)}({self.any(v)})")
            return
        if node.settings["draws"] == WHOLE:
            self.along(node, f"{self.module(node, 'StochasticDepth', rate)}({self.any(v)})")
            return
        by = self.wanted(node, v)
        self.put(node, f"{self.module(node, f'Dropout{len(by) - 2}d', rate)}({self.take(v, by)})", by)

    def layer_mean(self, node: Node) -> None:
        if node.settings.get("lengths") is not None:
            self.put(node, self.mean_of_steps(node), self.straight(node.outputs[0]))
            return
        x, axes, held = self.over(node)
        function = "mean" if node.kind == "mean" else "amax"
        self.put(node, f"{x}.{function}({arguments(dim=axes, keepdim=True if node.settings['keep'] else None)})", held)

    layer_max = layer_mean

    def layer_concatenate(self, node: Node) -> None:
        held = self.together(node.inputs) or self.straight(node.inputs[0])
        parts = ", ".join(self.take(v, held) for v in node.inputs)
        self.put(node, f"torch.cat([{parts}], dim={held.index(node.settings['axis'])})", held)

    def layer_matmul(self, node: Node) -> None:
        a, b = (self.take(v) for v in node.inputs)
        self.put(node, f"{a} @ {b}", self.straight(node.outputs[0]))

    def layer_attention(self, node: Node) -> None:
        q, k, *v = (self.take(u) for u in node.inputs)
        given = arguments(is_causal=True if node.settings["causal"] else None, scale=node.settings["scale"])
        given = ", ".join(filter(None, [f"attn_mask={v[1]}" if v[1:] else "", given]))
        text = f"F.scaled_dot_product_attention({q}, {k}, {v[0] if v else k}{', ' * bool(given)}{given})"
        self.put(node, text, self.straight(node.outputs[0]))

    def layer_masked(self, node: Node) -> None:
        mask = self.constant(self.called(f"{node.name}_hides"), ~node.settings["mask"])
        v = node.inputs[0]
        self.put(node, f"{self.take(v)}.masked_fill({mask}, {literal(node.settings['value'])})", self.straight(v))

    def for_all(self, constant: str, like: str, shape: tuple[int, ...]) -> str:
        return f"{constant}.expand(len({like}), {', '.join(['-1'] * (len(shape) - 1))})"

    def joined(self, parts: list[str], axis: int) -> str:
        return f"torch.cat([{', '.join(parts)}], dim={axis})"

    def flipped(self, x: str, axes: tuple[int, ...]) -> str:
        return f"{x}.flip({', '.join(map(str, axes))})"

    def moved(self, node: Node, x: str, m: Move, held: Order | None = None) -> str:
        x = self.cut(node, x, m, held)
        if m.split:
            x += f".reshape({', '.join(map(str, m.split))})"
        if m.order:
            x = self.permuted(x, m.order)
        if m.shape:
            shape = m.shape
            flat = len(shape) == 2 and shape[0] == -1 and m.keeps[1]
            x += ".flatten(1)" if flat else f".reshape({', '.join(map(str, shape))})"
        if m.repeat:
            x += f".repeat_interleave({m.repeat[1]}, dim={m.repeat[0]})"
        pairs = [m.pad[k] for k in held] if held and m.pad else list(m.pad)
        if not m.fill:
            return self.padded(x, pairs)
        mode = {"edge": "replicate", "wrap": "circular"}.get(m.fill, m.fill)
        ends = ", ".join(str(n) for pair in reversed(pairs[2:] or pairs[1:]) for n in pair)
        return f'F.pad({x}, ({ends}), mode="{mode}")'

    def held_for(self, v: int, move: Move) -> Order:
        """F.pad with numbers of what is padded pads all axes but the first two."""
        if not move.fill:
            return super().held_for(v, move)
        return tuple(sorted(self.straight(v), key=lambda k: (k > 0, any(move.pad[k]), k)))
