"""N18: its full width, and a smaller twin trained as posted and repaired step by step."""

from dataclasses import dataclass

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.documents.mlp import mlp_case, one_hot, uniform, zeros
from nnparity.cases.documents.n18 import CROSS_ENTROPY, FULL_WIDTHS, HALF_SQUARED, full_width
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.page.networks.shown import Seen, Shown
from nnparity.reports.page.plots import COLOURS, figure
from nnparity.reports.verdicts.troubles import dense_units

PIXELS, PICTURES, RATE, WINDOW = 196, 2500, 0.1, 300


def glorot(rng, shape):
    return rng.uniform(-1, 1, shape) * np.sqrt(6 / sum(shape))


@dataclass(frozen=True)
class Variant:
    """A network of 8/9 of the width at each of `hidden` layers, and how it is trained."""

    label: str
    hidden: int
    world: World = RIGHT
    loss: Layer = HALF_SQUARED
    weights: object = uniform(-10, 10)
    activation: str = "softmax"

    def case(self, x, target) -> Case:
        widths = [x.shape[1]]
        for _ in range(self.hidden):
            widths.append(max(10, int(widths[-1] * 8 / 9)))
        return mlp_case("n18-made", (*widths, 10), (*(self.activation,) * self.hidden, "softmax"), x=x[:1], target=target[:1],
                        loss=self.loss, weights=self.weights, biases=zeros, seed=1, network="N18", source="made pictures",
                        exempt="a training", catches="what the page shows")


def variants() -> tuple[Variant, ...]:
    posted = plant(MISTAKES["softmax-diagonal"], MISTAKES["chain-hidden-derivative-lost"])
    return (Variant("as posted, one hidden layer", 1, posted), Variant("as posted, two hidden layers", 2, posted),
            Variant("two, right gradients", 2, loss=CROSS_ENTROPY),
            Variant("two, and scaled weights", 2, loss=CROSS_ENTROPY, weights=glorot),
            Variant("two, and sigmoid in them", 2, loss=CROSS_ENTROPY, weights=glorot, activation="sigmoid"))


def shown(_seen: Seen) -> Shown:
    x, digits = made_pictures()
    right = {variant.label: learn(variant, x, digits) for variant in variants()}
    ends = "; ".join(f"{label} {r[-WINDOW:].mean():.0%}" for label, r in right.items())
    case = full_width()
    wide = case.replaced(params={name: 10 * a if name.endswith("kernel") else 0 * a for name, a in case.params.items()},
                         exempt="the document's initial values")
    weights = sum(a.size for a in case.params.values())
    (one_hot_like, *_), (largest, *_) = largest_probabilities(wide), largest_probabilities(case)
    notes = (
        f"The case n18-mlp-float64-full has the document's own widths, {' → '.join(map(str, FULL_WIDTHS))}, and asks for the "
        f"derivative by each of {weights:,} weights and biases. It is too large for a recording: every report asks the "
        f"frameworks anew. With the document's U(-10, 10) the first softmax gives {one_hot_like:.2f} to one of its "
        f"{FULL_WIDTHS[1]} units, on the average of the pictures; with U(-1, 1), which the case has, {largest:.2f}; even "
        f"shares would be {1 / FULL_WIDTHS[1]:.4f}.",
        f"Trained one picture at a time at the document's rate {RATE:g}, on {PICTURES:,} made pictures of ten classes with "
        f"{PIXELS} pixels (the document's data are not here), the share of the last {WINDOW} that is right: {ends}. The asker "
        "had about a half with one hidden layer and a tenth with more. A tenth is what guessing gives.")
    return Shown(notes, (learning(right),))


def largest_probabilities(case: Case) -> list[float]:
    """The largest activation of each layer, on the average of the examples."""
    return [float(units.activations.max(1).mean()) for units in dense_units(case)]


def made_pictures() -> tuple[np.ndarray, np.ndarray]:
    """x (examples, pixels) from 0 to 1 and classes: ten patterns of a fifth of the pixels, a tenth of them turned, greys."""
    rng = np.random.default_rng(0)
    patterns = rng.random((10, PIXELS)) < 0.2
    digits = rng.integers(0, 10, PICTURES)
    turned = rng.random((PICTURES, PIXELS)) < 0.1
    return (patterns[digits] ^ turned) * rng.uniform(0.5, 1, (PICTURES, PIXELS)), digits


def learn(variant: Variant, x: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """Whether each picture was told right before it was learnt from."""
    target = one_hot(digits, 10)
    case, world = variant.case(x, target), variant.world
    params, right = {name: a.copy() for name, a in case.params.items()}, []
    for i, digit in enumerate(digits):
        inputs = {"x": x[i:i + 1], "target": target[i:i + 1]}
        outputs, tape = world.network.forward(case, params, inputs, world.layers)
        right.append(outputs["y"].argmax() == digit)
        grads = world.network.backward(case, tape, {"y": np.zeros((1, 10)), "loss": np.ones(())})
        for name, a in params.items():
            a -= RATE * grads[name]
    return np.array(right)


def learning(right: dict[str, np.ndarray]):
    """The share that is right among the last pictures, along the training."""
    def draw(made):
        axes = made.subplots()
        for (label, r), colour in zip(right.items(), COLOURS):
            share = np.convolve(r, np.ones(WINDOW) / WINDOW, "valid")
            axes.plot(np.arange(WINDOW, len(r) + 1), share, color=colour, linewidth=1.8, label=label)
        axes.axhline(0.1, color=COLOURS[5], linewidth=1, linestyle=":")
        axes.set(xlabel="picture", ylabel=f"right among the last {WINDOW}", ylim=(0, 1.02), xlim=(0, PICTURES))
        made.legend(loc="outside right upper")

    return figure(draw, "N18: which repairs make it learn", "; ".join(f"{label}: {r[-WINDOW:].mean():.0%} right at the end"
                                                                      for label, r in right.items()), width=9.0)
