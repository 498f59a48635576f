"""Networks and layers in the styles in which people write them, with right gradients: questions for the gradient check.

Each function draws sizes and arrays from a generator and returns the arguments of `gradients`: f, params, grads and options.
"""

from math import exp

import numpy as np


def sizes(rng, n, low=2, high=6):
    """Sizes, all different."""
    return [int(i) for i in rng.choice(np.arange(low, high + n), n, replace=False)]


class TwoLayerNet:
    """Parameters in a dict on the object, one method for loss and gradients, softmax and weight decay."""

    def __init__(self, rng, D, H, C, reg=0.3):
        self.params = {
            "W1": rng.normal(size=(D, H)),
            "b1": rng.normal(size=H),
            "W2": rng.normal(size=(H, C)),
            "b2": rng.normal(size=C),
        }
        self.reg = reg

    def loss(self, X, y, divide=True):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        N = X.shape[0]
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        scores -= scores.max(axis=1, keepdims=True)
        probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        loss = -np.log(probs[np.arange(N), y]).sum() / N + self.reg * ((W1 * W1).sum() + (W2 * W2).sum())
        dscores = probs.copy()
        dscores[np.arange(N), y] -= 1
        if divide:
            dscores /= N
        grads = {"W2": hidden.T.dot(dscores) + 2 * self.reg * W2, "b2": dscores.sum(0)}
        dhidden = dscores.dot(W2.T)
        dhidden[hidden <= 0] = 0
        grads["W1"] = X.T.dot(dhidden) + 2 * self.reg * W1
        grads["b1"] = dhidden.sum(0)
        return loss, grads


def in_place_net(rng):
    N, D, H, C = sizes(rng, 4)
    net, X, y = TwoLayerNet(rng, D, H, C), rng.normal(size=(N, D)), rng.integers(0, C, N)
    return dict(f=lambda: net.loss(X, y)[0], params=net.params, grads=net.loss(X, y)[1])


def ignored_argument(rng):
    """The habit of `f = lambda W: net.loss(X, y)[0]`, whose argument is not used."""
    N, D, H, C = sizes(rng, 4)
    net, X, y = TwoLayerNet(rng, D, H, C), rng.normal(size=(N, D)), rng.integers(0, C, N)
    return dict(f=lambda _: net.loss(X, y)[0], params=net.params, grads=net.loss(X, y)[1])


def lists_of_layers(rng):
    """Column vectors, an example at a time, lists of weights and biases, nabla_w and nabla_b."""
    widths = sizes(rng, 4)
    params = {"weights": [rng.normal(size=(b, a)) for a, b in zip(widths, widths[1:])],
              "biases": [rng.normal(size=(b, 1)) for b in widths[1:]]}
    data = [(rng.normal(size=(widths[0], 1)), rng.normal(size=(widths[-1], 1))) for _ in range(3)]

    def sigmoid(z):
        return 1.0 / (1.0 + np.exp(-z))

    def cost(p):
        total = 0.0
        for a, t in data:
            for w, b in zip(p["weights"], p["biases"]):
                a = sigmoid(np.dot(w, a) + b)
            total = total + 0.5 * np.sum((a - t) ** 2)
        return total

    def backprop(p):
        nabla_w = [np.zeros(w.shape) for w in p["weights"]]
        nabla_b = [np.zeros(b.shape) for b in p["biases"]]
        for x, t in data:
            activations, zs = [x], []
            for w, b in zip(p["weights"], p["biases"]):
                zs.append(np.dot(w, activations[-1]) + b)
                activations.append(sigmoid(zs[-1]))
            s = sigmoid(zs[-1])
            delta = (activations[-1] - t) * s * (1 - s)
            for layer in range(1, len(widths)):
                nabla_b[-layer] += delta
                nabla_w[-layer] += np.dot(delta, activations[-layer - 1].T)
                if layer < len(widths) - 1:
                    s = sigmoid(zs[-layer - 1])
                    delta = np.dot(p["weights"][-layer].T, delta) * s * (1 - s)
        return nabla_w, nabla_b

    return dict(f=cost, params=params, grads=backprop)


def tanh_mlp(rng, wrong=""):
    """Data handed in; a loss that is a mean over everything."""
    n, d, h, o = sizes(rng, 4)
    params = {
        "W1": rng.normal(size=(d, h)),
        "b1": rng.normal(size=(1, h)),
        "W2": rng.normal(size=(h, o)),
        "b2": rng.normal(size=(1, o)),
    }
    inputs = {"X": rng.normal(size=(n, d)), "Y": rng.normal(size=(n, o))}

    def forward(p, data):
        A1 = np.tanh(data["X"] @ p["W1"] + p["b1"])
        return A1, A1 @ p["W2"] + p["b2"]

    def loss(p, data):
        return np.mean((forward(p, data)[1] - data["Y"]) ** 2)

    def backward(p, data):
        A1, A2 = forward(p, data)
        dZ2 = 2 * (A2 - data["Y"]) / A2.size
        dA1 = dZ2 @ p["W2"].T
        dZ1 = dA1 if wrong == "no tanh'" else dA1 * (1 - A1**2)
        X = data["X"]
        if wrong == "last example":
            return {"dW1": np.outer(X[-1], dZ1[-1]), "db1": dZ1[-1:], "dW2": np.outer(A1[-1], dZ2[-1]), "db2": dZ2[-1:]}
        return {"dW1": X.T @ dZ1, "db1": dZ1.sum(0, keepdims=True), "dW2": A1.T @ dZ2, "db2": dZ2.sum(0, keepdims=True)}

    return dict(f=loss, params=params, grads=backward, inputs=inputs)


def lstm_cell(rng):
    """One cell over some steps: gates on [h, x], columns, a dict of eight arrays, caches in lists, states in np.zeros."""
    H, D, T = sizes(rng, 3, 2, 2)
    params = {f"W{g}": rng.normal(size=(H, H + D)) for g in "ifgo"} | {f"b{g}": rng.normal(size=(H, 1)) for g in "ifgo"}
    xs = rng.normal(size=(T, D, 1))

    def sig(z):
        return 1 / (1 + np.exp(-z))

    def run(p):
        h, c, caches, total = np.zeros((H, 1)), np.zeros((H, 1)), [], 0
        for x in xs:
            z = np.vstack([h, x])
            i, f, o = (sig(p[f"W{g}"] @ z + p[f"b{g}"]) for g in "ifo")
            g = np.tanh(p["Wg"] @ z + p["bg"])
            c_prev, c = c, f * c + i * g
            h = o * np.tanh(c)
            caches.append((z, i, f, g, o, c_prev, c))
            total = total + np.sum(h * h) / 2
            caches[-1] += (h,)
        return total, caches

    def back(p):
        _, caches = run(p)
        grads = {k: np.zeros_like(v) for k, v in p.items()}
        dh_next, dc_next = np.zeros((H, 1)), np.zeros((H, 1))
        for z, i, f, g, o, c_prev, c, h in reversed(caches):
            dh = h + dh_next
            dc = dc_next + dh * o * (1 - np.tanh(c) ** 2)
            d = {
                "i": dc * g * i * (1 - i),
                "f": dc * c_prev * f * (1 - f),
                "g": dc * i * (1 - g * g),
                "o": dh * np.tanh(c) * o * (1 - o),
            }
            dz = sum(p[f"W{k}"].T @ d[k] for k in "ifgo")
            for k in "ifgo":
                grads[f"W{k}"] += d[k] @ z.T
                grads[f"b{k}"] += d[k]
            dh_next, dc_next = dz[:H], dc * f
        return grads

    return dict(f=lambda p: run(p)[0], params=params, grads=back)


def char_rnn(rng):
    """A character model: one-hot columns, loss summed over steps, everything in one function that returns loss and gradients."""
    V, H, T = sizes(rng, 3)
    params = {
        "Wxh": rng.normal(size=(H, V)),
        "Whh": rng.normal(size=(H, H)) / 2,
        "Why": rng.normal(size=(V, H)),
        "bh": rng.normal(size=(H, 1)),
        "by": rng.normal(size=(V, 1)),
    }
    inputs, targets, start = rng.integers(0, V, T), rng.integers(0, V, T), rng.normal(size=(H, 1))

    def loss_fun(p):
        xs, hs, ps, loss = {}, {-1: start}, {}, 0
        for t in range(T):
            xs[t] = np.zeros((V, 1))
            xs[t][inputs[t]] = 1
            hs[t] = np.tanh(p["Wxh"] @ xs[t] + p["Whh"] @ hs[t - 1] + p["bh"])
            y = p["Why"] @ hs[t] + p["by"]
            ps[t] = np.exp(y) / np.sum(np.exp(y))
            loss += -np.log(ps[t][targets[t], 0])
        d = {k: np.zeros_like(v) for k, v in p.items()}
        dhnext = np.zeros_like(hs[0])
        for t in reversed(range(T)):
            dy = np.copy(ps[t])
            dy[targets[t]] -= 1
            d["Why"] += dy @ hs[t].T
            d["by"] += dy
            dhraw = (1 - hs[t] * hs[t]) * (p["Why"].T @ dy + dhnext)
            d["bh"] += dhraw
            d["Wxh"] += dhraw @ xs[t].T
            d["Whh"] += dhraw @ hs[t - 1].T
            dhnext = p["Whh"].T @ dhraw
        return loss, d

    return dict(f=loss_fun, params=params)


def conv_loops(rng):
    """A convolution by four loops into np.zeros; arguments one by one and dL/dy given."""
    C, F, K = 2, 3, 2
    x, w, b = rng.normal(size=(1, C, 4, 5)), rng.normal(size=(F, C, K, K)), rng.normal(size=F)
    dy = rng.normal(size=(1, F, 5 - K, 6 - K))

    def conv_forward(x, w, b):
        out = np.zeros((len(x), F, 5 - K, 6 - K))
        for n in range(len(x)):
            for f in range(F):
                for i in range(5 - K):
                    for j in range(6 - K):
                        out[n, f, i, j] = np.sum(x[n, :, i:i + K, j:j + K] * w[f]) + b[f]
        return out

    def conv_backward(x, w, b, dout):
        dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
        for n in range(len(x)):
            for f in range(F):
                for i in range(5 - K):
                    for j in range(6 - K):
                        dx[n, :, i:i + K, j:j + K] += w[f] * dout[n, f, i, j]
                        dw[f] += x[n, :, i:i + K, j:j + K] * dout[n, f, i, j]
                        db[f] += dout[n, f, i, j]
        return dx, dw, db

    return dict(f=conv_forward, params=(x, w, b), grads=conv_backward(x, w, b, dy), cotangents=dy)


def layer_norm(rng):
    """np.var and np.mean, which complex numbers go through and come out otherwise."""
    n, d = sizes(rng, 2, 3)
    x, gamma, beta, dy = rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=d), rng.normal(size=(n, d))

    def layernorm(x, gamma, beta):
        return gamma * (x - np.mean(x, axis=1, keepdims=True)) / np.sqrt(np.var(x, axis=1, keepdims=True) + 1e-5) + beta

    def layernorm_backward(x, gamma, beta, dout):
        std = np.sqrt(np.var(x, axis=1, keepdims=True) + 1e-5)
        xhat = (x - np.mean(x, axis=1, keepdims=True)) / std
        dxhat = dout * gamma
        dx = (dxhat - dxhat.mean(1, keepdims=True) - xhat * (dxhat * xhat).mean(1, keepdims=True)) / std
        return dx, (dout * xhat).sum(0), dout.sum(0)

    return dict(f=layernorm, params=(x, gamma, beta), grads=layernorm_backward, cotangents=dy)


def sigmoid_layer(rng, wrong=""):
    """One layer with its activation, asked with cotangents that nobody gives."""
    n, d, o = sizes(rng, 3)
    params = {"x": rng.normal(size=(n, d)), "W": rng.normal(size=(d, o)), "b": rng.normal(size=o)}

    def layer(p):
        return 1 / (1 + np.exp(-(p["x"] @ p["W"] + p["b"])))

    def layer_backward(p, dout):
        y = layer(p)
        dz = dout if wrong == "no sigmoid'" else dout * y * (1 - y)
        if wrong == "ignored":
            dz = y * (1 - y)
        if wrong == "twice":
            dz = dout * (y * (1 - y)) ** 2
        return {"x": dz @ p["W"].T, "W": p["x"].T @ dz, "b": dz.sum(axis=0)}

    return dict(f=layer, params=params, grads=layer_backward)


def softmax_layer(rng, wrong=""):
    """A softmax as the last layer of a network that hands back any dL/dp."""
    n, d, o = sizes(rng, 3, 3)
    params = {"W": rng.normal(size=(o, d)), "c": rng.normal(size=(o,))}
    x, dout = rng.normal(size=(n, d)), rng.normal(size=(n, o))

    def probabilities(p):
        e = np.exp(x @ p["W"].T + p["c"])
        return e / e.sum(axis=1, keepdims=True)

    def pull(p, dp):
        s = probabilities(p)
        dz = s * (dp - (dp * s).sum(axis=1, keepdims=True))
        if wrong == "diagonal":
            dz = dp * s * (1 - s)
        if wrong == "none":
            dz = dp
        return {"W": dz.T @ x, "c": dz.sum(axis=0)}

    return dict(f=probabilities, params=params, grads=pull, cotangents=dout)


def plain_python(rng):
    """Numbers and no arrays, math.exp, which takes nothing complex."""
    w, b, xs = float(rng.normal()), float(rng.normal()), [float(x) for x in rng.normal(size=4)]

    def loss(w, b):
        return sum((1 / (1 + exp(-(w * x + b))) - 0.5 * x) ** 2 for x in xs) / len(xs)

    def gradient(w, b):
        dw = db = 0.0
        for x in xs:
            a = 1 / (1 + exp(-(w * x + b)))
            dz = 2 * (a - 0.5 * x) * a * (1 - a) / len(xs)
            dw += dz * x
            db += dz
        return dw, db

    return dict(f=loss, params=(w, b), grads=gradient)


def attention(rng):
    """Self-attention of one head, with the scores' softmax written out; loss through a fixed random weighting."""
    T, D, K = sizes(rng, 3, 3)
    p = {"Q": rng.normal(size=(D, K)), "K": rng.normal(size=(D, K)), "V": rng.normal(size=(D, D))}
    x, r = rng.normal(size=(T, D)), rng.normal(size=(T, D))

    def parts(p):
        q, k, v = x @ p["Q"], x @ p["K"], x @ p["V"]
        s = q @ k.T / np.sqrt(K)
        e = np.exp(s - s.max(-1, keepdims=True))
        return q, k, v, e / e.sum(-1, keepdims=True)

    def f(p):
        _, _, v, a = parts(p)
        return np.sum((a @ v) * r)

    def df(p):
        q, k, v, a = parts(p)
        da = r @ v.T
        ds = a * (da - (da * a).sum(-1, keepdims=True)) / np.sqrt(K)
        return {"Q": x.T @ (ds @ k), "K": x.T @ (ds.T @ q), "V": x.T @ (a.T @ r)}

    return dict(f=f, params=p, grads=df)


def batch_norm(rng):
    """The mean and variance written out; a bias before it, whose gradient is nothing but rounding."""
    n, d, o = sizes(rng, 3, 3)
    p = {"W": rng.normal(size=(d, o)), "b": rng.normal(size=o), "g": rng.normal(size=o), "s": rng.normal(size=o)}
    x, t = rng.normal(size=(n, d)), rng.normal(size=(n, o))

    def forward(p):
        z = x @ p["W"] + p["b"]
        mu = z.mean(0)
        v = ((z - mu) ** 2).mean(0)
        xh = (z - mu) / np.sqrt(v + 1e-8)
        return v, xh, p["g"] * xh + p["s"]

    def f(p):
        return ((forward(p)[2] - t) ** 2).sum() / 2

    def back(p):
        v, xh, y = forward(p)
        dy = y - t
        dxh = dy * p["g"]
        dz = (n * dxh - dxh.sum(0) - xh * (dxh * xh).sum(0)) / (n * np.sqrt(v + 1e-8))
        return {"W": x.T @ dz, "b": dz.sum(0), "g": (dy * xh).sum(0), "s": dy.sum(0)}

    return dict(f=f, params=p, grads=back)


def log_regression(rng):
    """One array of parameters, a cross-entropy by logaddexp, labels of 0 and 1."""
    n, d = sizes(rng, 2, 3)
    X, y, w = rng.normal(size=(n, d)), rng.integers(0, 2, n), rng.normal(size=d)
    return dict(
        f=lambda w: np.mean(np.logaddexp(0, X @ w) - y * (X @ w)),
        params=w,
        grads=lambda w: X.T @ (1 / (1 + np.exp(-X @ w)) - y) / n,
    )


STYLES = (in_place_net, ignored_argument, lists_of_layers, tanh_mlp, lstm_cell, char_rnn, conv_loops, layer_norm, sigmoid_layer,
          softmax_layer, plain_python, attention, batch_norm, log_regression)
