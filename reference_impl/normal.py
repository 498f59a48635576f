"""The normal distribution function Φ and its density φ, to the last digits of double precision far into the lower tail.

½ (1 + erf(a/√2)) cancels there, and an erfc of a rounded argument is off by a² units in the last place. Below -1.3

    Φ(a) = φ(a) M(-a)        M(x) = 1 / (x + 1 / (x + 2 / (x + 3 / (x + ...))))

with Mills's ratio M by Laplace's continued fraction. Source: Abramowitz and Stegun 26.2.14.
"""

import math

import numpy as np

TAIL = -1.3  # where the continued fraction takes over
TERMS = 300  # of the continued fraction: all digits from 1.3 on
SHIFT = 64  # exp(64 - a²/2) is far from underflow where Φ(a) is not a number any more
SCALE = 6.398279740081261e-29  # exp(-64) / √(2π)

erf, _erfc = np.vectorize(math.erf, otypes="d"), np.vectorize(math.erfc, otypes="d")  # no NumPy function computes them


def normal(a):
    """m, d, h and k of a real a with Φ(a) = m h k and φ(a) = d h k. In the tail h k is exp(-a²/2) / √(2π), elsewhere 1.

    In these factors a product such as a Φ(a) is as exact as its last digit, where Φ(a) itself is too small for a number.

    For a complex a its imaginary part must be a step of differentiation: Φ(x + iε) = Φ(x) + iε φ(x) is exact to rounding for
    |ε| < 1e-9. Raises ValueError for a larger one.
    """
    if np.iscomplexobj(a):
        if np.any(np.abs(a.imag) > 1e-9):
            raise ValueError("normal: a complex argument must have a tiny imaginary part, a complex step")
        m, d, h, k = normal(a.real)
        return m * h * k + 1j * a.imag * (d * h * k), d * h * k, 1.0, 1.0
    tail, a_tail, a_body = a < TAIL, np.minimum(a, TAIL), np.maximum(a, TAIL)
    m = np.asanyarray(0.5 * _erfc(-math.sqrt(0.5) * a_body))
    m[tail] = mills(-a[tail])
    d = np.where(tail, 1.0, shifted_density(a_body) * SCALE)
    return m, d, np.where(tail, shifted_density(a_tail), 1.0), np.where(tail, SCALE, 1.0)


def mills(x):
    """(1 - Φ(x)) / φ(x) for x from 1.3 on."""
    below = x
    for k in range(TERMS, 0, -1):
        below = x + k / below
    return 1 / below


def shifted_density(a):
    """exp(64 - a²/2). The square of a's leading digits is exact, and what is left of a² is small."""
    a = np.minimum(np.abs(a), 60)
    leading = np.rint(a * 2**20) / 2**20
    e = np.exp(SHIFT - 0.5 * leading * leading)
    return e + e * np.expm1(-0.5 * (a - leading) * (a + leading))
