"""A layout: how one framework stores the weights of one layer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Layout:
    """Two functions that undo each other: `pack` to the framework's arrays, `unpack` to the canonical ones.

    Both only move numbers, so that gradients are packed and unpacked as weights are.
    """

    pack: Callable[[Arrays], dict[str, np.ndarray]]
    unpack: Callable[[Arrays], dict[str, np.ndarray]]


IDENTITY = Layout(dict, dict)


def renamed(**theirs_to_ours: str) -> Layout:
    """The framework stores the same arrays under other names: `renamed(weight="kernel")`. Any other name is a KeyError."""
    ours_to_theirs = {ours: theirs for theirs, ours in theirs_to_ours.items()}
    return Layout(lambda params: {ours_to_theirs[name]: a for name, a in params.items()},
                  lambda arrays: {theirs_to_ours[name]: a for name, a in arrays.items()})


def under(prefix: str, layout: Layout) -> Layout:
    """The same arrays one level deeper: `kernel` is stored as `params/kernel`."""
    return Layout(lambda params: {prefix + name: a for name, a in layout.pack(params).items()},
                  lambda arrays: layout.unpack({name.removeprefix(prefix): a for name, a in arrays.items()}))
