"""N06: how far the gradient of a window is from the full one, and how far that of the listing."""

import numpy as np

from nnparity import reference_impl
from nnparity.cases.case import Case, Result
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.page.networks.shown import Seen, Shown, trainings
from nnparity.reports.page.plots import figure, whole_numbers

FULL = "n06-lstm-tanh-full-float64-generic"
LISTING = ("lstm-output-gate-without-matrix", "lstm-input-without-output-gate")


def shown(seen: Seen) -> Shown:
    case = seen.cases.get(FULL)
    if case is None:
        return trainings(seen)
    steps = case.inputs["x"].shape[1]
    full, listing = reference_impl.run(case), reference_impl.run(case, plant(*(MISTAKES[id] for id in LISTING)))
    windows = [distance(reference_impl.run(windowed(case, k)), full) for k in range(steps)]
    notes = (
        f"On {steps} steps the gradient of a window of {steps - 1} steps back is the full one, that of 1 step back is off by "
        f"{windows[1]:.0%} of its length, that of a step alone by {windows[0]:.0%}: a longer window is closer. The listing of "
        f"the first example (K17, K18) is off by {distance(listing, full):.0%} with a window over all steps, and no longer "
        "window mends that.",)

    def draw(made):
        axes = made.subplots()
        axes.plot(range(steps), windows, "o-", label="right, in a window")
        axes.axhline(distance(listing, full), linestyle="--", color="C1", label="the listing, over all steps")
        axes.set(xlabel="steps back (bptt_truncate)", ylabel="distance from the full gradient", ylim=(0, None))
        whole_numbers(axes)
        axes.legend()

    return Shown(notes, (figure(draw, "N06: distance of truncated gradients from the full one",
                                f"From {windows[0]:.2f} for no step back to {windows[-1]:.2f} for {steps - 1}; "
                                f"the listing {distance(listing, full):.2f}"),))


def windowed(case: Case, truncate: int) -> Case:
    """The same chain with the gradient of a window."""
    return case.configured(truncate=truncate)


def distance(got: Result, full: Result) -> float:
    """|g - g_full| / |g_full| over the gradients of all arrays."""
    off, whole = (np.concatenate([a.ravel() for a in arrays]) for arrays in (
        [got.grads[name] - full.grads[name] for name in full.grads], [*full.grads.values()]))
    return float(np.linalg.norm(off) / np.linalg.norm(whole))
