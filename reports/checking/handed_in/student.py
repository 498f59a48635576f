"""A class with forward and backward in NumPy: `__init__(sizes)`, `forward(x)`, `backward(dy)`, weights and gradients as
attributes."""

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Result, Unsupported
from nnparity.cases.kinds import KINDS, RECURRENT
from nnparity.oracles.layouts import Layout
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in import orders
from nnparity.reports.checking.handed_in.activation import under_own_numbers
from nnparity.reports.checking.handed_in.attributes import arrays_in, put, steps, there, value_at
from nnparity.reports.checking.handed_in.axes import Axes, outputs_of
from nnparity.reports.checking.handed_in.construct import CannotBuild
from nnparity.reports.checking.handed_in.layered import Layered
from nnparity.reports.checking.names import WrongObject, bare

GRADIENT = ("d{}", "d_{}", "{}_grad", "grad_{}", "{}grad", "grad{}", "g{}", "g_{}", "D{}", "dL_d{}", "dLd{}", "dJ_d{}",
            "delta_{}", "delta{}")
DICTS = ("grads", "grad", "gradients", "dparams", "d")
# an optimizer's
OTHERS = ("m{}", "v{}", "m_{}", "v_{}", "{}_m", "{}_v", "cache_{}", "{}_old", "prev_{}", "velocity_{}", "v_d{}", "s_d{}")
CELLS = ("c_n", "c_last", "c", "c_t", "cell", "cell_state", "C")  # in which a last cell state is kept
OUTPUTS = ("output", "outputs", "out", "y", "A", "a", "Y")  # in which a forward pass that returns nothing leaves its own
INPUT_GRADIENTS = ("dinputs", "dinput", "dx", "dX", "d_input", "d_inputs", "d_x", "grad_input", "input_grad")
BACK = ("backward", "backprop", "bprop")
WITHOUT_DC = "its backward pass takes no dL/dc_n"


@dataclass(frozen=True)
class Student(Layered):
    frameworks: tuple[str, ...] = ("torch",)

    @property
    def code(self) -> str:
        return getattr(getattr(self.forward, "__code__", None), "co_filename", "")

    @property
    def forward(self) -> Callable:
        return getattr(self.cls, "forward")  # noqa: B009

    @property
    def backward(self) -> str:
        return next(name for name in BACK if callable(getattr(self.cls, name, None)))

    @cached_property
    def arguments(self) -> list[str]:
        """What its backward pass is given behind self."""
        return [p.name for p in list(inspect.signature(getattr(self.cls, self.backward)).parameters.values())[1:]
                if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]

    def shapes(self, obj):
        arrays = arrays_in(obj)
        derived = {bare(form.format(name)) for form in (*GRADIENT, *OTHERS) for name in map(last, arrays)}
        if self.weights is not None:
            return {path: a.shape for path, a in arrays.items() if path in self.weights} or {
                path: a.shape for path, a in arrays.items()}
        return {path: a.shape for path, a in arrays.items()
                if bare(last(path)) not in derived
                and not any(word in path.lower() for word in ("grad", "cache", "velocity", "momentum"))
                and (a.any() or not stateful(last(path)))}

    @cached_property
    def takes_states(self) -> bool:
        return len(inspect.signature(self.forward).parameters) > 2

    def asked_as(self, network, config):
        """Of a recurrent class what names and shapes leave open is read from its forward pass."""
        own = super().asked_as(network, config)
        if not self.is_class or network not in RECURRENT:
            return own
        probe = orders.probed(network)
        try:
            obj, _ = own.made(probe)
        except (CannotBuild, NoAnswer, Unsupported):  # told when it is asked
            return own
        return orders.found(own, own.shapes(obj), probe)

    def answer(self, case: Case) -> Result:
        result = super().answer(case)
        return under_own_numbers(result, case) if self.network == "activation" else result

    def own_cases(self, substring, float32):
        chosen = super().own_cases(substring, float32)
        return chosen and [self.fitted(case) for case in chosen]

    def fitted(self, case: Case) -> Case:
        """The case as far as it can be asked: without initial states where it takes none, and dL/dc_n is zero where it takes
        none."""
        case = super().fitted(case)
        if "c_n" not in case.cotangents or len(self.arguments) > 2:
            return case
        return case.replaced(cotangents={**case.cotangents, "c_n": np.zeros_like(case.cotangents["c_n"])},
                             exempt=case.exempt or WITHOUT_DC)

    def run(self, obj, case: Case, layout: Layout, axes: Axes):
        try:
            return self.both_passes(obj, case, layout, axes)
        except (ValueError, IndexError) as error:
            if case.layers[0].kind == "dense" and case.inputs["x"].ndim > 2:
                raise Unsupported(f"{self.name} takes no x of three axes") from error
            raise

    def both_passes(self, obj, case: Case, layout: Layout, axes: Axes):
        if not self.is_class:
            obj = copy.deepcopy(obj)
        outputs = self.forward_pass(obj, case, layout, axes)
        pulled = getattr(obj, self.backward)(*self.upstream(case, axes, self.x_of(case, axes)))
        return outputs, self.gradients_of(obj, pulled, layout, case, axes)

    def forward_pass(self, obj, case: Case, layout: Layout, axes: Axes) -> dict[str, np.ndarray]:
        """The outputs under our names, of an object into which the weights of a case are put."""
        for path, array in layout.pack(case.params).items():
            put(obj, path, array)
        returned = obj.forward(self.x_of(case, axes), *self.states_for(case, axes))
        if returned is None:
            returned = next((value_at(obj, name) for name in OUTPUTS if there(obj, name)), None)
        outputs = outputs_of(returned, case, axes, lambda steps: np.stack(steps, 1), lambda: kept_cell(obj))
        return {name: np.array(a) for name, a in outputs.items()}

    def x_of(self, case: Case, axes: Axes):
        return case.inputs["x"] if case.inputs["x"].dtype.kind != "f" else axes.theirs(case.inputs["x"])

    def states_for(self, case: Case, axes: Axes) -> list:
        """What forward is given beside x."""
        kind = case.layers[0].kind
        if kind not in RECURRENT:
            return []
        parameters = [p for p in list(inspect.signature(self.forward).parameters.values())[2:]
                      if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        names = [f"{s}0" for s in KINDS[kind].states]
        if not any(name in case.inputs for name in names) and not any(p.default is p.empty for p in parameters):
            return []
        if not parameters:
            raise Unsupported(f"{self.name}.forward takes no initial state")
        hidden = case.cotangents["h_n"]
        states = [axes.turned_state(case.inputs.get(name, np.zeros_like(hidden))) for name in names]
        return [tuple(states)] if len(parameters) < len(states) else states

    def upstream(self, case: Case, axes: Axes, x) -> list:
        """What backward is given: dL/dy, with dL/dh_n in its last step where it takes no other."""
        kind, dy = case.layers[0].kind, case.cotangents["y"].copy()
        names = self.arguments
        before = [x] if names and bare(names[0]) in ("x", "inputs", "input") and len(names) > 1 else []
        places = len(names) - len(before)
        if kind not in RECURRENT:
            return [*before, axes.theirs(dy) if dy.ndim == len(axes.order) else dy]
        states = [axes.turned_state(case.cotangents[f"{s}_n"]) for s in KINDS[kind].states]
        if places < 2:
            dy[:, -1] += case.cotangents["h_n"]
            states = []
        if len(states) == 2 and places < 3:
            if case.cotangents["c_n"].any():
                raise Unsupported(f"{WITHOUT_DC}: hand in the class itself to be asked without")
            states = states[:1]
        return [*before, axes.theirs(dy), *states]

    def gradients_of(self, obj, pulled, layout: Layout, case: Case, axes: Axes) -> dict[str, Any]:
        """Everything that came back, under our names."""
        packed = layout.pack(case.params)
        arrays, named = returned(pulled)
        theirs: dict[str, Any] = {}
        for path in packed:
            found = self.gradient_path(obj, path)
            key = next((k for k in spellings(path) if k in named), None)
            if key is not None:
                theirs[path] = named[key]
            elif found is not None:
                theirs[path] = value_at(obj, found)
        x = next((named[k] for k in ("x", "dx", "dX", "X") if k in named), arrays.pop(0) if arrays else None)
        for path in packed:
            if path not in theirs and arrays and np.size(arrays[0]) == packed[path].size:
                theirs[path] = arrays.pop(0)
        if missing := [path for path in packed if path not in theirs]:
            raise NoAnswer(f"where {self.name} keeps the gradient of {missing[0]} is not clear: no attribute {missing[0]} has "
                           f"a gradient called "
                           f"d{last(missing[0])}, grads[{last(missing[0])!r}] or the like after {self.backward}. Say so: "
                           f'nnparity.adapt({self.name}, gradients={{"{missing[0]}": "..."}})')
        grads: dict[str, Any] = layout.unpack({path: np.asarray(g, dtype=None) for path, g in theirs.items()})
        if x is None:
            x = next((value_at(obj, name) for name in INPUT_GRADIENTS if there(obj, name)), None)
        if x is not None and case.inputs["x"].dtype.kind == "f":
            x = np.asarray(x)
            grads["x"] = axes.ours(x) if x.ndim == len(axes.order) else x
        for s in KINDS[case.layers[0].kind].states:
            g = next((named[k] for k in (f"d{s}0", f"{s}0", f"d{s}", f"d{s}_0") if k in named), arrays.pop(0) if arrays else None)
            if (name := f"{s}0") in case.inputs:
                g = next((value_at(obj, k) for k in (f"d{s}0", f"d{s}_0") if g is None and there(obj, k)), g)
                if g is not None:
                    grads[name] = axes.turned_state(np.asarray(g))
        return grads

    def gradient_path(self, obj, path: str) -> str | None:
        """Where the gradient of a weight stands after the backward pass."""
        if self.gradients is not None and path in self.gradients:
            if not there(obj, self.gradients[path]):
                raise WrongObject(f"{self.name} has no {self.gradients[path]!r} after {self.backward}")
            return self.gradients[path]
        name, (item, key) = last(path), steps(path)[-1]
        tried = [*(f"{group}[{spelling!r}]" for group in DICTS for spelling in spellings(path)),
                 *(f"{group}[{key}]" for group in DICTS if item and isinstance(key, int)),
                 *(form.format(n) for n in dict.fromkeys((name, name.lower(), name.capitalize())) for form in GRADIENT)]
        return next((place for place in tried if there(obj, place)), None)


def spellings(path: str) -> list[str]:
    name = last(path)
    return [name, *(form.format(name) for form in GRADIENT), f"d{name.lower()}"]


def returned(pulled: Any) -> tuple[list, Mapping[str, Any]]:
    """(arrays in order, arrays by name) of what a backward pass returned."""
    arrays: list[Any] = []
    named: dict[str, Any] = {}
    for one in pulled if isinstance(pulled, tuple | list) else (pulled,):
        if isinstance(one, Mapping):
            named.update(one)
        elif isinstance(one, tuple | list):
            arrays += list(one)
        elif one is not None:
            arrays.append(one)
    return arrays, named


def last(path: str) -> str:
    """W of W and of params['W']; params of params[0]."""
    keys = [key for _, key in steps(path)]
    return str(keys[-1] if isinstance(keys[-1], str) else keys[0])


def stateful(name: str) -> bool:
    """Whether an array of zeros under this name is more likely a state than a bias."""
    return bare(name) in ("h", "c", "s", "state", "hprev", "cprev", "hidden", "cell", "x", "y", "out", "output", "z", "a")


def kept_cell(obj: Any):
    found = next((getattr(obj, name) for name in CELLS if getattr(obj, name, None) is not None), None)
    if isinstance(found, Mapping):
        found = found[max(found)]
    if isinstance(found, list | tuple) and found:
        found = found[-1]
    return found if isinstance(found, np.ndarray) and found.ndim == 2 else None
