"""N05: what is left of the momentum."""

from dataclasses import replace

import numpy as np

from nnparity.cases.case import Case, Training
from nnparity.cases.documents import n05
from nnparity.reference_impl import RIGHT, World
from nnparity.reports.page.networks.shown import Seen, Shown, planted, trainings
from nnparity.reports.page.plots import loss_curves

PASSES = 60
LISTING = ("training-state-lost", "training-passes-counted-late")
# velocities of the weights that carry over (K14 and K16 repaired), and all else as it is
REPAIRED = ("corrected-momentum-correction-stored", "training-passes-counted-late")


def longer(case: Case) -> tuple[Case, Training, int]:
    """N05 over PASSES passes, its training, and the number of examples."""
    if case.training is None:
        raise ValueError(f"{case} is no training")
    examples = len(case.training.batches)
    training = replace(case.training, steps=PASSES * examples)
    return case.replaced(training=training), training, examples


def shown(seen: Seen) -> Shown:
    case, training, examples = longer(n05.training())
    beta, rate = training.config["beta"], training.rate(0)
    falling = [(1 - beta) / (1 - beta ** (epoch + 2)) for epoch in range(PASSES)]
    plain = case.replaced(training=replace(training, optimizer="sgd", config={}, learning_rates=tuple(
        rate * falling[step // examples] for step in range(training.steps))))
    right, listing, same = (world.run(asked).outputs for world, asked in (
        (RIGHT, case), (planted(*LISTING), case), (RIGHT, plain)))
    apart = max(float(np.abs(listing[name] - same[name]).max()) for name in case.params)
    notes = (
        f"The listing's step is η (1 - β) / (1 - β^(epoch + 1)) times the gradient: plain gradient descent at {falling[0]:.3f} η "
        f"in the first pass, {falling[1]:.3f} η in the second, and {falling[-1]:.3f} η in the end, towards 1 - β = "
        f"{1 - beta:.3f}. Over {PASSES} passes the weights of the two differ by {apart:.0e} at most.",
        blown_up(planted(*REPAIRED), case, beta))
    curves = {name: path["loss"].reshape(PASSES, examples).mean(1)
              for name, path in (("momentum, right", right), ("the listing", listing))}
    curves["gradient descent at η"] = RIGHT.run(case.replaced(training=replace(training, optimizer="sgd", config={}))).outputs[
        "loss"].reshape(PASSES, examples).mean(1)
    return Shown(notes, (*trainings(seen).pictures,
                         loss_curves(f"N05 over {PASSES} passes", curves, step="pass", loss="mean loss of the pass")))


def blown_up(world: World, case: Case, beta: float) -> str:
    """What happens where the velocity carries over and the rest stays as it is."""
    with np.errstate(all="ignore"):
        path = world.run(case).outputs
    largest = np.max([np.abs(path[name]).reshape(len(path["loss"]), -1).max(1) for name in case.params], axis=0)
    beyond = np.flatnonzero(~(largest < 100))
    grows = f"weights are beyond 100 after {beyond[0] + 1} updates" if beyond.size else "weights stay below 100"
    return (f"Repairing K14 and K16 alone makes it worse: a velocity that is kept corrected grows by β / (1 - β^(epoch + 1)) "
            f"from update to update, a factor of {beta / (1 - beta**2):.1f} in the first pass, and the {grows}.")
