"""Operators of ONNX without weights, and what it has none for written out."""

from math import prod
from typing import Any

import numpy as np

from nnparity.oracles.models.said import COMPARISONS
from nnparity.oracles.writing.functions import TABLE
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.onnx_nodes import Nodes
from nnparity.oracles.writing.writer import Order

PLAIN = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid", "selu": "Selu", "softplus": "Softplus", "softsign": "Softsign",
         "mish": "Mish", "exp": "Exp", "abs": "Abs", "sin": "Sin", "cos": "Cos", "sqrt": "Sqrt",
         "log": "Log", "reciprocal": "Reciprocal", "erf": "Erf"}
ARITHMETIC = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div"}


class Functions(Nodes):
    """What stands between the layers with weights."""

    def layer_activation(self, node: Node) -> None:
        self.put(node, self.activated(node, self.any(node.inputs[0])), self.any_order(node.inputs[0]))

    def activated(self, node: Node, x: str) -> str:
        s = node.settings
        match s["name"]:
            case "linear":
                return x
            case name if name in PLAIN:
                return self.add(PLAIN[name], x)
            case "softmax" | "log_softmax":
                axis = self.any_order(node.inputs[0]).index(s["axis"] % len(self.straight(node.inputs[0])))
                return self.add("Softmax" if s["name"] == "softmax" else "LogSoftmax", x, axis=axis)
            case "leaky_relu":
                return self.add("LeakyRelu", x, alpha=float(s["slope"]))
            case "elu":
                return self.add("Elu", x, alpha=float(s["alpha"]))
            case "gelu":
                return self.add("Gelu", x, approximate="tanh" if s["approximate"] == "tanh" else "none")
            case "clipped_relu":
                return self.add("Clip", x, self.number(0.0), self.number(s["bound"]))
            case "silu":
                return self.add("Mul", x, self.add("Sigmoid", x))
            case "rsqrt":
                return self.add("Reciprocal", self.add("Sqrt", x))
            case "square":
                return self.add("Mul", x, x)
            case "hard_sigmoid":
                return self.add("HardSigmoid", x, alpha=float(s["slope"]), beta=0.5)
            case "hard_swish":
                return self.add("Mul", x, self.add("HardSigmoid", x, alpha=float(s["slope"]), beta=0.5))
            case name:
                return self.refuse(node, f"ONNX has no operator for {name}, and how it is written out is not known")

    def layer_dropout(self, node: Node) -> None:
        self.left.append(node.name)
        self.along(node, self.any(node.inputs[0]))

    def layer_mean(self, node: Node) -> None:
        x, axes, held = self.over(node)
        keep, operator = node.settings["keep"], "Mean" if node.kind == "mean" else "Max"
        if keep and axes == tuple(range(2, len(self.straight(node.inputs[0])))):
            text = self.add(f"Global{'Average' if operator == 'Mean' else 'Max'}Pool", x)
        else:
            text = self.add(f"Reduce{operator}", x, self.sizes(*axes), keepdims=int(keep))
        self.put(node, text, held)

    layer_max = layer_mean

    def layer_concatenate(self, node: Node) -> None:
        held = self.together(node.inputs) or self.straight(node.inputs[0])
        self.put(node, self.joined([self.take(v, held) for v in node.inputs], held.index(node.settings["axis"])), held)

    def layer_matmul(self, node: Node) -> None:
        a, b = (self.take(v) for v in node.inputs)
        self.put(node, self.add("MatMul", a, b), self.straight(node.outputs[0]))

    def arithmetic(self, node: Node) -> None:
        held = self.together(node.inputs)
        parts = [self.take(v, held if held and (v not in self.graph.constants or self.graph.constants[v].ndim) else None)
                 for v in node.inputs]
        parts = [self.of_truths(x) if self.graph.dtypes[v].kind == "b" else x for x, v in zip(parts, node.inputs)]
        self.put(node, self.add(ARITHMETIC[node.kind], *parts), held or self.straight(node.outputs[0]))

    layer_add = layer_subtract = layer_multiply = layer_divide = arithmetic

    def layer_affine(self, node: Node) -> None:
        by, x = self.any_order(node.inputs[0]), self.any(node.inputs[0])
        for operator, name, usual in (("Mul", "scale", 1), ("Add", "shift", 0)):
            value = np.asarray(node.settings[name])
            if np.any(value != usual):
                held = node.settings.get(f"{name} of", "")
                x = self.add(operator, x, self.number(value.transpose(by) if value.ndim else value, held))
        self.along(node, x)

    def layer_attention(self, node: Node) -> None:
        """softmax(q kᵀ · scale + mask) v, written out: as an operator it came with opset 23."""
        q, k, *v = (self.take(u) for u in node.inputs)
        shape, keys = (self.graph.shapes[u] for u in node.inputs[:2])
        last = len(keys) - 1
        scores = self.add("MatMul", q, self.permuted(k, (*range(last - 1), last, last - 1)))
        scale = node.settings["scale"] or shape[-1] ** -0.5
        scores = scores if scale == 1 else self.add("Mul", scores, self.number(scale))
        if node.settings["causal"]:
            later = np.triu(np.ones((shape[-2], keys[-2])), 1) * -1e9
            scores = self.add("Add", scores, self.number(later, f"{node.name}_later"))
        scores = self.add("Add", scores, v[1]) if v[1:] else scores
        weights = self.add("Softmax", scores, axis=-1)
        self.put(node, self.add("MatMul", weights, v[0] if v else k), self.straight(node.outputs[0]))

    def layer_masked(self, node: Node) -> None:
        mask = self.number(node.settings["mask"], f"{node.name}_keeps", bool)
        v = node.inputs[0]
        self.put(node, self.add("Where", mask, self.take(v), self.number(node.settings["value"])), self.straight(v))

    def of_truths(self, x: str) -> str:
        """1 and 0."""
        return self.add("Where", x, self.number(1.0), self.number(0.0))

    def operand(self, v: int, by: Order | None = None) -> str:
        return self.take(v, by)

    def said(self, node: Node, given: list[str], told: dict[str, Any]) -> str:
        """A function as its operator, or as the operators that compute it."""
        name = told["name"]
        if name in COMPARISONS and all(self.graph.dtypes[v].kind in "iu" for v in node.inputs):  # of one type
            given = [t if self.graph.dtypes[v] == np.int64 or v in self.graph.constants else self.add("Cast", t, to=7)
                     for t, v in zip(given, node.inputs)]
        x = given[0]
        axes, keep = told.get("axes") or (), {"keepdims": int(told.get("keep", False))}
        match name:
            case "square":
                return self.add("Mul", x, x)
            case "rsqrt":
                return self.add("Reciprocal", self.add("Sqrt", x))
            case "log1p":
                return self.add("Log", self.add("Add", x, self.number(1.0)))
            case "expm1":
                return self.add("Sub", self.add("Exp", x), self.number(1.0))
            case "not_equal":
                return self.add("Not", self.add("Equal", *given))
            case "cast" if told["to"] != "float":
                return self.add("Cast", x, to={"int": 7, "bool": 9}[told["to"]])  # TensorProto.INT64, BOOL
            case "cast" if self.graph.dtypes[node.inputs[0]].kind == "b":
                return self.of_truths(x)
            case "cast" if self.graph.dtypes[node.inputs[0]].kind == "f":
                return x
            case "clip":
                low, high = (None if told[end] is None else self.number(told[end]) for end in ("low", "high"))
                x = self.add("Max", x, low) if low else x
                return self.add("Min", x, high) if high else x
            case "any" | "all":
                found = self.add(f"Reduce{'Max' if name == 'any' else 'Min'}", self.of_truths(x), self.sizes(*axes), **keep)
                return self.add("Greater", found, self.number(0.5))
            case "norm":
                return self.add(f"ReduceL{told['order']}", x, self.sizes(*axes), **keep)
            case "var" | "std":
                centred = self.add("Sub", x, self.add("ReduceMean", x, self.sizes(*axes), keepdims=1))
                y = self.add("ReduceMean", self.add("Mul", centred, centred), self.sizes(*axes), **keep)
                n = prod(self.graph.shapes[node.inputs[0]][k] for k in node.settings["over"])
                y = self.add("Mul", y, self.number(n / (n - 1))) if told["less"] else y
                return y if name == "var" else self.add("Sqrt", y)
            case "cumsum":
                return self.add("CumSum", x, self.number(told["axis"], dtype=int))
            case "normalize":
                return self.unit(x, told)
            case "cosine":
                product = self.add("Mul", *(self.unit(a, told) for a in given))
                return self.add("ReduceSum", product, self.sizes(told["axis"]), keepdims=0)
            case "einsum":
                return self.add("Einsum", *given, equation=told["equation"])
            case "roll":
                return self.rolled(node, x, told)
            case "take":
                return self.add("Gather", *given, axis=told["axis"])
        operator = TABLE[name].onnx
        if not operator:
            self.refuse(node, f"ONNX has no operator for {name}, and how it is written out is not known")
        return self.add(operator, x, self.sizes(*axes), **keep) if "over" in told else self.add(operator, *given)

    def unit(self, x: str, told: dict[str, Any]) -> str:
        """x / max(‖x‖, epsilon)."""
        length = self.add("ReduceL2", x, self.sizes(told["axis"]), keepdims=1)
        return self.add("Div", x, self.add("Max", length, self.number(told["epsilon"])))

    def rolled(self, node: Node, x: str, told: dict[str, Any]) -> str:
        shape, held = self.graph.shapes[node.inputs[0]], self.any_order(node.inputs[0])
        for axis, shift in zip(told["axes"], told["shift"]):
            n = shape[held[axis]]
            x = self.add("Gather", x, self.number(np.roll(np.arange(n), shift), dtype=int), axis=axis)
        return x
