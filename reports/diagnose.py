"""Why do two answers differ? Names a cause only where it reproduces the numbers to rounding.

First the outputs: which convention, rewriting or planted mistake of the forward pass gives the numbers that came back
(reports/candidates.py)? Then, with that forward pass, the gradients: which arrays follow from it, and what happened to the
others: a factor, a sign, gates in another order, a transposition, another array's gradient, a planted mistake of the backward
pass. Where nothing matches, `reports/locate.py` says where the numbers part.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from cases.case import Case, Result
from reports.arrays import array_causes
from reports.candidates import GATE_NAMES, Candidate, Cause, backward_mistakes, tiers
from reports.compare import Agreement, compare
from reports.locate import first_difference

ROUGH = 1e-6  # of the array's scale: outputs further off than this are not worth a full comparison
AT_MOST = 6  # explanations reported


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
    right: str = ""  # LaTeX, or a line of source
    wrong: str = ""
    agreements: tuple[Agreement, ...] = ()
    complete: bool = True


def diagnose(case: Case, answer: Result) -> tuple[Explanation, ...]:
    """The explanations of an answer that disagrees, the best first: complete before partial, few causes before many,
    conventions before mistakes. Never empty."""
    found: list[Explanation] = []
    for tier in tiers(case):
        matching = [candidate for candidate in tier if outputs_match(candidate, answer)]
        found += [e for candidate in matching for e in explain(candidate, answer)]
        right_forward = any(not candidate.causes for candidate in matching)  # what is left is in the gradients
        if right_forward or any(e.complete for e in found):
            break
    found = [*found, *precision(case, answer)] if not any(e.complete for e in found) else found
    if not found:
        found = [first_difference_explained(case, answer)]
    distinct = {e.id: e for e in reversed(sorted(found, key=rank))}
    return tuple(sorted(distinct.values(), key=rank)[:AT_MOST])


def rank(explanation: Explanation):
    return (not explanation.complete, sum(not a.ok for a in explanation.agreements), explanation.id.count(" + "),
            explanation.verdict != "convention", len(explanation.id))


def outputs_match(candidate: Candidate, answer: Result) -> bool:
    """A quick look: every output that came back is within ROUGH of the candidate's. The full comparison comes after."""
    expected = candidate.outputs
    if expected.keys() != answer.outputs.keys():
        return False
    for name, b in expected.items():
        a = answer.outputs[name]
        if a.shape != b.shape or not np.isfinite(a).all() or np.abs(a - b).max() > ROUGH * (np.abs(b).max() + 1e-300):
            return False
    return True


def explain(candidate: Candidate, answer: Result) -> Iterator[Explanation]:
    """What this forward pass explains: everything, or the outputs and some gradients, the others by a cause of their own."""
    best: list[Explanation] = []
    for note, expected, allowed in candidate.answers():
        asked, expected = reconcile(answer, expected)
        agreements = compare(asked, expected, allowed, candidate.case.zeros)
        if not all(a.ok for a in agreements if a.path.startswith("outputs")):
            continue
        if all(a.ok for a in agreements):
            if candidate.causes:
                yield explanation(candidate.causes, agreements, note)
            return
        best = [*best, *explain_gradients(candidate, asked, expected, allowed, agreements, note)]
    yield from best


def explain_gradients(candidate, asked, expected, allowed, agreements, note) -> Iterator[Explanation]:
    """The outputs are explained; some gradients are not. One mistake of the backward pass, or a cause for each array."""
    complete = False
    for mistake in backward_mistakes(candidate.case):
        changed = candidate.with_planted(mistake)
        with np.errstate(all="ignore"):
            wrong = changed.gradient()
        if asked.grads and all(np.isfinite(g).all() for g in wrong.grads.values()):
            compared = compare(asked, wrong, allowed, frozenset(wrong.grads))
            if all(a.ok for a in compared):
                complete = True
                yield explanation(changed.causes, compared, note)
    if complete:
        return
    causes, compared, left = list(candidate.causes), [], []
    for a in agreements:
        kind, name = a.path.split("/", 1)
        if a.ok or kind != "grads" or name not in asked.grads or name not in expected.grads:
            compared.append(a)
            if not a.ok:
                left.append(name)
            continue
        cause, agreement = array_causes(name, asked, expected, allowed, candidate.case)
        compared.append(agreement or a)
        if cause:
            causes.append(cause)
        else:
            left.append(name)
    causes = merged(causes)
    if left:
        right = [a.path.removeprefix("grads/") for a in compared if a.ok and a.path.startswith("grads")]
        where = "; ".join(str(a) for a in compared if not a.ok)
        absent = [name for name in left if name not in asked.grads]
        causes.append(Cause(
            verdict="unexplained", id=f"gradient of {', '.join(left)}",
            title=f"the gradient of {', '.join(left)} is {'missing' if absent == left else 'wrong'}",
            words=f"The outputs are right{' for this formula' if candidate.causes else ''}; the gradient of "
                  f"{', '.join(right) or 'nothing'} is right too. {where}. "
                  + gates_apart(candidate.case, asked, expected, allowed, left)))
    yield explanation(tuple(causes), tuple(compared), note, complete=not left)


def gates_apart(case: Case, asked, expected, allowed, names) -> str:
    """Which gates of a wrong gradient are wrong."""
    kind = case.layers[0].kind
    if kind not in GATE_NAMES:
        return ""
    said = []
    for name in names:
        got, want = asked.grads.get(name), expected.grads.get(name)
        if got is None or want is None or got.shape != want.shape or len(want) != len(GATE_NAMES[kind]):
            continue
        off = [letter for gate, letter in enumerate(GATE_NAMES[kind])
               if (np.abs(got[gate] - want[gate]) > allowed.grads[name][gate]).any()]
        said.append(f"Of {name} the gates {', '.join(off)} are wrong" + (", the others right." if len(off) < len(want) else "."))
    return " ".join(said)


def merged(causes: list[Cause]) -> list[Cause]:
    """The same thing said of several arrays becomes one cause that lists them."""
    grouped: dict[str, list[Cause]] = {}
    for cause in causes:
        grouped.setdefault(cause.id.partition(" of ")[0] if cause.id.startswith("gradient") else cause.id, []).append(cause)
    result = []
    for group in grouped.values():
        first = group[0]
        if len(group) > 1:
            names = ", ".join(c.id.partition(" of ")[2] for c in group)
            one = first.id.partition(" of ")[2]
            first = Cause(verdict=first.verdict, id=f"{first.id.partition(' of ')[0]} of {names}",
                          title=first.title.replace(one, names, 1), words=first.words.replace(one, names, 1), fix=first.fix)
        result.append(first)
    return result


def reconcile(answer: Result, expected: Result) -> tuple[Result, Result]:
    """Compare what can be compared: an answer without any gradient is judged by its outputs; a parameter that the candidate's
    formula does not have may be missing from the answer or have a gradient of zero."""
    if not answer.grads:
        return answer, Result(outputs=expected.outputs, grads={})
    unused = {name for name, g in answer.grads.items() if name not in expected.grads and not g.any()}
    return Result(outputs=answer.outputs, grads={k: g for k, g in answer.grads.items() if k not in unused}), expected


def explanation(causes: tuple[Cause, ...], agreements, note="", complete=True) -> Explanation:
    """Several causes as one explanation."""
    order = ("unexplained", "mistake", "precision", "convention")
    words = " ".join(c.words for c in causes) + (f" ({note[0].upper()}{note[1:]}.)" if note else "")
    return Explanation(
        verdict=min((c.verdict for c in causes), key=order.index), id=" + ".join(c.id for c in causes),
        title="; ".join(c.title for c in causes), words=words, fix=" ".join(dict.fromkeys(c.fix for c in causes if c.fix)),
        switch=causes[0].switch if len(causes) == 1 else {f"{k} ({c.id})": v for c in causes for k, v in c.switch.items()},
        right="; ".join(c.right for c in causes if c.right), wrong="; ".join(c.wrong for c in causes if c.wrong),
        agreements=tuple(agreements), complete=complete)


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
