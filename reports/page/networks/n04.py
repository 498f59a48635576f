"""N04: the derivative that hidden layers use beside the one they have."""

import numpy as np

from nnparity.cases.documents import n04
from nnparity.reference_impl import RIGHT
from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reports.page.networks.shown import Seen, Shown, alike, planted
from nnparity.reports.page.plots import figure


def shown(_seen: Seen) -> Shown:
    world, found = planted("chain-derivative-of-argument-sigmoid"), []
    for case in n04.CASES:
        if case.dtype == "float64":
            right, listing = RIGHT.run(case).grads, world.run(case).grads
            cosine = alike(right["dense_1/kernel"], listing["dense_1/kernel"])
            found.append(f"{cosine:+.2f} ({case.network[0].config['activation']})")
    elu = next(case for case in n04.CASES if case.name == "n04-mlp-float64-elu")
    first, at_output = (w.run(elu).grads["dense_1/kernel"] for w in (RIGHT, planted("activation-elu-at-output")))
    off = np.linalg.norm(at_output - first) / np.linalg.norm(first)
    notes = (
        f"Called without the argument, the listing's gradient of the first layer has these cosines with the right one: "
        f"{', '.join(found)}. Only a network of sigmoids is trained as it should be.",
        f"With the argument told, ELU's derivative at the wrong point remains: exp(a) lies between 1/e and 1 where exp(z) goes "
        f"to zero. The first layer's gradient is then off by {off:.0%} of its size.")
    return Shown(notes, (derivatives(),))


def derivatives():
    """f'(z) of each activation, what the listing's own formula gives for it, and a (1 - a) of its output."""
    z = np.linspace(-3, 3, 241)

    def draw(made):
        for axes, name in zip(made.subplots(1, 4, sharey=True), ("tanh", "relu", "elu", "leaky_relu")):
            a, vjp = ACTIVATIONS[name](z)
            axes.plot(z, vjp(np.ones_like(z)), linewidth=2.2, label="f'(z)")
            axes.plot(z, a * (1 - a), "--", linewidth=1.6, label="a (1 - a): the default (K13)")
            if name == "elu":
                axes.plot(z, np.where(a > 0, 1, np.exp(a)), ":", linewidth=1.6, label="ELU at the output: exp(a) (K12)")
            axes.set(title=name, xlabel="z", ylim=(-2.2, 1.2), xticks=(-2, 0, 2))
        made.legend(*made.axes[2].get_legend_handles_labels(), loc="outside lower center", ncols=3)

    return figure(draw, "N04: the derivative of four activations, and what hidden layers use by default",
                  "a (1 - a) of the node's output is negative below zero for all but ReLU, and above one for all but tanh",
                  width=9.0)
