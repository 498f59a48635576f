"""Recurrent layers of flax.nnx: nnx.RNN around a cell. A cell that flax lacks is written out in the file."""

from collections.abc import Mapping

import numpy as np

from nnparity.oracles.models.layouts import gru_two_biases, of
from nnparity.oracles.writing.graph import Graph, Node
from nnparity.oracles.writing.lengths import Lengths
from nnparity.oracles.writing.words import arguments

# kind: the cell of flax, and of its two dense layers the one with the bias
CELLS = {"lstm": ("OptimizedLSTMCell", "dense_h"), "gru": ("GRUCell", "dense_i"), "simple_rnn": ("SimpleCell", "dense_i")}
FUNCTIONS = {"linear": "nnx.identity", "relu": "nnx.relu", "tanh": "nnx.tanh", "sigmoid": "nnx.sigmoid", "silu": "nnx.silu",
             "selu": "nnx.selu", "softplus": "nnx.softplus", "softsign": "nnx.soft_sign", "mish": "jax.nn.mish",
             "elu": "nnx.elu", "hard_sigmoid": "nnx.hard_sigmoid", "hard_swish": "nnx.hard_swish", "exp": "jnp.exp"}
CELL = '''class {name}(nnx.{base}):
    """{what}"""

    def __init__(self, in_features, hidden_features, *, rngs, **options):
        super().__init__(in_features, hidden_features, rngs=rngs, **options)
        self.{dense} = nnx.Linear({rows}, {gates}hidden_features, {given}rngs=rngs)
'''
RESET_BEFORE = '''class GRUCellResetBefore(nnx.GRUCell):
    """Its reset gate stands before the recurrent product, n = tanh(x W + b + (r h) U); that of nnx.GRUCell behind it."""

    def __call__(self, carry, inputs):
        x_r, x_z, x_n = jnp.split(self.dense_i(inputs), 3, axis=-1)
        u_r, u_z, u_n = jnp.split(self.dense_h.kernel[...], 3, axis=-1)
        r, z = self.gate_fn(x_r + carry @ u_r), self.gate_fn(x_z + carry @ u_z)
        h = z * carry + (1 - z) * self.activation_fn(x_n + (r * carry) @ u_n)
        return h, h
'''


class Recurrent(Lengths):
    """A recurrent layer hands on all its steps; what is taken of them is a call of its own."""

    tensors = "jnp"

    def __init__(self, graph: Graph):
        super().__init__(graph)
        self.made: list[str] = []
        self.modules: dict[str, str] = {}
        self.cells: dict[str, str] = {}

    def module(self, node: Node, title: str, given: str, arrays: Mapping[str, np.ndarray] | None = None,
               rngs: bool = True, own: bool = False) -> str:
        """The module of a call, of flax or of the file's own, made once for all calls with the same weights."""
        if node.shared:
            return self.modules[node.shared]
        name = self.called(node.name)
        given = ", ".join([*filter(None, [given]), *(["rngs=rngs"] if rngs else [])])
        self.made.append(f"self.{name} = {'' if own else 'nnx.'}{title}({given})")
        self.modules[node.name] = f"self.{name}"
        self.weights |= {f"{name}.{path.replace('/', '.')}": a for path, a in (arrays or {}).items()}
        return f"self.{name}"

    def layer_lstm(self, node: Node) -> None:
        both, s = node.kind == "bidirectional", node.settings
        kind = s["layer"] if both else node.kind
        sides = {"forward/": "forward_rnn/", "backward/": "backward_rnn/"} if both else {"": ""}
        texts: list[str] = []
        arrays: dict[str, np.ndarray] = {}
        for side, place in sides.items():
            own = {name.removeprefix(side): a for name, a in node.params.items() if name.startswith(side)}
            text, packed = self.cell(node, kind, own)
            texts.append(text)
            arrays |= {f"{place}cell/{name}": a for name, a in packed.items()}
        options = ", reverse=True, keep_order=True" if s.get("backward") else ""
        title, given = ("RNN", f"{texts[0]}{options}")
        if both:
            title, given = "Bidirectional", ", ".join(f"nnx.RNN({text})" for text in texts)
        layer = self.module(node, title, given, arrays, rngs=False)
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        x, hidden = self.take(v, by), node.params[f"{next(iter(sides))}recurrent_kernel"].shape[-1]
        states = [self.state(u, hidden) for u in node.inputs[1:]]
        cell = len(node.outputs) > 1 and (self.graph.users(node.outputs[1]) or node.outputs[1] in self.graph.outputs)
        if both and (cell or states):
            self.refuse(node, "its first or last states are used apart: that is written for one direction only")
        if states:  # flax's carry of an LSTM is (c, h)
            x += f", initial_carry={states[0]}" if len(states) == 1 else f", initial_carry=({states[1]}, {states[0]})"
        if node.settings.get("lengths") is not None:
            if cell or s.get("backward"):
                self.refuse(node, "masked steps are left out where its cell is used, or where it reads from its end")
            steps = f"{layer}({x}, seq_lengths={self.lengths(node)})"  # goes on behind the end: Keras and PyTorch give zeros
            self.put(node, f"{steps} * {self.seen(node, self.shape(node, v)[1])}", by)
            return
        if not cell:
            self.put(node, f"{layer}({x})", by)
            return
        y, c = node.outputs[:2]
        self.held[c], self.variables[c] = self.straight(c), self.local(f"{node.name}_c")
        self.held[y], self.variables[y] = by, self.variable(node, y)
        self.body.append(f"({self.variables[c]}, _), {self.variables[y]} = {layer}({x}, return_carry=True)")
        if len(self.graph.shapes[c]) == 3:
            self.body.append(f"{self.variables[c]} = {self.variables[c]}[None]")

    layer_gru = layer_simple_rnn = layer_bidirectional = layer_lstm

    def state(self, v: int, hidden: int) -> str:
        """(batch, hidden); PyTorch's have an axis of layers in front."""
        return self.take(v) if len(self.graph.shapes[v]) == 2 else f"{self.take(v)}.reshape(-1, {hidden})"

    def cell(self, node: Node, kind: str, params: Mapping[str, np.ndarray]) -> tuple[str, dict[str, np.ndarray]]:
        """The constructor call of a cell, and its weights. `param_dtype=float`, of the precision that JAX is set to: nnx.RNN's
        first state, which is zero, has it too, and must have that of what is computed."""
        s, p = node.settings, dict(params)
        base, biased = CELLS[kind]
        before = s.get("reset") == "before"
        if "recurrent_bias" in p and (kind != "gru" or before):  # only the sum of both acts
            p["bias"] = p["bias"] + p.pop("recurrent_bias")
        features, hidden = p["kernel"].shape[-2:]
        name = f"nnx.{base}"
        if before:
            name = "GRUCellResetBefore"
            self.cells[name] = RESET_BEFORE
        if "bias" not in p:
            name = self.derived(name, "WithoutBias", base, biased, "use_bias=False, ", "Without a bias.")
        second = "recurrent_bias" in p
        if second:
            name = self.derived(name, "TwoBiases", base, "dense_h", "",
                                "Its recurrent product has a bias, within the reset gate; that of nnx.GRUCell has none.")
        given = arguments(features, hidden)
        gates = "sigmoid" if kind == "simple_rnn" else s["gate_activation"]
        for option, setting, usual in (("gate_fn", gates, "sigmoid"), ("activation_fn", s["activation"], "tanh")):
            if setting != usual:
                if setting not in FUNCTIONS:
                    self.refuse(node, f"flax.nnx and jax.nn have no function {setting!r}")
                given += f", {option}={FUNCTIONS[setting]}"
        given += ", dtype=None" if kind == "simple_rnn" else ""  # it casts to float32 else
        layout = gru_two_biases() if second else of("flax", kind)
        return f"{name}({given}, param_dtype=float, rngs=rngs)", layout.pack(p)

    def derived(self, name: str, ending: str, base: str, dense: str, given: str, what: str) -> str:
        """The name of a cell that is another but for one of its dense layers."""
        new = name.removeprefix("nnx.").removeprefix("Optimized") + ending
        rows = "in_features" if dense == "dense_i" else "hidden_features"
        gates = {"OptimizedLSTMCell": "4 * ", "GRUCell": "3 * "}.get(base, "")
        self.cells[new] = CELL.format(name=new, base=base, what=what, dense=dense, rows=rows, gates=gates,
                                      given=given).replace(f"nnx.{base})", f"{name})", 1)
        return new
