"""A loss as people write it: a class with forward(prediction, target) -> a number, and backward() -> dL/d(prediction).

Whether it takes logits or probabilities, classes or one-hot rows, a sum or which mean, with or without 1/2, is read from its own
forward pass, and the comparison is under that: it is then the gradient that has to be the derivative of this loss.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer, Result, Unsupported
from nnparity.cases.draw import drawer
from nnparity.reference_impl.losses import LOSSES
from nnparity.reports.asking.implementations import Overlooking
from nnparity.reports.asking.options import options_of_layer
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking import drawn
from nnparity.reports.checking.handed_in.handed import OfClass
from nnparity.reports.checking.names import WrongObject, bare, meant

TARGET = ("target", "targets", "t", "y", "ytrue", "label", "labels", "true", "truth", "groundtruth", "yt",
          "expected", "gt", "actual")
UPSTREAM = ("dout", "dy", "grad", "gradient", "upstream", "dl", "dloss", "gradoutput", "g")
KEPT = ("dinputs", "dinput", "dx", "grad", "gradient", "dpred", "dlogits", "dy", "dscores")
REDUCED: Mapping[str, tuple[Any, ...]] = {"reduction": ("mean", "batch_mean", "sum", "feature_mean")}
OPTIONS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "squared_error": {"scale": ("full", "half"), **REDUCED},
    "binary_cross_entropy": {"prediction": ("probabilities", "logits"), **REDUCED},
    "categorical_cross_entropy": {"labels": ("one_hot", "sparse"), "reduction": ("mean", "sum")},
    "softmax_cross_entropy": {"labels": ("one_hot", "sparse"), "reduction": ("mean", "sum")}}
ALSO = {"softmax_cross_entropy": "categorical_cross_entropy", "categorical_cross_entropy": "softmax_cross_entropy"}
BATCH, WIDTH = 5, 4
NEAR = 1e-3  # a probability so near to 0 or 1 is clipped by some
CLOSE = 1e-9


def is_loss(cls: type, back: str) -> bool:
    """Whether forward takes a prediction and a target, by what they are called, or the class is called after a loss."""
    if "__init__" in vars(cls) and required(vars(cls)["__init__"])[1:]:  # with sizes it has weights
        return False
    taken = required(cls.forward)[1:]  # type: ignore[attr-defined]
    named = any(bare(name) in TARGET for name in taken) or meant(cls.__name__, list(LOSSES)) is not None
    return len(taken) == 2 and named and callable(getattr(cls, back))


def required(function: Callable) -> list[str]:
    """The names of what has to be given."""
    return [p.name for p in inspect.signature(function).parameters.values()
            if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


@dataclass(frozen=True)
class LossClass(OfClass):
    back: str = "backward"

    @property
    def code(self) -> str:
        return getattr(getattr(self.cls.forward, "__code__", None), "co_filename", "")  # type: ignore[attr-defined]

    @property
    def called(self):
        """The kind that its forward pass shows, before its name."""
        return (*((self.shown[0],) if self.shown else ()), self.name)

    @cached_property
    def shown(self) -> tuple[str, Mapping[str, Any]] | None:
        """(the kind of loss, its options) whose numbers the forward pass gives; None where it gives those of none."""
        own = meant(self.network or self.name, list(LOSSES))
        kinds = (own[0], *filter(None, [ALSO.get(own[0])])) if own else tuple(LOSSES)
        for kind in kinds:
            for options in ({**dict(zip(OPTIONS[kind], values))} for values in product(*OPTIONS[kind].values())):
                if self.claimed.items() <= {**self.claimed, **options}.items() and self.gives(kind, options):
                    return kind, options
        return None

    def gives(self, kind: str, options: Mapping[str, Any]) -> bool:
        """Whether its forward pass is that of the loss under these options, at probabilities, which can be logits too."""
        case = loss_cases(kind, options)[0]
        try:
            with np.errstate(all="ignore"):
                loss = self.forward(self.made(), case)
        except Exception:  # somebody's forward pass with a target of another form may raise anything
            return False
        right, _ = LOSSES[kind]({}, {"x": case.inputs["x"], "target": case.inputs["target"]}, **options)
        return bool(np.allclose(loss, right["y"], rtol=CLOSE, atol=CLOSE))

    def implied(self, network, wanted):
        if network not in LOSSES:
            raise WrongObject(f"{self.name} takes a prediction and a target: it is a loss, no {network}")
        own = self.asked_as(network, wanted).shown
        if own is not None and own[0] != network:
            raise WrongObject(f"{self.name} gives the numbers of {own[0]}, and not those of {network}",
                              f'Ask for that: nnparity.check({self.name}, "{own[0]}")')
        return {} if own is None else {**own[1]}

    def own_cases(self, substring: str, float32: bool) -> list[Case] | None:
        made = [case.astype(dtype).replaced(name=case.name.replace("float64", dtype)) for case in
                loss_cases(self.network, self.claimed) for dtype in ("float64", *(["float32"] if float32 else []))]
        return [case for case in made if substring in case.name] or None

    def answering(self):
        return self.answer, lambda: self.answer

    def answer(self, case: Case) -> Result:
        own = self.shown
        options = options_of_layer(case.layers[0])
        if own is not None and own[0] != case.layers[0].kind:
            raise Unsupported(f"{self.name} gives the numbers of {own[0]}: ask for that")
        fixed = {} if own is None else {o: v for o, v in own[1].items() if o in ("labels", "prediction")}
        differs = [f"{o}={options[o]}" for o, v in fixed.items() if options[o] != v]
        x = case.inputs["x"]
        bounded = case.layers[0].kind in ("categorical_cross_entropy", "binary_cross_entropy") and (
            options.get("prediction") != "logits")
        if differs or np.ndim(case.cotangents["loss"]) or options["axes"] != 2:
            raise Unsupported(f"its loss is one number of (batch, features){': no ' if differs else ''}{', '.join(differs)}")
        if bounded and (x.min() < NEAR or x.max() > 1 - NEAR):
            raise Unsupported("probabilities so near to 0 and 1 are clipped by some, and are not asked of a class")
        obj = self.made()
        loss = self.forward(obj, case)
        returned = getattr(obj, self.back)(*self.backward_takes(case))
        if isinstance(returned, tuple | list):
            returned = returned[0]
        found = next((getattr(obj, name) for name in KEPT if isinstance(getattr(obj, name, None), np.ndarray)), None)
        dx = returned if returned is not None else found
        if dx is None:
            raise NoAnswer(f"{self.name}.{self.back} returned nothing; expected dL/d(prediction), of the prediction's shape")
        result = Result(outputs={"loss": np.asarray(loss)}, grads={"x": np.asarray(dx)}, built=f"{self.name}()")
        return Overlooking(**vars(result), own={} if own is None else own[1])

    def made(self) -> Any:
        return self.cls() if self.is_class else self.obj

    def forward(self, obj: Any, case: Case) -> Any:
        loss = obj.forward(*self.given(required(self.cls.forward)[1:], case))  # type: ignore[attr-defined]
        loss = loss[0] if isinstance(loss, tuple) else loss
        return np.mean(loss) if np.ndim(loss) == 1 else loss  # an example each: their mean is what is multiplied back from

    def backward_takes(self, case: Case) -> list[Any]:
        return list(self.given(required(getattr(self.cls, self.back))[1:], case))

    def given(self, names: list[str], case: Case) -> Iterator[Any]:
        """The prediction, the target and dL/dL = 1, by what they are called."""
        labelled = [bare(name) in TARGET for name in names]
        if len(names) == 2 and sum(labelled) != 1:
            labelled = [False, True]
        for name, is_target in zip(names, labelled):
            if len(names) == 1 and bare(name) in UPSTREAM:
                yield 1.0
            else:
                yield case.inputs["target" if is_target else "x"].copy()


def loss_cases(kind: str, options: Mapping[str, Any]) -> list[Case]:
    """A loss alone at two batches, with predictions that every kind can be asked at: rows of probabilities, but for squares."""
    made = []
    for seed, (point, batch) in enumerate({"generic": BATCH, "few": 3}.items(), start=drawn.SEED):
        rng = np.random.default_rng(seed)
        x = drawer(seed)(batch, WIDTH) if kind == "squared_error" else rng.dirichlet(np.full(WIDTH, 3.0), batch)
        classes = rng.integers(0, WIDTH, batch)
        target: np.ndarray = np.eye(WIDTH)[classes]
        if options.get("labels") == "sparse":
            target = classes
        elif kind == "squared_error":
            target = drawer(seed + 50)(batch, WIDTH)
        elif kind == "binary_cross_entropy":
            target = rng.integers(0, 2, (batch, WIDTH)).astype(float)
        about: dict[str, Any] = {"sizes": {"batch": batch, "features": WIDTH}, "inputs": {"x": x, "target": target}, "params": {},
                                 "constants": frozenset(["target"]), "exempt": drawn.WHY,
                                 "cotangents": {"y": np.zeros((batch, WIDTH)), "loss": np.ones(())}}
        made.append(Case(name=f"loss-{kind}-own-float64-{point}", group="loss", network=(),
                         loss=Layer(kind, config=dict(options)), catches="a factor between the loss and its gradient", **about))
    return made
