"""N11: the parabola of the loss and the two slopes, the right one and the one by hand."""

import numpy as np

from nnparity import reference_impl
from nnparity.cases import named
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.page.networks.shown import Seen, Shown
from nnparity.reports.page.plots import figure

CASE, DROPPED = "n11-scalar-float64-golden", "K25"


def shown(seen: Seen) -> Shown:
    del seen  # one number in, one number out: no run is needed
    case = named(CASE)
    forgets = next(mistake for mistake in MISTAKES.values() if mistake.source == DROPPED)
    right, answer = (reference_impl.run(case, *world) for world in ((), (plant(forgets),)))
    slope, by_hand = (float(result.grads["kernel"].item() if "kernel" in result.grads else result.grads["dense/kernel"].item())
                      for result in (right, answer))
    w = np.linspace(-1, 4, 101)
    x, t, at = (float(a.item()) for a in (case.inputs["x"], case.inputs["target"], *case.params.values()))
    h = 1e-4
    measured = (((at + h) * x - t) ** 2 - ((at - h) * x - t) ** 2) / (2 * h)
    note = (f"The loss between w = {at - h} and w = {at + h} rises by {measured:.6g} per unit of w. That is the slope {slope:g}, "
            f"not {by_hand:g}: a unit of w is {x:g} units of w x.")

    def draw(made):
        axes = made.subplots()
        axes.plot(w, (w * x - t) ** 2, label="(w x - y)²")
        near = np.array([at - 0.8, at + 0.8])
        for value, style in ((slope, "-"), (by_hand, "--")):
            axes.plot(near, (at * x - t) ** 2 + value * (near - at), style, label=f"slope {value:g}")
        axes.set(xlabel="w", ylabel="loss")
        axes.legend()

    return Shown((note,), (figure(draw, "N11: the loss at w = 3 and its slope", f"A parabola; the line of slope {slope:g} "
                                  f"touches it, that of slope {by_hand:g} cuts it"),))
