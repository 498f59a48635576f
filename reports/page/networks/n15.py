"""N15: the gradient is the analytic one, the loss has a closed form, and rounding shows in the eighth digit."""

import numpy as np
from markupsafe import Markup

from nnparity import reference_impl
from nnparity.cases.documents.n15 import neuron
from nnparity.cases.documents.tables import ROUNDED, STEPS
from nnparity.reports.page.networks.shown import Seen, Shown, path_of, trainings
from nnparity.reports.page.plots import COLOURS, figure, whole_numbers

H = 1e-4  # of a difference quotient


def shown(seen: Seen) -> Shown:
    one_step = neuron("n15-loss-alone")
    alone = one_step.replaced(cotangents={"y": np.zeros((1, 1)), "loss": np.ones(())})
    analytic = reference_impl.run(alone).grads["neuron/kernel"].ravel()
    numerical = difference_quotients(alone)
    pure, rounded = (path_of(neuron("n15", training))["loss"] for training in (STEPS, ROUNDED))
    apart = int((pure != rounded).argmax())
    notes = (
        f"At the start the chain rule gives dL/dw = {listed(analytic)}. Difference quotients (L(w + h) - L(w - h)) / 2h with h "
        f"= {H:g}, which is what numerical differentiation means, give {listed(numerical)}: the same to "
        f"{np.abs(numerical - analytic).max():.0e}, at two passes for each weight instead of one for all. The document takes "
        "none.",
        "On this one example a step multiplies the output by 1 - 2 · 0.001 · (|x|² + 1) = 0.97, whatever the weights, as long as "
        f"ReLU lets it through: the loss after t steps is 36 · 0.97²ᵗ. The last of the table is {rounded[-1]:.6e}, the formula "
        f"gives {36 * 0.97 ** (2 * (len(rounded) - 1)):.6e}.",
        f"Rounding the dot product to float32 moves the loss of step {apart + 1} from {pure[apart]:.12f} to "
        f"{rounded[apart]:.12f}, which is what the document prints.")
    moved = apart_picture("N15: how far float32 rounding of the dot product moves the losses", pure, rounded)
    return Shown(notes, (*of_every_framework(seen), moved))


def of_every_framework(seen: Seen) -> tuple[Markup, ...]:
    """The trainings that frameworks can be asked about: no machine's own way to round is in them."""
    cases = {name: case for name, case in seen.cases.items() if case.training and not case.training.products}
    return trainings(Seen(cases, seen.answers)).pictures


def difference_quotients(case) -> np.ndarray:
    """dL/dw by central differences."""
    kernel = case.params["neuron/kernel"]

    def loss(w):
        return reference_impl.run(case.replaced(params={**case.params, "neuron/kernel": w})).outputs["loss"]
    steps = H * np.eye(kernel.size).reshape(kernel.size, *kernel.shape)
    return np.array([(loss(kernel + step) - loss(kernel - step)) / (2 * H) for step in steps])


def listed(values) -> str:
    return f"({', '.join(f'{v:.10g}' for v in values)})"


def apart_picture(title: str, pure: np.ndarray, rounded: np.ndarray):
    """The relative distance of two paths of losses at each step."""
    apart = np.abs(rounded - pure) / pure
    steps = np.arange(1, len(pure) + 1)

    def draw(made):
        axes = made.subplots()
        axes.plot(steps[apart > 0], apart[apart > 0], ".", color=COLOURS[1], markersize=3.5)
        axes.axhline(2.0 ** -24, color=COLOURS[0], linewidth=1, linestyle="--", label="half an epsilon of float32")
        axes.set(xlabel="step", ylabel="relative distance of the losses (logarithmic)", yscale="log")
        whole_numbers(axes)
        axes.legend(loc="lower right")

    return figure(draw, title, f"Relative distances over {len(pure)} steps, at most {apart.max():.1e}")
