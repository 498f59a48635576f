"""Records what an ONNX graph computes on some inputs, node by node.

What no input's numbers can change is *fixed*: initializers, what is computed of them, shapes and what is computed of those. It is
no call of the model; a layer's kernels are its weights, sizes are part of the call that takes them, and other arrays stand as
values of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnparity.oracles.models.op import Op, Trace
from nnparity.oracles.onnx_models import read, recurrent
from nnparity.oracles.onnx_models.nodes import Nodes, first

SIZES = ("Shape", "Size")
OPEN = ("code", "concatenate", *read.ARITHMETIC.values())  # kinds that may take arrays which are nobody's weights


class Recorder:
    """One run. `at` are the numbers of what the inputs change, by name; `fixed` what they do not."""

    def __init__(self, graph: Nodes, replace: Mapping[int, Callable]):
        self.graph, self.replace = graph, replace
        self.trace = Trace("onnx")
        self.at: dict[str, int] = {}
        self.fixed = dict(graph.numbers)

    def traced(self, inputs: Sequence[np.ndarray]) -> Trace:
        trace = self.trace
        trace.inputs = tuple(self.named(v.name, x) for v, x in zip(self.graph.given, inputs))
        for node, bias in self.graph.nodes:
            try:
                self.node(node, bias)
            except Exception as error:  # the evaluator raises what NumPy raises
                trace.error = f"{node.op_type} {node.name or first(node)}: {error}"
                return trace
        trace.outputs = tuple(self.at[name] if name in self.at else self.named(name, self.fixed[name])
                              for name in self.graph.outputs)
        return trace

    def value(self, array: np.ndarray) -> int:
        number = len(self.trace.values)
        self.trace.values[number] = np.asarray(array)
        return number

    def named(self, name: str, array: np.ndarray) -> int:
        self.at[name] = self.value(array)
        return self.at[name]

    def array(self, name: str) -> np.ndarray:
        return self.trace.values[self.at[name]] if name in self.at else self.fixed[name]

    def node(self, node: Any, bias: Any) -> None:
        names = [name for name in node.input if name]
        if node.op_type in SIZES or not any(name in self.at for name in names):
            arrays = self.graph.evaluated(node, {name: self.array(name) for name in names})
            self.fixed |= zip((name for name in node.output if name), arrays)
        elif node.op_type in recurrent.KINDS:
            recurrent.record(self, node)
        else:
            op, inputs = self.op(node, bias)
            self.record(op, inputs, bias[0].output if bias else [name for name in node.output if name])

    def record(self, op: Op, inputs: Sequence[int], names: Sequence[str]) -> list[np.ndarray]:
        """The call made, and its outputs; "" is one without a name."""
        op.inputs = tuple(inputs)
        given = [self.trace.values[k] for k in inputs]
        place = len(self.trace.ops)
        found: Sequence[Any] = () if place in self.replace and len(names) == 1 else op.call(given)
        if place in self.replace:
            found = (self.replace[place](given), *found[1:])
        op.outputs = tuple(self.named(name, y) if name else self.value(y) for name, y in zip(names, found))
        self.trace.ops.append(op)
        return list(found)

    def op(self, node: Any, bias: Any) -> tuple[Op, list[int]]:
        call = self.call(node, bias)
        kind, settings, axes = read.node(call)
        weights = {name: self.weights_of(node, bias)[name] for name in call.weights} if kind not in OPEN else {}
        held = set(weights.values())
        own = [name for name in dict.fromkeys(node.input) if name and name not in held]
        sizes = node.op_type in ("Resize", "Upsample")
        taken = [name for name in own if name in self.at or kind in OPEN and not sizes and self.operand(name)]
        if kind in read.ARITHMETIC.values() and len([name for name in node.input if name in taken]) < 2:
            kind = "code"  # with a number that the file keeps in single precision
        bound = {name: self.fixed[name] for name in own if name not in taken}
        graph = self.graph

        def run(tensors):
            fed = {**bound, **{name: graph.numbers[name] for name in weights.values()}, **dict(zip(taken, tensors))}
            outputs = graph.evaluated(node, fed)
            return tuple(y + graph.numbers[bias[1]] for y in outputs) if bias else tuple(outputs)
        op = Op(node.name or first(node), node.op_type, kind, settings, run, weights=weights, axes=axes,
                layout=read.layout_of(kind, call))
        return op, [self.at[name] if name in self.at else self.value(self.fixed[name]) for name in taken]

    def operand(self, name: str) -> bool:
        """Whether a fixed input is an array of the network's, no size and no single number."""
        a = self.fixed[name]
        return a.dtype.kind == "f" and a.size > 1

    def call(self, node: Any, bias: Any) -> read.Call:
        shape = next(self.array(name).shape for name in node.input if name in self.at)
        given = [None if name in self.at or not name else self.fixed[name] for name in node.input]
        weights = {w: self.graph.numbers[name] for w, name in self.weights_of(node, bias).items()}
        return read.Call(node.op_type, self.graph.attributes_of(node), shape, given, weights, self.graph.opset)

    def weights_of(self, node: Any, bias: Any) -> dict[str, str]:
        """The names of its weights, where all of them are numbers of the file."""
        places = read.WEIGHTS.get(node.op_type, {})
        own = {w: node.input[k] for k, w in places.items() if k < len(node.input) and node.input[k]}
        if not own or any(name not in self.graph.numbers or self.graph.numbers[name].dtype.kind != "f" for name in own.values()):
            return {}
        return own | ({"C": bias[1]} if bias else {})
