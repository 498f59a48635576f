"""The form in which one framework stores one layer: names, axes, and the Python that reads and writes it.

A form says in words and in source text what `nnparity.oracles.layouts` does with arrays; the tests run the text and compare.
The text works on the canonical arrays, under these variable names:
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnparity.oracles.porting.errors import PortError

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


def sizes_of(arrays: Mapping[str, np.ndarray], form: Form, layer: str, hint: str = "") -> dict[str, int]:
    """{"hidden": 4, ...} from the shapes. Raises PortError for a missing or extra array and for shapes that do not fit.

    `hint` is added where arrays are missing or have too few or too many axes.
    """
    wanted = {a.name: a.axes for a in form.arrays}
    listed = ", ".join(f"{name} {written(axes)}" for name, axes in wanted.items()) or "no arrays"
    if lost := [name for name in wanted if name not in arrays]:
        raise PortError(f"{layer}: missing {', '.join(lost)}; expected are {listed}{hint}")
    if extra := [name for name in arrays if name not in wanted]:
        more = ("; port every layer and direction on its own, under the names of the first"
                if any("_l" in name and name.rpartition("_l")[2] != "0" for name in map(str, extra)) else "")
        raise PortError(f"{layer}: no place for {', '.join(map(str, extra))}; expected are {listed}{more}")
    sizes: dict[str, int] = {}
    for name, axes in wanted.items():
        shape = np.shape(arrays[name])
        if len(shape) != len(axes):
            raise PortError(f"{layer}: {name} has shape {shape}, expected are {len(axes)} axes {written(axes)}{hint}")
        for axis, n in zip(axes, shape, strict=True):
            times, _, size = axis.rpartition("*")
            factor = int(times or 1)
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


def transposed(moves) -> str:
    """What to write behind an array for this order of its axes."""
    if list(moves) == sorted(moves):
        return ""
    return ".T" if list(moves) == [1, 0] else f".transpose({', '.join(map(str, moves))})"
