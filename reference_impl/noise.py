"""How much rounding alone moves every element of an answer: the yardstick that agreement is measured with.

The network is run in float64 on arrays of a kind, `Rounded`, that moves the result of every operation at random by what
rounding in the case's precision could do to it (u is drawn from (-1, 1) for every element, ε is the case's epsilon):

    r = f(a, b)     moved by  ε u |r|                                  an elementwise operation: up to one unit in the last place
    r = exp a       moved by  2 ε u |r|                                a function of a library: good to a few units
    S = Σ t_j       moved by  ε u √(k (S²/3 + Q/6) + Q),  Q = Σ t_j²   a sum of k terms, or of k products

A result below the precision's smallest normal number is zero in half of the draws: a library flushes it, or does not.
The third line is the first, summed over the partial sums S_j of the terms in a random order, for which
Σ_j E[S_j²] = k (S²/3 + Q/6), and over the k products: what a library's own order of summation gives is one draw from it.
(√k Σ|t_j|, the form that knows no order at all, is 240 times as much for the kernel gradient of a convolution over 57,600
positions.) Nothing that is exact is moved: inputs, signs, comparisons, maxima, selections, copies.

What comes back differs from the unmoved answer by a draw of the rounding errors of any implementation that computes the
same formula in any order. Moves of the size of ε decide comparisons as rounding does: where a ReLU's pre-activation or two
cells of a pooling window lie within rounding of each other, some draws take the other branch. Draws with moves of WIDE · ε
see those kinks that the small moves met by luck only: an element whose difference does not grow with the move, but jumps, is
allowed the jump.

    noise_i = max( max_draws |d_i(ε)| / ε,  max_draws |d_i(WIDE ε)| / (WIDE ε) )      in units of ε
    noise_i = max_draws |d_i(WIDE ε)| / 2ε                                    where that is a jump

Source of the idea: Monte Carlo arithmetic (Parker 1997), CESTAC (Vignes 1974).
"""

from functools import cache

import numpy as np

from nnparity.cases.case import Arrays, Case, Result
from nnparity.reference_impl.reference import RIGHT, World
from nnparity.reference_impl.rounded import Moves, rounded

DRAWS, WIDE_DRAWS = 4, 1  # the first look
MORE, WIDE_MORE = 44, 15  # in addition, where an answer lies a little beyond what the first look allows
WIDE = 8
JUMP = 4  # times what a linear noise could be: then it is a jump


@cache
def rounding_noise(case: Case, world: World = RIGHT, thorough: bool = False) -> Result:
    """`measured_noise`, computed once for a case in a world."""
    return measured_noise(case, world, thorough)


def measured_noise(case: Case, world: World = RIGHT, thorough: bool = False) -> Result:
    """The noise of every output and gradient element of the case in a world, in units of the case's epsilon.

    A wrong formula in `world` has a noise of its own: it may be far larger where it divides or multiplies by what the right
    one does not, and a training that diverges magnifies rounding as it magnifies everything. `thorough` takes 64 draws in
    place of 5: the largest of few may be small by chance.
    """
    wide = case.astype("float64")
    eps = float(np.finfo(case.dtype).eps)
    with np.errstate(all="ignore"):
        exact = world.run(wide)
    tiny = float(np.finfo(case.dtype).tiny)
    narrow = [_draw(wide, world, Moves(eps, seed, tiny)) for seed in range(DRAWS + MORE * thorough)]
    jumpy = [_draw(wide, world, Moves(WIDE * eps, 1000 + seed, tiny)) for seed in range(WIDE_DRAWS + WIDE_MORE * thorough)]
    with np.errstate(all="ignore"):
        return Result(outputs=_noise(exact.outputs, [d.outputs for d in narrow], [d.outputs for d in jumpy], eps),
                      grads=_noise(exact.grads, [d.grads for d in narrow], [d.grads for d in jumpy], eps))


def _draw(case: Case, world: World, moves: Moves) -> Result:
    """One answer with every operation's result moved."""
    with np.errstate(all="ignore"):
        answer = world.run(case.replaced(params=rounded(case.params, moves), inputs=rounded(case.inputs, moves),
                                         cotangents=rounded(case.cotangents, moves)))
    return Result(outputs=_plain(answer.outputs), grads=_plain(answer.grads))


def _plain(arrays: Arrays) -> dict[str, np.ndarray]:
    return {name: np.asarray(a) for name, a in arrays.items()}


def _apart(draw: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|draw - b|; infinite where rounding alone decides whether, or what, there is a number."""
    with np.errstate(invalid="ignore"):
        same = (draw == b) | (np.isnan(draw) & np.isnan(b))
        numbers = np.isfinite(draw) & np.isfinite(b)
        return np.where(same, 0.0, np.where(numbers, np.abs(draw - b), np.inf))


def _furthest(draws: list[Arrays], name: str, b: np.ndarray) -> np.ndarray:
    """max over the draws of |draw - b|, element by element."""
    return np.max([_apart(draw[name], b) for draw in draws], axis=0)


def _noise(exact: Arrays, narrow: list[Arrays], jumpy: list[Arrays], eps: float) -> dict[str, np.ndarray]:
    """The noise_i of the module's equations, from draws with moves of ε and of WIDE ε."""
    found = {}
    for name, b in exact.items():
        small, large = _furthest(narrow, name, b) / eps, _furthest(jumpy, name, b) / eps
        # in float64 a small move may round to none: half a unit of the element is the least that counts
        least = np.maximum(np.abs(b) / 2, np.sqrt(np.mean(small**2)) / 4 if small.size else 0)
        linear = np.maximum(small, least)
        jumps = large > WIDE * JUMP * linear
        found[name] = np.where(jumps, np.maximum(small, large / 2), np.maximum(small, large / WIDE))
    return found
