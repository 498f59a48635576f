"""N22 as its document posts it, in the contract: the net of 21 classes with its loss on the class that is answered, and the
update that adds one number to every weight; and the small net with the pre-activations that its author took the trouble for.

    K48  1 / (1 + exp(z)); the derivative stays a (1 - a)
    K49  the output layer's sums are never set to zero: what is added to are the activations of the example before ("activations",
         the posted code), or its sums ("sums", as the author tells it)
    K50  every weight gets the same number, the loss times σ' of what was answered, times the rate; it is added
    K51  the loss is taken on the answered class
"""

import numpy as np

POSTED = frozenset({"K48", "K49", "K50", "K51"})


def sigmoid(z, mistakes):
    return 1 / (1 + np.exp(z if "K48" in mistakes else -z))


def slope(a):
    return a * (1 - a)


class Net:
    """Two layers without biases, weights (units, inputs), one example at a time."""

    def __init__(self, params, mistakes, kept):
        self.first, self.second = (w.T.copy() for w in params.values())
        self.mistakes, self.kept, self.left = mistakes, kept, 0.0

    def forward(self, x):
        self.x = x
        self.hidden = sigmoid(self.first @ x, self.mistakes)
        sums = self.second @ self.hidden + (self.left if "K49" in self.mistakes else 0)
        self.y = sigmoid(sums, self.mistakes)
        self.left = self.y if self.kept == "activations" else sums
        return self.y

    def backward(self, delta):
        """Gradients of both arrays and of x, for dL/dz of the output."""
        back = (self.second.T @ delta) * slope(self.hidden)
        return np.outer(back, self.x), np.outer(delta, self.hidden), self.first.T @ back


def error(y, target, mistakes):
    """What the loss squares: the outputs, or a one in the place of the largest."""
    return (y == y.max() if "K51" in mistakes else y) - target


def listing(*mistakes, kept="activations"):
    """`n22(params, inputs, cotangents)` with these mistakes; K50 makes of every gradient one number, rate left out."""
    def n22(params, inputs, cotangents):
        net = Net(params, mistakes, kept)
        grads = [np.zeros_like(w.T) for w in params.values()]
        y, dx, loss = [], [], 0.0
        for x, target, upstream in zip(inputs["x"], inputs["target"], cotangents["y"]):
            y.append(net.forward(x))
            off = error(net.y, target, mistakes)
            loss += (off ** 2).sum() / 2
            d = upstream + (0 if "K51" in mistakes else cotangents["loss"] * off)
            *own, back = net.backward(d * slope(net.y))
            grads = [g + one for g, one in zip(grads, own)]
            dx.append(back)
        if "K50" in mistakes:
            grads = [np.full_like(g, -loss * slope(net.y).mean()) for g in grads]
        return {"y": np.array(y), "loss": loss}, {**{name: g.T for name, g in zip(params, grads)}, "x": np.array(dx)}
    return n22


def trained(*mistakes, kept="activations"):
    """`n22_training(params, inputs, config)` with these mistakes."""
    def n22_training(params, inputs, config):
        net = Net(params, mistakes, kept)
        history = {"loss": [], **{name: [] for name in params}}
        for (row,), rate in zip(config["batches"], config["learning_rates"]):
            net.forward(inputs["x"][row])
            off = error(net.y, inputs["target"][row], mistakes)
            loss = (off ** 2).sum() / 2
            history["loss"].append(loss)
            first, second, _ = net.backward(off * slope(net.y))
            if "K50" in mistakes:
                first = second = -loss * slope(net.y).mean()
            net.first, net.second = net.first - rate * first, net.second - rate * second
            for name, w in zip(params, (net.first, net.second)):
                history[name].append(w.T)
        return history
    return n22_training


n22, n22_training = listing(*POSTED), trained(*POSTED)
