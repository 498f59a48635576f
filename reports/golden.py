"""The figures that documents print, beside the reference's own."""

from collections.abc import Iterable
from dataclasses import dataclass

import reference_impl
from cases.case import Case


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


def golden_rows(cases: Iterable[Case]) -> list[GoldenRow]:
    """Every golden figure of the cases. Raises KeyError where a figure names an array that the answer does not have."""
    return [row for case in cases if case.golden for row in _rows(case)]


def _rows(case):
    answer = reference_impl.run(case)
    arrays = {**answer.grads, **answer.outputs}
    for golden in case.golden:
        value = arrays[golden.array][golden.index]
        yield GoldenRow(case=case.name, array=golden.array, index=golden.index, figure=golden.figure, source=golden.source,
                        value=str(value), met=golden.is_met_by(value), decimals=golden.decimals, why=golden.why)
