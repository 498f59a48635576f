"""Dropout with a given mask: randomness is an input.

    y = x ⊙ mask / (1 - rate)      scaling="inverted": PyTorch, Keras, JAX; y has the expectation of x, inference does nothing
    y = x ⊙ mask                   scaling="none": the original form, for which inference multiplies by 1 - rate

Layouts: x, mask, y of one shape, any leading axes. The mask is a constant, 1 where a unit is kept, 0 where it is dropped.
`rate` is the probability of dropping, in [0, 1). Source: Srivastava et al. 2014, JMLR 15.
"""

from nnparity.reference_impl.config import choice


def dropout(_params, inputs, *, rate, scaling="inverted"):
    """`({"y": ...}, vjp)`. Raises ValueError for a rate outside [0, 1) or an unknown scaling."""
    choice("dropout", "scaling", scaling, ("inverted", "none"))
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: rate={rate} is not in [0, 1)")
    factor = inputs["mask"] / (1 - rate) if scaling == "inverted" else inputs["mask"]
    return {"y": inputs["x"] * factor}, lambda cotangents: {"x": cotangents["y"] * factor}
