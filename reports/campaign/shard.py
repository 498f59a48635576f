"""One shard: its seeds, one oracle in a process of its own, one record for every array that was compared.

A pure function of (seeds, oracle, versions): the same shard gives the same records on any machine, but for `seconds`.
"""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnparity.cases.case import Case
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.asking.isolate import Asker
from nnparity.reports.campaign.find import Finding, find
from nnparity.reports.campaign.judging import alarms, prepared, verdict
from nnparity.reports.campaign.plan import Plan, draw, elements
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.verdicts.row import Row

NO_ARRAY = Agreement(path="")


@dataclass(frozen=True)
class Shard:
    """Shard `number` of `shards` (1, 2, ..., shards) of the seeds start ... stop - 1: every shards-th seed, so that large
    networks spread evenly. Raises ValueError for a number that is none."""

    oracle: str
    start: int
    stop: int
    number: int = 1
    shards: int = 1

    def __post_init__(self):
        if not 0 <= self.start < self.stop:
            raise ValueError(f"seeds {self.start}:{self.stop} hold nothing; expected START:STOP with 0 <= START < STOP")
        if not 1 <= self.number <= self.shards:
            raise ValueError(f"shard {self.number}/{self.shards} is none; expected 1/{self.shards} to "
                             f"{self.shards}/{self.shards}")

    @property
    def seeds(self) -> range:
        return range(self.start + self.number - 1, self.stop, self.shards)

    @property
    def name(self) -> str:
        return f"{self.oracle}-{self.start}-{self.stop}-{self.number}of{self.shards}"


def records(shard: Shard, asker: Asker) -> list[dict]:
    """One record an array, see store.COLUMNS."""
    return [record for seed in shard.seeds for record in asked(seed, asker, shard.oracle)]


def asked(seed: int, asker: Asker, oracle: str) -> list[dict]:
    """The records of one network."""
    plan = draw(seed)
    try:
        row, finding, measured = judged(plan, asker, oracle)
    except Exception as error:  # a fault of ours: it is told as an alarm, and costs this network only
        where = traceback.extract_tb(error.__traceback__)[-1]
        message = f"the judging failed: {type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        row = Row(case=f"campaign-{seed}", network=" -> ".join(link.kind for link in plan.links), implementation=oracle,
                  version="", verdict="errored", message=message)
        finding, measured = None, {}
    forget()
    return list(as_records(plan, row, finding, measured))


def judged(plan: Plan, asker: Asker, oracle: str) -> tuple[Row, Finding | None, dict]:
    """The row of a network, what was found where it alarms, and of every array (scale, median and largest allowance)."""
    case = prepared(plan)
    answer = asker.ask(case)
    row = verdict(oracle, answer)
    finding = find(plan, row, asker, oracle, ended=answer.ended) if alarms(row) else None
    return row, finding, dict(measures(case)) if row.agreements else {}


def measures(case: Case) -> Iterator[tuple[str, tuple[float, float, float]]]:
    """path -> (max|b|, median and largest allowed error relative to it); zero arrays have no such measure."""
    expected, allowed = expectation(case)
    for kind in ("outputs", "grads"):
        for name, b in getattr(expected, kind).items():
            scale = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
            error = np.asarray(getattr(allowed, kind)[name], "float64")
            nothing = not scale or not error.size
            yield f"{kind}/{name}", (scale, *((np.nan, np.nan) if nothing else
                                              (float(np.median(error)) / scale, float(error.max()) / scale)))


def forget():
    """Answers and noise are kept for each case: a shard would keep all of them."""
    expectation.cache_clear()
    rounding_noise.cache_clear()


def as_records(plan: Plan, row: Row, finding: Finding | None, measured: dict) -> Iterator[dict]:
    name = finding.row.verdict if finding and alarms(finding.row) else row.verdict  # the cause is looked for in what is left
    deviation = row.diagnosis[0].label if row.diagnosis else ""
    common = {
        "seed": plan.seed, "case": row.case, "layers": row.network, "dtype": plan.dtype, "inputs": plan.inputs,
        "weights": plan.weights, "training": plan.training.optimizer if plan.training else "", "batch": plan.x[0],
        "largest": elements(plan), "work": plan.work, "oracle": row.implementation, "version": row.version,
        "composed": row.composed, "row_verdict": name, "message": row.message, "seconds": row.seconds,
        "diagnosis": finding.diagnosis if finding else deviation, "off": finding.off if finding else "",
        "reduced": finding.words if finding else "",
    }
    for a in row.agreements or (NO_ARRAY,):
        scale, median, largest = measured.get(a.path, (np.nan,) * 3)
        yield common | {
            "path": a.path, "layer": layer_of(plan, a.path), "size": a.size, "wrong": a.wrong, "blind": a.blind,
            "scale": scale, "error": a.error, "allowed": a.allowed, "epsilons": a.epsilons,
            "median_allowance": median, "largest_allowance": largest,
            "verdict": verdict_of(a, name), "problem": str(a.problem or "")}


def verdict_of(a: Agreement, verdict: str) -> str:
    """The verdict on one array: its network's, but for those within the allowed error."""
    if not a.path or not a.ok:
        return verdict
    return "agrees" if a.judged else "cannot judge"


def layer_of(plan: Plan, path: str) -> str:
    """The kind of layer that an array belongs to: x to the first, y to the last, a parameter to its own."""
    name = path.partition("/")[2]
    if not name:
        return ""
    head = plan.loss.kind if plan.loss else ""
    if name == "loss":
        return head
    ends = {"x": plan.links[:1], "y": plan.links[-1:]}
    own = ends.get(name, [link for link in plan.links if name.startswith(link.name + "/")])
    return own[0].kind if own else head
