"""Small questions: where no single cause gives the numbers of a recurrent layer, its code is asked for one step, and for two."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from nnparity.cases.case import Case
from nnparity.reports.asking.isolate import Answer, results
from nnparity.reports.diagnosis.explanation import ranked
from nnparity.reports.diagnosis.slips import Asked, explanations, has_program
from nnparity.reports.verdicts.faults import spared
from nnparity.reports.verdicts.left_out import narrowed
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.run import judged

STEPS = (1, 2)


def asked_smaller(implementation, rows: Sequence[Row], cases: Sequence[Case], answers: Mapping[str, Answer], timeout: float, *,
                  forward_only: bool = False) -> list[Row]:
    """The rows, those without a cause with what the small questions say; where these say nothing, with what a long search does.

    `answers` are those of the rows that disagree. A failure of ours costs nothing but the cause; NNPARITY_DEBUG=1 raises.
    """
    with spared(), np.errstate(all="ignore"):
        rows = with_slips(implementation, rows, {case.name: case for case in cases}, answers, timeout)
    hints = {one.key: one for row in rows for one in row.diagnosis if one.complete}
    left = [answers[row.case] for row in rows if row.verdict == "unexplained" and row.case in answers]
    if not left or any(row.verdict == "mistake" for row in rows) and len(left) < len(rows) / 2:
        return list(rows)
    searched = {row.case: row for row, _ in judged(implementation.name, left, hints.values(), forward_only=forward_only)}
    return [searched.get(row.case, row) for row in rows]


def with_slips(implementation, rows, cases: Mapping[str, Case], answers: Mapping[str, Answer], timeout: float) -> list[Row]:
    came = {case: answer.result for case, answer in answers.items() if answer.result is not None}
    asked_rows = {row.case: Asked(case=narrowed(cases[row.case], row.left_out), answer=came[row.case]) for row in rows
                  if row.verdict == "unexplained" and row.case in came and has_program(cases[row.case])}
    open_ = {row.case: row for row in rows if row.case in asked_rows and comparable(asked_rows[row.case])}
    if not open_:
        return list(rows)
    first = min(open_, key=lambda name: (bool(cases[name].exempt), "h0" not in cases[name].inputs, cases[name].inputs["x"].size))
    asked = [*small_ones(implementation, cases[first], open_[first].left_out, timeout), asked_rows[first]]
    told = dict(zip(open_, explanations(asked, [asked_rows[name] for name in open_])))
    return [replace(row, verdict=best[0].verdict, diagnosis=best) if (best := tuple(ranked(told.get(row.case, ())))) else row
            for row in rows]


def comparable(one: Asked) -> bool:
    """Whether the arrays have the shapes that were asked for; an answer without any gradient is judged by its outputs."""
    case, answer = one.case, one.answer
    wanted = [(answer.outputs, case.cotangents), *([(answer.grads, case.differentiable)] if answer.grads else [])]
    return all(name in got and got[name].shape == a.shape for got, expected in wanted for name, a in expected.items())


def small_ones(implementation, case: Case, left_out: frozenset[str], timeout: float) -> list[Asked]:
    """The first steps of a case as questions of their own, with what came back; the first with one example alone."""
    smaller = [cut(case, steps, 1 if steps == 1 else None) for steps in STEPS if steps < case.inputs["x"].shape[1]]
    kept = results(implementation, smaller, timeout)
    asked = [Asked(case=narrowed(one, left_out), answer=kept[one.name]) for one in smaller if one.name in kept]
    return [one for one in asked if comparable(one)]


def cut(case: Case, steps: int, examples: int | None) -> Case:
    """The first steps of a case, and of its examples so many."""
    some = slice(0, examples)
    inputs = {name: a[some, :steps] if name == "x" else a[some] for name, a in case.inputs.items()}
    cotangents = {name: a[some, :steps] if name == "y" else a[some] for name, a in case.cotangents.items()}
    sizes = {**case.sizes, "time": steps, **({"batch": examples} if examples else {})}
    return case.replaced(name=f"{case.name}-first-{steps}", inputs=inputs, cotangents=cotangents, sizes=sizes, golden=(),
                         exempt="a small question", catches="what one step computes by itself")
