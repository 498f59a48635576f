"""The question and the answer: what is asked of every implementation, and what it gives back.

A `Case` is a chain of layers, an optional loss, and every array that enters: parameters, inputs, and one cotangent
(dL/d output) for each output, except those that no framework differentiates (`observed`). A `Result` is what an
implementation answers: outputs and gradients, under the same names and in the same layouts whoever computes them.

Names. A layer without a name uses bare names (`kernel`); a layer called `head` uses `head/kernel`. The chain's first
input is `x` and its last output is `y`; states are `h0`, `c0` on the way in and `h_n`, `c_n` on the way out.

The rules that make a case able to find a fault (rules.py) are enforced when the case is made, and not by habit.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

import numpy as np

from nnparity.cases.rules import InvalidCase, check_arrays_differ, check_sizes_differ

Arrays = Mapping[str, np.ndarray]
KERNELS = ("kernel", "recurrent_kernel")  # what an L2 penalty holds small


class Unsupported(Exception):
    """An implementation that has no such layer, or not with this configuration. Never counts as agreement."""


@dataclass(frozen=True)
class Layer:
    """One link of the chain: `kind` is its file in reference_impl/layers, `config` its conventions and options.

    `default=True` asks an implementation for whatever it builds when no option is given (`GRU(4)`); the reference has
    no default, so such a layer is a probe: the answer is matched against the variants.
    """

    kind: str
    name: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    default: bool = False

    def qualify(self, array: str) -> str:
        """`kernel` of the layer `head` is `head/kernel`."""
        return f"{self.name}/{array}" if self.name else array

    def own(self, arrays: Arrays) -> dict[str, np.ndarray]:
        """This layer's arrays, under their bare names."""
        if not self.name:
            return {name: a for name, a in arrays.items() if "/" not in name}
        prefix = self.name + "/"
        return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}


@dataclass(frozen=True)
class Golden:
    """A figure that a document prints: `array` at `index` is the figure, to all printed digits or to `decimals`."""

    array: str  # an output, "y", or a gradient, "grads/kernel"
    index: tuple[int, ...]
    figure: str  # as printed, "0.20482421"
    source: str  # who printed it
    decimals: int | None = None  # how many of the printed decimals the formula reproduces, where not all
    why: str = ""  # what makes the remaining ones differ
    mistaken: bool = False  # the document asks why this figure is wrong: it must not be met, and the diagnosis names why

    def read(self, result: "Result"):
        """The element that the figure is about. Raises KeyError where the answer has no such array."""
        gradient = self.array.startswith("grads/")
        return (result.grads if gradient else result.outputs)[self.array.removeprefix("grads/")][self.index]

    def is_met_by(self, value: float) -> bool:
        """True if the value, rounded to the figure's decimals, is the figure; and no closer than `decimals` says.

        A float32 value is rounded in its shortest decimal form, as it would be printed.
        """
        figure = Decimal(self.figure)
        off = abs(Decimal(str(value)) - figure)
        printed = -int(figure.as_tuple().exponent)
        exact = printed if self.decimals is None else self.decimals
        too_close = exact < printed and off <= Decimal(10) ** -(exact + 1) / 2
        return off <= Decimal(10) ** -exact / 2 and not too_close


@dataclass(frozen=True, kw_only=True)
class Training:
    """Steps of an optimizer on a case with a loss. The answer is the path: the loss before and every parameter after each step.

    `learning_rates` has one rate, or one for each step. `batches` are the rows of x and target that each step sees, taken
    in turn; empty for the full batch.
    """

    optimizer: str
    steps: int
    learning_rates: tuple[float, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    batches: tuple[tuple[int, ...], ...] = ()
    products: str = ""  # how a particular machine computed x K, see reference_impl/training.py: "float32" or "two lanes"

    def rate(self, step: int) -> float:
        return self.learning_rates[min(step, len(self.learning_rates) - 1)]

    def batch(self, case: "Case", step: int) -> dict[str, np.ndarray]:
        """The inputs of one step."""
        if not self.batches:
            return dict(case.inputs)
        rows = list(self.batches[step % len(self.batches)])
        return {name: a[rows] for name, a in case.inputs.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One network at one point, or on the path of a training.

    Raises InvalidCase where the arrays could not tell a right implementation from a wrong one: constant or zero
    parameters, equal sizes, fewer than three time steps or two examples, cotangents of ones. `exempt` lifts these
    rules for a case made on purpose (a square twin, a document's figures) and says why.
    """

    name: str  # "gru-after-float64-generic": pytest's id and the report's row
    network: tuple[Layer, ...]
    params: Arrays
    inputs: Arrays
    cotangents: Arrays
    sizes: Mapping[str, int]  # axis name -> length, every length that occurs
    catches: str  # the mistake that this case exists to expose
    group: str = ""  # what it is about, "gru", "n18", "loss": the recording it is kept in; "" for none
    documents: tuple[str, ...] = ()  # ids of the documents' networks that it asks about, "N10"
    flags: tuple[str, ...] = ()  # numbers of the documents' mistakes that it was made to expose, "K31"; tested by planting them
    loss: Layer | None = None
    training: Training | None = None  # ask for the path of a training instead of one forward and backward pass
    constants: frozenset[str] = frozenset()  # inputs that take no gradient: targets, masks
    observed: frozenset[str] = frozenset()  # outputs that are compared but have no cotangent: running statistics
    left: frozenset[str] = frozenset()  # outputs that nobody is asked for: the last states inside a chain
    l2: float = 0.0  # λ of the penalty (λ/2) Σ W² that is added to the loss, over every kernel of the chain
    unreturned: frozenset[str] = frozenset()  # outputs that whoever is asked does not give back: nobody compares them
    zeros: frozenset[str] = frozenset()  # arrays of the answer that are zero for a reason; zero elsewhere is a problem
    golden: tuple[Golden, ...] = ()
    source: str = ""
    exempt: str = ""

    def __post_init__(self):
        if not self.catches:
            raise InvalidCase(f"{self.name}: say in `catches` which mistake this case exists to expose")
        names = [layer.name for layer in self.layers]
        if len(set(names)) < len(names):
            raise InvalidCase(f"{self.name}: layers need distinct names, got {names}")
        if not self.cotangents:
            raise InvalidCase(f"{self.name}: no cotangents, so no gradient would be compared")
        if both := self.observed & self.cotangents.keys():
            raise InvalidCase(f"{self.name}: {sorted(both)} is only observed and has a cotangent")
        if self.l2 and (self.loss is None or self.cotangents["loss"].ndim):
            raise InvalidCase(f"{self.name}: a penalty is a part of the loss, one number")
        dtypes = {a.dtype for a in self._floats()}
        if len(dtypes) != 1 or dtypes - {np.dtype("float32"), np.dtype("float64")}:
            raise InvalidCase(f"{self.name}: one dtype, float32 or float64, wanted; got {sorted(map(str, dtypes))}")
        if not all(np.isfinite(a).all() for a in self._floats()):
            raise InvalidCase(f"{self.name}: an array holds nan or inf")
        if not self.exempt:
            check_arrays_differ(self)
            check_sizes_differ(self)

    def _floats(self):
        arrays = (*self.params.values(), *self.inputs.values(), *self.cotangents.values())
        return [a for a in arrays if a.dtype.kind == "f"]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The chain, its loss included."""
        return (*self.network, self.loss) if self.loss else self.network

    @property
    def dtype(self) -> np.dtype:
        return self._floats()[0].dtype

    @property
    def differentiable(self) -> dict[str, np.ndarray]:
        """Every array that takes a gradient: all parameters, then the inputs that are not constants or integers."""
        inputs = {k: a for k, a in self.inputs.items() if k not in self.constants and a.dtype.kind == "f"}
        return {**self.params, **inputs}

    @property
    def penalised(self) -> dict[str, np.ndarray]:
        """The arrays whose squares the penalty adds: all kernels, no bias."""
        return {name: a for name, a in self.params.items() if self.l2 and name.rpartition("/")[2] in KERNELS}

    def returned(self, outputs: Arrays) -> dict[str, np.ndarray]:
        """Those of these outputs that are compared."""
        return {name: a for name, a in outputs.items() if name not in self.unreturned}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that determines the answer: a recording made for another question is stale."""
        chain = [(la.kind, la.name, sorted(la.config.items()), la.default) for la in self.layers]
        trained = repr(self.training) if self.training else ""
        more = repr((sorted(self.left), self.l2)) if self.left or self.l2 else ""
        sha = hashlib.sha256((repr(chain) + trained + more).encode())
        for group in (self.params, self.inputs, self.cotangents):
            for name, a in sorted(group.items()):
                sha.update(f"{name} {a.dtype.str} {a.shape}".encode())
                sha.update(np.ascontiguousarray(a).tobytes())
        return sha.hexdigest()

    def astype(self, dtype: str) -> Self:
        """The same question in another precision; integer arrays stay as they are."""
        def cast(arrays):
            return {k: a.astype(dtype) if a.dtype.kind == "f" else a for k, a in arrays.items()}
        return self.replaced(params=cast(self.params), inputs=cast(self.inputs), cotangents=cast(self.cotangents))

    def replaced(self, **fields: Any) -> Self:
        """The same case with other fields; the rules are checked anew."""
        return replace(self, **fields)

    def configured(self, **config: Any) -> Self:
        """The same arrays under another convention of the first layer, or of the loss where it is the only one."""
        first, *rest = self.layers
        first = replace(first, config={**first.config, **config}, default=False)
        return self.replaced(network=(first, *rest[:len(self.network) - 1])) if self.network else self.replaced(loss=first)

    def __str__(self):
        return self.name


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """What one implementation answered: outputs and gradients by name.

    `built` says what was run, as one would type it; `composed` that the framework has no such layer and the oracle
    put it together from the framework's primitives and its automatic differentiation.
    """

    outputs: Arrays
    grads: Arrays
    built: str = ""
    composed: bool = False
