"""Recurrent layers of keras.layers."""

import numpy as np

from nnparity.oracles.models.layouts import of
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.keras_functions import Functions
from nnparity.oracles.writing.words import arguments


class Recurrent(Functions):
    """A recurrent layer hands on all its steps; what is taken of them is a call of its own."""

    def layer_lstm(self, node: Node) -> None:
        both, s = node.kind == "bidirectional", node.settings
        kind = s["layer"] if both else node.kind
        sides = ("forward/", "backward/") if both else ("",)
        hidden = node.params[f"{sides[0]}kernel"].shape[-1]
        arrays: dict[str, np.ndarray] = {}
        for side in sides:
            own = {name.removeprefix(side): a for name, a in node.params.items() if name.startswith(side)}
            if (kind != "gru" or s["reset"] == "before") and "recurrent_bias" in own:  # only their sum acts
                own["bias"] = own["bias"] + own.pop("recurrent_bias")
            elif kind == "gru" and s["reset"] == "after" and "bias" in own:  # the second bias is zero where the source has one
                own.setdefault("recurrent_bias", np.zeros_like(own["bias"]))
            arrays |= {side + name: a for name, a in of("keras", kind).pack(own).items()}
        states = node.inputs[1:]
        made = node.shared or node.name  # one layer for all its calls
        cell = any(len(n.outputs) > 1 and (self.graph.users(n.outputs[1]) or n.outputs[1] in self.graph.outputs)
                   for n in self.graph.nodes if made in (n.name, n.shared))
        if both and (cell or states):
            self.refuse(node, "its first or last states are used apart: that is written for one direction only")
        gates = s["gate_activation"]
        given = arguments(hidden, return_sequences=True, return_state=True if cell else None,
                          activation=None if s["activation"] == "tanh" else s["activation"],
                          recurrent_activation=None if kind == "simple_rnn" or gates == "sigmoid" else gates,
                          reset_after=False if s.get("reset") == "before" else None,
                          use_bias=None if f"{sides[0]}bias" in node.params else False)
        title = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "SimpleRNN"}[kind]
        if both:
            given, title = f"layers.{title}({given})", "Bidirectional"
        text = self.made(node, title, given, arrays=arrays)
        v, by = node.inputs[0], self.wanted(node, node.inputs[0])
        x = self.take(v, by)
        x = self.op(f"flip({x}, 1)") if s.get("backward") else x
        first = [self.state(u, hidden) for u in states]
        more = "" if not first else f", initial_state={first[0]}" if len(first) == 1 else f", initial_state=[{', '.join(first)}]"
        call = f"{text}({x}{more})"
        if cell:
            c = node.outputs[1]
            self.held[c], self.variables[c] = self.straight(c), self.local(f"{node.name}_c")
            y = node.outputs[0]
            self.held[y], self.variables[y] = by, self.variable(node, y)
            self.body.append(f"{self.variables[y]}, _, {self.variables[c]} = {call}")
            if len(self.graph.shapes[c]) == 3:
                self.body.append(f"{self.variables[c]} = {self.op(f'expand_dims({self.variables[c]}, 0)')}")
            return
        self.put(node, self.op(f"flip({call}, 1)") if s.get("backward") else call, by)

    layer_gru = layer_simple_rnn = layer_bidirectional = layer_lstm

    def state(self, v: int, hidden: int) -> str:
        """(batch, hidden); PyTorch's have an axis of layers in front."""
        return self.take(v) if len(self.graph.shapes[v]) == 2 else self.op(f"reshape({self.take(v)}, (-1, {hidden}))")
