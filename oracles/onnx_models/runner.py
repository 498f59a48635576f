"""An ONNX model that is asked: its nodes one by one, in float64, by the reference evaluator of `onnx`.

The file states numbers in single precision; they are taken as they stand and computed with in double. A graph has no gradients
and does not train: it is asked in evaluation alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from nnparity.oracles.models.compute import compute
from nnparity.oracles.models.op import Op, Trace
from nnparity.oracles.onnx_models import primitives, read

NAME = "onnx"
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16)


class Runner:
    """The numbers of the model in float64; the model itself is left as it is."""

    name = NAME

    def __init__(self, model: Any, inputs: Sequence[np.ndarray] | None = None):  # noqa: ARG002
        self.model = type(model)()
        self.model.CopyFrom(model)
        self.parts: dict[str, tuple[int, ...]] = {}
        graph = self.model.graph
        self.opsets = {entry.domain: entry.version for entry in self.model.opset_import}
        self.numbers = {t.name: double(numpy_helper.to_array(t)) for t in graph.initializer}
        self.given = [value for value in graph.input if value.name not in self.numbers]
        self.nodes = self.read(graph)

    def read(self, graph: Any) -> list[tuple[Any, Any]]:
        """(node, the Add of its bias or None). Raises ValueError for a graph with graphs inside."""
        kept: list[tuple[Any, Any]] = []
        readers: dict[str, list] = {}
        for node in graph.node:
            for name in node.input:
                readers.setdefault(name, []).append(node)
        outputs, merged = {value.name for value in graph.output}, set()
        for node in graph.node:
            if any(a.type in (a.GRAPH, a.GRAPHS) for a in node.attribute):
                raise ValueError(f"the ONNX model has a {node.op_type} with a graph inside: that is not read")
            if node.op_type == "Constant":
                widen(node)
                self.numbers[node.output[0]] = double(self.evaluator(node).run(None, {})[0])
                continue
            if node.op_type == "Identity" and node.input[0] in self.numbers:  # exporters keep equal weights once
                self.numbers[node.output[0]] = self.numbers[node.input[0]].copy()
                continue
            if node.output[0] in merged:
                continue
            widen(node)
            after = readers.get(node.output[0], [])
            bias = None
            if (node.op_type == "MatMul" and node.input[1] in self.numbers and len(after) == 1 and after[0].op_type == "Add"
                    and node.output[0] not in outputs):
                other = next(name for name in (*after[0].input, "") if name != node.output[0])
                if other in self.numbers and self.numbers[other].shape == self.numbers[node.input[1]].shape[1:]:
                    bias = (after[0], other)
                    merged.add(after[0].output[0])
            kept.append((node, bias))
        return kept

    def evaluator(self, node: Any) -> Any:
        """One node. A file states epsilon and slopes in single precision: the decimal number that was meant is computed with."""
        evaluator = ReferenceEvaluator(node, opsets=self.opsets)
        for a in node.attribute:
            if a.type == a.FLOAT:
                setattr(evaluator.rt_nodes_[0], a.name, read.rounded(a.f))
        return evaluator

    def trace(self, inputs: Sequence[np.ndarray], training: bool = False,  # noqa: ARG002
              replace: Mapping[int, Callable] | None = None) -> Trace:
        """What it computes on these inputs, node by node; in training too as in evaluation."""
        trace, replace = Trace(NAME), replace or {}
        numbers: dict[str, int] = {}

        def value(name: str, array: np.ndarray) -> int:
            numbers[name] = len(numbers)
            trace.values[numbers[name]] = np.asarray(array)
            return numbers[name]
        if len(inputs) != len(self.given):
            trace.error = f"the graph has {len(self.given)} inputs, it was given {len(inputs)}"
            return trace
        trace.inputs = tuple(value(v.name, double(np.asarray(x))) for v, x in zip(self.given, inputs))
        for node, bias in self.nodes:
            try:
                op = self.op(node, bias, numbers, trace, value)
                given = [trace.values[k] for k in op.inputs]
                found = (replace[len(trace.ops)](given),) if len(trace.ops) in replace else op.call(given)
            except Exception as error:  # the evaluator raises what NumPy raises
                trace.error = f"{node.op_type} {node.name}: {error}"
                return trace
            names = bias[0].output if bias else [name for name in node.output if name]
            op.outputs = tuple(value(name, y) for name, y in zip(names, found))
            trace.ops.append(op)
        trace.outputs = tuple(numbers[v.name] for v in self.model.graph.output if v.name in numbers)
        return trace

    def op(self, node: Any, bias: Any, numbers: Mapping[str, int], trace: Trace, value: Callable) -> Op:
        attributes = {a.name: plain(helper.get_attribute_value(a)) for a in node.attribute}
        names = [name for name in node.input if name]
        own = read.WEIGHTS.get(node.op_type, ())
        weights = {}
        if own and len(node.input) > 1 and all(name in self.numbers for name in node.input[1:] if name):
            weights = {w: name for w, name in zip(own, node.input[1:]) if name}
            names = [node.input[0]]
            if bias:
                weights["C"] = bias[1]
        inputs = tuple(numbers[name] if name in numbers else value(name, self.numbers[name]) for name in names)
        ndim = trace.values[inputs[0]].ndim if inputs else 0
        kind, settings, axes = read.node(node.op_type, attributes, ndim, {w: self.numbers[name] for w, name in weights.items()})
        if kind in read.ARITHMETIC.values() and any(name in self.numbers for name in names):
            kind = "code"  # with a constant, which the file keeps in single precision
        evaluator = self.evaluator(node)

        def call(tensors):
            fed = {**{name: self.numbers[name] for name in weights.values()}, **dict(zip(names, tensors))}
            outputs = evaluator.run(None, {name: fed[name] for name in node.input if name})
            return tuple(y + self.numbers[bias[1]] for y in outputs) if bias else tuple(outputs)
        layout = read.layout_of(kind, bool(attributes.get("transB", 0)) and node.op_type == "Gemm")
        return Op(node.name or node.output[0], node.op_type, kind, settings, call, inputs, weights=weights, layout=layout,
                  axes=axes)

    def plain(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the graph gives whole."""
        trace = self.trace(inputs)
        return [trace.values[v] for v in trace.outputs]

    def arrays(self, op: Op) -> dict[str, np.ndarray]:
        return {name: self.numbers[held] for name, held in op.weights.items()}

    def assign(self, op: Op, arrays: Mapping[str, np.ndarray]) -> None:
        for name, a in arrays.items():
            self.numbers[op.weights[name]] = np.array(a, float)

    def run(self, op: Op, inputs: Sequence[np.ndarray], cotangent: np.ndarray | None = None):  # noqa: ARG002
        """(outputs, no gradients, none)."""
        return list(op.call([double(np.asarray(x)) for x in inputs])), [], {}

    def compute(self, kind: str, settings: Mapping, params: Mapping[str, np.ndarray], inputs: Sequence[np.ndarray],
                cotangent: np.ndarray | None = None):  # noqa: ARG002
        """The formula of a layer by NumPy: (outputs, no gradients, none)."""
        return compute(primitives, kind, settings, params, inputs), [], {}

    def native(self, kind: str, settings: Mapping, params: Mapping[str, np.ndarray]) -> Callable:
        return lambda tensors: compute(primitives, kind, settings, params, tensors)["y"]

    def stated(self) -> list[tuple[tuple[int | None, ...], bool]]:
        """(shape with None for what is open, whether it holds whole numbers) of each input."""
        found = []
        for v in self.given:
            kind = v.type.tensor_type
            dims = tuple(d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in kind.shape.dim)
            found.append((dims, kind.elem_type in (TensorProto.INT32, TensorProto.INT64)))
        return found

    def vocabularies(self) -> list[int]:
        """How many rows each table has from which a Gather takes some."""
        tables = [self.numbers[n.input[0]] for n, _ in self.nodes if n.op_type == "Gather" and n.input[0] in self.numbers]
        return [len(table) for table in tables if table.ndim == 2]

    def masks(self) -> bool:
        return False

    cut = staticmethod(lambda t, where: t[where])
    permuted = staticmethod(lambda t, order: np.transpose(t, tuple(order)))


def double(a: np.ndarray) -> np.ndarray:
    return a.astype(np.float64) if a.dtype.kind == "f" else a


def plain(attribute: Any) -> Any:
    return attribute.decode() if isinstance(attribute, bytes) else attribute


def widen(node: Any) -> None:
    """A cast to single precision, and a constant in it, become double: the graph is computed in float64 throughout."""
    for a in node.attribute:
        if a.name == "to" and node.op_type == "Cast" and a.i in FLOATS:
            a.i = TensorProto.DOUBLE
        elif a.type == a.TENSOR and a.t.data_type in FLOATS:
            a.t.CopyFrom(numpy_helper.from_array(double(numpy_helper.to_array(a.t)), a.t.name))
