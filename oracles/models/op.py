"""One call of a layer or function while a model runs, and all of them: the trace.

Settings are neutral words ({"stride": (2, 2), "padding": "same"}); weights have canonical names and axes (cases/kinds.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnparity.oracles.layouts.layout import IDENTITY, Layout

# kinds whose constants are values of the trace too
WITH_CONSTANTS = ("add", "multiply", "subtract", "divide", "concatenate")
# where a layer's tensors have their channels or their time, and the order of axes that brings them to ours
FIRST, LAST, TIME_FIRST = "channels first", "channels last", "time first"


@dataclass(frozen=True)
class Said:
    """A function of arrays as its call says it: its name in cases of ours (oracles/models/said.py), what it is told, and what it
    is given in its order, values of the trace by their numbers or arrays that no call computes."""

    name: str
    settings: Mapping[str, Any]
    given: tuple[int | np.ndarray, ...]


@dataclass
class Op:
    """One call. `call(tensors)` computes it again on other tensors of its framework; `weights` are the framework's variables."""

    name: str  # "conv_1", "features.3", "relu"
    title: str  # "Conv2D", "F.relu"
    kind: str  # "conv2d", "activation", ...; "code" for what is not known
    settings: dict[str, Any]
    call: Callable[[Sequence[Any]], tuple[Any, ...]]
    inputs: tuple[int, ...] = ()  # numbers of values of the trace
    outputs: tuple[int, ...] = ()
    weights: Mapping[str, Any] = field(default_factory=dict)  # the framework's names -> its variables
    layout: Layout = IDENTITY
    axes: str = ""  # FIRST, LAST, TIME_FIRST where the order of the axes is part of the layer
    where: str = ""  # "model.py:12"
    said: Said | None = None  # of code: the function that it is, where its name tells it


@dataclass
class Trace:
    """What a model computed on one input: its calls in order and every value by its number."""

    framework: str
    ops: list[Op] = field(default_factory=list)
    values: dict[int, np.ndarray] = field(default_factory=dict)
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    error: str = ""  # what the model raised, where it did: the calls until then are recorded


def order(axes: str, ndim: int) -> tuple[int, ...]:
    """The order of the axes that brings a tensor with so many to ours: batch, channels, ... and batch, time, features."""
    if axes == LAST and ndim > 2:
        return (0, ndim - 1, *range(1, ndim - 1))
    if axes == TIME_FIRST and ndim > 2:
        return (1, 0, *range(2, ndim))
    return tuple(range(ndim))


def back(order_: Sequence[int]) -> tuple[int, ...]:
    """The order that undoes one."""
    return tuple(int(i) for i in np.argsort(order_))
