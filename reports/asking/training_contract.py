"""What a user's function is asked about a training, in one of two ways.

    an optimizer     def adam(parameter, gradient, state, step, learning_rate, config): return new_parameter, new_state
    a whole training def n08_training(params, inputs, config): return {"loss": (steps,), name: (steps, ...), ...}

An optimizer is run inside the reference's training loop: right gradients, right examples, its own updates.
"""

import inspect
from collections.abc import Callable, Mapping

import numpy as np

from nnparity.cases.case import Case, Layer, Result, Training
from nnparity.cases.selection import trained_as
from nnparity.oracles.tensors import as_numpy
from nnparity.reference_impl import training
from nnparity.reference_impl.defaults import defaults
from nnparity.reference_impl.optimizers import OPTIMIZERS
from nnparity.reports.comparison.contract import NotNumbers, described, read_array

OPTIMIZER = ("parameter", "gradient", "state", "step", "learning_rate", "config")
TRAINING = ("params", "inputs", "config")


class NoAnswer(Exception):
    """The implementation ran and gave back something that is no answer. The message is for the person who wrote it."""


def training_of(case: Case) -> Training:
    """Raises ValueError for a case that is no training."""
    if case.training is None:
        raise ValueError(f"{case} is no training")
    return case.training


def resolved_options(case: Case) -> dict:
    """The options of the case's optimizer, those at their default included."""
    t = training_of(case)
    return {**defaults(t.optimizer), **t.config}


def training_config(case: Case) -> dict:
    """Everything about a training that is no array, with nothing left at a default: one rate and the rows of x and target for
    each step, the optimizer's options, every layer's and the loss's options by name."""
    t = training_of(case)
    rows = [list(batch) for batch in t.batches] or [list(range(len(case.inputs["x"])))]
    return {"optimizer": t.optimizer, "options": resolved_options(case), "steps": t.steps,
            "learning_rates": [t.rate(step) for step in range(t.steps)],
            "batches": [rows[step % len(rows)] for step in range(t.steps)],
            "layers": {name_of(layer): {**defaults(layer.kind), **layer.config} for layer in case.layers}}


def name_of(layer: Layer) -> str:
    return layer.name or layer.kind


def ask(function: Callable, case: Case, name: str, options: dict) -> Result:
    """The path that a user's function gives; `options` are those of the optimizer. Raises NoAnswer where it is no path."""
    if trained_as(case) in OPTIMIZERS:
        fits(function, OPTIMIZER, name, "an optimizer")
        return training.train(case, update=update_of(function, options, name))
    fits(function, TRAINING, name, "a training")
    path = function(dict(case.params), dict(case.inputs), training_config(case))
    return Result(outputs=as_path(path, case, name), grads={}, built=f"{name}(params, inputs, config)")


def fits(function: Callable, parameters: tuple[str, ...], name: str, what: str) -> None:
    """Raises NoAnswer if the function cannot take these positional arguments."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a callable of a compiled module says nothing
        return
    try:
        signature.bind(*parameters)
    except TypeError as error:
        raise NoAnswer(f"{name}{signature} cannot be called as {what}, {name}({', '.join(parameters)}): {error}") from None


def update_of(function: Callable, options: dict, name: str) -> Callable:
    """The user's function as an update of the reference's training loop."""
    wanted = "expected `return new_parameter, new_state`, an array and what you want to be given back at the next step"

    def update(p, g, state, t, rate, **_):
        returned = function(p.copy(), g.copy(), state, t, rate, options)
        if returned is None:
            raise NoAnswer(f"{name} returned None; {wanted}. An update in place is not seen: return the new parameter")
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise NoAnswer(f"{name} returned {described(returned)}; {wanted}")
        new = as_numbers(returned[0], f"{name} returned {{got}} as the new parameter; expected an array of shape {p.shape}")
        if new.shape != p.shape:
            raise NoAnswer(f"{name} returned a parameter of shape {new.shape} for one of shape {p.shape}; "
                           "an update keeps the shape")
        return new, returned[1]
    return update


def as_path(path, case: Case, name: str) -> dict[str, np.ndarray]:
    """What a user's training gave back, as arrays with the steps in front."""
    steps, names = training_of(case).steps, ("loss", *case.params)
    wanted = (f'expected a dict of arrays, {{"loss": ({steps},), ...}}, with the names {", ".join(names)}: '
              "the loss before each step, every parameter after it")
    if not isinstance(path, Mapping):
        raise NoAnswer(f"{name} returned {described(path)}; {wanted}")
    found = {}
    for key, value in path.items():
        found[key] = as_numbers(value, f"{name} returned {{got}} as path[{key!r}]; {wanted}")
        if found[key].ndim and len(found[key]) == steps + 1:
            raise NoAnswer(f"{name} returned {steps + 1} entries in path[{key!r}] for {steps} steps. Leave out "
                           f"{'the loss after the last step' if key == 'loss' else 'the initial weights'}: {wanted}")
    return found


def as_numbers(value, message: str) -> np.ndarray:
    """An array; or NoAnswer with this message, `{got}` in it replaced by what was returned."""
    try:
        return read_array([as_numpy(v) for v in value] if isinstance(value, list | tuple) else as_numpy(value))
    except NotNumbers as error:
        raise NoAnswer(message.replace("{got}", str(error))) from error
    except Exception as error:  # a tensor that its framework does not hand over
        raise NoAnswer(f"{message.replace('{got}', described(value))} ({type(error).__name__}: {error})") from error
