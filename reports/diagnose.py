"""Why do two answers differ? Names a cause only where it reproduces the numbers to rounding.

First the outputs: which convention, rewriting or planted mistake of the forward pass gives the numbers that came back
(reports/candidates.py)? Then, with that forward pass, the gradients: which arrays follow from it, and what happened to the
others: a factor, a sign, gates in another order, a transposition, another array's gradient, a planted mistake of the backward
pass. Where nothing matches, `reports/locate.py` says where the numbers part.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, islice

import numpy as np

from cases.case import Case, Result
from reports.arrays import Change, array_changes, as_causes, causes_of
from reports.candidates import (
    Candidate,
    backward_mistakes,
    cause_of,
    finite,
    forward_mistakes,
    limits,
    planted,
    rewritten,
    roughly,
    tiers,
)
from reports.compare import Agreement, compare, in_proportion
from reports.factors import common_factor, known_factors
from reports.locate import first_difference
from reports.locate_axes import apart
from reports.locate_gates import gates_apart
from reports.rewritings import Cause, Rewrite, rewritings
from reports.trainings import scaled, shortened

AT_MOST = 6  # explanations reported
EXPLAINED = 4  # hypotheses with the right outputs whose gradients are looked at


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One cause that reproduces an answer's numbers, or, where none does, where the numbers part.

    `complete` says that every array matches to rounding under this cause; otherwise `agreements` shows which do.
    """

    verdict: str  # "convention", "mistake", "precision", "unexplained"
    id: str  # "gru.update=replace", "K24"
    title: str
    words: str  # for a student
    fix: str = ""
    switch: Mapping[str, str] = field(default_factory=dict)  # framework -> the flag that computes the same
    right: str = ""  # LaTeX
    wrong: str = ""
    line: str = ""  # of the reference's source
    wrong_line: str = ""
    agreements: tuple[Agreement, ...] = ()
    complete: bool = True
    candidate: tuple[str, ...] = ()  # the causes of its forward pass and planted mistakes, by id
    changes: tuple[Change, ...] = ()  # of single gradients


def diagnose(case: Case, answer: Result, hints: Iterable[Explanation] = (), *, brief: bool = False) -> tuple[Explanation, ...]:
    """The explanations of an answer that disagrees, the best first: complete before partial, few causes before many,
    conventions before mistakes. Never empty.

    `hints` are explanations of the same implementation's other answers: they are tried first, and if they reproduce
    everything the search ends there. `brief` looks for single causes only.
    """
    found: list[Explanation] = []
    for hint in hints:
        if hint.complete and hint.candidate and (candidate := rebuilt(case, hint)) is not None:
            found += explain(candidate, answer) if outputs_match(candidate, answer) else []
            if not found and hint.changes:
                found += [e for e in explain_gradients(candidate, answer) if e.complete]
    if not found:
        nearly = False  # the outputs are right to ROUGH at least
        for number, tier in enumerate(islice(tiers(case), 2 if brief else None)):
            matching = [candidate for hypothesis in tier for candidate in hypothesis.matching(answer)]
            found += [e for candidate in matching for e in explain(candidate, answer)]
            if not any(e.complete for e in found):
                found += [e for place, candidate in enumerate(simplest(matching))
                          for e in explain_gradients(candidate, answer, pairs=place == 0 and not brief)]
            if number == 1 and not any(e.complete for e in found):  # one factor is a simpler cause than two mistakes
                found += [e for candidate in scaled(case, answer) for e in explain(candidate, answer)]
            plain = [candidate for candidate in matching if not candidate.causes]
            nearly = nearly or bool(plain)
            if any(e.complete for e in found) or nearly and (number or any(outputs_right(c, answer) for c in plain)):
                break  # what is left is in the gradients, or in the last digits and no single mistake
    found = [*found, *precision(case, answer)] if not any(e.complete for e in found) else found
    found = [*found, *scaled_outputs(case, answer)] if not any(e.complete for e in found) else found
    if not found:
        found = [first_difference_explained(case, answer)]
    distinct: dict[frozenset[str], Explanation] = {}
    for explanation in sorted(found, key=rank):
        causes = frozenset(explanation.id.split(" + "))
        if not any(simpler <= causes and (other.complete or not explanation.complete) for simpler, other in distinct.items()):
            distinct[causes] = explanation  # a cause that changes nothing beside one that explains it all is no news
    return tuple(distinct.values())[:AT_MOST]


def simplest(matching: list[Candidate]) -> list[Candidate]:
    """Of many hypotheses that give the same outputs, those with the fewest causes: what is left to explain is the gradients."""
    return sorted(matching, key=lambda c: len(c.causes))[:EXPLAINED]


def rebuilt(case: Case, explanation: Explanation) -> Candidate | None:
    """The same hypothesis about another case: its conventions, rewritings and planted mistakes by their names. None where the
    other case has no such thing."""
    wanted = set(explanation.candidate)
    plain = [c for c in next(tiers(case)) if {cause.id for cause in c.causes} <= wanted]
    plain = [c for c in plain if {cause.id for cause in c.causes if cause.verdict == "convention"}
             == {id for id in wanted if any(id == cause.id for other in next(tiers(case)) for cause in other.causes)}]
    if not plain:
        return None
    candidate = plain[0]
    left = wanted - {cause.id for cause in candidate.causes}
    rewrites = tuple(r for r in rewritings(case) if r.cause.id in left)
    candidate = rewritten(candidate, rewrites) if rewrites else candidate
    left -= {r.cause.id for r in rewrites}
    names = {cause_of(m, at).id: (m, at) for m, at in (*forward_mistakes(case), *backward_mistakes(case))}
    if left - names.keys():
        return None
    chosen = [names[id] for id in explanation.candidate if id in left]
    forward = [(m, at) for m, at in chosen if m.part == "forward" or case.training]
    candidate = planted(candidate, *forward) if forward else candidate
    backward = [(m, at) for m, at in chosen if (m, at) not in forward]
    return candidate.with_planted(*backward) if backward else candidate


def rank(explanation: Explanation):
    return (not explanation.complete, sum(not a.ok for a in explanation.agreements), explanation.id.count(" + "),
            explanation.verdict != "convention")


def outputs_match(candidate: Candidate, answer: Result) -> bool:
    return any(True for _ in candidate.matching(answer))


def outputs_right(candidate: Candidate, answer: Result) -> bool:
    """Whether the candidate gives the outputs to rounding; `matching` is only rough."""
    bare = Result(outputs=answer.outputs, grads={})
    return any(all(a.ok for a in compare(bare, Result(outputs=expected.outputs, grads={}), allowed, candidate.case.zeros))
               for _, expected, allowed in candidate.answers())


def explain(candidate: Candidate, answer: Result) -> Iterator[Explanation]:
    """The candidate itself, if it gives every array to rounding."""
    for note, right, allowed in candidate.answers():
        asked, expected = finite_alike(*reconcile(answer, right))
        zeros = candidate.case.zeros if finite(right.outputs) else frozenset({*asked.outputs, *asked.grads})
        unused = {name for name, g in expected.grads.items() if candidate.causes and not g.any()}  # of a bias that is left out
        still = {name for name, a in expected.outputs.items() if candidate.case.training and not a.any()}  # never moved from zero
        agreements = compare(asked, expected, allowed, zeros | unused | still)
        if candidate.causes and all(a.ok for a in agreements):
            yield explanation(candidate, candidate.causes, agreements, note)
            return


def explain_gradients(candidate: Candidate, answer: Result, pairs: bool = True) -> Iterator[Explanation]:
    """The outputs are explained; some gradients are not. A cause for each wrong array, or a mistake of the backward pass, or,
    with `pairs`, two of them."""
    for note, expected, allowed in candidate.answers():
        asked, expected = reconcile(answer, expected)
        agreements = compare(asked, expected, allowed, candidate.case.zeros)
        if asked.grads and all(a.ok for a in agreements if a.path.startswith("outputs")):
            yield from gradients_apart(candidate, asked, expected, allowed, agreements, note, pairs)


def gradients_apart(candidate, asked, expected, allowed, agreements, note, pairs) -> Iterator[Explanation]:
    """`explain_gradients` with this expectation: one mistake; a change of single arrays; two mistakes."""
    tried = [Tried(pair, changed, result) for pair in backward_mistakes(candidate.case)
             if (result := (changed := candidate.with_planted(pair)).gradient()) is not None and moved(result, expected, allowed)]
    complete = []
    for one in tried:
        compared = compare(asked, one.result, in_proportion(allowed, one.result, expected), frozenset(one.result.grads))
        one.right = {a.path for a in compared if a.ok}
        if one.right != {a.path for a in compared} and roughly(asked, one.result):  # the wrong formula's own rounding decides
            compared = compare(asked, one.result, limits(one.result, one.candidate.noise()), frozenset(one.result.grads))
        if all(a.ok for a in compared):
            complete.append(explanation(one.candidate, one.candidate.causes, compared, note))
    yield from complete
    wrong = [a.path.removeprefix("grads/") for a in agreements if not a.ok and a.path.startswith("grads/")]
    comparable = [name for name in wrong if name in asked.grads and name in expected.grads]
    found = {name: list(array_changes(name, asked.grads[name], expected.grads, allowed.grads, candidate.case))
             for name in comparable}
    explained = {name: options for name, options in found.items() if options}
    left = [name for name in wrong if name not in explained]
    if pairs and left and not complete:
        complete = list(two_mistakes(candidate, tried, asked, expected, allowed, agreements, note))
        complete = complete or list(mistake_and_changes(tried, asked, allowed, wrong, note))
        yield from complete
    if complete and left:
        return
    for changes in causes_of(explained) if explained else [()]:
        fitting = {change.name: next(a for c, a in explained[change.name] if c is change) for change in changes}
        compared = tuple(fitting.get(a.path.removeprefix("grads/"), a) if a.path.startswith("grads/") else a for a in agreements)
        causes = (*candidate.causes, *as_causes(changes))
        if left:
            causes = (*causes, unexplained_gradients(candidate, asked, expected, allowed, compared, left))
        yield explanation(candidate, causes, compared, note, complete=not left, changes=changes)


@dataclass(eq=False)
class Tried:
    """One mistake of the backward pass, what it makes of the gradients, and which arrays of the answer that gives."""

    mistake: tuple
    candidate: Candidate
    result: Result
    right: set[str] = field(default_factory=set)


def two_mistakes(candidate, tried, asked, expected, allowed, agreements, note) -> Iterator[Explanation]:
    """Pairs of mistakes of the backward pass. An array that only one of the two changes must be what that one makes of it."""
    wrong = {a.path for a in agreements if not a.ok}
    touched = {id(one): moved(one.result, expected, allowed) for one in tried}
    for one, two in combinations(tried, 2):
        ones, twos = touched[id(one)], touched[id(two)]
        alone = (ones - twos - one.right) | (twos - ones - two.right)
        if not ones or not twos or not wrong <= ones | twos or alone:
            continue
        changed = candidate.with_planted(one.mistake, two.mistake)
        if (result := changed.gradient()) is None or not roughly(asked, result):
            continue
        compared = compare(asked, result, in_proportion(allowed, result, expected), frozenset(result.grads))
        if all(a.ok for a in compared):
            yield explanation(changed, changed.causes, compared, note)


def mistake_and_changes(tried, asked, allowed, wrong, note) -> Iterator[Explanation]:
    """A mistake of the backward pass that explains some of the wrong arrays, and a change of single arrays the others."""
    for one in tried:
        names = [name for name in one.result.grads if f"grads/{name}" not in one.right]
        if len(names) > 2 or not set(wrong) - set(names) or not asked.grads.keys() >= set(names):
            continue
        found = {name: list(array_changes(name, asked.grads[name], one.result.grads, allowed.grads, one.candidate.case))
                 for name in names}
        if names and all(found.values()):
            for changes in causes_of(found):
                changed = {c.name: next(a for other, a in found[c.name] if other is c) for c in changes}
                compared = [changed.get(a.path.removeprefix("grads/"), a)
                            for a in compare(asked, one.result, allowed, frozenset(one.result.grads))]
                yield explanation(one.candidate, (*one.candidate.causes, *as_causes(changes)), compared, note, changes=changes)


def moved(result: Result, expected: Result, allowed: Result) -> set[str]:
    """The paths of the gradients that a mistake changes."""
    return {f"grads/{name}" for name, g in expected.grads.items()
            if name not in result.grads or result.grads[name].shape != g.shape
            or (np.abs(result.grads[name] - g) > allowed.grads[name]).any()}


def unexplained_gradients(candidate, asked, expected, allowed, compared, left) -> Cause:
    right = [a.path.removeprefix("grads/") for a in compared if a.ok and a.path.startswith("grads")]
    where = "; ".join(str(a) for a in compared if not a.ok)
    absent = [name for name in left if name not in asked.grads]
    return Cause(
        verdict="unexplained", id=f"gradient of {', '.join(left)}",
        title=f"the gradient of {', '.join(left)} is {'missing' if absent == left else 'wrong'}",
        words=f"The outputs are right{' for this formula' if candidate.causes else ''}; "
              f"{'the gradient of ' + ', '.join(right) + ' is right too' if right else 'no gradient is'}. {where}. "
              + (gates_apart(candidate.case, asked, expected, allowed, left)
                 or " ".join(apart(candidate.case, name, asked.grads[name], expected.grads[name], allowed.grads[name])
                             for name in left if name in asked.grads and name in expected.grads)))


def reconcile(answer: Result, expected: Result) -> tuple[Result, Result]:
    """Compare what can be compared: an answer without any gradient is judged by its outputs; a parameter that the candidate's
    formula does not have may be missing from the answer or have a gradient of zero."""
    if not answer.grads:
        answer = shortened(answer, expected)
        return answer, Result(outputs=expected.outputs, grads={})
    unused = {name for name, g in answer.grads.items() if name not in expected.grads and not g.any()}
    return Result(outputs=answer.outputs, grads={k: g for k, g in answer.grads.items() if k not in unused}), expected


def finite_alike(answer: Result, expected: Result) -> tuple[Result, Result]:
    """Where a hypothesis is that something overflows: what is not finite on either side is left out of the comparison. Whether
    it is inf or nan, and which sums it has spread to, depends on how the rest is written."""
    if finite(expected.outputs):
        return answer, expected

    def masked(mine, others):
        return {name: np.where(np.isfinite(a) & np.isfinite(others[name]), a, 0) if name in others
                and others[name].shape == a.shape else a for name, a in mine.items()}

    return (Result(outputs=masked(answer.outputs, expected.outputs), grads=masked(answer.grads, expected.grads)),
            Result(outputs=masked(expected.outputs, answer.outputs), grads=masked(expected.grads, answer.grads)))


def explanation(candidate: Candidate, causes: tuple[Cause, ...], agreements, note="", complete=True, changes=()) -> Explanation:
    """Several causes as one explanation."""
    order = ("unexplained", "mistake", "precision", "convention")
    words = " ".join(c.words for c in causes) + (f" ({note[0].upper()}{note[1:]}.)" if note else "")

    def joined(attribute):
        return "; ".join(text for c in causes if (text := getattr(c, attribute)))

    return Explanation(
        verdict=min((c.verdict for c in causes), key=order.index), id=" + ".join(c.id for c in causes),
        title="; ".join(c.title for c in causes), words=words, fix=" ".join(dict.fromkeys(c.fix for c in causes if c.fix)),
        switch=causes[0].switch if len(causes) == 1 else {f"{k} ({c.id})": v for c in causes for k, v in c.switch.items()},
        right=joined("right"), wrong=joined("wrong"), line=joined("line"), wrong_line=joined("wrong_line"),
        agreements=tuple(agreements), complete=complete, candidate=tuple(c.id for c in candidate.causes), changes=tuple(changes))


def predicted(case: Case, hypothesis: Explanation) -> Result | None:
    """What an implementation with this fault answers to another case. None where the hypothesis says nothing about it."""
    candidate = rebuilt(case, hypothesis)
    if candidate is None or not hypothesis.complete:
        return None
    answers = list(candidate.answers()) if candidate.planted else [("", candidate.gradient(), None)]
    result = answers[0][1] if answers else None
    if result is None:
        return None
    grads = dict(result.grads)
    for change in hypothesis.changes:
        changed = change.apply(result.grads, case) if change.name in result.grads else None
        if changed is None:
            return None
        grads[change.name] = changed
    return Result(outputs=result.outputs, grads=grads)


def scaled_outputs(case: Case, answer: Result) -> Iterator[Explanation]:
    """Outputs that are a constant times the right ones."""
    if any(layer.default for layer in case.network) or case.training:
        return
    plain = next(tiers(case))[0]
    expected = plain.outputs
    if expected is None or expected.keys() != answer.outputs.keys():
        return
    scales, meant = {}, {}
    for name, b in expected.items():
        a = answer.outputs[name]
        factor = None
        if a.shape == b.shape:
            factor = common_factor(a, b) if b.size > 1 else float(a.flat[0] / b.flat[0]) if b.any() else None
        if factor is None:
            return
        if abs(factor - 1) > 1e-6:
            known = next(known_factors(factor, case), None)
            if b.size == 1 and known is None:
                return  # every number is a multiple of every other
            scales[name], meant[name] = factor, known
    if not scales:
        return
    names, factor = list(scales), next(iter(scales.values()))

    def scale(arrays):
        return {k: a * a.dtype.type(scales[k]) if k in scales else a for k, a in arrays.items()}

    known = meant[names[0]]
    what = known.words(case) if known else f"off by the constant factor {factor:.6g}"
    rewrite = Rewrite(family="scale", after=scale, after_adjoint=scale, cause=Cause(
        verdict="mistake", id=f"output {known.id if known else f'× {factor:.6g}'} of {', '.join(names)}",
        title=f"output {', '.join(names)} is {what}", words=f"{', '.join(names)} is {factor:.9g} times the reference's.",
        fix=known.fix if known else "One factor for the whole output: look for a scale or a missing constant."))
    candidate = rewritten(plain, (rewrite,))
    yield from list(explain(candidate, answer)) or explain_gradients(candidate, answer)


def precision(case: Case, answer: Result) -> Iterator[Explanation]:
    """Numbers that agree in float32 where float64 was asked for: some step works in a lower precision."""
    if case.dtype != "float64" or any(layer.default for layer in case.network):
        return
    wide = mapped(answer, lambda a: a.astype("float64"))
    _, expected, allowed = next(next(tiers(case))[0].answers())
    wide, expected = reconcile(wide, expected)
    ratio = np.finfo("float32").eps / np.finfo("float64").eps
    single = compare(wide, expected, mapped(allowed, lambda a: a * ratio), case.zeros)
    double = compare(wide, expected, allowed, case.zeros)
    everywhere = sum(a.wrong for a in double) > sum(a.size for a in double) / 4  # not just one wrong element
    if all(a.ok for a in single) and everywhere:
        worst = max(a.epsilons for a in double)
        dtypes = sorted({str(a.dtype) for group in (answer.outputs, answer.grads) for a in group.values()})
        yield Explanation(
            verdict="precision", id="float32 inside", title="computed in single precision",
            words=f"Right to about {-np.log10(worst * np.finfo('float64').eps):.0f} digits and no further "
                  f"({worst:.2g} epsilons of float64): the formula is right, but some step works in float32. "
                  f"The arrays came back as {', '.join(dtypes)}.",
            fix="Look for a float32 constant, weight or cast; in PyTorch torch.set_default_dtype, in Keras dtype='float64'.",
            agreements=single)


def mapped(result: Result, function) -> Result:
    """A result with every array replaced by function(array)."""
    return Result(outputs={k: function(a) for k, a in result.outputs.items()},
                  grads={k: function(a) for k, a in result.grads.items()})


def first_difference_explained(case: Case, answer: Result) -> Explanation:
    """Nothing in the catalogue reproduces the numbers: say where they part, and what is still right."""
    title, words, agreements = first_difference(case, answer)
    return Explanation(verdict="unexplained", id="unexplained", title=title, words=words, agreements=agreements, complete=False)
