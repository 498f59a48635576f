"""N09: the descent over the loss surface."""

import numpy as np

from nnparity.cases.documents import n09
from nnparity.reports.page.networks.shown import Seen, Shown, path_of, trainings
from nnparity.reports.page.plots import descent


def shown(seen: Seen) -> Shown:
    """The mean squared error over (m, c), its contours, and the path of ten passes of single-example steps."""
    case = n09.training(epochs=10)
    path = path_of(case)
    kernel, bias = (path[name].reshape(-1) for name in case.params)
    x, y = case.inputs["x"].ravel(), case.inputs["target"].ravel()
    m, c = np.linspace(-0.5, 4, 46), np.linspace(-0.5, 5, 56)
    surface = ((m[None, :, None] * x + c[:, None, None] - y) ** 2).mean(-1)
    iterates = np.column_stack([np.r_[0, kernel], np.r_[0, bias]])
    note = (f"Ten passes end at m = {kernel[-1]:.3f}, c = {bias[-1]:.3f}; the noise U(0, 1) adds its mean to the intercept 3.")
    return Shown((note,), (*trainings(seen).pictures,
                           descent("N09: the path of (m, c) over the loss surface", iterates, m, c, surface)))
