"""Records what an ONNX graph computes on some inputs, node by node.

What no input's numbers can change is *fixed*: initializers, what is computed of them, shapes and what is computed of those. It is
no call of the model; a layer's kernels are its weights, sizes are part of the call that takes them, and other arrays stand as
values of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnparity.oracles.models.compute import COMPUTE, compute
from nnparity.oracles.models.op import Op, Trace
from nnparity.oracles.onnx_models import primitives, read, recurrent
from nnparity.oracles.onnx_models.nodes import Nodes, Part

SIZES = ("Shape", "Size")
OPEN = ("code", "concatenate", *read.ARITHMETIC.values())  # kinds that may take arrays which are nobody's weights


class Recorder:
    """One run. `at` are the numbers of what the inputs change, by name; `fixed` what they do not."""

    def __init__(self, graph: Nodes, replace: Mapping[int, Callable], parts: Mapping[str, Sequence[int]]):
        self.graph, self.replace = graph, replace
        self.parts = parts  # dense layers that are recorded as several, by how many columns each has
        self.trace = Trace("onnx")
        self.at: dict[str, int] = {}
        self.fixed = dict(graph.numbers)

    def traced(self, inputs: Sequence[np.ndarray]) -> Trace:
        trace = self.trace
        trace.inputs = tuple(self.named(v.name, x) for v, x in zip(self.graph.given, inputs))
        for part in self.graph.parts:
            try:
                self.part(part)
            except Exception as error:  # the evaluator raises what NumPy raises
                trace.error = f"{part.operator} {part.name}: {error}"
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

    def part(self, part: Part) -> None:
        if part.operator in SIZES or not any(name in self.at for name in part.inputs):
            self.fixed |= zip(part.outputs, self.graph.run(part, {name: self.array(name) for name in part.inputs}))
        elif part.operator in recurrent.KINDS:
            recurrent.record(self, part)
        else:
            op, inputs = self.op(part)
            if op.kind == "dense" and op.name in self.parts:
                self.parted(op, inputs, part.outputs[0], self.parts[op.name])
            else:
                self.record(op, inputs, part.outputs)

    def parted(self, op: Op, inputs: Sequence[int], output: str, columns: Sequence[int]) -> None:
        """A dense layer as several that stand side by side, so many columns each."""
        params = op.layout.unpack({w: self.graph.numbers[held] for w, held in op.weights.items()})
        ends, made = np.cumsum(columns), []
        for n, end in zip(columns, ends):
            name = f"{op.name}[{end - n}:{end}]"
            own = {ours: f"{name}/{ours}" for ours in params}
            for ours, held in own.items():
                self.graph.numbers.setdefault(held, params[ours][..., end - n:end])
            made.append(self.record(Op(name, op.title, "dense", {}, linear(self.graph.numbers, own), weights=own), inputs, [""]))
        values = [self.trace.ops[k].outputs[0] for k in range(len(self.trace.ops) - len(made), len(self.trace.ops))]
        self.record(Op(f"{op.name}.joined", "Concat", "structural", {}, lambda ts: (np.concatenate(list(ts), -1),)), values,
                    [output])

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

    def op(self, part: Part) -> tuple[Op, list[int]]:
        call = self.call(part)
        kind, settings, axes = read.node(call)
        weights = dict(part.weights) if kind not in OPEN else {}
        own = [name for name in part.inputs if name not in weights.values()]
        sizes = part.operator in ("Resize", "Upsample")
        taken = [name for name in own if name in self.at or kind in OPEN and not sizes and self.operand(name)]
        if kind in read.ARITHMETIC.values() and len([name for name in part.nodes[0].input if name in taken]) < 2:
            kind = "code"  # with a number that the file keeps in single precision
        bound = {name: self.fixed[name] for name in own if name not in taken}
        graph, layout = self.graph, read.layout_of(kind, call)

        def formula(tensors):
            params = layout.unpack({w: graph.numbers[name] for w, name in weights.items()})
            more = {"size": tuple(round(f * n) for f, n in zip(call.factors, tensors[0].shape))[2:]} if kind == "upsample" else {}
            return (compute(primitives, kind, {**settings, **more}, params, tensors)["y"],)

        def evaluated(tensors):
            return graph.run(part, {**bound, **dict(zip(taken, tensors))})
        # of what is known the formula is exact; the evaluator has some operators of one version only, or in single precision
        run = formula if kind in COMPUTE else evaluated
        op = Op(part.name, part.operator, kind, settings, run, weights=weights, axes=axes, layout=layout)
        return op, [self.at[name] if name in self.at else self.value(self.fixed[name]) for name in taken]

    def operand(self, name: str) -> bool:
        """Whether a fixed input is an array of the network's, no size and no single number."""
        a = self.fixed[name]
        return a.dtype.kind == "f" and a.size > 1

    def call(self, part: Part) -> read.Call:
        shape = next(self.array(name).shape for name in part.inputs if name in self.at)
        given = [None if name in self.at or not name else self.fixed.get(name) for name in part.nodes[0].input]
        weights = {w: self.graph.numbers[name] for w, name in part.weights.items()}
        return read.Call(part.operator, part.attributes, shape, given, weights, self.graph.opset)


def linear(numbers: Mapping[str, np.ndarray], own: Mapping[str, str]) -> Callable:
    """x W + b with the numbers that stand under these names when it is called."""
    def call(tensors):
        y = tensors[0] @ numbers[own["kernel"]]
        return (y + numbers[own["bias"]] if "bias" in own else y,)
    return call
