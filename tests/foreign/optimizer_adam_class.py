"""Adam as a class with state of its own kind, the way course material writes it. `right`, and what goes wrong in it."""

import numpy as np


class Moments:
    def __init__(self, like):
        self.first = np.zeros_like(like)
        self.second = np.zeros_like(like)

    def update(self, g, b1, b2):
        self.first *= b1
        self.first += (1.0 - b1) * g
        self.second *= b2
        self.second += (1.0 - b2) * np.square(g)


def _step(w, g, memory, lr, config, t, hat=False, corrected=True, eps_inside=False):
    b1, b2 = config["beta_1"], config["beta_2"]
    if config["weight_decay"] and config["decay"] == "gradient":
        g = g + config["weight_decay"] * w
    shrink = 1.0
    if config["weight_decay"] and config["decay"] == "decoupled":
        shrink = 1.0 - lr * config["weight_decay"]
    memory = memory or Moments(w)
    memory.update(g, b1, b2)
    c1 = 1 - np.power(b1, t) if corrected else 1.0
    c2 = 1 - np.power(b2, t) if corrected else 1.0
    if hat:
        return shrink * w - lr * (np.sqrt(c2) / c1) * memory.first / (np.sqrt(memory.second) + config["epsilon"]), memory
    root = np.sqrt(memory.second / c2 + config["epsilon"]) if eps_inside else np.sqrt(memory.second / c2) + config["epsilon"]
    return shrink * w - lr * (memory.first / c1) / root, memory


def right(w, g, memory, t, lr, config):
    return _step(w, g, memory, lr, config, t, hat=config["epsilon_in"] == "hat")


def always_hat(w, g, memory, t, lr, config):
    return _step(w, g, memory, lr, config, t, hat=True)


def without_correction(w, g, memory, t, lr, config):
    return _step(w, g, memory, lr, config, t, corrected=False)


def epsilon_under_the_root(w, g, memory, t, lr, config):
    return _step(w, g, memory, lr, config, t, eps_inside=True)


def counted_from_two(w, g, memory, t, lr, config):
    return _step(w, g, memory, lr, config, t + 1, hat=config["epsilon_in"] == "hat")


COUNT = 0


def one_counter_for_all(w, g, memory, t, lr, config):
    """t += 1 in every call: the usual slip of an optimizer that is called once for each array."""
    global COUNT
    COUNT += 1
    return _step(w, g, memory, lr, config, COUNT, hat=config["epsilon_in"] == "hat")


def rises(w, g, memory, t, lr, config):
    return _step(w, -g, memory, lr, {**config, "weight_decay": 0.0}, t)


def in_place(w, g, memory, t, lr, config):
    w -= lr * g


def flattened(w, g, memory, t, lr, config):
    return (w - lr * g).ravel(), memory
