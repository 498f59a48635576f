"""Layers as people write them: their own names, layouts and shapes. Right ones; tests break them."""

import math

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class Layer_Dense:
    """Rows, a bias of one row, nothing returned."""

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Affine:
    """Made of its arrays; parameters and gradients in two lists."""

    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]

    def forward(self, x):
        self.x = x
        return np.dot(x, self.params[0]) + self.params[1]

    def backward(self, dout):
        self.grads[0][...] = np.dot(self.x.T, dout)
        self.grads[1][...] = np.sum(dout, axis=0)
        return np.dot(dout, self.params[0].T)


class Columns:
    """Column vectors; gradients in a dict that backward returns."""

    def __init__(self, layer_dims):
        n_x, n_y = layer_dims
        self.parameters = {"W1": np.random.randn(n_y, n_x), "b1": np.zeros((n_y, 1))}

    def forward(self, X):
        self.X = X
        return self.parameters["W1"] @ X + self.parameters["b1"]

    def backward(self, dZ):
        return self.parameters["W1"].T @ dZ, {"dW1": dZ @ self.X.T, "db1": dZ.sum(1, keepdims=True)}


class RNN:
    """No initial state, the states alone come back."""

    def __init__(self, input_size, hidden_size):
        self.Wxh = np.random.randn(input_size, hidden_size) * 0.01
        self.Whh = np.random.randn(hidden_size, hidden_size) * 0.01
        self.bh = np.zeros(hidden_size)

    def forward(self, x):
        self.x, self.hs = x, [np.zeros((x.shape[0], self.bh.size))]
        for t in range(x.shape[1]):
            self.hs.append(np.tanh(x[:, t] @ self.Wxh + self.hs[-1] @ self.Whh + self.bh))
        return np.stack(self.hs[1:], 1)

    def backward(self, dhs):
        self.dWxh, self.dWhh, self.dbh = np.zeros_like(self.Wxh), np.zeros_like(self.Whh), np.zeros_like(self.bh)
        dx, dnext = np.zeros_like(self.x), 0
        for t in reversed(range(self.x.shape[1])):
            da = (dhs[:, t] + dnext) * (1 - self.hs[t + 1]**2)
            self.dWxh += self.x[:, t].T @ da
            self.dWhh += self.hs[t].T @ da
            self.dbh += da.sum(0)
            dx[:, t], dnext = da @ self.Wxh.T, da @ self.Whh.T
        return dx


class LSTM:
    """Columns (features, batch, time), one matrix a gate on [h, x], states in and out."""

    def __init__(self, n_x, n_a):
        for k in "fico":
            setattr(self, f"W{k}", np.random.randn(n_a, n_a + n_x) * 0.1)
            setattr(self, f"b{k}", np.zeros((n_a, 1)))

    def forward(self, x, a0=None, c0=None):
        n_a, m = self.bf.size, x.shape[1]
        a, c = (np.zeros((n_a, m)) if s is None else s for s in (a0, c0))
        self.cache, self.x, ys = [], x, []
        for t in range(x.shape[2]):
            z = np.concatenate([a, x[:, :, t]])
            f, i, o = (sigmoid(getattr(self, f"W{k}") @ z + getattr(self, f"b{k}")) for k in "fio")
            g = np.tanh(self.Wc @ z + self.bc)
            before, c = c, f * c + i * g
            a = o * np.tanh(c)
            ys.append(a)
            self.cache.append((z, f, i, g, o, before, c))
        return np.stack(ys, -1), a, c

    def backward(self, da):
        grads = {f"{name}{k}": np.zeros_like(getattr(self, f"{name}{k}")) for name in "Wb" for k in "fico"}
        dx, dh, dc = np.zeros_like(self.x), 0, 0
        for t in reversed(range(da.shape[2])):
            z, f, i, g, o, before, c = self.cache[t]
            d, tanh_c = da[:, :, t] + dh, np.tanh(c)
            dc = dc + d * o * (1 - tanh_c**2)
            deltas = {"o": d * tanh_c * o * (1 - o), "f": dc * before * f * (1 - f), "i": dc * g * i * (1 - i),
                      "c": dc * i * (1 - g**2)}
            dz = 0
            for k, delta in deltas.items():
                grads[f"W{k}"] += delta @ z.T
                grads[f"b{k}"] += delta.sum(1, keepdims=True)
                dz = dz + getattr(self, f"W{k}").T @ delta
            dh, dx[:, :, t], dc = dz[:self.bf.size], dz[self.bf.size:], dc * f
        self.grads = grads
        return dx, dh, dc


LSTM_WEIGHTS = ({f"W{k}": f"recurrent_kernel + kernel {gate}" for k, gate in zip("fico", "figo")}
                | {f"b{k}": f"bias {gate}" for k, gate in zip("fico", "figo")})


class GRU:
    """A matrix for each gate and input, the reset gate in front of the product; gradients by the names d…"""

    def __init__(self, units, input_dim):
        self.units = units
        for k in "zrh":
            setattr(self, f"W{k}", np.random.randn(input_dim, units))
            setattr(self, f"U{k}", np.random.randn(units, units))
            setattr(self, f"b{k}", np.zeros(units))

    def forward(self, x, h=None):
        h = np.zeros((x.shape[0], self.units)) if h is None else h
        self.tape, hs = [], []
        for x_t in np.swapaxes(x, 0, 1):
            z = sigmoid(x_t @ self.Wz + h @ self.Uz + self.bz)
            r = sigmoid(x_t @ self.Wr + h @ self.Ur + self.br)
            n = np.tanh(x_t @ self.Wh + (r * h) @ self.Uh + self.bh)
            self.tape.append((x_t, h, z, r, n))
            h = z * h + (1 - z) * n
            hs.append(h)
        return hs, h

    def backward(self, dhs, dh):
        for k in "zrh":
            for name in "WUb":
                setattr(self, f"d{name}{k}", np.zeros_like(getattr(self, name + k)))
        dxs = []
        for t in reversed(range(len(self.tape))):
            x, h, z, r, n = self.tape[t]
            dh = dh + dhs[:, t]
            an = dh * (1 - z) * (1 - n**2)
            drh = an @ self.Uh.T
            az, ar = dh * (h - n) * z * (1 - z), drh * h * r * (1 - r)
            for k, a, left in (("z", az, h), ("r", ar, h), ("h", an, r * h)):
                setattr(self, f"dW{k}", getattr(self, f"dW{k}") + x.T @ a)
                setattr(self, f"dU{k}", getattr(self, f"dU{k}") + left.T @ a)
                setattr(self, f"db{k}", getattr(self, f"db{k}") + a.sum(0))
            dxs.append(az @ self.Wz.T + ar @ self.Wr.T + an @ self.Wh.T)
            dh = dh * z + drh * r + az @ self.Uz.T + ar @ self.Ur.T
        return np.stack(dxs[::-1], 1), dh


class Conv2D:
    """One number for the size of the kernel."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        self.k, self.stride = kernel_size, stride
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.b = np.zeros(out_channels)

    def forward(self, x):
        windows = np.lib.stride_tricks.sliding_window_view(x, (self.k, self.k), (2, 3))
        self.x, self.windows = x, windows[:, :, ::self.stride, ::self.stride]
        return np.einsum("bchwij,fcij->bfhw", self.windows, self.W) + self.b[None, :, None, None]

    def backward(self, d):
        self.grads = {"W": np.einsum("bchwij,bfhw->fcij", self.windows, d), "b": d.sum((0, 2, 3))}
        dx = np.zeros_like(self.x)
        for i, j in np.ndindex(d.shape[2:]):
            top, left = i * self.stride, j * self.stride
            dx[:, :, top:top + self.k, left:left + self.k] += np.einsum("bf,fcij->bcij", d[:, :, i, j], self.W)
        return dx


class Value:
    """A scalar autodiff."""

    def __init__(self, data, children=()):
        self.data, self.grad, self.children = data, 0.0, children  # of (number, derivative by it)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, ((self, 1 - t * t),))

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        order, seen = [], set()

        def visit(v):
            if id(v) not in seen:
                seen.add(id(v))
                for child, _ in v.children:
                    visit(child)
                order.append(v)
        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            for child, derivative in v.children:
                child.grad += derivative * v.grad


def scalar_dense(params, inputs):
    return inputs["x"] @ params["kernel"] + params["bias"]
