"""Many hypotheses that are run as one: rewritings are linear, so hundreds of them are one forward pass over a leading axis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nnparity.cases.case import Arrays, Result
from nnparity.reports.diagnosis.hypothesis import Hypothesis, rewritten
from nnparity.reports.diagnosis.rewritings import Rewrite, same
from nnparity.reports.diagnosis.rough import near

CHUNK = 512  # hypotheses that are run as one
BYTES = 2**23  # of the arrays of one such run


@dataclass(frozen=True, eq=False)
class Batch:
    """One hypothesis under many rewritings of its arrays."""

    plain: Hypothesis
    rewrites: Sequence[tuple[Rewrite, ...]]
    made: dict[int, Hypothesis] = field(default_factory=dict, repr=False)

    @cached_property
    def outputs(self) -> Arrays | None:
        """The outputs of all, stacked along a first axis, before `after`."""
        case = self.plain.case
        rows = []
        for combination in self.rewrites:
            arrays: Arrays = {**case.params, **case.inputs}
            for rewrite in combination:
                arrays = rewrite.before(arrays)
            rows.append(arrays)
        stacked = {k: np.stack([row[k] for row in rows]) for k in (*case.params, *case.inputs)}
        try:
            with np.errstate(all="ignore"):
                outputs = self.plain.world.forward(case, {k: stacked[k] for k in case.params},
                                                   {k: stacked[k] for k in case.inputs})
        except Exception:  # see Hypothesis.outputs
            return None
        return {name: np.broadcast_to(a, (len(rows), *a.shape[1:])) for name, a in case.returned(outputs).items()}

    def at(self, index: int) -> Hypothesis:
        """One of them by itself."""
        if index not in self.made:
            self.made[index] = rewritten(self.plain, self.rewrites[index])
        return self.made[index]

    def each(self) -> Iterator[Hypothesis]:
        yield from map(self.at, range(len(self.rewrites)))

    def matching(self, answer: Result) -> Iterator[Hypothesis]:
        """Those whose outputs are roughly the answer's."""
        if self.outputs is None or self.outputs.keys() != answer.outputs.keys():
            return
        ok = near(self.outputs, answer.outputs)
        for index, combination in enumerate(self.rewrites):
            if any(r.undo is not same for r in combination):
                own = {name: b[index] for name, b in self.outputs.items()}
                undone = turned_back(combination, own, answer.outputs)
                ok[index] = undone is not None and near({name: b[None] for name, b in own.items()}, undone)[0]
        yield from (self.at(int(index)) for index in np.flatnonzero(ok))


def turned_back(combination: Sequence[Rewrite], own: Arrays, outputs: Arrays) -> Arrays | None:
    """Outputs with the rewritings undone; None where they do not fit these arrays: an answer with fewer axes than a sequence,
    or own outputs that another option (padding, stride) has made of another size than the rewriting was written for."""
    try:
        for rewrite in combination:
            outputs = rewrite.undo(outputs)
        for rewrite in reversed(combination):
            own = rewrite.after(own)
    except (ValueError, IndexError):  # np.AxisError is both
        return None
    return outputs


def batches(plain: Hypothesis, rewrites: Sequence[tuple[Rewrite, ...]]) -> Iterator[Batch]:
    """Batches of a size that fits into memory."""
    case = plain.case
    size = sum(a.nbytes for a in (*case.params.values(), *case.inputs.values())) + 1
    step = max(1, min(CHUNK, BYTES // size))
    for start in range(0, len(rewrites), step):
        yield Batch(plain, rewrites[start:start + step])
