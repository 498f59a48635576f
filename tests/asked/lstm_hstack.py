import numpy as np
def sigmoid(x): return 1 / (1 + np.exp(-x))
class LSTM:
    def __init__(self, input_size, hidden_size):
        self.input_size, self.hidden_size = input_size, hidden_size
        self.W = np.random.randn(input_size + hidden_size, 4 * hidden_size) * 0.1
        self.b = np.zeros(4 * hidden_size)
    def forward(self, X):
        # X (batch, time, input)
        B, T, D = X.shape
        h = np.zeros((B, self.hidden_size))
        c = np.zeros((B, self.hidden_size))
        self.cache = []
        out = np.zeros((B, T, self.hidden_size))
        for t in range(T):
            xh = np.hstack([X[:, t], h])
            a = xh @ self.W + self.b
            ai, af, ao, ag = np.split(a, 4, axis=1)
            i, f, o, g = sigmoid(ai), sigmoid(af), sigmoid(ao), np.tanh(ag)
            c_new = f * c + i * g
            h = o * np.tanh(c_new)
            self.cache.append((xh, i, f, o, g, c, c_new))
            c = c_new
            out[:, t] = h
        return out
    def backward(self, dout):
        B, T, H = dout.shape
        D = self.input_size
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)
        dX = np.zeros((B, T, D))
        dh, dc = np.zeros((B, H)), np.zeros((B, H))
        for t in range(T - 1, -1, -1):
            xh, i, f, o, g, c_prev, c = self.cache[t]
            dh = dh + dout[:, t]
            tc = np.tanh(c)
            dc = dc + dh * o * (1 - tc ** 2)
            da = np.hstack([dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dh * tc * o * (1 - o), dc * i * (1 - g ** 2)])
            self.dW += xh.T @ da
            self.db += da.sum(0)
            dxh = da @ self.W.T
            dX[:, t], dh = dxh[:, :D], dxh[:, D:]
            dc = dc * f
        return dX
