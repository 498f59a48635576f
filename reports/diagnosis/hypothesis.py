"""A hypothesis: some causes, and the answer that follows from them.

It is a case that a world can run (some convention, the right formulas or planted mistakes) with rewritings of its arrays
around it:

    answer(question)  =  after( world(before(question)) )
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nnparity.cases.case import Arrays, Case, Result
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.judges import along_a_line, complex_step, direction
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.comparison.compare import allowance
from nnparity.reports.diagnosis.cause import Cause
from nnparity.reports.diagnosis.planting import Planting, cause_of, world_of
from nnparity.reports.diagnosis.rewritings import Rewrite
from nnparity.reports.diagnosis.rough import finite, near

ONE_BY_ONE = 10_000  # elements whose derivatives are taken one by one
CLOSE = 1e-9  # of Σ |g·v|: two derivatives along a line are the same
WRONG_VALUES = "(The gradient is the right formula's, evaluated on the wrong values.)"
TINY = 1e-30  # an array of zeros is allowed nothing, or what underflows
UNSURE = 2  # a hypothesis is not looked at again with 64 draws, as a verdict is: their largest is 1.5 times that of 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """An answer that follows from a hypothesis, in the asker's names, and the error allowed around it. `note` says in words what
    the gradient is, where there are two readings of it."""

    result: Result
    allowed: Result
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Hypothesis:
    """Everything that follows from it is computed when it is first needed, and kept."""

    case: Case
    causes: tuple[Cause, ...] = ()
    world: World = RIGHT
    mistakes: tuple[Planting, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    wrong_forward: bool = False  # a mistake of the forward pass is among them
    fits: bool = False  # the cotangents are known to have the shapes of the outputs

    @cached_property
    def asked(self) -> Case:
        """The case with cotangents of the shapes that this world's outputs have."""
        return self.case if self.fits else fitted(self.case, self.world)

    @cached_property
    def outputs(self) -> Arrays | None:
        """What comes out, in the asker's names; None where the wrong formula cannot be run."""
        try:
            with np.errstate(all="ignore"):
                return self._after(self.case.returned(self.world.forward(self.case, self.case.params, self.case.inputs)))
        except Exception:  # a planted line may raise anything on shapes that it was not written for: no hypothesis
            return None

    def each(self) -> Iterator["Hypothesis"]:
        yield self

    def matching(self, answer: Result) -> Iterator["Hypothesis"]:
        """Itself, if its outputs are roughly the answer's."""
        if self.outputs is not None and self.outputs.keys() == answer.outputs.keys() and near(
                {name: b[None] for name, b in self.outputs.items()}, answer.outputs).all():
            yield self

    @cached_property
    def predictions(self) -> tuple[Prediction, ...]:
        """The exact gradient of this forward pass, and, where the forward pass is a planted mistake or a copied line, also the
        right formula's gradient evaluated on its wrong values."""
        with np.errstate(all="ignore"):
            formula = self.world.run(self.asked)
            runs = [("", formula)]
            if self.wrong_forward and finite(formula.outputs):
                exact = [] if any(mistake.own_gradient for mistake, _ in self.mistakes) else self.exact(formula)
                runs = [*exact, (WRONG_VALUES if exact else "", formula)]
        results = [(note, self._read(run)) for note, run in runs]
        if any(rewrite.on_the_way_only for rewrite in self.rewrites):
            results.append((WRONG_VALUES, Result(outputs=results[0][1].outputs, grads=dict(formula.grads))))
        found = []
        for note, result in results:
            overflows = not finite(result.outputs)  # that is what this hypothesis does
            if overflows or finite(result.grads):
                prediction = Prediction(result=result, allowed=allowance(result, self.noise), note=note)
                if overflows or refutable(prediction):
                    found.append(prediction)
        return tuple(found)

    def exact(self, formula: Result) -> list[tuple[str, Result]]:
        """The exact gradient of a wrong forward pass. In a large network it is that of the formula, where along a line that is
        what the complex step gives, and else not known."""
        case = self.asked
        if sum(a.size for a in case.differentiable.values()) > ONE_BY_ONE:
            v = direction(case)
            products = [formula.grads[name] * v[name] for name in formula.grads]
            apart = abs(sum(float(p.sum()) for p in products) - along_a_line(case, world=self.world))
            return [("", formula)] if apart <= CLOSE * sum(float(np.abs(p).sum()) for p in products) else []
        taken = complex_step(case, self.world)
        return [("", Result(outputs=taken.outputs, grads={name: taken.grads[name] for name in formula.grads}))]

    @cached_property
    def noise(self) -> Result:
        """The rounding noise of this formula, right or wrong, in the asker's names, UNSURE times that of a few draws; that of the
        right one where the wrong one overflows or cannot be run."""
        if self.world is not RIGHT and not self.case.training:
            try:
                with np.errstate(all="ignore"):
                    own = rounding_noise(self.asked, self.world)
                if finite(own.outputs) and finite(own.grads):
                    return self._read(own, absolute=True)
            except Exception:  # see `outputs`
                pass
        return self._read(rounding_noise(fitted(self.case, RIGHT)), absolute=True)

    @cached_property
    def gradient(self) -> Result | None:
        """The answer by the layers' own vjp, in the asker's names; None where a wrong formula cannot be run."""
        try:
            with np.errstate(all="ignore"):
                result = self._read(self.world.run(self.asked))
        except Exception:
            return None
        return result if finite(result.grads) else None

    def with_backward(self, *more: Planting) -> "Hypothesis":
        """The same hypothesis with more mistakes, of the backward pass."""
        chosen = (*self.mistakes, *more)
        return replace(self, case=self.asked, causes=(*self.causes, *(cause_of(*one) for one in more)), world=world_of(chosen),
                       mistakes=chosen, fits=True)

    def _after(self, outputs):
        for rewrite in reversed(self.rewrites):
            outputs = rewrite.after(outputs)
        return outputs

    def _read(self, result: Result, absolute: bool = False) -> Result:
        grads: Arrays = dict(result.grads)
        outputs: Arrays = self._after(result.outputs)
        for rewrite in reversed(self.rewrites):
            grads = rewrite.pull(grads)
        if absolute:  # a noise has no sign: a rewriting that doubles it is fine, one that negates it is not
            grads, outputs = ({name: UNSURE * np.abs(a) for name, a in arrays.items()} for arrays in (grads, outputs))
        return Result(outputs=outputs, grads=grads)


def refutable(prediction: Prediction) -> bool:
    """Whether its outputs say something: one whose rounding noise is larger than itself fits whatever came back. (A gradient may
    be zero but for rounding.)"""
    outputs, allowed = prediction.result.outputs, prediction.allowed.outputs
    with np.errstate(all="ignore"):
        return all(np.min(allowed[name], initial=np.inf) <= max(np.abs(a).max(initial=0), TINY)
                   for name, a in outputs.items() if name in allowed and np.size(a))


def rewritten(hypothesis: Hypothesis, rewrites: tuple[Rewrite, ...]) -> Hypothesis:
    """The hypothesis with rewritings put in front of it and behind it."""
    case = hypothesis.case
    arrays: Arrays = {**case.params, **case.inputs}
    cotangents: Arrays = dict(case.cotangents)
    for rewrite in rewrites:
        arrays, cotangents = rewrite.before(arrays), rewrite.after_adjoint(cotangents)
    case = case.replaced(params={k: arrays[k] for k in case.params}, inputs={k: arrays[k] for k in case.inputs},
                         cotangents=cotangents, exempt="a hypothesis")
    return replace(hypothesis, case=case, causes=(*hypothesis.causes, *(r.cause for r in rewrites)),
                   rewrites=(*hypothesis.rewrites, *rewrites), fits=False)


def planted(hypothesis: Hypothesis, *chosen: Planting) -> Hypothesis:
    """The hypothesis with mistakes of the forward pass in it."""
    return replace(hypothesis, causes=(*hypothesis.causes, *(cause_of(*one) for one in chosen)), world=world_of(chosen),
                   mistakes=chosen, wrong_forward=True)


def fitted(case: Case, world: World) -> Case:
    """The case, its cotangents cut or filled with zeros to the shapes of the outputs that this world gives: what code makes of
    them that loops over dL/dy while its own output is larger or smaller (another padding, a stride left out). Outputs that the
    case does not ask for (running statistics, in another mode) have no cotangent and are left aside."""
    if case.training:
        return case
    shapes = {name: a.shape for name, a in world.forward(case, case.params, case.inputs).items()}
    more = shapes.keys() - case.cotangents.keys() - case.observed
    if not more and all(a.shape == shapes.get(name, a.shape) for name, a in case.cotangents.items()):
        return case
    return case.replaced(cotangents={name: cut(a, shapes[name]) for name, a in case.cotangents.items()},
                         observed=case.observed | more, exempt="a hypothesis")


def cut(a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """a in another shape: what both have, zeros elsewhere. Raises ValueError for another number of axes."""
    if a.ndim != len(shape):
        raise ValueError(f"shape {a.shape} cannot become {shape}")
    out = np.zeros(shape, a.dtype)
    both = tuple(map(slice, np.minimum(a.shape, shape)))
    out[both] = a[both]
    return out
