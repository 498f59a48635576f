"""A flax.nnx model's answers, layer by layer, in one precision."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from nnparity.oracles.flax_models.equations import Constant, Equation
from nnparity.oracles.flax_models.files import put, variables
from nnparity.oracles.flax_models.layer import layer_p
from nnparity.oracles.flax_models.runner import floating, in_precision, wide
from nnparity.oracles.flax_models.trace import equations_of
from nnparity.oracles.models.answers import Answers, Called, Forced, cotangent


class Model:
    """A copy of the model; the person's own is left as it is."""

    backend = "jax"

    def __init__(self, model: nnx.Module, inputs: Sequence[np.ndarray], dtype: str):  # noqa: ARG002
        self.dtype, self.model = dtype, in_precision(model, dtype)

    @property
    def versions(self) -> dict[str, str]:
        return {"flax": flax.__version__, "jax": jax.__version__}

    def weights(self) -> dict[str, np.ndarray]:
        with self.precision():
            return {name: np.asarray(v[...]) for name, v in variables(self.model).items()}

    def load(self, weights: Mapping[str, np.ndarray]) -> None:
        """Raises ValueError where they do not fit."""
        with self.precision():
            put(self.model, dict(weights))

    def precision(self) -> Any:
        return wide() if self.dtype == "float64" else nullcontext()

    def ask(self, inputs: Sequence[np.ndarray], training: bool, forced: Sequence[Called] | None = None,
            gradients: bool = True) -> Answers:
        with self.precision(), without_draws(self.model):
            given = [jnp.asarray(a, self.dtype if a.dtype.kind == "f" else None) for a in inputs]
            asked = Computation(self.model, given, training)
            found = Answers([], [])
            outputs, found.after = asked(asked.values, given, found, Forced(forced))
            found.outputs = [np.asarray(y) for y in outputs if floating(y)]
            if not training:
                found.after = {}
            if gradients:
                found.gradients = asked.gradients(given)
        return found


class Computation:
    """The model as a pure function of its parameters and inputs, equation by equation."""

    def __init__(self, model: nnx.Module, inputs: Sequence[Any], training: bool):
        self.variables = variables(model)
        self.values = {name: v[...] for name, v in self.variables.items()}
        self.equations, self.given, self.outputs, self.held, error = equations_of(model, inputs, training, {})
        if error:
            raise ValueError(error)

    def __call__(self, values: Mapping[str, Any], inputs: Sequence[Any], told: Answers | None = None,
                 forced: Forced | None = None) -> tuple[list[Any], dict[str, np.ndarray]]:
        """(outputs, running statistics afterwards). `told` is given each layer's call; `forced` has others in their places."""
        names = {id(v): name for name, v in self.variables.items()}
        own = {id(a): values[name] for name, a in self.values.items()}  # parameters that stand between layers
        arrays = {v: own.get(id(a), a) for v, a in self.held.items()} | dict(zip(self.given, inputs))
        after: dict[str, Any] = {}

        def read(v):
            return v.value if isinstance(v, Constant) else arrays[v]
        for e in self.equations:
            xs = [read(v) for v in e.ins]
            if not isinstance(e, Equation) or e.eqn.primitive is not layer_p:
                arrays.update(zip(e.outs, e(*xs)))
                continue
            layer = e.params["layer"]
            call = forced.next(layer.title, xs) if forced is not None else None
            xs = xs if call is None else [jnp.asarray(a, x.dtype) for a, x in zip(call.inputs, xs)]
            ys, stats = layer.function({name: values[names[id(v)]] for name, v in layer.weights.items()}, xs)
            after |= {names[id(layer.weights[name])]: a for name, a in stats.items()}
            if told is not None:
                told.layers.append(Called(layer.name, layer.title, [np.asarray(x) for x in xs], [np.asarray(y) for y in ys]))
            arrays.update(zip(e.outs, ys if call is None else [jnp.asarray(a, y.dtype) for a, y in zip(call.outputs, ys)]))
        return [read(v) for v in self.outputs], after

    def gradients(self, inputs: Sequence[Any]) -> dict[str, np.ndarray]:
        """Of the sum of the outputs times fixed random numbers."""
        moving = [k for k, x in enumerate(inputs) if floating(x)]
        trained = {name: a for name, a in self.values.items() if isinstance(self.variables[name], nnx.Param)}

        def loss(params, given):
            every = list(inputs)
            for k, x in zip(moving, given):
                every[k] = x
            outputs = [y for y in self(self.values | params, every)[0] if floating(y)]
            return sum((y * jnp.asarray(cotangent(k, y), y.dtype)).sum() for k, y in enumerate(outputs))
        of_params, of_inputs = jax.grad(loss, (0, 1))(trained, [inputs[k] for k in moving])
        return {f"input {k}": np.asarray(g) for k, g in zip(moving, of_inputs)} | {
            name: np.asarray(g) for name, g in of_params.items()}


@contextmanager
def without_draws(model: nnx.Module) -> Iterator[None]:
    """No layer drops."""
    rates = [(m, name, getattr(m, name)) for _, m in nnx.iter_graph(model) if isinstance(m, nnx.Module)
             for name in ("rate", "dropout_rate") if isinstance(getattr(m, name, None), float)]
    for m, name, _ in rates:
        setattr(m, name, 0.0)
    try:
        yield
    finally:
        for m, name, rate in rates:
            setattr(m, name, rate)
