"""N14: what the clip of the probabilities does to the gradient, and what the document's own weights leave to see."""

import numpy as np

from nnparity import reference_impl
from nnparity.cases.documents.n14 import n14_case
from nnparity.reference_impl.losses import LOSSES
from nnparity.reports.page.networks.shown import Seen, Shown
from nnparity.reports.page.plots import COLOURS, figure

CLIP = 1e-7


def shown(_seen: Seen) -> Shown:
    case = n14_case("document", "sparse", 450, "what the document's weights leave to see", exempt="biases of zero",
                    weights=lambda rng, shape: 0.01 * rng.standard_normal(shape), biases=lambda _, shape: np.zeros(shape))
    outputs = reference_impl.run(case).outputs
    y, K = outputs["y"], outputs["y"].shape[1]
    notes = (
        f"With weights of 0.01 times normal numbers every probability lies between {y.min():.5f} and {y.max():.5f}, that is at "
        f"1/{K}, and the loss is {float(outputs['loss']):.6f}, that is log {K} = {np.log(K):.6f}: a network that has not begun "
        "to learn, on which a wrong softmax or a wrong loss hardly shows. The generic cases have larger weights.",
        f"The clip bounds the loss: a probability of exactly 0 costs {slope_at(0.0)[0]:.4f} and not infinity, one of exactly 1 "
        f"costs {slope_at(1.0)[0]:.1e} and not nothing. Beyond its bounds the loss is flat, so that its gradient by the "
        f"probability falls from {slope_at(CLIP)[1]:.3g} to {abs(slope_at(CLIP / 2)[1]):.0f}: the example that is wrong most "
        "surely teaches nothing. Clipped probabilities suit a number that is printed; for the gradient, softmax and "
        "cross-entropy in one give (a - t) / N, without a clip and without a division by a.")
    return Shown(notes, (clip_picture(),))


def slope_at(a: float) -> tuple[float, float]:
    """The document's loss of one example whose true class has the probability `a` of two, and its derivative by that."""
    outputs, pull = LOSSES["categorical_cross_entropy"]({}, {"x": np.array([[a, 1 - a]]), "target": np.array([[1.0, 0.0]])},
                                                        clip="probability")
    return float(outputs["y"]), float(pull({"y": np.ones(())})["x"][0, 0])


def clip_picture():
    probability = np.geomspace(1e-10, 1, 400)
    loss, slope = np.transpose([slope_at(a) for a in probability])

    def draw(made):
        left, right = made.subplots(1, 2)
        left.plot(probability, -np.log(probability), "--", color=COLOURS[5], linewidth=1.2, label="-log a")
        left.plot(probability, loss, color=COLOURS[0], linewidth=2.2, label="clipped, as in the document")
        right.plot(probability, 1 - probability, "--", color=COLOURS[5], linewidth=1.2, label="without a clip")
        right.plot(probability, -slope * probability * (1 - probability), color=COLOURS[1], linewidth=2.2,
                   label="through the clip")
        left.set(xlabel="probability a of the true class", ylabel="loss", xscale="log")
        right.set(xlabel="probability a of the true class", ylabel="-dL/dz of the true class", xscale="log")
        for axes in (left, right):
            axes.axvline(CLIP, color=COLOURS[3], linewidth=1, linestyle=":")
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)

    return figure(draw, "N14: the clip at 1e-7 bounds the loss and cuts the gradient", "Left the loss of one example over the "
                  "probability of its true class: beyond the clip it is flat. Right its gradient by the logit, which should be "
                  "1 - a and is 0 beyond the clip.", width=9.0)
