"""N10: the document's Keras lines, and both conventions of the update gate side by side."""

import numpy as np
from markupsafe import Markup, escape

from nnparity import reference_impl
from nnparity.cases import named
from nnparity.cases.documents.n10 import SNIPPET
from nnparity.reports.page.networks.shown import Seen, Shown
from nnparity.reports.page.plots import figure, whole_numbers

STEPS = 12


def shown(seen: Seen) -> Shown:
    del seen  # the layer itself, asked more steps
    case = named("gru-n10-float64").replaced(golden=(), inputs={"x": np.ones((1, STEPS, 1)), "h0": np.zeros((1, 1))},
                                             cotangents={"y": np.ones((1, STEPS, 1)), "h_n": np.ones((1, 1))})
    h = {update: reference_impl.run(case.configured(update=update)).outputs["y"].ravel() for update in ("keep", "replace")}
    note = (f"The first states are {h['keep'][0]:.8f} and {h['keep'][1]:.8f} where z keeps the old state, "
            f"{h['replace'][0]:.4f} and {h['replace'][1]:.4f} where z replaces it: the calculation by "
            "hand. Built from initial values as in the document, Keras gives the first pair, in float32: the lines below, which "
            "a test runs.")

    def draw(made):
        axes = made.subplots()
        for (update, states), style in zip(h.items(), ("o-", "s--"), strict=True):
            label = {"keep": "z keeps the old state (Keras, PyTorch)", "replace": "z replaces it (by hand)"}[update]
            axes.plot(range(1, STEPS + 1), states, style, label=label)
        axes.set(xlabel="time step", ylabel="state h", ylim=(0, 1))
        whole_numbers(axes)
        axes.legend(loc="lower right")

    lines = Markup(f"<details open><summary>Paste and run</summary><pre><code>{escape(SNIPPET)}</code></pre></details>")
    return Shown((note,), (figure(draw, "N10: the state under both conventions of the update gate",
                                  f"Over {STEPS} steps of input one, from {h['keep'][0]:.2f} and {h['replace'][0]:.2f}"), lines))
