"""N13: saturation by weights that are all positive."""

from nnparity.reports.page.networks.shown import Seen, Shown, trainings
from nnparity.reports.verdicts.troubles import saturated_fraction


def shown(seen: Seen) -> Shown:
    case = seen.cases.get("n13-mlp-float64-positive")
    if case is None:
        return trainings(seen)
    centred = case.replaced(params={name: a - a.mean() for name, a in case.params.items()})
    note = (f"The gradients agree: the backpropagation is right. {saturated_fraction(case, layer=0):.0%} of the hidden units "
            f"have a derivative below 0.01 with weights from 0 to 1, {saturated_fraction(centred, layer=0):.0%} "
            "after centring them.")
    return Shown((note,), trainings(seen).pictures)
