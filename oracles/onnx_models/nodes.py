"""The nodes of an ONNX graph in float64, and the numbers that no input can change: initializers and what is computed of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from nnparity.oracles.onnx_models import primitives, read

FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16)
DRAWS = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial")
EXACT = {"Erf": primitives.erf}  # which the reference evaluator computes in single precision


@dataclass(frozen=True)
class Part:
    """A node, or several in a row that are one layer: `operator` is that of the layer, `weights` are names of numbers by the
    names of its inputs."""

    nodes: tuple[Any, ...]
    operator: str
    attributes: Mapping[str, Any]
    weights: dict[str, str]
    called: int = 0  # the node whose name it has

    @property
    def name(self) -> str:
        return self.nodes[self.called].name or first(self.nodes[-1])

    @property
    def inputs(self) -> list[str]:
        """What is given from outside, in order."""
        made = {name for node in self.nodes for name in node.output}
        return list(dict.fromkeys(name for node in self.nodes for name in node.input if name and name not in made))

    @property
    def outputs(self) -> list[str]:
        return [name for name in self.nodes[-1].output if name]


class Nodes:
    """`parts` are those that the inputs reach, in order. Raises ValueError for a graph with graphs inside."""

    def __init__(self, model: Any):
        own = type(model)()
        own.CopyFrom(model)
        self.graph = own.graph
        self.opsets = {entry.domain: entry.version for entry in own.opset_import}
        self.opset = self.opsets.get("", self.opsets.get("ai.onnx", 1))
        self.numbers = {t.name: meant(numpy_helper.to_array(t)) for t in self.graph.initializer}
        self.given = [value for value in self.graph.input if value.name not in self.numbers]
        self.outputs = [value.name for value in self.graph.output]
        self.evaluators: dict[tuple, ReferenceEvaluator] = {}  # by the name of a node's first output, and dtypes
        self.parts = self.apart(list(self.joined(self.reached())))

    def reached(self) -> list[Any]:
        """The nodes but those that no input reaches: they are numbers, as exporters keep equal weights once or turn them."""
        kept = []
        for node in self.graph.node:
            if any(a.type in (a.GRAPH, a.GRAPHS) for a in node.attribute):
                raise ValueError(f"the ONNX model has a {node.op_type} with a graph inside: that is not read")
            widen(node)
            if node.op_type not in DRAWS and all(name in self.numbers for name in node.input if name):
                self.numbers |= zip(node.output, (np.array(double(a)) for a in self.evaluated(node, self.numbers)))
            else:
                kept.append(node)
        return kept

    def joined(self, nodes: list[Any]) -> Iterator[Part]:
        """Each where its last node stands."""
        readers: dict[str, list] = {}
        for node in nodes:
            for name in node.input:
                readers.setdefault(name, []).append(node)
        taken: set[str] = set()
        ends: dict[str, Part] = {}
        for node in nodes:
            if first(node) not in taken and (part := self.dense(node, readers) or self.grouped(node, readers)):
                taken |= {first(n) for n in part.nodes}
                ends[first(part.nodes[-1])] = part
        for node in nodes:
            if first(node) in ends:
                yield ends[first(node)]
            elif first(node) not in taken:
                yield Part((node,), node.op_type, attributes_of(node), self.weights_of(node))

    def apart(self, parts: list[Part]) -> list[Part]:
        """Numbers that several layers have, as exporters keep equal ones once, become each one's own; a layer that is called
        twice, with all its weights, keeps them."""
        used: set[str] = set()
        layers: set[tuple[str, ...]] = set()
        for part in parts:
            if (names := tuple(part.weights.values())) in layers:
                continue
            for w, name in part.weights.items():
                if name in used:
                    own = intern(f"{name} of {part.name}")
                    self.numbers[own] = self.numbers[name].copy()
                    part.weights[w] = own
                    for node in part.nodes:
                        for k, given in enumerate(node.input):
                            if given == name:
                                node.input[k] = own
            used |= {*names}
            layers.add(names)
        return parts

    def row(self, node: Any, readers: Mapping[str, list], *operators: str) -> tuple[Any, ...]:
        """The node and those behind it, each of which alone takes what stands in front of it; () where they are others."""
        found = [node]
        for operator in operators:
            after = readers.get(first(found[-1]), [])
            if len(after) != 1 or after[0].op_type != operator or first(found[-1]) in self.outputs:
                return ()
            found.append(after[0])
        return tuple(found)

    def other(self, node: Any, than: Any) -> str:
        """The input of a node that another one does not make, where it is a number of the file; "" else."""
        return next((name for name in node.input if name != first(than) and name in self.numbers), "")

    def dense(self, node: Any, readers: Mapping[str, list]) -> Part | None:
        """The product with a kernel, and the sum with a bias."""
        weights = self.weights_of(node)
        row = self.row(node, readers, "Add") if node.op_type == "MatMul" and weights else ()
        bias = self.other(row[1], node) if row else ""
        if not bias or self.numbers[bias].shape != self.numbers[weights["B"]].shape[1:]:
            return None
        return Part(row, "MatMul", {}, {**weights, "C": bias})

    def grouped(self, node: Any, readers: Mapping[str, list]) -> Part | None:
        """Channels are put together to groups, each is normalised with nothing but that, and then channels are scaled."""
        row = self.row(node, readers, "InstanceNormalization", "Reshape", "Mul", "Add") if node.op_type == "Reshape" else ()
        own = self.weights_of(row[1]) if row else {}
        if not own or np.any(self.numbers[own["scale"]] != 1) or np.any(self.numbers[own["B"]] != 0):
            return None
        weights = {"scale": self.other(row[3], row[2]), "B": self.other(row[4], row[3])}
        shapes = [self.numbers[name].shape for name in weights.values() if name]
        if len(shapes) != 2 or shapes[0] != shapes[1] or max(shapes[0], default=0) != int(np.prod(shapes[0])):
            return None
        return Part(row, "GroupNormalization", {**attributes_of(row[1]), "num_groups": len(self.numbers[own["scale"]])}, weights,
                    called=1)

    def weights_of(self, node: Any) -> dict[str, str]:
        """The names of its weights, where all of them are numbers of the file."""
        places = read.WEIGHTS.get(node.op_type, {})
        own = {w: intern(node.input[k]) for k, w in places.items() if k < len(node.input) and node.input[k]}
        held = all(name in self.numbers and self.numbers[name].dtype.kind == "f" for name in own.values())
        return own if held else {}

    def evaluated(self, node: Any, known: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """One node by the reference evaluator. A file states epsilon and slopes in single precision: the decimal number that was
        meant is computed with."""
        if node.op_type in EXACT:
            return [EXACT[node.op_type](known[node.input[0]])]
        given = {name: known[name] for name in node.input if name}
        key = first(node), *(a.dtype for a in given.values())
        if key not in self.evaluators:
            self.evaluators[key] = self.evaluator(node, given)
        return list(self.evaluators[key].run(None, given))

    def evaluator(self, node: Any, given: Mapping[str, np.ndarray]) -> ReferenceEvaluator:
        """The node as a model: alone it would be taken for one of the newest version of its operator."""
        inputs, outputs = ([helper.make_tensor_value_info(name, kind, None) for name, kind in ends] for ends in (
            [(name, helper.np_dtype_to_tensor_dtype(a.dtype)) for name, a in given.items()],
            [(name, TensorProto.UNDEFINED) for name in node.output if name]))
        imports = [helper.make_opsetid(domain, version) for domain, version in self.opsets.items()]
        model = helper.make_model(helper.make_graph([node], "node", inputs, outputs), opset_imports=imports)
        evaluator = ReferenceEvaluator(model)
        for a in node.attribute:
            if a.type == a.FLOAT:
                setattr(evaluator.rt_nodes_[0], a.name, read.rounded(a.f))
        return evaluator

    def run(self, part: Part, known: Mapping[str, np.ndarray]) -> tuple[np.ndarray, ...]:
        """The nodes of a part one after the other."""
        known, found = dict(known), []
        for node in part.nodes:
            found = self.evaluated(node, known)
            known |= zip(node.output, found)
        return tuple(found)


def first(node: Any) -> str:
    """The name of its first output that is asked for: no other node has it."""
    return next(name for name in node.output if name)


def attributes_of(node: Any) -> dict[str, Any]:
    return {a.name: plain(helper.get_attribute_value(a)) for a in node.attribute}


def double(a: np.ndarray) -> np.ndarray:
    return a.astype(np.float64) if a.dtype.kind == "f" or a.dtype.name == "bfloat16" else a


def meant(a: np.ndarray) -> np.ndarray:
    """In double precision; a single number of few digits, as an epsilon of 1e-5 or a factor of 0.044715, as it was meant."""
    wide = double(a)
    if a.dtype == np.float32 and a.size == 1:
        short = float(f"{a.item():.6g}")
        return np.full(a.shape, short) if np.float32(short) == a.reshape(-1)[0] else wide
    return wide


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
            a.t.CopyFrom(numpy_helper.from_array(meant(numpy_helper.to_array(a.t)), a.t.name))
