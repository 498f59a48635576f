"""A Keras model as a graph of Keras's own layers and operations: a person's layer that has layers is opened.

Such a layer computes between its layers, with keras.ops on numbers, which nobody sees. Its call() is run with symbolic tensors in
its place; a weight that is handed to an operation there (a table of words, transposed for the head) goes into the graph too.
"""

import inspect
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from itertools import count
from typing import Any
from unittest.mock import patch

import keras
import numpy as np
from keras.src.ops import core, image, linalg, math, nn, numpy

from nnparity.oracles.keras_models.inside import goes_inside
from nnparity.oracles.keras_precision import precision

SIZED = ("Reshape", "BroadcastTo", "Tile", "Slice", "SliceUpdate")
MODULES = (core, image, linalg, math, nn, numpy)


class Asked(ValueError):
    """The size of the batch is needed."""


class Held(keras.Operation):
    """A variable, or a constant, as a value of the graph, which begins at one of its inputs as every value does."""

    def __init__(self, variable: Any):
        super().__init__(name=f"held_{id(self)}")
        self.variable = variable

    def call(self, anchor):
        del anchor
        return keras.ops.convert_to_tensor(self.variable)

    def compute_output_spec(self, anchor):
        del anchor
        return keras.KerasTensor(tuple(self.variable.shape), dtype=keras.backend.standardize_dtype(self.variable.dtype))


def opened(la: Any) -> bool:
    """Whether it is a layer of a person's own that has layers."""
    return goes_inside(la) and not type(la).__module__.startswith("keras.") and type(la).__name__ != "Functional"


def has_opened(model: Any) -> bool:
    return any(opened(la) and not isinstance(la, keras.Model) for la in model._flatten_layers(include_self=False))


def inlined(model: Any, inputs: Sequence[Any], structure: Any, double: bool = True) -> Any:
    """A functional model of what the model's call() does with these symbolic inputs; what the layers hold is shared. `double`:
    made in double precision, which a cell of Keras's that is called alone does not take."""
    names = renamed(model)
    try:
        own = type(model).__name__ not in ("Functional", "Sequential")
        with opening(inputs[0], own), as_double(model) if double else nullcontext():
            made = keras.Model(structure, model.call(structure, **untold(model, {})))
    except Exception:
        named_again(names)
        raise
    made.own_names = names
    return made


def untold(la: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call() with its mode left open: a default of False in its head tells its layers nothing."""
    parameters = inspect.signature(la.call).parameters
    asked = {"training": None} if "training" in parameters and kwargs.get("training") is not True else {}
    return {**kwargs, **asked}


def renamed(model: Any) -> list[tuple[Any, str]]:
    """Layers of one name, which a graph may not have, get others until it is copied: (layer, its own name)."""
    layers = list(dict.fromkeys(model._flatten_layers(include_self=False)))
    every, seen = {la.name for la in layers}, set()
    found = []
    for la in layers:
        if la.name in seen:
            found.append((la, la.name))
            la.name = next(name for k in count(2) if (name := f"{la.name}_{k}") not in every)
            every.add(la.name)
        seen.add(la.name)
    return found


def named_again(names: list[tuple[Any, str]]) -> None:
    for la, name in names:
        la.name = name


@contextmanager
def opening(anchor: Any, own: int) -> Iterator[None]:
    """While a model is called with symbolic tensors: layers of a person's own that have layers are run through."""
    layer_call, symbolic_call = keras.layers.Layer.__call__, keras.Operation.symbolic_call
    held: dict[int, tuple[Any, Any]] = {}
    within = [own]  # calls of a person's own that are run through
    inside = [0]  # layers that stay one call compute with their own weights
    known = numpy.any_symbolic_tensors

    def value(v: Any) -> Any:
        if isinstance(v, keras.Variable):
            if id(v) not in held:
                held[id(v)] = (v, symbolic_call(Held(v), anchor))
            return held[id(v)][1]
        return v

    def call(la, *args, **kwargs):
        tensors = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
        if not tensors and la.weights and not inside[0]:  # a table of positions is asked for 0, 1, 2, ...
            args, kwargs = keras.tree.map_structure(
                lambda v: symbolic_call(Held(v), anchor) if keras.ops.is_tensor(v) else v, (args, kwargs))
        for t in tensors:  # Keras takes what is multiplied by a number for a sparse tensor
            t._sparse = False
        if tensors and opened(la) and la.built and not any(getattr(t, "_keras_mask", None) is not None for t in tensors):
            within[0] += 1
            try:
                out = la.call(*args, **untold(la, kwargs))
                if la.supports_masking:  # as its own __call__ hands it on: what comes next may heed it
                    la._set_mask_metadata(tensors[0], out, getattr(tensors[0], "_keras_mask", None))
                return out
            except Asked:
                raise
            except Exception:  # it may do what only numbers allow: then it stays one call
                pass
            finally:
                within[0] -= 1
        # said in a person's code: a graph of Keras's own hands on what the model is asked with, whatever was said
        la.told_training = kwargs.get("training") is True and within[0] > 0 and not inside[0]
        inside[0] += 1
        try:
            return layer_call(la, *args, **kwargs)
        finally:
            inside[0] -= 1

    def symbolic(operation, *args, **kwargs):
        if isinstance(operation, numpy.Reshape):  # the size of the batch is not known
            operation = numpy.Reshape(tuple(-1 if n is None else n for n in operation.newshape))
        sizes = [v for v in (*vars(operation).values(), *args) if isinstance(v, (tuple, list))]
        if any(n is None for size in sizes for n in size) and type(operation).__name__ in SIZED:
            raise Asked("the size of the batch is asked for")
        args, kwargs = keras.tree.map_structure(value, (args, kwargs))
        return symbolic_call(operation, *args, **kwargs)

    def any_symbolic(args=None, kwargs=None):
        return known(args, kwargs) or inside[0] == 0 and any(
            isinstance(v, keras.Variable) for v in keras.tree.flatten((args, kwargs)))

    with ExitStack() as stack:
        stack.enter_context(patch.object(keras.layers.Layer, "__call__", call))
        stack.enter_context(patch.object(keras.Operation, "symbolic_call", symbolic))
        stack.enter_context(patch.object(keras.KerasTensor, "__array_ufunc__", None, create=True))  # NumPy's number times one
        for module in MODULES:
            stack.enter_context(patch.object(module, "any_symbolic_tensors", any_symbolic))
        yield


@contextmanager
def as_double(model: Any) -> Iterator[None]:
    """While its graph is made, every layer is of double precision: constants that a call() computes are not rounded."""
    layers = [la for la in model._flatten_layers() if getattr(la, "_dtype_policy", None) is not None
              and la._dtype_policy.name == "float32"]
    policies = [la._dtype_policy for la in layers]
    try:
        with precision(np.dtype("float64")):
            for la in layers:
                la._dtype_policy = keras.DTypePolicy("float64")
            yield
    finally:
        for la, policy in zip(layers, policies):
            la._dtype_policy = policy


@contextmanager
def in_order(model: Any) -> Iterator[None]:
    """While the graph is copied, its calls come in the order in which they were written, not by their distance from the end:
    branches are then made one after the other, as in the other model."""
    own = [(part, part._nodes_by_depth) for part in graphs(model)]
    try:
        ordered(model)
        yield
    finally:
        for part, nodes in own:
            part._nodes_by_depth = nodes


def graphs(model: Any) -> list[Any]:
    parts = [getattr(part, "_functional", None) or part for part in model._flatten_layers()]
    return [part for part in dict.fromkeys(parts) if hasattr(part, "_nodes_by_depth")]


def ordered(model: Any) -> None:
    """Runs its calls in the order in which they were made: their tensors are numbered."""
    for part in graphs(model):
        nodes = [node for _, level in sorted(part._nodes_by_depth.items(), reverse=True) for node in level]
        numbers = [re.search(r"(\d+)$", node.outputs[0].name) if not node.is_input else None for node in nodes]
        if all(node.is_input or found for node, found in zip(nodes, numbers)):
            order = sorted(range(len(nodes)), key=lambda k: int(found[1]) if (found := numbers[k]) else -1)
            part._nodes_by_depth = {0: [nodes[k] for k in order]}
