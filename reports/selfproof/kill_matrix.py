"""The proof that the suite can fail: every planted mistake against every case that reaches its line."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np

from nnparity import cases, reference_impl
from nnparity.cases.case import Case, Result
from nnparity.reference_impl.mistakes import MISTAKES, Mistake, plant, stale
from nnparity.reports.asking.pool import working
from nnparity.reports.comparison.compare import compare
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.selfproof.kill import Kill
from nnparity.reports.verdicts.judge import judge

AT_ONCE = 40  # mistakes that one process is given


def cases_for(mistake: Mistake, among: Sequence[Case] | None = None) -> list[Case]:
    """The float64 cases of the mistake's layer, under the conventions that reach its line and with every array effective.

    Golden figures are left out (their zero biases and single unit hide most mistakes), and so are cases without an initial
    state for the mistakes that concern it. Chains only where no case has the layer alone.
    """
    found = [case for case in (cases.all_cases() if among is None else among)
             if case.dtype == "float64" and not case.golden and mistake.reaches(case)
             and not (case.training and mistake.part == "backward")]
    alone = [case for case in found if len(case.layers) == 1 or mistake.whole_chain or mistake.depth > 1]
    found = [case for case in alone or found if not mistake.only or any(part in case.name for part in mistake.only)]
    return [case for case in found if ("h0" in case.inputs or "initial-state" not in mistake.id) and not blind(mistake, case)]


def blind(mistake: Mistake, case: Case) -> bool:
    """Whether the catalogue says that the mistake gives the right numbers on this case."""
    return any(part in case.name for part in mistake.blind)


@contextmanager
def planting(among: Sequence[Case]) -> Iterator[Callable[[Callable[[int], None]], tuple[Kill, ...]]]:
    """The kill matrix in the making: a process for each core starts on it at once, and what this yields waits for the rest.

    For every mistake that one of the cases reaches: which of them notice it, and what the diagnosis calls it. The function is
    given another that is told how many mistakes are done.
    """
    names = tuple(case.name for case in among)
    with working(partial(kills_of, names=names), batches()) as done:
        def finished(on_kill=lambda _: None):
            kills = {}
            for _, found in done:
                kills |= found
                on_kill(len(kills))
            return tuple(kills[id] for id in MISTAKES if kills[id])

        yield finished


def batches() -> list[list[str]]:
    """The catalogue in pieces for one process each: mistakes that the same cases show, whose allowed errors are then computed
    once. The longest come first, those of trainings, so that no core waits at the end."""
    areas: dict[tuple[str, bool], list[str]] = {}
    for mistake in MISTAKES.values():
        areas.setdefault((mistake.area, mistake.part == "training"), []).append(mistake.id)
    in_order = sorted(areas, key=lambda key: (-key[1], -len(areas[key])))
    return [areas[key][start:start + AT_ONCE] for key in in_order for start in range(0, len(areas[key]), AT_ONCE)]


def kills_of(ids: Sequence[str], names: Sequence[str]) -> dict[str, Kill | None]:
    return {id: kill_of(id, names) for id in ids}


def kill_of(id: str, names: Sequence[str]) -> Kill | None:
    """What becomes of one mistake on the cases of these names; None where none of them reaches it, or it is stale."""
    if id in stale():
        return None
    mistake, among = MISTAKES[id], frozenset(names)
    world, answers, noticed = plant(mistake), {}, {}
    for case in cases_for(mistake, [case for case in cases.all_cases() if case.name in among]):
        try:
            with np.errstate(all="ignore"):
                answers[case] = reference_impl.run(case, world)
        except Exception:  # in a source that is wrong already a planted line may raise anything, and that is noticed
            noticed[case.name] = True
            continue
        noticed[case.name] = any(not a.ok for a in compare(answers[case], *expectation(case), zeros=case.zeros))
    named = next(filter(None, (named_on(case, answers[case], mistake) for case in sorted(answers, key=work))), "")
    return Kill(id=mistake.id, title=mistake.title, kind=mistake.part, area=mistake.area, right=mistake.right,
                wrong=mistake.wrong, noticed_by=noticed, diagnosis=named) if noticed else None


def named_on(case: Case, answer: Result, mistake: Mistake) -> str:
    """The title of what reproduces the planted mistake's answer; "" where nothing does."""
    row = judge(case, answer, implementation=mistake.id, version="")
    return row.diagnosis[0].title if row.diagnosis and row.diagnosis[0].complete else ""


def work(case: Case) -> int:
    """How many numbers the answer to a case is made of: the smallest names a mistake as well as the largest, and sooner."""
    numbers = sum(a.size for a in (*case.params.values(), *case.inputs.values()))
    return numbers * (case.training.steps if case.training else 1)
