"""A layer that keeps its weights itself, class or instance: what a student's class, a torch.nn.Module and a Keras layer share.

A class is built anew at the sizes and options of each case; an instance is asked at its own. Its weights are loaded under its
own names, it is run, and its gradients come back under ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Result, Unsupported
from nnparity.cases.kinds import KINDS, RECURRENT
from nnparity.oracles.layouts import IDENTITY, Layout
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking import drawn
from nnparity.reports.checking.handed_in.axes import Axes
from nnparity.reports.checking.handed_in.construct import CannotBuild, built, sizes_of
from nnparity.reports.checking.handed_in.guess import Asked, guessed, how_to_say_it, known_layout
from nnparity.reports.checking.handed_in.handed import OfClass
from nnparity.reports.checking.handed_in.weights import Shape, Unclear, arranged, covered, layout_of, parsed
from nnparity.reports.checking.names import WrongObject, WrongRequest

NOT_AS_LAYERS = ("batch_norm", "dropout")  # with states or masks that a module draws and keeps itself


@dataclass(frozen=True)
class Known:
    """What is known of an object's weights."""

    layout: Layout
    held: frozenset[str]  # names of ours that it has
    paths: frozenset[str] = frozenset()  # of its own, that hold them
    columns: bool = False  # it works on column vectors
    named: bool = False  # they have the names of a framework's layer


@dataclass(frozen=True)
class Layered(OfClass):
    """`weights`, `gradients`, `axes` and `build` are what `nnparity.adapt` was told."""

    weights: Mapping[str, str] | None = None
    gradients: Mapping[str, str] | None = None
    axes: str = ""
    build: Callable | None = None
    frameworks: tuple[str, ...] = ("torch",)  # whose names and layouts its weights may have

    @property
    def called(self):
        return [c.__name__ for c in self.cls.__mro__ if c.__name__ not in ("object", "Module", "Layer", "Model", "Operation")]

    # ------------------------------------------------------------------------------------- what each kind does its own way

    def shapes(self, obj: Any) -> dict[str, Shape]:
        """Its weights by path."""
        raise NotImplementedError

    def run(self, obj: Any, case: Case, layout: Layout, axes: Axes) -> tuple[dict, dict]:
        """(outputs, gradients of weights and inputs) under our names, of a case whose weights are loaded by `layout`."""
        raise NotImplementedError

    def made(self, case: Case) -> tuple[Any, str]:
        """(an object at a case's sizes, how it was built)."""
        return built(self.build or self.cls, self.name, case, self.claimed)

    def own_options(self) -> Mapping[str, Any]:
        """The options that an instance shows."""
        return {}

    # ------------------------------------------------------------------------------------------------- weights and sizes

    @cached_property
    def known(self) -> Known:
        """How its weights lie: read at sizes that are all different. Raises WrongObject."""
        if not self.is_class:
            return self.at_own_sizes[0]
        case = drawn.probe(self.network, self.some_case)
        if case is None:
            raise WrongObject(f"no case is about {self.network} alone", "Hand in a function(params, inputs, cotangents) of it")
        try:
            obj, _ = self.made(case)
        except CannotBuild as error:
            raise self.cannot_build(case, error) from None
        except (NoAnswer, Unsupported) as error:
            raise WrongObject(f"{self.name}: {error}") from None
        return self.read(self.shapes(obj), case.params)

    @property
    def some_case(self) -> Case | None:
        from nnparity.cases import all_cases
        from nnparity.cases.selection import network_of
        return next((c for c in all_cases() if network_of(c) == self.network), None)

    def read(self, shapes: Mapping[str, Shape], params: Mapping[str, np.ndarray]) -> Known:
        if not params and not shapes:
            return Known(IDENTITY, frozenset())
        if not shapes:
            raise WrongObject(f"{self.name} has no arrays when it has been built at these sizes", "Say how it is built: "
                              f"nnparity.adapt({self.name}, build=lambda {', '.join(drawn.SIZES.get(self.network, ()))}: "
                              f"{self.name}(...))")
        if self.weights is None and (layout := known_layout(self.network, shapes, params, self.frameworks)):
            return Known(layout, frozenset(self.held_by(layout, shapes)), frozenset(shapes), named=True)
        try:
            if self.weights is None:
                weights = guessed(self.network, shapes, params)
            else:
                weights = {path: parsed(text, self.network) for path, text in self.weights.items()}
                if missing := [path for path in weights if path not in shapes]:
                    raise WrongObject(f"{self.name} has no array {missing[0]!r} when it is built; it has {', '.join(shapes)}")
            lies = arranged(params, weights, shapes, self.network)
        except Asked as asked:
            raise WrongObject(*how_to_say_it(self.name, self.network, asked)) from None
        except Unclear as why:
            raise WrongObject(f"{self.name}: {why}", self.say_which) from None
        held = covered(weights, self.network)
        if lost := [name for name in params if name not in held and not name.endswith(("bias", "beta", "peephole"))]:
            raise WrongObject(f"{self.name}: no attribute is the {lost[0]} of a {self.network}; it has {few(shapes)}",
                              self.say_which)
        columns = any(weight.arrays == ("bias",) and lies[path].ones[:1] == (len(shapes[path]) - 1,)
                      for path, weight in weights.items())
        return Known(layout_of(weights, lies, self.network), frozenset(held), frozenset(weights), columns)

    def held_by(self, layout: Layout, shapes: Mapping[str, Shape]) -> set[str]:
        return set(layout.unpack({path: np.zeros(shape) for path, shape in shapes.items()}))

    @cached_property
    def at_own_sizes(self) -> tuple[Known, dict[str, int]]:
        """An instance's weights and sizes: the lengths at which its shapes are those of such a layer. Raises WrongObject."""
        if not drawn.drawable(self.network):
            raise WrongObject(f"an instance of {self.name} cannot be asked at its own sizes", self.say_class)
        shapes = self.shapes(self.obj)
        kind, gates = self.network, len(KINDS[self.network].gates) or 1
        lengths = {n // (gates if n % gates == 0 else 1) for shape in shapes.values() for n in shape} | {
            n for shape in shapes.values() for n in shape}
        lengths |= {a - b for a in lengths for b in lengths if a > b}  # [h, x]
        found: list[tuple[Known, dict[str, int]]] = []
        said: list[WrongObject] = []
        for numbers in product(sorted(lengths), repeat=len(drawn.SIZES[kind])):
            sizes = dict(zip(drawn.SIZES[kind], numbers))
            try:
                found.append((self.read(shapes, drawn.params_at(kind, sizes, self.own_options())), sizes))
            except WrongObject as error:
                said.append(error)
        if surest := [one for one in found if one[0].named] or found[:1] * (len(found) == 1):
            return surest[0]
        if found:
            sizes_found = " or ".join(str(sizes) for _, sizes in found[:3])
            raise WrongObject(f"{self.name}: the shapes {few(shapes)} leave its sizes open: {sizes_found}", self.say_class)
        asked = next((e for e in said if "has the shape of none" not in str(e) and "would be" not in str(e)), None)
        raise asked or WrongObject(f"{self.name} with {few(shapes)} is no {kind}: no sizes fit these shapes", self.say_which)

    @property
    def say_which(self) -> str:
        return f'Say which attribute is which: nnparity.adapt({self.name}, weights={{"W": "kernel", ...}})'

    @property
    def say_class(self) -> str:
        return f"Hand in the class: nnparity.check({self.name})"

    def cannot_build(self, case: Case, error: CannotBuild) -> WrongObject:
        sizes = ", ".join(sizes_of(case))
        return WrongObject(f"{self.name}: {error}",
                           f"Say how it is built: nnparity.adapt({self.name}, build=lambda {sizes}: {self.name}(...))")

    # --------------------------------------------------------------------------------------------------------- asking

    def implied(self, network: str, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        if network not in KINDS or KINDS[network].loss or network in NOT_AS_LAYERS:
            raise WrongObject(f"{network} is not asked of a class", "Hand in a function(params, inputs, cotangents) of it")
        own = self.asked_as(network, wanted)
        options = dict(own.own_options())
        if network in RECURRENT and "recurrent_bias" not in own.known.held:
            options["recurrent_bias"] = "none"
        if network == "dense" and "bias" not in own.known.held:
            options["bias"] = "none"
        if (case := drawn.probe(network, own.some_case)) is not None:
            try:
                Axes(own.axes, network, case.inputs["x"].ndim, columns=own.known.columns)
            except WrongObject as error:
                raise WrongObject(f"{self.name}: {error}") from None
        return options

    def asked_as(self, network: str, config: Mapping[str, Any]):
        if network not in KINDS:
            raise WrongRequest(f"{network} is no layer, and {self.name} a class of one", "Hand in a function of it")
        return super().asked_as(network, config)

    def fitted(self, case: Case) -> Case:
        """Without the initial states that its forward pass does not take."""
        states = [f"{s}0" for s in KINDS[self.network].states if f"{s}0" in case.inputs]
        if not states or self.takes_states:
            return case
        return case.replaced(inputs={name: a for name, a in case.inputs.items() if name not in states}, golden=())

    @property
    def takes_states(self) -> bool:
        """Whether forward takes anything beside x."""
        return True

    def more_cases(self, substring: str, float32: bool) -> list[Case]:
        """Of a convolution by hand: it may take one number for the size of its kernel, and those of our cases are no squares."""
        if not self.is_class or self.network not in ("conv1d", "conv2d"):
            return []
        sizes = drawn.PROBED[self.network]
        configs = [self.claimed] if self.claimed else [{}, {"stride": 2}]
        made = [case for config in configs for case in drawn.cases_at(self.network, sizes, config, set(self.known.held), float32)]
        named = [case.replaced(name=case.name + "".join(f"-{o}{v}" for o, v in case.layers[0].config.items() if not self.claimed))
                 for case in made]
        return [case for case in named if substring in case.name]

    def own_cases(self, substring: str, float32: bool) -> list[Case] | None:
        if self.is_class:
            return None
        known, sizes = self.at_own_sizes
        made = drawn.cases_at(self.network, sizes, self.claimed, set(known.held), float32)
        if not (chosen := [case for case in made if substring in case.name]):
            raise WrongRequest(f"no case at its own sizes matches {substring!r}; there are {', '.join(c.name for c in made)}")
        return chosen

    def answering(self):
        if self.is_class:
            _ = self.known  # whoever asks is told now what is not clear
        return self.answer, lambda: self.answer

    def lacks(self, case: Case) -> str:
        """Why a case is not asked of it; "" for one that is."""
        if not self.is_class:
            return ""
        try:
            self.check_held(self.made(case)[0], case)
        except Unsupported as reason:
            return str(reason)
        except Exception:  # asked, it says so itself
            return ""
        return ""

    def check_held(self, obj: Any, case: Case) -> dict[str, Shape]:
        """The shapes of an object's weights. Raises Unsupported where they are not those of the case."""
        shapes, own = self.shapes(obj), set(case.params)
        held = self.held_by(self.known.layout, {path: shape for path, shape in shapes.items() if path in self.known.paths})
        if own != held:
            raise Unsupported(f"{self.name} has no {', '.join(sorted(own - held))}" if own - held
                              else f"{self.name} has a {', '.join(sorted(held - own))}, and these have none")
        return shapes

    def answer(self, case: Case) -> Result:
        layer, = case.layers
        if self.is_class:
            obj, written = self.made(case)
        else:
            obj, written = self.obj, f"{self.name}, the instance"
        known = self.known
        shapes = self.check_held(obj, case)
        try:
            axes = Axes(self.axes, layer.kind, case.inputs["x"].ndim, columns=known.columns)
        except WrongObject as error:
            raise Unsupported(str(error)) from None
        packed = known.layout.pack(case.params)
        for path, array in packed.items():
            if shapes.get(path) != array.shape:
                raise NoAnswer(f"{written} has {path} of shape {shapes.get(path)}; expected {array.shape} at these sizes")
        outputs, grads = self.run(obj, case, known.layout, axes)
        return Result(outputs=outputs, grads={name: g for name, g in grads.items() if g is not None}, built=written)


def few(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"{path} {shape}" for path, shape in list(shapes.items())[:4])
