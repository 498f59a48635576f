"""N20: the bias is the last column of each weight matrix, a 1 is stacked under each column vector."""

import numpy as np


def sigmoid(n, deriv=False):
    return n * (1 - n) if deriv else 1 / (1 + np.exp(-n))


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def one(v):
    return np.vstack([v, np.ones((1, 1))])


def run(params, inputs, cotangents, config, prime=lambda a, z: sigmoid(a, True), output=softmax, sigma=sigmoid, share=None):
    W = [params["dense_1/kernel"].T, params["dense_2/kernel"].T]
    logits, examples = "softmax_cross_entropy" in config, len(inputs["x"])
    share = share or (1 if logits else 1 / examples)
    ys, loss, dxs, dW = [], 0.0, [], [np.zeros_like(w) for w in W]
    for x, t, dy in zip(inputs["x"], inputs["target"], cotangents["y"]):
        x, t, dy = x[:, None], t[:, None], dy[:, None]
        z0 = W[0] @ one(x)
        a0 = sigma(z0)
        z1 = W[1] @ one(a0)
        p = output(z1)
        ys.append((z1 if logits else p).ravel())
        loss -= (t * np.log(np.clip(p, 1e-12, 1 - 1e-12))).sum() / (1 if logits else examples)
        delta = cotangents["loss"] * (p - t) * share + (dy if logits else p * (dy - (p * dy).sum()))
        dW[1] += delta @ one(a0).T
        delta = (W[1][:, :-1].T @ delta) * prime(a0, z0)
        dW[0] += delta @ one(x).T
        dxs.append((W[0][:, :-1].T @ delta).ravel())
    return ({"y": np.array(ys), "loss": loss},
            {"dense_1/kernel": dW[0].T, "dense_2/kernel": dW[1].T, "x": np.array(dxs)})


def n20(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config)


def prime_of_sum(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config, prime=lambda a, z: sigmoid(z, True))


def not_averaged(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config, share=1)


def bias_first(params, inputs, cotangents, config):
    """Takes the first column for the bias."""
    turn = {name: np.roll(p, -1, 0) for name, p in params.items()}
    outputs, grads = run(turn, inputs, cotangents, config)
    return outputs, {name: np.roll(g, 1, 0) if name in params else g for name, g in grads.items()}


def sigmoid_of_minus(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config, sigma=lambda z: 1 / (1 + np.exp(z)))


def sigmoid_at_the_output(params, inputs, cotangents, config):
    """The lists are one off: the last activation is a sigmoid. The delta is still p - t."""
    return run(params, inputs, cotangents, config, output=sigmoid)
