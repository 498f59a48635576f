"""Recurrent operators of ONNX: time first, Y with an axis of directions."""

from typing import Any

import numpy as np

from nnparity.oracles.layouts import LAYOUTS
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.onnx_functions import Functions

OPERATORS = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "RNN"}
ACTIVATIONS = {"tanh": "Tanh", "relu": "Relu", "sigmoid": "Sigmoid", "hard_sigmoid": "HardSigmoid", "softsign": "Softsign",
               "softplus": "Softplus"}


class Recurrent(Functions):
    """A recurrent layer hands on all its steps; what is taken of them is a call of its own."""

    def layer_lstm(self, node: Node) -> None:
        both, s = node.kind == "bidirectional", node.settings
        kind = s["layer"] if both else node.kind
        sides = ("forward/", "backward/") if both else ("",)
        hidden = node.params[f"{sides[0]}kernel"].shape[-1]
        packed = [self.packed(node, kind, side) for side in sides]
        weights = {name: self.weight(node, name, np.concatenate([p[name] for p in packed])) for name in packed[0]}
        by = self.wanted(node, node.inputs[0])
        held = (by[1], by[0], by[2])  # time first
        x = self.take(node.inputs[0], held)
        states = [self.state(u, x, len(sides), hidden) for u in node.inputs[1:]]
        direction = "bidirectional" if both else "reverse" if s.get("backward") else None
        given = {"hidden_size": hidden, "direction": direction, **self.functions(node, kind, len(sides))}
        if kind == "gru":
            given["linear_before_reset"] = int(s["reset"] == "after")
        lengths = ("",) if states else ()
        bias = weights.get("B", "") if states or "B" in weights else None
        inputs = (x, weights["W"], weights["R"], *(() if bias is None else (bias,)), *lengths, *states)
        outputs = self.several(OPERATORS[kind], inputs, 3 if kind == "lstm" else 1, given)
        y = outputs[0]
        if both:  # (time, directions, batch, hidden): the directions side by side
            y = self.add("Reshape", self.permuted(y, (0, 2, 1, 3)), self.sizes(0, 0, 2 * hidden))
        else:
            y = self.add("Squeeze", y, self.sizes(1))
        self.put(node, y, held)
        for k, c in enumerate(node.outputs[1:]):  # the last cells, of each direction for itself or of all in one
            flat = len(self.graph.shapes[c]) == 2
            one = self.add("Gather", outputs[2], self.number(k, dtype=int), axis=0) if flat else outputs[2]
            self.put(node, one, self.straight(c), k + 1)

    layer_gru = layer_simple_rnn = layer_bidirectional = layer_lstm

    def packed(self, node: Node, kind: str, side: str) -> dict[str, np.ndarray]:
        own = {name.removeprefix(side): a for name, a in node.params.items() if name.startswith(side)}
        if "bias" in own:  # the second bias is zero where the source has one
            own.setdefault("recurrent_bias", np.zeros_like(own["bias"]))
        return LAYOUTS["onnx"][kind].pack(own)

    def functions(self, node: Node, kind: str, sides: int) -> dict[str, Any]:
        """`activations` where they are not the operator's own, each direction's behind the other's."""
        s = node.settings
        if s.get("update", "keep") != "keep" or s.get("forget_bias"):
            self.refuse(node, f"its gates are not those of the operator {OPERATORS[kind]}")
        names = [s["activation"]] if kind == "simple_rnn" else [s["gate_activation"], s["activation"]]
        names += [s["activation"]] * (kind == "lstm")
        if names == ["sigmoid", "tanh", "tanh"][kind == "simple_rnn":][:len(names)]:
            return {}
        for name in names:
            if name not in ACTIVATIONS:
                self.refuse(node, f"activation {name!r}: the operator {OPERATORS[kind]} has {', '.join(ACTIVATIONS)}")
        hard = [float(s.get("gate_slope", 1 / 6)) for name in names if name == "hard_sigmoid"] * sides
        return {"activations": [ACTIVATIONS[name] for name in names] * sides, "activation_alpha": hard or None,
                "activation_beta": [0.5] * len(hard) or None}

    def state(self, v: int, x: str, sides: int, hidden: int) -> str:
        """(directions, batch, hidden); one that is the same for every sequence as often as the input has."""
        text = self.take(v)
        if len(self.graph.shapes[v]) == 2:
            text = self.add("Unsqueeze", text, self.sizes(0))
        if v not in self.graph.constants:
            return text
        batch = self.add("Slice", self.add("Shape", x), self.sizes(1), self.sizes(2))
        return self.add("Expand", text, self.add("Concat", self.sizes(sides), batch, self.sizes(hidden), axis=0))
