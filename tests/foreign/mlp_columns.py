"""N02 in the manner of a blog: a class with lists of weight matrices (out, in), one column vector at a time."""

import numpy as np


class Network:
    relu_prime = staticmethod(lambda z, upstream: upstream * (z > 0))
    again = staticmethod(lambda delta, a: delta)
    hidden_back = staticmethod(lambda W, delta, h: W.T @ delta)

    def __init__(self, params):
        self.W = [params[f"dense_{i}/kernel"].T for i in (1, 2, 3)]
        self.b = [params[f"dense_{i}/bias"].reshape(-1, 1) for i in (1, 2, 3)]
        self.dW = [np.zeros_like(w) for w in self.W]
        self.db = [np.zeros_like(b) for b in self.b]

    def feed(self, x):
        self.activations, self.zs = [x], []
        for i, (W, b) in enumerate(zip(self.W, self.b)):
            z = W.dot(self.activations[-1]) + b
            self.zs.append(z)
            self.activations.append(np.maximum(0, z) if i < 2 else z)
        e = np.exp(z - z.max())
        self.p = e / e.sum()
        return z

    def backprop(self, t, dlogits, dloss):
        delta = dlogits + dloss * self.again(self.p - t, self.p)
        for i in (2, 1, 0):
            self.dW[i] += delta.dot(self.activations[i].T)
            self.db[i] += delta
            delta = self.hidden_back(self.W[i], delta, self.activations[i])
            if i:
                delta = self.relu_prime(self.zs[i - 1], delta)
        return delta


def run(cls, params, inputs, cotangents):
    net, ys, dxs, loss = cls(params), [], [], 0.0
    for x, t, dy in zip(inputs["x"], inputs["target"], cotangents["y"]):
        x, t = x[:, None], t[:, None]
        ys.append(net.feed(x).ravel())
        loss -= float(np.sum(t * np.log(net.p)))
        dxs.append(net.backprop(t, dy[:, None], cotangents["loss"]).ravel())
    grads = {"x": np.array(dxs)}
    for i in (1, 2, 3):
        grads |= {f"dense_{i}/kernel": net.dW[i - 1].T, f"dense_{i}/bias": net.db[i - 1].ravel()}
    return {"y": np.array(ys), "loss": loss}, grads


def n02(params, inputs, cotangents):
    return run(Network, params, inputs, cotangents)


def relu_of_gradient(params, inputs, cotangents):
    class Wrong(Network):
        relu_prime = staticmethod(lambda z, upstream: upstream * (upstream > 0))
    return run(Wrong, params, inputs, cotangents)


def softmax_derivative_again(params, inputs, cotangents):
    class Wrong(Network):
        again = staticmethod(lambda delta, a: delta * a * (1 - a))
    return run(Wrong, params, inputs, cotangents)


def no_relu_derivative(params, inputs, cotangents):
    class Wrong(Network):
        relu_prime = staticmethod(lambda z, upstream: upstream)
    return run(Wrong, params, inputs, cotangents)


def last_example_only(params, inputs, cotangents):
    class Wrong(Network):
        def backprop(self, t, dlogits, dloss):
            for gradient in (*self.dW, *self.db):
                gradient[:] = 0
            return super().backprop(t, dlogits, dloss)
    return run(Wrong, params, inputs, cotangents)


def upstream_forgotten(params, inputs, cotangents):
    """Differentiates the loss and looks at no cotangent."""
    return run(Network, params, inputs, {"y": np.zeros_like(cotangents["y"]), "loss": 1.0})


def averaged(params, inputs, cotangents):
    outputs, grads = run(Network, params, inputs, cotangents)
    return {**outputs, "loss": outputs["loss"] / len(inputs["x"])}, grads
