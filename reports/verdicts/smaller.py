"""Small questions: where nothing known gives the numbers of a recurrent layer, the same code is asked for one step, and for two."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.diagnosis.explanation import Explanation, ranked
from nnparity.reports.diagnosis.slips import Asked, explanations, has_program
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.run import judged, rows_of

STEPS = (1, 2)


def asked_smaller(implementation, rows: Sequence[Row], cases: Sequence[Case], answers: Mapping[str, Answer], timeout: float, *,
                  forward_only: bool = False) -> list[Row]:
    """The rows, those without a cause with what the small questions say; where these say nothing, with what a long search does.

    `answers` are those of the rows that disagree. A failure of ours costs nothing but the cause; NNPARITY_DEBUG=1 raises.
    """
    try:
        with np.errstate(all="ignore"):
            rows = with_slips(implementation, rows, {case.name: case for case in cases}, answers, timeout)
    except Exception:
        if os.environ.get("NNPARITY_DEBUG"):
            raise
    hints = {one.key: one for row in rows for one in row.diagnosis if one.complete}
    left = [answers[row.case] for row in rows if row.verdict == "unexplained" and row.case in answers]
    if not left or any(row.verdict == "mistake" for row in rows) and len(left) < len(rows) / 2:
        return list(rows)
    searched = {row.case: row for row, _ in judged(implementation.name, left, hints.values(), forward_only=forward_only)}
    return [searched.get(row.case, row) for row in rows]


def with_slips(implementation, rows, cases: Mapping[str, Case], answers: Mapping[str, Answer], timeout: float) -> list[Row]:
    results = {case: answer.result for case, answer in answers.items() if answer.result is not None}
    open_ = [row for row in rows if row.verdict == "unexplained" and row.case in results and has_program(cases[row.case])
             and comparable(cases[row.case], results[row.case])]
    if not open_:
        return list(rows)
    first = min(open_, key=lambda row: (bool(cases[row.case].exempt), "h0" not in cases[row.case].inputs,
                                        results[row.case].outputs["y"].size))
    case, answer = cases[first.case], results[first.case]
    asked = [*small_ones(implementation, case, timeout), Asked(case=case, answer=answer)]
    asked_rows = [Asked(case=cases[row.case], answer=results[row.case]) for row in open_]
    found = {row.case: one for row, one in zip(open_, explanations(asked, asked_rows)) if one}
    return [told(row, found[row.case]) if row.case in found else row for row in rows]


def told(row: Row, found: Sequence[Explanation]) -> Row:
    best = tuple(ranked(found))
    return replace(row, verdict=best[0].verdict, diagnosis=best, agreements=row.agreements)


def comparable(case: Case, answer: Result) -> bool:
    """Whether the arrays have the shapes that were asked for."""
    return all(name in answer.outputs and answer.outputs[name].shape == a.shape for name, a in case.cotangents.items()) and all(
        name in answer.grads and answer.grads[name].shape == a.shape for name, a in case.differentiable.items())


def small_ones(implementation, case: Case, timeout: float) -> list[Asked]:
    """The first steps of a case as questions of their own, with what came back; the first with one example alone."""
    smaller = [cut(case, steps, 1 if steps == 1 else None) for steps in STEPS if steps < case.inputs["x"].shape[1]]
    kept: dict[str, Result] = {}

    def keep(_row: Row, answer: Answer) -> None:
        if answer.result is not None:
            kept[answer.case.name] = answer.result

    rows_of(implementation, smaller, timeout, on_row=keep, explain=False)
    return [Asked(case=one, answer=kept[one.name]) for one in smaller if one.name in kept and comparable(one, kept[one.name])]


def cut(case: Case, steps: int, examples: int | None) -> Case:
    """The first steps of a case, and of its examples so many."""
    some = slice(0, examples)
    inputs = {name: a[some, :steps] if name == "x" else a[some] for name, a in case.inputs.items()}
    cotangents = {name: a[some, :steps] if name == "y" else a[some] for name, a in case.cotangents.items()}
    sizes = {**case.sizes, "time": steps, **({"batch": examples} if examples else {})}
    return case.replaced(name=f"{case.name}-first-{steps}", inputs=inputs, cotangents=cotangents, sizes=sizes, golden=(),
                         exempt="a small question", catches="what one step computes by itself")
