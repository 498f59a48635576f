"""What could have happened: every rewriting of a case that may explain an answer, cheapest first.

A candidate is a case that the reference can run, together with the way its answer reads in the asker's names:

    answer(question)  =  after( reference(before(question)) )

`before` rewrites the arrays that enter (gates in another order, a kernel transposed, a bias left out), the case's config
picks a convention, a planted mistake replaces a layer, and `after` rewrites what comes out. Since every rewriting is linear,
its adjoint `pull` takes the gradients back to the asker's arrays.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import combinations, permutations

import numpy as np

import reference_impl
from cases.case import GATES, Arrays, Case, Layer, Result
from cases.conventions import CONFIGS, of_layer
from reference_impl import mistakes
from reference_impl.judges import complex_step
from reference_impl.network import LAYERS, forward
from reference_impl.noise import rounding_noise
from reports.compare import allowance

GATE_NAMES = {"gru": "rzn", "lstm": "ifgo"}


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One difference, in words."""

    verdict: str  # "convention" or "mistake"
    id: str
    title: str
    words: str
    fix: str = ""
    switch: dict = field(default_factory=dict)
    right: str = ""
    wrong: str = ""


def same(arrays: Arrays) -> Arrays:
    return arrays


@dataclass(frozen=True, kw_only=True)
class Rewrite:
    """A linear rewriting of arrays. `family` keeps two rewritings of the same thing from being combined."""

    cause: Cause
    family: str
    before: Callable[[Arrays], Arrays] = same  # params and inputs of the question -> of the rewritten question
    pull: Callable[[Arrays], Arrays] = same  # its adjoint, on gradients
    after: Callable[[Arrays], Arrays] = same  # outputs of the rewritten question -> as the asker returns them
    after_adjoint: Callable[[Arrays], Arrays] = same  # on cotangents


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """One explanation to try: some causes, and the answer that follows from them."""

    causes: tuple[Cause, ...]
    case: Case
    layers: dict
    rewrites: tuple[Rewrite, ...]
    planted: bool = False

    @cached_property
    def outputs(self) -> Arrays:
        """Forward pass only: a tenth of a millisecond, and once for all answers to the case."""
        outputs, _ = forward(self.case, self.case.params, self.case.inputs, self.layers)
        return self._after(outputs)

    def answers(self) -> Iterator[tuple[str, Result, Result]]:
        """(what the gradient is, answer, allowed error): the exact gradient of this forward pass, and, where the forward pass
        is a planted mistake, also the right formula's gradient evaluated on its wrong values."""
        noise = rounding_noise(self.case)
        runs = [("", reference_impl.run(self.case, self.layers))]
        if self.planted:
            exact, formula = complex_step(self.case, self.layers), runs[0][1]
            exact = Result(outputs=exact.outputs, grads={name: exact.grads[name] for name in formula.grads})
            runs = [("", exact), ("the gradient is the right formula's, evaluated on the wrong values", formula)]
        for note, result in runs:
            yield note, self._read(result), allowance(self._read(result), self._read(noise, absolute=True))

    def with_planted(self, mistake) -> "Candidate":
        """The same candidate with one more mistake, in the layer that it belongs to."""
        return Candidate(causes=(*self.causes, cause_of(mistake)), case=self.case, rewrites=self.rewrites, planted=self.planted,
                         layers={**self.layers, mistake.layer: mistakes.plant(mistake)})

    def gradient(self) -> Result:
        """The answer by the layers' own vjp, in the asker's names."""
        return self._read(reference_impl.run(self.case, self.layers))

    def _after(self, outputs):
        for rewrite in reversed(self.rewrites):
            outputs = rewrite.after(outputs)
        return outputs

    def _read(self, result: Result, absolute: bool = False) -> Result:
        grads = dict(result.grads)
        for rewrite in reversed(self.rewrites):
            grads = rewrite.pull(grads)
        if absolute:  # a noise has no sign: a rewriting that doubles it is fine, one that negates it is not
            grads = {name: np.abs(g) for name, g in grads.items()}
        return Result(outputs=self._after(result.outputs), grads=grads)


def cause_of(mistake) -> Cause:
    title = f"{mistake.title} ({mistake.source})" if mistake.source else mistake.title
    return Cause(verdict="mistake", id=mistake.id, title=title, words=mistake.symptom,
                 fix=mistake.fix, right=mistake.right, wrong=mistake.wrong)


def candidates(case: Case) -> Iterator[list[Candidate]]:
    """Tiers of candidates: conventions; one rewriting or mistake more; two rewritings. The caller stops at a tier that fits."""
    plain = [Candidate(causes=causes, case=variant, layers=LAYERS, rewrites=()) for causes, variant in variants(case)]
    yield plain
    rewrites = rewritings(case)
    yield [*(rewritten(c, (r,)) for c in plain for r in rewrites),
           *(planted(c, m) for c in plain for m in forward_mistakes(case))]
    pairs = [(a, b) for a, b in combinations(rewrites, 2) if a.family != b.family]
    yield [rewritten(c, pair) for c in plain for pair in pairs]
    yield [planted(rewritten(c, (r,)), m) for c in plain[:1] for r in rewrites for m in forward_mistakes(case)]


def variants(case: Case) -> Iterator[tuple[tuple[Cause, ...], Case]]:
    """The case under every combination of its layers' conventions, one layer changed at a time; the case itself first."""
    default = any(layer.default for layer in case.network)
    if not default:
        yield (), case
    for index, layer in enumerate(case.network):
        for config in CONFIGS.get(layer.kind, ()):
            merged = {**layer.config, **config}
            if needs_missing(layer, config, case) or merged == layer.config and not default:
                continue
            network = tuple(Layer(la.kind, la.name, merged) if i == index else la for i, la in enumerate(case.network))
            yield convention_causes(layer, config), case.replaced(network=network, exempt=case.exempt or "a hypothesis")


def needs_missing(layer: Layer, config, case: Case) -> bool:
    """A convention with a second bias cannot be asked of a case that has none."""
    return config.get("recurrent_bias", "none") != "none" and "recurrent_bias" not in layer.own(case.params)


def convention_causes(layer: Layer, config) -> tuple[Cause, ...]:
    """The conventions in which a config differs from the layer's; all of them for a default construction."""
    causes = []
    for convention in of_layer(layer.kind):
        value = config.get(convention.option)
        if convention.option not in config or not layer.default and layer.config.get(convention.option) == value:
            continue
        variant = convention.variant(value)
        asked = convention.variant(layer.config[convention.option]) if convention.option in layer.config else None
        causes.append(Cause(verdict="convention", id=f"{convention.id}={value}", title=variant.title, words=variant.words,
                            fix=convention.consequence, switch=dict(variant.switch), wrong=variant.formula,
                            right=asked.formula if asked else ""))
    return tuple(causes)


def rewritten(candidate: Candidate, rewrites: tuple[Rewrite, ...]) -> Candidate:
    """The candidate with rewritings put in front of it and behind it."""
    case = candidate.case
    arrays, cotangents = {**case.params, **case.inputs}, dict(case.cotangents)
    for rewrite in rewrites:
        arrays, cotangents = rewrite.before(arrays), rewrite.after_adjoint(cotangents)
    case = case.replaced(params={k: arrays[k] for k in case.params}, inputs={k: arrays[k] for k in case.inputs},
                         cotangents=cotangents, exempt="a hypothesis")
    return Candidate(causes=(*candidate.causes, *(r.cause for r in rewrites)), case=case, layers=candidate.layers,
                     rewrites=(*candidate.rewrites, *rewrites), planted=candidate.planted)


def planted(candidate: Candidate, mistake) -> Candidate:
    return Candidate(causes=(*candidate.causes, cause_of(mistake)), case=candidate.case, rewrites=candidate.rewrites,
                     layers={**candidate.layers, mistake.layer: mistakes.plant(mistake)}, planted=True)


def forward_mistakes(case: Case):
    return [m for kind in dict.fromkeys(layer.kind for layer in case.layers) for m in mistakes.of_layer(kind, "forward")]


def backward_mistakes(case: Case):
    return [m for kind in dict.fromkeys(layer.kind for layer in case.layers) for m in mistakes.of_layer(kind, "backward")]


def rewritings(case: Case) -> list[Rewrite]:
    """Every rewriting that fits the arrays of this case."""
    found = []
    for layer in case.network:
        if layer.kind in GATES:
            found += [*gate_orders(layer, case), *recurrent_inputs(layer, case)]
        found += [*transpositions(layer, case), *biases(layer, case)]
    return found


def mapped(names, function):
    """A rewriting of some arrays by the same function, the others untouched."""
    names = frozenset(names)
    return lambda arrays: {k: function(a) if k in names else a for k, a in arrays.items()}


def gate_orders(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """Gates packed in another order: in all arrays of the layer at once, or in one of them."""
    letters = GATE_NAMES[layer.kind]
    gated = [layer.qualify(n) for n in ("kernel", "recurrent_kernel", "bias", "recurrent_bias")
             if layer.qualify(n) in case.params]
    for order in list(permutations(range(len(letters))))[1:]:
        written = ", ".join(letters[i] for i in order)
        for names in (gated, *([name] for name in gated)):
            undo = np.argsort(order)
            yield Rewrite(
                family="gate order",
                before=mapped(names, lambda a, order=order: a[list(order)]),
                pull=mapped(names, lambda g, undo=undo: g[undo]),
                cause=Cause(
                    verdict="mistake", id=f"gates {written.replace(', ', '')}" + ("" if names == gated else f" in {names[0]}"),
                    title=f"gates of {'all arrays' if names == gated else names[0]} read in the order {written}",
                    words=f"The arrays come with their gates in the order {', '.join(letters)}; this code takes the blocks as "
                          f"{written}. All blocks have the same shape, so nothing complains.",
                    fix="Reorder the blocks when loading. GRU: PyTorch packs r, z, n; Keras and ONNX pack z, r, n. "
                        "LSTM: PyTorch and Keras pack i, f, g, o; ONNX packs i, o, f, g."))


def transpositions(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """A square kernel used the other way round: no shape error, wrong numbers."""
    for name in ("kernel", "recurrent_kernel"):
        full = layer.qualify(name)
        a = case.params.get(full)
        if a is not None and a.ndim >= 2 and a.shape[-1] == a.shape[-2]:
            yield Rewrite(
                family=f"transposed {full}", before=mapped([full], lambda a: a.mT), pull=mapped([full], lambda g: g.mT),
                cause=Cause(verdict="mistake", id=f"{full} transposed", title=f"{full} transposed",
                            words=f"{full} is used as W h where the layout says h W. It is square, so no shape complains.",
                            fix="PyTorch and ONNX store (out, in), Keras and this suite (in, out): transpose when loading."))


def biases(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """A bias left out, added twice, or exchanged with the other one."""
    names = [layer.qualify(n) for n in ("bias", "recurrent_bias") if layer.qualify(n) in case.params]
    for name in names:
        for factor, id, title in ((0, "left out", f"{name} left out"), (2, "doubled", f"{name} added twice")):
            scale = mapped([name], lambda a, factor=factor: a * a.dtype.type(factor))
            yield Rewrite(family=f"bias {name}", before=scale, pull=scale,
                          cause=Cause(verdict="mistake", id=f"{name} {id}", title=title,
                                      words="Invisible as long as the bias is zero.", fix=f"Add {name} exactly once."))
    if len(names) == 2:
        def exchange(arrays, b=names[0], c=names[1]):
            nought = np.zeros_like(arrays[b])  # a formula without c has no gradient for it
            return {**arrays, b: arrays.get(c, nought), c: arrays[b]}
        yield Rewrite(family="bias exchange", before=exchange, pull=exchange,
                      cause=Cause(verdict="mistake", id="biases exchanged", title="bias and recurrent bias exchanged",
                                  words="Equal shapes, so nothing complains; it shows in the candidate only, where the "
                                        "reset gate scales one of the two.",
                                  fix="bias belongs to the input product, recurrent_bias to the recurrent one."))


def recurrent_inputs(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """Time read backwards, states ignored, axes of time and batch exchanged."""
    if layer is not case.network[0] or len(case.network) > 1:
        return
    flip = mapped(["x"], lambda a: a[:, ::-1])
    flip_y = mapped(["y"], lambda a: a[:, ::-1])
    backwards = ("The sequence is read from its last step to its first",
                 "Keras go_backwards=True leaves the outputs in that order; bidirectional layers turn them round.")
    yield Rewrite(family="time", before=flip, pull=flip,
                  cause=Cause(verdict="mistake", id="time reversed", title="sequence read backwards",
                              words=backwards[0] + "; the outputs stand in the order they were computed.", fix=backwards[1]))
    yield Rewrite(family="time", before=flip, pull=flip, after=flip_y, after_adjoint=flip_y,
                  cause=Cause(verdict="mistake", id="time reversed and realigned",
                              title="sequence read backwards, outputs turned round again",
                              words=backwards[0] + "; each output stands at the step it belongs to.", fix=backwards[1]))
    swap = mapped(["x"], lambda a: a.swapaxes(0, 1))
    swap_y = mapped(["y"], lambda a: a.swapaxes(0, 1))
    yield Rewrite(family="axes", after=swap_y, after_adjoint=same,
                  cause=Cause(verdict="mistake", id="y time first", title="outputs returned with time first",
                              words="The numbers are right, the axes are (time, batch, hidden) instead of (batch, time, hidden).",
                              fix="PyTorch's default is time first: batch_first=True, or swap the axes."))
    if case.sizes.get("batch") == case.sizes.get("time"):
        yield Rewrite(family="axes", before=swap, pull=swap, after=swap_y, after_adjoint=swap_y,
                      cause=Cause(verdict="mistake", id="time first", title="batch and time exchanged",
                                  words="The first axis of x is taken for time; it is the batch.",
                                  fix="PyTorch's default is time first: batch_first=True, or swap the axes."))
    for state in ("h0", "c0"):
        if state in case.inputs:
            nought = mapped([state], np.zeros_like)
            yield Rewrite(family=state, before=nought, pull=nought,
                          cause=Cause(verdict="mistake", id=f"{state} ignored", title=f"initial state {state} ignored",
                                      words="Right wherever the state starts at zero.", fix=f"Start from {state}."))


def tiers(case: Case) -> Iterator[list[Candidate]]:
    """The tiers of a case, each built when it is first reached: the same candidates serve every answer to it."""
    built, rest = _tiers(case)
    yield from tuple(built)
    for tier in rest:
        built.append(tier)
        yield tier


@lru_cache(maxsize=64)
def _tiers(case: Case) -> tuple[list[list[Candidate]], Iterator[list[Candidate]]]:
    return [], candidates(case)
