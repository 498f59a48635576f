"""A Keras model's answers on the backend that Keras runs on: TensorFlow, PyTorch or JAX."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import keras
import numpy as np

from nnparity.oracles.keras_models.doubled import doubled, functional
from nnparity.oracles.keras_models.inside import goes_inside
from nnparity.oracles.keras_precision import precision
from nnparity.oracles.models.answers import Answers, Called, Forced, cotangent
from nnparity.oracles.tensors import as_numpy as array_of

DRAWS = ("rate", "dropout", "recurrent_dropout", "stddev", "_dropout")
PACKAGES = {"tensorflow": ("tensorflow", "tensorflow-cpu"), "torch": ("torch",), "jax": ("jax",)}


class Model:
    """The model, in float32 as it is, in float64 anew."""

    def __init__(self, model: Any, inputs: Sequence[np.ndarray], dtype: str):
        self.dtype, self.backend = dtype, keras.backend.backend()
        if self.backend == "jax" and dtype == "float64":  # without it JAX makes float32 of what is float64
            import jax
            jax.config.update("jax_enable_x64", True)
        self.model = doubled(functional(model, inputs)) if dtype == "float64" else model
        with precision(np.dtype(dtype)):  # weights are made when a model is first called
            self.called([keras.ops.convert_to_tensor(a) for a in self.given(inputs)], False)

    @property
    def versions(self) -> dict[str, str]:
        found = {"keras": keras.__version__}
        for name in PACKAGES[self.backend]:
            try:
                found[self.backend] = version(name)
            except ModuleNotFoundError:
                continue
        return found

    def weights(self) -> dict[str, np.ndarray]:
        """By their places: paths have numbers that depend on what else a process made."""
        return {f"{k:03d} {v.name}": as_numpy(v) for k, v in enumerate(self.model.variables)}

    def load(self, weights: Mapping[str, np.ndarray]) -> None:
        """Raises ValueError where they do not fit."""
        own = self.model.variables
        if [tuple(v.shape) for v in own] != [a.shape for a in weights.values()]:
            raise ValueError(f"the model has {len(own)} weights, of which not all have the shapes of the {len(weights)} others")
        for v, a in zip(own, weights.values()):
            v.assign(a)

    def given(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [a.astype(self.dtype) if a.dtype.kind == "f" else a for a in inputs]

    def called(self, tensors: Sequence[Any], training: bool) -> list[Any]:
        with without_draws(self.model):
            return keras.tree.flatten(self.model(list(tensors) if len(tensors) > 1 else tensors[0], training=training))

    def ask(self, inputs: Sequence[np.ndarray], training: bool, forced: Sequence[Called] | None = None,
            gradients: bool = True) -> Answers:
        before = [as_numpy(v) for v in self.model.variables]
        found = Answers([], [])
        tensors = [keras.ops.convert_to_tensor(a) for a in self.given(inputs)]
        try:
            with precision(np.dtype(self.dtype)), recorded(found, forced):
                found.outputs = [as_numpy(t) for t in self.called(tensors, training)]
            if training:
                found.after = {f"{k:03d} {v.name}": as_numpy(v) for k, v in enumerate(self.model.variables)
                               if not v.trainable and "float" in str(v.dtype)}
            self.load({str(k): a for k, a in enumerate(before)})
            if gradients:
                with precision(np.dtype(self.dtype)):
                    found.gradients = GRADIENTS[self.backend](self, tensors, training)
        finally:
            self.load({str(k): a for k, a in enumerate(before)})
        return found

    def named(self, of_inputs: Sequence[Any], of_weights: Sequence[Any]) -> dict[str, np.ndarray]:
        places = {id(v): k for k, v in enumerate(self.model.variables)}
        found = {f"input {k}": as_numpy(g) for k, g in enumerate(of_inputs) if g is not None}
        return found | {f"{places[id(v)]:03d} {v.name}": as_numpy(g)
                        for v, g in zip(self.model.trainable_variables, of_weights) if g is not None}


def as_numpy(t: Any) -> np.ndarray:
    """A variable or a tensor of any backend."""
    return np.array(array_of(t.value if isinstance(t, keras.Variable) else t))


def total(outputs: Sequence[Any]) -> Any:
    """The sum of the outputs times fixed random numbers."""
    return sum(keras.ops.sum(t * keras.ops.convert_to_tensor(cotangent(k, t).astype(keras.backend.standardize_dtype(t.dtype))))
               for k, t in enumerate(outputs))


def of_tensorflow(asked: Model, tensors, training):
    import tensorflow as tf
    floats = [t for t in tensors if t.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(floats)
        loss = total(asked.called(tensors, training))
    grads = tape.gradient(loss, [*floats, *(v.value for v in asked.model.trainable_variables)], unconnected_gradients="zero")
    return asked.named(grads[:len(floats)], [tf.convert_to_tensor(g) for g in grads[len(floats):]])


def of_torch(asked: Model, tensors, training):
    import torch
    floats = [t for t in tensors if t.is_floating_point()]
    for t in floats:
        t.requires_grad_()
    values = [v.value for v in asked.model.trainable_variables]
    grads = torch.autograd.grad(total(asked.called(tensors, training)), [*floats, *values], allow_unused=True)
    return asked.named(grads[:len(floats)], grads[len(floats):])


def of_jax(asked: Model, tensors, training):
    import jax
    rest = [v.value for v in asked.model.non_trainable_variables]
    at = [k for k, t in enumerate(tensors) if "float" in str(t.dtype)]

    def loss(floats, trained):
        given = list(tensors)
        for k, t in zip(at, floats):
            given[k] = t
        with without_draws(asked.model):
            outputs, _ = asked.model.stateless_call(trained, rest, given if len(given) > 1 else given[0], training=training)
        return total(keras.tree.flatten(outputs))
    of_inputs, of_weights = jax.grad(loss, (0, 1))([tensors[k] for k in at], [v.value for v in asked.model.trainable_variables])
    return asked.named(of_inputs, of_weights)


GRADIENTS = {"tensorflow": of_tensorflow, "torch": of_torch, "jax": of_jax}


@contextmanager
def recorded(found: Answers, forced: Sequence[Called] | None):
    """Calls of Keras's own layers, the outermost of each."""
    original, place, inside = keras.layers.Layer.__call__, Forced(forced), [0]

    def call(la, *args, **kwargs):
        own = [t for t in keras.tree.flatten((args, kwargs)) if keras.ops.is_tensor(t)]
        if inside[0] or not own or goes_inside(la):
            return original(la, *args, **kwargs)
        inside[0] += 1
        try:
            known = place.next(type(la).__name__, own)
            if known is not None:
                arrays = iter(known.inputs)
                args, kwargs = keras.tree.map_structure(
                    lambda t: like(t, arrays) if keras.ops.is_tensor(t) else t, (args, kwargs))
            out = original(la, *args, **kwargs)
            found.layers.append(Called(la.name, type(la).__name__, [as_numpy(t) for t in own],
                                       [as_numpy(t) for t in keras.tree.flatten(out)]))
            if known is None:
                return out
            results = iter(known.outputs)
            return keras.tree.map_structure(lambda t: like(t, results), out)
        finally:
            inside[0] -= 1
    keras.layers.Layer.__call__ = call
    try:
        yield
    finally:
        keras.layers.Layer.__call__ = original


def like(t: Any, arrays: Any) -> Any:
    """The next array as a tensor in the place of another, with that one's mask."""
    made = keras.ops.convert_to_tensor(next(arrays), dtype=keras.backend.standardize_dtype(t.dtype))
    mask = getattr(t, "_keras_mask", None)
    if mask is not None:
        made._keras_mask = mask
    return made


@contextmanager
def without_draws(model: Any):
    """No layer drops, or adds noise."""
    rates = [(la, name, value) for la in model._flatten_layers() for name in DRAWS
             if isinstance(value := getattr(la, name, None), (int, float)) and value]
    changed = []
    for la, name, value in rates:
        try:
            setattr(la, name, 0.0)
            changed.append((la, name, value))
        except AttributeError:  # a property without a setter says what another attribute holds
            continue
    try:
        yield
    finally:
        for la, name, value in changed:
            setattr(la, name, value)
