"""Elementwise functions and their derivatives in arithmetic of 60 digits, in forms that do not cancel.

Arguments are mpmath numbers. exp is cut off at exp(±1e5), far beyond overflow and underflow of every type: its exact value at
1e300 has 1e300 digits.
"""

from mpmath import mp, mpf

mp.dps = 60
FAR, ONE = mpf(100_000), mpf(1)
ROOT_2_BY_PI = mp.sqrt(2 / mp.pi)
CUBIC = mpf(0.044715)
SELU_SCALE, SELU_ALPHA = mpf("1.0507009873554804934193349852946"), mpf("1.6732632423543772848170429916717")


def exp(a):
    return mp.exp(max(-FAR, min(FAR, a)))


def sigmoid(a):
    return 1 / (1 + exp(-a))


def sigmoid_slope(a):
    return sigmoid(a) * sigmoid(-a)


def tanh(a):
    return mp.tanh(max(-FAR, min(FAR, a)))


def tanh_slope(a):
    return 4 * sigmoid_slope(2 * a)


def softplus(a):
    return max(a, mpf(0)) + mp.log1p(exp(-abs(a)))


def elu(a, alpha=ONE):
    return a if a > 0 else alpha * mp.expm1(max(-FAR, a))


def elu_slope(a, alpha=ONE):
    return ONE if a > 0 else alpha * exp(a)


def normal(a):
    """Φ(a)"""
    return mp.erfc(-max(mpf(-1000), min(mpf(1000), a)) / mp.sqrt(2)) / 2


def density(a):
    """φ(a)"""
    return exp(-a * a / 2) / mp.sqrt(2 * mp.pi)


def gelu(a):
    return a * normal(a)


def gelu_slope(a):
    return normal(a) + a * density(a)


def gelu_tanh_inner(a):
    """2u, where (1 + tanh u) / 2 = σ(2u)"""
    return 2 * ROOT_2_BY_PI * (a + CUBIC * a**3)


def gelu_tanh(a):
    return a * sigmoid(gelu_tanh_inner(a))


def gelu_tanh_slope(a):
    u2 = gelu_tanh_inner(a)
    return sigmoid(u2) * (1 + a * sigmoid(-u2) * 2 * ROOT_2_BY_PI * (1 + 3 * CUBIC * a * a))


def silu(a):
    return a * sigmoid(a)


def silu_slope(a):
    return sigmoid(a) * (1 + a * sigmoid(-a))


def leaky(slope):
    return (lambda a: a if a > 0 else slope * a), (lambda a: mpf(1) if a > 0 else slope)


def hard_sigmoid(bound):
    return ((lambda a: max(mpf(0), min(mpf(1), (a + bound) / (2 * bound)))),
            (lambda a: 1 / (2 * bound) if abs(a) < bound else mpf(0)))


def softplus_beyond(threshold):
    return (lambda a: a if a > threshold else softplus(a)), (lambda a: mpf(1) if a > threshold else sigmoid(a))


def log(p):
    return mp.log(p) if p > 0 else mp.ninf


def binary_cross_entropy(p, t):
    """-t log p - (1 - t) log(1 - p), where 0 log 0 = 0, and its derivative by p."""
    parts = [-t * log(p) if t else mpf(0), -(1 - t) * mp.log1p(-p) if t != 1 and p < 1 else mpf(0) if t == 1 else mp.inf]
    slope = (1 - t) / (1 - p) if t == 0 else -t / p if t == 1 else (p - t) / (p * (1 - p))
    return sum(parts), slope


def binary_cross_entropy_of_logit(a, t):
    """t softplus(-a) + (1 - t) softplus(a), and its derivative σ(a) - t."""
    return t * softplus(-a) + (1 - t) * softplus(a), (1 - t) * sigmoid(a) - t * sigmoid(-a)
