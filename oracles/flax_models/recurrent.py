"""nnx.RNN and nnx.Bidirectional: all steps in the order of time, and then what the layer returns of them."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import nn as N

from nnparity.oracles.flax_models import read
from nnparity.oracles.flax_models.layer import Layer, placed, pure
from nnparity.oracles.models.op import TIME_FIRST

OPTIONS = ("time_major", "return_carry", "reverse", "keep_order")


def readable(m: nnx.Module) -> bool:
    """Cells whose formula is known, which begin at zero; of both directions alike, and put side by side."""
    if isinstance(m, N.recurrent.RNN):
        return read.cell(m.cell) is not None
    if not isinstance(m, N.recurrent.Bidirectional) or m.merge_fn is not N.recurrent._concatenate:
        return False
    one, other = m.forward_rnn, m.backward_rnn
    alone = all(isinstance(side, N.recurrent.RNN) and readable(side) for side in (one, other))
    return alone and read.cell(one.cell) == read.cell(other.cell)


def recurrent(original: Callable, m: nnx.Module, name: str, x: Any, options: Mapping[str, Any]) -> Any:
    """The layer's outputs, and its last states where it returns them."""
    both = isinstance(m, N.recurrent.Bidirectional)
    told = {o: options[o] if options.get(o) is not None else getattr(m, o, False) for o in OPTIONS}
    found = read.cell(m.forward_rnn.cell if both else m.cell)
    assert found is not None
    kind, settings = found
    lstm, time = kind == "lstm", 0 if told["time_major"] else 1
    lengths, first = options.get("seq_lengths"), options.get("initial_carry")
    backwards = bool(told["reverse"]) and not both
    given = [x] if first is None or both else [x, *(reversed(first) if lstm else (first,))]
    more = {"initial_carry": first} if both and first is not None else {}

    def call(made, inputs):
        state = tuple(reversed(inputs[1:3])) if lstm else inputs[1] if len(given) > 1 else None
        carry = {"initial_carry": state} if len(given) > 1 else more
        ends = {"seq_lengths": inputs[-1]} if lengths is not None else {}
        order = {} if both else {"reverse": backwards, "keep_order": True}
        with jax.disable_jit():  # step by step: a scan is compiled anew for each closure, which takes a second
            states, y = original(made, inputs[0], return_carry=True, time_major=told["time_major"], **order, **carry, **ends)
        y = y if lengths is None else y * mask_of(inputs[-1], y.shape[time], time)
        return (y, *(c for c, _ in (states if both else (states,)))) if lstm else (y,)

    def describe(inputs):
        if lengths is None:
            return {}
        return {"valid": tuple(map(tuple, np.arange(inputs[0].shape[time]) < np.asarray(inputs[-1])[:, None]))}
    weights = read.weights_of(m)
    settings = settings | ({"layer": kind} if both else {}) | ({"backward": True} if backwards else {})
    title, kind, of = (type(m).__name__, "bidirectional", m) if both else (type(m.cell).__name__, kind, m.cell)
    layer = Layer(name, title, kind, settings, pure(m, weights, call), TIME_FIRST if time == 0 else "", weights,
                  read.layout_of(of, kind), asked=len(given), describe=describe)
    y, *cells = placed(layer, given + ([] if lengths is None else [lengths]))
    states = last_states(y, time, lengths, [False, True] if both else [backwards])
    carries = tuple(zip(cells, states)) if lstm else states
    y = jnp.flip(y, time) if backwards and not told["keep_order"] else y
    return (carries if both else carries[0], y) if told["return_carry"] else y


def mask_of(lengths: Any, steps: int, time: int) -> Any:
    """1 for each step of an example that is none of padding: (batch, time, 1), or (time, batch, 1)."""
    mask = (jnp.arange(steps) < lengths[:, None]).astype(float)
    return (mask.T if time == 0 else mask)[..., None]


def last_states(y: Any, time: int, lengths: Any, backwards: list[bool]) -> tuple[Any, ...]:
    """For each direction, side by side in y, what it has read last: the last step, or, read from the end, the first."""
    y = y.swapaxes(0, 1) if time == 0 else y
    H = y.shape[-1] // len(backwards)
    end = y[:, -1] if lengths is None else y[jnp.arange(len(y)), lengths - 1]
    return tuple((y[:, 0] if back else end)[:, k * H:(k + 1) * H] for k, back in enumerate(backwards))
