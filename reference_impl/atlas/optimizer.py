"""Optimizers that the reference lacks, or whose state starts otherwise; learning rates over time; clipping of gradients.

p, gradients and rates as in general.optimizer: the answer is the parameter after one step for each gradient.
"""

import math

import numpy as np


def rmsprop_from(*, p, gradients, rate, rho, initial):
    """s = ρ s + (1 - ρ) g² from s₀ = `initial`,   p = p - η g / √s"""
    p, s = np.array(p, "d"), initial
    for g in np.asarray(gradients, "d"):
        s = rho * s + (1 - rho) * g**2
        p = p - rate * g / np.sqrt(s)
    return p


def dampened_momentum(*, p, gradients, rate, beta, dampening, first):
    """v = β v + (1 - τ) g,   p = p - η v;   the first v is g ("undamped") or (1 - τ) g ("damped")"""
    p, v = np.array(p, "d"), 0.0
    for t, g in enumerate(np.asarray(gradients, "d")):
        v = beta * v + (1 if t == 0 and first == "undamped" else 1 - dampening) * g
        p = p - rate * v
    return p


def momentum_with_decay(*, p, gradients, rate, beta, weight_decay, decay):
    """v = β v + g + λ p, p = p - η v ("gradient");   v = β v + g, p = (1 - η λ) p - η v ("decoupled")"""
    p, v = np.array(p, "d"), 0.0
    for g in np.asarray(gradients, "d"):
        v = beta * v + g + (weight_decay * p if decay == "gradient" else 0)
        p = p - rate * v - (rate * weight_decay * p if decay == "decoupled" else 0)
    return p


def adam_counting_from(*, p, gradients, rate, first, beta_1=0.9, beta_2=0.999):
    """m = β₁ m + (1 - β₁) g, v = β₂ v + (1 - β₂) g²,  p = p - η √(1 - β₂ᵗ) / (1 - β₁ᵗ) m / √v for t = first, first + 1, ...

    Without the correction, p = p - η m / √v, where t = 0.
    """
    p, m, v = np.array(p, "d"), 0.0, 0.0
    for t, g in enumerate(np.asarray(gradients, "d"), start=first):
        m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2
        p = p - rate * (math.sqrt(1 - beta_2**t) / (1 - beta_1**t) if t else 1) * m / np.sqrt(v)
    return p


def amsgrad(*, p, gradients, rate, maximum, beta_1=0.9, beta_2=0.999):
    """Adam with a v that never falls: the largest v, then corrected ("raw"); or the largest v / (1 - β₂ᵗ) ("corrected")."""
    p, m, v, largest = np.array(p, "d"), 0.0, 0.0, 0.0
    for t, g in enumerate(np.asarray(gradients, "d"), start=1):
        m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2
        c = 1 - beta_2**t
        largest = np.maximum(largest, v if maximum == "raw" else v / c)
        p = p - rate * m / (1 - beta_1**t) / np.sqrt(largest / c if maximum == "raw" else largest)
    return p


def adamax(*, p, gradients, rate, beta_1, beta_2, epsilon, epsilon_in):
    """m = β₁ m + (1 - β₁) g
    u = max(β₂ u, |g| + ε),  p = p - η m / ((1 - β₁ᵗ) u)          epsilon_in="maximum"
    u = max(β₂ u, |g|),      p = p - η m / ((1 - β₁ᵗ) (u + ε))    epsilon_in="denominator" """
    p, m, u = np.array(p, "d"), 0.0, 0.0
    for t, g in enumerate(np.asarray(gradients, "d"), start=1):
        m = beta_1 * m + (1 - beta_1) * g
        u = np.maximum(beta_2 * u, np.abs(g) + (epsilon if epsilon_in == "maximum" else 0))
        p = p - rate * m / ((1 - beta_1**t) * (u + (epsilon if epsilon_in == "denominator" else 0)))
    return p


def nadam(*, p, gradients, rate, schedule, beta_1=0.9, beta_2=0.999):
    """p = p - η (μ_{t+1} m / (1 - Π_{i≤t+1} μ_i) + (1 - μ_t) g / (1 - Π_{i≤t} μ_i)) / √v̂ (Dozat 2016), with μ_t = β₁
    ("constant") or β₁ (1 - 0.96^{s t} / 2), s = 1 ("fast") or 0.004 ("slow")."""
    speed = {"fast": 1.0, "slow": 0.004}.get(schedule)

    def mu(t):
        return beta_1 * (1 - 0.5 * 0.96**(speed * t)) if speed else beta_1

    p, m, v, product = np.array(p, "d"), 0.0, 0.0, 1.0
    for t, g in enumerate(np.asarray(gradients, "d"), start=1):
        m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2
        product *= mu(t)
        ahead = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product)
        p = p - rate * ahead / np.sqrt(v / (1 - beta_2**t))
    return p


def adagrad(*, p, gradients, rate, initial=0.0, epsilon=0.0, epsilon_in="outside"):
    """s = s + g² from s₀ = `initial`,   p = p - η g / (√s + ε) ("outside") or η g / √(s + ε) ("inside")"""
    p, s = np.array(p, "d"), initial
    for g in np.asarray(gradients, "d"):
        s = s + g**2
        p = p - rate * g / (np.sqrt(s) + epsilon if epsilon_in == "outside" else np.sqrt(s + epsilon))
    return p


def adadelta(*, p, gradients, rate, rho, epsilon):
    """s = ρ s + (1 - ρ) g²,   d = √(u + ε) / √(s + ε) g,   u = ρ u + (1 - ρ) d²,   p = p - η d (Zeiler 2012)"""
    p, s, u = np.array(p, "d"), 0.0, 0.0
    for g in np.asarray(gradients, "d"):
        s = rho * s + (1 - rho) * g**2
        d = np.sqrt(u + epsilon) / np.sqrt(s + epsilon) * g
        u = rho * u + (1 - rho) * d**2
        p = p - rate * d
    return p


def cosine_rates(*, rate, length, count, after_end):
    """η_t = η (1 + cos(π t / T)) / 2 for t = 0 ... count - 1; after T it goes on ("rises"), or t stays T ("stays")."""
    t = np.arange(count)
    return rate * (1 + np.cos(np.pi * (t if after_end == "rises" else np.minimum(t, length)) / length)) / 2


def boundary_rates(*, rate, factor, boundary, count, at_boundary):
    """η before step `boundary`, counted from 0, and η · factor after it; at it "old" or "new"."""
    t = np.arange(count)
    return rate * np.where(t > boundary if at_boundary == "old" else t >= boundary, factor, 1.0)


def plateau_rates(*, losses, rate, factor, patience, waits="more", threshold=1e-4, threshold_mode="relative"):
    """The rate after each epoch. An epoch is better where loss < best (1 - threshold) ("relative") or < best - threshold
    ("absolute"). After `patience` epochs that are not ("as_many"), or one more ("more"), it is multiplied by the factor."""
    best, bad, out = math.inf, 0, []
    for loss in losses:
        if loss < (best - threshold if threshold_mode == "absolute" or best == math.inf else best * (1 - threshold)):
            best, bad = loss, 0
        else:
            bad += 1
        if bad >= patience + (waits == "more"):
            rate, bad = rate * factor, 0
        out.append(rate)
    return np.array(out)


def clipped_by_norm(*, gradients, largest, scope="global", epsilon=0.0):
    """g · min(1, largest / (‖g‖ + ε)) for a list of gradients; the norm of all ("global") or of each ("each")."""
    parts = [np.asarray(g, "d") for g in gradients]
    norms = [math.sqrt((g**2).sum()) for g in parts]
    if scope == "global":
        norms = [math.hypot(*norms)] * len(parts)
    return np.concatenate([g * min(1, largest / (n + epsilon)) for g, n in zip(parts, norms)])


def clipped_infinite(*, gradient, spoiled):
    """What clipping by the norm leaves of a gradient with an infinite element: NaN there, and 0 or NaN elsewhere."""
    g = np.asarray(gradient, "d")
    return np.full(g.shape, np.nan) if spoiled == "all" else np.where(np.isinf(g), {"itself": np.nan}[spoiled], 0.0)


def clipped_by_value(*, gradient, largest, form):
    """min(max(g, -c), c) for each element ("elements"); or all of g scaled so that max |g| ≤ c ("scaled")."""
    g = np.asarray(gradient, "d")
    return np.clip(g, -largest, largest) if form == "elements" else g * min(1, largest / np.abs(g).max())


def accumulated(*, p, gradients, rate, reduction):
    """One step with the sum or the mean of the gradients."""
    g = np.asarray(gradients, "d")
    return np.array(p, "d") - rate * (g.sum(0) if reduction == "sum" else g.mean(0))
