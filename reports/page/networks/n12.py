"""N12: saturation by inputs that are not scaled."""

from nnparity.reports.page.networks.shown import Seen, Shown, trainings
from nnparity.reports.verdicts.troubles import saturated_fraction


def shown(seen: Seen) -> Shown:
    case = seen.cases.get("n12-mlp-float64-unscaled")
    if case is None:
        return trainings(seen)
    scaled = case.replaced(inputs={**case.inputs, "x": case.inputs["x"] / 100})
    note = (f"The gradients agree to the last digits: the backpropagation is right. {saturated_fraction(case):.0%} of the units "
            f"have a derivative below 0.01 with inputs from 0 to 100, {saturated_fraction(scaled):.0%} with inputs "
            "divided by 100.")
    return Shown((note,), trainings(seen).pictures)
