"""Dense layers and networks as objects that live between calls. The numbers of a first call are right in all of them."""

import numpy as np

RNG = np.random.default_rng()


class Dense:
    def __init__(self):
        self.z = 0.0
        self.dW = 0.0

    def forward(self, x, W, b, fresh=True):
        self.x, self.W = x, W
        self.z = x @ W + b if fresh else self.z + x @ W + b
        return np.tanh(self.z)

    def backward(self, dy, fresh=True):
        da = dy * (1 - np.tanh(self.z)**2)
        self.dW = self.x.T @ da if fresh else self.dW + self.x.T @ da
        return {"kernel": self.dW, "bias": da.sum(0), "x": da @ self.W.T}


LAYER = Dense()


def right(params, inputs, cotangents):
    y = LAYER.forward(inputs["x"], params["kernel"], params["bias"])
    return {"y": y}, LAYER.backward(cotangents["y"])


def piles_up(params, inputs, cotangents):
    y = LAYER.forward(inputs["x"], params["kernel"], params["bias"], fresh=False)
    return {"y": y}, LAYER.backward(cotangents["y"])


def never_reset(params, inputs, cotangents):
    y = LAYER.forward(inputs["x"], params["kernel"], params["bias"])
    return {"y": y}, LAYER.backward(cotangents["y"], fresh=False)


def in_place(params, inputs, cotangents):
    """Right, but the caller's dL/dy is gone."""
    y = LAYER.forward(inputs["x"], params["kernel"], params["bias"])
    da = cotangents["y"]
    da *= 1 - y**2
    return {"y": y}, {"kernel": inputs["x"].T @ da, "bias": da.sum(0), "x": da @ params["kernel"].T}


def noisy(params, inputs, cotangents):
    y = LAYER.forward(inputs["x"], params["kernel"], params["bias"])
    y = y + 1e-6 * RNG.standard_normal(y.shape)
    return {"y": y}, LAYER.backward(cotangents["y"])


def softmax(params, inputs, cotangents):
    """exp without the shift: right until a logit is large."""
    e = np.exp(inputs["x"] @ params["kernel"] + params["bias"])
    y = e / e.sum(1, keepdims=True)
    da = y * (cotangents["y"] - (cotangents["y"] * y).sum(1, keepdims=True))
    return {"y": y}, {"kernel": inputs["x"].T @ da, "bias": da.sum(0), "x": da @ params["kernel"].T}


def shifted_softmax(params, inputs, cotangents):
    z = inputs["x"] @ params["kernel"] + params["bias"]
    e = np.exp(z - z.max(1)[:, None])
    y = e / e.sum(1, keepdims=True)
    da = y * (cotangents["y"] - (cotangents["y"] * y).sum(1, keepdims=True))
    return {"y": y}, {"kernel": inputs["x"].T @ da, "bias": da.sum(0), "x": da @ params["kernel"].T}


def scalars(params, inputs, cotangents):
    """N12 and its like: two sigmoid layers and half a squared error, example by example."""
    s = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    W, U = params["dense_1/kernel"], params["dense_2/kernel"]
    b, c = params["dense_1/bias"], params["dense_2/bias"]
    grads = {name: np.zeros_like(a) for name, a in {**params, "x": inputs["x"]}.items()}
    ys, loss = [], 0.0
    for i, (x, t) in enumerate(zip(inputs["x"], inputs["target"])):
        h = s(x @ W + b)
        o = s(h @ U + c)
        ys.append(o)
        loss += 0.5 * ((o - t)**2).sum()
        do = (cotangents["y"][i] + cotangents["loss"] * (o - t)) * o * (1 - o)
        dh = (U @ do) * h * (1 - h)
        grads["dense_2/kernel"] += np.outer(h, do)
        grads["dense_2/bias"] += do
        grads["dense_1/kernel"] += np.outer(x, dh)
        grads["dense_1/bias"] += dh
        grads["x"][i] = W @ dh
    return {"y": np.array(ys), "loss": np.array(loss)}, grads


def thetas(params, inputs, cotangents):
    """N13: columns of examples, the bias as the first column of each theta, sigmoid outputs, cross-entropy over m."""
    Theta1, Theta2 = params["dense_1/kernel"].T, params["dense_2/kernel"].T
    X, Y = inputs["x"].T, inputs["target"].T
    m = X.shape[1]
    ones = np.ones((1, m))
    A1 = np.vstack([ones, X])
    A2 = np.vstack([ones, 1 / (1 + np.exp(-Theta1 @ A1))])
    H = 1 / (1 + np.exp(-Theta2 @ A2))
    J = -(Y * np.log(H) + (1 - Y) * np.log(1 - H)).sum() / m
    delta3 = cotangents["loss"] * (H - Y) / m + cotangents["y"].T * H * (1 - H)
    delta2 = (Theta2.T @ delta3 * A2 * (1 - A2))[1:]
    return ({"y": H.T, "loss": np.array(J)},
            {"dense_1/kernel": (delta2 @ A1.T).T, "dense_2/kernel": (delta3 @ A2.T).T, "x": (Theta1.T @ delta2)[1:].T})
