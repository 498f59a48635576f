"""The form in which one framework stores one layer: names, axes, and the Python that reads and writes it.

A form says in words and in source text what `oracles.layouts` does with arrays; the tests run the text and compare.
The text works on the canonical arrays, under these variable names:
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oracles.porting.errors import PortError

VARIABLES = {"kernel": "K", "recurrent_kernel": "R", "bias": "b", "recurrent_bias": "c", "table": "table",
             "gamma": "gamma", "beta": "beta", "running_mean": "mean", "running_variance": "variance"}


@dataclass(frozen=True)
class Array:
    """One array of a framework and the canonical arrays that it holds."""

    name: str
    axes: tuple[str, ...]  # ("3*hidden", "input"); a number is that number
    roles: tuple[str, ...]
    gate: str = ""  # where every gate has an array of its own: which


@dataclass(frozen=True)
class Form:
    """Everything that is needed to write down how one framework stores one layer."""

    arrays: tuple[Array, ...]
    where: Mapping[str, str]  # canonical array -> where it stands: "bias[0]"
    moved: Mapping[str, tuple[int, ...]]  # canonical array -> the order of its axes there
    reads: Mapping[str, str]  # canonical array -> expression of `source`
    items: tuple[str, ...]  # of the dict `target`
    order: tuple[int, ...] = ()  # which canonical gate stands first, second, ...
    gates: tuple[str, ...] = ()  # the framework's names for them, in that order


def sizes_of(arrays: Mapping[str, np.ndarray], form: Form, layer: str) -> dict[str, int]:
    """{"hidden": 4, ...} from the shapes. Raises PortError for a missing or extra array and for shapes that do not fit."""
    wanted = {a.name: a.axes for a in form.arrays}
    listed = ", ".join(f"{name} {written(axes)}" for name, axes in wanted.items()) or "no arrays"
    if lost := [name for name in wanted if name not in arrays]:
        raise PortError(f"{layer}: missing {', '.join(lost)}; expected are {listed}")
    if extra := [name for name in arrays if name not in wanted]:
        raise PortError(f"{layer}: no place for {', '.join(map(str, extra))}; expected are {listed}")
    sizes: dict[str, int] = {}
    for name, axes in wanted.items():
        shape = np.shape(arrays[name])
        if len(shape) != len(axes):
            raise PortError(f"{layer}: {name} has shape {shape}, expected are {len(axes)} axes {written(axes)}")
        for axis, n in zip(axes, shape, strict=True):
            factor, _, size = axis.rpartition("*")
            factor = int(factor or 1)
            if size.isdigit():
                fits = n == int(size)
            else:
                fits = n > 0 and n % factor == 0 and sizes.setdefault(size, n // factor) * factor == n
            if not fits:
                known = "".join(f"; {k} is {v} so far" for k, v in sizes.items() if k == size)
                raise PortError(f"{layer}: {name} has shape {shape}, expected is {written(axes)}{known}")
    return sizes


def written(axes) -> str:
    """(3*hidden, input), with the comma that makes one axis a tuple."""
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def undone(order) -> list[int]:
    """The permutation that takes `order` back."""
    return [order.index(k) for k in range(len(order))]


# canonical axes of the layers that store every array under one name
AXES = {
    "dense": {"kernel": ("input", "units"), "bias": ("units",)},
    "embedding": {"table": ("vocabulary", "features")},
    "conv1d": {"kernel": ("filters", "channels/groups", "width"), "bias": ("filters",)},
    "conv2d": {"kernel": ("filters", "channels/groups", "height", "width"), "bias": ("filters",)},
    "batch_norm": dict.fromkeys(("gamma", "beta", "running_mean", "running_variance"), ("channels",)),
    "layer_norm": dict.fromkeys(("gamma", "beta"), ("features",)),
    "simple_rnn": {"kernel": ("input", "hidden"), "recurrent_kernel": ("hidden", "hidden"), "bias": ("hidden",),
                   "recurrent_bias": ("hidden",)},
}
CHANNELS_LAST = {"conv1d": (2, 1, 0), "conv2d": (2, 3, 1, 0)}
_NORM = {"gamma": "scale", "beta": "bias", "running_mean": "mean", "running_variance": "var"}
NAMES = {
    "torch": {"dense": {"kernel": "weight", "bias": "bias"}, "embedding": {"table": "weight"},
              "conv": {"kernel": "weight", "bias": "bias"}, "layer_norm": {"gamma": "weight", "beta": "bias"},
              "batch_norm": {"gamma": "weight", "beta": "bias", "running_mean": "running_mean",
                             "running_variance": "running_var"},
              "simple_rnn": {"kernel": "weight_ih_l0", "recurrent_kernel": "weight_hh_l0", "bias": "bias_ih_l0",
                             "recurrent_bias": "bias_hh_l0"}},
    "keras": {"dense": {"kernel": "kernel", "bias": "bias"}, "embedding": {"table": "embeddings"},
              "conv": {"kernel": "kernel", "bias": "bias"}, "layer_norm": {"gamma": "gamma", "beta": "beta"},
              "batch_norm": {"gamma": "gamma", "beta": "beta", "running_mean": "moving_mean",
                             "running_variance": "moving_variance"},
              "simple_rnn": {"kernel": "kernel", "recurrent_kernel": "recurrent_kernel", "bias": "bias"}},
    "flax": {"dense": {"kernel": "kernel", "bias": "bias"}, "embedding": {"table": "embedding"},
             "conv": {"kernel": "kernel", "bias": "bias"}, "layer_norm": _NORM, "batch_norm": _NORM,
             "simple_rnn": {"kernel": "dense_i/kernel", "recurrent_kernel": "dense_h/kernel", "bias": "dense_i/bias"}},
    "linen": {"dense": {"kernel": "params/kernel", "bias": "params/bias"}, "embedding": {"table": "params/embedding"},
              "conv": {"kernel": "params/kernel", "bias": "params/bias"},
              "layer_norm": {"gamma": "params/scale", "beta": "params/bias"},
              "batch_norm": {"gamma": "params/scale", "beta": "params/bias", "running_mean": "batch_stats/mean",
                             "running_variance": "batch_stats/var"},
              "simple_rnn": {"kernel": "params/i/kernel", "recurrent_kernel": "params/h/kernel", "bias": "params/i/bias"}},
    "onnx": {"dense": {"kernel": "B", "bias": "C"}, "embedding": {"table": "data"}, "conv": {"kernel": "W", "bias": "B"},
             "layer_norm": {"gamma": "Scale", "beta": "B"},
             "batch_norm": {"gamma": "scale", "beta": "B", "running_mean": "input_mean", "running_variance": "input_var"}},
}


def form(framework: str, kind: str, roles) -> Form:
    """The form of a layer that holds these canonical arrays."""
    from oracles.porting.gated import gated, onnx_recurrent  # forms of their own

    if framework == "onnx" and kind in ("gru", "lstm", "simple_rnn"):
        return onnx_recurrent(kind, roles)
    return gated(framework, kind, roles) if kind in ("gru", "lstm") else plain(framework, kind, roles)


def plain(framework: str, kind: str, roles) -> Form:
    """One name for each canonical array, its axes perhaps in another order."""
    names = NAMES[framework]["conv" if kind.startswith("conv") else kind]
    arrays, where, moved, reads, items = [], {}, {}, {}, []
    for role in (r for r in AXES[kind] if r in roles):
        name, axes = names[role], AXES[kind][role]
        moves = tuple(range(len(axes)))
        if kind in CHANNELS_LAST and framework in ("keras", "flax", "linen"):
            moves = CHANNELS_LAST[kind] if role == "kernel" else moves
        elif framework == "torch" and kind in ("dense", "simple_rnn") and len(axes) == 2:
            moves = (1, 0)
        arrays.append(Array(name, tuple(axes[i] for i in moves), (role,)))
        where[role], moved[role] = name, moves
        reads[role] = f'source["{name}"]' + transposed(undone(moves))
        items.append(f'"{name}": {VARIABLES[role]}' + transposed(moves))
    return Form(tuple(arrays), where, moved, reads, tuple(items))


def transposed(moves) -> str:
    """What to write behind an array for this order of its axes."""
    if list(moves) == sorted(moves):
        return ""
    return ".T" if list(moves) == [1, 0] else f".transpose({', '.join(map(str, moves))})"
