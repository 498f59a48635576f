"""N07: the delta of a sigmoid output under half a squared error."""

import numpy as np
from markupsafe import Markup

from nnparity.reference_impl.activations import sigmoid, sigmoid_slope
from nnparity.reports.page.networks.shown import Seen, Shown
from nnparity.reports.page.plots import COLOURS, figure

FAR = np.array(-6.0)


def shown(_seen: Seen) -> Shown:
    a = sigmoid(FAR)
    return Shown((
        f"An output that should be 1 and has z = {FAR:g} is a = {a:.4f}. Its delta of half a squared error is "
        f"(a - t) a (1 - a) = {(a - 1) * sigmoid_slope(FAR):.4f}, that of a cross-entropy a - t = {a - 1:.4f}: where the output "
        "is most wrong the squared error teaches least. To leave σ' out is to train on the cross-entropy; that may learn "
        "faster, and is not the gradient of the loss that is written down.",), (deltas(),))


def deltas() -> Markup:
    z = np.linspace(-8, 8, 161)

    def draw(made):
        axes = made.subplots()
        axes.plot(z, (sigmoid(z) - 1) * sigmoid_slope(z), color=COLOURS[0], label="half squared error: (a - t) a (1 - a)")
        axes.plot(z, sigmoid(z) - 1, color=COLOURS[1], linestyle="--", label="cross-entropy: a - t")
        axes.set(xlabel="z of an output whose target is 1", ylabel="delta, dL/dz", xticks=range(-8, 9, 2))
        made.legend(loc="outside lower center", ncols=2)

    return figure(draw, "N07: the delta of an output under two losses", "Under the squared error it is small where the output is "
                  "most wrong; under the cross-entropy it is largest there")
