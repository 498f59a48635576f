"""Whether somebody's whole network has its examples in columns, as W X + b, or its one output without an axis, as x @ w, w (n,).

Both are read from how its weights lie: a bias that is a column, a kernel that is a vector.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnparity.cases.case import Case
from nnparity.oracles.layouts import Layout


@dataclass(frozen=True)
class Turned:
    """How x, the target, the output and its gradient stand in somebody's network."""

    columns: bool = False  # (features, batch)
    flat: bool = False  # an output (batch,), not (batch, 1)

    def x(self, a: np.ndarray) -> np.ndarray:
        return a.T if self.columns and a.ndim == 2 else a

    def output(self, a: np.ndarray) -> np.ndarray:
        """y, or what has its shape: the target, dL/dy."""
        return a[:, 0] if self.flat and a.ndim == 2 and a.shape[1] == 1 else self.x(a)

    def ours(self, y: np.ndarray) -> np.ndarray:
        return y[:, None] if self.flat and y.ndim == 1 else self.x(y)


def read(layout: Layout, case: Case) -> Turned:
    """What the places of the weights say of a network of two-axis arrays."""
    if case.inputs["x"].ndim != 2:
        return Turned()
    biases = marked(layout, case.params, "bias")
    kernels = marked(layout, case.params, "kernel")
    output = case.cotangents["y"] if "y" in case.cotangents else case.inputs["target"]  # of a training its target alone
    return Turned(columns=any(a.ndim == 2 and a.shape[1] == 1 < a.shape[0] for a in biases),
                  flat=output.shape[1:] == (1,) and any(a.ndim == 1 for a in kernels))


def as_it_takes(turned: Turned, forward: Callable[[np.ndarray], Any], case: Case) -> Turned:
    """Examples in columns where the forward pass takes them so; in rows where it takes only those: it turns them by itself. Asked
    with one example more than there are features."""
    few = case.inputs["x"].shape[-1] + 1
    rows = np.resize(case.inputs["x"], (few, few - 1))
    if turned.columns and raises(forward, rows.T) and not raises(forward, rows):
        return replace(turned, columns=False)
    return turned


def raises(forward: Callable[[np.ndarray], Any], x: np.ndarray) -> bool:
    try:
        forward(x.copy())
    except Exception:  # somebody's code, on a shape that it may not be written for
        return True
    return False


def marked(layout: Layout, params: Mapping[str, np.ndarray], name: str) -> list[np.ndarray]:
    """The arrays that hold the parameters of this name."""
    marks = {key: np.full(a.shape, np.nan if key.rpartition("/")[2] == name else 0.0) for key, a in params.items()}
    return [a for a in layout.pack(marks).values() if np.isnan(a).any()]
