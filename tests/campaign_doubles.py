"""Implementations for the campaign's tests: the reference as an oracle, sound or with a fault at some seeds. Small enough to be
sent to another process, where this module is imported by its name."""

import os
import time
from dataclasses import dataclass, replace

import numpy as np

from nnparity.reference_impl.reference import RIGHT
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.campaign import store
from nnparity.reports.campaign.shard import Shard, records


@dataclass(frozen=True)
class Double:
    """Answers as the reference does. At the seeds of `crashes` the process dies, at those of `hangs` it never answers; a network
    that has a layer of the kind `wrong` gets twice the gradient by x."""

    crashes: tuple[int, ...] = ()
    hangs: tuple[int, ...] = ()
    wrong: str = ""
    name: str = "torch"
    import_limit: float = 30.0

    def load(self):
        return self.run, "double"

    def explain(self, error):
        return str(error)

    def run(self, case):
        seed = int(case.name.removeprefix("campaign-"))
        if seed in self.crashes:
            os._exit(3)
        if seed in self.hangs:
            time.sleep(3600)
        answer = RIGHT.run(case)
        if self.wrong in [layer.kind for layer in case.layers] and "x" in answer.grads:
            return replace(answer, grads={**answer.grads, "x": 2 * answer.grads["x"]})
        return answer


class Here:
    """Asks a double in this process: no start of another one."""

    def __init__(self, double: Double):
        self.double = double

    def ask(self, case):
        return Answer(case=case, result=self.double.run(case), version="double")


def answered(shard: Shard, timeout: float) -> bytes:
    """A worker's work, with the sound double in place of the oracle."""
    with np.errstate(all="ignore"):
        return store.encode(records(shard, Here(Double())), store.key(shard, timeout))


