"""N13: the training that learns how frequent each digit is, and the same from centred weights."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from nnparity.cases.documents import n13
from nnparity.cases.documents.digits import COUNTS, SIDE, pictures
from nnparity.reference_impl.network import forward
from nnparity.reports.page.networks.shown import Seen, Shown, path_of, trainings
from nnparity.reports.page.plots import INK, figure, loss_curves

if TYPE_CHECKING:
    from matplotlib.path import Path

CENTRED_STEPS = 500
GAP = 4  # pixels between two pictures


def shown(seen: Seen) -> Shown:
    """The document's 10,000 steps on what is left once every hidden unit is 1, and some hundred from centred weights."""
    saturated, centred = n13.saturated_training(10_000), n13.training(-0.5, 0.5, steps=CENTRED_STEPS)
    path, remedy = path_of(saturated), path_of(centred)
    predicted = forward(saturated, {"dense/kernel": path["dense/kernel"][-1]}, saturated.inputs)[0]["y"][0]
    answers = forward(centred, {name: remedy[name][-1] for name in centred.params}, centred.inputs)[0]["y"]
    label = int(predicted.argmax()) + 1
    settled = int((np.abs(path["loss"] - path["loss"][-1]) > 5e-9).argmin())
    right = (answers.argmax(1) == pictures()[1]).mean()
    notes = (
        f"Drawn digits stand in for the pictures, {sum(COUNTS):,} in the class counts of the figures; what they show does not "
        f"matter. From weights U(0, 1) the smallest pre-activation of a hidden unit is {smallest_pre_activation():.1f}, and a "
        "sigmoid is 1 to the last bit of a float64 from 37 on: its derivative is exactly 0, and no hidden weight moves in "
        "10,000 steps.",
        f"The outputs then see ones. J is {path['loss'][-1]:.8f} from step {settled + 1} on, the predictions are "
        f"{', '.join(f'{v:.8f}' for v in predicted)} for every picture, and the largest has label {label}, counted from 1.",
        f"From the same weights less one half, J is {remedy['loss'][-1]:.3f} after {CENTRED_STEPS:,} steps and {right:.0%} of "
        f"the pictures are told right; with all-positive weights it is {max(COUNTS) / sum(COUNTS):.0%}.")
    curves = {"weights U(0, 1)": path["loss"], "weights U(-1/2, 1/2)": remedy["loss"]}
    return Shown(notes, (loss_curves("N13: J before each step, and with centred weights", curves, loss="J"), examples(),
                         *trainings(seen).pictures))


def smallest_pre_activation() -> float:
    case = n13.training(steps=1)
    kernel = case.params["dense_1/kernel"]
    return float((kernel[0] + case.inputs["x"] @ kernel[1:]).min())


def examples() -> Markup:
    """The first drawn picture of each digit."""
    x, digits = pictures()
    first = np.searchsorted(digits, np.arange(len(COUNTS)))

    def draw(made):
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path
        axes = made.subplots()
        outline = (run for at, picture in enumerate(x[first].reshape(-1, SIDE, SIDE)) for run in inked(picture, at))
        axes.add_patch(PathPatch(Path.make_compound_path(*outline), facecolor=INK, linewidth=0))
        axes.set(xlim=(0, len(first) * (SIDE + GAP)), ylim=(SIDE, 0), aspect="equal")
        axes.set_axis_off()

    return figure(draw, "Drawn digits in the place of N13's pictures",
                  "one picture of 16 x 16 black and white pixels for each of the digits 0 to 9", height=0.9)


def inked(picture: np.ndarray, at: int) -> Iterator["Path"]:
    """The ink of the picture that stands at place `at` of the row: a rectangle for each run of black pixels in a line."""
    from matplotlib.path import Path
    edges = np.diff(np.pad(picture, ((0, 0), (1, 1))), axis=1)
    for (y, begin), (_, end) in zip(np.argwhere(edges > 0), np.argwhere(edges < 0), strict=True):
        left, right = np.array([begin, end]) + at * (SIDE + GAP)
        yield Path([(left, y), (right, y), (right, y + 1), (left, y + 1), (left, y)], closed=True)
