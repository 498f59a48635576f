"""Activations as people write them: a class Tanh with forward and backward, and two functions beside each other, sigmoid and
sigmoid_backward, or sigmoid and sigmoid_prime.

A derivative of one argument may be meant of x, 1 - tanh(x)², or of the output, 1 - y²: whichever is right is what it takes. A
slope that the code has written into it is its own: the comparison is under that.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reports.asking.implementations import Overlooking
from nnparity.reports.asking.options import options_of_layer
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.handed import Handed
from nnparity.reports.checking.names import WrongObject, activation_named

PARTNERS = ("{}_backward", "{}_prime", "{}_derivative", "{}_deriv", "{}_grad", "{}_gradient", "{}_der", "{}_back", "{}_bwd",
            "d{}", "d_{}", "grad_{}", "{}_d", "{}_backprop", "derivative_{}", "deriv_{}", "{}Backward", "{}Prime", "{}Derivative")
SWITCHES = ("deriv", "derivative", "prime", "grad", "backward", "d")  # sigmoid(x, deriv=False)
UPSTREAM = ("da", "dout", "dy", "grad", "gradient", "upstream", "dl", "delta", "dvalues", "grad_output", "dloss", "error", "g",
            "output_gradient", "grad_out", "d_out", "dh")
OF_OUTPUT = ("a", "y", "out", "output", "activation", "s", "h")
NUMBERS: Mapping[str, tuple[float, ...]] = {"slope": (0.01, 0.1, 0.2, 0.3, 0.05, 0.001, 0.02, 0.25),
                                            "alpha": (1.0, 0.01, 0.1, 0.5, 0.2, 1.5), "beta": (1.0, 1.702, 2.0)}
CLOSE = 1e-7


def own_numbers(case: Case, y: Any) -> dict[str, float]:
    """{option: value} where the output is that under another value of the activation's number than the case's."""
    options = options_of_layer(case.layers[0])
    function = options["function"]
    names = [n for n in NUMBERS if n in inspect.signature(ACTIVATIONS[function]).parameters and n in options]
    if not names or np.shape(y) != case.inputs["x"].shape:
        return {}
    given = {o: v for o, v in options.items() if o != "function" and o in inspect.signature(ACTIVATIONS[function]).parameters}
    for value in (options[names[0]], *NUMBERS[names[0]]):
        right, _ = ACTIVATIONS[function](case.inputs["x"], **{**given, names[0]: value})
        if np.allclose(y, right, rtol=CLOSE, atol=CLOSE):
            return {} if value == options[names[0]] else {names[0]: value}
    return {}


def under_own_numbers(result: Result, case: Case) -> Result:
    """The answer of an activation, with the numbers that are written into it."""
    return Overlooking(**vars(result), overlooked=own_numbers(case, result.outputs.get("y")))


@dataclass(frozen=True)
class Pair(Handed):
    """Two functions: y of x, and what is multiplied back."""

    @property
    def partner(self) -> Callable:
        found = partner_of(self.obj)
        assert found is not None
        return found

    def implied(self, network, wanted):
        if network != "activation":
            raise WrongObject(f"{self.name}(x) is an activation, no {network}")
        return {"function": activation_named(self.name), **wanted}

    def answering(self):
        return self.answer, lambda: self.answer

    def answer(self, case: Case) -> Result:
        x, dy = case.inputs["x"], case.cotangents["y"]
        returned = self.obj(x)
        y, *rest = returned if isinstance(returned, tuple) else (returned,)
        y = np.asarray(y)
        if y.shape != x.shape:
            raise NoAnswer(f"{self.name}(x) has shape {y.shape}; expected that of x, {x.shape}")
        y = y.copy()
        ways = list(self.ways(x, y, rest, dy))
        right = self.right(case)
        dx, written = next((one for one in ways if np.shape(one[0]) == right.shape and np.allclose(one[0], right)), ways[0])
        return under_own_numbers(Result(outputs={"y": y}, grads={"x": dx}, built=f"{self.name}(x), {written}"), case)

    def ways(self, x, y, kept: list, dy) -> Iterator[tuple[np.ndarray, str]]:
        """(dL/dx, how the partner is called): of x first, unless its argument is named as an output is."""
        name, parameters = self.partner_name, required(self.partner)
        at = next((i for i, p in enumerate(parameters) if p.lower() in UPSTREAM), 0)
        told = next((p for p in parameters if p.lower() not in UPSTREAM), "x")
        places = [(kept[0], "cache")] if kept else [(x, "x"), (y, "y")]
        if not kept and told.lower() in OF_OUTPUT:
            places.reverse()
        for value, what in places:
            value = value.copy() if isinstance(value, np.ndarray) else value
            if len(parameters) == 1:
                yield through(np.asarray(self.partner(value)), dy), f"dy {name}({what})"
            else:
                given = [value, dy.copy()] if at == 1 else [dy.copy(), value]
                yield np.asarray(self.partner(*given)), f"{name}({', '.join(('dy', what) if at == 0 else (what, 'dy'))})"

    @property
    def partner_name(self) -> str:
        return getattr(self.partner, "__name__", self.name)

    def right(self, case: Case) -> np.ndarray:
        """dL/dx by the reference: which of two places a derivative is meant at."""
        options = {o: v for o, v in options_of_layer(case.layers[0]).items() if o != "function"}
        options |= own_numbers(case, np.asarray(first(self.obj(case.inputs["x"]))))
        return ACTIVATIONS[case.layers[0].config["function"]](case.inputs["x"], **options)[1](case.cotangents["y"])


def first(returned: Any) -> Any:
    return returned[0] if isinstance(returned, tuple) else returned


def through(derivative: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """dL/dx of an elementwise derivative, or of a Jacobian for each row."""
    return np.einsum("nij,ni->nj", derivative, dy) if derivative.ndim == dy.ndim + 1 == 3 else derivative * dy


def pair_of(obj: Any) -> Pair | None:
    """The function as an activation of x with its derivative beside it; None where it is none. Raises WrongObject without one."""
    if not isinstance(obj, FunctionType) or not activation_named(obj.__name__) or len(required(obj)) != 1:
        return None
    if partner_of(obj) is None:
        raise WrongObject(f"{obj.__name__}(x) has no backward pass beside it", f"Define {obj.__name__}_backward(dy, x) or "
                          f"{obj.__name__}_derivative(x) in the same file, or write {obj.__name__}(params, inputs, cotangents)")
    return Pair(obj)


def partner_of(obj: Any) -> Callable | None:
    """What multiplies back: a function beside it, called after it, or itself with deriv=True."""
    namespace = obj.__globals__
    for form in PARTNERS:
        found = namespace.get(form.format(obj.__name__))
        if isinstance(found, FunctionType):
            return found
    switch = next((name for name, p in inspect.signature(obj).parameters.items()
                   if name.lower() in SWITCHES and p.default is False), None)
    if switch is None:
        return None

    def derivative(x):
        return obj(x, **{switch: True})
    derivative.__name__ = f"{obj.__name__}, {switch}=True,"
    return derivative


def required(function: Callable) -> list[str]:
    """The names of what a function has to be given."""
    return [p.name for p in inspect.signature(function).parameters.values()
            if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
