"""One layer in the equations of a model: an equation of its own, whose inside JAX does not see while it traces.

It is a pure function of its weights and inputs, made of the layer as it stands in the model that is asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
from flax import nnx
from jax.extend.core import Primitive

from nnparity.oracles.layouts import IDENTITY, Layout
from nnparity.oracles.models import nest

Pure = Callable[[Mapping[str, Any], Sequence[Any]], tuple[tuple[Any, ...], dict[str, Any]]]


@dataclass(eq=False)
class Layer:
    """`function(weights, inputs)` gives the outputs, and what is not trained as it is afterwards. `describe(inputs)` adds to the
    settings what can be told only from numbers: which steps are masked. `asked` says how many of the inputs are numbers of the
    network: what stands behind them are lengths and masks. With `instead` the model is traced as if that stood here."""

    name: str
    title: str
    kind: str
    settings: dict[str, Any]
    function: Pure
    axes: str = ""
    weights: Mapping[str, nnx.Variable] = field(default_factory=dict)
    layout: Layout = IDENTITY
    asked: int | None = None
    describe: Callable[[Sequence[Any]], dict[str, Any]] = lambda _: {}
    instead: Callable[[Sequence[Any]], Any] | None = None

    def __call__(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        return self.function(self.values(), inputs)[0]

    def values(self) -> dict[str, Any]:
        return {name: v[...] for name, v in self.weights.items()}


@dataclass(frozen=True, eq=False)
class Bound:
    """A layer with the lengths and masks of one call."""

    layer: Layer
    behind: Sequence[Any]

    def __call__(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        return self.layer([*inputs, *self.behind])

    def pure(self, weights: Mapping[str, Any], inputs: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return self.layer.function(weights, [*inputs, *self.behind])


layer_p = Primitive("layer")
layer_p.multiple_results = True


@layer_p.def_abstract_eval
def _shapes(*avals: Any, layer: Layer) -> list[Any]:
    shapes = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in avals]
    found = jax.eval_shape(lambda *xs: layer(xs) if layer.instead is None else (layer.instead(xs),), *shapes)
    return [jax.core.ShapedArray(s.shape, s.dtype) for s in found]


def placed(layer: Layer, inputs: Sequence[Any]) -> tuple[Any, ...]:
    """The layer's outputs, as one equation of what is traced."""
    return tuple(layer_p.bind(*inputs, layer=layer))


def pure(module: nnx.Module, weights: Mapping[str, nnx.Variable], call: Callable[[nnx.Module, Sequence[Any]], Any]) -> Pure:
    """`call(module, inputs)` as a function of the weights too; the module itself stays as it is."""
    parts, state = nnx.split(module)
    at = {id(v): name for name, v in weights.items()}
    paths = {path: at[id(v)] for path, v in nnx.iter_graph(module) if id(v) in at}

    def function(values, inputs):
        made = nnx.merge(parts, state, copy=True)
        own = {paths[path]: v for path, v in nnx.iter_graph(made) if path in paths}
        for name, v in own.items():
            v[...] = values[name]
        out = tuple(nest.tensors(call(made, inputs), jax.Array))
        return out, {name: v[...] for name, v in own.items() if isinstance(v, nnx.BatchStat)}
    return function
