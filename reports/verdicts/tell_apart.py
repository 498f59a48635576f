"""Two causes that explain the same numbers: which further case would tell them apart?

Half a gradient is "a ½ too many" and "a mean over the batch" for two examples, and not for three. Each hypothesis predicts an
answer to a case that was not asked yet; the case on which the predictions differ most is asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.other_cases import predicted
from nnparity.reports.verdicts.faults import spared
from nnparity.reports.verdicts.left_out import narrowed
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.run import rows_of

AT_MOST = 4  # hypotheses that are held against each other
APART = 10  # times the allowed error: predictions closer than this tell nothing


def surviving(rows: Sequence[Row], asked: Sequence[Case]) -> tuple[Explanation, ...]:
    """The complete explanations that every diagnosed row shares and that no agreeing row refutes, the best first."""
    diagnosed = [row for row in rows if row.diagnosis]
    if not diagnosed:
        return ()
    shared = [e for e in diagnosed[0].diagnosis if e.complete
              and all(any(other.key == e.key and other.complete for other in row.diagnosis) for row in diagnosed[1:])]
    agreeing = [narrowed(case, row.left_out) for case in asked for row in rows if row.case == case.name and row.ok]
    return tuple(e for e in shared[:AT_MOST] if not any(
        (answer := predicted(case, e)) is not None and differ(case, answer, expectation(case)[0]) for case in agreeing))


def distinguishing(hypotheses: Sequence[Explanation], asked: Sequence[Case], others: Sequence[Case]) -> Case | None:
    """The case that tells most of these hypotheses apart: one of `others`, or one made of those asked. None where none does."""
    best, most = None, 0
    for case in (*others, *grown(asked)):
        with np.errstate(all="ignore"):  # a probability that was drawn above 1: nan tells nothing apart
            answers = [answer for h in hypotheses if (answer := predicted(case, h)) is not None]
            told = sum(differ(case, a, b) for a, b in combinations(answers, 2))
        if told > most:
            best, most = case, told
        if most == len(hypotheses) * (len(hypotheses) - 1) // 2:
            break
    return best


def differ(case: Case, a: Result, b: Result) -> bool:
    """Whether two predicted answers are clearly not the same."""
    allowed = expectation(case)[1]
    for kind in ("outputs", "grads"):
        ours, theirs, limit = getattr(a, kind), getattr(b, kind), getattr(allowed, kind)
        if ours.keys() != theirs.keys():
            return True
        for name in ours:
            if ours[name].shape != theirs[name].shape:
                return True
            scale = np.abs(ours[name]).max(initial=0) * 1e-9
            apart = limit[name] if limit[name].shape == ours[name].shape else limit[name].max(initial=0)  # both transposed
            if (np.abs(ours[name] - theirs[name]) > np.maximum(APART * apart, scale)).any():
                return True
    return False


def grown(asked: Sequence[Case]) -> Iterator[Case]:
    """Cases like those asked, at other points and with more examples or steps."""
    for case in asked:
        if case.exempt or case.training or any(layer.default for layer in case.network):
            continue
        for axis, more in (("batch", 1), ("batch", 3), ("time", 4)):
            if axis in case.sizes:
                yield with_more(case, axis, case.sizes[axis] + more)


def with_more(case: Case, axis: str, length: int) -> Case:
    """The case with one axis longer, its numbers drawn anew around the old ones."""
    old, rng = case.sizes[axis], np.random.default_rng(length)
    place = {"batch": 0, "time": 1}[axis]

    def longer(name, a):
        if a.ndim <= place or a.shape[place] != old:
            return a
        a = np.take(a, np.arange(length) % old, axis=place)
        if a.dtype.kind != "f" or name in case.constants:
            return a
        return (a * rng.uniform(0.5, 1.5, a.shape)).astype(a.dtype)

    return case.replaced(
        name=f"{case.name}-with-{length}-{'examples' if axis == 'batch' else 'steps'}", golden=(),
        inputs={k: longer(k, a) for k, a in case.inputs.items()},
        cotangents={k: longer(k, a) for k, a in case.cotangents.items()}, sizes={**case.sizes, axis: length},
        exempt="made of another case, whatever its lengths",
        catches=f"causes that give the same numbers with {old} and not with {length}")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What asking one more case said about causes that gave the same numbers. `row` is None where no case tells them apart."""

    hypotheses: tuple[Explanation, ...]
    row: Row | None = None
    left: tuple[Explanation, ...] = ()


def told_apart(*asked, **judging) -> Told | None:
    """`ask_one_more`, or nothing where that fails: a fault of ours, which NNPARITY_DEBUG=1 raises."""
    with spared():
        return ask_one_more(*asked, **judging)
    return None


def ask_one_more(implementation, rows: Sequence[Row], asked: Sequence[Case], others: Sequence[Case], timeout: float,
                 **judging) -> Told | None:
    """Ask the case that tells apart what survived, and say which causes still hold. None where one cause or none is left."""
    hypotheses = surviving(rows, asked)
    if len(hypotheses) < 2:
        return None
    left = next(row.left_out for row in rows if row.diagnosis)
    case = distinguishing(hypotheses, [narrowed(one, left) for one in asked], [narrowed(one, left) for one in others])
    if case is None:
        return Told(hypotheses=hypotheses)
    (row,) = rows_of(implementation, [case], timeout, hints=hypotheses, **judging)
    holding = {e.key for e in row.diagnosis if e.complete}
    return Told(hypotheses=hypotheses, row=row, left=tuple(h for h in hypotheses if h.key in holding))
