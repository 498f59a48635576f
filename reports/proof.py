"""The proof that the suite can fail: every planted mistake against every case that reaches its line."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

import cases
import reference_impl
from cases.case import Case
from reference_impl.mistakes import MISTAKES, Mistake, plant, stale
from reports.compare import compare
from reports.killmatrix import Kill
from reports.rows import expectation, judge


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


def kill_matrix(among: Sequence[Case], on_kill: Callable[[int], None] = lambda _: None) -> tuple[Kill, ...]:
    """For every mistake that one of the cases reaches: which of them notice it, and what the diagnosis calls it. One process for
    each core; `on_kill` is told how many mistakes are done."""
    names = tuple(case.name for case in among)
    kills = []
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:  # a fork after a framework hangs
        for done, kill in enumerate(pool.map(partial(kill_of, names=names), MISTAKES, chunksize=8), start=1):
            kills += [kill] if kill else []
            on_kill(done)
    return tuple(kills)


def kill_of(id: str, names: Sequence[str]) -> Kill | None:
    """What becomes of one mistake on the cases of these names; None where none of them reaches it, or it is stale."""
    if id in stale():
        return None
    mistake, among = MISTAKES[id], frozenset(names)
    world, noticed, named = plant(mistake), {}, ""
    for case in cases_for(mistake, [case for case in cases.all_cases() if case.name in among]):
        try:
            with np.errstate(all="ignore"):
                answer = reference_impl.run(case, world)
        except Exception:  # in a source that is wrong already a planted line may raise anything, and that is noticed
            noticed[case.name] = True
            continue
        noticed[case.name] = any(not a.ok for a in compare(answer, *expectation(case), zeros=case.zeros))
        if not named:
            row = judge(case, answer, implementation=mistake.id, version="")
            named = row.diagnosis[0].title if row.diagnosis and row.diagnosis[0].complete else ""
    return Kill(id=mistake.id, title=mistake.title, kind=mistake.part, area=mistake.area, right=mistake.right,
                wrong=mistake.wrong, noticed_by=noticed, diagnosis=named) if noticed else None
