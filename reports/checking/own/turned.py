"""Whether somebody's whole network has its examples in columns, as W X + b, or its one output without an axis, as x @ w, w (n,).

Both are read from how its weights lie: a bias that is a column, a kernel that is a vector.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
    y = case.cotangents.get("y", case.inputs.get("target"))  # of a training the loss alone has a cotangent
    return Turned(columns=any(a.ndim == 2 and a.shape[1] == 1 < a.shape[0] for a in biases),
                  flat=y is not None and y.shape[1:] == (1,) and any(a.ndim == 1 for a in kernels))


def marked(layout: Layout, params: Mapping[str, np.ndarray], name: str) -> list[np.ndarray]:
    """The arrays that hold the parameters of this name."""
    marks = {key: np.full(a.shape, np.nan if key.rpartition("/")[2] == name else 0.0) for key, a in params.items()}
    return [a for a in layout.pack(marks).values() if np.isnan(a).any()]
