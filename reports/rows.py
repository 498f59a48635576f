"""A row: one case, one implementation, what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

import reference_impl
from cases.case import Case, Result
from cases.known_deviations import Deviation, deviation
from cases.networks import NETWORKS, belongs_to
from reference_impl.noise import rounding_noise
from reports.compare import BLIND, Agreement, allowance, compare
from reports.contract import Checked, check, plain_floats
from reports.diagnose import diagnosed
from reports.explanation import Explanation
from reports.troubles import Found
from reports.user_trainings import trained_as

# verdict -> what it says to a person
VERDICTS = {
    "agrees": "every output and every gradient is within the allowed error",
    "known deviation": "off by no more than a measured and explained error of the framework, listed in cases/known_deviations.py",
    "convention": "equals another correct formula of the catalogue",
    "precision": "beyond the allowed error, but explained by a lower working precision",
    "kink": "at a non-differentiable point, and inside the subdifferential",
    "mistake": "equals a wrong formula that the catalogue has a name for",
    "unexplained": "differs, and nothing in the catalogue reproduces the numbers",
    "cannot judge": "rounding alone could hide a fault here: the allowed error is too large for the verdict to mean anything",
    "malformed": "not the answer that was asked for: names, shapes, dtypes, or nothing but nan; no formula can be read from it",
    "reference alone": "the reference disagrees with every framework that has answered, and they agree: the fault is ours",
    "unsupported": "the implementation has no such layer; never counted as agreement",
    "errored": "the implementation raised an error or returned something that is no answer",
    "timed out": "the implementation gave no answer in time",
}
DISAGREES = ("convention", "precision", "mistake", "unexplained", "malformed", "reference alone")


@dataclass(frozen=True, kw_only=True)
class Row:
    """The verdict on one case × one implementation. `agreements` is empty where no answer came."""

    case: str
    network: str  # "gru", "dense -> softmax"
    implementation: str  # "torch", "keras", "my_gru.py"
    version: str
    verdict: str
    built: str = ""  # what was run, as one would type it
    composed: bool = False
    agreements: tuple[Agreement, ...] = ()
    diagnosis: tuple[Explanation, ...] = ()  # best first
    troubles: tuple[Found, ...] = ()  # what is wrong although the gradients may be right
    alone: Mapping[str, str] = field(default_factory=dict)  # array -> who stands alone there, see reports/witnesses.py
    message: str = ""  # why there is no answer: the error, the missing layer; who stands alone where something disagrees
    printed: str = ""  # what the implementation wrote to stdout and stderr
    seconds: float = field(default=float("nan"), compare=False)

    def __post_init__(self):
        if self.verdict not in VERDICTS:
            raise ValueError(f"{self.case}: {self.verdict!r} is no verdict; choose one of {', '.join(VERDICTS)}")
        if self.verdict == "agrees" and not self.agreements:
            raise ValueError(f"{self.case}: nothing was compared, so nothing agrees")

    @property
    def ok(self) -> bool:
        return self.verdict == "agrees"

    @property
    def blamed(self) -> str:
        """Who is wrong, as far as this row says."""
        return "reference" if self.verdict == "reference alone" else self.implementation

    @property
    def worst(self) -> Agreement | None:
        """The array that is furthest off: a problem first, then the largest error."""
        return max(self.agreements, key=lambda a: (bool(a.problem), a.error), default=None)

    def part(self, prefix: str) -> tuple[Agreement, ...]:
        """The agreements on "outputs" or on "grads"."""
        return tuple(a for a in self.agreements if a.path.startswith(prefix + "/"))


def network_of(case: Case) -> str:
    """gru, or dense -> dense -> softmax_cross_entropy."""
    return " -> ".join(layer.kind for layer in case.layers)


def documents_of(case: Case) -> tuple[str, ...]:
    """n18: the networks of the documents that a case belongs to, by their ids as one types them."""
    return tuple(id.lower() for id in NETWORKS if belongs_to(case.name, id))


def is_about(case: Case, network: str) -> bool:
    """Whether a case is about a layer or chain of that name ("gru", "dense -> squared_error"), about a network of the documents
    by its id ("n18"), or, where it asks for a training's path, about that optimizer or training ("adam", "n08_training")."""
    if case.training:
        return trained_as(case) == network
    return network_of(case) == network or network in documents_of(case)


def networks_of(cases: Iterable[Case]) -> list[str]:
    """Every name under which these cases can be asked for: layers and chains, trainings, networks of the documents."""
    trainings, cases = partitioned(cases)
    return list(dict.fromkeys([*map(network_of, cases), *map(trained_as, trainings),
                               *sorted(id for case in cases for id in documents_of(case))]))


def partitioned(cases: Iterable[Case]) -> tuple[list[Case], list[Case]]:
    """(trainings, the others)"""
    cases = list(cases)
    return [case for case in cases if case.training], [case for case in cases if not case.training]


@cache
def expectation(case: Case, thorough: bool = False) -> tuple[Result, Result]:
    """The reference's answer and the error allowed around it, `thorough` from many draws of the noise."""
    expected = reference_impl.run(case)
    return expected, allowance(expected, rounding_noise(case, thorough=thorough))


def compared(case: Case, answer: Result, forward_only: bool = False) -> tuple[Agreement, ...]:
    """The answer beside the reference's. One that lies a little beyond the allowed error is looked at again with many draws."""
    for thorough in (False, True):
        expected, allowed = expectation(case, thorough)
        if forward_only:
            expected, allowed = (replace(result, grads={}) for result in (expected, allowed))
        agreements = compare(answer, expected, allowed, zeros=case.zeros)
        if not any(a.near for a in agreements):
            break
    return agreements


def known_deviations(case: Case, implementation: str, agreements) -> tuple[dict[str, Deviation], list[str]]:
    """(array -> the row of cases/known_deviations.py about it, why rows no longer hold)."""
    rows = {a.path: known for a in agreements if (known := deviation(case.name, implementation, a.path))}
    eps = np.finfo(case.dtype).eps
    stale = [rows[a.path].out_of_date(a.ok, a.epsilons * eps) for a in agreements if a.path in rows]
    return rows, [f"{a.path}: {why}" for a, why in zip([a for a in agreements if a.path in rows], stale, strict=True) if why]


def judge(case: Case, answer: Result, *, implementation: str, version: str, forward_only: bool = False,
          hints: Sequence[Explanation] = (), brief: bool = False, explain: bool = True, **about) -> Row:
    """Compare an answer with the reference's; name the cause where they differ.

    `forward_only` compares outputs and looks at no gradient. A probe (a default construction) has no reference answer of
    its own: it is matched against every variant. `hints` are explanations of other answers of the same implementation;
    `brief` looks for single causes only; without `explain` no cause is looked for, and what differs is unexplained.
    """
    about |= dict(case=case.name, network=network_of(case), implementation=implementation, version=version,
                  built=answer.built, composed=answer.composed)
    if any(layer.default for layer in case.network):
        explanations, failed = diagnosed(case, plain_floats(answer, case.dtype), hints, brief=brief)
        return Row(verdict=explanations[0].verdict if explanations else "unexplained", message=failed,
                   agreements=explanations[0].agreements if explanations else (), diagnosis=explanations, **about)
    expected = expectation(case)[0]
    if forward_only:
        answer, expected = (replace(result, grads={}) for result in (answer, expected))
    checked = check(answer, expected)
    numbers = compared(case, checked.answer, forward_only)
    agreements = checked.in_words(numbers)
    rows, stale = known_deviations(case, implementation, agreements)
    if stale:
        return Row(verdict="unexplained", agreements=agreements, message=said(*stale, checked.note), **about)
    if all(a.ok for a in agreements):
        blind = blind_words(case, agreements)
        verdict = "cannot judge" if blind else "agrees"
        return Row(verdict=verdict, agreements=agreements, message=said(blind, checked.note), **about)
    if all(a.ok or a.path in rows for a in agreements):
        return Row(verdict="known deviation", agreements=agreements, **about, message=said(
            *(f"{d.reason} (measured: {d.size:.1e} of the array's largest entry)" for d in rows.values()), checked.note))
    if all(a.ok for a in numbers):  # the right numbers in another dtype
        return Row(verdict="malformed", agreements=agreements, message=checked.note, **about)
    explanations, failed = diagnosed(case, checked.answer, hints, brief=brief) if explain else ((), "")
    if checked.faults and not (explanations and explains(explanations[0], checked)):
        return Row(verdict="malformed", agreements=agreements, diagnosis=beside_the_faults(checked, explanations),
                   message=said(failed, checked.note), **about)
    return Row(verdict=explanations[0].verdict if explanations else "unexplained", agreements=agreements,
               diagnosis=explanations, message=said(failed, checked.note), **about)


def blind_words(case: Case, agreements: Iterable[Agreement]) -> str:
    """In which arrays rounding could hide a fault; nothing where in none."""
    blind = [a.path for a in agreements if not a.judged]
    return (f"rounding alone could hide a fault in {', '.join(blind)}: the allowed error is above "
            f"{BLIND[case.dtype.name]:g} of the array's largest entry") if blind else ""


def explains(best: Explanation, checked: Checked) -> bool:
    """Whether a cause accounts for what is wrong with the names and shapes: under it those arrays are right. An answer without
    any gradient is judged by its outputs where these are wrong."""
    faults = {fault.path for fault in checked.faults}
    if not checked.answer.grads and any(not a.ok for a in best.agreements if a.path.startswith("outputs/")):
        faults = {path for path in faults if path.startswith("outputs/")}
    return best.complete or faults <= {a.path for a in best.agreements if a.ok}


def beside_the_faults(checked: Checked, explanations: Iterable[Explanation]) -> tuple[Explanation, ...]:
    """The explanations that say something about arrays that are as they were asked for."""
    faults = {fault.path for fault in checked.faults}
    return tuple(e for e in explanations
                 if e.candidate or e.changes or any(not a.ok for a in e.agreements if a.path not in faults))


def said(*sentences: str) -> str:
    return "; ".join(dict.fromkeys(filter(None, sentences)))
