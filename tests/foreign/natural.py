"""Whole networks as students write them: their own loss, no dL/dx, gradients of the weights alone, or a training."""

import numpy as np

CE = "dense(7) relu dense(4) softmax_cross_entropy"
WRONG, RIGHT = {}, {}


def wrong(words, x, says):
    def put(cls):
        WRONG[cls.__name__] = (cls, words, x, says)
        return cls
    return put


def right(words, x):
    def put(cls):
        RIGHT[cls.__name__] = (cls, words, x)
        return cls
    return put


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Two:
    """shared constructor, as copied from exercise to exercise"""

    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden) * 0.1
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out) * 0.1
        self.b2 = np.zeros(n_out)


@wrong(CE, (5, 6), 'bias gradient is the mean')
class BiasMean(Two):

    def forward(self, X):
        self.X = X
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.maximum(0, self.z1)
        self.p = softmax(self.a1 @ self.W2 + self.b2)
        return self.p

    def loss(self, p, y):
        return -np.sum(y * np.log(p)) / len(y)

    def backward(self, X, y):
        d2 = (self.p - y) / len(y)
        self.dW2 = self.a1.T @ d2
        self.db2 = np.mean(d2, axis=0)
        d1 = d2 @ self.W2.T
        d1[self.z1 <= 0] = 0
        self.dW1 = X.T @ d1
        self.db1 = np.mean(d1, axis=0)


@wrong('dense(7) sigmoid dense(3) sigmoid mse', (5, 6), 'derivative taken of the activation')
class SigmoidPrimeOfActivation:

    def __init__(self, sizes):
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]

    def forward(self, x):
        self.activations = [x.T]
        for w, b in zip(self.weights, self.biases):
            self.activations.append(sigmoid(w @ self.activations[-1] + b))
        return self.activations[-1].T

    def sigmoid_prime(self, z):
        return sigmoid(z) * (1 - sigmoid(z))

    def backward(self, y):
        a = self.activations
        self.nabla_w = [None] * 2
        self.nabla_b = [None] * 2
        delta = 2 * (a[-1] - y.T) / y.size * self.sigmoid_prime(a[-1])
        self.nabla_b[1] = delta.sum(1, keepdims=True)
        self.nabla_w[1] = delta @ a[1].T
        delta = self.weights[1].T @ delta * self.sigmoid_prime(a[1])
        self.nabla_b[0] = delta.sum(1, keepdims=True)
        self.nabla_w[0] = delta @ a[0].T


@wrong('dense(7) tanh dense(4) softmax mse', (5, 6), 'reduced to its diagonal')
class SoftmaxDiagonalMse(Two):

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1 + self.b1)
        self.out = softmax(self.h @ self.W2 + self.b2)
        return self.out

    def backward(self, y):
        d = 2 * (self.out - y) / y.size * self.out * (1 - self.out)
        dh = d @ self.W2.T * (1 - self.h ** 2)
        return {'W2': self.h.T @ d, 'b2': d.sum(0), 'W1': self.x.T @ dh, 'b1': dh.sum(0)}


@wrong(CE, (5, 6), 'over the whole array')
class SoftmaxOverEverything(Two):

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.maximum(0, self.z1)
        z2 = self.a1 @ self.W2 + self.b2
        e = np.exp(z2 - np.max(z2))
        self.p = e / np.sum(e)
        return self.p

    def loss(self, p, y):
        return -np.sum(y * np.log(p)) / len(y)

    def backward(self, X, y):
        d2 = (self.p - y) / len(y)
        self.dW2 = self.a1.T @ d2
        self.db2 = d2.sum(0)
        d1 = d2 @ self.W2.T * (self.z1 > 0)
        self.dW1 = X.T @ d1
        self.db1 = d1.sum(0)


@wrong('dense(7) tanh dense(1) sigmoid bce', (8, 6), 'bracket missing around 1 - t')
class BceBracket(Two):

    def forward(self, X):
        self.X = X
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.A2 = sigmoid(self.A1 @ self.W2 + self.b2)
        return self.A2

    def loss(self, A2, Y):
        return -np.mean(Y * np.log(A2) + 1 - Y * np.log(1 - A2))

    def backward(self, Y):
        m = len(Y)
        dZ2 = (self.A2 - Y) / m
        dZ1 = dZ2 @ self.W2.T * (1 - self.A1 ** 2)
        self.dW2 = self.A1.T @ dZ2
        self.db2 = dZ2.sum(0)
        self.dW1 = self.X.T @ dZ1
        self.db1 = dZ1.sum(0)


@wrong('dense(1) sigmoid bce', (8, 6), 'opposite sign')
class LogisticSign:

    def __init__(self, n_features):
        self.weights = np.zeros((n_features, 1))
        self.bias = np.zeros(1)

    def predict_proba(self, X):
        return sigmoid(X @ self.weights + self.bias)

    def gradient(self, X, y):
        p = self.predict_proba(X)
        return (X.T @ (y - p) / len(X), np.mean(y - p, axis=0))


@wrong('dense(4) softmax_cross_entropy l2(0.1)', (8, 6), 'L2 penalty twice')
class SoftmaxRegressionL2Twice:

    def __init__(self, d, k, lam):
        self.W = np.random.randn(d, k)
        self.b = np.zeros(k)
        self.lam = lam

    def loss(self, X, y):
        p = softmax(X @ self.W + self.b)
        L = -np.sum(y * np.log(p)) / len(X) + self.lam / 2 * np.sum(self.W ** 2)
        return (L, X.T @ (p - y) / len(X) + 2 * self.lam * self.W, (p - y).mean(axis=0))


@wrong('dense(7) sigmoid dense(3) sigmoid mse', (5, 6), 'missing in the bias gradient alone')
class BiasGradientWithoutDerivative(Two):

    def forward(self, x):
        self.x = x
        self.h = sigmoid(x @ self.W1 + self.b1)
        self.o = sigmoid(self.h @ self.W2 + self.b2)
        return self.o

    def backward(self, y):
        e = 2 * (self.o - y) / y.size
        d2 = e * self.o * (1 - self.o)
        e1 = d2 @ self.W2.T
        d1 = e1 * self.h * (1 - self.h)
        self.dW2 = self.h.T @ d2
        self.db2 = e.sum(0)
        self.dW1 = self.x.T @ d1
        self.db1 = e1.sum(0)


@wrong('dense(7) relu dense(4) softmax_cross_entropy', (5, 6), 'derivative left out')
class ReluMaskOfOutput(Two):
    """the mask forgotten, columns"""

    def forward(self, X):
        self.A0 = X.T
        self.A1 = np.maximum(0, self.W1.T @ self.A0 + self.b1[:, None])
        Z2 = self.W2.T @ self.A1 + self.b2[:, None]
        e = np.exp(Z2 - Z2.max(0))
        self.A2 = e / e.sum(0)
        return self.A2.T

    def backward(self, Y):
        m = len(Y)
        dZ2 = self.A2 - Y.T
        dA1 = self.W2 @ dZ2
        return {'dW1': (dA1 @ self.A0.T / m).T, 'db1': dA1.sum(1) / m, 'dW2': (dZ2 @ self.A1.T / m).T, 'db2': dZ2.sum(1) / m}


@wrong('dense(7) sigmoid dense(3) sigmoid mse(half)', (5, 6), 'last example')
class OnlyLastExample(Two):

    def forward(self, X):
        self.X = X
        self.h = sigmoid(X @ self.W1 + self.b1)
        self.o = sigmoid(self.h @ self.W2 + self.b2)
        return self.o

    def backward(self, Y):
        for x, h, o, y in zip(self.X, self.h, self.o, Y):
            d2 = (o - y) / Y.size * o * (1 - o)
            d1 = self.W2 @ d2 * h * (1 - h)
            self.dW2 = np.outer(h, d2)
            self.db2 = d2
            self.dW1 = np.outer(x, d1)
            self.db1 = d1


@wrong('dense(7) tanh dense(1) mse', (8, 6), 'given the pre-activation')
class TanhPrimeOfZWithoutTanh(Two):

    def forward(self, X):
        self.X = X
        self.z1 = X @ self.W1 + self.b1
        self.h = np.tanh(self.z1)
        return self.h @ self.W2 + self.b2

    def backward(self, y_pred, y):
        d = 2 * (y_pred - y) / len(y)
        dh = d @ self.W2.T * (1 - self.z1 ** 2)
        self.dW2 = self.h.T @ d
        self.db2 = d.sum(0)
        self.dW1 = self.X.T @ dh
        self.db1 = dh.sum(0)


@wrong('dense(7) sigmoid dense(1) sigmoid mse', (8, 6), 'updated before they are used')
class UpdatesInPlace(Two):
    """delta of the hidden layer by weights that are already new; nothing kept but weights"""

    def forward(self, X):
        self.X = X
        self.h = sigmoid(X @ self.W1 + self.b1)
        self.o = sigmoid(self.h @ self.W2 + self.b2)
        return self.o

    def backward(self, y, lr=0.1):
        d = 2 * (self.o - y) / y.size * self.o * (1 - self.o)
        self.W2 -= lr * self.h.T @ d
        self.b2 -= lr * d.sum(0)
        dh = d @ self.W2.T * self.h * (1 - self.h)
        self.W1 -= lr * self.X.T @ dh
        self.b1 -= lr * dh.sum(0)


@wrong('dense(7) relu dense(4) softmax_cross_entropy', (5, 6), 'derivative left out')
class FitOnly(Two):
    """fit alone: the network trains itself"""

    def predict(self, X):
        return softmax(np.maximum(X @ self.W1 + self.b1, 0) @ self.W2 + self.b2)

    def fit(self, X, y, epochs=100, lr=0.1):
        for _ in range(epochs):
            h = np.maximum(X @ self.W1 + self.b1, 0)
            p = softmax(h @ self.W2 + self.b2)
            d = (p - y) / len(y)
            dh = d @ self.W2.T
            self.W2 -= lr * h.T @ d
            self.b2 -= lr * d.sum(0)
            self.W1 -= lr * X.T @ dh
            self.b1 -= lr * dh.sum(0)


@right('dense(7) sigmoid dense(3) sigmoid mse(half, sum)', (5, 6))
class Nielsen:

    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, x):
        a = x.T
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(w @ a + b)
        return a.T

    def backprop(self, x, y):
        nb = [np.zeros(b.shape) for b in self.biases]
        nw = [np.zeros(w.shape) for w in self.weights]
        for xi, yi in zip(x, y):
            a = xi.reshape(-1, 1)
            acts = [a]
            zs = []
            for b, w in zip(self.biases, self.weights):
                z = w @ a + b
                zs.append(z)
                a = sigmoid(z)
                acts.append(a)
            s = sigmoid(zs[-1])
            delta = (acts[-1] - yi.reshape(-1, 1)) * s * (1 - s)
            nb[-1] += delta
            nw[-1] += delta @ acts[-2].T
            for l in range(2, self.num_layers):
                s = sigmoid(zs[-l])
                delta = self.weights[-l + 1].T @ delta * s * (1 - s)
                nb[-l] += delta
                nw[-l] += delta @ acts[-l - 1].T
        return (nb, nw)


@right('dense(1) sigmoid bce', (8, 6))
class Logistic:

    def __init__(self, n):
        self.w = np.zeros((n, 1))
        self.b = 0.0

    def forward(self, X):
        return sigmoid(X @ self.w + self.b)

    def backward(self, X, y):
        d = self.forward(X) - y
        self.dw = X.T @ d / len(X)
        self.db = d.mean()


@right('dense(1) mse', (8, 6))
class Linear:

    def __init__(self, n_features):
        self.w = np.zeros(n_features)
        self.b = 0.0

    def predict(self, X):
        return X @ self.w + self.b

    def gradients(self, X, y):
        e = self.predict(X) - y
        return (2 * X.T @ e / len(X), 2 * e.mean())


@right('dense(7) relu dense(4) softmax_cross_entropy', (5, 6))
class TrainStepInPlace(Two):

    def forward(self, X):
        self.X = X
        self.h = np.maximum(X @ self.W1 + self.b1, 0)
        self.p = softmax(self.h @ self.W2 + self.b2)
        return self.p

    def backward(self, X, y, learning_rate):
        d = (self.p - y) / len(y)
        dh = d @ self.W2.T * (self.h > 0)
        self.W2 -= learning_rate * self.h.T @ d
        self.b2 -= learning_rate * d.sum(0)
        self.W1 -= learning_rate * X.T @ dh
        self.b1 -= learning_rate * dh.sum(0)


@right('dense(7) relu dense(4) softmax_cross_entropy', (5, 6))
class FitAlone(Two):

    def predict(self, X):
        return softmax(np.maximum(X @ self.W1 + self.b1, 0) @ self.W2 + self.b2)

    def fit(self, X, y, epochs=100, lr=0.1):
        for _ in range(epochs):
            h = np.maximum(X @ self.W1 + self.b1, 0)
            p = softmax(h @ self.W2 + self.b2)
            d = (p - y) / len(y)
            dh = d @ self.W2.T * (h > 0)
            self.W2 -= lr * h.T @ d
            self.b2 -= lr * d.sum(0)
            self.W1 -= lr * X.T @ dh
            self.b1 -= lr * dh.sum(0)


@right('dense(9) relu dense(7) relu dense(4) softmax_cross_entropy', (5, 6))
class Coursera:

    def __init__(self, layer_dims):
        self.parameters = {}
        for l in range(1, len(layer_dims)):
            self.parameters['W' + str(l)] = np.random.randn(layer_dims[l], layer_dims[l - 1])
            self.parameters['b' + str(l)] = np.zeros((layer_dims[l], 1))

    def forward(self, X):
        A = X.T
        self.caches = []
        L = len(self.parameters) // 2
        for l in range(1, L + 1):
            W, b = (self.parameters[f'W{l}'], self.parameters[f'b{l}'])
            Z = W @ A + b
            self.caches.append((A, W, Z))
            A = np.maximum(Z, 0) if l < L else softmax(Z.T).T
        self.AL = A
        return A.T

    def backward(self, AL, Y):
        m = len(Y)
        g = {}
        dZ = AL.T - Y.T
        for l in range(len(self.caches), 0, -1):
            A, W, Z = self.caches[l - 1]
            g[f'dW{l}'] = dZ @ A.T / m
            g[f'db{l}'] = dZ.sum(1, keepdims=True) / m
            if l > 1:
                dZ = W.T @ dZ * (self.caches[l - 2][2] > 0)
        self.grads = g
        return g
