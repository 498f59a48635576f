"""Momentum and RMSprop element by element, in loops, with the state in a list."""

from math import sqrt

import numpy as np


def heavy_ball(theta, grad, state, k, alpha, config):
    """The velocity holds steps: v <- mu v - alpha g."""
    old = state["v"] if state else np.zeros(theta.shape)
    new, v = theta.copy(), np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        v[i] = config["beta"] * old[i] - alpha * grad[i]
        new[i] = theta[i] + v[i]
    return new, {"v": v}


def damped(theta, grad, state, k, alpha, config):
    """An average of gradients, as many courses have it."""
    old = state["v"] if state else 0.0
    v = config["beta"] * old + (1 - config["beta"]) * grad
    return theta - alpha * v, {"v": v}


def rms(theta, grad, state, k, alpha, config):
    """Right for epsilon outside, without momentum."""
    state = state or [0.0] * theta.size
    flat, new = grad.ravel(), theta.ravel().copy()
    for i, g in enumerate(flat):
        state[i] = config["rho"] * state[i] + (1 - config["rho"]) * g * g
        new[i] -= alpha * g / (sqrt(state[i]) + config["epsilon"])
    return new.reshape(theta.shape), state


def adagrad(theta, grad, state, k, alpha, config):
    total = (0.0 if isinstance(state, dict) else state) + grad**2
    return theta - alpha * grad / (np.sqrt(total) + config["epsilon"]), total


def rms_not_squared(theta, grad, state, k, alpha, config):
    """nan as soon as the running mean of a gradient is negative."""
    mean = 0.9 * (0.0 if isinstance(state, dict) else state) + 0.1 * grad
    with np.errstate(invalid="ignore"):
        return theta - alpha * grad / (np.sqrt(mean) + config["epsilon"]), mean
