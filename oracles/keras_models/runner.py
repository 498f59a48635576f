"""A Keras model that is asked: run whole, or one of its calls on other numbers, with gradients by tf.GradientTape."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnparity.oracles.keras_models import primitives
from nnparity.oracles.keras_models.trace import traced
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
        self.model = doubled(functional(model, inputs))

    def trace(self, inputs: Sequence[np.ndarray], training: bool = False, replace: Mapping[int, Callable] | None = None) -> Trace:
        before = [w.numpy() for w in self.model.weights]
        with precision(np.dtype("float64")):
            found = traced(self.model, [tensor(a) for a in inputs], training, replace or {})
        for w, a in zip(self.model.weights, before):
            w.assign(a)
        return found

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

    def vocabularies(self) -> list[int]:
        """How many words each embedding knows."""
        return [la.input_dim for la in self.model._flatten_layers() if isinstance(la, keras.layers.Embedding)]

    cut = staticmethod(lambda t, where: t[where])
    permuted = staticmethod(lambda t, order: tf.transpose(t, tuple(order)))
    gathered = staticmethod(lambda t, index: tf.gather(tf.reshape(t, (-1,)), index))


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


def functional(model: Any, inputs: Sequence[np.ndarray] | None) -> Any:
    """A model whose class has a call() of its own as a functional one with the same layers. Raises ValueError without inputs."""
    if isinstance(model, keras.Sequential) or type(model).__name__ == "Functional" or not isinstance(model, keras.Model):
        return model if isinstance(model, keras.Model) else keras.Sequential([model])
    if inputs is None:
        raise ValueError(f"{type(model).__name__} is a Keras model with a call() of its own: hand in x, in its layout")
    symbolic = [keras.Input(a.shape[1:], dtype="float32" if a.dtype.kind == "f" else str(a.dtype)) for a in inputs]
    try:
        return keras.Model(symbolic, model.call(symbolic if len(symbolic) > 1 else symbolic[0]))
    except Exception as error:  # a person's call() may do what only numbers allow
        raise ValueError(f"{type(model).__name__}.call cannot be read with symbolic inputs: "
                         f"{str(error).strip().splitlines()[0]:.200}") from None


def doubled(model: Any) -> Any:
    """The model anew in float64 with the same weights. Raises ValueError where it cannot be made anew."""
    if model.dtype_policy.name == "float64" and all(w.dtype == "float64" for w in model.weights if "float" in w.dtype):
        return model
    with precision(np.dtype("float64")):
        made = keras.models.clone_model(model, clone_function=again, recursive=True)
        made.set_weights([np.asarray(w) for w in model.get_weights()])
    for part in made._flatten_layers():
        graph = getattr(part, "_functional", None) or part  # a sequential model has a functional one within
        entries = [*(getattr(graph, "_inputs", None) or ()), *([part] if isinstance(part, keras.layers.InputLayer) else [])]
        for entry in entries:
            if entry.dtype == "float32":  # a model casts what it is handed to the type of its entry
                entry._dtype = "float64"
    return made


def again(layer: Any) -> Any:
    """One layer in float64."""
    if isinstance(layer, keras.layers.Lambda):
        return keras.layers.Lambda(layer.function, name=layer.name, dtype="float64")
    own = {name: function for name in ("activation", "recurrent_activation") if callable(function := getattr(layer, name, None))
           and not isinstance(layer, keras.layers.RNN)}
    for name in own:  # a lambda cannot be written down: it is handed on as it is
        setattr(layer, name, keras.activations.linear)
    try:
        config = doubled_config(layer.get_config())
    finally:
        for name, function in own.items():
            setattr(layer, name, function)
    return type(layer).from_config({**config, **{name: function for name, function in own.items() if name in config}})


def doubled_config(config: Any) -> Any:
    """A nest of configurations in which every float32 policy is of float64."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": "float64"}}
        return {key: "float64" if key == "dtype" and value == "float32" else doubled_config(value)
                for key, value in config.items()}
    if isinstance(config, list):
        return [doubled_config(part) for part in config]
    return config
