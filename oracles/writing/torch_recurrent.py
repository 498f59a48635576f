"""Recurrent layers of torch.nn, and where a module and its weights are written."""

from collections.abc import Mapping

import numpy as np

from nnparity.oracles.models.layouts import of
from nnparity.oracles.writing.graph import Graph, Node
from nnparity.oracles.writing.lengths import Lengths
from nnparity.oracles.writing.torch_classes import OWN
from nnparity.oracles.writing.words import arguments

CLASSES = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "RNN"}


class Recurrent(Lengths):
    """A recurrent layer hands on all its steps; what is taken of them is a call of its own."""

    tensors = "torch"

    def __init__(self, graph: Graph):
        super().__init__(graph)
        self.made: list[str] = []
        self.modules: dict[str, str] = {}

    def module(self, node: Node, title: str, given: str, kind: str = "", params: Mapping[str, np.ndarray] | None = None) -> str:
        """The module of a call, made once for all calls with the same weights."""
        if node.shared:
            return self.modules[node.shared]
        name = self.called(node.name)
        self.made.append(f"self.{name} = {'' if title in OWN else 'nn.'}{title}({given})")
        params = node.params if params is None else params
        self.modules[node.name] = f"self.{name}"
        if params:
            self.weights |= {f"{name}.{own}": a for own, a in of("torch", kind).pack(params).items()}
        return f"self.{name}"

    def counted(self, node: Node, n: int | str) -> str:
        return f"torch.arange({n}, device={self.lengths(node)}.device)"

    def layer_lstm(self, node: Node) -> None:
        both = node.kind == "bidirectional"
        s, kind = node.settings, node.settings["layer"] if both else node.kind
        self.has_formula(node, kind)
        sides = {"forward/": "", "backward/": "_reverse"} if both else {"": ""}
        features, hidden = node.params[f"{next(iter(sides))}kernel"].shape[-2:]
        bias = f"{next(iter(sides))}bias" in node.params
        given = arguments(features, hidden, bias=None if bias else False, batch_first=True, bidirectional=True if both else None,
                          nonlinearity=s["activation"] if kind == "simple_rnn" and s["activation"] != "tanh" else None)
        layer = self.module(node, CLASSES[kind], given, params={})
        if not node.shared:
            for side, ending in sides.items():
                own = {name.removeprefix(side): a for name, a in node.params.items() if name.startswith(side)}
                if "bias" in own:  # the second bias is zero where the source has one
                    own.setdefault("recurrent_bias", np.zeros_like(own["bias"]))
                packed = of("torch", kind).pack(own)
                self.weights |= {f"{layer.removeprefix('self.')}.{name}{ending}": a for name, a in packed.items()}
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        x = self.take(v, by)
        x = f"{x}.flip(1)" if s.get("backward") else x
        states = [f"{self.take(u)}.reshape(1, -1, {hidden})" if len(self.graph.shapes[u]) == 2 else self.take(u)
                  for u in node.inputs[1:]]
        first = "" if not states else f", {states[0]}" if len(states) == 1 else f", ({', '.join(states)})"
        last = "_"
        if len(node.outputs) > 1 and (self.graph.users(node.outputs[1]) or node.outputs[1] in self.graph.outputs):
            cell = node.outputs[1]
            self.held[cell], self.variables[cell] = self.straight(cell), self.local(f"{node.name}_c")
            last = f"(_, {self.variables[cell]})"
        y, steps = node.outputs[0], self.shape(node, v)[1]
        if node.settings.get("lengths") is not None:
            if last != "_" or s.get("backward"):
                self.refuse(node, "masked steps are left out where its cell is used, or where it reads from its end")
            x = f"pack_padded_sequence({x}, {self.lengths(node)}.cpu(), batch_first=True, enforce_sorted=False)"
        self.held[y], self.variables[y] = by, self.variable(node, y)
        self.body.append(f"{self.variables[y]}, {last} = {layer}({x}{first})")
        if node.settings.get("lengths") is not None:
            text = f"pad_packed_sequence({self.variables[y]}, batch_first=True, total_length={steps})"
            self.body.append(f"{self.variables[y]}, _ = {text}")
        if s.get("backward"):
            self.body.append(f"{self.variables[y]} = {self.variables[y]}.flip(1)")

    layer_gru = layer_simple_rnn = layer_bidirectional = layer_lstm

    def has_formula(self, node: Node, kind: str) -> None:
        s = node.settings
        if kind == "gru" and s["reset"] == "before":
            self.refuse(node, "the reset gate stands before the recurrent product (reset_after=False); nn.GRU has it behind")
        allowed = ("tanh", "relu") if kind == "simple_rnn" else ("tanh",)
        if s["activation"] not in allowed:
            self.refuse(node, f"activation {s['activation']!r}: nn.{CLASSES[kind]} has {' and '.join(allowed)}")
        if kind != "simple_rnn" and s["gate_activation"] != "sigmoid":
            self.refuse(node, f"gates of {s['gate_activation']!r}: those of nn.{CLASSES[kind]} are sigmoids")
