"""Whole networks as other people write them, in their own style: `nnparity.check` is handed them in test_own_network.py."""

import numpy as np


class TwoLayerNet:
    """784-128-10, ReLU, softmax, L2"""

    def __init__(self, input_size=784, hidden_size=128, output_size=10, reg=0.01, std=1e-4):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)
        self.reg = reg

    def loss(self, X, y=None):
        W1, b1, W2, b2 = self.params['W1'], self.params['b1'], self.params['W2'], self.params['b2']
        N = X.shape[0]
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        if y is None:
            return scores
        exp = np.exp(scores - scores.max(axis=1, keepdims=True))
        probs = exp / exp.sum(axis=1, keepdims=True)
        data_loss = -np.log(probs[np.arange(N), y]).sum() / N
        loss = data_loss + 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        grads = {}
        dscores = probs
        dscores[np.arange(N), y] -= 1
        dscores /= N
        grads['W2'] = hidden.T.dot(dscores) + self.reg * W2
        grads['b2'] = dscores.sum(axis=0)
        dhidden = dscores.dot(W2.T)
        dhidden[hidden <= 0] = 0
        grads['W1'] = X.T.dot(dhidden) + self.reg * W1
        grads['b1'] = dhidden.sum(axis=0)
        return loss, grads


class MLP:
    def __init__(self, sizes, lam=0.01):
        self.lam = lam
        self.weights = [np.random.randn(a, b) * np.sqrt(2 / a) for a, b in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.zeros((1, b)) for b in sizes[1:]]

    def forward(self, X):
        self.zs, self.acts = [], [X]
        for i, (W, b) in enumerate(zip(self.weights, self.biases)):
            z = self.acts[-1] @ W + b
            self.zs.append(z)
            if i < len(self.weights) - 1:
                a = np.maximum(z, 0)
            else:
                e = np.exp(z - z.max(axis=1, keepdims=True))
                a = e / e.sum(axis=1, keepdims=True)
            self.acts.append(a)
        return self.acts[-1]

    def compute_loss(self, y_hat, y):
        ce = -np.mean(np.sum(y * np.log(y_hat + 1e-300), axis=1))
        return ce + self.lam / 2 * sum((W ** 2).sum() for W in self.weights)

    def backward(self, y):
        m = y.shape[0]
        delta = (self.acts[-1] - y) / m
        self.dW, self.db = [None] * len(self.weights), [None] * len(self.biases)
        for i in reversed(range(len(self.weights))):
            self.dW[i] = self.acts[i].T @ delta + self.lam * self.weights[i]
            self.db[i] = delta.sum(axis=0, keepdims=True)
            if i:
                delta = (delta @ self.weights[i].T) * (self.zs[i - 1] > 0)


class Conv:
    def __init__(self, c_in, c_out, k):
        self.W = np.random.randn(c_out, c_in, k, k) * np.sqrt(2 / (c_in * k * k))
        self.b = np.zeros(c_out)

    def forward(self, x):
        self.x = x
        k = self.W.shape[2]
        H, W = x.shape[2] - k + 1, x.shape[3] - k + 1
        out = np.zeros((x.shape[0], self.W.shape[0], H, W))
        for i in range(H):
            for j in range(W):
                patch = x[:, :, i:i + k, j:j + k]
                out[:, :, i, j] = np.tensordot(patch, self.W, axes=([1, 2, 3], [1, 2, 3])) + self.b
        return out

    def backward(self, dout):
        x, k = self.x, self.W.shape[2]
        self.dW, self.db, dx = np.zeros_like(self.W), dout.sum(axis=(0, 2, 3)), np.zeros_like(x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                patch = x[:, :, i:i + k, j:j + k]
                self.dW += np.tensordot(dout[:, :, i, j], patch, axes=([0], [0]))
                dx[:, :, i:i + k, j:j + k] += np.tensordot(dout[:, :, i, j], self.W, axes=([1], [0]))
        return dx


class MaxPool:
    def forward(self, x):
        self.x = x
        N, C, H, W = x.shape
        self.out = x.reshape(N, C, H // 2, 2, W // 2, 2).max(axis=(3, 5))
        return self.out

    def backward(self, dout):
        up = self.out.repeat(2, 2).repeat(2, 3)
        return (self.x == up) * dout.repeat(2, 2).repeat(2, 3)


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dout):
        return dout.reshape(self.shape)


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(2 / n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class LeNet:
    def __init__(self):
        self.layers = [Conv(1, 6, 5), ReLU(), MaxPool(), Conv(6, 16, 5), ReLU(), MaxPool(), Flatten(),
                       Linear(256, 120), ReLU(), Linear(120, 84), ReLU(), Linear(84, 10)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout


class CharRNN:
    def __init__(self, hidden_size, vocab_size):
        self.Wxh = np.random.randn(hidden_size, vocab_size) * 0.01
        self.Whh = np.random.randn(hidden_size, hidden_size) * 0.01
        self.Why = np.random.randn(vocab_size, hidden_size) * 0.01
        self.bh = np.zeros((hidden_size, 1))
        self.by = np.zeros((vocab_size, 1))

    def loss(self, inputs, targets, hprev=None):
        xs, hs, ps, loss = {}, {}, {}, 0
        hs[-1] = np.zeros((self.Whh.shape[0], 1)) if hprev is None else np.copy(hprev)
        for t in range(len(inputs)):
            xs[t] = np.zeros((self.Wxh.shape[1], 1))
            xs[t][inputs[t]] = 1
            hs[t] = np.tanh(self.Wxh @ xs[t] + self.Whh @ hs[t - 1] + self.bh)
            ys = self.Why @ hs[t] + self.by
            ps[t] = np.exp(ys - ys.max()) / np.sum(np.exp(ys - ys.max()))
            loss += -np.log(ps[t][targets[t], 0])
        dWxh, dWhh, dWhy = np.zeros_like(self.Wxh), np.zeros_like(self.Whh), np.zeros_like(self.Why)
        dbh, dby = np.zeros_like(self.bh), np.zeros_like(self.by)
        dhnext = np.zeros_like(hs[0])
        for t in reversed(range(len(inputs))):
            dy = np.copy(ps[t])
            dy[targets[t]] -= 1
            dWhy += dy @ hs[t].T
            dby += dy
            dh = self.Why.T @ dy + dhnext
            dhraw = (1 - hs[t] * hs[t]) * dh
            dbh += dhraw
            dWxh += dhraw @ xs[t].T
            dWhh += dhraw @ hs[t - 1].T
            dhnext = self.Whh.T @ dhraw
        return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs) - 1]

def char_rnn(params, inputs, cotangents):  # noqa: ARG001
    rnn = CharRNN(params["simple_rnn/kernel"].shape[1], params["dense/kernel"].shape[1])
    rnn.Wxh, rnn.Whh, rnn.Why = params["simple_rnn/kernel"].T, params["simple_rnn/recurrent_kernel"].T, params["dense/kernel"].T
    rnn.bh, rnn.by = params["simple_rnn/bias"][:, None], params["dense/bias"][:, None]
    loss, total = 0, None
    for x, t in zip(inputs["x"], inputs["target"]):
        one, *grads, _ = rnn.loss(list(x.argmax(1)), list(t))
        loss += one
        total = grads if total is None else [a + b for a, b in zip(total, grads)]
    dWxh, dWhh, dWhy, dbh, dby = total
    return {"loss": loss}, {"simple_rnn/kernel": dWxh.T, "simple_rnn/recurrent_kernel": dWhh.T, "simple_rnn/bias": dbh[:, 0],
                            "dense/kernel": dWhy.T, "dense/bias": dby[:, 0]}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Autoencoder:
    def __init__(self, n_input, n_hidden):
        self.W_enc = np.random.normal(0, 0.1, (n_hidden, n_input))
        self.b_enc = np.zeros(n_hidden)
        self.W_dec = np.random.normal(0, 0.1, (n_input, n_hidden))
        self.b_dec = np.zeros(n_input)

    def encode(self, x):
        return sigmoid(x @ self.W_enc.T + self.b_enc)

    def forward(self, x):
        self.h = self.encode(x)
        self.x_hat = sigmoid(self.h @ self.W_dec.T + self.b_dec)
        return self.x_hat

    def loss(self, x):
        return np.mean((self.forward(x) - x) ** 2)

    def backward(self, x):
        d_out = 2 * (self.x_hat - x) / x.size * self.x_hat * (1 - self.x_hat)
        d_h = d_out @ self.W_dec * self.h * (1 - self.h)
        return {'W_enc': d_h.T @ x, 'b_enc': d_h.sum(axis=0), 'W_dec': d_out.T @ self.h, 'b_dec': d_out.sum(axis=0)}
