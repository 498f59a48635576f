"""A Keras model anew in float64, on any of its backends."""

from collections.abc import Iterator, Sequence
from inspect import signature
from itertools import product
from typing import Any

import keras
import numpy as np

from nnparity.oracles.keras_models.inlined import Held, has_opened, in_order, inlined, named_again, ordered
from nnparity.oracles.keras_precision import precision


def functional(model: Any, inputs: Sequence[np.ndarray] | None) -> Any:
    """A model whose class has a call() of its own, or layers that are opened, as a functional one with the same layers. Raises
    ValueError without inputs."""
    if not isinstance(model, keras.Model):
        model = keras.Sequential([model])
    if isinstance(model, keras.Sequential) or type(model).__name__ == "Functional":
        if not model.built or not has_opened(model):
            return model
        entries = getattr(model, "_functional", model)._inputs_struct
    elif inputs is None:
        raise ValueError(f"{type(model).__name__} is a Keras model with a call() of its own: hand in x, in its layout")
    else:
        entries = [keras.KerasTensor((None, *a.shape[1:]), dtype="float32" if a.dtype.kind == "f" else str(a.dtype))
                   for a in inputs]
        entries = entries if len(entries) > 1 else entries[0]
    sizes = [None] if inputs is None else [None, len(inputs[0])]  # some ask how many examples there are
    for size, double in product(sizes, (True, False)):
        symbolic = keras.tree.map_structure(
            lambda t, size=size: keras.Input(batch_shape=(size, *t.shape[1:]), dtype=t.dtype, name=t.name), entries)
        try:
            return inlined(model, keras.tree.flatten(symbolic), symbolic, double)
        except Exception as error:  # a person's call() may do what only numbers allow
            said = ([line for line in map(str.strip, str(error).splitlines()) if line] or [type(error).__name__])[0]
    if type(model).__name__ in ("Functional", "Sequential"):
        return model
    raise ValueError(f"{type(model).__name__}.call cannot be read with symbolic inputs: {said:.200}")


def between(model: Any) -> dict[str, keras.Variable]:
    """Variables that stand between the layers of a functional model: those of the class whose call() it was."""
    return {v.path: v for node in nodes(model) for v in (
        getattr(node.operation, "variable", None), *keras.tree.flatten((node.arguments.args, node.arguments.kwargs)))
            if isinstance(v, keras.Variable)}


def nodes(model: Any) -> Iterator[Any]:
    for part in model._flatten_layers():
        for operation in getattr(part, "_operations", ()):
            yield from operation._inbound_nodes


def copied(model: Any, made: dict[int, keras.Variable]) -> None:
    """Variables that stand between the layers become the model's own, in float64; `made` are those that its layers have."""

    def own(v: Any) -> Any:
        if not isinstance(v, keras.Variable):
            return v
        if id(v) not in made:
            made[id(v)] = keras.Variable(np.asarray(v), dtype="float64" if v.dtype == "float32" else v.dtype, name=v.name)
            made[id(v)]._path = v.path
        return made[id(v)]
    for node in nodes(model):
        if isinstance(node.operation, Held):
            node.operation.variable = own(node.operation.variable)
        given = node.arguments
        given.args, given.kwargs = keras.tree.map_structure(own, (given.args, given.kwargs))
        given._flat_arguments = keras.tree.flatten((given.args, given.kwargs))


def doubled(model: Any) -> Any:
    """The model anew in float64 with the same weights. Raises ValueError where it cannot be made anew."""
    try:
        with in_order(model):
            made = _doubled(model)
        ordered(made)
        return made
    finally:
        named_again(getattr(model, "own_names", []))


def _doubled(model: Any) -> Any:
    """The copy, its calls in whatever order."""
    with precision(np.dtype("float64")):
        inputs = {}
        if not isinstance(model, keras.Sequential):
            inputs["input_tensors"] = keras.tree.map_structure(wide, model._inputs_struct)
        made = keras.models.clone_model(model, clone_function=again, recursive=True, **inputs)
        made.set_weights([np.asarray(w) for w in model.get_weights()])
        copied(made, {id(v): w for v, w in zip(model.weights, made.weights)})
    for part in made._flatten_layers():
        graph = getattr(part, "_functional", None) or part  # a sequential model has a functional one within
        entries = [*(getattr(graph, "_inputs", None) or ()), *([part] if isinstance(part, keras.layers.InputLayer) else [])]
        for entry in entries:
            if entry.dtype == "float32":  # a model casts what it is handed to the type of its entry
                entry._dtype = "float64"
    return made


def wide(t: Any) -> Any:
    """An input of the model, in float64 where it takes numbers of single precision: else it would round what it is given."""
    return keras.Input(batch_shape=t.shape, dtype="float64" if t.dtype == "float32" else t.dtype, name=t.name, sparse=t.sparse)


def again(layer: Any) -> Any:
    """One layer in float64; one that a person's call() told in which mode it is stays in that mode."""
    made = once_more(layer)
    if getattr(layer, "told_training", False):
        made._call_context_args = set(made._call_context_args) - {"training"}
    return made


def once_more(layer: Any) -> Any:
    """One layer in float64."""
    if isinstance(layer, Held):
        return Held(layer.variable)
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
    config |= {name: function for name, function in own.items() if name in config}
    takes = signature(type(layer).__init__).parameters.values()
    if any(p.kind == p.VAR_KEYWORD for p in takes):
        return type(layer).from_config(config)
    made = type(layer).from_config({p.name: config[p.name] for p in takes if p.name in config})  # it takes no name, no dtype
    made.name = layer.name
    return made


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
