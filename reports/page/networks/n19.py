"""N19: the loop with momentum and its four deltas, and how near the one that should not train comes to a cross-entropy's."""

import math
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from nnparity.cases.documents import n19
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reference_impl.network import forward
from nnparity.reports.page.networks.shown import Seen, Shown, trainings
from nnparity.reports.page.plots import COLOURS, figure

STEPS, EXAMPLES = 300, 200
DELTAS = {"the right delta": "", "softmax of the outputs (K38)": "softmax-softmax-of-outputs",
          "rows summed (K36)": "softmax-jacobian-rows-summed", "as posted (K37)": "softmax-loop-variable-reused"}


@dataclass(frozen=True)
class Learnt:
    """Along a training: the loss before each step, and the outputs (steps, examples, classes) after it."""

    loss: np.ndarray
    outputs: np.ndarray

    def right(self, target: np.ndarray) -> float:
        """The share of the examples whose largest output is their class in the end."""
        return float((self.outputs[-1].argmax(1) == target.argmax(1)).mean())


def shown(seen: Seen) -> Shown:
    learnt = {label: learn(plant(MISTAKES[id]) if id else RIGHT) for label, id in DELTAS.items()}
    target = n19.training(1, EXAMPLES).inputs["target"]
    right, second, zero, posted = learnt.values()
    a = second.outputs
    s = np.exp(a) / np.exp(a).sum(-1, keepdims=True)
    slope = s * (1 - s)
    low, high = (v / (n19.CLASSES - 1 + math.e) for v in np.exp([0, 1]))
    angles = cosines(slope * (a - target), a - target)
    exact = cosines(a * (a - target - ((a - target) * a).sum(-1, keepdims=True)), a - target)
    classes = n19.CLASSES
    notes = (
        f"For {classes} classes s = softmax(a) of any softmax outputs a lies from {low:.4f} to {high:.4f}, so s (1 - s) from "
        f"{low * (1 - low):.3f} to {high * (1 - high):.3f}; along the training it is {slope.min():.3f} to {slope.max():.3f}. The "
        f"cosine between the delta s (1 - s) (a - t) and a - t, that of a cross-entropy, is never below {angles.min():.3f} "
        f"there; that of the squared error's right delta, at the same outputs, falls to {exact.min():.2f}.",
        f"The loop with momentum on {EXAMPLES} made pictures of {classes} classes, {STEPS} steps, share right in the end: "
        + "; ".join(f"{label} {one.right(target):.0%}" for label, one in learnt.items())
        + f". Rows summed leave the loss at {zero.loss[-1]:.4f}, where it began ({zero.loss[0]:.4f}); the posted delta takes "
          f"it from {posted.loss[0]:.3f} to {posted.loss[-1]:.3f}; the right one to {right.loss[-1]:.4f}, "
          f"K38 to {second.loss[-1]:.4f}.")
    return Shown(notes, (learning(learnt), *trainings(seen).pictures))


def learn(world: World) -> Learnt:
    case = n19.training(STEPS, EXAMPLES)
    with np.errstate(all="ignore"):
        path = world.run(case).outputs
        outputs = [forward(case, {name: path[name][step] for name in case.params}, case.inputs)[0]["y"] for step in range(STEPS)]
    return Learnt(path["loss"], np.stack(outputs))


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Between the deltas (examples, classes) of each step."""
    return (a * b).sum((1, 2)) / np.linalg.norm(a, axis=(1, 2)) / np.linalg.norm(b, axis=(1, 2))


def learning(learnt: dict[str, Learnt]) -> Markup:
    def draw(made):
        axes = made.subplots()
        for (label, one), colour in zip(learnt.items(), COLOURS):
            axes.plot(np.arange(1, STEPS + 1), one.loss, color=colour, linewidth=1.8, label=label)
        axes.set(xlabel="step", ylabel="half squared error, mean (logarithmic)", yscale="log", xlim=(0, STEPS))
        made.legend(loc="outside right upper")

    return figure(draw, "N19: the loop with momentum and its four deltas", "; ".join(
        f"{label}: loss from {one.loss[0]:.3f} to {one.loss[-1]:.3g}" for label, one in learnt.items()), width=9.0)
