"""Records what a Keras model computes: its layers, and the operations of keras.ops that stand between them.

An activation inside a layer is a call of its own, and a recurrent layer returns all its steps, of which the last is then taken:
so that it is told which of the two differs.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

from nnparity.oracles.keras_models import attention, masks, read
from nnparity.oracles.keras_models.inlined import Held
from nnparity.oracles.keras_models.inside import goes_inside
from nnparity.oracles.keras_models.said import array, said
from nnparity.oracles.layouts import Layout
from nnparity.oracles.models import examples, nest
from nnparity.oracles.models.layouts import depthwise, of
from nnparity.oracles.models.op import FIRST, LAST, Op, Trace
from nnparity.oracles.tensors import as_numpy


class Recorder:
    """Every call on tensors that come from the model's inputs, while it is in place of Layer.__call__."""

    def __init__(self, trace: Trace, replace: Mapping[int, Callable], training: bool, parts: Mapping[str, Sequence[int]],
                 held: dict[str, Any], owned: frozenset[int]):
        self.parts, self.held, self.owned = parts, held, owned  # owned: the weights of Keras's own layers
        self.tables: dict[int, tuple[Any, bool]] = {}  # tensors that are such a weight, and whether it is transposed
        self.trace, self.replace, self.training, self.inside = trace, replace, training, 0
        self.at: dict[int, int] = {}
        self.kept: list[Any] = []
        self.used: dict[str, int] = {}
        self.depths: dict[int, float | None] = {}  # rates of layers that drop whole examples

    def value(self, tensor: Any) -> int:
        number = len(self.trace.values)
        self.trace.values[number] = as_numpy(tensor).copy()
        self.at[id(tensor)] = number
        self.kept.append(tensor)
        return number

    def number(self, tensor: Any) -> int:
        """A tensor that nobody recorded is a known one that was cast or copied on its way, or a new one."""
        if id(tensor) not in self.at:
            array = as_numpy(tensor)
            same = [n for n, known in self.trace.values.items() if known.shape == array.shape and np.array_equal(known, array)]
            if not same:
                return self.value(tensor)
            self.at[id(tensor)] = same[-1]
            self.kept.append(tensor)
        return self.at[id(tensor)]

    def layer(self, original: Callable, la: Any, args, kwargs):
        known = list(tensors((args, {k: v for k, v in kwargs.items() if not k.endswith("mask")})))
        if self.inside or not known or goes_inside(la):
            return original(la, *args, **kwargs)
        self.inside += 1
        try:
            out = self.called(original, la, args, kwargs, known)
        finally:
            self.inside -= 1
        masks.handed_on(la, args[0] if args else next(iter(kwargs.values())), out)
        return out

    def called(self, original, la, args, kwargs, known):
        if not la.built:
            original(la, *args, **kwargs)
        training = kwargs.get("training")
        training = self.training if training is None else bool(training)
        kind, settings, axes = read.layer(la, len(known[0].shape), training)
        if kind == "code" and (rate := self.depth(original, la, len(known[0].shape))) is not None:
            kind, settings = "dropout", {"rate": rate, "draws": examples.WHOLE}
        own = {"weights": read.weights_of(la), "layout": read.layout_of(la, kind), "axes": axes, "title": type(la).__name__}
        if kind == "dropout":
            settings["active"] = training and settings["rate"] > 0
            return self.step(la.name, kind, settings, lambda ts: (tf.identity(ts[0]),), known, own)
        if la.name in self.parts and type(la) is L.Dense:
            return attention.parted(self, la, known[0], self.parts[la.name])
        if isinstance(la, L.MultiHeadAttention) and attention.readable(la, args, kwargs):
            return attention.multi_head(self, la, args, kwargs, training)
        if isinstance(la, (L.SeparableConv1D, L.SeparableConv2D)):
            return self.separable(la, known)
        if isinstance(la, L.TimeDistributed) and masks.of(known[0], kwargs) is not None:  # hidden steps are not computed alike
            call = replayed(lambda *a, **k: original(la, *a, **k), args, kwargs, known)
            return self.step(la.name, "code", {}, call, known, own)
        inner = la.layer if isinstance(la, L.TimeDistributed) and isinstance(la.layer, L.Dense) else la
        if isinstance(inner, read.ACTIVATED) and (f := read.function(inner.activation)) != {"name": "linear"}:
            y = self.step(la.name, kind, settings, linear(original, la, inner, args, kwargs, known), known, own)
            return self.step(f"{la.name}.{inner.activation.__name__}", "activation" if f else "code", f or {},
                             lambda ts: (inner.activation(ts[0]),), [y], {"title": inner.activation.__name__})
        if kind == "mean" and (mask := masks.of(known[0], kwargs)) is not None:
            settings["valid"] = masks.told(mask)
        if kind == "attention" and len(known) != 2:
            kind, settings = "code", {}
        if type(la) in read.CELLS and kind != "code":
            return self.cell(original, la, args, kwargs, known, kind, settings, own)
        if kind in read.RECURRENT.values() or kind == "bidirectional" and len(known) == 1:
            return self.recurrent(original, la, args, kwargs, known, kind, settings, own)
        call = replayed(lambda *a, **k: original(la, *a, **k), args, kwargs, known)
        return self.step(la.name, kind, settings, call, known, own)

    def depth(self, original, la, ndim: int) -> float | None:
        """The rate at which a layer of a person's own drops whole examples; None for another."""
        if id(la) not in self.depths:
            plain = not type(la).__module__.startswith("keras.src.layers") and not la.trainable_variables and not la._layers
            self.depths[id(la)] = examples.rate_of(lambda ones: as_numpy(original(la, tf.constant(ones), training=True)),
                                                   ndim) if plain else None
        return self.depths[id(la)]

    def step(self, name, kind, settings, call, known, own: Mapping[str, Any] | None = None):
        """One call recorded and done. Returns its output as the layer would."""
        number = len(self.trace.ops)
        inputs = tuple(self.number(t) for t in known)
        out = (self.replace[number](known),) if number in self.replace else call(known)
        count = self.used[name] = self.used.get(name, 0) + 1
        op = Op(name=name if count == 1 else f"{name} ({count})", kind=kind, settings=settings, call=call, inputs=inputs,
                **{"title": kind, **(own or {})})
        op.outputs = tuple(self.value(t) for t in out)
        self.trace.ops.append(op)
        return out[0] if len(out) == 1 else list(out)

    def cell(self, original, la, args, kwargs, known, kind, settings, own):
        """A cell is a recurrent layer over one step."""
        first = args[1] if len(args) > 1 else kwargs["states"]
        nested = isinstance(first, (list, tuple))

        def call(ts):
            _, states = original(la, ts[0][:, 0], list(ts[1:]) if nested else ts[1], training=False)
            h, *cell = states if nested else [states]
            return (h[:, None], *cell)
        x = self.step(f"{la.name}.step", "structural", {}, lambda ts: (ts[0][:, None],), known[:1])
        y = self.step(la.name, kind, settings, call, [x, *known[1:]], own)
        y, *cell = y if isinstance(y, list) else [y]
        h = self.step(f"{la.name}.h", "structural", {}, lambda ts: (ts[0][:, 0],), [y])
        return [h, [h, *cell] if nested else h]

    def recurrent(self, original, la, args, kwargs, known, kind, settings, own):
        """All steps in the order of time, zeros where they are masked; then what the layer returns of them."""
        both = kind == "bidirectional"
        sides = (la.forward_layer, la.backward_layer) if both else (la,)
        returns = [(side.return_sequences, side.return_state) for side in sides]
        joined = la.merge_mode if both else ""
        mask = masks.of(known[0], kwargs)
        settings["valid"] = None if mask is None else masks.told(mask)
        settings |= self.drops(sides, kwargs)
        hidden = int(sides[0].units)
        turned = not both and la.go_backwards
        # a layer that reads backwards hands its steps on in the order in which it read them
        settings |= {"backward": True} if turned else {}

        def call(ts):
            for side in sides:
                side.return_sequences, side.return_state = True, False
            if both:
                la.return_sequences, la.return_state, la.merge_mode = True, False, "concat"
            try:
                more = ({"mask": mask} if mask is not None else {}) | ({"initial_state": list(ts[1:])} if len(ts) > 1 else {})
                y = original(la, ts[0], training=False, **more)
            finally:
                for side, (sequences, state) in zip(sides, returns):
                    side.return_sequences, side.return_state = sequences, state
                if both:
                    (la.return_sequences, la.return_state), la.merge_mode = returns[0], joined
            y = tf.reverse(y, [1]) if turned else y
            return (y if mask is None else y * tf.cast(mask, y.dtype)[..., None],)

        def with_cell(ts):
            la.return_sequences, la.return_state = True, True
            try:
                y, _, c = original(la, ts[0], training=False, **({"initial_state": list(ts[1:])} if len(ts) > 1 else {}))
            finally:
                la.return_sequences, la.return_state = returns[0]
            return y, c
        if kind == "lstm" and returns[0][1] and mask is None and not turned:
            y, c = self.step(la.name, kind, settings, with_cell, known, own)
            h = self.step(f"{la.name}.h", "structural", {}, lambda ts: (ts[0][:, -1],), [y])
            return [y if returns[0][0] else h, h, c]
        y = self.step(la.name, kind, settings, call, known, own)
        sequences, state = returns[0]
        # where each half of the outputs is read from: the last step before, or the next one behind a masked one
        reads = [(slice(0, hidden), False), (slice(hidden, None), True)] if both else [(slice(None), turned)]
        kept = [masks.at_or_before(mask, y.shape[1], back) for _, back in reads] if mask is not None else []
        zeroed = all(getattr(side, "zero_output_for_mask", False) for side in sides)  # which Bidirectional sets of itself

        def steps(ts):
            x = ts[0]
            if mask is not None and not zeroed:
                x = tf.concat([masks.taken(x[..., part], index) for (part, _), index in zip(reads, kept)], -1)
            return (tf.reverse(x, [1]) if turned else x,)

        def last(ts):
            x = tf.concat([masks.taken(ts[0][..., part], index) for (part, _), index in zip(reads, kept)], -1) if kept else ts[0]
            return (tf.concat([x[:, 0 if back else -1, part] for part, back in reads], -1),)
        if sequences and not state:
            every = self.step(f"{la.name}.steps", "structural", {}, steps, [y]) if turned or mask is not None else y
            return self.joined(la, joined, every, hidden)
        if not state:
            return self.joined(la, joined, self.step(f"{la.name}.last", "structural", {}, last, [y]), hidden)
        if both and mask is None and settings["layer"] != "lstm":
            first = self.joined(la, joined, y, hidden) if sequences else self.joined(
                la, joined, self.step(f"{la.name}.last", "structural", {}, last, [y]), hidden)
            h = [self.step(f"{la.name}.{side}", "structural", {}, lambda ts, at=at, part=part: (ts[0][:, at, part],), [y])
                 for side, at, (part, _) in zip(("h_forward", "h_backward"), (-1, 0), reads)]
            return [first, *h]
        whole = original(la, *args, **kwargs)
        if isinstance(whole, (list, tuple)) and not both:
            name, taken = ("steps", steps) if sequences else ("last", last)
            first = self.step(f"{la.name}.{name}", "structural", {}, taken, [y])
            h = self.step(f"{la.name}.h", "structural", {}, last, [y])
            return [first, h, *whole[2:]]
        return whole

    def joined(self, la, how: str, y, hidden: int):
        """Both directions, which stand side by side, as the layer joins them."""
        if how in ("", "concat"):
            return y
        halves = [self.step(f"{la.name}.{side}", "structural", {}, lambda ts, part=part: (ts[0][..., part],), [y])
                  for side, part in (("forward", slice(0, hidden)), ("backward", slice(hidden, None)))]
        if how == "ave":
            return self.step(f"{la.name}.ave", "code", {}, lambda ts: ((ts[0] + ts[1]) / 2,), halves, {"title": "Average"})
        add = how == "sum"
        return self.step(f"{la.name}.{how}", "add" if add else "multiply", {},
                         lambda ts: (ts[0] + ts[1] if add else ts[0] * ts[1],), halves, {"title": "Add" if add else "Multiply"})

    def drops(self, sides, kwargs) -> dict[str, float]:
        """The rates at which a layer drops while it is trained; what it draws cannot be compared, so that it is asked without."""
        training = kwargs.get("training")
        training = self.training if training is None else bool(training)
        rates = {"dropout": sides[0].dropout, "recurrent_dropout": sides[0].recurrent_dropout}
        return {name: float(rate) for name, rate in rates.items() if rate and training}

    def holds(self, tensor, variable, turned: bool):
        """A weight that a layer of Keras's has too, as it is or transposed."""
        if id(variable) in self.owned and len(tensor.shape) == 2:
            self.tables[id(tensor)] = variable, turned
        self.kept.append(tensor)
        return tensor

    def tied(self, op, x, variable, turned: bool):
        """A product with the table of words: a dense layer whose weights are those of the embedding."""
        def call(ts):
            return (tf.matmul(ts[0], variable.value, transpose_b=turned),)
        layout = Layout(lambda p: {"table": p["kernel"].T}, lambda a: {"kernel": a["table"].T}) if turned else Layout(
            lambda p: {"table": p["kernel"]}, lambda a: {"kernel": a["table"]})
        return self.step(op.name, "dense", {}, call, [x], {"weights": {"table": variable}, "layout": layout, "title": "Matmul"})

    def separable(self, la, known):
        """A depthwise convolution and one of size 1 behind it."""
        place = la.data_format == "channels_last"
        rank = la.rank
        kind = f"conv{rank}d"
        deep, wide = (w for w in la.weights if w.ndim == rank + 2)
        bias = [w for w in la.weights if w.ndim == 1]
        options = {"strides": la.strides, "padding": la.padding, "data_format": la.data_format, "dilation_rate": la.dilation_rate}
        axes = LAST if place else FIRST
        settings = {"stride": la.strides, "dilation": la.dilation_rate, "groups": deep.shape[rank], "padding": la.padding,
                    "fill": "zeros"}
        y = self.step(f"{la.name}.depthwise", kind, settings, lambda ts: (keras.ops.depthwise_conv(ts[0], deep, **options),),
                      known, {"weights": {"kernel": deep}, "layout": depthwise(deep.shape[rank + 1]), "axes": axes,
                              "title": type(la).__name__})
        one = {"stride": (1,) * rank, "dilation": (1,) * rank, "groups": 1, "padding": "valid", "fill": "zeros"}

        def pointwise(ts):
            y = keras.ops.conv(ts[0], wide, data_format=la.data_format)
            return (y + keras.ops.reshape(bias[0], (*(1,) * (rank + 1), -1) if place else (1, -1, *(1,) * rank)) if bias else y,)
        y = self.step(f"{la.name}.pointwise", kind, one, pointwise, [y],
                      {"weights": {"kernel": wide} | ({"bias": bias[0]} if bias else {}), "layout": of("keras", kind),
                       "axes": axes, "title": type(la).__name__})
        f = read.function(la.activation)
        if f == {"name": "linear"}:
            return y
        return self.step(f"{la.name}.activation", "activation" if f else "code", f or {}, lambda ts: (la.activation(ts[0]),), [y])

    def inputs_again(self, given):
        """A functional model hands copies of its inputs on."""
        for t in given:
            if id(t) not in self.at and tuple(t.shape) in [self.trace.values[v].shape for v in self.trace.inputs]:
                array = as_numpy(t)
                same = [v for v in self.trace.inputs if np.array_equal(self.trace.values[v], array)]
                if same:
                    self.at[id(t)] = same[0]
                    self.kept.append(t)

    def operation(self, original, op, args, kwargs):
        if isinstance(op, Held):  # a weight between the layers: no call, but a value
            return self.holds(original(op, *args, **kwargs), op.variable, False)
        if type(op).__name__ == "Transpose" and op.axes in (None, (1, 0), [1, 0]) and id(args[0]) in self.tables:
            variable, turned = self.tables[id(args[0])]
            return self.holds(original(op, *args, **kwargs), variable, not turned)
        if type(op).__name__ == "Matmul" and not self.inside and len(args) == 2 and id(args[1]) in self.tables:
            return self.tied(op, args[0], *self.tables[id(args[1])])
        if not self.inside:
            args, kwargs = nest.exchanged((args, kwargs), keras.Variable, tf.convert_to_tensor)
            self.inputs_again(tensors((args, kwargs)))
        known = [t for t in tensors((args, kwargs)) if id(t) in self.at]
        if self.inside or not known or isinstance(op, L.Layer):
            return original(op, *args, **kwargs)
        if len(known) == 1:  # a constant tensor beside it is a value too
            known = [t for t in tensors((args, kwargs)) if id(t) in self.at or len(t.shape)]
        kind, settings, axes = read.operation(op, len(known[0].shape))
        told = said(op, args, kwargs, lambda t: self.at[id(t)] if id(t) in self.at else array(t))
        self.inside += 1
        try:
            return self.step(op.name, kind, settings, replayed(lambda *a, **k: original(op, *a, **k), args, kwargs, known), known,
                             {"axes": axes, "title": type(op).__name__, "said": told})
        finally:
            self.inside -= 1


def linear(original, la, inner, args, kwargs, known) -> Callable:
    """The layer without the activation that it has, or that the layer `inner` which it calls has."""
    call = replayed(lambda *a, **k: original(la, *a, **k), args, kwargs, known)

    def without(ts):
        activation, inner.activation = inner.activation, keras.activations.linear
        try:
            return call(ts)
        finally:
            inner.activation = activation
    return without


TENSORS = (tf.Tensor, tf.Variable)
tensors = partial(nest.tensors, kind=TENSORS)


def replayed(func: Callable, args, kwargs, known: Sequence[Any]) -> Callable:
    """`func` on other tensors in the places of the known ones; masks are those of the first call."""
    masks = [getattr(t, "_keras_mask", None) for t in known]
    again = nest.replayed(func, args, kwargs, known, TENSORS)

    def call(ts):
        for t, mask in zip(ts, masks):
            if mask is not None and isinstance(t, tf.Tensor):
                t._keras_mask = mask
        return again(ts)
    return call


def raised(error: Exception) -> str:
    """An error in one line: of those that Keras hands on the one that it met, not where."""
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line).strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line and not line.startswith("Exception encountered when calling")]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"


def traced(model: Any, inputs: Sequence[Any], training: bool, replace: Mapping[int, Callable],
           parts: Mapping[str, Sequence[int]], held: dict[str, Any]) -> Trace:
    """Runs the model once, eagerly."""
    trace = Trace("keras")
    owned = frozenset(id(w) for la in model._flatten_layers() if type(la).__module__.startswith("keras.")
                      for w in la._trainable_variables)
    recorder = Recorder(trace, replace, training, parts, held, owned)
    trace.inputs = tuple(recorder.value(t) for t in inputs)
    layer_call, operation_call = keras.layers.Layer.__call__, keras.Operation.__call__
    keras.layers.Layer.__call__ = lambda la, *a, **k: recorder.layer(layer_call, la, a, k)
    keras.Operation.__call__ = lambda op, *a, **k: recorder.operation(operation_call, op, a, k)
    try:
        out = model(list(inputs) if len(inputs) > 1 else inputs[0], training=training)
    except Exception as error:  # a person's model may raise anything
        trace.error = raised(error)
        return trace
    finally:
        keras.layers.Layer.__call__, keras.Operation.__call__ = layer_call, operation_call
    trace.outputs = tuple(recorder.number(t) for t in tensors(out))
    return trace
