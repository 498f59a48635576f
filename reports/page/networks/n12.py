"""N12: saturation by inputs that are not scaled, and the training from several starts, unscaled and scaled."""

import numpy as np

from nnparity.cases.documents import n12
from nnparity.reference_impl.network import forward
from nnparity.reports.page.networks.shown import Seen, Shown, path_of, trainings
from nnparity.reports.page.plots import COLOURS, figure
from nnparity.reports.verdicts.troubles import saturated_fraction

PASSES, SEEDS = 50, (442, 443, 444, 445)
SCALES = {"as they are": 1.0, "divided by 100": 1 / 100}


def shown(seen: Seen) -> Shown:
    """Fifty examples, one at a time at rate 1, from four starts."""
    curves = {words: [right_after_each_pass(n12.training(scale, PASSES, seed)) for seed in SEEDS]
              for words, scale in SCALES.items()}
    ends = {words: [curve[-1] for curve in of_seeds] for words, of_seeds in curves.items()}
    unscaled, scaled = (np.mean([saturated_fraction(n12.training(scale, seed=seed), layer=0) for seed in SEEDS])
                        for scale in SCALES.values())
    notes = (f"The gradients agree to the last digits: the backpropagation is right. {unscaled:.0%} of the hidden units' "
             f"derivatives are below 0.01 with inputs from 0 to 100, {scaled:.0%} with inputs divided by 100.",
             f"After {PASSES} passes from {len(SEEDS)} starts, " + ", ".join(
                 f"{min(right):.0%} to {max(right):.0%} of the {n12.EXAMPLES} examples are right with inputs {words}"
                 for words, right in ends.items()) + ".")

    def draw(made):
        axes = made.subplots()
        for (words, of_seeds), colour in zip(curves.items(), COLOURS[1::-1]):
            for i, curve in enumerate(of_seeds):
                axes.plot(range(1, PASSES + 1), curve, color=colour, linewidth=1.2, label="" if i else f"inputs {words}")
        axes.set(xlabel="pass over the data", ylabel="examples told right", ylim=(0, 1.02))
        axes.legend(loc="lower right")

    return Shown(notes, (figure(draw, "N12: examples told right after each pass", "; ".join(
        f"inputs {words}: {min(right):.2f} to {max(right):.2f} at the end" for words, right in ends.items())),
        *trainings(seen).pictures))


def right_after_each_pass(case) -> list[float]:
    path, wanted = path_of(case), case.inputs["target"] > 0.5
    return [float(((forward(case, {name: path[name][step] for name in case.params}, case.inputs)[0]["y"] > 0.5) == wanted).mean())
            for step in range(n12.EXAMPLES - 1, len(path["loss"]), n12.EXAMPLES)]
