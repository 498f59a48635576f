"""What could have happened: every hypothesis that may explain an answer, cheapest first.

A candidate is a case that a world can run (some convention, the right formulas or planted mistakes) with rewritings of its
arrays around it:

    answer(question)  =  after( world(before(question)) )

Tiers: conventions alone and in pairs; one rewriting or mistake with each of them; two. Rewritings are linear, so hundreds of
them run as one forward pass over a leading axis.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from nnparity.cases.case import Arrays, Case, Result
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.judges import complex_step
from nnparity.reference_impl.mistakes import Mistake, plant, reaching
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.comparison.compare import allowance
from nnparity.reports.diagnosis.rewritings import Cause, Rewrite

ROUGH = 1e-6  # of the array's scale: outputs further off than this are not worth a full comparison
UNSURE = 2  # a hypothesis is not looked at again with 64 draws, as a verdict is: their largest is 1.5 times that of 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """One hypothesis: some causes, and the answer that follows from them."""

    case: Case
    causes: tuple[Cause, ...] = ()
    world: World = RIGHT
    mistakes: tuple[tuple[Mistake, str | None], ...] = ()  # planted, each everywhere or in one layer of the chain
    rewrites: tuple[Rewrite, ...] = ()
    planted: bool = False  # a mistake of the forward pass is among them
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
                return self._after(self.world.forward(self.case, self.case.params, self.case.inputs))
        except Exception:  # a planted line may raise anything on shapes that it was not written for: no hypothesis
            return None

    def each(self) -> Iterator["Candidate"]:
        yield self

    def matching(self, answer: Result) -> Iterator["Candidate"]:
        """Itself, if its outputs are roughly the answer's."""
        if self.outputs is not None and self.outputs.keys() == answer.outputs.keys() and near(
                {name: b[None] for name, b in self.outputs.items()}, answer.outputs).all():
            yield self

    def answers(self) -> Iterator[tuple[str, Result, Result]]:
        """(what the gradient is, answer, allowed error): the exact gradient of this forward pass, and, where the forward pass
        is a planted mistake, also the right formula's gradient evaluated on its wrong values."""
        noise = self.noise()
        with np.errstate(all="ignore"):
            formula = self.world.run(self.asked)
            runs = [("", formula)]
            if self.planted and finite(formula.outputs):
                exact = complex_step(self.asked, self.world)
                exact = Result(outputs=exact.outputs, grads={name: exact.grads[name] for name in formula.grads})
                runs = [("", exact), ("the gradient is the right formula's, evaluated on the wrong values", formula)]
        for note, result in runs:
            read = self._read(result)
            overflows = not finite(read.outputs)  # that is what this hypothesis does
            if overflows or finite(read.grads):
                yield note, read, allowance(read, noise)

    def noise(self) -> Result:
        """The rounding noise of this formula, right or wrong, in the asker's names, UNSURE times that of a few draws; that of the
        right one where the wrong one overflows or cannot be run."""
        if self.mistakes and not self.case.training:
            try:
                with np.errstate(all="ignore"):
                    own = rounding_noise(self.asked, self.world)
                if finite(own.outputs) and finite(own.grads):
                    return self._read(own, absolute=True)
            except Exception:  # see `outputs`
                pass
        return self._read(rounding_noise(fitted(self.case, RIGHT)), absolute=True)

    def with_planted(self, *more: tuple[Mistake, str | None]) -> "Candidate":
        """The same candidate with more mistakes of the backward pass."""
        chosen = (*self.mistakes, *more)
        return Candidate(case=self.asked, causes=(*self.causes, *(cause_of(m, at) for m, at in more)), world=world_of(chosen),
                         mistakes=chosen, rewrites=self.rewrites, planted=self.planted, fits=True)

    def gradient(self) -> Result | None:
        """The answer by the layers' own vjp, in the asker's names; None where a wrong formula cannot be run."""
        try:
            with np.errstate(all="ignore"):
                result = self._read(self.world.run(self.asked))
        except Exception:
            return None
        return result if all(np.isfinite(g).all() for g in result.grads.values()) else None

    def _after(self, outputs):
        for rewrite in reversed(self.rewrites):
            outputs = rewrite.after(outputs)
        return outputs

    def _read(self, result: Result, absolute: bool = False) -> Result:
        grads, outputs = dict(result.grads), self._after(result.outputs)
        for rewrite in reversed(self.rewrites):
            grads = rewrite.pull(grads)
        if absolute:  # a noise has no sign: a rewriting that doubles it is fine, one that negates it is not
            grads, outputs = ({name: UNSURE * np.abs(a) for name, a in arrays.items()} for arrays in (grads, outputs))
        return Result(outputs=outputs, grads=grads)


def finite(arrays: Arrays) -> bool:
    return all(np.isfinite(a).all() for a in arrays.values())


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


def roughly(answer: Result, expected: Result) -> bool:
    """Whether every gradient of an answer is within ROUGH of these, zeros apart: they are a matter of rounding."""
    return all(name in answer.grads and (not b.any() or near({name: b[None]}, answer.grads).all())
               for name, b in expected.grads.items())


def near(stack: Arrays, outputs: Arrays) -> np.ndarray:
    """Which of the stacked outputs (n, *shape) are within ROUGH of these, all arrays of them, and finite at the same places."""
    n = len(next(iter(stack.values())))
    ok = np.ones(n, bool)
    for name, b in stack.items():
        a = outputs[name]
        if a.shape != b.shape[1:]:
            return np.zeros(n, bool)
        finite = np.isfinite(a)
        with np.errstate(all="ignore"):
            ok &= (np.isfinite(b) == finite).reshape(n, -1).all(1)
            a, b = np.where(finite, a, 0), np.where(finite, b, 0)
            scale = np.abs(b).reshape(n, -1).max(1, initial=0) + 1e-300
            ok &= np.abs(b - a).reshape(n, -1).max(1, initial=0) <= ROUGH * scale
    return ok


def turned_back(combination: Sequence[Rewrite], own: Arrays, outputs: Arrays) -> Arrays | None:
    """Outputs with the rewritings undone; None where they do not fit these arrays: an answer with fewer axes than a sequence,
    or own outputs that another option (padding, stride) has made of another size than the rewriting was written for."""
    try:
        for rewrite in combination:
            outputs = rewrite.undo(outputs)
        for rewrite in reversed(combination):
            own = rewrite.after(own)
    except (ValueError, IndexError):  # np.AxisError is both
        return None
    return outputs


def rewritten(candidate: Candidate, rewrites: tuple[Rewrite, ...]) -> Candidate:
    """The candidate with rewritings put in front of it and behind it."""
    case = candidate.case
    arrays, cotangents = {**case.params, **case.inputs}, dict(case.cotangents)
    for rewrite in rewrites:
        arrays, cotangents = rewrite.before(arrays), rewrite.after_adjoint(cotangents)
    case = case.replaced(params={k: arrays[k] for k in case.params}, inputs={k: arrays[k] for k in case.inputs},
                         cotangents=cotangents, exempt="a hypothesis")
    return type(candidate)(causes=(*candidate.causes, *(r.cause for r in rewrites)), case=case, world=candidate.world,
                     mistakes=candidate.mistakes, rewrites=(*candidate.rewrites, *rewrites), planted=candidate.planted)


def planted(candidate: Candidate, *chosen: tuple[Mistake, str | None]) -> Candidate:
    """The candidate with mistakes of the forward pass in it."""
    return type(candidate)(causes=(*candidate.causes, *(cause_of(m, at) for m, at in chosen)), case=candidate.case,
                     rewrites=candidate.rewrites, world=world_of(chosen), mistakes=chosen, planted=True)


@lru_cache(maxsize=4096)
def world_of(chosen: tuple[tuple[Mistake, str | None], ...]) -> World:
    """The world with these mistakes in it; one without a layer function where two change the same line."""
    try:
        if len({at for _, at in chosen}) == 1:
            return plant(*(m for m, _ in chosen), at=chosen[0][1])
        everywhere = [m for m, at in chosen if at is None]
        world = plant(*everywhere) if everywhere else RIGHT
        places = dict.fromkeys(at for _, at in chosen if at is not None)
        only = {at: plant(*everywhere, *(m for m, where in chosen if where == at)).layers[at.partition("@")[0]] for at in places}
        return World({**world.layers, **only}, world.network, world.training)
    except ValueError:
        return World({})


def cause_of(mistake: Mistake, at: str | None = None) -> Cause:
    where = f" in layer {at.partition('@')[2] or at.partition('@')[0]}" if at else ""
    source = f" ({mistake.source})" if mistake.source and "/" not in mistake.source else ""
    return Cause(verdict="mistake", id=mistake.id + (f" at {at}" if at else ""), title=mistake.title + where + source,
                 words=mistake.symptom, fix=mistake.fix, right=mistake.correct, wrong=mistake.mistaken,
                 line=mistake.right, wrong_line=mistake.wrong)


def placed(case: Case, mistakes: Sequence[Mistake]) -> list[tuple[Mistake, str | None]]:
    """Each mistake everywhere, and, in a chain with several layers that it touches, in each of them alone."""
    found = []
    for mistake in mistakes:
        found.append((mistake, None))
        touched = [layer for layer in case.layers if mistake.touches(layer)] if not mistake.whole_chain else []
        if len(touched) > 1:
            found += [(mistake, f"{layer.kind}@{layer.name}") for layer in touched]
    return found


def forward_mistakes(case: Case) -> list[tuple[Mistake, str | None]]:
    """Mistakes that may change the outputs; of a training every mistake changes the path."""
    return placed(case, reaching(case) if case.training else reaching(case, "forward"))


def backward_mistakes(case: Case) -> list[tuple[Mistake, str | None]]:
    return [] if case.training else placed(case, reaching(case, "backward"))
