"""A Keras model that is asked: run whole, or one of its calls on other numbers, with gradients by tf.GradientTape."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnparity.oracles.keras_models import primitives
from nnparity.oracles.keras_models.doubled import between, doubled, functional
from nnparity.oracles.keras_models.trace import tensors, traced
from nnparity.oracles.keras_module import check_backend, precision
from nnparity.oracles.models.compute import compute
from nnparity.oracles.models.op import Op, Trace
from nnparity.oracles.tensors import as_numpy

NAME = "keras"


class Runner:
    """A copy of the model in float64; the person's own is left as it is. Raises ValueError on another backend."""

    name = NAME

    def __init__(self, model: Any, inputs: Sequence[np.ndarray] | None = None):
        check_backend()
        graph = functional(model, inputs)
        self.own = model if isinstance(model, keras.Model) else graph
        self.model = doubled(graph)
        self.parts: dict[str, tuple[int, ...]] = {}  # dense layers that are recorded as several side by side
        self.held: dict[str, Any] = {}  # the weights of those

    def trace(self, inputs: Sequence[np.ndarray], training: bool = False, replace: Mapping[int, Callable] | None = None) -> Trace:
        before = [w.numpy() for w in self.model.weights]
        with precision(np.dtype("float64")):
            found = traced(self.model, [tensor(a) for a in inputs], training, replace or {}, self.parts, self.held)
        for w, a in zip(self.model.weights, before):
            w.assign(a)
        return found

    def plain(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the model returns in evaluation, nothing being recorded."""
        with precision(np.dtype("float64")):
            given = [tensor(a) for a in inputs]
            out = self.model(given if len(given) > 1 else given[0], training=False)
        return [as_numpy(t) for t in tensors(out)]

    def as_it_is(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the model returns in evaluation in its own precision."""
        given = [tf.cast(t, self.own.compute_dtype) if t.dtype.is_floating else t for t in map(tensor, inputs)]
        out = self.own(given if len(given) > 1 else given[0], training=False)
        return [np.asarray(as_numpy(tf.cast(t, "float64"))) for t in tensors(out)]

    def arrays(self, op: Op) -> dict[str, np.ndarray]:
        return {name: np.asarray(as_numpy(w)) for name, w in op.weights.items()}

    def assign(self, op: Op, arrays: Mapping[str, np.ndarray]) -> None:
        for name, a in arrays.items():
            op.weights[name].assign(a)

    def run(self, op: Op, inputs: Sequence[np.ndarray], cotangent: np.ndarray | None = None):
        """(outputs, gradients of the inputs, of the weights by their own names, or running statistics after it)."""
        leaves = {name: w for name, w in op.weights.items() if w.trainable}
        stats = {name: w for name, w in op.weights.items() if not w.trainable}
        before = {name: w.numpy() for name, w in stats.items()}
        tensors = [tensor(a) for a in inputs]
        with precision(np.dtype("float64")):
            if cotangent is None:
                outputs, of_inputs, of_weights = [as_numpy(t) for t in op.call(tensors)], [], {}
            else:
                outputs, of_inputs, of_weights = pulled(lambda: op.call(tensors), tensors,
                                                        {name: w.value for name, w in leaves.items()}, cotangent)
        after = {name: w.numpy() for name, w in stats.items()}
        for name, w in stats.items():
            w.assign(before[name])
        return outputs, of_inputs, {**of_weights, **after}

    def compute(self, kind: str, settings: Mapping, params: Mapping[str, np.ndarray], inputs: Sequence[np.ndarray],
                cotangent: np.ndarray | None = None):
        """The formula of a layer in TensorFlow's own operations: (outputs, gradients of inputs, of weights)."""
        tensors, leaves = [tensor(a) for a in inputs], {name: tf.constant(a) for name, a in params.items()}
        outputs: dict[str, Any] = {}

        def forward():
            outputs.update(compute(primitives, kind, settings, leaves, tensors))
            return (outputs["y"],)
        if cotangent is None:
            forward()
            return {name: as_numpy(a) for name, a in outputs.items()}, [], {}
        _, of_inputs, of_weights = pulled(forward, tensors, leaves, cotangent)
        return {name: as_numpy(a) for name, a in outputs.items()}, of_inputs, of_weights

    def native(self, kind: str, settings: Mapping, params: Mapping[str, np.ndarray]) -> Callable:
        leaves = {name: tf.constant(a) for name, a in params.items()}
        return lambda tensors: compute(primitives, kind, settings, leaves, tensors)["y"]

    def free(self) -> dict[str, Any]:
        """Parameters that none of Keras's own layers has, by their paths."""
        layers = [la for la in self.model._flatten_layers() if not type(la).__module__.startswith("keras.")]
        return between(self.model) | {w.path: w for la in layers for w in la._trainable_variables}

    def vocabularies(self) -> list[int]:
        """How many words each embedding knows."""
        return [la.input_dim for la in self.model._flatten_layers() if isinstance(la, keras.layers.Embedding)]

    def hides(self) -> dict[str, float]:
        """What stands for padding: 0 among words ("i"), another number among features ("f")."""
        masking = [la for la in self.model._flatten_layers() if isinstance(la, keras.layers.Masking)]
        return ({"i": 0} if self.masks() else {}) | ({"f": float(masking[0].mask_value)} if masking else {})

    def masks(self) -> bool:
        """Whether a layer hides the steps of padding."""
        return any(getattr(la, "mask_zero", False) for la in self.model._flatten_layers())

    cut = staticmethod(lambda t, where: t[where])
    permuted = staticmethod(lambda t, order: tf.transpose(t, tuple(order)))


def tensor(a: np.ndarray):
    return tf.constant(np.asarray(a, dtype=float) if np.issubdtype(np.asarray(a).dtype, np.floating) else np.asarray(a))


def pulled(forward: Callable, tensors, leaves: Mapping, cotangent: np.ndarray):
    wanted = [t for t in tensors if t.dtype.is_floating]
    every = [*wanted, *leaves.values()]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(every)
        outputs = forward()
    grads = tape.gradient(outputs[0], every, tf.constant(cotangent), unconnected_gradients="zero")
    found = iter([as_numpy(tf.convert_to_tensor(g)) for g in grads])
    of_inputs = [next(found) if t.dtype.is_floating else np.zeros(0) for t in tensors]
    return [as_numpy(t) for t in outputs], of_inputs, dict(zip(leaves, found))
