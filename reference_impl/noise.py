"""How much rounding alone moves every element of an answer: the yardstick that agreement is measured with.

A network is run in float32 on copies of its arrays in which every number is moved by up to one unit in the last place,
cotangents included (a bias gradient is a sum of nothing else); what comes back differs from the float64 answer by the
rounding of the arrays and of every operation inside. Divided by the epsilon of float32 this is the noise of the network in
units of epsilon, and to first order the same in every precision.
"""

from functools import cache

import numpy as np

from cases.case import Case, Result
from reference_impl.world import RIGHT, World

SAMPLES = 8


@cache
def rounding_noise(case: Case, world: World = RIGHT) -> Result:
    """`measured_noise`, computed once for a case in a world."""
    return measured_noise(case, world)


def measured_noise(case: Case, world: World = RIGHT) -> Result:
    """The largest rounding error of every output and gradient element over the samples, in units of epsilon. A wrong formula
    in `world` has a noise of its own: it may be far larger where it divides or multiplies by what the right one does not, and
    a training that diverges magnifies rounding as it magnifies everything."""
    run = world.run
    single = case.astype("float32")
    exact = run(single.astype("float64"))
    eps = np.finfo("float32").eps
    rng = np.random.default_rng(0)

    def jitter(arrays):
        return {k: (a * (1 + rng.uniform(-eps, eps, a.shape))).astype("float32") if a.dtype.kind == "f" else a
                for k, a in arrays.items()}

    moved = [run(single.replaced(params=jitter(single.params), inputs=jitter(single.inputs),
                                 cotangents=jitter(single.cotangents))) for _ in range(SAMPLES)]

    def largest(kind):
        return {k: np.max([np.abs(getattr(m, kind)[k] - a) for m in moved], axis=0) / eps
                for k, a in getattr(exact, kind).items()}

    return Result(outputs=largest("outputs"), grads=largest("grads"))
