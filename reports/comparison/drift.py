"""Has an oracle changed since it was recorded? A live answer beside the recorded one, array by array."""

from dataclasses import replace

import numpy as np

from nnparity.cases.case import Case, Result, Unsupported
from nnparity.cases.conventions import CONFIGS
from nnparity.cases.selection import needs_missing
from nnparity.reports.comparison.compare import Agreement, compare
from nnparity.reports.comparison.expectation import expectation


def drift(live: Result, recorded: Result, allowed: Result) -> tuple[Agreement, ...]:
    """The arrays in which a live answer differs from the recorded one by more than rounding. Empty: no drift.

    `allowed` is the error allowed around the reference's answer; an array that the reference does not have may not
    differ at all.
    """
    def allowance(kind):
        known = getattr(allowed, kind)
        return {name: known.get(name, np.zeros(a.shape)) for name, a in getattr(recorded, kind).items()}
    around = replace(allowed, outputs=allowance("outputs"), grads=allowance("grads"))
    everything = frozenset(live.outputs) | frozenset(live.grads)  # zero then and zero now is no drift
    return tuple(a for a in compare(live, recorded, around, zeros=everything) if not a.ok)


def drift_words(case: Case, live: Result | Unsupported, recorded: Result | Unsupported) -> list[str]:
    """What has changed about one case, a sentence each."""
    if isinstance(live, Unsupported) or isinstance(recorded, Unsupported):
        if type(live) is type(recorded):
            return []
        return [f"was {_kind(recorded)}, is {_kind(live)}"]
    changed = [str(a) for a in drift(live, recorded, allowed_for(case))]
    if live.built != recorded.built:
        changed.append(f"was built as {recorded.built}, now as {live.built}")
    return changed


def _kind(answer) -> str:
    return "unsupported" if isinstance(answer, Unsupported) else "an answer"


def allowed_for(case: Case) -> Result:
    """The allowed error around a case's answer; a probe has that of the layer's first variant that its arrays allow."""
    layer = case.layers[0]
    if layer.default:
        case = case.configured(**next(c for c in CONFIGS[layer.kind] if not needs_missing(layer, c, case)))
    return expectation(case)[1]
