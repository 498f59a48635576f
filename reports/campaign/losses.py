"""Losses at the end of a random chain: every convention and reduction, with the head that makes their prediction one.

`target` says how the target is drawn: "numbers", "labels" (0 and 1), "fractions" (soft labels), "classes" (class numbers),
"one_hot" or "distribution".
"""

from nnparity.cases.case import Layer
from nnparity.reference_impl.losses.reduction import OVER_ELEMENTS, OVER_EXAMPLES
from nnparity.reports.campaign.geometry import Link, Misfit, Shape
from nnparity.reports.campaign.options import chance, pick

# inputs and weights that no chain here drives to a probability of exactly 0 or 1, where a loss without clip is infinite
GENTLE = ("normal", "uniform", "tokens")
KINDS = ("squared_error", "squared_error", "binary_cross_entropy", "categorical_cross_entropy", "softmax_cross_entropy")


def drawn(rng, y: Shape, inputs: str, weights: str) -> tuple[Layer, str, tuple[Link, ...]]:
    """(loss, kind of target, layers that must stand before it) for a prediction of shape y. Raises Misfit without classes."""
    kind = pick(rng, KINDS if len(y) <= 3 and y[-1] > 1 else KINDS[:3])
    axes = {"axes": len(y)} if len(y) != 2 else {}
    gentle = inputs in GENTLE and weights != "trained"
    reductions = OVER_ELEMENTS if kind in KINDS[:3] else OVER_EXAMPLES
    config = {**axes, "reduction": "mean" if chance(rng, 0.4) else pick(rng, reductions)}
    if kind == "squared_error":
        return Layer(kind, "", {**config, "scale": pick(rng, ("full", "half"))}), "numbers", ()
    if kind == "binary_cross_entropy":
        target = pick(rng, ("labels", "labels", "fractions"))
        if chance(rng, 0.5):
            return Layer(kind, "", {**config, "prediction": "logits"}), target, ()
        clip = pick(rng, ("probability", "probability", "log", *(("none",) if gentle else ())))
        return Layer(kind, "", {**config, "clip": clip}), target, (head("sigmoid"),)
    target = pick(rng, ("one_hot", "classes", "distribution"))
    config["labels"] = "sparse" if target == "classes" else "one_hot"
    if kind == "softmax_cross_entropy":
        return Layer(kind, "", config), target, ()
    form = {"clip": "probability", "normalise": pick(rng, ("none", "before_clip", "after_clip"))}
    if gentle and chance(rng, 0.5):
        form["clip"] = "none"
    return Layer(kind, "", {**config, **form}), target, (head("softmax"),)


def head(function: str) -> Link:
    return Link(kind="activation", name="head", config={"function": function})


def fits(loss: Layer, target: str, x: Shape):
    """Raises Misfit where a prediction of shape x is none for this loss."""
    if loss.config.get("axes", 2) != len(x):
        raise Misfit(f"the loss reduces {loss.config.get('axes', 2)} axes, the prediction has {len(x)}")
    if target in ("classes", "one_hot", "distribution") and x[-1] < 2:
        raise Misfit("a choice needs two classes")


def shape(loss: Layer, x: Shape) -> Shape:
    """The shape of the loss of a prediction of shape x."""
    per_example = loss.kind in ("categorical_cross_entropy", "softmax_cross_entropy")
    return {"none": x[:-1] if per_example else x, "per_class": x[-1:]}.get(loss.config["reduction"], ())
