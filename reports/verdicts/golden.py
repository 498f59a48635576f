"""The figures that documents print, beside the reference's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from nnparity import reference_impl
from nnparity.cases.case import Case, Golden
from nnparity.reports.diagnosis.cause import joined
from nnparity.reports.diagnosis.planting import backward_mistakes
from nnparity.reports.diagnosis.stages.conventions import under_conventions
from nnparity.reports.diagnosis.stages.one_cause import with_one_cause


@dataclass(frozen=True, kw_only=True)
class GoldenRow:
    """One printed figure and what the reference computes there. `decimals` and `why` as in cases.case.Golden."""

    case: str
    array: str
    index: tuple[int, ...]
    figure: str
    source: str
    value: str  # the shortest decimal form in the case's own precision
    met: bool
    decimals: int | None = None
    why: str = ""
    mistaken: bool = False
    explained: str = ""  # for a mistaken figure: what gives it


def golden_rows(cases: Iterable[Case]) -> list[GoldenRow]:
    """Every golden figure of the cases. Raises KeyError where a figure names an array that the answer does not have."""
    return [row for case in cases if case.golden for row in _rows(case)]


def _rows(case):
    answer = reference_impl.run(case)
    for golden in case.golden:
        value = golden.read(answer)
        yield GoldenRow(case=case.name, array=golden.array, index=golden.index, figure=golden.figure, source=golden.source,
                        value=str(value), met=golden.is_met_by(value), decimals=golden.decimals, why=golden.why,
                        mistaken=golden.mistaken, explained=golden.why or explain_figure(case, golden) if golden.mistaken else "")


def explain_figure(case: Case, golden: Golden) -> str:
    """Which convention or mistake prints this figure, rounded or cut to its digits; the fewest causes, conventions first.

    One figure of a tiny network is thin evidence, so several causes may print it; the first is the simplest. Where nothing
    in the catalogue does, the figure's own `why` has to say it.
    """
    figure = Decimal(golden.figure)
    for hypotheses in (under_conventions, with_one_cause):
        each = [hypothesis for one_or_many in hypotheses(case) for hypothesis in one_or_many.each()]
        for hypothesis in (*each, *(h.with_backward(m) for h in each if not h.causes for m in backward_mistakes(case))):
            if (answer := hypothesis.gradient) is None:
                continue
            value = Decimal(str(golden.read(answer)))
            if hypothesis.causes and figure in (value.quantize(figure, ROUND_DOWN), value.quantize(figure, ROUND_HALF_EVEN)):
                return f"{joined(hypothesis.causes).title}: gives {value}"
    return ""
