"""A row: one case, one implementation, what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.cases.known_deviations import Deviation, deviation
from nnparity.cases.selection import network_of
from nnparity.reports.comparison.compare import BLIND, Agreement, compare
from nnparity.reports.comparison.contract import Checked, check, plain_floats
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.diagnosis.diagnose import diagnosed
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.verdicts.row import Row


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
    if all(a.ok for a in numbers if a.group == "outputs" or checked.answer.grads):  # right, in another dtype or without gradients
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
    if not checked.answer.grads and any(not a.ok for a in best.agreements if a.group == "outputs"):
        faults = {fault.path for fault in checked.faults if fault.group == "outputs"}
    return best.complete or faults <= {a.path for a in best.agreements if a.ok}


def beside_the_faults(checked: Checked, explanations: Iterable[Explanation]) -> tuple[Explanation, ...]:
    """The explanations that say something about arrays that are as they were asked for."""
    faults = {fault.path for fault in checked.faults}
    return tuple(e for e in explanations
                 if e.hypothesis or e.changes or any(not a.ok for a in e.agreements if a.path not in faults))


def said(*sentences: str) -> str:
    return "; ".join(dict.fromkeys(filter(None, sentences)))
