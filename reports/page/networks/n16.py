"""N16: where the two printed runs part and what does not part them, and when the columns of the weight gradient are equal."""

import numpy as np

from nnparity import reference_impl
from nnparity.cases.case import Case
from nnparity.cases.documents.n16 import layer
from nnparity.cases.documents.tables import LANES, ROUNDED
from nnparity.reports.page.networks.n15 import apart_picture, listed, of_every_framework
from nnparity.reports.page.networks.shown import Seen, Shown, path_of
from nnparity.reports.page.plots import COLOURS, figure, whole_numbers


def shown(seen: Seen) -> Shown:
    first, second = (path_of(layer("n16", training)) for training in (ROUNDED, LANES))
    case = layer("n16-loss-alone")
    alone = case.replaced(cotangents={"y": np.zeros((1, 1)), "loss": np.ones(())})
    pre = pre_activations(case, second)
    alive = pre > 0
    deaths = [int((~alive[:, i]).argmax()) for i in np.flatnonzero(~alive.all(0))]
    apart = int((first["loss"] != second["loss"]).argmax())
    x, deltas = case.inputs["x"], 2 * np.sqrt(second["loss"])[:, None] * alive
    alike = sum(np.array_equal(x.T @ delta[None], np.outer(x, delta)) for delta in deltas)
    notes = (
        f"The losses of the two runs part at step {apart}: {first['loss'][apart]:.10f} and {second['loss'][apart]:.10f}. The "
        f"two forms of the weight gradient, x δᵀ and numpy.outer, are the same to the last bit at {alike} of {len(deltas)} "
        "steps: one product an element. With the dot product rounded to float32 either form gives the first table, without it "
        "the second. The last digit of the second run also depends on the order in which the four terms are added: found by "
        "trying several orders, two at a time gives all ten printed losses, one after the other three of them.",
        f"Neurons die at steps {' and '.join(map(str, deaths))}, counted from 0 as the document does, and "
        f"{int(alive[-1].sum())} of {alive.shape[1]} is left. So the columns of the weight gradient are equal for the first "
        f"{min(deaths)} steps alone: from then on a dead neuron's is zero. With another loss they differ from the start: with "
        f"upstream gradients 1, 2 and 3 their first entries are {listed(columns_of_another_loss(alone))}.",
        f"The gradient by the inputs at the start is Wᵀδ = {listed(reference_impl.run(alone).grads['x'].ravel())}: 2 y = "
        f"{2 * second['loss'][0] ** 0.5:.10g} times the sums of the neurons' weights for each input.")
    moved = apart_picture("N16: how far the losses of the two runs are apart", second["loss"], first["loss"])
    return Shown(notes, (*of_every_framework(seen), dying(pre), moved))


def pre_activations(case: Case, path) -> np.ndarray:
    """z of every neuron before each step, (steps, neurons)."""
    kernels = np.concatenate([case.params["layer/kernel"][None], path["layer/kernel"][:-1]])
    biases = np.concatenate([case.params["layer/bias"][None], path["layer/bias"][:-1]])
    return (case.inputs["x"] @ kernels)[:, 0] + biases


def columns_of_another_loss(case: Case) -> np.ndarray:
    """The first row of dL/dW where L = a₁ + 2 a₂ + 3 a₃ instead of the square of the sum."""
    another = case.replaced(network=case.network[:1], loss=None, inputs={"x": case.inputs["x"]}, constants=frozenset(),
                            cotangents={"y": np.array([[1.0, 2.0, 3.0]])})
    return reference_impl.run(another).grads["layer/kernel"][0]


def dying(pre: np.ndarray, steps: int = 40):
    def draw(made):
        axes = made.subplots()
        for i, (z, colour) in enumerate(zip(pre[:steps].T, COLOURS), start=1):
            axes.plot(np.arange(len(z)), z, "o-", color=colour, markersize=3, linewidth=1.4, label=f"neuron {i}")
        axes.axhline(0, color=COLOURS[5], linewidth=1)
        axes.set(xlabel="step", ylabel="pre-activation z")
        whole_numbers(axes)
        axes.legend()

    return figure(draw, "N16: two of the three neurons die", f"Pre-activations of three neurons over {steps} steps; a neuron "
                  "below 0 has no gradient and stays where it is")
