"""What is left where a loop ends too early, or keeps its last pass alone: the gradients of one example, window or channel.

A family, closed: the first and the last of each axis, for every array that a convolution or a pooling layer sends back. Those
that other entries are about already are in TOLD.
"""

from nnparity.reference_impl.mistakes.entries.convolution import backward as of_convolution
from nnparity.reference_impl.mistakes.entries.convolution_backward import (
    BIAS_GRADIENT,
    D_BIAS,
    DX,
    INPUT,
    KERNEL,
    TO_INPUT,
    TO_KERNEL,
)
from nnparity.reference_impl.mistakes.entries.pooling import AVERAGE, MAX, MAX_DY, ROUTED, SHARE, SPREAD
from nnparity.reference_impl.mistakes.entries.pooling import backward as of_pooling

PLACES = {"first": ("{} == 0", "a return, or a break, inside the loop"),
          "last": ("{0} == {0}.max()", "an assignment where += belongs, or a line behind the loop instead of in it")}
TOLD = {("kernel", "last", "example"), ("kernel", "last", "position"), ("bias", "last", "example"), ("bias", "last", "position"),
        ("input", "last", "filter")}


def some(gradient: str, index: str, which: str) -> str:
    """The formula, its sum over an axis cut down to one of its places."""
    place = "0" if which == "first" else r"\text{last}"
    return rf"{gradient} \; [{index} = {place}]"


# --------------------------------------------------------------------------------------------------------------- convolution

PARTS = {"kernel": (KERNEL, (TO_KERNEL,)), "input": (INPUT, (TO_INPUT,)), "bias": (BIAS_GRADIENT, (D_BIAS,)),
         "": (KERNEL, (TO_KERNEL, TO_INPUT, D_BIAS))}
AXES = {"example": ("np.arange(B)[:, None, None, None]", "b"), "position": ("np.arange(P)", "p"),
        "filter": ("np.arange(F).reshape(groups, -1, 1)", "o")}


def convolved(part: str, which: str, axis: str):
    formula, lines = PARTS[part]
    indices, letter = AXES[axis]
    condition, reason = PLACES[which]
    what = f"{part} gradient" if part else "all gradients"
    return of_convolution(
        id=f"{part or 'all'}-{which}-{axis}-only", title=f"{what} of the {which} {axis} only",
        edit=DX.then(f"one = np.where({condition.format(indices)}, da, 0)"),
        also=tuple(line.replacing("(da[part]" if line is TO_KERNEL else "da[part]" if line is TO_INPUT else "da.sum",
                                  "(one[part]" if line is TO_KERNEL else "one[part]" if line is TO_INPUT else "one.sum")
                   for line in lines),
        symptom=f"What the other {axis}s send back is lost: {reason}.",
        fix=f"Go through every {axis}, and add.",
        correct=formula, mistaken=some(formula, letter, which), needs="batch" if axis == "example" else "",
        blind=("nobias",) if part == "bias" else ())


CONVOLUTION = tuple(convolved(part, which, axis) for part in PARTS for axis in AXES for which in PLACES
                    if (part, which, axis) not in TOLD)

# ------------------------------------------------------------------------------------------------------------------- pooling

SPOTS = {"example": ("np.arange(len(y)).reshape(-1, 1, *(1,) * axes)", "b"),
         "channel": ("np.arange(y.shape[1]).reshape(-1, *(1,) * axes)", "c"),
         "window": ("np.arange(y[0, 0].size).reshape(y.shape[-axes:])", "p")}


def pooled(kinds: tuple[str, ...], which: str, axis: str):
    indices, letter = SPOTS[axis]
    condition, reason = PLACES[which]
    kept = f'np.where({condition.format(indices)}, cotangents["y"], 0)'
    line, formula = (MAX_DY, ROUTED) if kinds is MAX else (SHARE, SPREAD)
    return of_pooling(
        id=f"{'max' if kinds is MAX else 'average'}-{which}-{axis}-only",
        title=f"gradient of the {which} {axis} only ({'maximum' if kinds is MAX else 'average'})",
        edit=line.replacing('cotangents["y"]', kept),
        symptom=f"What the other {axis}s send back is lost: {reason}.",
        fix=f"Go through every {axis}, and add.",
        correct=formula, mistaken=some(formula, letter, which), kinds=kinds,
        blind=tuple(f"{kind}-global" for kind in kinds) if axis == "window" else ())


POOLING = tuple(pooled(kinds, which, axis) for kinds in (MAX, AVERAGE) for axis in SPOTS for which in PLACES)

MISTAKES = CONVOLUTION + POOLING
