"""Operations on rows of numbers in arithmetic of 60 digits: each element's exact value, and its scale.

The scale is the size of the terms that an element is the sum of, and of what a rounded difference of arguments does to it: an
error is told as a multiple of epsilon times the scale. No order of operations in the type itself does better in general.
Arguments and cotangents are lists of mpmath numbers, one row.
"""

from mpmath import mp, mpf

from nnparity.reports.certificates.functions import exp


def softmax(a, dy):
    """y = exp(a) / Σ exp(a), dx = y (dy - Σ dy y).  Scale of y: the rounding of a - max a is multiplied by y."""
    largest = max(a)
    e = [exp(v - largest) for v in a]
    y = [v / sum(e) for v in e]
    pulled = sum(d * v for d, v in zip(dy, y))
    size = sum(abs(d) * v for d, v in zip(dy, y))
    steep = [1 + largest - v for v in a]
    return {"outputs/y": (y, [v * s for v, s in zip(y, steep)]),
            "grads/x": ([v * (d - pulled) for v, d in zip(y, dy)],
                        [v * (abs(d) + size) * s for v, d, s in zip(y, dy, steep)])}


def log_softmax(a, dy):
    """y = a - log Σ exp(a), dx = dy - exp(y) Σ dy"""
    largest = max(a)
    rest = list(a)
    rest.remove(largest)
    log_sum = mp.log1p(sum(exp(v - largest) for v in rest))
    y = [v - largest - log_sum for v in a]
    total = sum(dy)
    size = sum(map(abs, dy))
    return {"outputs/y": (y, [steepness(a) if v == largest else mpf(0) for v in a]),
            "grads/x": ([d - exp(v) * total for v, d in zip(y, dy)],
                        [abs(d) + exp(v) * size * (1 - v) for v, d in zip(y, dy)])}


def steepness(a):
    """Scale of the smallest -log softmax(a), log(1 + Σ exp(-distance)): what the rounding of the distances does to it."""
    distances = sorted(max(a) - v for v in a)[1:]
    return sum(exp(-v) * (1 + v) for v in distances)


def softmax_cross_entropy(a, k):
    """-log softmax(a)_k, and softmax(a) minus one at k: minus the sum of the others there."""
    largest = max(a)
    e = [exp(v - largest) for v in a]
    rest = list(a)
    rest.remove(largest)
    log_sum = mp.log1p(sum(exp(v - largest) for v in rest))
    p = [v / sum(e) for v in e]
    others = sum(v for j, v in enumerate(p) if j != k)
    slope = [-others if j == k else v for j, v in enumerate(p)]
    return {"outputs/loss": ([largest - a[k] + log_sum], [steepness(a) if a[k] == largest else mpf(0)]),
            "grads/x": (slope, [abs(s) * (1 + largest - min(a)) for s in slope])}


def cross_entropy(p, k):
    """-log p_k, and -1/p at k."""
    return {"outputs/loss": ([-mp.log(p[k])], [mpf(0)]),
            "grads/x": ([-1 / v if j == k else mpf(0) for j, v in enumerate(p)], [mpf(0)] * len(p))}


def normalise(x, dy, gamma, beta, epsilon):
    """One row of layer normalisation: y, dx, and what it adds to dgamma and dbeta.

    Scale: x - mean is off by epsilon times the largest x, and x̂ by as much over the deviation.
    """
    n = len(x)
    mean = sum(x) / n
    deviation = mp.sqrt(sum((v - mean)**2 for v in x) / n + epsilon)
    x_hat = [(v - mean) / deviation for v in x]
    spread = 1 + max(map(abs, x)) / deviation
    d = [u * g for u, g in zip(dy, gamma)]
    mean_d, mean_dx = sum(d) / n, sum(u * v for u, v in zip(d, x_hat)) / n
    size, size_x = sum(map(abs, d)) / n, sum(abs(u * v) for u, v in zip(d, x_hat)) / n
    return {"outputs/y": ([g * v + b for g, v, b in zip(gamma, x_hat, beta)],
                          [abs(g) * spread + abs(b) for g, b in zip(gamma, beta)]),
            "grads/x": ([(u - mean_d - v * mean_dx) / deviation for u, v in zip(d, x_hat)],
                        [(abs(u) + size + (abs(v) + 1) * size_x) / deviation * spread for u, v in zip(d, x_hat)]),
            "grads/gamma": ([u * v for u, v in zip(dy, x_hat)], [abs(u) * spread for u in dy]),
            "grads/beta": (list(dy), [abs(u) for u in dy])}
