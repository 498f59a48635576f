"""N08 over all of its 60,000 steps, and with the hidden delta that the asker proposes."""

from nnparity import reference_impl
from nnparity.cases.documents import n08
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reference_impl.network import forward
from nnparity.reports.page.networks.shown import Seen, Shown, path_of, trainings
from nnparity.reports.page.plots import loss_curves

PROPOSED, PROPOSED_STEPS = "dense-through-weight-gradient", 5_000


def shown(seen: Seen) -> Shown:
    case, short = n08.training(60_000), n08.training(PROPOSED_STEPS)
    path, proposed = path_of(case), reference_impl.run(short, plant(MISTAKES[PROPOSED])).outputs

    def answers(path):
        y = forward(case, {name: path[name][-1] for name in case.params}, case.inputs)[0]["y"].ravel()
        return ", ".join(f"{v:.4f}" for v in y)

    notes = (f"After 60,000 steps the loss is {path['loss'][-1]:.2g} and the four outputs are {answers(path)} for targets "
             "0, 1, 1, 0: it learns XOR.",
             f"With the asker's hidden delta the loss is still {proposed['loss'][-1]:.2g} after {PROPOSED_STEPS:,} steps, where "
             f"the listing's is {path['loss'][PROPOSED_STEPS - 1]:.2g}, and the outputs are {answers(proposed)}.")
    curves = {"listing": path["loss"], "the asker's hidden delta": proposed["loss"]}
    return Shown(notes, (loss_curves("N08 over all 60,000 steps", curves), *trainings(seen).pictures))
