"""Every hypothesis that may explain an answer, cheapest first."""

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import combinations

import numpy as np

from nnparity.cases.case import Arrays, Case, Result
from nnparity.reports.diagnosis.candidate import Candidate, forward_mistakes, near, planted, rewritten, turned_back
from nnparity.reports.diagnosis.rewritings import Rewrite, rewritings
from nnparity.reports.diagnosis.variants import variants

CHUNK = 512  # hypotheses that are run as one
BYTES = 2**23  # of the arrays of one such run
PAIRS = 40_000  # hypotheses of two rewritings that are tried at most, over all conventions


class Batch:
    """One candidate under many rewritings of its arrays, run as one forward pass."""

    def __init__(self, plain: Candidate, rewrites: Sequence[tuple[Rewrite, ...]]):
        self.plain, self.rewrites = plain, rewrites

    @cached_property
    def outputs(self) -> Arrays | None:
        """The outputs of all, stacked along a first axis, before `after`."""
        case = self.plain.case
        rows = []
        for combination in self.rewrites:
            arrays = {**case.params, **case.inputs}
            for rewrite in combination:
                arrays = rewrite.before(arrays)
            rows.append(arrays)
        stacked = {k: np.stack([row[k] for row in rows]) for k in (*case.params, *case.inputs)}
        try:
            with np.errstate(all="ignore"):
                outputs = self.plain.world.forward(case, {k: stacked[k] for k in case.params},
                                                   {k: stacked[k] for k in case.inputs})
        except Exception:  # see Candidate.outputs
            return None
        return {name: np.broadcast_to(a, (len(rows), *a.shape[1:])) for name, a in outputs.items()}

    def each(self) -> Iterator[Candidate]:
        yield from (rewritten(self.plain, combination) for combination in self.rewrites)

    def matching(self, answer: Result) -> Iterator[Candidate]:
        """The candidates whose outputs are roughly the answer's."""
        if self.outputs is None or self.outputs.keys() != answer.outputs.keys():
            return
        ok = near(self.outputs, answer.outputs)
        for index, combination in enumerate(self.rewrites):
            if any(r.undo is not SAME for r in combination):
                own = {name: b[index] for name, b in self.outputs.items()}
                ok[index] = (undone := turned_back(combination, own, answer.outputs)) is not None and near(
                    {name: b[None] for name, b in own.items()}, undone)[0]
        for index in np.flatnonzero(ok):
            yield rewritten(self.plain, self.rewrites[index])


SAME = Rewrite.__dataclass_fields__["undo"].default


def batches(plain: Candidate, rewrites: Sequence[tuple[Rewrite, ...]]) -> Iterator[Batch]:
    """Batches of a size that fits into memory."""
    case = plain.case
    size = sum(a.nbytes for a in (*case.params.values(), *case.inputs.values())) + 1
    step = max(1, min(CHUNK, BYTES // size))
    for start in range(0, len(rewrites), step):
        yield Batch(plain, rewrites[start:start + step])


def candidates(case: Case) -> Iterator[list[Candidate | Batch]]:
    """Tiers of hypotheses. The caller stops at a tier that fits."""
    if case.training:
        from nnparity.reports.diagnosis.training_candidates import training_candidates  # which builds upon this module
        yield from training_candidates(case)
        return
    plain = [Candidate(causes=causes, case=variant) for causes, variant in variants(case)]
    yield plain
    forward = forward_mistakes(case)
    rewrites = rewritings(case)
    few = plain[:max(1, 3000 // (len(forward) + 1))]
    for some, fewer in ((plain[:1], few[:1]), (plain[1:], few[1:])):  # one cause, then one beside a convention
        yield [*(batch for c in some for batch in batches(c, [(r,) for r in rewrites])),
               *(planted(c, m) for c in fewer for m in forward)]
    pairs = [(a, b) for a, b in combinations(rewrites, 2) if a.family != b.family]
    yield [batch for c in plain[:max(1, PAIRS // (len(pairs) + 1))] for batch in batches(c, pairs)]
    yield [batch for m in forward for batch in batches(planted(plain[0], m), [(r,) for r in rewrites])] if plain else []
    yield [planted(plain[0], a, b) for a, b in combinations(forward, 2)] if plain else []


def tiers(case: Case) -> Iterator[list[Candidate | Batch]]:
    """The tiers of a case, each built when it is first reached: the same hypotheses serve every answer to it."""
    built, rest = _tiers(case)
    yield from tuple(built)
    for tier in rest:
        built.append(tier)
        yield tier


@lru_cache(maxsize=16)
def _tiers(case: Case) -> tuple[list[list[Candidate | Batch]], Iterator[list[Candidate | Batch]]]:
    return [], candidates(case)
