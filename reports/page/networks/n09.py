"""N09: the descent over the loss surface, and what the asker drew."""

import numpy as np
from markupsafe import Markup

from nnparity.cases.documents import n09
from nnparity.reports.page.networks.shown import Seen, Shown, path_of, trainings
from nnparity.reports.page.plots import COLOURS, descent, figure, plain

PASSES = 10


def shown(seen: Seen) -> Shown:
    """What the asker drew, and beside it the mean squared error over (m, c) with the path of ten passes of single steps."""
    case = n09.training(epochs=PASSES)
    path = path_of(case)
    kernel, bias = (path[name].reshape(-1) for name in case.params)
    x, y = case.inputs["x"].ravel(), case.inputs["target"].ravel()
    m, c = np.linspace(-0.5, 4, 46), np.linspace(-0.5, 5, 56)
    surface = ((m[None, :, None] * x + c[:, None, None] - y) ** 2).mean(-1)
    iterates = np.column_stack([np.r_[0, kernel], np.r_[0, bias]])
    best_m, best_c = np.polyfit(x, y, 1)
    notes = (f"Ten passes end at m = {kernel[-1]:.3f}, c = {bias[-1]:.3f}; the line of least squares has m = {best_m:.3f}, "
             f"c = {best_c:.3f}. The noise U(0, 1) adds its mean to the intercept 3.",
             f"The asker's surface is lowest at (2, 3), where no data point lies: x goes from {x.min():.0f} to {x.max():.0f}. "
             f"It is the same whatever m and c are, and each of its {PASSES} lines joins two points made of the two x and the "
             "two y of examples that happen to come first.")
    drawn = as_asked(x, y, [case.training.batches[i * len(x):][:2] for i in range(PASSES)] if case.training else [])
    return Shown(notes, (drawn, descent("N09: the path of (m, c) over the loss surface", iterates, m, c, surface),
                         *trainings(seen).pictures))


def as_asked(x: np.ndarray, y: np.ndarray, first_two: list) -> Markup:
    """F over the mesh of the data (of every fourth point: y rises and falls, and so do the contours, all the more of them), as a
    surface and as contours, and for each pass a line from (x_0, x_1) to (y_0, y_1)."""
    x1, x2 = np.meshgrid(x[::4], y[::4])
    F = (x1 - 2) ** 2 + 2 * (x2 - 3) ** 2

    def draw(made):
        made.set_layout_engine("constrained", wspace=0.12)
        space, plane = made.add_subplot(1, 2, 1, projection="3d"), made.add_subplot(1, 2, 2)
        space.plot_surface(x1, x2, F, cmap="Greys_r", alpha=0.75, linewidth=0, rcount=24, ccount=24, antialiased=False)
        space.contour(x1, x2, F, colors=COLOURS[5], linewidths=0.6)
        space.set(xlabel="x of the data", ylabel="y of the data", zlabel="F")
        plain(space)
        plane.contour(x1, x2, F, 20, cmap="Greys_r", linewidths=0.7)
        for (i,), (j,) in first_two:
            plane.plot([x[i], y[i]], [x[j], y[j]], "o-", color=COLOURS[1], linewidth=0.9, markersize=3)
        plane.plot([2], [3], "x", color=COLOURS[2], label="lowest F")
        plane.set(xlabel="x of the data", ylabel="y of the data")
        made.legend(loc="outside lower right")

    return figure(draw, "N09: what the asker drew", "The surface (x1 - 2)² + 2 (x2 - 3)² over a mesh of the data, and lines "
                  "between points made of the first two examples of each pass", width=9.0, height=4.2)
