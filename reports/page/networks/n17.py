"""N17: the asker's three rows worked through, from the figures that the document prints, and what the squared error would do as a
gradient."""

import numpy as np

from nnparity import reference_impl
from nnparity.cases.documents.n17 import OUTPUTS, TARGET, X, training
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.page.networks.shown import Seen, Shown
from nnparity.reports.page.plots import COLOURS, figure

STEPS, RATE = 1000, 1.0


def shown(_seen: Seen) -> Shown:
    case = training(STEPS, RATE)
    right, posted = (world.run(case).outputs for world in (reference_impl.RIGHT, plant(MISTAKES["loss-value-for-gradient"])))
    ends = [", ".join(f"{v:.3f}" for v in outputs_of(case, path, -1)) for path in (right, posted)]
    trained = (f"Trained for {STEPS:,} steps at rate {RATE:g} (at the script's 0.01 the same happens a hundred times more "
               f"slowly): with the gradient the outputs end at {ends[0]} and the loss at {right['loss'][-1]:.3f}; with the "
               f"squared error in its place at {ends[1]} and {posted['loss'][-1]:.3f}. A sigmoid cannot reach the target -1: "
               "the third row costs 1 at best, and the loss stays above 1/3.")
    return Shown((*by_hand(), trained), (picture(case, right, posted),))


def by_hand() -> tuple[str, ...]:
    """The backward pass of the three printed outputs: all of it that needs no weights, which the document does not print."""
    x, a, t = (np.array(values, float) for values in (X, OUTPUTS, TARGET))
    d = 2 * (a - t) / len(a)
    delta = d * a * (1 - a)
    total = np.log(a[1] / (1 - a[1]))[0] * 2  # the second row is (0, 0): its hidden units are 1/2
    reached = x.T @ delta / 4
    return (
        f"The three rows by hand. Errors a - t: {listed(a - t)}. The gradient of the mean of their squares by a, 2 (a - t) / "
        f"3: {listed(d)}. Times σ'(z) = a (1 - a), {listed(a * (1 - a))}: δ = {listed(delta)}. Two outputs are to fall and the "
        "first is to rise, which is what the signs say.",
        f"The output's bias gradient is the sum of δ, {delta.sum():.6f}. Its weight gradient is Σ h δ. Weights of a thousandth "
        f"leave all hidden units at h = 0.50, so that each of the three weights gets half of that, {delta.sum() / 2:.4f}.",
        f"Hidden unit j has δ w_j h (1 - h) = δ w_j / 4: its weights get Σ x δ w_j / 4 = ({reached[0, 0]:.4f} w_j, "
        f"{reached[1, 0]:.4f} w_j), its bias {delta.sum() / 4:.4f} w_j. The w_j are not printed, but they sum to 2 log(a / (1 "
        f"- a)) = {total:.6f} for the row (0, 0), and none is above 0.001. So no weight of the hidden layer has a gradient "
        f"above {reached.max() / 1000:.5f}, beside {delta.sum() / 2:.4f} in the output layer: it hardly learns at first. That "
        "is what weights U(-0.001, 0.001) cost.",
        f"The script's error, (t - a)², is {listed((t - a) ** 2)}: all positive. Sent back as a gradient it lowers all three "
        "outputs, the first one too.")


def listed(values: np.ndarray) -> str:
    return ", ".join(f"{v:.6f}" for v in values.ravel())


def outputs_of(case, path, step) -> np.ndarray:
    """The outputs of the three rows after a step."""
    return reference_impl.forward(case, {name: path[name][step] for name in case.params}, case.inputs)[0]["y"].ravel()


def picture(case, right, posted):
    at = np.unique(np.geomspace(1, STEPS, 120).astype(int)) - 1
    rows = [f"({x[0]}, {x[1]}), target {t[0]}" for x, t in zip(X, TARGET)]

    def draw(made):
        for axes, path, title in zip(made.subplots(1, 2, sharey=True), (right, posted), ("2 (a - t) / n", "(t - a)², as posted")):
            for y, colour, row in zip(np.array([outputs_of(case, path, step) for step in at]).T, COLOURS, rows):
                axes.plot(at + 1, y, color=colour, linewidth=1.8, label=row)
            axes.set(xlabel="step (logarithmic)", xscale="log", title=f"gradient {title}", ylim=(-0.03, 1.03))
        made.axes[0].set_ylabel("output")
        made.axes[0].legend(loc="upper left")

    return figure(draw, "N17: the outputs of the three rows, trained by the gradient and by the loss value",
                  "Left the output of the row with target 1 rises and the two others fall; right all three fall", width=9.0)
