"""What a layer written out is: which functions it runs, and how its arrays get into them and out.

A program is a class; its instance is one run of the layer. `enter` gives the names that the forward function takes, `leave` makes
the outputs of all names that are known after it; `pull` gives what the backward function takes beside them, `grads` the
gradients.
"""

from collections.abc import Mapping
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from nnparity.cases.case import Arrays, Layer
from nnparity.reference_impl.activations import ACTIVATIONS, OPTIONS
from nnparity.reference_impl.defaults import activation_defaults, activation_of, defaults
from nnparity.reference_impl.plain import rows as of_rows

Names = Mapping[str, Any]
NOT_ELEMENTWISE = ("softmax", "log_softmax")


class Program:
    """One layer written out. `function` is the name of its forward function in `module`; the backward one is `..._backward`."""

    module: ModuleType = of_rows
    axes = 0  # of x, where the number is known: more of them are axes in front
    fixed: Names = {}  # option -> the only values that are written out

    def __init__(self, kind: str, config: Names):
        self.kind = kind
        layer = Layer(kind, config=dict(config))
        self.config = {**defaults(kind), **activation_defaults(layer), **config}
        self.activation = activation_of(layer)

    @classmethod
    def writes(cls, config: Names) -> bool:
        """Whether a layer with all these options is written out."""
        return all(config.get(option, values[0]) in values for option, values in cls.fixed.items())

    @property
    def function(self) -> str:
        raise NotImplementedError

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        raise NotImplementedError

    def leave(self, names: Names) -> Arrays:
        return {"y": names["y"]}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        raise NotImplementedError

    def grads(self, names: Names) -> Arrays:
        raise NotImplementedError

    def slopes(self) -> Names:
        """f and f_slope, the activation function and its derivative, both of the pre-activation; and those of others by name."""
        if self.activation is None or self.activation in NOT_ELEMENTWISE:
            return {}
        options = {name: self.config[name] for name in OPTIONS[self.activation] if name in self.config}
        others = {name: partial(function, name, options={}) for name in ("sigmoid", "tanh", "relu")}
        slopes = {f"{name}_slope": partial(slope, name, options={}) for name in others}
        return {"f": partial(function, self.activation, options=options),
                "f_slope": partial(slope, self.activation, options=options), **others, **slopes}


def function(name: str, a: np.ndarray, options: Names) -> np.ndarray:
    return ACTIVATIONS[name](np.asarray(a), **options)[0]


def slope(name: str, a: np.ndarray, options: Names) -> np.ndarray:
    """f'(a), elementwise."""
    a = np.asarray(a)
    return ACTIVATIONS[name](a, **options)[1](np.ones_like(a))
