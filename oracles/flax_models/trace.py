"""Records what a flax.nnx model computes: its layers, and JAX's functions between them.

JAX traces the model once, each layer being one equation; the equations are then computed one by one, and each is a call.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import nn as N

from nnparity.oracles.flax_models import attention, read, recurrent
from nnparity.oracles.flax_models.equations import Called, Constant, Equation, flattened, named
from nnparity.oracles.flax_models.layer import Bound, Layer, layer_p, placed, pure
from nnparity.oracles.models import nest
from nnparity.oracles.models.op import WITH_CONSTANTS, Op, Trace

TRAINS = ("train", "training", "is_training", "is_train")  # arguments by which a model is told
RESTS = ("deterministic", "use_running_average", "eval")
TITLES = {"reduce_window_max": "max_pool", "reduce_max": "max", "dot_general": "matmul", "mul": "multiply", "sub": "subtract",
          "div": "divide", "_resize": "resize",
          "logistic": "sigmoid", "soft_sign": "softsign"}
ALIASES = ("copy", "copy_p", "pvary", "optimization_barrier")


class Placing:
    """Layers of a copy of the model, each placed as one equation that computes what the model's own computes."""

    def __init__(self, model: nnx.Module, copy: nnx.Module, parts: Mapping[str, Sequence[int]], replace: Mapping[str, Callable]):
        self.own = {path: m for path, m in nnx.iter_graph(model) if isinstance(m, nnx.Module)}
        self.path = {id(m): path for path, m in nnx.iter_graph(copy) if isinstance(m, nnx.Module)}
        self.parts, self.replace, self.inside = parts, replace, False
        self.used: dict[str, int] = {}

    def called(self, original: Callable, m: nnx.Module, args: Any, kwargs: Any) -> Any:
        if self.inside or id(m) not in self.path:
            return original(m, *args, **kwargs)
        path = self.path[id(m)]
        own, name = self.own[path], ".".join(map(str, path)) or type(m).__name__
        if isinstance(m, N.attention.MultiHeadAttention):
            return self.multi_head(original, m, name, args, kwargs)
        self.inside = True
        try:
            return self.one(original, own, name, args, kwargs)
        finally:
            self.inside = False

    def one(self, original: Callable, m: nnx.Module, name: str, args: Any, kwargs: Any) -> Any:
        given = list(nest.tensors((args, kwargs), jax.Array))
        if recurrent.readable(m) and len(args) == 1:
            return recurrent.recurrent(original, m, name, args[0], kwargs)
        if given and attention.flat(m, given[0].ndim):
            return attention.dense(original, m, name, given[0])
        kind, settings, axes = read.module(m, given[0].ndim, kwargs) if given else ("code", {}, "")
        if kind == "dropout":
            return placed(Layer(name, type(m).__name__, kind, settings, lambda _, xs: ((xs[0],), {})), given[:1])[0]
        weights = read.weights_of(m)
        if name in self.parts and type(m) is N.linear.Linear:
            return self.parted(m, name, given[0])
        tree: dict[str, Any] = {}

        def call(made, inputs):
            def again(*a, **k):
                tree["out"] = original(made, *a, **k)
                return tree["out"]
            return nest.replayed(again, args, kwargs, given, jax.Array)(inputs)
        layer = Layer(name, type(m).__name__, kind, settings, pure(m, weights, call), axes, weights, read.layout_of(m, kind))
        if instead := self.instead(name):
            layer.instead = instead
            return placed(layer, given)[0]
        outs = iter(placed(layer, given))
        return nest.exchanged(tree["out"], jax.Array, lambda _: next(outs))

    def instead(self, name: str) -> Callable | None:
        """What stands in the place of this call: where it gives another shape, the rest of the model must be traced with that."""
        count = self.used[name] = self.used.get(name, 0) + 1
        return self.replace.get(name if count == 1 else f"{name} ({count})")

    def parted(self, m: nnx.Module, name: str, x: Any) -> Any:
        """One dense layer as several that stand side by side, so many columns each."""
        ends = np.cumsum(self.parts[name])
        ys = []
        for n, end in zip(self.parts[name], ends):
            own = {key: Columns(v, slice(int(end - n), int(end))) for key, v in read.weights_of(m).items()}
            layer = Layer(f"{name}[{end - n}:{end}]", "Linear", "dense", {}, lambda w, xs: (
                (xs[0] @ w["kernel"] + w.get("bias", 0.0),), {}), "", own, read.layout_of(m, "dense"))
            ys.append(placed(layer, [x])[0])
        return jnp.concatenate(ys, -1)

    def multi_head(self, original: Callable, m: nnx.Module, name: str, args: Any, kwargs: Any) -> Any:
        """Its own code between its layers; the attention of its heads as one call."""
        if m.attention_fn is not N.attention.dot_product_attention:
            return original(m, *args, **kwargs)
        m.attention_fn = attention.heads(name, N.attention.dot_product_attention)
        try:
            return original(m, *args, **kwargs)
        finally:
            m.attention_fn = N.attention.dot_product_attention

    @contextmanager
    def patched(self) -> Iterator[None]:
        """While it lasts, layers of the copy are placed, and attention is one call."""
        classes = {cls for m in self.own.values() for cls in type(m).__mro__ if "__call__" in vars(cls)
                   and any(base.__module__.startswith(N.__name__) for base in cls.__mro__)}  # those that a person derived, too

        def placing(original):
            return lambda m, *args, **kwargs: self.called(original, m, args, kwargs)
        with ExitStack() as stack:
            for cls in classes:
                stack.enter_context(mock.patch.object(cls, "__call__", placing(vars(cls)["__call__"])))
            for place in (nnx, jax.nn):
                original = place.dot_product_attention
                stack.enter_context(mock.patch.object(place, "dot_product_attention", attention.heads("", original)))
            yield


class Columns:
    """Some columns of a variable."""

    def __init__(self, variable: nnx.Variable, where: slice):
        self.variable, self.where = variable, where

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.variable[..., self.where].shape)

    def __getitem__(self, key: Any) -> Any:
        return self.variable[...][..., self.where][key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.variable[...] = self.variable[...].at[..., self.where].set(value)


def told(model: nnx.Module, training: bool) -> dict[str, Any]:
    """The arguments by which a model's __call__ asks whether it is trained, and for random numbers."""
    names = inspect.signature(type(model).__call__).parameters
    found: dict[str, Any] = {n: training for n in TRAINS if n in names} | {n: not training for n in RESTS if n in names}
    if "rngs" in names:
        found["rngs"] = nnx.Rngs(0)
    return found


def equations_of(model: nnx.Module, inputs: Sequence[Any], training: bool, parts: Mapping[str, Sequence[int]],
                 replace: Mapping[str, Callable] | None = None):
    """(equations and calls of functions, inputs, outputs, what the model holds), by numbers of values, and what it raised, behind
    the equations until then."""
    (model.train if training else model.eval)()
    graph, state = nnx.split(model)

    error = ""

    def function(*xs):
        nonlocal error
        copy = nnx.merge(graph, state, copy=True)
        placing = Placing(model, copy, parts, replace or {})
        try:
            with placing.patched():
                return tuple(nest.tensors(copy(*xs, **told(copy, training)), (jax.Array, np.ndarray)))
        except Exception as raised:  # a person's model may raise anything
            error = line(raised)
            return ()
    found, given, outputs, held = flattened(jax.make_jaxpr(function)(*inputs))
    return named(found, outputs), given, outputs, held, error


def line(error: Exception) -> str:
    """An error in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"


class Recorder:
    """Computes the equations in their order and writes down those that a number of the network goes into."""

    def __init__(self, trace: Trace, replace: Mapping[int, Callable], held: Mapping[int, Any]):
        self.trace, self.replace = trace, replace
        self.arrays: dict[int, Any] = dict(held)
        self.at: dict[int, int] = {}  # number of an equation's value -> of the trace's
        self.spread: dict[int, tuple[int, Callable]] = {}  # a constant that was repeated: of which it is, and how
        self.used: dict[str, int] = {}

    def value(self, v: int) -> int:
        number = len(self.trace.values)
        self.trace.values[number] = np.asarray(self.arrays[v])
        self.at[v] = number
        return number

    def read(self, v: Any) -> Any:
        return v.value if isinstance(v, Constant) else self.arrays[v]

    def does(self, e: Equation | Called) -> None:
        known = [v for v in e.ins if not isinstance(v, Constant) and v in self.at]
        if isinstance(e, Equation) and e.eqn.primitive is layer_p:
            self.layer(e, e.params["layer"])
        elif isinstance(e, Equation) and known and alias(e):
            self.arrays[e.outs[0]], self.at[e.outs[0]] = self.arrays[known[0]], self.at[known[0]]
        elif known:
            self.equation(e, known)
        else:
            self.arrays.update(zip(e.outs, e(*map(self.read, e.ins))))
            if isinstance(e, Equation) and e.name in ("broadcast_in_dim", "reshape") and not isinstance(e.ins[0], Constant):
                origin, how = self.spread.get(e.ins[0], (e.ins[0], lambda a: a))
                self.spread[e.outs[0]] = origin, lambda a: e(how(a))[0]

    def layer(self, e: Equation, layer: Layer) -> None:
        given = [self.read(v) for v in e.ins]
        asked = list(e.ins[:layer.asked])
        for v in asked:
            if not isinstance(v, Constant) and v not in self.at:
                self.value(v)
        settings = {**layer.settings, **layer.describe(given)}
        kind = "code" if settings.pop("masked", False) else layer.kind
        op = Op(name=layer.name, title=layer.title, kind=kind, settings=settings, axes=layer.axes, weights=layer.weights,
                layout=layer.layout, call=Bound(layer, given[len(asked):]), where=e.where)
        self.record(op, asked, e.outs)

    def equation(self, e: Equation | Called, known: list[int]) -> None:
        shapes = [np.shape(self.read(v)) for v in e.ins]
        kind, settings, axes = read.equation(e, shapes, lambda a: e(*[a if v == known[0] else self.read(v) for v in e.ins])[0])
        asked, how = list(known), {}
        if kind in WITH_CONSTANTS:  # what is held is a value too, as it stood before it was repeated
            asked = []
            for v in e.ins:
                if not isinstance(v, Constant) and np.ndim(self.read(v)):
                    whole = v in self.at or kind == "concatenate"
                    origin, spread = (v, None) if whole else self.spread.get(v, (v, None))
                    how[len(asked)] = spread
                    asked.append(origin)
                    if origin not in self.at:
                        self.value(origin)
        places = [i for i, v in enumerate(e.ins) if not isinstance(v, Constant) and (
            v in asked or self.spread.get(v, (None,))[0] in asked)]
        rest = [self.read(v) for v in e.ins]

        def call(ts):
            values = list(rest)
            for n, (place, t) in enumerate(zip(places, ts)):
                spread = how.get(n)
                values[place] = spread(t) if spread else t
            return tuple(e(*values))
        title = e.title if isinstance(e, Called) else TITLES.get(e.name, e.name)
        self.record(Op(name=title, title=title, kind=kind, settings=settings, axes=axes, call=call, where=e.where), asked, e.outs)

    def record(self, op: Op, asked: Sequence[Any], outs: Sequence[int]) -> None:
        number = len(self.trace.ops)
        tensors = [self.read(v) for v in asked]
        found = op.call(tensors) if number not in self.replace or len(outs) > 1 else ()
        if number in self.replace:
            found = self.replace[number](tensors), *found[1:]
        count = self.used[op.name] = self.used.get(op.name, 0) + 1
        op.name = op.name if count == 1 else f"{op.name} ({count})"
        op.inputs = tuple(self.at[v] for v in asked)
        self.arrays.update(zip(outs, found))
        op.outputs = tuple(self.value(v) for v in outs[:len(found)])
        self.trace.ops.append(op)


def alias(e: Equation) -> bool:
    """Whether an equation only changes the precision of what it is given, or nothing."""
    if e.name == "convert_element_type":
        return all(jnp.issubdtype(dtype, jnp.floating) for dtype in (e.eqn.invars[0].aval.dtype, e.params["new_dtype"]))
    return e.name in ALIASES


def traced(model: nnx.Module, inputs: Sequence[Any], training: bool, replace: Mapping[int, Callable],
           parts: Mapping[str, Sequence[int]], names: Sequence[str] = ()) -> Trace:
    """Runs the model once. `names` are those of the calls of a run before, which `replace` counts."""
    trace = Trace("flax")
    by_name = {names[number]: function for number, function in replace.items() if number < len(names)}
    found, given, outputs, held, trace.error = equations_of(model, inputs, training, parts, by_name)
    recorder = Recorder(trace, replace, held)
    for v, array in zip(given, inputs):
        recorder.arrays[v] = array
        recorder.value(v)
    trace.inputs = tuple(recorder.at[v] for v in given)
    try:
        for e in found:
            recorder.does(e)
    except Exception as error:  # behind a call that was replaced by one of another shape
        trace.error = line(error)
    if trace.error:
        return trace
    kept = [v for v in outputs if not isinstance(v, Constant)]
    trace.outputs = tuple(recorder.at[v] if v in recorder.at else recorder.value(v) for v in kept)
    return trace
