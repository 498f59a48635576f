"""What a function computes as a flat list of JAX's equations; functions of JAX's own are found again by the equations they leave.

A name of a function is lost where its author did not compile it (softmax, gelu, nnx.avg_pool), and code may have imported it by
any name: so it is traced beside, and where the same equations stand in the same order, it was called.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.extend.core import Literal

# what JAX compiles under a name that says what it is; everything else that is compiled is looked into
KEPT = ("relu", "relu6", "leaky_relu", "elu", "silu", "softplus", "hard_sigmoid", "hard_silu", "mish", "selu", "soft_sign",
        "log_softmax", "clip", "_resize")
OWN_FUNCTION = ("custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr")  # have a derivative of their own
NARROW = (np.dtype("float32"), np.dtype("float16"), jnp.dtype("bfloat16"))
PLACES = tuple(str(Path(str(module.__file__)).parent) for module in (jax, flax)) + (str(Path(__file__).parent),)


@dataclass(frozen=True)
class Constant:
    """A number that stands in an equation."""

    value: Any


@dataclass(frozen=True, eq=False)
class Equation:
    """`ins` are numbers of values, or constants; `outs` numbers of values."""

    eqn: Any
    ins: tuple[Any, ...]
    outs: tuple[int, ...]

    @property
    def name(self) -> str:
        """Of its primitive; of a compiled function, or one with a derivative of its own, the function's."""
        if self.eqn.primitive.name in OWN_FUNCTION:
            inner = self.eqn.params.get("call_jaxpr") or self.eqn.params["fun_jaxpr"]
            found = [e.params["name"] for e in inner.jaxpr.eqns if "name" in e.params]
            return found[0] if len(found) == 1 else "function"
        return self.eqn.params.get("name", "function") if compiled(self.eqn) else self.eqn.primitive.name

    @property
    def params(self) -> Mapping[str, Any]:
        return self.eqn.params

    def __call__(self, *values: Any) -> tuple[Any, ...]:
        """Computed on other values; in float64 where they are, whatever precision is asked for."""
        wide = any(getattr(v, "dtype", None) == np.float64 for v in values)
        params = {k: jnp.dtype("float64") if wide and is_narrow(v) else v for k, v in self.eqn.params.items()}
        found = self.eqn.primitive.get_bind_params(params)
        functions, rest = found if isinstance(found, tuple) else ((), found)  # before JAX 0.8 functions stood apart
        out = self.eqn.primitive.bind(*functions, *values, **rest)
        return tuple(out) if self.eqn.primitive.multiple_results else (out,)

    @property
    def where(self) -> str:
        """model.py:12, where a person's file calls it."""
        trace = self.eqn.source_info.traceback
        for frame in trace.frames if trace is not None else ():
            if not frame.file_name.startswith(PLACES) and not frame.file_name.startswith("<"):
                return f"{Path(frame.file_name).name}:{frame.line_num}"
        return ""


def compiled(eqn: Any) -> bool:
    return eqn.primitive.name in ("jit", "pjit")


def is_narrow(value: Any) -> bool:
    return isinstance(value, np.dtype) and value in NARROW


def flattened(closed: Any) -> tuple[list[Equation], list[int], list[Any], dict[int, Any]]:
    """(equations, numbers of the inputs, of the outputs or constants, {number: array} of what the function holds)."""
    found: list[Equation] = []
    held: dict[int, Any] = {}
    count = iter(range(10**9))

    def walk(jaxpr: Any, ins: Sequence[Any], consts: Sequence[Any]) -> list[Any]:
        at: dict[Any, Any] = dict(zip(jaxpr.invars, ins))
        for v, array in zip(jaxpr.constvars, consts):
            at[v] = next(count)
            held[at[v]] = array

        def read(atom):
            return Constant(atom.val) if isinstance(atom, Literal) else at[atom]
        for eqn in jaxpr.eqns:
            given = tuple(read(v) for v in eqn.invars)
            inner = eqn.params.get("jaxpr") if compiled(eqn) and eqn.params.get("name") not in KEPT else None
            if inner is not None:
                at.update(zip(eqn.outvars, walk(inner.jaxpr, given, inner.consts)))
                continue
            outs = tuple(next(count) for _ in eqn.outvars)
            at.update(zip(eqn.outvars, outs))
            found.append(Equation(eqn, given, outs))
        return [read(v) for v in jaxpr.outvars]
    inputs = [next(count) for _ in closed.jaxpr.invars]
    outputs = walk(closed.jaxpr, inputs, closed.consts)
    return found, inputs, outputs, held


@dataclass(frozen=True, eq=False)
class Called:
    """A function of JAX's or flax's that left these equations; `settings` are what it was told."""

    kind: str
    title: str
    settings: Mapping[str, Any]
    function: Callable
    ins: tuple[int, ...]
    outs: tuple[int, ...]
    where: str

    def __call__(self, *values: Any) -> tuple[Any, ...]:
        return (self.function(*values),)


def named(equations: Sequence[Equation], outputs: Sequence[Any]) -> list[Equation | Called]:
    """The equations, those that are one function's as that function's call."""
    readers: dict[int, int] = {}
    for e in equations:
        for v in e.ins:
            if not isinstance(v, Constant):
                readers[v] = readers.get(v, 0) + 1
    for v in outputs:
        if not isinstance(v, Constant):
            readers[v] = readers.get(v, 0) + 2
    found: list[Equation | Called] = []
    k = 0
    while k < len(equations):
        call, length = called_at(equations, k, readers)
        found.append(call or equations[k])
        k += length if call else 1
    return found


def called_at(equations: Sequence[Equation], k: int, readers: Mapping[int, int]) -> tuple[Called | None, int]:
    """The function that was called at equation k, and how many equations are its."""
    first = equations[k]
    if not first.ins or isinstance(first.ins[-1], Constant) and isinstance(first.ins[0], Constant):
        return None, 1
    source = next(v for v in first.ins if not isinstance(v, Constant))
    aval = next(v for v in first.eqn.invars if not isinstance(v, Literal)).aval
    for kind, title, settings, function in functions_from(first, aval):
        template, (x,), (y,), held = flattened(jax.make_jaxpr(function)(aval))
        if held or len(template) < 2 or isinstance(y, Constant):
            continue
        at = same(template, equations[k:k + len(template)], x, source)
        if at is None or any(readers.get(at[v], 0) != uses(template, v) for e in template for v in e.outs if v != y):
            continue
        return Called(kind, title, settings, function, (source,), (at[y],), first.where), len(template)
    return None, 1


def uses(template: Sequence[Equation], v: int) -> int:
    return sum(w == v for e in template for w in e.ins if not isinstance(w, Constant))


def same(template: Sequence[Equation], equations: Sequence[Equation], x: int, source: int) -> dict[int, int] | None:
    """{value of the template: value}, where both compute the same; None where they do not."""
    at = {x: source}
    if len(template) != len(equations):
        return None
    for t, e in zip(template, equations):
        if t.eqn.primitive is not e.eqn.primitive or len(t.ins) != len(e.ins) or written(t.params) != written(e.params):
            return None
        for v, w in zip(t.ins, e.ins):
            if isinstance(v, Constant) or isinstance(w, Constant):
                if not (isinstance(v, Constant) and isinstance(w, Constant) and np.array_equal(v.value, w.value)):
                    return None
            elif at.get(v) != w:
                return None
        at |= dict(zip(t.outs, e.outs))
    return at


def written(params: Mapping[str, Any]) -> dict[str, str]:
    """A function that a parameter holds has another address each time it is traced."""
    return {name: str(value) for name, value in params.items() if not callable(value) and "fun" not in name}


def functions_from(first: Equation, aval: Any) -> Iterator[tuple[str, str, dict[str, Any], Callable]]:
    """(kind, title, settings, function) of what may begin with this equation."""
    name, params, ndim = first.name, first.params, aval.ndim
    if name in ("integer_pow", "mul", "neg"):
        for form, approximate in (("tanh", True), ("erf", False)):
            yield ("activation", "gelu", {"name": "gelu", "approximate": form},
                   lambda x, approximate=approximate: jax.nn.gelu(x, approximate=approximate))
    if name == "neg":
        yield "activation", "silu", {"name": "silu"}, lambda x: x * jax.nn.sigmoid(x)
    if name == "logistic":
        yield "activation", "silu", {"name": "silu"}, lambda x: x * jax.nn.sigmoid(x)
    if name == "reduce_max" and len(params["axes"]) == 1:
        axis = params["axes"][0]
        yield "activation", "softmax", {"name": "softmax", "axis": axis - ndim}, lambda x: jax.nn.softmax(x, axis=axis)
    if name == "reduce_sum":
        axes = params["axes"]
        for keep in (False, True):
            yield "mean", "mean", {"over": axes, "keep": keep}, lambda x, keep=keep: jnp.mean(x, axes, keepdims=keep)
    if name == "reduce_window_sum" and ndim > 2 and set(params["base_dilation"]) | set(params["window_dilation"]) == {1}:
        sizes, strides, pads = ([tuple(params[p])[1:-1] for p in ("window_dimensions", "window_strides", "padding")])
        for counted in (True, False):
            settings = {"size": sizes, "stride": strides, "padding": pads, "ceil": False,
                        "divisor": "window" if counted else "cells"}
            yield (f"average_pool{ndim - 2}d", "avg_pool", settings,
                   lambda x, counted=counted: nnx.avg_pool(x, sizes, strides, pads, count_include_pad=counted))
