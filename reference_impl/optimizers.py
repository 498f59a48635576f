"""Optimizers, written as one update of one parameter.

Each function takes the parameter p, its gradient g, the state of this parameter (a dict of arrays, {} before the first
step), the number t of the step (from 1) and the learning rate η of this step, and returns the new p and the new state.
Nothing is hidden: the same arguments give the same answer.

Where frameworks differ is a named option:
    momentum     rate_in="update" (PyTorch, optax) or "velocity" (Keras): the same at a constant rate, not where it changes
    rmsprop      epsilon_in="outside" the square root (PyTorch) or "inside" (Keras, optax);
                 rate_in="update" (PyTorch) or "velocity" (Keras), with momentum
    adam         epsilon_in="outside" (the paper's algorithm; PyTorch, optax) or "hat" (the paper's remark after it; Keras)
                 decay="gradient" (L2 penalty: PyTorch Adam) or "decoupled" (AdamW; Keras Adam)

Sources: Polyak 1964; Nesterov 1983 as in Sutskever et al. 2013; Tieleman and Hinton 2012; Kingma and Ba, arXiv 1412.6980;
Loshchilov and Hutter, arXiv 1711.05101.
"""

import numpy as np

from nnparity.reference_impl.config import choice


def sgd(p, g, state, t, rate, *, weight_decay=0.0):
    """p' = p - η (g + λ p)"""
    return p - rate * (g + weight_decay * p), state


def momentum(p, g, state, t, rate, *, beta=0.9, nesterov=False, rate_in="update"):
    """v = β v + g,       p' = p - η v            rate_in="update"      nesterov: p' = p - η (g + β v)
    v = β v - η g,     p' = p + v              rate_in="velocity"    nesterov: p' = p + β v - η g"""
    choice("momentum", "rate_in", rate_in, ("update", "velocity"))
    v = state.get("velocity", np.zeros_like(p))
    if rate_in == "update":
        v = beta * v + g
        step = rate * (g + beta * v) if nesterov else rate * v
    else:
        v = beta * v - rate * g
        step = rate * g - beta * v if nesterov else -v
    return p - step, {"velocity": v}


def corrected_momentum(p, g, state, t, rate, *, beta=0.903):
    """v = β v + (1 - β) g,    p' = p - η v / (1 - βᵗ)      document N05"""
    v = beta * state.get("velocity", np.zeros_like(p)) + (1 - beta) * g
    return p - rate * v / (1 - beta**t), {"velocity": v}


def rmsprop(p, g, state, t, rate, *, rho=0.9, epsilon=1e-7, momentum=0.0, centered=False, epsilon_in="outside",
            rate_in="update"):
    """s = ρ s + (1 - ρ) g²;   centered: m = ρ m + (1 - ρ) g and s - m² in place of s below
    d = g / (√s + ε) or g / √(s + ε);   v = β v + d, p' = p - η v   or   v = β v + η d, p' = p - v"""
    choice("rmsprop", "epsilon_in", epsilon_in, ("outside", "inside"))
    choice("rmsprop", "rate_in", rate_in, ("update", "velocity"))
    nought = np.zeros_like(p)
    s = rho * state.get("square", nought) + (1 - rho) * g**2
    m = rho * state.get("mean", nought) + (1 - rho) * g
    spread = s - m**2 if centered else s
    d = g / (np.sqrt(spread) + epsilon) if epsilon_in == "outside" else g / np.sqrt(spread + epsilon)
    v = momentum * state.get("velocity", nought) + (d if rate_in == "update" else rate * d)
    return p - (rate * v if rate_in == "update" else v), {"square": s, "mean": m, "velocity": v}


def adam(p, g, state, t, rate, *, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.0, epsilon_in="outside",
         decay="gradient"):
    """m = β₁ m + (1 - β₁) g,   v = β₂ v + (1 - β₂) g²,   m̂ = m / (1 - β₁ᵗ),   v̂ = v / (1 - β₂ᵗ)
    p' = p - η m̂ / (√v̂ + ε)                                  epsilon_in="outside"
    p' = p - η √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε)           epsilon_in="hat"
    decay="gradient": g + λ p in place of g;   decay="decoupled": p (1 - η λ) in place of p"""
    choice("adam", "epsilon_in", epsilon_in, ("outside", "hat"))
    choice("adam", "decay", decay, ("gradient", "decoupled"))
    if decay == "gradient":
        g = g + weight_decay * p
    else:
        p = p - rate * weight_decay * p
    m = beta_1 * state.get("mean", np.zeros_like(p)) + (1 - beta_1) * g
    v = beta_2 * state.get("square", np.zeros_like(p)) + (1 - beta_2) * g**2
    c_1, c_2 = 1 - beta_1**t, 1 - beta_2**t
    if epsilon_in == "outside":
        step = rate * (m / c_1) / (np.sqrt(v / c_2) + epsilon)
    else:
        step = rate * np.sqrt(c_2) / c_1 * m / (np.sqrt(v) + epsilon)
    return p - step.astype(p.dtype, copy=False), {"mean": m, "square": v}


OPTIMIZERS = {
    "adam": adam,
    "corrected_momentum": corrected_momentum,
    "momentum": momentum,
    "rmsprop": rmsprop,
    "sgd": sgd,
}
