"""N03: what the listing sends back through time."""

import numpy as np

from nnparity.cases.case import Case
from nnparity.cases.documents import n03
from nnparity.reference_impl import RIGHT, World
from nnparity.reports.page.networks.shown import Seen, Shown, alike, planted
from nnparity.reports.page.plots import figure, whole_numbers

LISTING = ("chain-input-of-layer-before-at-the-end", "activation-relu-derivative-of-gradient", "dense-own-pre-activation@hidden",
           "lstm-state-for-gradient", "lstm-cell-for-gradient", "dense-first-step@head")
THROUGH_TIME = ("lstm-state-for-gradient", "lstm-cell-for-gradient")


def shown(_seen: Seen) -> Shown:
    case = next(case for case in n03.CASES if case.name == "n03-lstm-square-float64")
    world = planted(*LISTING)
    right, listing = RIGHT.run(case).grads, world.run(case).grads
    cosines = ", ".join(f"{alike(right[name], listing[name]):+.2f} ({name})" for name in right if not name.endswith("bias"))
    nothing = case.replaced(cotangents={name: np.zeros_like(a) for name, a in case.cotangents.items()}, exempt="no error at all")
    left = world.run(nothing).grads
    notes = (
        f"The listing whole, with as many ReLU units as the state has: the cosines between its gradients and the right ones are "
        f"{cosines}.",
        "Where the loss has no gradient at all, every right gradient is zero; the listing's are not: that of the recurrent "
        f"kernels has the norm {np.linalg.norm(left['cell/recurrent_kernel']):.3g}. States are no gradients.")
    return Shown(notes, (through_time(case),))


def sent_back(world: World, case: Case) -> np.ndarray:
    """The size of dL/dx of each step where the last step alone has an error."""
    last = np.zeros_like(case.cotangents["y"])
    last[:, -1] = case.cotangents["y"][:, -1]
    asked = case.replaced(exempt="an error at the last step alone",
                          cotangents={**{name: np.zeros_like(a) for name, a in case.cotangents.items()}, "y": last})
    return np.sqrt((world.run(asked).grads["x"]**2).sum((0, 2)))


def through_time(case: Case):
    right, listing = sent_back(RIGHT, case), sent_back(planted(*THROUGH_TIME), case)

    def draw(made):
        axes, steps = made.subplots(), np.arange(1, len(right) + 1)
        axes.bar(steps - 0.2, right, 0.4, label="right")
        axes.bar(steps + 0.2, listing, 0.4, label="h and c in place of their gradients")
        axes.set(xlabel="time step", ylabel="size of dL/dx")
        made.legend(loc="outside upper center", ncols=2)
        whole_numbers(axes)

    sizes = "; ".join(", ".join(f"{size:.3g}" for size in each) for each in (right, listing))
    return figure(draw, "N03: what arrives at each step of an error at the last step alone", f"right, then the listing: {sizes}",
                  height=3.0)
