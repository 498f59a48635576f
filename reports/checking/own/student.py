"""A class of a whole network in NumPy: forward and backward, or a loss that returns its gradients.

What its methods take is known by the names of their parameters: x or X, y or targets, dout or grad, y_hat or probs.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.oracles.layouts import Layout
from nnparity.reference_impl.losses import LOSSES
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.attributes import put, there, value_at
from nnparity.reports.checking.handed_in.construct import CannotBuild
from nnparity.reports.checking.handed_in.handed import OfClass
from nnparity.reports.checking.handed_in.recognise import framework_of
from nnparity.reports.checking.handed_in.student import BACK, DICTS, GRADIENT, OTHERS, last, returned, spellings
from nnparity.reports.checking.names import WrongObject, WrongRequest, bare
from nnparity.reports.checking.own.built import built
from nnparity.reports.checking.own.plan import Plan
from nnparity.reports.checking.own.roles import BACKWARD, FORWARD, LOSS, TRAIN, as_tuple, call, optional_target, takes
from nnparity.reports.checking.own.trained import path_of
from nnparity.reports.checking.own.turned import Turned, read
from nnparity.reports.checking.own.weights import layout_for

PLAIN = Turned()
KEPT = ("y_hat", "output", "out", "probs", "A2", "a")  # in which a forward pass that returns nothing leaves its output
BIASES = ("b", "bias", "intercept")
GRADIENT_LIKE = ("d", "g", "grad", "nabla", "delta")


@dataclass(frozen=True)
class OwnStudent(OfClass):
    """`weights`, `gradients` and `build` are what `nnparity.adapt` was told."""

    plan: Plan = field(default_factory=lambda: Plan(layers=()))
    weights: Mapping[str, str] | None = None
    gradients: Mapping[str, str] | None = None
    build: Callable | None = None

    def asked_as(self, network, config):  # noqa: ARG002
        raise WrongRequest(f"{self.name} returns a loss and its gradients: it is a whole network, no {network}",
                           f'Describe it: nnparity.check({self.name}, "dense(128) relu dense(10) mse", x=(32, 784))')

    @property
    def code(self) -> str:
        method = self.method(FORWARD) or self.method(LOSS)
        return getattr(getattr(getattr(self.cls, method or "", None), "__code__", None), "co_filename", "")

    def method(self, names: tuple[str, ...]) -> str | None:
        return next((name for name in names if name in vars(self.cls) or callable(getattr(self.cls, name, None))
                     and not name.startswith("__")), None)

    def answering(self):
        return self.answer, lambda: self.answer

    def clear(self, case: Case) -> None:
        """Raises WrongObject where it is not clear how it is built, or which array is which weight."""
        try:
            obj, _ = self.made(case)
        except NoAnswer:  # its constructor raises: its row says so
            return
        self.layout(obj, case)

    def answer(self, case: Case) -> Result:
        try:
            obj, written = self.made(case)
            layout = self.layout(obj, case)
        except WrongObject as error:
            raise NoAnswer(str(error)) from None
        if case.training:
            return path_of(lambda: self.loaded(case, layout), self.trainer(obj), layout, case, written,
                           self.turned(layout, case))
        return self.both(self.loaded(case, layout, obj), layout, case, written)

    def loaded(self, case: Case, layout: Layout, obj: Any = None) -> Any:
        """An object with the weights of the case."""
        obj = self.made(case)[0] if obj is None else obj
        for path, array in layout.pack(case.params).items():
            put(obj, path, array)
        return obj

    def trainer(self, obj: Any) -> tuple[str, ...]:
        """The methods that make one step of a training, or several. Raises NoAnswer where there are none."""
        forward, backward, train = (self.method(names) for names in (FORWARD, BACKWARD, TRAIN))
        if forward and backward and takes(obj, backward, "rate"):
            return forward, backward
        if forward and backward and takes(obj, train, "rate") and not takes(obj, train, "target"):
            return forward, backward, str(train)
        if train is None or not takes(obj, train, "target"):
            raise NoAnswer(f"{self.name} has no method that trains it: fit(x, y), train(x, y), backward(x, y, lr)")
        return (train,)

    def made(self, case: Case) -> tuple[Any, str]:
        if not self.is_class:
            return copy.deepcopy(self.obj), f"{self.name}, the instance"
        try:
            if self.build is not None:
                return self.build(), f"{self.name}, as it is built"
            return built(self.cls, self.name, case, self.plan)
        except CannotBuild as error:
            raise WrongObject(f"{self.name}: {error}", "Hand in an instance, or say how it is built: "
                              f"nnparity.adapt({self.name}, build=lambda: {self.name}(...))") from None

    def layout(self, obj: Any, case: Case) -> Layout:
        shapes, train = weights_in(obj), self.method(TRAIN)
        if not shapes and train and self.weights is None:
            raise WrongObject(f"{self.name} has {train} and no backward pass, and no weights before {train} is called",
                              "Put what one batch gives into a method, gradients(X, y) beside forward(X), or make the weights in "
                              "__init__, where others can be put in their place")
        return layout_for(shapes, case, self.name, self.weights, ())

    def turned(self, layout: Layout, case: Case) -> Turned:
        """How x and y stand. Biases in columns, and yet examples in rows: such code turns them itself, and takes one row more
        than it has features, which nothing else does."""
        turned, forward = read(layout, case), self.method(FORWARD)
        if not turned.columns or not forward:
            return turned
        x = np.ones((case.inputs["x"].shape[1] + 1, case.inputs["x"].shape[1]))
        try:
            y, _ = sorted_out(call(self.loaded(case, layout), forward, {"x": x, "target": None}), case)
        except Exception:  # somebody else's code: whatever it raises, it does not take rows
            return turned
        return replace(turned, columns=False) if y is not None and len(y) == len(x) else turned

    # ---------------------------------------------------------------------------------------------------- both passes

    def both(self, obj: Any, layout: Layout, case: Case, written: str) -> Result:
        forward, loss_method, backward = (self.method(names) for names in (FORWARD, LOSS, BACKWARD))
        turned = self.turned(layout, case)
        known: dict[str, Any] = {"x": turned.x(case.inputs["x"]).copy()}
        known["target"] = turned.output(case.inputs["target"]).copy() if "target" in case.inputs else None
        outputs: dict[str, Any] = {}
        pulled: Any = None
        if forward and backward:
            y, loss = sorted_out(call(obj, forward, known), case, turned)
            if y is None and loss is None:
                y = next((value_at(obj, name) for name in KEPT if there(obj, name)), None)
            known["output"] = y
            if loss is None and loss_method and case.loss:
                loss = sorted_out(call(obj, loss_method, known), case, turned)[1]
            if y is not None:
                known["upstream"] = turned.output(upstream_of(turned.ours(np.asarray(y)), case))
            pulled = call(obj, backward, known)
        elif loss_method:
            if optional_target(getattr(obj, loss_method)):
                known_x = {"x": known["x"].copy()}
                y, _ = sorted_out(call(obj, loss_method, known_x), case, turned)
            else:
                y = None
            loss, *rest = as_tuple(call(obj, loss_method, known))
            pulled = tuple(rest) or None
        else:
            raise NoAnswer(f"{self.name} has no {'backward pass' if forward else 'forward'}: expected are methods forward and "
                           f"backward, or a loss(x, y) that returns the loss and its gradients")
        y = None if y is None else turned.ours(np.asarray(y))
        outputs |= {name: np.array(a) for name, a in (("y", y), ("loss", loss)) if a is not None}
        grads = self.gradients_of(obj, pulled, layout, case, turned)
        return Result(outputs=outputs, grads=grads, built=written)

    def gradients_of(self, obj: Any, pulled: Any, layout: Layout, case: Case, turned: Turned) -> dict[str, np.ndarray]:
        """Everything that came back, or stands in attributes afterwards, under our names. Raises NoAnswer."""
        packed = layout.pack(case.params)
        arrays, named = returned(pulled)
        numbers = any(not w.ndim for w in packed.values())
        arrays = [np.asarray(a) for a in arrays if hasattr(a, "shape") and (np.ndim(a) or numbers)]
        theirs = {path: g for path in packed if (g := self.by_name(obj, path, named)) is not None}
        after = [a for path, a in found_in(obj) if path not in packed and last(path).lower().startswith(GRADIENT_LIKE)]
        for path, weight in packed.items():
            pool = arrays if any(a.shape == weight.shape for a in arrays) else after
            if path not in theirs and (fit := next((a for a in pool if a.shape == weight.shape), None)) is not None:
                theirs[path] = fit
                pool[:] = [a for a in pool if a is not fit]
        if missing := [path for path in packed if path not in theirs]:
            raise NoAnswer(f"where {self.name} keeps the gradient of {missing[0]} is not clear: none came back, and none stands "
                           f"in d{last(missing[0])}, grads[{last(missing[0])!r}] or the like. Say so: "
                           f'nnparity.adapt({self.name}, gradients={{"{missing[0]}": "..."}})')
        grads = dict(layout.unpack({path: np.array(g) for path, g in theirs.items()}))
        x = next((named[k] for k in ("x", "dx", "dX", "X") if k in named), None)
        own = turned.x(case.inputs["x"]).shape
        x = next((a for a in arrays if a.shape == own), x) if "x" in case.differentiable else None
        return grads if x is None else {**grads, "x": turned.x(np.array(x))}

    def by_name(self, obj: Any, path: str, named: Mapping[str, Any]) -> Any:
        """The gradient of a weight, by the name of the weight."""
        if self.gradients and path in self.gradients:
            place = self.gradients[path]
            return named[place] if place in named else value_at(obj, place) if there(obj, place) else None
        if (key := next((k for k in spellings(path) if k in named), None)) is not None:
            return named[key]
        owner, dot, leaf = path.rpartition(".")
        number = leaf[leaf.index("["):] if leaf.endswith("]") and "'" not in leaf else ""
        stem = leaf.removesuffix(number)
        word = last(leaf)
        tried = [*(f"{group}[{s!r}]" for group in DICTS for s in spellings(path)),
                 *(form.format(n) + number for n in dict.fromkeys((stem, word, word.lower(), word[:1].upper(), word[:1].lower()))
                   if n.isidentifier() for form in GRADIENT)]
        places = [owner + dot + one for one in tried]
        return next((value_at(obj, place) for place in places if there(obj, place)), None)


def is_whole(obj: Any) -> bool:
    """Whether an object of NumPy has a loss that returns its gradients, trains itself, or has passes of a network's names
    (predict, gradients), where a layer has forward and backward."""
    cls = obj if isinstance(obj, type) else type(obj)
    student = OwnStudent(cls)
    forward, backward = student.method(FORWARD), student.method(BACKWARD)
    if framework_of(cls) or forward == "forward" and backward in BACK:
        return False
    return bool(student.method(LOSS) or forward and (backward or student.method(TRAIN)))


def sorted_out(value: Any, case: Case, turned: Turned = PLAIN) -> tuple[Any, Any]:
    """(output, loss) of what came back: an array of as many axes as y has, and a number."""
    y = loss = None
    axes = turned.output(case.cotangents["y"]).ndim
    for one in as_tuple(value):
        if y is None and hasattr(one, "shape") and np.ndim(one) == axes:
            y = one
        elif loss is None and isinstance(one, int | float | np.number) or hasattr(one, "shape") and np.ndim(one) == 0:
            loss = np.asarray(one)
    return y, loss


def upstream_of(y: np.ndarray, case: Case) -> np.ndarray:
    """dL/dy at somebody's own output; without a loss the cotangent of y."""
    if case.loss is None or y.shape != case.cotangents["y"].shape:
        return case.cotangents["y"].copy()
    _, pull = LOSSES[case.loss.kind]({}, {"x": y, "target": case.inputs["target"]}, **case.loss.config)
    return np.asarray(pull({"y": case.cotangents["loss"]})["x"])


def weights_in(obj: Any) -> dict[str, tuple[int, ...]]:
    """The shapes of the arrays that are weights: not those named after another one, as gradients and momenta are."""
    arrays = {**dict(found_in(obj)), **numbers_in(obj)}
    derived = {bare(form.format(last(path))) for path in arrays for form in (*GRADIENT, *OTHERS)}
    return {path: a.shape for path, a in arrays.items() if bare(last(path)) not in derived
                      and not any(word in path.lower() for word in ("grad", "cache", "velocity", "momentum", "mask"))}


def numbers_in(obj: Any) -> dict[str, np.ndarray]:
    """A bias of one unit that is a plain number, `self.b = 0.0`."""
    attributes = getattr(obj, "__dict__", {})
    biases = {name: attributes[name] for name in attributes if name.lower().rstrip("_0123456789") in BIASES}
    return {name: np.asarray(b, dtype=float) for name, b in biases.items() if isinstance(b, int | float | np.number)}


def found_in(obj: Any, prefix: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, np.ndarray]]:
    """Every array of numbers by its path, those in lists, dicts and objects below too, each once."""
    seen = set() if seen is None else seen
    items = ([(f"{prefix}[{k!r}]", v) for k, v in obj.items()] if isinstance(obj, Mapping) else
             [(f"{prefix}[{i}]", v) for i, v in enumerate(obj)] if isinstance(obj, list | tuple) else
             [(f"{prefix}.{k}" if prefix else k, v) for k, v in getattr(obj, "__dict__", {}).items()])
    for path, value in items:
        if id(value) in seen:
            continue
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "f" and value.ndim:
                seen.add(id(value))
                yield path, value
        elif isinstance(value, Mapping | list | tuple) or hasattr(value, "__dict__") and not callable(value):
            seen.add(id(value))
            yield from found_in(value, path, seen)
