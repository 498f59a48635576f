"""A flax.nnx model that is asked: run whole, or one of its calls on other numbers, with gradients by jax.vjp."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import nn

from nnparity.oracles.flax_models import primitives
from nnparity.oracles.flax_models.layer import Bound
from nnparity.oracles.flax_models.trace import told, traced
from nnparity.oracles.models import nest
from nnparity.oracles.models.compute import compute
from nnparity.oracles.models.op import Op, Trace

NAME = "flax"
Pulled = tuple[list[np.ndarray], list[np.ndarray], dict[str, np.ndarray]]


@contextmanager
def wide() -> Iterator[None]:
    """JAX with float64, in this thread, while it lasts."""
    with jax.enable_x64(True):
        yield


class Runner:
    """A copy of the model in float64; the person's own is left as it is."""

    name = NAME

    def __init__(self, model: nnx.Module, inputs: Sequence[np.ndarray] | None = None):  # noqa: ARG002
        self.own = nnx.clone(model)
        self.model = in_precision(model, "float64")
        self.parts: dict[str, tuple[int, ...]] = {}  # linear layers that are recorded as several side by side
        self.names: list[str] = []  # of the calls of the last run

    def trace(self, inputs: Sequence[np.ndarray], training: bool = False, replace: Mapping[int, Callable] | None = None) -> Trace:
        """What it computes on these inputs. Its weights and running statistics are as before."""
        with wide():
            found = traced(self.model, [tensor(a) for a in inputs], training, replace or {}, self.parts, self.names)
        if not replace:
            self.names = [op.name for op in found.ops]
        return found

    def plain(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the model returns in evaluation, nothing being recorded."""
        with wide():
            return asked(self.model, [tensor(a) for a in inputs])

    def as_it_is(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the model returns in evaluation in its own precision."""
        dtype = next((v.dtype for v in jax.tree.leaves(nnx.state(self.own, nnx.Param)) if floating(v)), jnp.float32)
        given = [jnp.asarray(a, dtype if np.issubdtype(np.asarray(a).dtype, np.floating) else None) for a in inputs]
        return [np.asarray(y, float) for y in asked(self.own, given)]

    def parameters(self) -> dict[str, jax.Array]:
        """Those of the person's own model, by their paths."""
        return {".".join(map(str, path)): v[...] for path, v in nnx.iter_graph(self.own) if isinstance(v, nnx.Param)}

    def arrays(self, op: Op) -> dict[str, np.ndarray]:
        """The weights of a call, as it has them."""
        with wide():
            return {name: np.asarray(v[...]) for name, v in op.weights.items()}

    def assign(self, op: Op, arrays: Mapping[str, np.ndarray]) -> None:
        with wide():
            for name, a in arrays.items():
                op.weights[name][...] = jnp.asarray(a)

    def run(self, op: Op, inputs: Sequence[np.ndarray], cotangent: np.ndarray | None = None) -> Pulled:
        """(outputs, gradients of the inputs, of the weights by their own names, or running statistics after it)."""
        with wide():
            tensors, weights = [tensor(a) for a in inputs], {name: v[...] for name, v in op.weights.items()}
            stats: dict[str, Any] = {}
            if cotangent is None:
                return [np.asarray(y) for y in op.call(tensors)], [], {}
            if isinstance(op.call, Bound):
                stats = op.call.pure(weights, tensors)[1]
            leaves = {name: a for name, a in weights.items() if name not in stats and learnt(op.weights[name])}

            def forward(own, given):
                return op.call.pure(weights | own, given)[0] if isinstance(op.call, Bound) else op.call(given)
            outputs, of_inputs, of_weights = pulled(forward, leaves, tensors, cotangent)
            return outputs, of_inputs, of_weights | {name: np.asarray(a) for name, a in stats.items()}

    def compute(self, kind: str, settings: Mapping, params: Mapping[str, np.ndarray], inputs: Sequence[np.ndarray],
                cotangent: np.ndarray | None = None) -> tuple[dict[str, np.ndarray], list, dict[str, np.ndarray]]:
        """The formula of a layer in JAX's own operations: (outputs, gradients of inputs, of weights)."""
        with wide():
            tensors, leaves = [tensor(a) for a in inputs], {name: jnp.asarray(a) for name, a in params.items()}
            outputs = compute(primitives, kind, settings, leaves, tensors)
            told_ = {name: np.asarray(a) for name, a in outputs.items()}
            if cotangent is None:
                return told_, [], {}

            def forward(own, given):
                return (compute(primitives, kind, settings, own, given)["y"],)
            _, of_inputs, of_weights = pulled(forward, leaves, tensors, cotangent)
            return told_, of_inputs, of_weights

    def native(self, kind: str, settings: Mapping, params: Mapping[str, np.ndarray]) -> Callable:
        """The formula as a function of tensors, to stand in a model's place of a call."""
        with wide():
            leaves = {name: jnp.asarray(a) for name, a in params.items()}
        return lambda tensors: compute(primitives, kind, settings, leaves, tensors)["y"]

    def free(self) -> dict[str, nnx.Param]:
        """Parameters that none of flax's own layers has, by their paths."""
        found = {}
        modules = {path: m for path, m in nnx.iter_graph(self.model) if isinstance(m, nnx.Module)}
        for path, v in nnx.iter_graph(self.model):
            owner = next((modules[path[:n]] for n in reversed(range(len(path))) if path[:n] in modules), self.model)
            if isinstance(v, nnx.Param) and not type(owner).__module__.startswith(nn.__name__):
                found[".".join(map(str, path))] = v
        return found

    def vocabularies(self) -> list[int]:
        """How many words each embedding knows."""
        return [m.num_embeddings for _, m in nnx.iter_graph(self.model) if isinstance(m, nnx.Embed)]

    def masks(self) -> bool:
        return False

    cut = staticmethod(lambda t, where: t[where])
    permuted = staticmethod(lambda t, order: t.transpose(tuple(order)))


def tensor(a: np.ndarray) -> jax.Array:
    a = np.asarray(a)
    return jnp.asarray(a.astype(float) if np.issubdtype(a.dtype, np.floating) else a)


def learnt(v: Any) -> bool:
    """Whether it is a parameter, or a part of one, and no variable of another kind."""
    return isinstance(v, nnx.Param) or not isinstance(v, nnx.Variable)


def floating(a: Any) -> bool:
    return bool(jnp.issubdtype(a.dtype, jnp.floating))


def in_precision(model: nnx.Module, dtype: str) -> nnx.Module:
    """A copy whose numbers have a precision, and whose layers compute in it."""
    with wide():
        graph, state = nnx.split(model)
        made = nnx.merge(graph, jax.tree.map(lambda a: a.astype(dtype) if hasattr(a, "dtype") and floating(a) else a, state))
        for m in (m for _, m in nnx.iter_graph(made) if isinstance(m, nnx.Module)):
            for name in ("dtype", "param_dtype"):  # a cell begins with a state of the second
                if getattr(m, name, None) is not None and jnp.issubdtype(getattr(m, name), jnp.floating):
                    setattr(m, name, jnp.dtype(dtype))
        return made


def asked(model: nnx.Module, inputs: Sequence[Any]) -> list[np.ndarray]:
    """What it returns in evaluation."""
    model.eval()
    graph, state = nnx.split(model)
    copy = nnx.merge(graph, state, copy=True)
    return [np.asarray(y) for y in nest.tensors(copy(*inputs, **told(copy, False)), jax.Array)]


def pulled(forward: Callable, leaves: Mapping[str, Any], tensors: Sequence[Any], cotangent: np.ndarray) -> Pulled:
    """(outputs, gradients of the inputs, of the leaves) of the first output times the cotangent."""
    moving = [k for k, t in enumerate(tensors) if floating(t)]

    def outputs(own, given):
        every = list(tensors)
        for k, t in zip(moving, given):
            every[k] = t
        found = forward(own, every)
        return found[0], found[1:]
    y, back, rest = jax.vjp(outputs, dict(leaves), [tensors[k] for k in moving], has_aux=True)
    of_weights, of_given = back(jnp.asarray(cotangent, y.dtype)) if floating(y) else ({}, [])
    of_inputs = [np.zeros(0)] * len(tensors)
    for k, g in zip(moving, of_given):
        of_inputs[k] = np.asarray(g)
    return [np.asarray(t) for t in (y, *rest)], of_inputs, {name: np.asarray(g) for name, g in of_weights.items()}
