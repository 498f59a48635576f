"""N16: where the two printed runs part, and why."""

from nnparity import reference_impl
from nnparity.reports.page.networks.shown import Seen, Shown, trainings

RUNS = ("n16-training-first_run-rounded_products-float64", "n16-training-second_run-two_lanes-float64")


def shown(seen: Seen) -> Shown:
    if not all(name in seen.cases for name in RUNS):
        return trainings(seen)
    first, second = (reference_impl.run(seen.cases[name]).outputs["loss"] for name in RUNS)
    step = int((first != second).argmax())
    note = ("The two runs compute the same formulas. The first rounds every product of inputs and weights to float32, the second "
            f"keeps float64; their losses part at step {step}: {first[step]:.10f} and {second[step]:.10f}. The last digit of the "
            "second run also depends on the order in which the four terms are added: found by trying several orders, two at a "
            "time gives all ten printed losses, one after the other three of them.")
    return Shown((note,), trainings(seen).pictures)
