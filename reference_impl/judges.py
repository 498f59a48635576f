"""Judges of a hand-derived gradient that need no framework.

The complex step: for an analytic f, Im f(a + i·ε) / ε = f'(a) exactly to rounding, since nothing is subtracted. It runs on
the production forward pass, which is why every forward takes complex128. Source: Squire and Trapp 1998, SIAM Review 40(1).
"""

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl.reference import RIGHT

STEP = 1e-30  # far below rounding: ε² vanishes beside 1
CHUNK = 512  # perturbed copies of the network that are run as one


def complex_step(case: Case, world=RIGHT) -> Result:
    """The answer of the case in float64 with every gradient taken element by element by the complex step."""
    case = case.astype("float64")
    outputs = world.forward(case, case.params, case.inputs)
    grads = {name: np.empty_like(a) for name, a in case.differentiable.items()}
    whole = everything(case)
    for name, grad in grads.items():
        for start in range(0, grad.size, CHUNK):
            elements = np.arange(start, min(start + CHUNK, grad.size))
            grad.flat[elements] = _derivatives(whole, name, elements, world)
    return Result(outputs=case.returned(outputs), grads=grads, built="complex step on the reference's forward pass")


def everything(case: Case) -> Case:
    """The case with every output that has a cotangent, asked for or not."""
    return case.replaced(left=case.left - case.cotangents.keys()) if case.left & case.cotangents.keys() else case


def _derivatives(case, name, elements, world):
    """d(Σ cotangent·output) / d(array `name`) at the flat `elements`, all in one forward pass over a leading axis."""
    def stacked(key, a):
        copies = np.broadcast_to(a, (len(elements), *a.shape))
        if key == name:
            copies = copies.astype(complex)
            copies.reshape(len(elements), -1)[np.arange(len(elements)), elements] += 1j * STEP
        return copies

    outputs = world.forward(case, {k: stacked(k, a) for k, a in case.params.items()},
                            {k: stacked(k, a) for k, a in case.inputs.items()})
    slope = 0
    for key, cotangent in case.cotangents.items():
        slope = slope + (outputs[key].imag * cotangent).reshape(len(elements), -1).sum(1)
    return slope / STEP


def along_a_line(case: Case, seed: int = 0, world=RIGHT) -> float:
    """d/ds of Σ cotangent·output along one random direction of all arrays at once: one forward pass, any size.

    Right gradients g satisfy Σ g·v = this to rounding. Returns the derivative; `direction(case, seed)` gives v.
    """
    case = everything(case.astype("float64"))
    v = direction(case, seed)
    params = {k: a + 1j * STEP * v[k] for k, a in case.params.items()}
    inputs = {k: a + 1j * STEP * v[k] if k in v else a for k, a in case.inputs.items()}
    outputs = world.forward(case, params, inputs)
    return float(sum(np.vdot(cotangent, outputs[k].imag) for k, cotangent in case.cotangents.items())) / STEP


def direction(case: Case, seed: int = 0) -> dict[str, np.ndarray]:
    """A random direction in the space of everything that takes a gradient."""
    rng = np.random.default_rng(seed)
    return {k: rng.standard_normal(a.shape) for k, a in case.differentiable.items()}
