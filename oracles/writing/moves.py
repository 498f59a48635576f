"""From where each number comes to the reshape, permute, slice or padding that puts it there.

`places` has for each cell of the output its place in the flat input, or -1 for a zero (reports/models/moves.py). A place that is
a sum of one stride per axis, or per part of an axis, is a slice, then a reshape, a permute and another reshape; nothing else is
guessed, and what is found is held against every place.
"""

from dataclasses import dataclass, replace
from math import prod
from typing import Literal

import numpy as np

Pairs = tuple[tuple[int, int], ...]
Factor = tuple[int, int]  # size and stride
Fill = Literal["reflect", "edge", "wrap"]  # what stands in a padding, by NumPy's names
FILLS: tuple[Fill, ...] = ("reflect", "edge", "wrap")


@dataclass(frozen=True)
class Move:
    """Done in this order; what is empty is not done. A negative step of `index` reads from the end; -1 in `split` and `shape` is
    the axis with the batch in it."""

    source: int  # which of the inputs
    index: tuple[slice | int, ...] = ()
    split: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()
    repeat: tuple[int, ...] = ()  # the axis of one cell that then has so many
    pad: Pairs = ()
    fill: str = ""  # what stands in the padding, by NumPy's names ("reflect", "edge", "wrap"); "" for zeros
    keeps: tuple[bool, bool] = (True, True)  # whether the first axis stays what it is, in `split` and in `shape`

    @property
    def along_axes(self) -> bool:
        """Whether every axis stays one: cut, turned or padded, no more."""
        return not (self.split or self.order or self.shape or self.repeat) and all(isinstance(i, slice) for i in self.index)


def recognised(places: np.ndarray, shapes) -> tuple[tuple[Move, ...], int]:
    """The pieces of an output and the axis on which they stand side by side. Raises ValueError for any other move."""
    whole = single(places, shapes)
    if whole is not None:
        return (whole,), 0
    for axis in range(places.ndim):
        pieces: list[Move] = []
        start = 0
        while start < places.shape[axis]:
            found = [(end, piece) for end in range(places.shape[axis], start, -1)
                     if (piece := single(places.take(range(start, end), axis), shapes)) is not None]
            if not found or len(pieces) > 7:
                break
            start = found[0][0]
            pieces.append(found[0][1])
        else:
            return tuple(pieces), axis
    raise ValueError("it puts numbers where no reshape, permute, slice or padding puts them")


def single(places: np.ndarray, shapes) -> Move | None:
    """One move from one input."""
    kept = places >= 0
    if not kept.any():
        return None
    box = tuple(slice(int(at.min()), int(at.max()) + 1) for at in np.nonzero(kept))
    inner = places[box]
    if (inner < 0).any():
        return None
    ends = np.cumsum([prod(shape) for shape in shapes])
    source = int(np.searchsorted(ends, inner.min(), "right"))
    first = int(ends[source] - prod(shapes[source]))
    if inner.max() >= ends[source]:
        return None
    move = _moved(inner - first, tuple(shapes[source]), source)
    if inner.shape == places.shape:
        return move or filled(inner - first, tuple(shapes[source]), source)
    if move is None:
        return None
    pairs = tuple((part.start, n - part.stop) for part, n in zip(box, places.shape))
    return replace(move, pad=pairs)


def _moved(places: np.ndarray, shape: tuple[int, ...], source: int) -> Move | None:
    again = next((k for k, n in enumerate(places.shape) if n > 1 and (places == places.take([0], k)).all()), None)
    if again is not None:
        move = _moved(places.take([0], again), shape, source)
        return None if move is None or move.repeat else replace(move, repeat=(again, places.shape[again]))
    found = factored(places)
    if found is None:
        return None
    factors, owners = found
    offset = int(places.reshape(-1)[0])
    by_stride = sorted(range(len(factors)), key=lambda k: -abs(factors[k][1]))
    ordered = [factors[k] for k in by_stride]
    order = tuple(int(k) for k in np.argsort(by_stride))
    order = order if order != tuple(range(len(order))) else ()
    sizes = tuple(size for size, _ in ordered)
    batch = owners[by_stride[0]] if by_stride else 0
    shaped = tuple(-1 if axis == batch else n for axis, n in enumerate(places.shape))
    if [stride for _, stride in ordered] == [prod(sizes[k + 1:]) for k in range(len(sizes))] and prod(sizes) == prod(shape):
        split = (-1, *sizes[1:]) if order and sizes != shape else ()
        now = tuple(sizes[k] for k in order) if order else shape
        return Move(source, split=split, order=order, shape=() if now == places.shape else shaped,
                    keeps=(sizes[:1] == shape[:1], now[:1] == places.shape[:1]))
    index = _index(ordered, offset, shape)
    if index is None:
        return None
    kept = tuple(sizes[k] for k in order) if order else tuple(len(range(n)[i]) for i, n in zip(index, shape)
                                                              if isinstance(i, slice))
    return Move(source, index, order=order, shape=() if kept == places.shape else shaped,
                keeps=(True, kept[:1] == places.shape[:1]))


def filled(places: np.ndarray, shape: tuple[int, ...], source: int) -> Move | None:
    """A padding by the numbers that are padded, where each axis is padded for itself and all alike."""
    if places.ndim != len(shape):
        return None
    lines = [np.moveaxis(at, k, 0).reshape(at.shape[k], -1) for k, at in enumerate(np.unravel_index(places, shape))]
    if any((line != line[:, :1]).any() for line in lines):
        return None
    for fill in FILLS:
        pairs = [_ends(line[:, 0], n, fill) for line, n in zip(lines, shape)]
        if None not in pairs:
            return Move(source, pad=tuple(pair for pair in pairs if pair is not None), fill=fill)
    return None


def _ends(line: np.ndarray, n: int, fill: Fill) -> tuple[int, int] | None:
    """How many cells were put in front of n and behind them; None where it were others."""
    more = len(line) - n
    return next(((before, more - before) for before in range(more + 1)
                 if np.array_equal(np.pad(np.arange(n), (before, more - before), mode=fill), line)), None)


def _index(factors: list[Factor], offset: int, shape: tuple[int, ...]) -> tuple[slice | int, ...] | None:
    """A slice for each axis that has a factor, a number for each other one."""
    strides = [prod(shape[k + 1:]) for k in range(len(shape))]
    starts = [offset // stride % n for stride, n in zip(strides, shape)]
    index: list[slice | int] = [start - n if start == n - 1 and n > 1 else start for start, n in zip(starts, shape)]
    last = -1
    for size, stride in factors:
        axis = next((k for k in range(len(shape)) if strides[k] <= abs(stride) and shape[k] > 1), None)
        if axis is None or axis <= last or stride % strides[axis]:
            return None
        step, start = stride // strides[axis], starts[axis]
        end = start + step * size
        if not 0 <= start + step * (size - 1) < shape[axis]:
            return None
        whole = size == shape[axis]
        index[axis] = slice(None, None, step) if whole and abs(step) == 1 else slice(start, end if end >= 0 else None, step)
        last = axis
    return tuple(slice(None) if i == slice(None, None, 1) else i for i in index)


def factored(places: np.ndarray) -> tuple[list[Factor], list[int]] | None:
    """The sizes and strides of which every place is the sum, outermost first, and the axis of each; None where there are none."""
    first, factors, owners = places[(0,) * places.ndim] if places.ndim else places, [], []
    for axis in range(places.ndim):
        line = np.moveaxis(places, axis, 0).reshape(places.shape[axis], -1)[:, 0] - first
        own = _radix(line)
        if own is None:
            return None
        factors += own
        owners += [axis] * len(own)
    total = np.full((), first)
    for size, stride in factors:
        total = total[..., None] + np.arange(size) * stride
    return (factors, owners) if np.array_equal(total.reshape(places.shape), places) else None


def _radix(line: np.ndarray) -> list[Factor] | None:
    n = len(line)
    if n == 1:
        return []
    run = 1
    while run < n and line[run] == run * line[1]:
        run += 1
    if run == n:
        return [(n, int(line[1]))]
    if n % run:
        return None
    outer = _radix(line[::run])
    return None if outer is None else [*outer, (run, int(line[1]))]
