"""The nodes of an ONNX graph in float64, and the numbers that no input can change: initializers and what is computed of them."""

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from nnparity.oracles.onnx_models import read

FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16)
DRAWS = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial")


class Nodes:
    """`nodes` are those that the inputs reach: (node, the Add of its bias or None). Raises ValueError for a graph with graphs
    inside."""

    def __init__(self, model: Any):
        own = type(model)()
        own.CopyFrom(model)
        self.graph = own.graph
        self.opsets = {entry.domain: entry.version for entry in own.opset_import}
        self.opset = self.opsets.get("", self.opsets.get("ai.onnx", 1))
        self.numbers = {t.name: double(numpy_helper.to_array(t)) for t in self.graph.initializer}
        self.given = [value for value in self.graph.input if value.name not in self.numbers]
        self.outputs = [value.name for value in self.graph.output]
        self.attributes: dict[str, dict[str, Any]] = {}  # of a node, by the name of its first output
        self.evaluators: dict[str, Any] = {}
        self.nodes = list(self.read())

    def read(self):
        readers: dict[str, list] = {}
        for node in self.graph.node:
            for name in node.input:
                readers.setdefault(name, []).append(node)
        merged = set()
        for node in self.graph.node:
            if any(a.type in (a.GRAPH, a.GRAPHS) for a in node.attribute):
                raise ValueError(f"the ONNX model has a {node.op_type} with a graph inside: that is not read")
            if first(node) in merged:
                continue
            widen(node)
            if node.op_type not in DRAWS and all(name in self.numbers for name in node.input if name):
                # exporters keep equal weights once, or turn them by nodes
                self.numbers |= zip(node.output, (np.array(double(a)) for a in self.evaluated(node, self.numbers)))
                continue
            bias = self.bias_of(node, readers)
            if bias:
                merged.add(bias[0].output[0])
            yield node, bias

    def bias_of(self, node: Any, readers: dict[str, list]) -> tuple[Any, str] | None:
        """The Add behind a MatMul with a kernel, where nothing else takes the product: a dense layer's."""
        after = readers.get(node.output[0], [])
        if (node.op_type != "MatMul" or node.input[1] not in self.numbers or len(after) != 1 or after[0].op_type != "Add"
                or node.output[0] in self.outputs):
            return None
        other = next(name for name in (*after[0].input, "") if name != node.output[0])
        fits = other in self.numbers and self.numbers[other].shape == self.numbers[node.input[1]].shape[1:]
        return (after[0], other) if fits else None

    def attributes_of(self, node: Any) -> dict[str, Any]:
        key = first(node)
        if key not in self.attributes:
            self.attributes[key] = {a.name: plain(helper.get_attribute_value(a)) for a in node.attribute}
        return self.attributes[key]

    def evaluated(self, node: Any, known: Any) -> list[np.ndarray]:
        """One node by the reference evaluator. A file states epsilon and slopes in single precision: the decimal number that was
        meant is computed with."""
        key = first(node)
        if key not in self.evaluators:
            evaluator = ReferenceEvaluator(node, opsets=self.opsets)
            for a in node.attribute:
                if a.type == a.FLOAT:
                    setattr(evaluator.rt_nodes_[0], a.name, read.rounded(a.f))
            self.evaluators[key] = evaluator
        return list(self.evaluators[key].run(None, {name: known[name] for name in node.input if name}))


def first(node: Any) -> str:
    """The name of its first output that is asked for: no other node has it."""
    return next(name for name in node.output if name)


def double(a: np.ndarray) -> np.ndarray:
    return a.astype(np.float64) if a.dtype.kind == "f" or a.dtype.name == "bfloat16" else a


def plain(attribute: Any) -> Any:
    if isinstance(attribute, (list, tuple)):
        return [plain(part) for part in attribute]
    return attribute.decode() if isinstance(attribute, bytes) else attribute


def widen(node: Any) -> None:
    """A cast to single precision, and a constant in it, become double: the graph is computed in float64 throughout."""
    for a in node.attribute:
        if a.name in ("to", "dtype") and node.op_type in ("Cast", "EyeLike") and a.i in FLOATS:
            a.i = TensorProto.DOUBLE
        elif a.type == a.TENSOR and a.t.data_type in FLOATS:
            a.t.CopyFrom(numpy_helper.from_array(double(numpy_helper.to_array(a.t)), a.t.name))
