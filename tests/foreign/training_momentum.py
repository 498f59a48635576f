"""The MLP of N05 one example at a time on column vectors, weights (out, in), with a bias-corrected velocity. Right, and with the
slips of the document."""

import numpy as np


class Network:
    def __init__(self, params):
        self.weights = [w.T.copy() for w in params.values()]
        self.velocity = [np.zeros_like(w) for w in self.weights]

    def forward(self, x):
        self.a = [x]
        for w in self.weights:
            self.a.append(np.tanh(w @ self.a[-1]))
        return self.a[-1]

    def deltas(self, error):
        found = [error * (1 - self.a[-1]**2)]
        for w, a in zip(self.weights[:0:-1], self.a[-2:0:-1]):
            found.insert(0, (w.T @ found[0]) * (1 - a**2))
        return found


def train(params, inputs, config, slip=""):
    net, beta = Network(params), config["options"]["beta"]
    slow = [0.0] * len(net.weights)
    history = {"loss": [], **{name: [] for name in params}}
    for step, ((row,), rate) in enumerate(zip(config["batches"], config["learning_rates"])):
        x, target = inputs["x"][row][:, None], inputs["target"][row][:, None]
        error = net.forward(x) - target
        history["loss"].append(0.5 * float((error**2).sum()))
        deltas = net.deltas(error)
        t = step + 2 if slip == "exponent" else step + 1
        for i, delta in enumerate(deltas):
            if slip == "starts anew":
                net.velocity[i] = 0.0
            if slip == "on deltas":
                slow[i] = beta * slow[i] + (1 - beta) * delta
                net.velocity[i] = slow[i] @ net.a[i].T
            else:
                net.velocity[i] = beta * net.velocity[i] + (1 - beta) * delta @ net.a[i].T
            net.weights[i] = net.weights[i] - rate * net.velocity[i] / (1 if slip == "uncorrected" else 1 - beta**t)
        for name, w in zip(params, net.weights):
            history[name].append(w.T)
    return history


def right(params, inputs, config):
    return train(params, inputs, config)


def starts_anew(params, inputs, config):
    return train(params, inputs, config, "starts anew")


def exponent(params, inputs, config):
    return train(params, inputs, config, "exponent")


def on_deltas(params, inputs, config):
    return train(params, inputs, config, "on deltas")


def uncorrected(params, inputs, config):
    return train(params, inputs, config, "uncorrected")
