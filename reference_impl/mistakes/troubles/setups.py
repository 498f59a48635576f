"""The wrong set-up beside the right one for every trouble, small enough to be run in a test. Each function takes a random
generator and gives the arrays that the detector looks at. `wrong` and `right` differ in one argument.
"""

import numpy as np

from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reference_impl.layers.dense import dense
from nnparity.reference_impl.layers.lstm import lstm
from nnparity.reference_impl.layers.simple_rnn import simple_rnn
from nnparity.reference_impl.losses import LOSSES
from nnparity.reference_impl.optimizers import sgd


def layer(rng, activation="sigmoid", inputs=1.0, low=-1.0, high=1.0, features=16, units=10, examples=20, bias=0.0):
    """One dense layer: its inputs, kernel, outputs, and the derivative of its activation at every pre-activation."""
    x = inputs * rng.uniform(0, 1, (examples, features))
    kernel = rng.uniform(low, high, (features, units)) / (np.sqrt(features) if low < 0 else 1)
    a = x @ kernel + bias
    y, pull = ACTIVATIONS[activation](a)
    return {"x": x, "kernel": kernel, "activations": y, "derivatives": np.abs(pull(np.ones_like(y)))}


def only(arrays, *names):
    return {name: arrays[name] for name in names}


def unscaled(rng, inputs):
    return only(layer(rng, inputs=inputs), "derivatives", "x")


def drawn(rng, low, high):
    return only(layer(rng, low=low, high=high, features=64), "derivatives", "kernel", "x")


def softmax_layer(rng, width):
    """A softmax of ten classes, its weights U(-width, width); the derivative that counts is the diagonal a (1 - a)."""
    x, kernel = rng.uniform(0, 1, (20, 64)), rng.uniform(-width, width, (64, 10))
    y, _ = ACTIVATIONS["softmax"](x @ kernel)
    return {"derivatives": y * (1 - y), "kernel": kernel, "x": x}


def rectified(rng, bias):
    return only(layer(rng, "relu", bias=bias, examples=64), "activations")


def started(rng, scale):
    """A kernel of a constant, with a random part of this scale."""
    return {"kernel": 0.1 + scale * rng.standard_normal((5, 4))}


def through_time(rng, scale, steps=40):
    """|dL/dh_t| of a ReLU recurrent layer whose loss is taken at the last step: R is a permutation times `scale`, nothing is
    negative, so that each step multiplies the gradient by `scale`."""
    hidden = 6
    R = scale * np.eye(hidden)[rng.permutation(hidden)]
    x, K, h = rng.uniform(0, 1, (1, steps, 3)), rng.uniform(0, 1, (3, hidden)), np.zeros((1, hidden))
    norms = []
    for t in range(steps):  # the layer from step t on, started from the state before it
        outputs, vjp = simple_rnn({"kernel": K, "recurrent_kernel": R, "bias": np.zeros(hidden)}, {"x": x[:, t:], "h0": h},
                                  recurrent_bias="none", activation="relu")
        d = vjp({"y": np.zeros_like(outputs["y"]), "h_n": np.ones((1, hidden))})
        norms.append(float(np.linalg.norm(d["h0"])))
        h = outputs["y"][:, 0]
    return {"norms": norms}


def cut(rng, truncate, steps=6):
    """An LSTM's recurrent gradient with this window, and with every window."""
    params = {"kernel": rng.standard_normal((4, 3, 5)), "recurrent_kernel": rng.standard_normal((4, 5, 5)),
              "bias": rng.standard_normal((4, 5))}
    inputs = {"x": rng.standard_normal((2, steps, 3)), "h0": rng.standard_normal((2, 5)), "c0": rng.standard_normal((2, 5))}
    dy = rng.standard_normal((2, steps, 5))

    def gradient(window):
        outputs, vjp = lstm(params, inputs, truncate=window, recurrent_bias="none")
        return vjp({"y": dy, **{k: np.zeros_like(a) for k, a in outputs.items() if k != "y"}})["recurrent_kernel"]
    return {"gradient": gradient(truncate), "windows": [*(gradient(k) for k in range(steps - 1)), gradient(None)]}


def line(rng, examples=12):
    """Points on y = 2 x + 3 with noise."""
    x = rng.uniform(-1, 1, (examples, 1))
    return x, 2 * x + 3 + rng.uniform(0, 1, x.shape)


def slope(params, x, target, reduction="mean"):
    """Loss and gradient of a straight line under a squared error."""
    outputs, back = dense(params, {"x": x})
    loss, pull = LOSSES["squared_error"]({}, {"x": outputs["y"], "target": target}, reduction=reduction)
    grads = back({"y": pull({"y": np.ones_like(loss["y"])})["x"]})
    return float(loss["y"]), {name: grads[name] for name in params}


def fit(rng, rate=0.1, steps=25, reset=True):
    """Full-batch descent on a line: losses, updates and gradients of the kernel, iterates (m, c), data."""
    x, target = line(rng)
    params = {"kernel": np.zeros((1, 1)), "bias": np.zeros(1)}
    held = {name: 0.0 for name in params}
    losses, updates, gradients, iterates = [], [], [], []
    for _ in range(steps):
        loss, grads = slope(params, x, target)
        held = {name: g if reset else held[name] + g for name, g in grads.items()}
        new = {name: sgd(p, held[name], {}, 1, rate)[0] for name, p in params.items()}
        losses.append(loss)
        gradients.append(grads["kernel"])
        updates.append(new["kernel"] - params["kernel"])
        params = new
        iterates.append([params["kernel"].item(), params["bias"].item()])
    return {"losses": np.array(losses), "updates": np.array(updates), "gradients": np.array(gradients),
            "path": np.array(iterates), "data": np.hstack([x, target])}


def descended(rng, rate):
    return only(fit(rng, rate=rate), "losses")


def reset(rng, reset):
    return only(fit(rng, reset=reset, steps=6), "updates", "gradients")


def plotted(rng, of):
    """The path over the loss surface: the iterates, or, wrongly, the examples in the order in which they are used."""
    run = fit(rng)
    return {"path": run[of], "data": run["data"]}


def doubled(rng, reduction):
    x, target = line(rng)
    params = {"kernel": rng.standard_normal((1, 1)), "bias": rng.standard_normal(1)}
    return {"gradient": slope(params, x, target, reduction)[1]["kernel"],
            "twice": slope(params, np.vstack([x, x]), np.vstack([target, target]), reduction)[1]["kernel"]}


def scalar_update(rng, each):
    g = rng.standard_normal((3, 4))
    return {"update": -0.1 * (g if each else np.full_like(g, g.mean()))}


def nudged(rng, argmax):
    """The loss of a classifier before and after small random moves of all weights."""
    x, kernel = rng.standard_normal((20, 4)), rng.standard_normal((4, 3))
    target = np.eye(3)[rng.integers(3, size=20)]

    def loss(kernel):
        y, _ = ACTIVATIONS["softmax"](x @ kernel)
        y = np.eye(3)[y.argmax(1)] if argmax else y
        return float(((y - target)**2).sum())
    return {"loss": loss(kernel), "moved": [loss(kernel * (1 + 1e-4 * rng.standard_normal(kernel.shape))) for _ in range(8)]}


def averaged(rng, squared):
    """Steps of an RMSprop whose gradients are squared, or not."""
    p, s, path = rng.standard_normal(5), np.zeros(5), []
    with np.errstate(invalid="ignore"):
        for _ in range(5):
            g = rng.standard_normal(5)
            s = 0.9 * s + 0.1 * (g**2 if squared else g)
            p = p - 0.01 * g / (np.sqrt(s) + 1e-8)
            path.append(p)
    return {"path": {"loss": rng.uniform(1, 2, 5), "kernel": np.array(path)}}


def paired(rng, together):
    x, target = line(rng)
    order = np.roll(np.arange(len(x)), 3)
    return {"x": x, "target": target, "x_used": x[order], "target_used": target[order] if together else target}


def counted(rng, first):
    return {"labels": first + np.r_[np.arange(5), rng.integers(5, size=60)], "classes": 5}


def shifted(rng, safe):
    """Softmax of logits that were made 1000 larger, with and without subtracting their maximum."""
    a = rng.standard_normal((4, 5)) + 1000
    with np.errstate(all="ignore"):
        e = np.exp(a - a.max(-1, keepdims=True) if safe else a)
        return {"shifted": {"y": e / e.sum(-1, keepdims=True)}}


class Piling:
    """A layer that adds its pre-activation to the one of the call before, or that does not."""

    def __init__(self, kernel, piles):
        self.kernel, self.piles, self.z = kernel, piles, 0.0

    def __call__(self, x):
        self.z = (self.z if self.piles else 0.0) + x @ self.kernel
        return {"y": np.tanh(self.z)}


def called_twice(rng, piles):
    function, x = Piling(rng.standard_normal((4, 3)), piles), rng.standard_normal((2, 4))
    return {"first": function(x), "second": function(x)}


def used_up(rng, keeps):
    """A recurrence whose list of states is never emptied, and stacked to a fixed length."""
    states, x = [], rng.standard_normal((3, 2))

    def function(x):
        kept = states if keeps else []
        kept.extend(np.tanh(x))
        return np.array(kept).reshape(x.shape)
    return {"function": function, "x": x}


def dropped(rng, seeded):
    """Two fresh starts of a layer with dropout whose mask is drawn inside, from a given seed or from none."""
    x = rng.standard_normal((8, 10))
    first, fresh = (x * (np.random.default_rng(7 if seeded else None).uniform(size=x.shape) > 0.5) for _ in range(2))
    return {"first": {"y": first}, "fresh": {"y": fresh}}


def given(rng, copies):
    """A ReLU that works on a copy of its input, or on the input."""
    x = rng.standard_normal((4, 5))
    before = x.copy()
    work = x.copy() if copies else x
    np.maximum(work, 0, out=work)
    return {"before": {"x": before}, "after": {"x": x}}
