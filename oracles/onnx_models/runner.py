"""An ONNX model that is asked: its nodes one by one, in float64, by the reference evaluator of `onnx`.

The file states numbers in single precision; they are taken as they stand and computed with in double. A graph has no gradients
and does not train: it is asked in evaluation alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto

from nnparity.oracles.models.compute import compute
from nnparity.oracles.models.op import Op, Trace
from nnparity.oracles.onnx_models import plain, primitives
from nnparity.oracles.onnx_models.nodes import Nodes, double
from nnparity.oracles.onnx_models.recorder import Recorder

NAME = "onnx"
RESIZES = ("Resize", "Upsample")  # whose arrays are sizes


class Runner:
    """The numbers of the model in float64; the model itself is left as it is."""

    name = NAME

    def __init__(self, model: Any, inputs: Sequence[np.ndarray] | None = None):  # noqa: ARG002
        self.own = model
        self.parts: dict[str, tuple[int, ...]] = {}
        self.graph = Nodes(model)
        self.numbers = self.graph.numbers

    def trace(self, inputs: Sequence[np.ndarray], training: bool = False,  # noqa: ARG002
              replace: Mapping[int, Callable] | None = None) -> Trace:
        """What it computes on these inputs, node by node; in training too as in evaluation."""
        given = self.graph.given
        if len(inputs) != len(given):
            return Trace(NAME, error=f"the graph has {len(given)} inputs, it was given {len(inputs)}")
        for v, (dims, _), x in zip(given, self.stated(), inputs):
            if not v.type.tensor_type.HasField("shape"):
                continue
            if len(dims) != np.ndim(x) or any(n is not None and n != m for n, m in zip(dims[1:], np.shape(x)[1:])):
                told = ", ".join("any" if n is None else str(n) for n in dims)
                return Trace(NAME, error=f"input {v.name} of the graph is of shape ({told}), it was given {np.shape(x)}")
        return Recorder(self.graph, replace or {}, self.parts).traced([double(np.asarray(x)) for x in inputs])

    def plain(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the graph gives whole."""
        trace = self.trace(inputs)
        return [trace.values[v] for v in trace.outputs]

    def as_it_is(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the file gives in its own precision."""
        return plain.answers(self.own, [v.name for v in self.graph.given], inputs)

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
        for v in self.graph.given:
            kind = v.type.tensor_type
            dims = tuple(d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in kind.shape.dim)
            found.append((dims, kind.elem_type in (TensorProto.INT32, TensorProto.INT64)))
        return found

    def free(self) -> dict[str, str]:
        """Arrays that no layer has as its weights; a file does not say which of them were trained."""
        taken = {name for part in self.graph.parts for name in part.weights.values()}
        names = [name for part in self.graph.parts if part.operator not in RESIZES for name in part.inputs]
        return {name: name for name in names if name in self.numbers and name not in taken
                and self.numbers[name].dtype.kind == "f" and self.numbers[name].size > 1}

    def vocabularies(self) -> list[int]:
        """How many rows each table has from which a Gather takes some."""
        tables = [self.numbers[part.weights["data"]] for part in self.graph.parts if part.operator == "Gather" and part.weights]
        return [len(table) for table in tables if table.ndim == 2]

    def masks(self) -> bool:
        return False

    cut = staticmethod(lambda t, where: t[where])
    permuted = staticmethod(lambda t, order: np.transpose(t, tuple(order)))
